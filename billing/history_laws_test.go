package billing

import (
	"cmp"
	"slices"
	"testing"
	"time"

	godiff "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestHistories holds the promises of billing over random histories.
func TestHistories(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		acts := h.acts()
		acts[""] = h.checkPlan
		t.Repeat(acts)
		h.checkFinally(t)
	})
}

// checkPlan holds what is true of every plan.
func (h *history) checkPlan(t *rapid.T) {
	far := h.today.AddMonths(rapid.IntRange(0, 30).Draw(t, "horizon")).Period().Add(1).First()
	plan := h.plan(far)
	for i, inv := range plan {
		h.checkInvoice(t, inv)
		if i > 0 && inv.Date.Before(plan[i-1].Date) {
			t.Fatalf("an invoice of %s follows one of %s", inv.Date, plan[i-1].Date)
		}
		if !inv.Date.Before(far) {
			t.Fatalf("planned up to %s, an invoice is of %s", far, inv.Date)
		}
	}
	// Grouping moves an instalment inside its own month only, so that up to the end of
	// a month the same ones are billed, for the same amounts.
	alone := Plan(h.subs, nil, h.billed, h.today, far)
	if diff := godiff.Diff(charges(alone), charges(plan)); diff != "" {
		t.Fatalf("up to %s, grouping changes what is billed (-alone +grouped):\n%s", far, diff)
	}
	// A nearer horizon shows the beginning of the same plan.
	to := h.today.AddDays(rapid.IntRange(0, h.today.DaysUntil(far)).Draw(t, "nearer"))
	nearer := h.plan(to)
	farther := slices.DeleteFunc(slices.Clone(plan), func(inv PlannedInvoice) bool { return !inv.Date.Before(to) })
	if diff := godiff.Diff(shown(farther), shown(nearer)); diff != "" {
		t.Fatalf("the plan up to %s differs from the one up to %s:\n%s", to, far, diff)
	}
}

// checkInvoice holds what is true of every planned invoice.
func (h *history) checkInvoice(t *rapid.T, inv PlannedInvoice) {
	if inv.Date.Before(h.today) {
		t.Fatalf("on %s, an invoice is of %s", h.today, inv.Date)
	}
	if (inv.GroupID == "") != (inv.Alone != "") || inv.GroupID == "" && len(inv.Lines) != 1 || len(inv.Lines) == 0 {
		t.Fatalf("an invoice of group %q, alone for being %q, has %d lines", inv.GroupID, inv.Alone, len(inv.Lines))
	}
	var sum, taxes int64
	for _, line := range inv.Lines {
		if line.Instalment.Period != inv.Period || line.Instalment.From.Period() != inv.Period {
			t.Fatalf("a line from %s is on the invoice of %s", line.Instalment.From, inv.Period)
		}
		if line.Subscription.CustomerID != inv.CustomerID || line.Subscription.GroupID != inv.GroupID && inv.GroupID != "" {
			t.Fatalf("a line of %s is on an invoice to %s, group %q", line.Subscription.ID, inv.CustomerID, inv.GroupID)
		}
		sum += line.Subscription.MonthlyAmount.Minor
	}
	for _, mode := range []VATMode{VATNone, VATExclusive, VATInclusive} {
		draft := inv.Draft(Tenant{Currency: "EUR", VAT: VAT{mode, 19_00}, PaymentTerms: 14}, Customer{Type: Business})
		taxes = 0
		for _, tax := range draft.LineTaxes {
			taxes += tax
		}
		charged := map[bool]int64{true: draft.Total, false: draft.Subtotal}[mode == VATInclusive]
		if charged != sum || draft.Subtotal+draft.Tax != draft.Total || taxes != draft.Tax || len(draft.LineTaxes) != len(inv.Lines) {
			t.Fatalf("lines of %d make %v with taxes %v", sum, draft.Totals, draft.LineTaxes)
		}
		if draft.Due != inv.Date.AddDays(14) {
			t.Fatalf("an invoice of %s is due on %s", inv.Date, draft.Due)
		}
	}
}

// charge is one billed instalment and its amount.
type charge struct {
	ID     string
	Period Period
	Amount Money
}

func charges(plan []PlannedInvoice) (list []charge) {
	for _, inv := range plan {
		for _, line := range inv.Lines {
			list = append(list, charge{line.Subscription.ID, line.Instalment.Period, line.Subscription.MonthlyAmount})
		}
	}
	sortCharges(list)
	return list
}

func sortCharges(list []charge) {
	slices.SortFunc(list, func(a, b charge) int { return cmp.Or(cmp.Compare(a.ID, b.ID), a.Period.Compare(b.Period)) })
}

// run is the billing run of today.
func (h *history) run(t *rapid.T) {
	due := h.due()
	groups, lines := map[billedKey]bool{}, map[billedKey]bool{}
	for _, inv := range due {
		h.checkInvoice(t, inv)
		if inv.Date != h.today {
			t.Fatalf("the run of %s issues an invoice of %s", h.today, inv.Date)
		}
		key := billedKey{inv.GroupID, inv.Period}
		if inv.GroupID != "" && (groups[key] || h.billed.Group(inv.GroupID, inv.Period)) {
			t.Fatalf("group %s has a second invoice for %s", inv.GroupID, inv.Period)
		}
		groups[key] = true
		for _, line := range inv.Lines {
			key := billedKey{line.Subscription.ID, inv.Period}
			if lines[key] || h.billed.Line(key.id, key.period) {
				t.Fatalf("%s has a second line for %s", key.id, key.period)
			}
			lines[key] = true
			own := h.own(line.Subscription, line.Instalment.Number)
			if by, group := h.billedOn(line.Subscription, own, line.Instalment.Number); h.today.Before(by) || group != inv.GroupID {
				t.Fatalf("on %s, %s is billed for %s by group %q; it is due on %s by group %q", h.today, key.id, key.period, inv.GroupID, by, group)
			}
		}
	}
	h.issue(due)
	if again := h.due(); len(again) > 0 {
		t.Fatalf("a second run of %s issues %v", h.today, shown(again))
	}
	h.checkBilled(t)
}

