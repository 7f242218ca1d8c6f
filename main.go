// Billfold bills rental subscriptions: one invoice a month for a business customer.
// This file is its command line; what the commands do is in the packages below.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"billfold/billing"
	"billfold/db"
	"billfold/web"
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
		fmt.Fprintf(os.Stderr, "billfold: %v\nRun “billfold --help” to see what there is.\n", err)
		return exitUsage
	}
	if err := command.Run(&line.shared); err != nil {
		fmt.Fprintf(os.Stderr, "billfold: %s\n", explain(err))
		return exitFailed
	}
	return 0
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
	User   struct {
		Add      userAddCommand      `cmd:"" help:"Add a user; asks for the password, or reads it from the standard input."`
		Password userPasswordCommand `cmd:"" help:"Set a user's password, and end the user's sessions."`
	} `cmd:"" help:"Add users and set passwords."`
	Tenant struct {
		Add tenantAddCommand `cmd:"" help:"Add a business unit."`
	} `cmd:"" help:"Add business units."`
	Key struct {
		Add keyAddCommand `cmd:"" help:"Add an API key, and show it once."`
	} `cmd:"" help:"Add API keys."`
	Backup  backupCommand  `cmd:"" help:"Write a consistent copy of the database, also while the server runs."`
	Version versionCommand `cmd:"" help:"Show the versions of Billfold, Go and SQLite."`
}

// shared are the flags of every command.
type shared struct {
	Database string    `placeholder:"FILE" help:"The database; made where it is missing. (default: billfold.db, for demo a temporary one)"`
	Today    db.Frozen `placeholder:"DATE|INSTANT" help:"Rehearse: hold the business day still, for example 2026-11-22. Only for a database that was first made with it."`
}

// withStore opens the database, does something with it, and closes it.
func (f *shared) withStore(ctx context.Context, do func(*db.Store) error) (err error) {
	store, err := db.Open(ctx, cmp.Or(f.Database, "billfold.db"), db.Clock{Frozen: f.Today})
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
	return f.withStore(ctx, func(store *db.Store) error {
		tenant, err := chooseTenant(ctx, store, id)
		if err != nil {
			return err
		}
		return do(store, db.Scope{Tenant: tenant, Actor: operator})
	})
}

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
		return db.Tenant{}, errors.New("there is no business unit yet. Add one with: billfold tenant add NAME")
	}
	known := ""
	for _, t := range tenants {
		known += "\n  " + t.ID + "  " + t.Name
	}
	return db.Tenant{}, errors.New("there are several business units. Choose one with --tenant:" + known)
}

// serverFlags are how the server is reached.
type serverFlags struct {
	Addr      string `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 picks a free one. (default: ${default})"`
	BaseURL   string `placeholder:"URL" help:"The address that browsers use, where that is another: https://billing.example.com behind a proxy."`
	Log       string `enum:"text,json" default:"text" placeholder:"text|json" help:"How to write the log. (default: ${default})"`
	RateLimit string `default:"600" placeholder:"N" help:"API calls a minute for each key; 0 for no limit. (default: ${default})"`
	calls     uint64 // RateLimit as a number
}

// Validate refuses what the server can't be started with.
func (f *serverFlags) Validate() (err error) {
	if err := web.CheckAddress(f.Addr); err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if f.BaseURL, err = web.ParseBaseURL(f.BaseURL); err != nil {
		return fmt.Errorf("--base-url: %w", err)
	}
	if f.calls, err = strconv.ParseUint(f.RateLimit, 10, 31); err != nil {
		return fmt.Errorf("--rate-limit: %q is not a number of calls. Write a whole number, 0 for no limit", f.RateLimit)
	}
	return nil
}

// serve serves the store until ctx ends. Once it can be reached it prints where, and
// then whatever announce adds.
func (f *serverFlags) serve(ctx context.Context, store *db.Store, keys []byte, announce func(url string) error) error {
	log := web.NewLog(os.Stderr, f.Log)
	handler, err := web.New(web.Config{Store: store, Keys: keys, BaseURL: f.BaseURL, Log: log, RateLimit: int(f.calls)})
	if err != nil {
		return err
	}
	return web.Serve(ctx, f.Addr, handler, log, func(url string) error {
		fmt.Printf("listening on %s\n", url)
		return announce(cmp.Or(f.BaseURL, url))
	})
}

