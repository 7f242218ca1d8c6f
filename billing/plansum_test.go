package billing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// summed adds up the drafts of a plan as [PlanSums] does.
func summed(h *history, plan []PlannedInvoice, vat VAT) (sums []PlannedSum) {
	at := make(map[sumKey]int)
	for _, inv := range plan {
		due := inv.Lines[0].Instalment.From
		for _, g := range h.groups {
			if g.ID == inv.GroupID {
				due = g.Days.Date(inv.Period)
			}
		}
		key := sumKey{place{date: inv.Date, groupID: inv.GroupID, alone: inv.Alone, overdue: due.Before(inv.Date)}, inv.Period}
		if inv.GroupID != "" || at[key] == 0 {
			sums = append(sums, PlannedSum{GroupID: inv.GroupID, Alone: inv.Alone, Period: inv.Period, Date: inv.Date, Overdue: due.Before(inv.Date), Total: Money{Currency: "EUR"}})
			at[key] = len(sums)
		}
		sum := &sums[at[key]-1]
		sum.Invoices++
		sum.Lines += len(inv.Lines)
		sum.SubscriptionID = inv.Lines[0].Subscription.ID
		if sum.Lines > 1 {
			sum.SubscriptionID = ""
		}
		amounts := make([]int64, len(inv.Lines))
		for i, line := range inv.Lines {
			amounts[i] = line.Subscription.MonthlyAmount.Minor
		}
		totals, _ := vat.Totals(amounts)
		sum.Total.Minor += totals.Total
	}
	return sums
}

// Whatever has happened, what is added up is what is planned.
func TestPlanSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t)
		t.Repeat(h.acts())
		vat := VAT{Mode: rapid.SampledFrom([]VATMode{VATNone, VATExclusive, VATInclusive}).Draw(t, "VAT"), Rate: 1900}
		to := h.today.AddDays(rapid.IntRange(0, 400).Draw(t, "days"))
		sort := func(sums []PlannedSum) map[sumKey]PlannedSum {
			byKey := make(map[sumKey]PlannedSum)
			for i, sum := range sums {
				byKey[sumKey{place{date: sum.Date, groupID: sum.GroupID, alone: sum.Alone, overdue: sum.Overdue}, sum.Period}] = sum
				if i > 0 && sum.Date.Before(sums[i-1].Date) {
					t.Fatalf("%v comes after %v", sum, sums[i-1])
				}
			}
			return byKey
		}
		want := summed(h, Plan(h.subs, h.groups, h.billed, h.today, to), vat)
		got := PlanSums(h.subs, h.groups, h.billed, h.today, to, vat)
		if diff := cmp.Diff(sort(want), sort(got)); diff != "" || len(want) != len(got) {
			t.Fatal(diff)
		}
	})
}
