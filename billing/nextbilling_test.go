package billing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNextBilling(t *testing.T) {
	today := on("2026-11-22")
	contract := func(id, start string, change func(*Subscription)) Subscription {
		s := Subscription{ID: id, CustomerID: "c", Start: on(start), Length: 24, Status: SubscriptionActive, OwedFrom: Period{2026, 12}}
		apply(change, &s)
		return s
	}
	joined := func(s *Subscription) { s.GroupID, s.GroupedFrom = "bg", Period{2026, 12} }
	subscriptions := []Subscription{
		contract("alone", "2026-01-03", nil),
		contract("grouped", "2026-01-03", joined),
		contract("grouped later", "2026-01-03", func(s *Subscription) { joined(s); s.GroupedFrom = Period{2027, 1} }),
		contract("in a sleeping group", "2026-01-03", func(s *Subscription) { joined(s); s.GroupID = "asleep" }),
		contract("overdue", "2026-01-25", func(s *Subscription) { s.OwedFrom = Period{2026, 10} }),
		contract("at the end of a month", "2026-01-31", func(s *Subscription) { s.OwedFrom = Period{2027, 2} }),
		contract("far ahead", "2031-05-09", func(s *Subscription) { s.OwedFrom = Period{2031, 5} }),
		contract("owed from much later", "2026-01-03", func(s *Subscription) { s.OwedFrom = Period{2027, 11} }),
		contract("over", "2024-01-03", nil),
		contract("ended", "2026-01-03", func(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, on("2026-12-03") }),
		contract("ended ahead", "2026-01-03", func(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, on("2026-12-04") }),
		contract("ended far ahead", "2031-05-09", func(s *Subscription) {
			s.Status, s.EndedOn, s.OwedFrom = SubscriptionCancelled, on("2031-05-09"), Period{2031, 5}
		}),
		contract("billed", "2026-01-03", nil),
	}
	groups := []Group{
		{ID: "bg", Status: GroupActive, Days: Days{{Period{2026, 11}, 15}}},
		{ID: "asleep", Status: GroupInactive, Days: Days{{Period{2026, 11}, 15}}},
	}
	var billed Billed
	billed.AddLine("billed", Period{2026, 12})
	want := map[string]Date{
		"alone": on("2026-12-03"), "grouped": on("2026-12-15"), "grouped later": on("2026-12-03"), "in a sleeping group": on("2026-12-03"),
		"overdue": today, "at the end of a month": on("2027-02-28"), "far ahead": on("2031-05-09"), "owed from much later": on("2027-11-03"),
		"ended ahead": on("2026-12-03"), "billed": on("2027-01-03"),
	}
	if diff := cmp.Diff(want, NextBilling(subscriptions, groups, billed, today)); diff != "" {
		t.Errorf("billed next (-want +got):\n%s", diff)
	}
	if got := NextBilling(nil, groups, billed, today); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
