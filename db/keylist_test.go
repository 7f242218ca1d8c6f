package db

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func TestKeyList(t *testing.T) {
	clock := newStepClock()
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	tenant, other := newTenant(t, s), newTenant(t, s)
	ada := newUser(t, s, tenant, "ada@example.com", billing.Owner)
	scope := Scope{tenant, Actor{Kind: ActorUser, ID: ada.ID, Name: "Ada"}}
	create := func(scope Scope, name string, readOnly bool) string {
		t.Helper()
		secret, err := s.CreateKey(t.Context(), scope, name, readOnly)
		if err != nil {
			t.Fatal(err)
		}
		clock.step(time.Hour)
		return secret
	}
	created := clock.now()
	erp := create(scope, "ERP", false)
	create(newScope(other), "Theirs", false)
	create(scope, "Shop", true)
	create(Scope{tenant, Actor{Kind: ActorSystem}}, "Reports", true)
	if _, err := s.Access(t.Context(), erp); err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	used := clock.now()

	list := func() []Key {
		t.Helper()
		keys, err := s.Keys(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	names := func() (names []string) {
		for _, k := range list() {
			names = append(names, k.Name)
		}
		return names
	}
	if diff := cmp.Diff([]string{"Reports", "Shop", "ERP"}, names()); diff != "" {
		t.Error(diff)
	}
	key := list()[2]
	want := Key{ID: key.ID, Name: "ERP", Shown: erp[:shownKey], Created: created.Truncate(time.Millisecond), LastUsed: used.Truncate(time.Millisecond), Maker: scope.Actor}
	if diff := cmp.Diff(want, key); diff != "" {
		t.Error(diff)
	}

	if revoked, err := s.RevokeKey(t.Context(), scope, key.ID); err != nil || !revoked {
		t.Fatalf("%v, %v", revoked, err)
	}
	want.Revoked, want.Revoker = clock.now().Truncate(time.Millisecond), scope.Actor
	if _, err := s.Access(t.Context(), erp); !errors.Is(err, ErrNoKey) {
		t.Errorf("a revoked key: %v, want ErrNoKey", err)
	}
	clock.step(time.Hour)
	if revoked, err := s.RevokeKey(t.Context(), scope, key.ID); err != nil || revoked {
		t.Errorf("revoked once more: %v, %v", revoked, err)
	}
	got, err := s.Key(t.Context(), tenant, key.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if diff := cmp.Diff([]string{"Reports", "Shop", "ERP"}, names()); diff != "" {
		t.Error(diff)
	}
	if got := actions(t, s, tenant, "key", key.ID); !cmp.Equal(got, []string{"key.revoked", "key.created"}) {
		t.Errorf("activity: %v", got)
	}

	// Whoever made it goes; the key stays.
	shop := list()[1]
	if shop.MakerGone {
		t.Error("the maker is gone too early")
	}
	newUser(t, s, tenant, "owner@example.com", billing.Owner)
	if _, err := s.writer.db.Exec(`DELETE FROM memberships WHERE tenant = ?1 AND user = (SELECT key FROM users WHERE id = ?2)`, tenant.Key, scope.Actor.ID); err != nil {
		t.Fatal(err)
	}
	if keys := list(); keys[0].MakerGone || !keys[1].MakerGone || !keys[1].Works() {
		t.Errorf("%+v", keys)
	}
}

// A key of another business unit is as unknown as one that nobody has.
func TestKeysOfOthers(t *testing.T) {
	s := newStore(t)
	mine, other := newScope(newTenant(t, s)), newScope(newTenant(t, s))
	secret, err := s.CreateKey(t.Context(), other, "Theirs", false)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := s.Keys(t.Context(), other.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{theirs[0].ID, "key_unknown", ""} {
		if _, err := s.Key(t.Context(), mine.Tenant, id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("Key(%q): %v", id, err)
		}
		if _, err := s.RevokeKey(t.Context(), mine, id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("RevokeKey(%q): %v", id, err)
		}
	}
	if _, err := s.Access(t.Context(), secret); err != nil {
		t.Errorf("the other's key: %v", err)
	}
}
