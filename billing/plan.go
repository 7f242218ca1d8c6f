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
	// runs are the months, by subscription, that have live lines without a gap.
	runs map[string]billedRun
}

type billedKey struct {
	id     string
	period Period
}

// billedRun is the months from one up to, not including, another.
type billedRun struct{ from, to Period }

func (r billedRun) has(p Period) bool { return !p.Before(r.from) && p.Before(r.to) }

// AddLine records a live line for a subscription's instalment of a period.
func (b *Billed) AddLine(subscriptionID string, p Period) {
	if b.lines == nil {
		b.lines = make(map[billedKey]bool)
	}
	b.lines[billedKey{subscriptionID, p}] = true
}

// AddRun records live lines for a subscription's instalments of all periods from one up
// to, not including, another.
func (b *Billed) AddRun(subscriptionID string, from, to Period) {
	if b.runs == nil {
		b.runs = make(map[string]billedRun)
	}
	b.runs[subscriptionID] = billedRun{from, to}
}

// AddGroup records a live invoice of a group for a period.
func (b *Billed) AddGroup(groupID string, p Period) {
	if b.groups == nil {
		b.groups = make(map[billedKey]bool)
	}
	b.groups[billedKey{groupID, p}] = true
}

// FirstOpen answers the first period that a subscription could owe an instalment of and
// that has no live line.
func (b Billed) FirstOpen(s Subscription) Period {
	p := s.Start.Period()
	if p.Before(s.OwedFrom) {
		p = s.OwedFrom
	}
	if run := b.runs[s.ID]; run.has(p) {
		p = run.to
	}
	for b.lines[billedKey{s.ID, p}] {
		p = p.Add(1)
	}
	return p
}

// Line tells whether a subscription's instalment of a period has a live line.
func (b Billed) Line(subscriptionID string, p Period) bool {
	return b.runs[subscriptionID].has(p) || b.lines[billedKey{subscriptionID, p}]
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
	// Since is the day that applied: before Date where that has passed.
	Since Date
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
	var invoices invoicePlan
	newPlanner(groups, billed, today, to).plan(subscriptions, invoices.add)
	invoices.sort()
	return invoices.list
}

type planner struct {
	groups    map[string]*Group
	billed    Billed
	today, to Date
}

func newPlanner(groups []Group, billed Billed, today, to Date) planner {
	p := planner{groups: make(map[string]*Group, len(groups)), billed: billed, today: today, to: to}
	for i := range groups {
		p.groups[groups[i].ID] = &groups[i]
	}
	return p
}

// place is where an owed instalment is billed: on which day, and by which group or why
// alone.
type place struct {
	date    Date
	since   Date
	groupID string
	alone   Alone
	// overdue tells that the date that applied has passed: the next run bills it.
	overdue bool
}

// plan calls take for each owed instalment that is billed before the day to. No
// instalment is billed before its own month begins, so the months from to on need no look.
func (p planner) plan(subscriptions []Subscription, take func(*Subscription, Instalment, place)) {
	for i := range subscriptions {
		s := &subscriptions[i]
		group := p.groups[s.GroupID]
		for period := p.billed.FirstOpen(*s); period.First().Before(p.to); period = period.Add(1) {
			in, exists := s.Instalment(period)
			if !exists {
				break
			}
			if !s.Owes(in) || p.billed.Line(s.ID, period) {
				continue
			}
			at := p.where(s, group, in)
			at.since = at.date
			if at.date.Before(p.today) {
				at.date, at.overdue = p.today, true
			}
			if at.date.Before(p.to) {
				take(s, in, at)
			}
		}
	}
}

// where answers whether an owed instalment is billed by its group, nil where there is
// none, or alone, with the reason, and the date that applies.
func (p planner) where(s *Subscription, group *Group, in Instalment) place {
	alone := Alone("")
	switch {
	case s.GroupID == "" || group == nil:
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
		return place{date: in.From, alone: alone}
	}
	return place{date: group.Days.Date(in.Period), groupID: group.ID}
}

// invoicePlan puts instalments on invoices.
type invoicePlan struct {
	list []PlannedInvoice
	// consolidated finds a group's invoice of a period in list.
	consolidated map[billedKey]int
}

// add puts one instalment on the invoice it belongs to.
func (p *invoicePlan) add(s *Subscription, in Instalment, at place) {
	line := Line{Subscription: *s, Instalment: in}
	if at.alone != "" {
		p.list = append(p.list, PlannedInvoice{
			CustomerID: s.CustomerID, Alone: at.alone, Period: in.Period, Date: at.date, Since: at.since, Lines: []Line{line},
		})
		return
	}
	key := billedKey{at.groupID, in.Period}
	i, begun := p.consolidated[key]
	if !begun {
		if p.consolidated == nil {
			p.consolidated = make(map[billedKey]int)
		}
		i = len(p.list)
		p.consolidated[key] = i
		p.list = append(p.list, PlannedInvoice{CustomerID: s.CustomerID, GroupID: at.groupID, Period: in.Period, Date: at.date, Since: at.since})
	}
	p.list[i].Lines = append(p.list[i].Lines, line)
}

// sort puts invoices by date, then by period and by who gets them, and lines by
// product, serial and id, so that the same plan always reads the same.
func (p *invoicePlan) sort() {
	for _, inv := range p.list {
		slices.SortFunc(inv.Lines, func(a, b Line) int { return a.Subscription.Compare(b.Subscription) })
	}
	slices.SortFunc(p.list, func(a, b PlannedInvoice) int {
		return cmp.Or(a.Date.Compare(b.Date), a.Period.Compare(b.Period), cmp.Compare(a.CustomerID, b.CustomerID),
			cmp.Compare(b.GroupID, a.GroupID), cmp.Compare(a.Lines[0].Subscription.ID, b.Lines[0].Subscription.ID))
	})
}