// checkBilled holds after a run: what is owed and due has a live line, and what isn't owed has none.
func (h *history) checkBilled(t *rapid.T) {
	for _, s := range h.subs {
		for k := range s.Length {
			own := h.own(s, k)
			due, _ := h.billedOn(s, own, k)
			owed, live := h.owed(s, own), h.billed.Line(s.ID, own.Period())
			switch {
			case owed && !live && !h.today.Before(due):
				t.Fatalf("after the run of %s, %s has no line for %s, due on %s", h.today, s.ID, own.Period(), due)
			case live && !owed:
				t.Fatalf("after the run of %s, %s has a line for %s, which isn't owed", h.today, s.ID, own.Period())
			case live && h.today.Period().Before(own.Period()):
				t.Fatalf("after the run of %s, %s has a line for %s already", h.today, s.ID, own.Period())
			}
		}
	}
}

// own answers the own date of an instalment by the calendar of package time: the
// start's day in the month k months on, or that month's last.
func (h *history) own(s Subscription, k int) Date {
	last := time.Date(s.Start.Year, s.Start.Month+time.Month(k)+1, 0, 0, 0, 0, 0, time.UTC)
	return Date{last.Year(), last.Month(), min(s.Start.Day, last.Day())}
}

func (h *history) owed(s Subscription, own Date) bool {
	return !own.Period().Before(s.OwedFrom) && (s.Status == SubscriptionActive || own.Before(s.EndedOn))
}

// billedOn answers the day an instalment that is not billed yet is due, and by which group.
func (h *history) billedOn(s Subscription, own Date, k int) (Date, string) {
	for _, g := range h.groups {
		if g.ID != s.GroupID || g.Status != GroupActive || own.Period().Before(s.GroupedFrom) || h.billed.Group(g.ID, own.Period()) {
			continue
		}
		by := own.Period().Date(g.Days.In(own.Period()))
		if k > 0 || !by.Before(own) {
			return by, g.ID
		}
	}
	return own, ""
}

// foresee compares what is planned for the coming days with what runs then issue,
// each day or only once they are over. The days have then gone by.
func (h *history) foresee(t *rapid.T) {
	days := rapid.OneOf(rapid.IntRange(1, 7), rapid.IntRange(1, 100)).Draw(t, "days")
	planned, late := h.plan(h.today.AddDays(days)), h.clone()
	var daily []PlannedInvoice
	for range days {
		due := h.due()
		h.issue(due)
		daily = append(daily, due...)
		h.today = h.today.AddDays(1)
	}
	if diff := godiff.Diff(planned, daily); diff != "" {
		t.Fatalf("what was planned for %d days is not what the runs issue (-planned +issued):\n%s", days, diff)
	}
	// A run that comes late issues the same invoices, on its own day.
	late.today = h.today.AddDays(-1)
	once := late.due()
	if diff := godiff.Diff(undated(daily), undated(once)); diff != "" {
		t.Fatalf("a run %d days late issues other invoices (-daily +late):\n%s", days, diff)
	}
}

// undated answers invoices without their dates, in an order that needs none.
func undated(plan []PlannedInvoice) []PlannedInvoice {
	list := slices.Clone(plan)
	for i := range list {
		list[i].Date = Date{}
	}
	slices.SortFunc(list, func(a, b PlannedInvoice) int {
		return cmp.Or(a.Period.Compare(b.Period), cmp.Compare(a.GroupID, b.GroupID), cmp.Compare(a.Lines[0].Subscription.ID, b.Lines[0].Subscription.ID))
	})
	return list
}

// checkFinally lets all contracts run out: what has been billed and not credited is
// then what is owed, as if nothing had ever been grouped and a single run billed it.
func (h *history) checkFinally(t *rapid.T) {
	for _, s := range h.subs {
		if end := s.End().AddMonths(1); h.today.Before(end) {
			h.today = end
		}
	}
	h.run(t)
	var live, owed []charge
	for _, line := range h.issued {
		if !line.credited {
			live = append(live, charge{line.Subscription.ID, line.Instalment.Period, line.Subscription.MonthlyAmount})
		}
	}
	for _, s := range h.subs {
		for k := range s.Length {
			if own := h.own(s, k); h.owed(s, own) {
				owed = append(owed, charge{s.ID, own.Period(), s.MonthlyAmount})
			}
		}
	}
	never := charges(Plan(h.subs, nil, Billed{}, h.today, h.today.AddDays(1)))
	for _, list := range [][]charge{live, owed, never} {
		sortCharges(list)
		for i := range list {
			if h.repriced { // an instalment takes the amount of the day it is billed
				list[i].Amount = Money{}
			}
		}
	}
	if diff := godiff.Diff(owed, live); diff != "" {
		t.Fatalf("in the end, what is billed is not what is owed (-owed +billed):\n%s", diff)
	}
	if diff := godiff.Diff(never, live); diff != "" {
		t.Fatalf("in the end, groups and runs made a difference (-never grouped +billed):\n%s", diff)
	}
}
