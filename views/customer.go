package views

import (
	"net/url"
	"slices"
	"strings"

	"billfold/billing"
)

// CustomerView is the page of one customer.
type CustomerView struct {
	billing.Customer
	Tenant billing.Tenant
	Today  billing.Date
	// Since is the day it was taken in.
	Since billing.Date
	// Monthly is what the Active subscriptions cost a month; Alone of them are in no group.
	Monthly       billing.Money
	Active, Alone int
	// Subscriptions are the first of Size.
	Subscriptions []billing.Subscription
	Size          int
	Groups        []CustomerGroup
	// Planned is what falls due in Months months, this one first.
	Planned []billing.PlannedSum
	Months  int
	// Products name the subscriptions that are planned by themselves, by id.
	Products map[string]string
	Invoices InvoiceCard
	Activity []ActivityLine
	// MayChange tells whether the user may change the customer.
	MayChange bool
}

// CustomerGroup is a billing group of the customer with its figures.
type CustomerGroup struct {
	billing.Group
	Size, Active int
	Total        billing.Money
}

// maxCustomerGroups is how many groups a customer's page shows.
const maxCustomerGroups = 8

func (c CustomerView) mayGroup() bool {
	return c.MayChange && c.Type == billing.Business && c.Status == billing.CustomerActive
}

// newGroupURL is the page that makes a group for the customer.
func (c CustomerView) newGroupURL() string { return NewGroupURL(c.query()) }

// query chooses the customer in a list.
func (c CustomerView) query() url.Values { return url.Values{"customer": {c.ID}} }

func (c CustomerView) subtitle() string {
	parts := []string{c.ID}
	if person := c.person(); c.Company != "" && person != "" {
		parts = append(parts, person)
	}
	return strings.Join(append(parts, "since "+FormatDate(c.Since)), " · ")
}

// person is the name of the person, or of the one to ask for.
func (c CustomerView) person() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

func (c CustomerView) figures() []Figure {
	vat := c.Tenant.VAT.For(c.Customer)
	figures := []Figure{c.nextFigure(vat), {Label: "Monthly total", Value: FormatMoney(c.Monthly), Note: vatNote(vat)}}
	active := Figure{Label: "Active subscriptions", Value: FormatNumber(c.Active), Note: "all in groups"}
	switch {
	case c.Active == 0 && c.Size > 0:
		active.Note = "all have ended"
	case c.Active == 0:
		active.Note = "no subscriptions yet"
	case c.Alone == c.Active:
		active.Note = "each billed alone"
	case c.Alone > 0:
		active.Note = FormatNumber(c.Alone) + " in no group"
	}
	figures = append(figures, active)
	if c.Type == billing.Business {
		groups := Figure{Label: "Billing groups", Value: FormatNumber(len(c.Groups)), Note: "one invoice a month each"}
		inactive := 0
		for _, g := range c.Groups {
			if g.Status != billing.GroupActive {
				inactive++
			}
		}
		switch {
		case len(c.Groups) == 0:
			groups.Note = "nothing is billed together"
		case inactive > 0:
			groups.Note = FormatNumber(inactive) + " inactive"
		}
		figures = append(figures, groups)
	}
	return figures
}

// vatNote says how amounts without tax, or with it, become what is billed.
func vatNote(v billing.VAT) string {
	switch v.Mode {
	case billing.VATExclusive:
		return "plus VAT " + v.Percent() + noBreak + "%"
	case billing.VATInclusive:
		return "including VAT " + v.Percent() + noBreak + "%"
	}
	return "no VAT"
}

// nextFigure tells what is billed on the next day on which anything is.
func (c CustomerView) nextFigure(vat billing.VAT) Figure {
	f := Figure{Label: "Next invoice", Value: "None", Note: "nothing is due in the next months"}
	if len(c.Planned) == 0 {
		return f
	}
	n, sum, overdue := 0, billing.Money{Currency: c.Monthly.Currency}, false
	day := c.Planned[0].Date
	for _, p := range c.Planned {
		if p.Date == day {
			n, sum, overdue = n+p.Invoices, sum.Add(p.Total), overdue || p.Overdue
		}
	}
	f.Value, f.Note = FormatMoney(sum), FormatWeekday(day)+", "+InDays(c.Today, day)
	if n > 1 {
		f.Label = "Next " + FormatNumber(n) + " invoices"
	}
	if overdue {
		f.Tone, f.Note = Bad, "overdue: billed by the next billing run"
	}
	if vat.Mode == billing.VATExclusive {
		f.Label += ", with VAT"
	}
	return f
}

// group answers the group that a subscription is in, or nil.
func (c CustomerView) group(id string) *CustomerGroup {
	i := slices.IndexFunc(c.Groups, func(g CustomerGroup) bool { return g.ID == id })
	if i < 0 {
		return nil
	}
	return &c.Groups[i]
}

// next answers the next invoice of a group, or nil.
func (c CustomerView) next(group string) *billing.PlannedSum {
	i := slices.IndexFunc(c.Planned, func(p billing.PlannedSum) bool { return p.GroupID == group })
	if i < 0 {
		return nil
	}
	return &c.Planned[i]
}

func (c CustomerView) vatText() string {
	switch {
	case c.VATTreatment == billing.VATReverseCharge:
		return "Reverse charge: billed without VAT"
	case c.VATTreatment == billing.VATExempt:
		return "Exempt: billed without VAT"
	case c.Tenant.VAT.Mode == billing.VATNone:
		return "Standard: the business unit charges no VAT"
	}
	return "Standard: " + vatNote(c.Tenant.VAT)
}

func (c CustomerView) termsText() string {
	terms := upperFirst(Terms(c.Terms(c.Tenant)))
	switch {
	case c.PaymentTerms != nil:
		return terms + ", the customer’s own"
	case c.Type == billing.Individual:
		return terms + ", as for every private person"
	}
	return terms + ", the business unit’s"
}

// addressLines are the billing address as it is printed.
func addressLines(a billing.Address) []string {
	lines := []string{a.Street, strings.TrimSpace(a.PostalCode + " " + a.City), a.Country}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}
