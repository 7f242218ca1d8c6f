package db

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// signedIn opens a store on a step clock, with one user who is signed in.
func signedIn(t *testing.T) (s *Store, clock *stepClock, user billing.User, token string) {
	t.Helper()
	clock = newStepClock()
	s = copyStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	user = newUser(t, s, newTenant(t, s), "a@example.com", billing.Admin)
	token, err := s.SignIn(t.Context(), " A@Example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	return s, clock, user, token
}

func TestSession(t *testing.T) {
	s, _, user, token := signedIn(t)
	got, err := s.Session(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	tenants, err := s.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Session{User: user, Role: billing.Admin, Tenant: tenants[0], Shortcuts: true}
	if diff := cmp.Diff(want, got, sameZone); diff != "" {
		t.Error(diff)
	}
	if scope := got.Scope(); scope.Actor != (Actor{ActorUser, user.ID, user.Name}) || scope.Tenant.Key != tenants[0].Key {
		t.Errorf("it acts as %+v", scope)
	}
	if len(token) != 43 || numberOf(t, s, `SELECT count(*) FROM sessions WHERE token_hash = ?1`, []byte(token)) != 0 {
		t.Errorf("token %s", token)
	}
	again, err := s.SignIn(t.Context(), "a@example.com", testPassword)
	if err != nil || again == token {
		t.Errorf("signing in again: %s, %v", again, err)
	}
	if _, err := s.writer.db.Exec(`UPDATE memberships SET role = 'member'`); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Session(t.Context(), token); err != nil || got.Role != billing.Member {
		t.Errorf("after a change of role: %s, %v", got.Role, err)
	}
	if err := s.SignOut(t.Context(), token); err != nil {
		t.Error(err)
	}
	for name, token := range map[string]string{"signed out": token, "unknown": newToken(), "empty": "", "long": strings.Repeat("x", 1<<16)} {
		if _, err := s.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
			t.Errorf("%s: %v, want ErrNoSession", name, err)
		}
	}
	if _, err := s.Session(t.Context(), again); err != nil {
		t.Errorf("the other session: %v", err)
	}
	if err := s.SignOut(t.Context(), token); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
	if _, err := s.writer.db.Exec(`DELETE FROM memberships`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Session(t.Context(), again); !errors.Is(err, ErrNoSession) {
		t.Errorf("after the last role is gone: %v, want ErrNoSession", err)
	}
	if _, err := s.SignIn(t.Context(), "a@example.com", testPassword); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("signing in without a role: %v, want ErrWrongPassword", err)
	}
}

func TestSessionExpires(t *testing.T) {
	const almost = SessionIdle - time.Millisecond
	for _, test := range []struct {
		name  string
		steps []time.Duration // between requests
		want  error           // of the last one
	}{
		{"29 minutes idle", []time.Duration{almost}, nil},
		{"30 minutes idle", []time.Duration{SessionIdle}, ErrNoSession},
		{"idle after use", []time.Duration{almost, almost, SessionIdle}, ErrNoSession},
		{"in use for 10 hours", every(29*time.Minute, 20), nil},
		{"in use for longer", every(29*time.Minute, 21), ErrNoSession},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, clock, _, token := signedIn(t)
			for i, step := range test.steps {
				clock.step(step)
				_, err := s.Session(t.Context(), token)
				want := error(nil)
				if i == len(test.steps)-1 {
					want = test.want
				}
				if !errors.Is(err, want) {
					t.Fatalf("request %d: %v, want %v", i, err, want)
				}
				if err == nil {
					settle(t, s)
					if used := numberOf(t, s, `SELECT last_used_at FROM sessions`); used != int(clock.now().UnixMilli()) {
						t.Fatalf("request %d: the time of last use is not written", i)
					}
				}
			}
		})
	}
}

// every makes n steps of the same length.
func every(step time.Duration, n int) []time.Duration {
	steps := make([]time.Duration, n)
	for i := range steps {
		steps[i] = step
	}
	return steps
}

