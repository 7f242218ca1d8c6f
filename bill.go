package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"

	"billfold/billing"
	"billfold/db"
	"billfold/web"
)

// billHourly bills by itself what is due of every business unit with automatic billing
// on: at once, and whenever an hour begins, so that each is billed within the first
// hour of its day. It goes on until ctx ends.
func billHourly(ctx context.Context, store *db.Store, log *slog.Logger) {
	for {
		err := store.BillAutomatically(ctx, func(t db.Tenant, run db.BillingRun, err error) { web.LogRun(log, t, run, err) })
		if err != nil && ctx.Err() == nil {
			log.Error("automatic billing", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour))):
		}
	}
}

type billCommand struct {
	On     date   `placeholder:"DATE" help:"Bill what fell due by this day, dated today; not after today. (default: today)"`
	Tenant string `placeholder:"ID" help:"The business unit. (default: every one, each by its own day)"`
	DryRun bool   `help:"List what is due, and issue nothing. Alone takes --today for any database."`
	JSON   bool   `name:"json" help:"List it as JSON; with --dry-run only."`
}

// date is a day that a flag gives.
type date struct{ billing.Date }

// UnmarshalText reads a date: 2026-11-22.
func (d *date) UnmarshalText(text []byte) (err error) {
	d.Date, err = billing.ParseDate(string(text))
	return err
}

// Validate refuses flags that don't go together.
func (cmd *billCommand) Validate() error {
	if cmd.JSON && !cmd.DryRun {
		return errors.New("--json goes with --dry-run only")
	}
	return nil
}

// Run issues what is due, or lists it.
func (cmd *billCommand) Run(ctx context.Context, f *shared) error {
	if err := f.mustExist(); err != nil {
		return err
	}
	open, do := db.Open, cmd.bill
	if cmd.DryRun {
		open, do = db.OpenAhead, cmd.list
	}
	return f.withOpened(ctx, open, func(store *db.Store) error {
		if cmd.Tenant != "" {
			tenant, err := store.Tenant(ctx, cmd.Tenant)
			if err != nil {
				return err
			}
			return do(ctx, store, []db.Tenant{tenant})
		}
		tenants, err := store.Tenants(ctx)
		if err == nil && len(tenants) == 0 {
			err = errNoTenant
		}
		if err != nil {
			return err
		}
		return do(ctx, store, tenants)
	})
}

// bill issues what is due. A business unit that fails keeps none of the others from
// being billed; an interrupt does.
func (cmd *billCommand) bill(ctx context.Context, store *db.Store, tenants []db.Tenant) error {
	var failed []error
	for _, t := range tenants {
		run, err := store.Bill(ctx, db.Scope{Tenant: t, Actor: operator}, db.BillOptions{On: cmd.On.Date, Progress: progressBar()})
		if err == nil || run.Invoices > 0 {
			printRun(t, run)
		}
		if told := tellAside(ctx, store, t, run); err == nil {
			err = told
		}
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d invoices of %s. What was issued stands; run billfold bill again to go on", run.Done, run.Due, t.Name)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %s", t.Name, explain(err)))
		}
	}
	return errors.Join(failed...)
}

// printRun prints what came of a run.
func printRun(t db.Tenant, run db.BillingRun) {
	fmt.Printf("tenant: %s %s\ninvoices: %d\nlines: %d\ntotal: %s %s\nset aside: %d\n", t.ID, t.Name, run.Invoices, run.Lines, run.Total, run.Total.Currency, run.SetAside)
	if run.Invoices > 0 {
		fmt.Printf("first: %s\nlast: %s\n", run.First, run.Last)
	}
}

// progressBar shows how far a run is on a terminal, and nothing elsewhere.
func progressBar() func(db.BillingRun) {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return func(r db.BillingRun) {
		switch {
		case r.State != db.RunRunning:
			fmt.Fprint(os.Stderr, "\r\x1b[K")
		case r.Done == 0:
			fmt.Fprintf(os.Stderr, "\r\x1b[K%d due so far", r.Due)
		default:
			const width = 30
			full := width * r.Done / r.Due
			fmt.Fprintf(os.Stderr, "\r\x1b[K[%-*s] %d of %d", width, bar[:full], r.Done, r.Due)
		}
	}
}

const bar = "##############################"
