package db

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func ptr[T any](v T) *T { return &v }

// plan tells what is billed until a day: date, how many lines, group or alone.
func plan(drafts []billing.Draft, to string) (lines []string) {
	for _, d := range drafts {
		if d.Date.String() >= to {
			break
		}
		line := d.Date.String() + " alone"
		if d.GroupID != "" {
			line = d.Date.String() + " group"
		}
		for _, l := range d.Lines {
			line += " " + l.Subscription.ID
		}
		lines = append(lines, line)
	}
	return lines
}

// create makes acme's group with a billing day.
func create(t testing.TB, s *Store, tenant Tenant, day int, ids ...string) Group {
	t.Helper()
	in := acmeInput()
	in.BillingDay, in.SubscriptionIDs = day, ids
	group, err := s.CreateGroup(t.Context(), newScope(tenant), in, "")
	if err != nil {
		t.Fatal(err)
	}
	return group
}

// foreseeable is where a preview of three months ends on testDay.
const foreseeable = "2027-02-01"

// update changes a group, and checks that the preview of the change is what follows.
func update(t testing.TB, s *Store, tenant Tenant, id string, change billing.GroupChange) Group {
	t.Helper()
	preview, err := s.PreviewUpdate(t.Context(), tenant, id, change, 3)
	if err != nil {
		t.Fatal(err)
	}
	group, err := s.UpdateGroup(t.Context(), newScope(tenant), id, 0, change)
	if err != nil {
		t.Fatal(err)
	}
	if len(preview.Result.Left)+len(preview.Result.Joined) == 0 {
		if diff := cmp.Diff(plan(preview.After, foreseeable), plan(upcoming(t, s, tenant, group, 3), foreseeable)); diff != "" {
			t.Errorf("what was foreseen is not what follows:\n%s", diff)
		}
	}
	return group
}

func wantPlan(t testing.TB, s *Store, tenant Tenant, g Group, to string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, plan(upcoming(t, s, tenant, g, 3), to)); diff != "" {
		t.Errorf("planned (-want +got):\n%s", diff)
	}
}

// Case 4: day 25 to 10 with November not billed yet.
func TestCase04DayChange(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	group := create(t, s, tenant, 25, "s3")
	wantPlan(t, s, tenant, group, "2026-12-26", "2026-11-25 group s3", "2026-12-25 group s3")
	group = update(t, s, tenant, group.ID, billing.GroupChange{BillingDay: ptr(10)})
	wantPlan(t, s, tenant, group, "2026-12-26", "2026-11-25 group s3", "2026-12-10 group s3")
	if last := group.Days.Last(); last.Day != 10 || last.From.String() != "2026-12" {
		t.Errorf("the day last set is %v", last)
	}
	wantBilled(t, billDaily(t, s, tenant, clock, "2026-12-31"), "2026-11-22 alone s1", "2026-11-22 alone s2", "2026-11-25 group s3",
		"2026-12-03 alone s1", "2026-12-10 group s3", "2026-12-20 alone s2")
}

// Case 6: day 25 to 28 and back leaves no trace in the plan.
func TestCase06DayChangedBack(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	group := create(t, s, tenant, 25, "s3")
	before := plan(upcoming(t, s, tenant, group, 3), foreseeable)
	moved := update(t, s, tenant, group.ID, billing.GroupChange{BillingDay: ptr(28)})
	wantPlan(t, s, tenant, moved, "2026-12-01", "2026-11-28 group s3")
	back := update(t, s, tenant, group.ID, billing.GroupChange{BillingDay: ptr(25)})
	if diff := cmp.Diff(before, plan(upcoming(t, s, tenant, back, 3), "9999")); diff != "" {
		t.Errorf("not as if never touched:\n%s", diff)
	}
	wantBilled(t, billDaily(t, s, tenant, clock, "2026-11-30"), "2026-11-22 alone s1", "2026-11-22 alone s2", "2026-11-25 group s3")
}

