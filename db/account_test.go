package db

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func TestOpenSessions(t *testing.T) {
	s, clock, _, token := signedIn(t)
	began := s.Now()
	newUser(t, s, newTenant(t, s), "b@example.com", billing.Owner)
	if _, err := s.SignIn(t.Context(), "b@example.com", testPassword); err != nil {
		t.Fatal(err)
	}
	clock.step(20 * time.Minute)
	other := pending(t, s)
	if _, err := s.Session(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	now := s.Now()
	want := []OpenSession{{"Mietwerk GmbH", began, now, true}, {"Mietwerk GmbH", now, now, false}}
	if got, err := s.OpenSessions(t.Context(), token); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	clock.step(20 * time.Minute)
	if _, err := s.Session(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	clock.step(10 * time.Minute) // the first is over by now
	if got, err := s.OpenSessions(t.Context(), other); err != nil || len(got) != 1 || !got[0].Current {
		t.Errorf("%v: %+v", err, got)
	}
}

func TestChangeName(t *testing.T) {
	s, _, user, token := signedIn(t)
	for _, want := range []bool{true, false} { // the second time it is so already
		if changed, err := s.ChangeName(t.Context(), token, " Ulla Neu "); err != nil || changed != want {
			t.Errorf("changed: %t, %v, want %t", changed, err, want)
		}
	}
	if session, err := s.Session(t.Context(), token); err != nil || session.User.Name != "Ulla Neu" {
		t.Errorf("%+v, %v", session.User, err)
	}
	if _, err := s.ChangeName(t.Context(), token, " "); !cmp.Equal(paths(err), []string{"userName"}) {
		t.Errorf("no name: %v", err)
	}
	tenants, _ := s.Tenants(t.Context())
	entries, err := s.Activity(t.Context(), tenants[0], "user", user.ID, 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "user.changed" || string(entries[0].Before) != `{"name":"Ulla Unger"}` ||
		string(entries[0].After) != `{"name":"Ulla Neu"}` || entries[0].Actor != (Actor{ActorUser, user.ID, "Ulla Unger"}) {
		t.Errorf("%v: %+v", err, entries)
	}
}

func TestChangePassword(t *testing.T) {
	const next = "another long password"
	s, clock, user, token := signedIn(t)
	began := s.Now()
	clock.step(time.Minute)
	other := pending(t, s)
	for name, test := range map[string]struct {
		in    billing.PasswordChange
		wrong bool
		want  []string
	}{
		"wrong current":  {billing.PasswordChange{Current: "wrong", Password: next, Again: next}, true, nil},
		"all wrong":      {billing.PasswordChange{Current: "wrong", Password: "short", Again: "other"}, true, []string{"password", "again"}},
		"typed wrongly":  {billing.PasswordChange{Current: testPassword, Password: next, Again: "x"}, false, []string{"again"}},
		"nothing at all": {billing.PasswordChange{}, true, []string{"password"}},
	} {
		if _, err := s.ChangePassword(t.Context(), token, test.in); errors.Is(err, ErrWrongPassword) != test.wrong || !cmp.Equal(paths(err), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, token := range []string{token, other} {
		if _, err := s.Session(t.Context(), token); err != nil {
			t.Errorf("a refusal ends a session: %v", err)
		}
	}
	renewed, err := s.ChangePassword(t.Context(), token, billing.PasswordChange{Current: testPassword, Password: next, Again: next})
	if err != nil || renewed == token {
		t.Fatalf("%s, %v", renewed, err)
	}
	for name, over := range map[string]string{"the token before": token, "the other session": other} {
		if _, err := s.Session(t.Context(), over); !errors.Is(err, ErrNoSession) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Session(t.Context(), renewed); err != nil {
		t.Errorf("this session: %v", err)
	}
	if at := numberOf(t, s, `SELECT created_at FROM sessions`); int64(at) != began.UnixMilli() {
		t.Error("the session has become younger")
	}
	if _, err := s.SignIn(t.Context(), "a@example.com", testPassword); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("the old password: %v", err)
	}
	if _, err := s.SignIn(t.Context(), "a@example.com", next); err != nil {
		t.Errorf("the new password: %v", err)
	}
	tenants, _ := s.Tenants(t.Context())
	if got := actions(t, s, tenants[0], "user", user.ID); !cmp.Equal(got, []string{"user.password_changed", "user.created"}) {
		t.Errorf("activity %v", got)
	}
}

func TestSignOutEverywhere(t *testing.T) {
	s, _, user, token, _, _ := withApp(t)
	waiting := pending(t, s)
	tenants, _ := s.Tenants(t.Context())
	newUser(t, s, tenants[0], "b@example.com", billing.Owner)
	others, err := s.SignIn(t.Context(), "b@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SignOutEverywhere(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
		t.Errorf("this session: %v", err)
	}
	if _, err := s.SecondStep(t.Context(), waiting); !errors.Is(err, ErrNoSession) {
		t.Errorf("a sign-in that waits: %v", err)
	}
	if _, err := s.Session(t.Context(), others); err != nil {
		t.Errorf("somebody else's: %v", err)
	}
	if got := actions(t, s, tenants[0], "user", user.ID); got[0] != "user.signed_out_everywhere" {
		t.Errorf("activity %v", got)
	}
}

// What signs somebody in is never told: not to the activity, and but for the app's secret
// not even to the file.
func TestNoSecretIsTold(t *testing.T) {
	s, clock, _, token, secret, recovery := withApp(t)
	code := appCode(t, s, secret, 0)
	if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), code); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), recovery[0]); err != nil {
		t.Fatal(err)
	}
	clock.step(time.Minute)
	more, err := s.NewRecoveryCodes(t.Context(), token, appCode(t, s, secret, 0))
	if err != nil {
		t.Fatal(err)
	}
	const next = "another long password"
	secrets := append([]string{code, token, next, testPassword}, append(recovery, more...)...)
	renewed, err := s.ChangePassword(t.Context(), token, billing.PasswordChange{Current: testPassword, Password: next, Again: next})
	if err != nil {
		t.Fatal(err)
	}
	wantUntold(t, "the file", fileOf(t, s), append(secrets, renewed)...)
	if err := s.SwitchOffTwoFactor(t.Context(), renewed, next); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SwitchOffTwoFactorOf(t.Context(), testActor, "a@example.com"); err != nil {
		t.Fatal(err)
	}
	told := ""
	if err := s.readers.QueryRow(`SELECT group_concat(coalesce(before, '') || coalesce(after, '') || actor_name || subject_id, ' ') FROM activity`).Scan(&told); err != nil {
		t.Fatal(err)
	}
	wantUntold(t, "the activity", told, append(secrets, renewed, secret, "$argon2")...)
}

// fileOf answers all bytes of a copy of the database.
func fileOf(t testing.TB, s *Store) string {
	t.Helper()
	content, err := os.ReadFile(copyOf(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// wantUntold fails the test if a place tells one of the secrets, with hyphens or without.
func wantUntold(t testing.TB, place, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, spelt := range []string{secret, strings.ReplaceAll(secret, "-", "")} {
			if strings.Contains(text, spelt) {
				t.Errorf("%s tells %q", place, spelt)
			}
		}
	}
}
