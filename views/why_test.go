package views

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// day reads a date of a test.
func day(t *testing.T, text string) billing.Date {
	t.Helper()
	d, err := billing.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// whyCase is a subscription on 24 months, as it is on 22 Nov 2026 in or out of the group
// IT department.
type whyCase struct {
	start, owedFrom, endedOn string
	length                   int
	status                   billing.SubscriptionStatus
	// groupDay is 0 where it is in no group; grouped is the first period it bills.
	groupDay int
	grouped  string
	customer billing.Customer
	change   func(g *billing.Group)
	billed   func(b *billing.Billed)
	want     []string
}

// args are what the planner answers about a case.
func (w whyCase) args(t *testing.T) WhyArgs {
	t.Helper()
	s := billing.Subscription{
		ID: "s", Product: "MacBook Pro", Start: day(t, w.start), Length: 24, Status: billing.SubscriptionActive,
		MonthlyAmount: billing.Money{Minor: 100_00, Currency: "EUR"}, OwedFrom: day(t, w.owedFrom+"-01").Period(),
	}
	if w.length > 0 {
		s.Length = w.length
	}
	if w.status != "" {
		s.Status, s.EndedOn = w.status, day(t, w.endedOn)
	}
	args := WhyArgs{Subscription: s, Customer: w.customer, Today: day(t, "2026-11-22")}
	var groups []billing.Group
	if w.groupDay > 0 {
		args.GroupID, args.GroupedFrom = "g", day(t, w.grouped+"-01").Period()
		g := billing.Group{ID: "g", Name: "IT department", Status: billing.GroupActive, Days: billing.Days{{From: day(t, "2026-01-01").Period(), Day: w.groupDay}}}
		if w.change != nil {
			w.change(&g)
		}
		args.Group, groups = &g, []billing.Group{g}
	}
	var billed billing.Billed
	if w.billed != nil {
		w.billed(&billed)
	}
	for _, p := range billing.Plan([]billing.Subscription{args.Subscription}, groups, billed, args.Today, args.Today.AddMonths(2000)) {
		args.Planned = append(args.Planned, p.Draft(billing.Tenant{Currency: "EUR"}, billing.Customer{}))
	}
	return args
}

var whyCases = map[string]whyCase{
	"alone": {start: "2026-03-03", owedFrom: "2026-12", want: []string{
		"It is in no group, so it is billed alone: every month on the 3rd, the day the contract began.",
		"It is next billed on 3 Dec 2026.", "The last of its 24 months is billed on 3 Feb 2028.", "What lies before Dec 2026 was billed elsewhere."}},
	"of a person": {start: "2026-11-03", owedFrom: "2026-11", customer: billing.Customer{Type: billing.Individual}, billed: func(b *billing.Billed) {
		b.AddLine("s", billing.Period{Year: 2026, Month: 11})
	}, want: []string{
		"A private person’s subscriptions are billed alone: this one every month on the 3rd, the day the contract began.",
		"It is next billed on 3 Dec 2026.", "The last of its 24 months is billed on 3 Oct 2028."}},
	"alone at the month's end": {start: "2026-08-31", owedFrom: "2026-08", billed: func(b *billing.Billed) {
		for _, m := range []billing.Period{{Year: 2026, Month: 8}, {Year: 2026, Month: 9}, {Year: 2026, Month: 10}} {
			b.AddLine("s", m)
		}
	}, want: []string{
		"It is in no group, so it is billed alone: every month on the 31st, the day the contract began (in a shorter month on its last day).",
		"It is next billed on 30 Nov 2026.", "The last of its 24 months is billed on 31 Jul 2028."}},
	"in a group": {start: "2026-11-25", owedFrom: "2026-12", groupDay: 15, grouped: "2026-12", want: []string{
		"It is in the group “IT department”, billed on the 15th.",
		"Its months are counted from the 25th, the day the contract begins; the group moves only the day that they are billed on.",
		"The contract begins on 25 Nov 2026.", "It is next on the group’s invoice of 15 Dec 2026.",
		"The last of its 24 months is billed on 15 Oct 2028.", "What lies before Dec 2026 was billed elsewhere."}},
	"joined late": {start: "2026-01-25", owedFrom: "2026-11", groupDay: 15, grouped: "2026-12", want: []string{
		"It is in the group “IT department”, billed on the 15th.",
		"Its months are counted from the 25th, the day the contract began; the group moves only the day that they are billed on.",
		"November is billed alone on 25 Nov 2026, because the group’s day had passed when it joined.",
		"From 15 Dec 2026 on it is on the group’s invoice.", "The last of its 24 months is billed on 15 Dec 2027.", "What lies before Nov 2026 was billed elsewhere."}},
	"begins after the group's day": {start: "2026-12-20", owedFrom: "2026-12", groupDay: 1, grouped: "2026-12", want: []string{
		"It is in the group “IT department”, billed on the 1st.",
		"Its months are counted from the 20th, the day the contract begins; the group moves only the day that they are billed on.",
		"The contract begins on 20 Dec 2026.",
		"December is billed alone on 20 Dec 2026, because the contract begins after the group’s day.",
		"From 1 Jan 2027 on it is on the group’s invoice.", "The last of its 24 months is billed on 1 Nov 2028."}},
	"the group's invoice is out": {start: "2026-01-25", owedFrom: "2026-01", length: 12, groupDay: 1, grouped: "2026-01", billed: func(b *billing.Billed) {
		for m := range 10 {
			b.AddLine("s", billing.Period{Year: 2026, Month: 1}.Add(m))
		}
		b.AddGroup("g", billing.Period{Year: 2026, Month: 11})
	}, want: []string{
		"It is in the group “IT department”, billed on the 1st.",
		"Its months are counted from the 25th, the day the contract began; the group moves only the day that they are billed on.",
		"November is billed alone on 25 Nov 2026, because the group’s invoice is out.",
		"From 1 Dec 2026 on it is on the group’s invoice.", "The last of its 12 months is billed on 1 Dec 2026."}},
	"inactive group": {start: "2026-03-03", owedFrom: "2026-12", groupDay: 15, grouped: "2026-04", change: func(g *billing.Group) { g.Status = billing.GroupInactive }, want: []string{
		"It is in the group “IT department”, which is inactive. Until the group is activated it is billed alone: every month on the 3rd, the day the contract began.",
		"It is next billed on 3 Dec 2026.", "The last of its 24 months is billed on 3 Feb 2028.", "What lies before Dec 2026 was billed elsewhere."}},
	"day change pending": {start: "2026-03-03", owedFrom: "2026-12", groupDay: 15, grouped: "2026-04", change: func(g *billing.Group) {
		g.Days = append(g.Days, billing.DayFrom{From: billing.Period{Year: 2027, Month: 1}, Day: 1})
	}, want: []string{
		"It is in the group “IT department”, billed on the 15th, and on the 1st from Jan 2027 on.",
		"Its months are counted from the 3rd, the day the contract began; the group moves only the day that they are billed on.",
		"It is next on the group’s invoice of 15 Dec 2026.", "The last of its 24 months is billed on 1 Feb 2028.", "What lies before Dec 2026 was billed elsewhere."}},
	"overdue alone": {start: "2026-03-03", owedFrom: "2026-11", want: []string{
		"It is in no group, so it is billed alone: every month on the 3rd, the day the contract began.",
		"November is overdue since 3 Nov 2026: the next billing run bills it alone.", "It is next billed on 3 Dec 2026.",
		"The last of its 24 months is billed on 3 Feb 2028.", "What lies before Nov 2026 was billed elsewhere."}},
	"overdue with the group": {start: "2026-03-03", owedFrom: "2026-11", groupDay: 1, grouped: "2026-11", want: []string{
		"It is in the group “IT department”, billed on the 1st.",
		"Its months are counted from the 3rd, the day the contract began; the group moves only the day that they are billed on.",
		"November is overdue since 1 Nov 2026: the next billing run bills it with the group.",
		"From 1 Dec 2026 on it is on the group’s invoice.", "The last of its 24 months is billed on 1 Feb 2028.", "What lies before Nov 2026 was billed elsewhere."}},
	"overdue and joined late": {start: "2025-12-03", owedFrom: "2025-12", length: 13, groupDay: 1, grouped: "2026-12", billed: func(b *billing.Billed) {
		for m := range 11 {
			b.AddLine("s", billing.Period{Year: 2025, Month: 12}.Add(m))
		}
	}, want: []string{
		"It is in the group “IT department”, billed on the 1st.",
		"Its months are counted from the 3rd, the day the contract began; the group moves only the day that they are billed on.",
		"November is overdue since 3 Nov 2026: the next billing run bills it alone, because the group’s day had passed when it joined.",
		"From 1 Dec 2026 on it is on the group’s invoice.", "The last of its 13 months is billed on 1 Dec 2026."}},
	"several overdue": {start: "2025-03-03", owedFrom: "2025-12", want: []string{
		"It is in no group, so it is billed alone: every month on the 3rd, the day the contract began.",
		"12 months are overdue, Dec 2025 to Nov 2026: the next billing run bills them.", "It is next billed on 3 Dec 2026.",
		"The last of its 24 months is billed on 3 Feb 2027.", "What lies before Dec 2025 was billed elsewhere."}},
	"last month": {start: "2025-12-25", owedFrom: "2026-11", length: 12, groupDay: 15, grouped: "2026-12", want: []string{
		"It is in the group “IT department”, billed on the 15th.",
		"Its months are counted from the 25th, the day the contract began; the group moves only the day that they are billed on.",
		"November is billed alone on 25 Nov 2026, because the group’s day had passed when it joined.",
		"Nothing of it is left for the group’s invoices after that.", "That is the last of its 12 months.", "What lies before Nov 2026 was billed elsewhere."}},
	"ends soon": {start: "2026-03-03", owedFrom: "2026-12", status: billing.SubscriptionCancelled, endedOn: "2027-01-03", want: []string{
		"It is in no group, so it is billed alone: every month on the 3rd, the day the contract began.",
		"It is next billed on 3 Dec 2026.", "It ends on 3 Jan 2027 (cancelled): no month that begins on or after that day is billed.",
		"What lies before Dec 2026 was billed elsewhere."}},
	"bought out": {start: "2025-05-04", owedFrom: "2026-01", status: billing.SubscriptionEndedBuyout, endedOn: "2026-01-03", want: []string{
		"It ended on 3 Jan 2026 (bought out): no month that begins on or after that day is billed. Nothing is left to bill."}},
	"run its course": {start: "2024-11-03", owedFrom: "2026-12", want: []string{
		"The contract has run its course: its 24 months were over on 2 Nov 2026. Nothing is left to bill."}},
	"the rest was billed elsewhere": {start: "2024-11-25", owedFrom: "2026-11", want: []string{
		"All that it owes was billed elsewhere, so nothing is left to bill here. The contract runs until 24 Nov 2026."}},
	"all billed": {start: "2026-10-25", owedFrom: "2026-10", length: 1, billed: func(b *billing.Billed) { b.AddLine("s", billing.Period{Year: 2026, Month: 10}) }, want: []string{
		"All its months are billed. The contract runs until 24 Nov 2026."}},
}

func TestWhy(t *testing.T) {
	for name, test := range whyCases {
		if diff := cmp.Diff(test.want, Why(test.args(t))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
