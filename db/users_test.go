package db

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func TestCreateUser(t *testing.T) {
	s := newStore(t)
	tenant, other := newTenant(t, s), newTenant(t, s)
	newUser(t, s, tenant, "here@example.com", billing.Owner)
	newUser(t, s, other, "there@example.com", billing.Owner)
	for _, test := range []struct {
		name string
		in   billing.UserInput
		role billing.Role
		want []string // paths of problems
		say  string   // part of the message
	}{
		{"fine", billing.UserInput{Email: " Ulla@Example.com ", Name: " Ulla ", Password: testPassword}, billing.Member, nil, ""},
		{"taken here", billing.UserInput{Email: "HERE@example.com", Name: "U", Password: testPassword}, billing.Member, []string{"email"}, "signs in here already"},
		{"taken elsewhere", billing.UserInput{Email: "there@example.com", Name: "U", Password: testPassword}, billing.Member, []string{"email"}, "another business unit"},
		{"all at once", billing.UserInput{Email: "here@example.com", Password: "short"}, "root", []string{"userName", "password", "role", "email"}, "4 problems"},
		{"no e-mail address", billing.UserInput{Email: "ulla", Name: "U", Password: testPassword}, billing.Member, []string{"email"}, "not an e-mail address"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := numberOf(t, s, `SELECT count(*) FROM users`)
			user, err := s.CreateUser(t.Context(), newScope(tenant), test.in, test.role)
			if diff := cmp.Diff(test.want, paths(err)); diff != "" {
				t.Fatal(err, diff)
			}
			if err != nil {
				if billing.CodeOf(err) != billing.CodeValidation || !strings.Contains(err.Error(), test.say) {
					t.Errorf("%v, want …%s…", err, test.say)
				}
				if after := numberOf(t, s, `SELECT count(*) FROM users`); after != before {
					t.Errorf("there are %d users more", after-before)
				}
				return
			}
			if user.Email != "ulla@example.com" || user.Name != "Ulla" || !strings.HasPrefix(user.ID, "usr_") {
				t.Errorf("made %+v", user)
			}
			if got := actions(t, s, tenant, "user", user.ID); !cmp.Equal(got, []string{"user.created"}) {
				t.Errorf("activity: %v", got)
			}
		})
	}
	if n := numberOf(t, s, `SELECT count(*) FROM activity WHERE after LIKE '%argon2%' OR after LIKE '%`+testPassword+`%'`); n > 0 {
		t.Error("the activity holds a password")
	}
}

func TestCreateUserTwiceAtOnce(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = s.CreateUser(t.Context(), newScope(tenant), billing.UserInput{Email: "a@example.com", Name: "A", Password: testPassword}, billing.Member)
		})
	}
	wg.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
		} else if !cmp.Equal(paths(err), []string{"email"}) {
			t.Errorf("refused with %v", err)
		}
	}
	if made != 1 || numberOf(t, s, `SELECT count(*) FROM users`) != 1 {
		t.Errorf("%d were told that they made the user", made)
	}
}

func TestSetPassword(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	user := newUser(t, s, tenant, "a@example.com", billing.Owner)
	newUser(t, s, tenant, "b@example.com", billing.Owner)
	mine, err := s.SignIn(t.Context(), "a@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	others, err := s.SignIn(t.Context(), "b@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		email, password string
		want            billing.Code
	}{
		{"nobody@example.com", "another long password", billing.CodeNotFound},
		{"a@example.com", "short", billing.CodeValidation},
		{"a@example.com", strings.Repeat("x", billing.MaxPassword+1), billing.CodeValidation},
		{"a", "another long password", billing.CodeValidation},
		{"A@example.com", "another long password", ""},
	} {
		if err := s.SetPassword(t.Context(), testActor, test.email, test.password); billing.CodeOf(err) != test.want || (err == nil) != (test.want == "") {
			t.Errorf("%s, %.20s: %v, want %s", test.email, test.password, err, test.want)
		}
		wantSession := ErrNoSession
		if test.want != "" {
			wantSession = nil
		}
		if _, err := s.Session(t.Context(), mine); !errors.Is(err, wantSession) {
			t.Errorf("%s, %.20s: the session answers %v, want %v", test.email, test.password, err, wantSession)
		}
	}
	if _, err := s.Session(t.Context(), others); err != nil {
		t.Errorf("another user's session: %v", err)
	}
	if _, err := s.SignIn(t.Context(), "a@example.com", testPassword); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("the old password: %v, want ErrWrongPassword", err)
	}
	if _, err := s.SignIn(t.Context(), "a@example.com", "another long password"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if got := actions(t, s, tenant, "user", user.ID); !cmp.Equal(got, []string{"user.password_changed", "user.created"}) {
		t.Errorf("activity: %v", got)
	}
}