type serveCommand struct {
	serverFlags
	Keys string `default:"billfold.keys" placeholder:"FILE" help:"The keys that sign cookies; made where the file is missing. (default: ${default})"`
}

// Run serves the database, and shows how to set it up where nobody has.
func (cmd *serveCommand) Run(ctx context.Context, f *shared) error {
	keys, err := web.LoadKeys(cmd.Keys)
	if err != nil {
		return err
	}
	return f.withStore(ctx, func(store *db.Store) error {
		return cmd.serve(ctx, store, keys, func(url string) error {
			link, err := web.SetupLink(ctx, store, url)
			if link != "" {
				fmt.Printf("set up: %s\n", link)
			}
			return err
		})
	})
}

type demoCommand struct {
	serverFlags
	Subscriptions int    `default:"2000" placeholder:"N" help:"How many subscriptions to make up. (default: ${default})"`
	Seed          uint64 `default:"1" placeholder:"N" help:"Another number makes other data, the same number the same. (default: ${default})"`
}

// Run serves made-up data, which goes with the server unless --database keeps it.
func (cmd *demoCommand) Run(ctx context.Context, f *shared) error {
	if f.Database == "" {
		folder, err := os.MkdirTemp("", "billfold-demo-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		f.Database = filepath.Join(folder, "demo.db")
	}
	return f.withStore(ctx, func(store *db.Store) error {
		access, err := store.FillDemo(ctx, db.DemoOptions{Subscriptions: cmd.Subscriptions, Seed: cmd.Seed})
		if err != nil {
			return err
		}
		return cmd.serve(ctx, store, web.NewKeys(), func(string) error {
			fmt.Printf("email: %s\npassword: %s\ntenant: %s\napi key: %s\n", access.Email, access.Password, access.Tenant, access.Key)
			return nil
		})
	})
}

type importCommand struct {
	File   string `arg:"" help:"The export, a CSV file."`
	Tenant string `placeholder:"ID" help:"The business unit; may be left out where there is only one."`
	DryRun bool   `help:"Say what would change, and change nothing."`
}

// Run takes in the file: whole, or not at all where a row of it can't be read.
func (cmd *importCommand) Run(ctx context.Context, f *shared) error {
	file, err := os.Open(cmd.File)
	if err != nil {
		return err
	}
	defer file.Close()
	return f.inTenant(ctx, cmd.Tenant, func(store *db.Store, scope db.Scope) error {
		var result db.ImportResult
		if cmd.DryRun {
			result, err = store.CheckImport(ctx, scope.Tenant, file)
		} else {
			result, err = store.Import(ctx, scope, file, filepath.Base(cmd.File))
		}
		if err != nil {
			return err
		}
		for _, p := range append(result.Problems.Listed, result.Refusals.Listed...) {
			fmt.Fprintln(os.Stderr, p)
		}
		if n := result.Problems.Total; n > 0 {
			return fmt.Errorf("nothing was taken in. Correct the file (problems: %d) and import it again", n)
		}
		fmt.Printf("new: %d\nchanged: %d\nunchanged: %d\nrefused: %d\n", result.New, result.Changed, result.Unchanged, result.Refused)
		fmt.Printf("due instalments: %d\ndue amount: %s %s\n", result.DueInstalments, result.DueAmount, result.DueAmount.Currency)
		return nil
	})
}

type userAddCommand struct {
	Email  string `arg:"" help:"The e-mail address to sign in with."`
	Name   string `help:"The person's name. (default: the e-mail address)"`
	Role   string `enum:"owner,admin,member" default:"member" placeholder:"owner|admin|member" help:"Owners also manage settings, users and keys, admins do the billing work, members read. (default: ${default})"`
	Tenant string `placeholder:"ID" help:"The business unit; may be left out where there is only one."`
}

// Run adds a user to a business unit.
func (cmd *userAddCommand) Run(ctx context.Context, f *shared) error {
	return f.inTenant(ctx, cmd.Tenant, func(store *db.Store, scope db.Scope) error {
		password, err := readPassword()
		if err != nil {
			return err
		}
		in := billing.UserInput{Email: cmd.Email, Name: cmp.Or(cmd.Name, cmd.Email), Password: password}
		_, err = store.CreateUser(ctx, scope, in, billing.Role(cmd.Role))
		return err
	})
}

type userPasswordCommand struct {
	Email string `arg:"" help:"The e-mail address the user signs in with."`
}

// Run sets a user's password.
func (cmd *userPasswordCommand) Run(ctx context.Context, f *shared) error {
	return f.withStore(ctx, func(store *db.Store) error {
		password, err := readPassword()
		if err != nil {
			return err
		}
		return store.SetPassword(ctx, operator, cmd.Email, password)
	})
}

// readPassword asks on a terminal, twice since nothing is seen, or reads one line of
// the standard input.
func readPassword() (string, error) {
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		lines := bufio.NewScanner(os.Stdin)
		lines.Scan()
		return lines.Text(), lines.Err()
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(os.Stderr, prompt)
		text, err := term.ReadPassword(stdin)
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(text)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ. Try again")
	}
	return typed[0], nil
}

