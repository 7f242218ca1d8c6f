package db

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// join lets a user work in one more business unit.
func join(t testing.TB, s *Store, tenant Tenant, user billing.User, role billing.Role) {
	t.Helper()
	if _, err := s.writer.db.Exec(`INSERT INTO memberships (tenant, user, role) SELECT ?1, key, ?3 FROM users WHERE id = ?2`, tenant.Key, user.ID, role); err != nil {
		t.Fatal(err)
	}
}

// A second factor guards every business unit that its user works in, so only an owner
// of all of them resets it.
func TestResetTwoFactor(t *testing.T) {
	s, _, user, token, _, _ := withApp(t)
	tenants, _ := s.Tenants(t.Context())
	here, there := tenants[0], newTenant(t, s)
	owner := newUser(t, s, here, "owner@example.com", billing.Owner)
	scope := Scope{here, Actor{ActorUser, owner.ID, owner.Name}}
	waiting := pending(t, s)

	reset := func() error { _, err := s.ResetTwoFactor(t.Context(), scope, user.ID); return err }
	refused := func(name, says string) {
		t.Helper()
		if err := reset(); billing.CodeOf(err) != billing.CodeValidation || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
		if check, err := s.CheckTwoFactorReset(t.Context(), scope, user.ID); err != nil || !check.On || !strings.Contains(check.Refusal, says) {
			t.Errorf("%s: %+v, %v", name, check, err)
		}
		if session, err := s.Session(t.Context(), token); err != nil || !session.TwoFactor {
			t.Errorf("%s: the session %+v, %v", name, session, err)
		}
	}
	join(t, s, there, user, billing.Member)
	refused("somebody else's too", "also works in another business unit")
	join(t, s, there, owner, billing.Admin)
	refused("where the owner is no owner there", "also works in another business unit")
	for name, scope := range map[string]Scope{"unit": {newTenant(t, s), scope.Actor}, "user": scope} {
		id := user.ID
		if name == "user" {
			id = "usr_none"
		}
		if _, err := s.ResetTwoFactor(t.Context(), scope, id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("another %s: %v", name, err)
		}
	}
	if _, err := s.ResetTwoFactor(t.Context(), Scope{here, Actor{ActorUser, user.ID, user.Name}}, user.ID); billing.CodeOf(err) != billing.CodeValidation || !strings.Contains(err.Error(), "This is you.") {
		t.Errorf("one's own: %v", err)
	}
	if _, err := s.writer.db.Exec(`UPDATE memberships SET role = 'owner' WHERE tenant = ?1`, there.Key); err != nil {
		t.Fatal(err)
	}
	if check, err := s.CheckTwoFactorReset(t.Context(), scope, user.ID); err != nil || !check.On || check.Refusal != "" || check.User != user {
		t.Errorf("%+v, %v", check, err)
	}
	for range 2 { // once more does nothing
		if err := reset(); err != nil {
			t.Fatal(err)
		}
	}
	for _, over := range []string{token, waiting} {
		if n := numberOf(t, s, `SELECT count(*) FROM sessions WHERE token_hash = ?1`, hashToken(over)); n != 0 {
			t.Error("a session is still there")
		}
	}
	if _, err := s.Session(t.Context(), pending(t, s)); err != nil {
		t.Errorf("the password alone: %v", err)
	}
	for _, tenant := range []Tenant{here, there} {
		if got := actions(t, s, tenant, "user", user.ID); len(got) == 0 || got[0] != "user.two_factor_reset" || strings.Count(strings.Join(got, " "), "reset") != 1 {
			t.Errorf("activity of %s: %v", tenant.ID, got)
		}
	}
}

func TestSwitchOffTwoFactorOf(t *testing.T) {
	s, _, user, token, _, _ := withApp(t)
	for email, want := range map[string]billing.Code{"nobody@example.com": billing.CodeNotFound, "a": billing.CodeValidation} {
		if _, err := s.SwitchOffTwoFactorOf(t.Context(), testActor, email); billing.CodeOf(err) != want {
			t.Errorf("%s: %v", email, err)
		}
	}
	for _, want := range []bool{true, false} {
		if was, err := s.SwitchOffTwoFactorOf(t.Context(), Actor{Kind: ActorSystem, Name: "Command line"}, " A@example.com"); err != nil || was != want {
			t.Errorf("%t, %v", was, err)
		}
	}
	if _, err := s.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
		t.Errorf("the session: %v", err)
	}
	tenants, _ := s.Tenants(t.Context())
	if got := actions(t, s, tenants[0], "user", user.ID); !cmp.Equal(got, []string{"user.two_factor_reset", "user.two_factor_on", "user.created"}) {
		t.Errorf("activity %v", got)
	}
}

// Only who has a second factor requires one of others.
func TestRequireTwoFactor(t *testing.T) {
	s, _, user, token := signedIn(t)
	tenants, _ := s.Tenants(t.Context())
	tenant := tenants[0]
	newUser(t, s, tenant, "b@example.com", billing.Member)
	scope := Scope{tenant, Actor{ActorUser, user.ID, user.Name}}
	in := settings(tenant)
	in.TwoFactorRequired, in.ByTwoFactor = true, true // whatever the caller says
	if _, err := s.ChangeTenant(t.Context(), scope, tenant.Version, in); !cmp.Equal(paths(err), []string{"twoFactorRequired"}) {
		t.Fatalf("by who has none: %v", err)
	}
	setUpApp(t, s, token)
	if check, err := s.CheckTenant(t.Context(), tenant, in); err != nil || check.WithoutTwoFactor != 1 {
		t.Errorf("%+v, %v", check, err)
	}
	after, err := s.ChangeTenant(t.Context(), scope, tenant.Version, in)
	if err != nil || !after.TwoFactorRequired {
		t.Fatalf("%+v, %v", after, err)
	}
	other, err := s.SignIn(t.Context(), "b@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]bool{token: false, other: true} {
		if session, err := s.Session(t.Context(), token); err != nil || session.MustSetUp() != want {
			t.Errorf("%s must set up: %t, %v", session.User.Email, session.MustSetUp(), err)
		}
	}
	entries, err := s.Activity(t.Context(), tenant, "tenant", tenant.ID, 1)
	if err != nil || string(entries[0].After) != `{"twoFactorRequired":true}` {
		t.Errorf("%+v, %v", entries, err)
	}
	if faults := faultsOf(t, s.path); faults != "" {
		t.Error(faults)
	}
}
