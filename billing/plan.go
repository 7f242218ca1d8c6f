package billing

import (
	"cmp"
	"slices"
)

// Billed is what has been billed already and still stands: live invoice lines by
// subscription and period, live invoices by group and period. The zero Billed is
// nothing billed.
type Billed struct {
	lines, groups map[billedKey]bool
}

type billedKey struct {
	id     string
	period Period
}

// AddLine records a live line for a subscription's instalment of a period.
func (b *Billed) AddLine(subscriptionID string, p Period) {
	if b.lines == nil {
		b.lines = make(map[billedKey]bool)
	}
	b.lines[billedKey{subscriptionID, p}] = true
}

// AddGroup records a live invoice of a group for a period.
func (b *Billed) AddGroup(groupID string, p Period) {
	if b.groups == nil {
		b.groups = make(map[billedKey]bool)
	}
	b.groups[billedKey{groupID, p}] = true
}

// Line tells whether a subscription's instalment of a period has a live line.
func (b Billed) Line(subscriptionID string, p Period) bool {
	return b.lines[billedKey{subscriptionID, p}]
}

// Group tells whether a group has a live invoice for a period.
func (b Billed) Group(groupID string, p Period) bool { return b.groups[billedKey{groupID, p}] }

// Alone says why an instalment is billed alone.
type Alone string

// The reasons for an instalment to be billed alone.
const (
	AloneUngrouped     Alone = "ungrouped"      // it is in no group
	AloneGroupInactive Alone = "group inactive" // its group does not consolidate now
	AloneBeforeGroup   Alone = "before group"   // the group bills it from a later period on
	AloneGroupBilled   Alone = "group billed"   // the group's invoice of the period is out
	AloneFirst         Alone = "first"          // the group's day lies before the contract begins
)

// PlannedInvoice is an invoice that will be issued, before tax: see [PlannedInvoice.Draft].
type PlannedInvoice struct {
	CustomerID string
	// GroupID is the group of a consolidated invoice, and "" on an individual one.
	GroupID string
	// Alone says why an individual invoice is one, and is "" on a consolidated one.
	Alone  Alone
	Period Period
	// Date is the day it falls due to be issued; an overdue one falls on today.
	Date Date
	// Lines has one line for each instalment, in a stable order.
	Lines []Line
}

// Line is one billed instalment on an invoice.
type Line struct {
	Subscription Subscription
	Instalment   Instalment
}

// Plan answers the invoices that fall due before the day to, oldest first, with
// what is overdue on today. It is the one place that decides what is billed, to
// whom and when; previews, forecasts and the billing run all show or issue what
// it answers.
//
// Grouping moves only the date an instalment is billed on, inside its own calendar
// month. An owed instalment of a period goes on its group's invoice, on the
// group's day, when the group is active, bills the subscription from that period
// on, has no invoice for it yet, and its day does not lie before the contract
// begins. Otherwise it is billed alone, on its own date.
func Plan(subscriptions []Subscription, groups []Group, billed Billed, today, to Date) []PlannedInvoice {
	p := planner{groups: make(map[string]Group, len(groups)), billed: billed, today: today, to: to}
	for _, g := range groups {
		p.groups[g.ID] = g
	}
	for _, s := range subscriptions {
		p.subscription(s)
	}
	p.sort()
	return p.invoices
}

type planner struct {
	groups    map[string]Group
	billed    Billed
	today, to Date

	invoices []PlannedInvoice
	// consolidated finds a group's invoice of a period in invoices.
	consolidated map[billedKey]int
}

// subscription plans the instalments of one subscription. No instalment is billed
// before its own month begins, so the months from to on need no look.
func (p *planner) subscription(s Subscription) {
	first := s.Start.Period()
	if first.Before(s.OwedFrom) {
		first = s.OwedFrom
	}
	for period := first; period.First().Before(p.to); period = period.Add(1) {
		instalment, exists := s.Instalment(period)
		if !exists {
			return
		}
		if s.Owes(instalment) && !p.billed.Line(s.ID, period) {
			p.instalment(s, instalment)
		}
	}
}

// instalment puts one owed instalment on the invoice it belongs to.
func (p *planner) instalment(s Subscription, in Instalment) {
	group, date, alone := p.where(s, in)
	if date.Before(p.today) {
		date = p.today
	}
	if !date.Before(p.to) {
		return
	}
	line := Line{Subscription: s, Instalment: in}
	if alone != "" {
		p.invoices = append(p.invoices, PlannedInvoice{
			CustomerID: s.CustomerID, Alone: alone, Period: in.Period, Date: date, Lines: []Line{line},
		})
		return
	}
	key := billedKey{group.ID, in.Period}
	i, begun := p.consolidated[key]
	if !begun {
		if p.consolidated == nil {
			p.consolidated = make(map[billedKey]int)
		}
		i = len(p.invoices)
		p.consolidated[key] = i
		p.invoices = append(p.invoices, PlannedInvoice{CustomerID: s.CustomerID, GroupID: group.ID, Period: in.Period, Date: date})
	}
	p.invoices[i].Lines = append(p.invoices[i].Lines, line)
}

// where answers whether an owed instalment is billed by its group or alone, with
// the reason, and the date that applies.
func (p *planner) where(s Subscription, in Instalment) (Group, Date, Alone) {
	group, grouped := p.groups[s.GroupID]
	alone := Alone("")
	switch {
	case s.GroupID == "" || !grouped:
		alone = AloneUngrouped
	case group.Status != GroupActive:
		alone = AloneGroupInactive
	case in.Period.Before(s.GroupedFrom):
		alone = AloneBeforeGroup
	case in.Number == 0 && group.Days.Date(in.Period).Before(in.From):
		alone = AloneFirst
	case p.billed.Group(group.ID, in.Period):
		alone = AloneGroupBilled
	}
	if alone != "" {
		return group, in.From, alone
	}
	return group, group.Days.Date(in.Period), ""
}

// sort puts invoices by date, then by period and by who gets them, and lines by
// product, serial and id, so that the same plan always reads the same.
func (p *planner) sort() {
	for _, inv := range p.invoices {
		slices.SortFunc(inv.Lines, func(a, b Line) int { return a.Subscription.Compare(b.Subscription) })
	}
	slices.SortFunc(p.invoices, func(a, b PlannedInvoice) int {
		return cmp.Or(a.Date.Compare(b.Date), a.Period.Compare(b.Period), cmp.Compare(a.CustomerID, b.CustomerID),
			cmp.Compare(b.GroupID, a.GroupID), cmp.Compare(a.Lines[0].Subscription.ID, b.Lines[0].Subscription.ID))
	})
}
