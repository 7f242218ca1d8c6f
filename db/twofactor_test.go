package db

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pquerna/otp/totp"

	"billfold/billing"
)

// appCode answers what an app with a secret shows, some steps from now.
func appCode(t testing.TB, s *Store, secret string, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, s.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// setUpApp sets up an app in a session, with the code of the step before, so that the
// present one is still good.
func setUpApp(t testing.TB, s *Store, token string) (secret string, recovery []string) {
	t.Helper()
	if err := s.BeginTwoFactor(t.Context(), token, testPassword); err != nil {
		t.Fatal(err)
	}
	setup, err := s.TwoFactorSetup(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	recovery, err = s.ConfirmTwoFactor(t.Context(), token, appCode(t, s, setup.Secret, -1))
	if err != nil {
		t.Fatal(err)
	}
	return setup.Secret, recovery
}

// withApp is signedIn with an app set up.
func withApp(t *testing.T) (s *Store, clock *stepClock, user billing.User, token, secret string, recovery []string) {
	t.Helper()
	s, clock, user, token = signedIn(t)
	secret, recovery = setUpApp(t, s, token)
	return s, clock, user, token, secret, recovery
}

// pending begins a sign-in with the right password.
func pending(t testing.TB, s *Store) string {
	t.Helper()
	token, err := s.SignIn(t.Context(), "a@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSetUpTwoFactor(t *testing.T) {
	s, _, user, token := signedIn(t)
	other := pending(t, s) // no second factor yet: a session like any
	for proof, want := range map[string]error{"": ErrWrongPassword, "wrong password": ErrWrongPassword, "123456": ErrWrongCode} {
		if err := s.BeginTwoFactor(t.Context(), token, proof); !errors.Is(err, want) {
			t.Errorf("begun with %q: %v, want %v", proof, err, want)
		}
	}
	if _, err := s.TwoFactorSetup(t.Context(), token); !errors.Is(err, ErrNoSetup) {
		t.Errorf("without proof: %v", err)
	}
	if _, err := s.ConfirmTwoFactor(t.Context(), token, "123456"); !errors.Is(err, ErrNoSetup) {
		t.Errorf("confirmed before it was begun: %v", err)
	}
	if err := s.BeginTwoFactor(t.Context(), token, testPassword); err != nil {
		t.Fatal(err)
	}
	setup, err := s.TwoFactorSetup(t.Context(), token)
	if err != nil || len(setup.Secret) != 32 || !strings.HasPrefix(setup.URL, "otpauth://totp/Billfold:a@example.com?") || !strings.Contains(setup.URL, "secret="+setup.Secret) {
		t.Fatalf("%+v, %v", setup, err)
	}
	if _, err := s.TwoFactorSetup(t.Context(), other); !errors.Is(err, ErrNoSetup) {
		t.Errorf("another session sees the secret: %v", err)
	}
	for _, code := range []string{"", "000000", appCode(t, s, setup.Secret, -2), appCode(t, s, setup.Secret, 2)} {
		if _, err := s.ConfirmTwoFactor(t.Context(), token, code); !errors.Is(err, ErrWrongCode) {
			t.Errorf("confirmed with %q: %v", code, err)
		}
	}
	if state, err := s.TwoFactor(t.Context(), token); err != nil || state != (TwoFactor{}) {
		t.Errorf("before it is confirmed: %+v, %v", state, err)
	}
	code := appCode(t, s, setup.Secret, 0)
	recovery, err := s.ConfirmTwoFactor(t.Context(), token, code[:3]+" "+code[3:])
	if err != nil || len(recovery) != RecoveryCodes {
		t.Fatalf("%q, %v", recovery, err)
	}
	if state, err := s.TwoFactor(t.Context(), token); err != nil || state != (TwoFactor{On: true, Since: s.Now(), CodesLeft: 10}) {
		t.Errorf("%+v, %v", state, err)
	}
	if session, err := s.Session(t.Context(), token); err != nil || !session.TwoFactor {
		t.Errorf("the session: %+v, %v", session, err)
	}
	if _, err := s.Session(t.Context(), other); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session begun without a code: %v", err)
	}
	if _, err := s.TwoFactorSetup(t.Context(), token); !errors.Is(err, ErrNoSetup) {
		t.Errorf("the secret can still be seen: %v", err)
	}
	if err := s.BeginTwoFactor(t.Context(), token, code); !errors.Is(err, ErrWrongCode) {
		t.Errorf("the code of the set-up is good again: %v", err)
	}
	tenants, _ := s.Tenants(t.Context())
	if got := actions(t, s, tenants[0], "user", user.ID); !cmp.Equal(got, []string{"user.two_factor_on", "user.created"}) {
		t.Errorf("activity %v", got)
	}
}

// Until the code is there a session opens nothing, and its token is not the one after.
func TestSecondStep(t *testing.T) {
	s, clock, _, token, secret, _ := withApp(t)
	if _, err := s.SecondStep(t.Context(), token); !errors.Is(err, ErrNoSession) {
		t.Errorf("a whole session waits for a code: %v", err)
	}
	if _, _, err := s.FinishSignIn(t.Context(), token, appCode(t, s, secret, 0)); !errors.Is(err, ErrNoSession) {
		t.Errorf("a whole session takes a code: %v", err)
	}
	first := pending(t, s)
	if step, err := s.SecondStep(t.Context(), first); err != nil || step.Email != "a@example.com" {
		t.Errorf("%+v, %v", step, err)
	}
	opens := map[string]func() error{
		"session":  func() error { _, err := s.Session(t.Context(), first); return err },
		"sessions": func() error { open, err := s.OpenSessions(t.Context(), first); return errors.Join(err, none(open)) },
		"name":     func() error { _, err := s.ChangeName(t.Context(), first, "Eve"); return err },
		"password": func() error {
			_, err := s.ChangePassword(t.Context(), first, billing.PasswordChange{Current: testPassword, Password: "another long password", Again: "another long password"})
			return err
		},
		"everywhere": func() error { return s.SignOutEverywhere(t.Context(), first) },
		"move": func() error {
			_, err := moveSession(t.Context(), s.writer.db, first, 1, 1, s.Now())
			return err
		},
		"state": func() error { _, err := s.TwoFactor(t.Context(), first); return err },
		"begin": func() error { return s.BeginTwoFactor(t.Context(), first, testPassword) },
		"codes": func() error { _, err := s.NewRecoveryCodes(t.Context(), first, testPassword); return err },
		"off":   func() error { return s.SwitchOffTwoFactor(t.Context(), first, testPassword) },
	}
	for name, try := range opens {
		if err := try(); !errors.Is(err, ErrNoSession) {
			t.Errorf("before the code it opens %s: %v", name, err)
		}
	}
	if _, _, err := s.FinishSignIn(t.Context(), first, "000000"); !errors.Is(err, ErrWrongCode) {
		t.Errorf("a wrong code: %v", err)
	}
	whole, used, err := s.FinishSignIn(t.Context(), first, appCode(t, s, secret, 0))
	if err != nil || whole == first || used != (SecondFactor{}) {
		t.Fatalf("%s, %+v, %v", whole, used, err)
	}
	if session, err := s.Session(t.Context(), whole); err != nil || !session.TwoFactor {
		t.Errorf("%+v, %v", session, err)
	}
	for name, over := range map[string]string{"the token before the code": first, "none": ""} {
		if _, err := s.Session(t.Context(), over); !errors.Is(err, ErrNoSession) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := s.FinishSignIn(t.Context(), over, appCode(t, s, secret, 1)); !errors.Is(err, ErrNoSession) {
			t.Errorf("%s takes another code: %v", name, err)
		}
	}
	late := pending(t, s)
	clock.step(SecondStepLife - time.Millisecond)
	if _, err := s.SecondStep(t.Context(), late); err != nil {
		t.Errorf("almost five minutes later: %v", err)
	}
	clock.step(time.Millisecond)
	if _, _, err := s.FinishSignIn(t.Context(), late, appCode(t, s, secret, 0)); !errors.Is(err, ErrNoSession) {
		t.Errorf("five minutes later: %v", err)
	}
	pending(t, s)
	if n := numberOf(t, s, `SELECT count(*) FROM sessions WHERE token_hash = ?1`, hashToken(late)); n != 0 {
		t.Error("what has waited too long is still there")
	}
}

// none is ErrNoSession where a list is empty, as of one whom it shows nothing.
func none(open []OpenSession) error {
	if len(open) == 0 {
		return ErrNoSession
	}
	return nil
}

func TestSecondStepEndsWithThePassword(t *testing.T) {
	s, _, _, _, secret, _ := withApp(t)
	waiting := pending(t, s)
	if err := s.SetPassword(t.Context(), testActor, "a@example.com", "another long password"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.FinishSignIn(t.Context(), waiting, appCode(t, s, secret, 0)); !errors.Is(err, ErrNoSession) {
		t.Errorf("%v, want ErrNoSession", err)
	}
}

// A code is good once, within a step of now, and none before one that was used.
func TestAppCodeIsGoodOnce(t *testing.T) {
	for name, test := range map[string]struct {
		steps []int // of the codes, one sign-in after the other
		want  []error
	}{
		"now":                    {[]int{0}, []error{nil}},
		"too old":                {[]int{-2}, []error{ErrWrongCode}},
		"too far ahead":          {[]int{2}, []error{ErrWrongCode}},
		"a clock that is behind": {[]int{0, -1}, []error{nil, ErrWrongCode}},
		"the same again":         {[]int{0, 0}, []error{nil, ErrWrongCode}},
		"ahead, then the same":   {[]int{1, 1, 0}, []error{nil, ErrWrongCode, ErrWrongCode}},
		"one after the other":    {[]int{0, 1}, []error{nil, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			s, clock, _, _, secret, _ := withApp(t)
			clock.step(10 * time.Minute) // the set-up is long ago
			for i, step := range test.steps {
				_, _, err := s.FinishSignIn(t.Context(), pending(t, s), appCode(t, s, secret, step))
				if !errors.Is(err, test.want[i]) || (err == nil) != (test.want[i] == nil) {
					t.Errorf("code %d: %v, want %v", i, err, test.want[i])
				}
			}
		})
	}
}

// Of two who use the same code at the same moment one gets in.
func TestSameCodeAtOnce(t *testing.T) {
	s, _, _, _, secret, recovery := withApp(t)
	for name, code := range map[string]string{"app": appCode(t, s, secret, 0), "recovery": recovery[0]} {
		tokens := make([]string, 6)
		for i := range tokens {
			tokens[i] = pending(t, s)
		}
		errs := make([]error, len(tokens))
		var wg sync.WaitGroup
		for i, token := range tokens {
			wg.Go(func() { _, _, errs[i] = s.FinishSignIn(t.Context(), token, code) })
		}
		wg.Wait()
		in := 0
		for _, err := range errs {
			if err == nil {
				in++
			} else if !errors.Is(err, ErrWrongCode) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if in != 1 {
			t.Errorf("%s: %d got in with one code", name, in)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	s, _, user, _, secret, recovery := withApp(t)
	seen := make(map[string]bool)
	for _, code := range recovery {
		seen[code] = true
		if len(code) != 19 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz234567-") != "" {
			t.Errorf("a recovery code is %q", code)
		}
	}
	if len(seen) != RecoveryCodes {
		t.Errorf("%d different codes", len(seen))
	}
	session, used, err := s.FinishSignIn(t.Context(), pending(t, s), strings.ToUpper(strings.ReplaceAll(recovery[3], "-", " ")))
	if err != nil || used != (SecondFactor{Recovery: true, CodesLeft: 9}) {
		t.Fatalf("%+v, %v", used, err)
	}
	for name, code := range map[string]string{"used": recovery[3], "made up": "aaaa-aaaa-aaaa-aaaa", "none": ""} {
		if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), code); !errors.Is(err, ErrWrongCode) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for proof, want := range map[string]error{"wrong": ErrWrongPassword, "000000": ErrWrongCode, recovery[4]: ErrWrongPassword} {
		if _, err := s.NewRecoveryCodes(t.Context(), session, proof); !errors.Is(err, want) {
			t.Errorf("new ones with %q: %v, want %v", proof, err, want)
		}
	}
	renewed, err := s.NewRecoveryCodes(t.Context(), session, appCode(t, s, secret, 0))
	if err != nil || len(renewed) != RecoveryCodes {
		t.Fatalf("%q, %v", renewed, err)
	}
	if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), recovery[0]); !errors.Is(err, ErrWrongCode) {
		t.Errorf("one of the old ones: %v", err)
	}
	if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), renewed[0]); err != nil {
		t.Errorf("one of the new ones: %v", err)
	}
	for _, code := range renewed[1:] {
		if n := numberOf(t, s, `SELECT count(*) FROM recovery_codes WHERE hash = ?1`, hashToken(billing.RecoveryCode(code))); n != 1 {
			t.Errorf("the hash of %s is kept %d times", code, n)
		}
	}
	tenants, _ := s.Tenants(t.Context())
	if got := actions(t, s, tenants[0], "user", user.ID); !cmp.Equal(got[:3], []string{"user.recovery_code_used", "user.recovery_codes_made", "user.recovery_code_used"}) {
		t.Errorf("activity %v", got)
	}
}

