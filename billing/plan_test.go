package billing

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fleet is Acme's laptop, phone and tablet, with own dates on the 3rd, 20th and
// 25th, 129, 89 and 159 a month.
func fleet() []Subscription {
	return []Subscription{
		rented("laptop", "2026-03-03", 24, 129_00), rented("phone", "2026-05-20", 24, 89_00), rented("tablet", "2026-06-25", 24, 159_00),
	}
}

// record notes what a billing run issued.
func (b *Billed) record(issued []PlannedInvoice) {
	for _, inv := range issued {
		if inv.GroupID != "" {
			b.AddGroup(inv.GroupID, inv.Period)
		}
		for _, line := range inv.Lines {
			b.AddLine(line.Subscription.ID, inv.Period)
		}
	}
}

// run bills what is due on a day.
func (b *Billed) run(subs []Subscription, groups []Group, today Date) []PlannedInvoice {
	issued := Plan(subs, groups, *b, today, today.AddDays(1))
	b.record(issued)
	return issued
}

// billedUpTo answers what has been billed when each of them was billed alone.
func billedUpTo(subs []Subscription, day string) (billed Billed) {
	billed.run(subs, nil, on(day))
	return billed
}

// groupAll makes a group "bg" of all subscriptions of acme.
func groupAll(t *testing.T, subs []Subscription, day int, billed Billed, today string) []Group {
	t.Helper()
	known, in := acme(), order()
	in.BillingDay = day
	known.Subscriptions = map[string]Subscription{}
	for _, s := range subs {
		known.Subscriptions[s.ID] = s
		in.SubscriptionIDs = append(in.SubscriptionIDs, s.ID)
	}
	group, members, err := NewGroup(in, known, billed, on(today))
	if err != nil {
		t.Fatal(err)
	}
	group.ID = "bg"
	for i, m := range members {
		subs[i], subs[i].GroupID = m, group.ID
	}
	return []Group{group}
}

// leave takes a subscription out of its group.
func leave(s *Subscription) { s.GroupID, s.GroupedFrom = "", Period{} }

// shown writes each invoice as "date period group: lines", or with the reason why it is alone.
func shown(plan []PlannedInvoice) []string {
	list := []string{}
	for _, inv := range plan {
		var ids []string
		for _, line := range inv.Lines {
			ids = append(ids, line.Subscription.ID)
		}
		who := inv.GroupID
		if who == "" {
			who = "alone (" + string(inv.Alone) + ")"
		}
		list = append(list, inv.Date.String()+" "+inv.Period.String()+" "+who+": "+strings.Join(ids, " "))
	}
	return list
}

