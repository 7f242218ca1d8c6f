package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"billfold/billing"
	"billfold/db"
)

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
	SetAside       bool          `json:"setAside"` // a run would not issue it, for the reason
	Reason         string        `json:"reason,omitempty"`
	cause          string
}

// dueOf is what is due of one business unit. What it counts is what a run would issue,
// but for what it would set aside.
type dueOf struct {
	TenantID         string        `json:"tenantId"`
	Tenant           string        `json:"tenant"`
	Today            string        `json:"today"`
	Currency         string        `json:"currency"`
	Invoices         int           `json:"invoices"`
	Lines            int           `json:"lines"`
	Total            billing.Money `json:"total"`
	SetAsideInvoices int           `json:"setAsideInvoices"`
	SetAsideTotal    billing.Money `json:"setAsideTotal"`
	Due              []dueInvoice  `json:"due"`
}

// list prints what a run would issue, and what it would set aside.
func (cmd *billCommand) list(ctx context.Context, store *db.Store, tenants []db.Tenant) error {
	all := make([]dueOf, 0, len(tenants))
	for _, t := range tenants {
		due, err := store.Due(ctx, t, cmd.On.Date)
		if err != nil {
			return err
		}
		of := dueOf{
			TenantID: t.ID, Tenant: t.Name, Today: store.Today(t).String(), Currency: string(t.Currency),
			Invoices: due.Issued.Invoices, Lines: due.Issued.Lines, Total: due.Issued.Total,
			SetAsideInvoices: due.SetAside.Invoices, SetAsideTotal: due.SetAside.Total, Due: make([]dueInvoice, len(due.Invoices)),
		}
		for i, d := range due.Invoices {
			of.Due[i] = dueInvoice{d.Since.String(), d.Period.String(), d.CustomerID, d.CustomerName, d.GroupID, d.GroupName, d.SubscriptionID, d.Product, d.Serial,
				d.Lines, d.Total, d.Reason != "", d.Reason, d.Cause}
		}
		if cmd.JSON {
			all = append(all, of)
		} else if err := of.print(); err != nil {
			return err
		}
		aside := slices.DeleteFunc(due.Invoices, func(d db.DueInvoice) bool { return d.Reason == "" })
		printAside(t, "would be set aside", aside[:min(len(aside), asideTold)], len(aside))
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
		fmt.Fprintf(table, "DUE SINCE\tMONTH\tCUSTOMER\tINVOICE\tLINES\t%*s", width, "TOTAL")
		if d.SetAsideInvoices > 0 {
			fmt.Fprint(table, "\tSET ASIDE")
		}
		fmt.Fprintln(table)
	}
	for _, in := range d.Due {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%5d\t%*s", in.DueSince, in.Period, in.Customer, billedAs(in.Group, in.GroupID, in.Product, in.SerialNumber), in.Lines, width, in.Total)
		if in.SetAside {
			fmt.Fprintf(table, "\t%s", in.cause)
		}
		fmt.Fprintln(table)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Printf("invoices: %d\nlines: %d\ntotal: %s %s\nset aside: %d\n", d.Invoices, d.Lines, d.Total, d.Currency, d.SetAsideInvoices)
	if err == nil && d.SetAsideInvoices > 0 {
		_, err = fmt.Printf("set aside total: %s %s\n", d.SetAsideTotal, d.Currency)
	}
	if err == nil {
		_, err = fmt.Println("dry run: nothing was issued")
	}
	return err
}

// billedAs is what an invoice is about: a group, or a subscription.
func billedAs(group, groupID, product, serial string) string {
	if groupID != "" {
		return group + " (group)"
	}
	return strings.TrimSpace(product + " " + serial)
}

// asideTold is how many of the invoices that were set aside are told one by one.
const asideTold = 20

// tellAside says what a run has set aside, and why.
func tellAside(ctx context.Context, store *db.Store, t db.Tenant, run db.BillingRun) error {
	if run.SetAside == 0 {
		return nil
	}
	list, err := store.SetAside(context.WithoutCancel(ctx), t, run, asideTold)
	if err == nil {
		printAside(t, "could not be billed and will be tried again", list, run.SetAside)
	}
	return err
}

// printAside says on the standard error what is set aside, a line each, and of how many.
func printAside(t db.Tenant, what string, list []db.DueInvoice, all int) {
	if all == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: %d %s:\n", t.Name, all, what)
	for _, d := range list {
		fmt.Fprintf(os.Stderr, "  %s, %s, %s: %s\n", d.CustomerName, billedAs(d.GroupName, d.GroupID, d.Product, d.Serial), d.Period, d.Reason)
	}
	if more := all - len(list); more > 0 {
		fmt.Fprintf(os.Stderr, "  and %d more\n", more)
	}
}
