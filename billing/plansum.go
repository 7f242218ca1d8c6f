package billing

import (
	"cmp"
	"slices"
)

// PlannedSum is planned invoices added up, without their lines: the one of a group, or
// all that are billed alone on a day for the same reason.
type PlannedSum struct {
	// GroupID is the group of a consolidated invoice, and "" where they are individual.
	GroupID string
	Alone   Alone
	Period  Period
	Date    Date
	// Overdue tells that their date has passed, so that they fall on today.
	Overdue bool
	// Invoices is 1 for a group's; Lines counts the instalments on them.
	Invoices, Lines int
	// SubscriptionID is what is billed, where it is one line only.
	SubscriptionID string
	// Total is with tax.
	Total Money
}

// PlanSums answers what [Plan] does for one customer, whose tax is given, in the same
// order, added up: for a page that shows a year of thousands of subscriptions.
func PlanSums(subscriptions []Subscription, groups []Group, billed Billed, today, to Date, vat VAT) []PlannedSum {
	sums := planSums{vat: vat, at: make(map[sumKey]int), totals: make(map[int64]int64)}
	newPlanner(groups, billed, today, to).plan(subscriptions, sums.add)
	for i := range sums.list {
		if sum := &sums.list[i]; sum.GroupID != "" {
			totals, _ := vat.Totals([]int64{sum.Total.Minor})
			sum.Total.Minor = totals.Total
		}
	}
	slices.SortFunc(sums.list, func(a, b PlannedSum) int {
		return cmp.Or(a.Date.Compare(b.Date), a.Period.Compare(b.Period), cmp.Compare(b.GroupID, a.GroupID), cmp.Compare(a.Alone, b.Alone))
	})
	return sums.list
}

type sumKey struct {
	place
	period Period
}

type planSums struct {
	vat  VAT
	list []PlannedSum
	// at finds a sum in list.
	at map[sumKey]int
	// totals are amounts with tax, by the amount without.
	totals map[int64]int64
}

// add counts one instalment. A group's invoice is taxed once it is complete.
func (p *planSums) add(s *Subscription, in Instalment, at place) {
	at.since = Date{} // what is overdue falls together, whatever its day was
	key := sumKey{at, in.Period}
	i, begun := p.at[key]
	if !begun {
		i = len(p.list)
		p.at[key] = i
		p.list = append(p.list, PlannedSum{
			GroupID: at.groupID, Alone: at.alone, Period: in.Period, Date: at.date, Overdue: at.overdue, SubscriptionID: s.ID, Total: Money{Currency: s.MonthlyAmount.Currency},
		})
	}
	sum := &p.list[i]
	if sum.Lines++; sum.Lines > 1 {
		sum.SubscriptionID = ""
	}
	if at.groupID != "" {
		sum.Invoices = 1
		sum.Total.Minor += s.MonthlyAmount.Minor
		return
	}
	sum.Invoices++
	sum.Total.Minor += p.withTax(s.MonthlyAmount.Minor)
}

// withTax answers what an invoice of one line comes to.
func (p *planSums) withTax(amount int64) int64 {
	total, known := p.totals[amount]
	if !known {
		totals, _ := p.vat.Totals([]int64{amount})
		total = totals.Total
		p.totals[amount] = total
	}
	return total
}
