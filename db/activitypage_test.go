package db

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"billfold/billing"
)

// newBusy makes a tenant in which several have done many things, and another one.
func newBusy(t testing.TB, n int) (*Store, Tenant) {
	t.Helper()
	s := newStore(t)
	tenant, other := newTenant(t, s), newTenant(t, s)
	actors := []Actor{{ActorUser, "usr_a", "Ada"}, {ActorUser, "usr_b", "Bert"}, {ActorKey, "key_1", "Shop"}, {ActorSystem, "", "Command line"}, {ActorSystem, "", "Billfold"}}
	done := []Action{{"group.created", "group"}, {"group.changed", "group"}, {"customer.changed", "customer"}, {"import.taken_in", "import"}, {"demo.filled", "tenant"}}
	r := rand.New(rand.NewPCG(1, 2))
	err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		for i := range n {
			scope, a := Scope{tenant, actors[r.IntN(len(actors))]}, done[r.IntN(len(done))]
			if i%7 == 0 {
				scope.Tenant = other
			}
			if err := appendActivity(ctx, tx, scope, time.UnixMilli(int64(i)), a.Name, a.SubjectKind, fmt.Sprintf("%d", r.IntN(9)), nil, map[string]any{"n": i}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, tenant
}

// pages answers all entries of a filter, page by page.
func pages(t testing.TB, s *Store, tenant Tenant, f ActivityFilter) (all []Entry) {
	t.Helper()
	for range 1000 {
		entries, next, err := s.ActivityPage(t.Context(), tenant, f)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) > f.Limit || next != "" && len(entries) < f.Limit {
			t.Fatalf("a page of %d has %d, and goes on at %q", f.Limit, len(entries), next)
		}
		all, f.After = append(all, entries...), next
		if next == "" {
			return all
		}
	}
	t.Fatal("the pages never end")
	return nil
}

// Every filter answers what looking at each entry would, however long the pages are.
func TestActivityPage(t *testing.T) {
	s, tenant := newBusy(t, 400)
	all := pages(t, s, tenant, ActivityFilter{Limit: 1000})
	if len(all) != numberOf(t, s, `SELECT count(*) FROM activity WHERE tenant = ?1`, tenant.Key) {
		t.Fatalf("%d entries", len(all))
	}
	found := 0
	for _, actor := range []string{"", "usr_a", "key_1", SystemActor, "usr_none"} {
		for _, kind := range []string{"", "group", "tenant", "none"} {
			for _, id := range []string{"", "3", "none"} {
				for _, action := range []string{"", "group.changed", "customer.changed", "none"} {
					f := ActivityFilter{ActorID: actor, SubjectKind: kind, SubjectID: id, Action: action, Limit: 7}
					want := slices.DeleteFunc(slices.Clone(all), func(e Entry) bool {
						isActor := actor == "" || e.Actor.ID == actor || actor == SystemActor && e.Actor.Kind == ActorSystem
						return !isActor || kind != "" && kind != e.SubjectKind || id != "" && id != e.SubjectID || action != "" && action != e.Action
					})
					if diff := cmp.Diff(want, pages(t, s, tenant, f), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("%+v:\n%s", f, diff)
					}
					found += len(want)
				}
			}
		}
	}
	if found < len(all) {
		t.Errorf("all filters together found %d", found)
	}
}

func TestActorsAndActions(t *testing.T) {
	s, tenant := newBusy(t, 200)
	user := newUser(t, s, tenant, "zoe@example.com", billing.Member)
	scope := Scope{tenant, Actor{ActorUser, user.ID, "Zoe as she was called"}}
	if _, err := s.CreateKey(t.Context(), scope, "Shop", false); err != nil {
		t.Fatal(err)
	}
	actors, err := s.Actors(t.Context(), tenant)
	want := []Actor{{ActorUser, "usr_a", "Ada"}, {ActorUser, "usr_b", "Bert"}, testActor, {ActorUser, user.ID, user.Name}, {ActorKey, "key_1", "Shop"}, {ActorSystem, SystemActor, ""}}
	if diff := cmp.Diff(want, actors); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	actions, err := s.Actions(t.Context(), tenant)
	wantActions := []Action{{"customer.changed", "customer"}, {"demo.filled", "tenant"}, {"group.changed", "group"}, {"group.created", "group"},
		{"import.taken_in", "import"}, {"key.created", "key"}, {"tenant.created", "tenant"}, {"user.created", "user"}}
	if diff := cmp.Diff(wantActions, actions); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	empty := newStore(t)
	nobody, err := empty.Actors(t.Context(), Tenant{Key: 1})
	nothing, err2 := empty.Actions(t.Context(), Tenant{Key: 1})
	if len(nobody)+len(nothing) != 0 || err != nil || err2 != nil {
		t.Errorf("%v, %v, %v, %v", nobody, nothing, err, err2)
	}
}

// No filter goes through entries that it does not answer.
func TestActivityPlans(t *testing.T) {
	s, tenant := newBusy(t, 300)
	for _, f := range []ActivityFilter{
		{}, {ActorID: "usr_a"}, {SubjectKind: "group"}, {SubjectID: "3"}, {Action: "group.changed"}, {ActorID: "usr_a", SubjectKind: "group"},
		{ActorID: "usr_a", Action: "group.created"}, {ActorID: "usr_a", SubjectKind: "group", SubjectID: "3", Action: "group.changed"},
	} {
		rest, args, err := f.query(t.Context(), s.readers, tenant, position{})
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		err = eachRow(t.Context(), s.readers, `EXPLAIN QUERY PLAN SELECT `+storedColumns+` FROM activity a `+rest+` ORDER BY a.key DESC LIMIT ?3`, args, func(row scanner) error {
			var id, parent, unused int
			var step string
			err := row.Scan(&id, &parent, &unused, &step)
			plan = append(plan, step)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range plan {
			if strings.HasPrefix(step, "SCAN") && !strings.Contains(step, "json_each") && !strings.Contains(step, "VIRTUAL TABLE") ||
				strings.HasPrefix(step, "SEARCH n ") && !strings.Contains(step, "key<?") {
				t.Errorf("%+v:\n%s", f, strings.Join(plan, "\n"))
				break
			}
		}
	}
}

// BenchmarkActivityPage measures a page of each filter; that of the smaller activity is
// the control.
func BenchmarkActivityPage(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		s, tenant := newBusy(b, n)
		newUser(b, s, tenant, "ulla@example.com", billing.Member)
		for name, f := range map[string]ActivityFilter{
			"all": {}, "person": {ActorID: "usr_a"}, "kind": {SubjectKind: "group"}, "action": {Action: "demo.filled"}, "rare kind": {SubjectKind: "user"},
			"person and kind": {ActorID: "key_1", SubjectKind: "group"}, "nothing": {ActorID: "key_1", SubjectKind: "user"},
		} {
			f.Limit = 50
			b.Run(fmt.Sprintf("%s/entries=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					if _, _, err := s.ActivityPage(b.Context(), tenant, f); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("actors/entries=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Actors(b.Context(), tenant); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestNames(t *testing.T) {
	s, tenant := newAcme(t)
	group, err := s.CreateGroup(t.Context(), newScope(tenant), acmeInput(), "")
	if err != nil {
		t.Fatal(err)
	}
	user := newUser(t, s, tenant, "ulla@example.com", billing.Member)
	ids := map[string][]string{"group": {group.ID, "none"}, "customer": {"acme"}, "subscription": {"s1"}, "user": {user.ID}, "weather": {"x"}}
	customer, err := s.Customer(t.Context(), tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	first := group.Members[slices.IndexFunc(group.Members, func(m billing.Subscription) bool { return m.ID == "s1" })]
	want := Names{"group": {group.ID: group.Name}, "customer": {"acme": customer.Name()}, "subscription": {"s1": strings.TrimSpace(first.Product + " " + first.Serial)}, "user": {user.ID: user.Name}}
	got, err := s.Names(t.Context(), tenant, ids)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	other, err := s.Names(t.Context(), newTenant(t, s), ids)
	if err != nil || len(other["group"])+len(other["customer"])+len(other["subscription"])+len(other["user"]) != 0 {
		t.Errorf("another tenant learns %v, %v", other, err)
	}
	if err := s.DeleteGroup(t.Context(), newScope(tenant), group.ID, 0); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Names(t.Context(), tenant, ids); err != nil || len(got["group"]) != 0 {
		t.Errorf("a deleted group is called %v, %v", got["group"], err)
	}
}
