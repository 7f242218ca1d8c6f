package db

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"billfold/billing"
)

// Eight people add, move, remove, pause and delete at the same time, over the same
// twenty subscriptions. Nobody gets anything but a refusal in words, and afterwards
// the activity tells the same story as the tables.
func TestGroupStorm(t *testing.T) {
	s, tenant := newAcme(t)
	acme, _, err := findCustomer(t.Context(), s.readers, tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	var fleet []string
	for i := range 20 {
		fleet = append(fleet, fmt.Sprintf("storm-%02d", i))
		addSubscription(t, s, tenant, acme, fleet[i], int64(1+i)*100, fmt.Sprintf("2026-03-%02d", i+1))
	}
	var wg sync.WaitGroup
	end := time.Now().Add(2 * time.Second)
	for person := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(person), 1))
			for time.Now().Before(end) {
				var refused *billing.Error
				if err := stormAct(t, s, tenant, r, fleet); err != nil && !errors.As(err, &refused) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	checkStory(t, s, tenant)
}

// stormAct does one thing to some group, or makes one.
func stormAct(t *testing.T, s *Store, tenant Tenant, r *rand.Rand, fleet []string) error {
	some := make([]string, 1+r.IntN(6))
	for i := range some {
		some[i] = fleet[r.IntN(len(fleet))]
	}
	groups, _, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 20})
	if err != nil {
		return err
	}
	if len(groups) < 2 || len(groups) < 6 && r.IntN(4) == 0 {
		in := acmeInput()
		in.SubscriptionIDs, in.BillingDay = some, 1+r.IntN(28)
		_, err := s.CreateGroup(t.Context(), newScope(tenant), in, "")
		return err
	}
	group := groups[r.IntN(len(groups))]
	change := billing.GroupChange{SubscriptionIDs: &some, Move: r.IntN(2) == 0}
	switch r.IntN(8) {
	case 0:
		return s.DeleteGroup(t.Context(), newScope(tenant), group.ID, group.Version)
	case 1:
		change = billing.GroupChange{Status: ptr([]billing.GroupStatus{billing.GroupActive, billing.GroupInactive}[r.IntN(2)])}
	case 2:
		change = billing.GroupChange{BillingDay: ptr(1 + r.IntN(28))}
	}
	_, err = s.UpdateGroup(t.Context(), newScope(tenant), group.ID, group.Version*r.IntN(2), change)
	return err
}

// checkStory holds the tables and the activity to one story, each group to an entry for
// each of its versions, and its total to its members.
func checkStory(t *testing.T, s *Store, tenant Tenant) {
	t.Helper()
	if faults := faultsOf(t, s.path); faults != "" {
		t.Error(faults)
	}
	groups, _, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		entries, err := s.Activity(t.Context(), tenant, "group", g.ID, 1000)
		if err != nil || len(entries) != g.Version {
			t.Fatalf("%d entries for version %d, err %v", len(entries), g.Version, err)
		}
		if total, active := billing.Total(g.Members, s.Today(tenant), tenant.Currency); g.Total != total || g.Active != active {
			t.Errorf("%s says %s for %d of its members, which are %s for %d", g.ID, g.Total, g.Active, total, active)
		}
	}
}
