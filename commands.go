package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"golang.org/x/term"

	"billfold/billing"
	"billfold/db"
)

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
		for _, told := range []billing.RowProblems{result.Problems, result.Refusals} {
			for _, p := range told.Listed {
				fmt.Fprintln(os.Stderr, p)
			}
			if more := told.Total - len(told.Listed); more > 0 {
				fmt.Fprintf(os.Stderr, "and %d more\n", more)
			}
		}
		if n := result.Problems.Total; n > 0 {
			return fmt.Errorf("nothing was taken in. Correct the file (problems: %d) and import it again", n)
		}
		fmt.Printf("new: %d\nchanged: %d\nunchanged: %d\nrefused: %d\n", result.New, result.Changed, result.Unchanged, result.Refused)
		if cmd.DryRun {
			fmt.Println("dry run: nothing was changed")
		}
		fmt.Printf("due instalments: %d\ndue amount: %s %s\n", result.DueInstalments, result.DueAmount, result.DueAmount.Currency)
		if holds := amountHolds(scope.Tenant.VAT); holds != "" {
			fmt.Printf("due amount VAT: %s\n", holds)
		}
		return nil
	})
}

// amountHolds says whether VAT is in the amounts of contracts, where it is charged.
func amountHolds(vat billing.VAT) string {
	switch vat.Mode {
	case billing.VATExclusive:
		return "not included; invoices add it"
	case billing.VATInclusive:
		return "included"
	}
	return ""
}

type userAddCommand struct {
	Email  string `arg:"" help:"The e-mail address to sign in with."`
	Name   string `help:"The person's name. (default: the e-mail address)"`
	Role   string `enum:"owner,admin,member" default:"member" placeholder:"owner|admin|member" help:"Owners also manage settings, users and keys, admins do the billing work, members read. (default: ${default})"`
	Tenant string `placeholder:"ID" help:"The business unit; may be left out where there is only one."`
}

// Run adds a user to a business unit. Somebody who has an account keeps its name and
// password, so that none is asked for.
func (cmd *userAddCommand) Run(ctx context.Context, f *shared) error {
	return f.inTenant(ctx, cmd.Tenant, func(store *db.Store, scope db.Scope) error {
		known, err := store.AddMember(ctx, scope, cmd.Email, billing.Role(cmd.Role))
		if err == nil {
			fmt.Fprintf(os.Stderr, "%s has an account already, and keeps its name and password.\n", known.Email)
			fmt.Printf("user: %s\n", known.Email)
		}
		if billing.CodeOf(err) != billing.CodeNotFound {
			return err
		}
		password, err := readPassword(ctx)
		if err != nil {
			return err
		}
		in := billing.UserInput{Email: cmd.Email, Name: cmp.Or(cmd.Name, cmd.Email), Password: password}
		user, err := store.CreateUser(ctx, scope, in, billing.Role(cmd.Role))
		if err == nil {
			fmt.Printf("user: %s\n", user.Email)
		}
		return err
	})
}

type userPasswordCommand struct {
	Email string `arg:"" help:"The e-mail address the user signs in with."`
}

// Run sets a user's password.
func (cmd *userPasswordCommand) Run(ctx context.Context, f *shared) error {
	if err := f.mustExist(); err != nil {
		return err
	}
	return f.withStore(ctx, func(store *db.Store) error {
		password, err := readPassword(ctx)
		if err != nil {
			return err
		}
		return store.SetPassword(ctx, operator, cmd.Email, password)
	})
}

type userTwoFactorCommand struct {
	Email string `arg:"" help:"The e-mail address the user signs in with."`
	Off   bool   `required:"" help:"Switch it off. It is switched on only by the user, in the console."`
}

// Run switches a user's second factor off.
func (cmd *userTwoFactorCommand) Run(ctx context.Context, f *shared) error {
	if err := f.mustExist(); err != nil {
		return err
	}
	return f.withStore(ctx, func(store *db.Store) error {
		was, err := store.SwitchOffTwoFactorOf(ctx, operator, cmd.Email)
		switch {
		case err != nil:
			return err
		case was:
			fmt.Println("two-factor: off")
		default:
			fmt.Println("two-factor: off, as it was before")
		}
		return nil
	})
}