func TestSwitchOffTwoFactor(t *testing.T) {
	s, _, _, token, secret, recovery := withApp(t)
	for proof, want := range map[string]error{"wrong": ErrWrongPassword, "000000": ErrWrongCode} {
		if err := s.SwitchOffTwoFactor(t.Context(), token, proof); !errors.Is(err, want) {
			t.Errorf("with %q: %v, want %v", proof, err, want)
		}
	}
	tenants, _ := s.Tenants(t.Context())
	required := changeTenantAs(t, s, Actor{Kind: ActorSystem, Name: "Command line"}, tenants[0], func(in *billing.TenantChange) { in.TwoFactorRequired = true })
	if err := s.SwitchOffTwoFactor(t.Context(), token, testPassword); billing.CodeOf(err) != billing.CodeValidation || !strings.Contains(err.Error(), "Mietwerk GmbH requires") {
		t.Errorf("where it is required: %v", err)
	}
	changeTenant(t, s, required, func(in *billing.TenantChange) { in.TwoFactorRequired = false })
	// Another app takes the place of the first.
	other, _ := setUpApp(t, s, token)
	if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), appCode(t, s, secret, 0)); !errors.Is(err, ErrWrongCode) {
		t.Errorf("a code of the app before: %v", err)
	}
	if _, _, err := s.FinishSignIn(t.Context(), pending(t, s), recovery[0]); !errors.Is(err, ErrWrongCode) {
		t.Errorf("a recovery code of the app before: %v", err)
	}
	if err := s.SwitchOffTwoFactor(t.Context(), token, appCode(t, s, other, 0)); err != nil {
		t.Fatal(err)
	}
	if n := numberOf(t, s, `SELECT (SELECT count(*) FROM two_factor) + (SELECT count(*) FROM recovery_codes)`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	whole := pending(t, s)
	if session, err := s.Session(t.Context(), whole); err != nil || session.TwoFactor {
		t.Errorf("signed in with the password: %+v, %v", session, err)
	}
	if _, err := s.NewRecoveryCodes(t.Context(), whole, testPassword); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("recovery codes without an app: %v", err)
	}
}
