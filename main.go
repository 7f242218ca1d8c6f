// Billfold bills rental subscriptions: one invoice a month for a business customer.
// This file, serve.go, commands.go and bill.go are its command line; what the commands do is in
// the packages below.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"billfold/billing"
	"billfold/db"
)

// The exit statuses of a command that failed and of one that can't be understood.
const exitFailed, exitUsage = 1, 2

func main() { os.Exit(run(os.Args[1:])) }

// run does one command and answers the exit status.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	var line commandLine
	parser := kong.Must(&line,
		kong.Name("billfold"),
		kong.Description("One bill a month for business customers who rent many devices."),
		kong.DefaultEnvars("BILLFOLD"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "billfold: %s\n", misuse(err))
		return exitUsage
	}
	if err := command.Run(&line.shared); err != nil {
		fmt.Fprintf(os.Stderr, "billfold: %s\n", explain(err))
		return exitFailed
	}
	return 0
}

// misuse writes an error of the command line, with the command whose help says more.
func misuse(err error) string {
	text, asked := err.Error(), "billfold"
	if refusal, ok := errors.AsType[*kong.ParseError](err); ok {
		text = nameVariables(text, refusal.Context)
		// Whoever named a command that there is not needs the list of them.
		command := refusal.Context.Selected()
		unknown := strings.HasPrefix(text, "unexpected argument")
		if command != nil && (command.Parent.DefaultCmd != command || !unknown) {
			asked = command.FullPath()
		}
	}
	return fmt.Sprintf("%s\nRun “%s --help” to see what there is.", text, asked)
}

// nameVariables adds to each flag that a text speaks of the environment variable its value
// came from: who looks for the flag on the command line would not find it.
func nameVariables(text string, line *kong.Context) string {
	text, _, _ = strings.Cut(text, " (from envar ") // the parser's own words for some of them
	for _, flag := range line.Flags() {
		typed := slices.ContainsFunc(line.Path, func(p *kong.Path) bool { return p.Flag == flag })
		for _, variable := range flag.Envs {
			if _, set := os.LookupEnv(variable); set && !typed {
				name := regexp.MustCompile(`--` + flag.Name + `([^-a-z]|$)`)
				text = name.ReplaceAllString(text, "--"+flag.Name+" ("+variable+")$1")
			}
		}
	}
	return text
}

// explain writes an error for a person: a refusal with each of its problems.
func explain(err error) string {
	refusal, ok := errors.AsType[*billing.Error](err)
	if !ok {
		return strings.TrimPrefix(err.Error(), "db: ")
	}
	text := refusal.Message
	if len(refusal.Problems) > 1 {
		for _, p := range refusal.Problems {
			text += "\n  " + p.Message
		}
	}
	return text
}

// commandLine is everything that can be asked for.
type commandLine struct {
	shared

	Serve  serveCommand  `cmd:"" default:"withargs" help:"Serve the console and the API (what billfold does without a command)."`
	Demo   demoCommand   `cmd:"" help:"Serve made-up data, to try Billfold with."`
	Import importCommand `cmd:"" help:"Take in the rental platform's subscription export."`
	Bill   billCommand   `cmd:"" help:"Issue what is due: the billing run."`
	User   struct {
		Add       userAddCommand       `cmd:"" help:"Add a user; asks for the password, or reads it from the standard input."`
		Password  userPasswordCommand  `cmd:"" help:"Set a user's password, and end the user's sessions."`
		TwoFactor userTwoFactorCommand `cmd:"" help:"Switch off the two-factor sign-in of a user who lost phone and recovery codes, and end the user's sessions."`
	} `cmd:"" help:"Add users, set passwords, switch off two-factor sign-in."`
	Tenant struct {
		Add tenantAddCommand `cmd:"" help:"Add a business unit."`
	} `cmd:"" help:"Add business units."`
	Key struct {
		Add keyAddCommand `cmd:"" help:"Add an API key, and show it once."`
	} `cmd:"" help:"Add API keys."`
	Health  healthCommand  `cmd:"" help:"Ask the server at --addr whether it answers."`
	Backup  backupCommand  `cmd:"" help:"Write a consistent copy of the database, also while the server runs."`
	Verify  verifyCommand  `cmd:"" help:"Look for changes behind Billfold's back: in the activity, the tables and the file."`
	Version versionCommand `cmd:"" help:"Show the versions of Billfold, Go and SQLite."`
}

// shared are the flags of every command.
type shared struct {
	Database string    `placeholder:"FILE" help:"The database; serve, demo and tenant add make one that is missing. (default: billfold.db, for demo a temporary one)"`
	Today    db.Frozen `placeholder:"DATE|INSTANT" help:"Rehearse: hold the business day still, for example 2026-11-22. Only for a database that was first made with it."`
}

func (f *shared) path() string { return cmp.Or(f.Database, "billfold.db") }

// mustExist refuses to go on without a database: a mistyped name must not become an
// empty one.
func (f *shared) mustExist() error {
	if _, err := os.Stat(f.path()); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s. Name one with --database, or make one with: billfold serve", f.path())
	}
	return db.CheckPlace(f.path())
}

// withStore opens the database, or makes it, does something with it, and closes it.
func (f *shared) withStore(ctx context.Context, do func(*db.Store) error) error {
	return f.withOpened(ctx, db.Open, do)
}

// withOpened is withStore for a way of its own to open the database.
func (f *shared) withOpened(ctx context.Context, open func(context.Context, string, db.Clock) (*db.Store, error), do func(*db.Store) error) (err error) {
	if err := db.CheckPlace(f.path()); err != nil {
		return err
	}
	store, err := open(ctx, f.path(), db.Clock{Frozen: f.Today})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return do(store)
}

// operator is who the command line's changes are recorded under.
var operator = db.Actor{Kind: db.ActorSystem, Name: "Command line"}

// inTenant does something in one of the database's business units: the one with an
// id, or the only one where the id is "".
func (f *shared) inTenant(ctx context.Context, id string, do func(*db.Store, db.Scope) error) error {
	if err := f.mustExist(); err != nil {
		return err
	}
	return f.withStore(ctx, func(store *db.Store) error {
		tenant, err := chooseTenant(ctx, store, id)
		if err != nil {
			return err
		}
		return do(store, db.Scope{Tenant: tenant, Actor: operator})
	})
}

var errNoTenant = errors.New("there is no business unit yet. Add one with: billfold tenant add NAME")

func chooseTenant(ctx context.Context, store *db.Store, id string) (db.Tenant, error) {
	if id != "" {
		return store.Tenant(ctx, id)
	}
	tenants, err := store.Tenants(ctx)
	switch {
	case err != nil:
		return db.Tenant{}, err
	case len(tenants) == 1:
		return tenants[0], nil
	case len(tenants) == 0:
		return db.Tenant{}, errNoTenant
	}
	known := ""
	for _, t := range tenants {
		known += "\n  " + t.ID + "  " + t.Name
	}
	return db.Tenant{}, errors.New("there are several business units. Choose one with --tenant:" + known)
}