// Case 7: who leaves after its own date has passed is billed alone by the next run.
func TestCase07Removed(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	acme, _, err := findCustomer(t.Context(), s.readers, tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	addSubscription(t, s, tenant, acme, "s5", 50_00, "2026-02-05")
	group := create(t, s, tenant, 25, "s3", "s5")
	wantPlan(t, s, tenant, group, "2026-12-01", "2026-11-25 group s3 s5")
	preview, err := s.PreviewUpdate(t.Context(), tenant, group.ID, billing.GroupChange{SubscriptionIDs: &[]string{"s3"}}, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2026-11-22 alone s5", "2026-11-25 group s3", "2026-12-05 alone s5", "2026-12-25 group s3"}
	if diff := cmp.Diff(want, plan(preview.After, "2026-12-26")); diff != "" {
		t.Errorf("foreseen (-want +got):\n%s", diff)
	}
	update(t, s, tenant, group.ID, billing.GroupChange{SubscriptionIDs: &[]string{"s3"}})
	if n := count(t, s, `SELECT count(*) FROM subscriptions WHERE id = 's5' AND grp IS NULL`); n != 1 {
		t.Error("s5 is still in the group")
	}
	wantBilled(t, bill(t, s, tenant), "2026-11-22 alone s1", "2026-11-22 alone s5", "2026-11-22 alone s2")
	wantBilled(t, billDaily(t, s, tenant, clock, "2026-12-10"), "2026-11-25 group s3", "2026-12-03 alone s1", "2026-12-05 alone s5")
}

// Case 13: group and delete with no run in between is as if never grouped.
func TestCase13Deleted(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	free, _, err := s.CustomerSubscriptions(t.Context(), tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	group := create(t, s, tenant, 1, "s1", "s2", "s3")
	preview, err := s.PreviewDelete(t.Context(), tenant, group.ID, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteGroup(t.Context(), newScope(tenant), group.ID, group.Version); err != nil {
		t.Fatal(err)
	}
	again, _, err := s.CustomerSubscriptions(t.Context(), tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	today := s.Today(tenant)
	want := drafts(tenant, group.Customer, billing.Plan(free, nil, billing.Billed{}, today, today.AddMonths(3)))
	got := drafts(tenant, group.Customer, billing.Plan(again, nil, billing.Billed{}, today, today.AddMonths(3)))
	if diff := cmp.Diff(plan(want, "9999"), plan(got, "9999")); diff != "" {
		t.Errorf("the plan after deleting differs:\n%s", diff)
	}
	if diff := cmp.Diff(plan(want, foreseeable), plan(preview.After, foreseeable)); diff != "" {
		t.Errorf("what was foreseen differs:\n%s", diff)
	}
	wantBilled(t, billDaily(t, s, tenant, clock, "2027-02-21"), plan(want, "9999")...)
	if err := s.DeleteGroup(t.Context(), newScope(tenant), group.ID, 0); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("deleted twice: %v", err)
	}
	if _, err := s.Group(t.Context(), tenant, group.ID); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("a deleted group: %v", err)
	}
	entries, err := s.Activity(t.Context(), tenant, "group", group.ID, 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "group.deleted" || entries[0].Before == nil {
		t.Errorf("activity %+v, err %v", entries, err)
	}
}

// A member moves to another group of the same customer in one step.
func TestMoveBetweenGroups(t *testing.T) {
	s, tenant := newAcme(t)
	a := create(t, s, tenant, 1, "s1", "s2")
	b := create(t, s, tenant, 15, "s3")
	want := billing.GroupChange{SubscriptionIDs: &[]string{"s3", "s2"}}
	if _, err := s.UpdateGroup(t.Context(), newScope(tenant), b.ID, 0, want); billing.CodeOf(err) != billing.CodeSubscriptionAlreadyGrouped {
		t.Errorf("without moving: %v", err)
	}
	want.Move = true
	b = update(t, s, tenant, b.ID, want)
	a, err := s.Group(t.Context(), tenant, a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if a.Total.String() != "129.00" || b.Total.String() != "248.00" || a.Version != 2 || b.Version != 2 {
		t.Errorf("totals %s and %s, versions %d and %d", a.Total, b.Total, a.Version, b.Version)
	}
	for _, id := range []string{a.ID, b.ID} {
		if entries, err := s.Activity(t.Context(), tenant, "group", id, 1); err != nil || entries[0].Action != "group.changed" {
			t.Errorf("activity of %s: %+v, %v", id, entries, err)
		}
	}
}

func TestDeactivateAndActivate(t *testing.T) {
	s, tenant := newAcme(t)
	group := create(t, s, tenant, 1, "s3")
	group = update(t, s, tenant, group.ID, billing.GroupChange{Status: ptr(billing.GroupInactive)})
	wantPlan(t, s, tenant, group, "2027-01-01", "2026-11-25 alone s3", "2026-12-25 alone s3")
	group = update(t, s, tenant, group.ID, billing.GroupChange{Status: ptr(billing.GroupActive)})
	wantPlan(t, s, tenant, group, "2027-01-01", "2026-11-25 alone s3", "2026-12-01 group s3")
}

// Two people change one group from the same page: the second is told.
func TestStaleGroup(t *testing.T) {
	s, tenant := newAcme(t)
	group := create(t, s, tenant, 1, "s1")
	var wg sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		wg.Go(func() {
			name := string(rune('A' + i))
			_, results[i] = s.UpdateGroup(t.Context(), newScope(tenant), group.ID, group.Version, billing.GroupChange{Name: &name})
		})
	}
	wg.Wait()
	stale := slices.DeleteFunc(results, func(err error) bool { return billing.CodeOf(err) != billing.CodeStaleGroup })
	if len(stale) != 7 {
		t.Errorf("%d of 8 were told that it is stale, want 7", len(stale))
	}
	if err := s.DeleteGroup(t.Context(), newScope(tenant), group.ID, group.Version); billing.CodeOf(err) != billing.CodeStaleGroup {
		t.Errorf("deleting a stale group: %v", err)
	}
}

func TestChangeNothing(t *testing.T) {
	s, tenant := newAcme(t)
	group := create(t, s, tenant, 1, "s1")
	same := update(t, s, tenant, group.ID, billing.GroupChange{})
	if diff := cmp.Diff(group, same); diff != "" {
		t.Errorf("a change of nothing changed:\n%s", diff)
	}
	if entries, err := s.Activity(t.Context(), tenant, "group", group.ID, 10); err != nil || len(entries) != 1 {
		t.Errorf("%d entries, err %v", len(entries), err)
	}
}

// What a preview compares is the same instalments, wherever a day change moves them.
func TestPreviewComparesTheSameInstalments(t *testing.T) {
	s, tenant := newAcme(t)
	group := create(t, s, tenant, 28, "s1", "s2", "s3")
	for day := 1; day <= 28; day++ {
		preview, err := s.PreviewUpdate(t.Context(), tenant, group.ID, billing.GroupChange{BillingDay: &day}, 4)
		if err != nil {
			t.Fatal(err)
		}
		var instalments [2][]string
		for i, drafts := range [][]billing.Draft{preview.Before, preview.After} {
			for _, d := range drafts {
				for _, line := range d.Lines {
					instalments[i] = append(instalments[i], line.Subscription.ID+" "+d.Period.String())
				}
			}
			slices.Sort(instalments[i])
		}
		if diff := cmp.Diff(instalments[0], instalments[1]); diff != "" {
			t.Errorf("on the %d.:\n%s", day, diff)
		}
	}
}