// planned fails the test where a plan is not the invoices told.
func planned(t *testing.T, plan []PlannedInvoice, want ...string) {
	t.Helper()
	if got := shown(plan); !slices.Equal(got, want) {
		t.Errorf("planned\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestPlanWhy(t *testing.T) {
	december := func(change func(s *Subscription, g *Group, b *Billed)) []string {
		s, b := rented("laptop", "2026-03-10", 24, 129_00), Billed{}
		s.OwedFrom, s.GroupID, s.GroupedFrom = month("2026-12"), "bg", month("2026-12")
		g := Group{ID: "bg", Status: GroupActive, Days: Days{{month("2026-03"), 25}}}
		if change != nil {
			change(&s, &g, &b)
		}
		return shown(Plan([]Subscription{s}, []Group{g}, b, on("2026-11-22"), on("2027-01-01")))
	}
	for _, test := range []struct {
		name   string
		change func(s *Subscription, g *Group, b *Billed)
		want   string
	}{
		{"grouped", nil, "2026-12-25 2026-12 bg: laptop"},
		{"grouped long ago", func(s *Subscription, g *Group, b *Billed) { s.GroupedFrom = Period{} }, "2026-12-25 2026-12 bg: laptop"},
		{"in no group", func(s *Subscription, g *Group, b *Billed) { s.GroupID = "" }, "2026-12-10 2026-12 alone (ungrouped): laptop"},
		{"in a deleted group", func(s *Subscription, g *Group, b *Billed) { s.GroupID = "gone" }, "2026-12-10 2026-12 alone (ungrouped): laptop"},
		{"inactive group", func(s *Subscription, g *Group, b *Billed) { g.Status = GroupInactive }, "2026-12-10 2026-12 alone (group inactive): laptop"},
		{"before the group", func(s *Subscription, g *Group, b *Billed) { s.GroupedFrom = month("2027-01") }, "2026-12-10 2026-12 alone (before group): laptop"},
		{"group billed", func(s *Subscription, g *Group, b *Billed) { b.AddGroup("bg", month("2026-12")) }, "2026-12-10 2026-12 alone (group billed): laptop"},
		{"another period of the group billed", func(s *Subscription, g *Group, b *Billed) { b.AddGroup("bg", month("2026-11")) }, "2026-12-25 2026-12 bg: laptop"},
		{"begins after the group's day", func(s *Subscription, g *Group, b *Billed) { s.Start = on("2026-12-26") }, "2026-12-26 2026-12 alone (first): laptop"},
		{"begins on the group's day", func(s *Subscription, g *Group, b *Billed) { s.Start = on("2026-12-25") }, "2026-12-25 2026-12 bg: laptop"},
		{"began earlier, own date after the group's day", func(s *Subscription, g *Group, b *Billed) { s.Start = on("2026-10-31") }, "2026-12-25 2026-12 bg: laptop"},
		{"another day from December on", func(s *Subscription, g *Group, b *Billed) { g.Days = append(g.Days, DayFrom{month("2026-12"), 3}) }, "2026-12-03 2026-12 bg: laptop"},
		{"another day from January on", func(s *Subscription, g *Group, b *Billed) { g.Days = append(g.Days, DayFrom{month("2027-01"), 3}) }, "2026-12-25 2026-12 bg: laptop"},
		{"line billed", func(s *Subscription, g *Group, b *Billed) { b.AddLine("laptop", month("2026-12")) }, ""},
		{"owed later", func(s *Subscription, g *Group, b *Billed) { s.OwedFrom = month("2027-01") }, ""},
		{"ended on its own date, before the group's day", func(s *Subscription, g *Group, b *Billed) { *s = ended(*s, "2026-12-10") }, ""},
		{"ended between its own date and the group's day", func(s *Subscription, g *Group, b *Billed) { *s = ended(*s, "2026-12-11") }, "2026-12-25 2026-12 bg: laptop"},
		{"contract over", func(s *Subscription, g *Group, b *Billed) { s.Length = 9 }, ""},
		{"last month of the contract", func(s *Subscription, g *Group, b *Billed) { s.Length = 10 }, "2026-12-25 2026-12 bg: laptop"},
	} {
		if got := strings.Join(december(test.change), "; "); got != test.want {
			t.Errorf("%s: planned %q, want %q", test.name, got, test.want)
		}
	}
}

func TestPlanUpTo(t *testing.T) {
	subs := []Subscription{rented("laptop", "2026-11-10", 24, 129_00), rented("phone", "2026-10-31", 2, 89_00)}
	var billed Billed
	planned(t, Plan(subs, nil, billed, on("2026-11-22"), on("2026-11-22")))
	planned(t, Plan(subs, nil, billed, on("2026-11-22"), on("2026-11-01")))
	planned(t, Plan(subs, nil, billed, on("2026-11-22"), on("2026-11-23")),
		"2026-11-22 2026-10 alone (ungrouped): phone",
		"2026-11-22 2026-11 alone (ungrouped): laptop")
	planned(t, Plan(subs, nil, billed, on("2026-11-22"), on("2026-12-10")),
		"2026-11-22 2026-10 alone (ungrouped): phone",
		"2026-11-22 2026-11 alone (ungrouped): laptop",
		"2026-11-30 2026-11 alone (ungrouped): phone")
	planned(t, Plan(nil, nil, billed, on("2026-11-22"), on("2027-11-22")))
}

func TestPlanOrder(t *testing.T) {
	member := func(id, customer, group, product, serial string) Subscription {
		s := rented(id, "2026-12-01", 1, 1_00)
		s.CustomerID, s.GroupID, s.Product, s.Serial = customer, group, product, serial
		return s
	}
	subs := []Subscription{
		member("5", "globex", "", "Laptop", "1"), member("9", "acme", "it", "Phone", "2"), member("3", "acme", "", "Laptop", "7"),
		member("8", "acme", "it", "Phone", "1"), member("1", "acme", "it", "Tablet", "0"), member("7", "acme", "it", "Phone", "2"),
		member("2", "acme", "", "Phone", "8"), member("6", "acme", "hr", "Phone", "9"), member("4", "globex", "", "Laptop", "1"),
	}
	subs[2].Start = on("2026-12-05")
	always := Days{{month("2026-12"), 1}}
	groups := []Group{{ID: "it", CustomerID: "acme", Status: GroupActive, Days: always}, {ID: "hr", CustomerID: "acme", Status: GroupActive, Days: always}}
	want := []string{
		"2026-12-01 2026-12 it: 8 7 9 1", "2026-12-01 2026-12 hr: 6", "2026-12-01 2026-12 alone (ungrouped): 2",
		"2026-12-01 2026-12 alone (ungrouped): 4", "2026-12-01 2026-12 alone (ungrouped): 5", "2026-12-05 2026-12 alone (ungrouped): 3",
	}
	for range len(subs) {
		subs = append(subs[1:], subs[0])
		given := slices.Clone(subs)
		planned(t, Plan(subs, groups, Billed{}, on("2026-11-22"), on("2027-01-01")), want...)
		if diff := cmp.Diff(given, subs); diff != "" {
			t.Fatalf("planning changed what it was given:\n%s", diff)
		}
	}
}

func TestBilled(t *testing.T) {
	var billed Billed
	if billed.Line("a", month("2026-12")) || billed.Group("a", month("2026-12")) {
		t.Error("nothing was billed, and yet something is")
	}
	billed.AddLine("a", month("2026-12"))
	billed.AddGroup("b", month("2026-12"))
	for id, line := range map[string]bool{"a": true, "b": false} {
		if billed.Line(id, month("2026-12")) != line || billed.Group(id, month("2026-12")) == line {
			t.Errorf("%s is billed as a line: %t, as a group: %t", id, billed.Line(id, month("2026-12")), billed.Group(id, month("2026-12")))
		}
		if billed.Line(id, month("2027-01")) || billed.Group(id, month("2026-11")) {
			t.Errorf("%s is billed in another month", id)
		}
	}
}
