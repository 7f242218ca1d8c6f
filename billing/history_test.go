package billing

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// history is a random life of two customers: their subscriptions and groups, the
// business day, and what a billing run that issues all that is planned has issued.
// Acts that need more than this package decides (joining, leaving …) follow the rules
// on the values.
type history struct {
	today, cutOver Date
	subs           []Subscription
	groups         []Group // those not deleted
	billed         Billed
	issued         []issued
	// made counts the groups ever made, so that no id comes twice.
	made     int
	repriced bool
}

// issued is one billed instalment; credited lines live no more.
type issued struct {
	groupID string
	Line
	credited bool
}

func newHistory(t *rapid.T) *history {
	start := Period{rapid.IntRange(2023, 2028).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))}
	h := &history{today: start.Date(rapid.IntRange(1, 31).Draw(t, "day"))}
	h.cutOver = h.today
	for range rapid.IntRange(1, 4).Draw(t, "subscriptions") {
		h.enter(t)
	}
	return h
}

// acts are all that can happen between two looks at the state.
func (h *history) acts() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"time passes": h.pass, "enter": h.enter, "end": h.end, "extend": h.extend, "reprice": h.reprice,
		"create": h.create, "join": h.join, "leave": h.leave, "move": h.move, "change day": h.changeDay,
		"deactivate": h.deactivate, "activate": h.activate, "delete": h.delete,
		"credit": h.credit, "run": h.run, "run daily or late": h.foresee,
	}
}

func (h *history) pass(t *rapid.T) {
	h.today = h.today.AddDays(rapid.OneOf(rapid.IntRange(1, 5), rapid.IntRange(1, 70)).Draw(t, "days"))
}

// nearby draws a day around a date, the ends of months more often.
func nearby(t *rapid.T, d Date, back, ahead int, label string) Date {
	d = d.AddDays(rapid.IntRange(-back, ahead).Draw(t, label))
	if rapid.IntRange(0, 3).Draw(t, label+" at the month's end") == 0 {
		d = d.Period().Date(31)
	}
	return d
}

// enter takes in a subscription, of the past as well as of the future.
func (h *history) enter(t *rapid.T) {
	if len(h.subs) == 8 {
		t.Skip("enough of them")
	}
	s := Subscription{
		ID: fmt.Sprintf("s%d", len(h.subs)+1), CustomerID: rapid.SampledFrom([]string{"acme", "acme", "globex"}).Draw(t, "customer"),
		Product: rapid.SampledFrom([]string{"Laptop", "Phone"}).Draw(t, "product"), Status: SubscriptionActive,
		MonthlyAmount: eur(rapid.Int64Range(0, 500_00).Draw(t, "amount")),
		Start:         nearby(t, h.today, 400, 60, "start"),
		Length:        rapid.OneOf(rapid.IntRange(1, 3), rapid.IntRange(1, 36)).Draw(t, "length"),
	}
	next := Date{}
	if rapid.Bool().Draw(t, "has a next billing date") {
		next = nearby(t, h.today, 40, 60, "next billing date")
	}
	s.OwedFrom = FirstOwed(s.Start, next, h.cutOver)
	h.subs = append(h.subs, s)
}

