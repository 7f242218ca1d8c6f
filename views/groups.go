package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
)

// GroupList is the page of all billing groups.
type GroupList struct {
	Rows []GroupRow
	// FirstURL and NextURL lead through the pages, or are "".
	FirstURL, NextURL string
	// MayCreate tells whether the user may make a group.
	MayCreate bool
	// NoCustomers tells that there is nobody yet to make one for.
	NoCustomers bool
}

// GroupRow is one billing group in the list.
type GroupRow struct {
	billing.Group
	Customer        string
	Members, Active int
	Total           billing.Money
	// Next is the group's next invoice, or nil.
	Next *billing.Draft
}

func (r GroupRow) membersText() string {
	if r.Active == r.Members {
		return FormatNumber(r.Members)
	}
	return FormatNumber(r.Active) + " of " + FormatNumber(r.Members) + " active"
}

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
	Activity []ActivityLine
	// MayChange tells whether the user may change the group, MayMove whether the
	// customer has another group to move members to.
	MayChange, MayMove bool

	// The members that are shown; see SetMembers.
	rows   []billing.Subscription
	filter string
	pages  PagesArgs
	alone  map[string]billing.Draft
}

// ActivityLine is one thing that was done.
type ActivityLine struct {
	On billing.Date
	// Time is that of the day, "14:05".
	Time  string
	Actor string
	Text  string
}

// membersPerPage is how many members a group's page shows at a time.
const membersPerPage = 50

// SetMembers chooses the members to show: those that match the filter, one page of
// them, by product, serial and id.
func (g *GroupView) SetMembers(members []billing.Subscription, filter, pageNumber string) {
	g.filter = strings.TrimSpace(filter)
	matching := slices.DeleteFunc(slices.Clone(members), func(s billing.Subscription) bool { return !Matches(s, g.filter) })
	slices.SortFunc(matching, billing.Subscription.Compare)
	last := max(1, (len(matching)+membersPerPage-1)/membersPerPage)
	n, _ := strconv.Atoi(pageNumber)
	n = min(max(1, n), last)
	from := (n - 1) * membersPerPage
	to := min(from+membersPerPage, len(matching))
	g.rows = matching[from:to]
	if last > 1 {
		g.pages.Text = "Subscriptions " + FormatNumber(from+1) + " to " + FormatNumber(to) + " of " + FormatNumber(len(matching))
	}
	if n > 1 {
		g.pages.Prev = g.pageURL(n - 1)
	}
	if n < last {
		g.pages.Next = g.pageURL(n + 1)
	}
	g.alone = make(map[string]billing.Draft)
	for _, d := range g.Upcoming {
		if _, known := g.alone[d.Lines[0].Subscription.ID]; d.GroupID == "" && !known {
			g.alone[d.Lines[0].Subscription.ID] = d
		}
	}
}

// Matches tells whether every word of a filter is part of the subscription's
// product, serial number, SKU or id.
func Matches(s billing.Subscription, filter string) bool {
	text := strings.ToLower(s.Product + " " + s.Serial + " " + s.SKU + " " + s.ID)
	for word := range strings.FieldsSeq(strings.ToLower(filter)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func (g GroupView) pageURL(n int) string {
	query := url.Values{"page": {strconv.Itoa(n)}}
	if g.filter != "" {
		query.Set("f", g.filter)
	}
	return withQuery(GroupURL(g.ID), query)
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
	if d := g.next(); d != nil {
		if d.VAT.Mode == billing.VATExclusive {
			next.Label += ", with VAT"
		}
		next.Value, next.Note = FormatMoney(d.Money(d.Total)), FormatWeekday(d.Date)+", "+InDays(g.Today, d.Date)
	}
	return []Figure{
		next,
		{Label: "Monthly total", Value: FormatMoney(g.Total), Note: g.totalNote()},
		{Label: "Billing day", Value: Ordinal(g.Days.Last().Day), Note: Terms(g.Terms)},
	}
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
	d, found := g.alone[s.ID]
	if !found {
		return ""
	}
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