type tenantAddCommand struct {
	Name     string `arg:"" help:"Its name, as it stands on invoices."`
	Currency string `default:"EUR" placeholder:"CODE" help:"Its currency; it can't be changed later. (default: ${default})"`
	Timezone string `default:"Europe/Berlin" placeholder:"ZONE" help:"The time zone whose days it bills by. (default: ${default})"`
	VATMode  string `name:"vat-mode" enum:"none,exclusive,inclusive" default:"none" placeholder:"none|exclusive|inclusive" help:"Whether VAT is not charged, added to the amounts, or part of them. (default: ${default})"`
	VATRate  string `name:"vat-rate" placeholder:"PERCENT" help:"The VAT rate in percent, for example 19 or 7.7."`
	Terms    string `default:"14" placeholder:"DAYS" help:"Days that businesses have to pay: 0, 7, 14 or 30. (default: ${default})"`
	tenant   billing.Tenant
}

// Validate refuses flags that no business unit can have.
func (cmd *tenantAddCommand) Validate() (err error) {
	cmd.tenant, err = billing.NewTenant(billing.TenantInput{
		Name: cmd.Name, Currency: cmd.Currency, Zone: cmd.Timezone,
		VATMode: cmd.VATMode, VATRate: cmd.VATRate, PaymentTerms: cmd.Terms,
	})
	if err != nil {
		return errors.New(explain(err))
	}
	return nil
}

// Run adds a business unit.
func (cmd *tenantAddCommand) Run(ctx context.Context, f *shared) error {
	return f.withStore(ctx, func(store *db.Store) error {
		tenant, err := store.CreateTenant(ctx, operator, cmd.tenant)
		if err != nil {
			return err
		}
		fmt.Printf("tenant: %s\n", tenant.ID)
		return nil
	})
}

type keyAddCommand struct {
	Name     string `arg:"" help:"What it is for."`
	Tenant   string `placeholder:"ID" help:"The business unit; may be left out where there is only one."`
	ReadOnly bool   `help:"Let it read only."`
}

// Run adds an API key.
func (cmd *keyAddCommand) Run(ctx context.Context, f *shared) error {
	return f.inTenant(ctx, cmd.Tenant, func(store *db.Store, scope db.Scope) error {
		key, err := store.CreateKey(ctx, scope, cmd.Name, cmd.ReadOnly)
		if err != nil {
			return err
		}
		fmt.Printf("api key: %s\n", key)
		return nil
	})
}

type backupCommand struct {
	File      string `arg:"" help:"The copy to write; it must not exist yet."`
	Rehearsal bool   `help:"Let --today drive the copy."`
}

// Run writes the copy.
func (cmd *backupCommand) Run(ctx context.Context, f *shared) error {
	return f.withStore(ctx, func(store *db.Store) error { return store.Backup(ctx, cmd.File, cmd.Rehearsal) })
}

type versionCommand struct{}

// Run shows what this program is made of.
func (versionCommand) Run() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without its version")
	}
	fmt.Printf("version: %s\ngo: %s\nsqlite: %s\n", info.Main.Version, info.GoVersion, db.SQLiteVersion())
	return nil
}