// readPassword asks on a terminal, twice since nothing is seen, or reads one line of
// the standard input.
func readPassword(ctx context.Context) (string, error) {
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		lines := bufio.NewScanner(os.Stdin)
		lines.Scan()
		return lines.Text(), lines.Err()
	}
	var typed [2]string
	for i, prompt := range []string{"Password: ", "Once more: "} {
		fmt.Fprint(os.Stderr, prompt)
		text, err := readHidden(ctx, stdin)
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = text
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ. Try again")
	}
	return typed[0], nil
}

// readHidden reads a line that the terminal does not show. Where ctx ends first, as
// after Ctrl-C, the terminal is left as it was.
func readHidden(ctx context.Context, terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	type line struct {
		text []byte
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(terminal)
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return string(l.text), l.err
	case <-ctx.Done():
		return "", errors.Join(errors.New("interrupted"), term.Restore(terminal, before))
	}
}

type tenantAddCommand struct {
	Name     string `arg:"" help:"Its name, as it stands on invoices."`
	Currency string `default:"EUR" placeholder:"CODE" help:"Its currency; it can't be changed later. (default: ${default})"`
	Timezone string `default:"Europe/Berlin" placeholder:"ZONE" help:"The time zone whose days it bills by. (default: ${default})"`
	VATMode  string `name:"vat-mode" enum:"none,exclusive,inclusive" default:"none" placeholder:"none|exclusive|inclusive" help:"Whether VAT is not charged, added to the amounts, or part of them. (default: ${default})"`
	VATRate  string `name:"vat-rate" placeholder:"PERCENT" help:"The VAT rate in percent, for example 19 or 7.7."`
	Terms    string `default:"30" placeholder:"DAYS" help:"Days that businesses have to pay: 0, 7, 14 or 30. (default: ${default})"`
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

// Run adds a business unit, and prints what it was made with: most of that may have come
// from defaults.
func (cmd *tenantAddCommand) Run(ctx context.Context, f *shared) error {
	return f.withStore(ctx, func(store *db.Store) error {
		tenant, err := store.CreateTenant(ctx, operator, cmd.tenant)
		if err != nil {
			return err
		}
		fmt.Printf("tenant: %s\ncurrency: %s\ntimezone: %s\nvat mode: %s\n", tenant.ID, tenant.Currency, tenant.Zone, tenant.VAT.Mode)
		if tenant.VAT.Mode != billing.VATNone {
			fmt.Printf("vat rate: %s\n", tenant.VAT.Percent())
		}
		fmt.Printf("terms: %d\n", tenant.PaymentTerms)
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
	if err := f.mustExist(); err != nil {
		return err
	}
	return db.Backup(ctx, f.path(), cmd.File, cmd.Rehearsal)
}

type verifyCommand struct {
	Head []db.Head `placeholder:"HEX" help:"A head that was printed earlier: the activity must still go through it."`
}

// Run looks for changes behind Billfold's back, and prints what it has looked at and
// what it has found.
func (cmd *verifyCommand) Run(ctx context.Context, f *shared) error {
	if err := f.mustExist(); err != nil {
		return err
	}
	verified, err := db.Verify(ctx, f.path(), cmd.Head...)
	printFaults(verified.Faults) // damage may be why the rest can't be read
	if err != nil {
		return err
	}
	if len(verified.Tenants) == 0 {
		fmt.Println("tenant: none")
	}
	for _, t := range verified.Tenants {
		fmt.Printf("tenant: %s %s\nentries: %d\ngroups: %d\nsubscriptions: %d\ninvoices: %d\n", t.ID, t.Name, t.Entries, t.Groups, t.Subscriptions, t.Invoices)
		if t.Head != (db.Head{}) {
			fmt.Printf("head: %s\n", t.Head)
		}
		printFaults(t.Faults)
	}
	if n := verified.Faulty(); n > 0 {
		return fmt.Errorf("the database is not as Billfold left it (faults: %d). Compare it with a backup", n)
	}
	return nil
}

func printFaults(faults db.Faults) {
	for _, fault := range faults.Listed {
		fmt.Printf("fault: %s\n", fault)
	}
	if more := faults.Total - len(faults.Listed); more > 0 {
		fmt.Printf("fault: and %d more\n", more)
	}
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