func TestSetShortcuts(t *testing.T) {
	s, _, user, token := signedIn(t)
	for _, on := range []bool{false, true} {
		if err := s.SetShortcuts(t.Context(), user.ID, on); err != nil {
			t.Fatal(err)
		}
		if session, err := s.Session(t.Context(), token); err != nil || session.Shortcuts != on {
			t.Errorf("set to %t they are %t, %v", on, session.Shortcuts, err)
		}
	}
	if err := s.SetShortcuts(t.Context(), "usr_none", true); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("nobody's: %v", err)
	}
}

func TestPasswordHashes(t *testing.T) {
	hashInEarnest(t)
	s := newStore(t)
	tenant := newTenant(t, s)
	newUser(t, s, tenant, "a@example.com", billing.Owner)
	var stored string
	if err := s.readers.QueryRow(`SELECT password_hash FROM users`).Scan(&stored); err != nil {
		t.Fatal(err)
	}
	for name, hash := range map[string]string{"a user's": stored, "the dummy": dummyHash} {
		params, _, _, err := argon2id.DecodeHash(hash)
		if diff := cmp.Diff(hashParams, params); err != nil || diff != "" {
			t.Errorf("%s hash: %v %s", name, err, diff)
		}
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=47104,t=1,p=1$") {
			t.Errorf("%s hash is %s", name, hash)
		}
	}
}

// earnestHash is what passwords are hashed with outside of tests. Tests hash with next
// to nothing, or they would spend most of their time on it.
var earnestHash = hashParams

func init() {
	hashParams = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// hashInEarnest lets a test, which must not run in parallel with others, hash as
// outside of tests.
func hashInEarnest(t *testing.T) {
	cheap := hashParams
	hashParams = earnestHash
	t.Cleanup(func() { hashParams = cheap })
}

func TestPasswordsAFewAtATime(t *testing.T) {
	p := newPasswords()
	release := make(chan struct{})
	var running, most, busy int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range passwordsAtOnce + passwordsWaiting + 10 {
		wg.Go(func() {
			err := p.inTurn(context.Background(), func() {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				<-release
				mu.Lock()
				running--
				mu.Unlock()
			})
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, ErrBusy) {
				busy++
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	settled := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return busy == 10 && running == passwordsAtOnce
	}
	eventually(t, "ten are sent away while four are at work", settled)

	// One who waits can leave. A place must be free to wait in.
	<-p.admitted
	leaving, leave := context.WithCancel(t.Context())
	leave()
	if err := p.inTurn(leaving, func() { t.Error("it ran") }); !errors.Is(err, context.Canceled) {
		t.Errorf("one who leaves: %v, want context.Canceled", err)
	}
	p.admitted <- struct{}{}
	close(release)
	wg.Wait()
	if most != passwordsAtOnce {
		t.Errorf("%d were at work at once, want %d", most, passwordsAtOnce)
	}
	if err := p.inTurn(t.Context(), func() {}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// eventually waits for what happens in the background.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("this does not happen: " + what)
		}
	}
}

func TestUnknownUserCostsTheSame(t *testing.T) {
	hashInEarnest(t)
	s := newStore(t)
	newUser(t, s, newTenant(t, s), "a@example.com", billing.Owner)
	for _, test := range []struct{ email, password string }{
		{"a@example.com", "wrong password"},
		{"unknown@example.com", "wrong password"},
		{"not an address", "wrong password"},
		{"", ""},
	} {
		user, hash, err := s.credentials(t.Context(), test.email, test.password)
		params, _, _, decode := argon2id.DecodeHash(hash)
		if err != nil || decode != nil || !cmp.Equal(params, hashParams) {
			t.Errorf("%s: compares with %s, %v", test.email, hash, err)
		}
		if known := test.email == "a@example.com"; (user != 0) != known || (hash == dummyHash) == known {
			t.Errorf("%s: user %d, hash %s", test.email, user, hash)
		}
		if _, err := s.SignIn(t.Context(), test.email, test.password); !errors.Is(err, ErrWrongPassword) || fmt.Sprint(err) != "db: sign in: "+ErrWrongPassword.Error() {
			t.Errorf("%s: %v, want ErrWrongPassword", test.email, err)
		}
	}
}