// settle waits until no time of last use is being written.
func settle(t *testing.T, s *Store) {
	t.Helper()
	eventually(t, "all times of last use are written", func() bool {
		settled := true
		s.touching.Range(func(any, any) bool {
			settled = false
			return false
		})
		return settled
	})
}

func TestSessionIsTouchedOnceAMinute(t *testing.T) {
	s, clock, _, token := signedIn(t)
	changes := func() int {
		n := 0
		if err := s.writer.db.QueryRow(`SELECT total_changes()`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := changes()
	for range 100 {
		clock.step(time.Second)
		if _, err := s.Session(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
	}
	if n := changes() - before; n != 2 {
		t.Errorf("100 requests in 100 seconds changed %d rows, want the session and the membership once", n)
	}
}

// A page must not wait for the writer: an import can keep it busy for long.
func TestSessionDoesNotWait(t *testing.T) {
	s, clock, _, token := signedIn(t)
	clock.step(5 * time.Minute)
	err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := s.Session(ctx, token)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOldSessionsArePurged(t *testing.T) {
	s, clock, _, token := signedIn(t)
	clock.step(SessionLife - time.Millisecond)
	for _, want := range []int{2, 2} {
		if _, err := s.SignIn(t.Context(), "a@example.com", testPassword); err != nil {
			t.Fatal(err)
		}
		if n := numberOf(t, s, `SELECT count(*) FROM sessions`); n != want {
			t.Errorf("there are %d sessions, want %d", n, want)
		}
		clock.step(time.Millisecond)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM sessions WHERE token_hash = ?1`, hashToken(token)); n != 0 {
		t.Error("the old session is still there")
	}
}

// Whoever knows an old password must not get in by being slow.
func TestSignInWhilePasswordChanges(t *testing.T) {
	s, _, _, _ := signedIn(t)
	// All places to compare a password are taken until the password was changed.
	for range passwordsAtOnce {
		s.passwords.working <- struct{}{}
	}
	answer := make(chan error)
	go func() {
		_, err := s.SignIn(t.Context(), "a@example.com", testPassword)
		answer <- err
	}()
	eventually(t, "the sign-in waits for its turn", func() bool { return len(s.passwords.admitted) == 1 })
	other, err := argonHash("another long password")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.db.Exec(`UPDATE users SET password_hash = ?1`, other); err != nil {
		t.Fatal(err)
	}
	for range passwordsAtOnce {
		<-s.passwords.working
	}
	if err := <-answer; !errors.Is(err, ErrWrongPassword) {
		t.Errorf("%v, want ErrWrongPassword", err)
	}
}

func argonHash(password string) (string, error) {
	return newPasswords().hash(context.Background(), password)
}

func TestFrozenClockFreezesNoSession(t *testing.T) {
	clock := newStepClock()
	c := clock.clock()
	c.Frozen = frozen(t, "2026-11-22T09:00:00Z")
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), c)
	tenant := newTenant(t, s)
	newUser(t, s, tenant, "a@example.com", billing.Owner)
	token, err := s.SignIn(t.Context(), "a@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	clock.step(SessionLife)
	if _, err := s.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
		t.Errorf("ten hours later: %v, want ErrNoSession", err)
	}
	if today := s.Today(tenant).String(); today != "2026-11-22" {
		t.Errorf("today is %s", today)
	}
	later := newTenant(t, s)
	entries, err := s.Activity(t.Context(), later, "tenant", later.ID, 1)
	if err != nil || len(entries) != 1 || !entries[0].At.Equal(clock.now()) {
		t.Errorf("the time stamp is %v, %v, want %v", entries, err, clock.now())
	}
}

func TestSignInFlood(t *testing.T) {
	s, _, _, _ := signedIn(t)
	for range cap(s.passwords.admitted) {
		s.passwords.admitted <- struct{}{}
	}
	if _, err := s.SignIn(t.Context(), "a@example.com", testPassword); !errors.Is(err, ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	for range cap(s.passwords.admitted) {
		<-s.passwords.admitted
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.SignIn(t.Context(), "a@example.com", testPassword); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
