package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"billfold/db"
)

// Who runs the machine lets somebody in again who lost phone and recovery codes.
func TestTwoFactorOff(t *testing.T) {
	p := newPlace(t)
	p.run(0, "", "tenant", "add", "Nord")
	p.run(0, testPassword+"\n", "user", "add", "ada@example.com")
	if out, _ := p.run(0, "", "user", "two-factor", "ada@example.com", "--off"); out != "two-factor: off, as it was before\n" {
		t.Errorf("where there is none it prints %q", out)
	}
	store, err := db.Open(t.Context(), filepath.Join(p.dir, "billfold.db"), db.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	signIn := func() (token string) {
		t.Helper()
		token, err := store.SignIn(t.Context(), "ada@example.com", testPassword)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	token := signIn()
	if err := store.BeginTwoFactor(t.Context(), token, testPassword); err != nil {
		t.Fatal(err)
	}
	setup, err := store.TwoFactorSetup(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(setup.Secret, store.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.ConfirmTwoFactor(t.Context(), token, code); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Session(t.Context(), signIn()); !errors.Is(err, db.ErrNoSession) {
		t.Errorf("the password alone: %v", err)
	}
	if out, _ := p.run(0, "", "user", "two-factor", "ada@example.com", "--off"); out != "two-factor: off\n" {
		t.Errorf("it prints %q", out)
	}
	if _, err := store.Session(t.Context(), token); !errors.Is(err, db.ErrNoSession) {
		t.Errorf("the session from before: %v", err)
	}
	if _, err := store.Session(t.Context(), signIn()); err != nil {
		t.Errorf("the password alone afterwards: %v", err)
	}
	if _, says := p.run(exitFailed, "", "user", "two-factor", "bob@example.com", "--off"); !strings.Contains(says, "There is no such user.") {
		t.Errorf("of an unknown address it says %q", says)
	}
}