// pick draws a subscription that a rule allows something for.
func (h *history) pick(t *rapid.T, allowed func(Subscription) bool) *Subscription {
	var found []int
	for i, s := range h.subs {
		if allowed(s) {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		t.Skip("no such subscription")
	}
	return &h.subs[rapid.SampledFrom(found).Draw(t, "subscription")]
}

// pickGroup draws a group that a rule allows something for.
func (h *history) pickGroup(t *rapid.T, allowed func(Group) bool) *Group {
	var found []int
	for i, g := range h.groups {
		if allowed(g) {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		t.Skip("no such group")
	}
	return &h.groups[rapid.SampledFrom(found).Draw(t, "group")]
}

// end ends a contract, back or ahead, and credits what is then not owed.
func (h *history) end(t *rapid.T) {
	s := h.pick(t, func(s Subscription) bool { return s.Status == SubscriptionActive })
	around := h.today
	if in, exists := s.Instalment(h.today.Period()); exists && rapid.Bool().Draw(t, "around its own date") {
		around = in.From.AddDays(rapid.IntRange(-1, 1).Draw(t, "off"))
	} else {
		around = nearby(t, around, 60, 60, "ended on")
	}
	if around.Before(s.Start) {
		around = s.Start
	}
	s.Status, s.EndedOn = SubscriptionEndedEarlyReturn, around
	for i, line := range h.issued {
		if line.Subscription.ID == s.ID && !line.Instalment.From.Before(around) {
			h.issued[i].credited = true
		}
	}
	h.recount()
}

func (h *history) extend(t *rapid.T) {
	s := h.pick(t, func(s Subscription) bool { return s.Length < MaxContractLength })
	s.Length = min(MaxContractLength, s.Length+rapid.IntRange(1, 6).Draw(t, "months"))
}

func (h *history) reprice(t *rapid.T) {
	s := h.pick(t, func(s Subscription) bool { return true })
	s.MonthlyAmount, h.repriced = eur(rapid.Int64Range(0, 500_00).Draw(t, "amount")), true
}

func (h *history) create(t *rapid.T) {
	customer := Customer{ID: rapid.SampledFrom([]string{"acme", "globex"}).Draw(t, "customer"), Type: Business, Status: CustomerActive}
	known := Known{Customer: &customer, Subscriptions: map[string]Subscription{}}
	in := GroupInput{CustomerID: customer.ID, Name: "Group", BillingDay: rapid.IntRange(1, MaxBillingDay).Draw(t, "billing day")}
	for _, s := range h.subs {
		known.Subscriptions[s.ID] = s
		if s.CustomerID == customer.ID && s.GroupID == "" && s.ActiveOn(h.today) && rapid.IntRange(0, 3).Draw(t, s.ID+" joins") > 0 {
			in.SubscriptionIDs = append(in.SubscriptionIDs, s.ID)
		}
	}
	if len(in.SubscriptionIDs) == 0 {
		t.Skip("nothing to group")
	}
	group, members, err := NewGroup(in, known, h.billed, h.today)
	if err != nil {
		t.Fatalf("create a group of %v: %v", in.SubscriptionIDs, err)
	}
	h.made++
	group.ID = fmt.Sprintf("g%d", h.made)
	h.groups = append(h.groups, group)
	for _, m := range members {
		m.GroupID = group.ID
		h.subs[slices.IndexFunc(h.subs, func(s Subscription) bool { return s.ID == m.ID })] = m
	}
}

func (h *history) joins(s *Subscription, g Group) {
	s.GroupID, s.GroupedFrom = g.ID, groupedFrom(*s, g, h.billed, h.today)
}

func (h *history) join(t *rapid.T) {
	s := h.pick(t, func(s Subscription) bool { return s.GroupID == "" && s.ActiveOn(h.today) })
	h.joins(s, *h.pickGroup(t, func(g Group) bool { return g.CustomerID == s.CustomerID }))
}

func (h *history) move(t *rapid.T) {
	s := h.pick(t, func(s Subscription) bool { return s.GroupID != "" && s.ActiveOn(h.today) })
	h.joins(s, *h.pickGroup(t, func(g Group) bool { return g.CustomerID == s.CustomerID && g.ID != s.GroupID }))
}

func (h *history) leave(t *rapid.T) {
	leave(h.pick(t, func(s Subscription) bool { return s.GroupID != "" }))
}

func (h *history) changeDay(t *rapid.T) {
	g := h.pickGroup(t, func(Group) bool { return true })
	g.changeDay(rapid.IntRange(1, MaxBillingDay).Draw(t, "billing day"), h.billed, h.today)
}

func (h *history) deactivate(t *rapid.T) {
	h.pickGroup(t, func(g Group) bool { return g.Status == GroupActive }).Status = GroupInactive
}

func (h *history) activate(t *rapid.T) {
	g := h.pickGroup(t, func(g Group) bool { return g.Status == GroupInactive })
	g.Status = GroupActive
	for i, s := range h.subs {
		if s.GroupID == g.ID {
			h.joins(&h.subs[i], *g)
		}
	}
}

func (h *history) delete(t *rapid.T) {
	gone := h.pickGroup(t, func(Group) bool { return true }).ID
	h.groups = slices.DeleteFunc(h.groups, func(g Group) bool { return g.ID == gone })
	for i, s := range h.subs {
		if s.GroupID == gone {
			leave(&h.subs[i])
		}
	}
}

// credit takes back a whole invoice or one line of it, to be billed again.
func (h *history) credit(t *rapid.T) {
	var live []int
	for i, line := range h.issued {
		if !line.credited {
			live = append(live, i)
		}
	}
	if len(live) == 0 {
		t.Skip("nothing to credit")
	}
	i := rapid.SampledFrom(live).Draw(t, "line")
	h.issued[i].credited = true
	if of := h.issued[i]; of.groupID != "" && rapid.Bool().Draw(t, "whole invoice") {
		for j, line := range h.issued {
			if line.groupID == of.groupID && line.Instalment.Period == of.Instalment.Period {
				h.issued[j].credited = true
			}
		}
	}
	h.recount()
}

// recount makes billed anew of the lines that live.
func (h *history) recount() {
	h.billed = Billed{}
	for _, line := range h.issued {
		if line.credited {
			continue
		}
		h.billed.AddLine(line.Subscription.ID, line.Instalment.Period)
		if line.groupID != "" {
			h.billed.AddGroup(line.groupID, line.Instalment.Period)
		}
	}
}

// issue records invoices as issued.
func (h *history) issue(invoices []PlannedInvoice) {
	for _, inv := range invoices {
		for _, line := range inv.Lines {
			h.issued = append(h.issued, issued{groupID: inv.GroupID, Line: line})
		}
	}
	h.billed.record(invoices)
}

// clone answers another history that goes its own way from here.
func (h *history) clone() *history {
	c := *h
	c.subs, c.groups, c.issued = slices.Clone(h.subs), slices.Clone(h.groups), slices.Clone(h.issued)
	c.billed = Billed{lines: maps.Clone(h.billed.lines), groups: maps.Clone(h.billed.groups)}
	return &c
}

// due answers what is due on the history's day.
func (h *history) due() []PlannedInvoice { return h.plan(h.today.AddDays(1)) }

func (h *history) plan(to Date) []PlannedInvoice {
	return Plan(h.subs, h.groups, h.billed, h.today, to)
}
