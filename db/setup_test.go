package db

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

var (
	goodTenant = billing.TenantInput{Name: "Mietwerk", Currency: "EUR", Zone: "Europe/Berlin", VATMode: "exclusive", VATRate: "19", PaymentTerms: "14"}
	goodUser   = billing.UserInput{Email: "owner@example.com", Name: "Olga Owner", Password: testPassword}
)

func TestSetup(t *testing.T) {
	s := newStore(t)
	if needed, err := s.NeedsSetup(t.Context()); err != nil || !needed {
		t.Fatalf("a new database needs setup: %v, %v", needed, err)
	}
	replaced, err := s.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	valid := func(link string) bool {
		t.Helper()
		valid, err := s.SetupLinkValid(t.Context(), link)
		if err != nil {
			t.Error(err)
		}
		return valid
	}
	for name, bad := range map[string]string{"replaced": replaced, "unknown": newToken(), "empty": ""} {
		if valid(bad) {
			t.Errorf("the %s link is valid", name)
		}
		if _, err := s.Setup(t.Context(), bad, billing.TenantInput{}, billing.UserInput{}); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("the %s link: %v, want NOT_FOUND", name, err)
		}
	}

	_, err = s.Setup(t.Context(), link, billing.TenantInput{Currency: "EURO", VATMode: "none", PaymentTerms: "14"}, billing.UserInput{Email: "o", Password: "short"})
	if diff := cmp.Diff([]string{"userName", "email", "password", "name", "currency", "timezone"}, paths(err)); diff != "" {
		t.Error(err, diff)
	}
	if !valid(link) {
		t.Error("the link is gone after a refusal")
	}

	token, err := s.Setup(t.Context(), link, goodTenant, goodUser)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Session(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if session.Role != billing.Owner || session.User.Email != "owner@example.com" || session.Tenant.Name != "Mietwerk" {
		t.Errorf("signed in as %+v", session)
	}
	for kind, id := range map[string]string{"tenant": session.Tenant.ID, "user": session.User.ID} {
		entries, err := s.Activity(t.Context(), session.Tenant, kind, id, 10)
		if err != nil || len(entries) != 1 || entries[0].Action != kind+".created" || entries[0].Actor != session.Scope().Actor {
			t.Errorf("activity of the %s: %v, %v", kind, entries, err)
		}
	}
	if needed, err := s.NeedsSetup(t.Context()); err != nil || needed {
		t.Errorf("it still needs setup: %v, %v", needed, err)
	}
	if valid(link) || numberOf(t, s, `SELECT count(*) FROM setup_links`) != 0 {
		t.Error("the link is still there")
	}
	if _, err := s.SignIn(t.Context(), "owner@example.com", testPassword); err != nil {
		t.Errorf("the owner can't sign in: %v", err)
	}
}

func TestSetupTwiceAtOnce(t *testing.T) {
	s := newStore(t)
	link, err := s.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// Everybody has passed the first look at the link before anybody is done.
	for range passwordsAtOnce {
		s.passwords.working <- struct{}{}
	}
	errs := make([]error, 4)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			user := goodUser
			user.Email = strings.Repeat("a", i+1) + "@example.com"
			_, errs[i] = s.Setup(t.Context(), link, goodTenant, user)
		})
	}
	eventually(t, "all wait for their hash", func() bool { return len(s.passwords.admitted) == len(errs) })
	for range passwordsAtOnce {
		<-s.passwords.working
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("refused with %v, want NOT_FOUND", err)
		}
	}
	tenants, users := numberOf(t, s, `SELECT count(*) FROM tenants`), numberOf(t, s, `SELECT count(*) FROM users`)
	if done != 1 || tenants != 1 || users != 1 {
		t.Errorf("%d setups, %d tenants, %d users, want one of each", done, tenants, users)
	}
}

// A user made on the command line closes the door that the link opens.
func TestSetupLinkEndsWithTheFirstUser(t *testing.T) {
	s := newStore(t)
	link, err := s.NewSetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newUser(t, s, newTenant(t, s), "a@example.com", billing.Owner)
	if _, err := s.Setup(t.Context(), link, goodTenant, goodUser); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("%v, want NOT_FOUND", err)
	}
}
