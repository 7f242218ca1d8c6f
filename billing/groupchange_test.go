package billing

import (
	"slices"
	"testing"
)

// changing is the group "bg" of acme's laptop and phone, with what else there is.
func changing(t *testing.T) (Group, []Subscription, Known) {
	t.Helper()
	known := acme()
	in := order("laptop", "phone")
	group, members, err := NewGroup(in, known, Billed{}, on("2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	group.ID = "bg"
	for i := range members {
		members[i].GroupID = "bg"
		known.Subscriptions[members[i].ID] = members[i]
	}
	known.GroupNames["bg"] = group.Name
	return group, members, known
}

func ptr[T any](v T) *T { return &v }

func ids(subscriptions []Subscription) (list []string) {
	for _, s := range subscriptions {
		list = append(list, s.ID)
	}
	slices.Sort(list)
	return list
}

func TestGroupChange(t *testing.T) {
	group, members, known := changing(t)
	tests := map[string]struct {
		in           GroupChange
		changed      bool
		joined, left []string
	}{
		"nothing":           {GroupChange{}, false, nil, nil},
		"the same":          {GroupChange{Name: ptr(" " + group.Name), CustomerID: ptr(group.CustomerID), BillingDay: ptr(group.Days.Last().Day), Status: ptr(GroupActive), SubscriptionIDs: ptr([]string{"phone", "laptop", "phone"})}, false, nil, nil},
		"a name":            {GroupChange{Name: ptr("Other")}, true, nil, nil},
		"notes":             {GroupChange{Notes: ptr("n")}, true, nil, nil},
		"a status":          {GroupChange{Status: ptr(GroupInactive)}, true, nil, nil},
		"one leaves":        {GroupChange{SubscriptionIDs: ptr([]string{"laptop"})}, true, nil, []string{"phone"}},
		"all leave":         {GroupChange{SubscriptionIDs: ptr([]string{})}, true, nil, []string{"laptop", "phone"}},
		"one is taken over": {GroupChange{SubscriptionIDs: ptr([]string{"laptop", "phone", "camera"}), Move: true}, true, []string{"camera"}, nil},
	}
	for name, test := range tests {
		r, err := group.Change(test.in, members, known, Billed{}, on("2026-11-22"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		wantVersion := group.Version
		if test.changed {
			wantVersion++
		}
		if r.Changed != test.changed || r.Group.Version != wantVersion || !slices.Equal(ids(r.Joined), test.joined) || !slices.Equal(ids(r.Left), test.left) {
			t.Errorf("%s: changed %v to version %d, joined %v, left %v", name, r.Changed, r.Group.Version, ids(r.Joined), ids(r.Left))
		}
		for _, m := range r.Members {
			if m.GroupID != "bg" || m.GroupedFrom.IsZero() {
				t.Errorf("%s: member %s is in group %q from %s", name, m.ID, m.GroupID, m.GroupedFrom)
			}
		}
	}
	if group.Days.Last().Day != order().BillingDay || members[0].GroupID != "bg" {
		t.Error("what was given has been changed")
	}
}

func TestGroupChangeRefuses(t *testing.T) {
	group, members, known := changing(t)
	in := GroupChange{
		CustomerID: ptr("other"), Name: ptr(" "), BillingDay: ptr(29), Status: ptr(GroupStatus("paused")),
		SubscriptionIDs: ptr([]string{"laptop", "gone", "theirs", "watch", "camera"}),
	}
	elsewhere := GroupChange{SubscriptionIDs: ptr([]string{"camera"}), Move: true, MoveFrom: "bg_other"}
	if _, err := group.Change(elsewhere, members, known, Billed{}, on("2026-11-22")); CodeOf(err) != CodeSubscriptionAlreadyGrouped {
		t.Errorf("moved out of a group that it is no longer in: %v", err)
	}
	_, err := group.Change(in, members, known, Billed{}, on("2026-11-22"))
	want := []string{
		"name VALIDATION_ERROR", "customer VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY", "status VALIDATION_ERROR",
		"subscriptions[1] SUBSCRIPTION_NOT_FOUND", "subscriptions[2] SUBSCRIPTION_DIFFERENT_CUSTOMER",
		"subscriptions[3] SUBSCRIPTION_NOT_ACTIVE", "subscriptions[4] SUBSCRIPTION_ALREADY_GROUPED",
	}
	if got := refusals(t, err); !slices.Equal(got, want) {
		t.Errorf("refused for %q, want %q", got, want)
	}
}

// A member that has ended may stay; the period a member is grouped from is fixed when
// it joins, and anew when the group becomes active again.
func TestGroupChangeKeepsGroupedFrom(t *testing.T) {
	group, members, known := changing(t)
	members[1].Status, members[1].EndedOn = SubscriptionEndedEarlyReturn, on("2026-12-05")
	known.Subscriptions[members[1].ID] = members[1]
	later := on("2027-02-26")
	r, err := group.Change(GroupChange{SubscriptionIDs: ptr(ids(members))}, members, known, Billed{}, later)
	if err != nil || r.Changed {
		t.Fatalf("naming the members again: %v, changed %v", err, r.Changed)
	}
	off, err := group.Change(GroupChange{Status: ptr(GroupInactive)}, members, known, Billed{}, later)
	if err != nil || off.Members[0].GroupedFrom != members[0].GroupedFrom {
		t.Fatalf("inactive: %v, grouped from %s", err, off.Members[0].GroupedFrom)
	}
	back, err := off.Group.Change(GroupChange{Status: ptr(GroupActive)}, off.Members, known, Billed{}, later)
	if err != nil || back.Members[0].GroupedFrom.String() != "2027-03" {
		t.Errorf("active again on %s: %v, grouped from %s", later, err, back.Members[0].GroupedFrom)
	}
}
