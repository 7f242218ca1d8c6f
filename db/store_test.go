package db

import (
	"path/filepath"
	"testing"
	"time"

	"billfold/billing"
)

// testDay is the business day of a [newStore].
const testDay = "2026-11-22"

// newStore makes a database of its own for a test, with testDay as its business day.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "test.db"), Clock{Frozen: frozen(t, testDay)})
}

// openStore opens a database file and closes it when the test ends.
func openStore(t testing.TB, path string, clock Clock) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// frozen reads a frozen business day: a date or an instant.
func frozen(t testing.TB, text string) Frozen {
	t.Helper()
	var f Frozen
	if err := f.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return f
}

// testActor makes the changes of a test.
var testActor = Actor{Kind: ActorUser, ID: "usr_test", Name: "Petra Probe"}

// newTenant makes a business unit in EUR with 19 % VAT, in Berlin.
func newTenant(t testing.TB, s *Store) Tenant {
	t.Helper()
	zone, err := billing.ParseZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := s.CreateTenant(t.Context(), testActor, billing.Tenant{
		Name: "Mietwerk GmbH", Currency: "EUR", Zone: zone, PaymentTerms: 14, InvoicePrefix: "M",
		VAT: billing.VAT{Mode: billing.VATExclusive, Rate: 1900},
	})
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

// newScope lets testActor act in a tenant.
func newScope(tenant Tenant) Scope { return Scope{Tenant: tenant, Actor: testActor} }

// stepClock is a clock for time stamps and sessions that only a test moves.
type stepClock struct{ now time.Time }

func (c *stepClock) clock() Clock { return Clock{Now: func() time.Time { return c.now }} }
