package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"
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
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("stopped after %d of %d invoices of %s. What was issued stands; run billfold bill again to go on", run.Done, run.Due, t.Name)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %s", t.Name, explain(err)))
		}
	}
	return errors.Join(failed...)
}

// printRun prints what came of a run, and says where it left something out.
func printRun(t db.Tenant, run db.BillingRun) {
	fmt.Printf("tenant: %s %s\ninvoices: %d\nlines: %d\ntotal: %s %s\nset aside: %d\n", t.ID, t.Name, run.Invoices, run.Lines, run.Total, run.Total.Currency, run.SetAside)
	if run.Invoices > 0 {
		fmt.Printf("first: %s\nlast: %s\n", run.First, run.Last)
	}
	if run.SetAside > 0 {
		fmt.Fprintf(os.Stderr, "%s: %d could not be billed and will be tried again. The page Billing run says why, and what to do.\n", t.Name, run.SetAside)
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

// dueInvoice is one invoice of the list that --json prints. Programs read it: fields may
// be added, and none changes.
type dueInvoice struct {
	DueSince       string        `json:"dueSince"`
	Period         string        `json:"period"`
	CustomerID     string        `json:"customerId"`
	Customer       string        `json:"customer"`
	GroupID        string        `json:"groupId,omitempty"`
	Group          string        `json:"group,omitempty"`
	SubscriptionID string        `json:"subscriptionId,omitempty"`
	Product        string        `json:"product,omitempty"`
	SerialNumber   string        `json:"serialNumber,omitempty"`
	Lines          int           `json:"lines"`
	Total          billing.Money `json:"total"`
	SetAside       bool          `json:"setAside"` // it could not be issued at the last try
}

// dueOf is what is due of one business unit.
type dueOf struct {
	TenantID string        `json:"tenantId"`
	Tenant   string        `json:"tenant"`
	Today    string        `json:"today"`
	Currency string        `json:"currency"`
	Invoices int           `json:"invoices"`
	Lines    int           `json:"lines"`
	Total    billing.Money `json:"total"`
	Due      []dueInvoice  `json:"due"`
}

// list prints what a run would issue.
func (cmd *billCommand) list(ctx context.Context, store *db.Store, tenants []db.Tenant) error {
	all := make([]dueOf, 0, len(tenants))
	for _, t := range tenants {
		due, err := store.Due(ctx, t, cmd.On.Date)
		if err != nil {
			return err
		}
		of := dueOf{
			TenantID: t.ID, Tenant: t.Name, Today: store.Today(t).String(), Currency: string(t.Currency),
			Invoices: len(due.Invoices), Lines: due.Lines, Total: due.Total, Due: make([]dueInvoice, len(due.Invoices)),
		}
		for i, d := range due.Invoices {
			of.Due[i] = dueInvoice{d.Since.String(), d.Period.String(), d.CustomerID, d.CustomerName, d.GroupID, d.GroupName, d.SubscriptionID, d.Product, d.Serial, d.Lines, d.Total, d.SetAside}
		}
		if cmd.JSON {
			all = append(all, of)
		} else if err := of.print(); err != nil {
			return err
		}
	}
	if !cmd.JSON {
		return nil
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(all)
}

// print writes the table of one business unit, and what it comes to.
func (d dueOf) print() error {
	fmt.Printf("tenant: %s %s\n", d.TenantID, d.Tenant)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	width := len("TOTAL") // amounts stand below each other
	for _, in := range d.Due {
		width = max(width, len(in.Total.String()))
	}
	if len(d.Due) > 0 {
		fmt.Fprintf(table, "DUE SINCE\tMONTH\tCUSTOMER\tINVOICE\tLINES\t%*s\n", width, "TOTAL")
	}
	for _, in := range d.Due {
		what := in.Group + " (group)"
		if in.GroupID == "" {
			what = in.Product + " " + in.SerialNumber
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%5d\t%*s\n", in.DueSince, in.Period, in.Customer, what, in.Lines, width, in.Total)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Printf("invoices: %d\nlines: %d\ntotal: %s %s\ndry run: nothing was issued\n", d.Invoices, d.Lines, d.Total, d.Currency)
	return err
}
