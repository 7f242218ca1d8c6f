package views

import (
	"slices"

	"billfold/billing"
)

// GroupView is the page of one billing group.
type GroupView struct {
	billing.Group
	Customer billing.Customer
	Total    billing.Money
	// Size and Active count all members and the active ones.
	Size, Active int
	Today        billing.Date
	// Since is the day it was created.
	Since billing.Date
	// Terms are the days the customer has to pay.
	Terms int
	// Upcoming are the planned invoices with a member on them.
	Upcoming []billing.Draft
	Invoices InvoiceCard
	Activity []ActivityLine
	// MayChange tells whether the user may change the group, MayMove whether the
	// customer has another group to move members to.
	MayChange, MayMove bool

	// Rows are the members that are shown: those that match Filter, one page of them.
	Rows   []billing.Subscription
	Filter string
	Pages  PagesArgs
	// MayFilter offers the filter.
	MayFilter bool
}

// ActivityLine is one thing that was done.
type ActivityLine struct {
	On billing.Date
	// Time is that of the day, "14:05".
	Time string
	// Actor is "" where nobody did it by hand.
	Actor string
	Text  string
	// Link ends the text and leads to URL; both may be "".
	Link, URL string
}

// next answers the next consolidated invoice, or nil.
func (g GroupView) next() *billing.Draft { return Outlook{After: g.Upcoming}.First() }

func (g GroupView) subtitle() string {
	day := g.Days.Last()
	if g.Status != billing.GroupActive {
		return "Inactive: each subscription is billed alone · since " + FormatDate(g.Since)
	}
	text := "One invoice a month on the " + Ordinal(day.Day)
	if g.Today.Period().Before(day.From) {
		text += " from " + FormatPeriod(day.From)
	}
	return text + " · since " + FormatDate(g.Since)
}

func (g GroupView) figures() []Figure {
	next := Figure{Label: "Next invoice", Value: "None", Note: "nothing is due in the next months"}
	if g.Status != billing.GroupActive {
		next.Note = "none of the group: it is inactive"
	}
	if d := g.next(); d != nil {
		if d.VAT.Mode == billing.VATExclusive {
			next.Label += ", with VAT"
		}
		next.Value, next.Note = FormatMoney(d.Money(d.Total)), FormatWeekday(d.Date)+", "+InDays(g.Today, d.Date)
	}
	return []Figure{
		next,
		{Label: "Monthly total", Value: FormatMoney(g.Total), Note: g.totalNote()},
		{Label: "Billing day", Value: Ordinal(g.Days.Last().Day), Note: g.dayNote()},
	}
}

// dayNote says of the billing day from when on it holds, while another one still does.
func (g GroupView) dayNote() string {
	last := g.Days.Last()
	if g.Status != billing.GroupActive || !g.Today.Period().Before(last.From) || len(g.Days) < 2 {
		return Terms(g.Terms)
	}
	return "from " + FormatPeriod(last.From) + ", until then the " + Ordinal(g.Days.Date(g.Today.Period()).Day)
}

// statusVerb is the act that the group's state allows.
func (g GroupView) statusVerb() string {
	if g.Status == billing.GroupActive {
		return "Deactivate"
	}
	return "Activate"
}

func (g GroupView) totalNote() string {
	if g.Active == g.Size {
		return Plural(g.Size, "subscription", "subscriptions")
	}
	return FormatNumber(g.Active) + " active of " + FormatNumber(g.Size)
}

// aloneText says what of a member is still billed alone, or "".
func (g GroupView) aloneText(s billing.Subscription) string {
	i := slices.IndexFunc(g.Upcoming, func(d billing.Draft) bool { return d.GroupID == "" && d.Lines[0].Subscription.ID == s.ID })
	if i < 0 {
		return ""
	}
	d := g.Upcoming[i]
	return d.Period.Month.String() + " is billed alone, on " + FormatShortDate(d.Date) + ": " + aloneReason(d.Alone) + "."
}

// aloneReason says why a member of a group is billed alone.
func aloneReason(a billing.Alone) string {
	switch a {
	case billing.AloneFirst:
		return "the contract begins after the group’s day"
	case billing.AloneGroupInactive:
		return "the group is inactive"
	case billing.AloneGroupBilled:
		return "the group’s invoice is out"
	default:
		return "the group’s day had passed when it joined"
	}
}
