package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"billfold/billing"
)

// testDay is the business day of a [newStore].
const testDay = "2026-11-22"

// newStore makes a database of its own for a test, with testDay as its business day.
func newStore(t testing.TB) *Store {
	t.Helper()
	return copyStore(t, filepath.Join(t.TempDir(), "test.db"), Clock{Frozen: frozen(t, testDay)})
}

// emptyRehearsal and emptyReal are files of databases with nothing in them: to make one
// takes longer than most tests do.
var (
	emptyRehearsal = sync.OnceValues(func() ([]byte, error) { return emptyFile(true) })
	emptyReal      = sync.OnceValues(func() ([]byte, error) { return emptyFile(false) })
)

func emptyFile(rehearsal bool) ([]byte, error) {
	folder, err := os.MkdirTemp("", "billfold-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path, clock := filepath.Join(folder, "empty.db"), Clock{}
	if rehearsal {
		if err := clock.Frozen.UnmarshalText([]byte(testDay)); err != nil {
			return nil, err
		}
	}
	s, err := Open(context.Background(), path, clock)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// copyEmpty puts a copy of a database with nothing in it at a path.
func copyEmpty(path string, clock Clock) error {
	empty, err := emptyReal()
	if !clock.Frozen.IsZero() {
		empty, err = emptyRehearsal()
	}
	if err != nil {
		return err
	}
	return os.WriteFile(path, empty, 0o600)
}

// copyStore opens a copy of a database with nothing in it, and closes it when the test
// ends.
func copyStore(t testing.TB, path string, clock Clock) *Store {
	t.Helper()
	if err := copyEmpty(path, clock); err != nil {
		t.Fatal(err)
	}
	return openStore(t, path, clock)
}

// copies are databases that several tests begin with, by name.
var copies = struct {
	sync.Mutex
	files   map[string][]byte
	tenants map[string]Tenant
}{files: make(map[string][]byte), tenants: make(map[string]Tenant)}

// copyShared opens a copy of the database with a name, which the first test that asks for it
// makes.
func copyShared(t testing.TB, name string, clock Clock, fill func() (*Store, Tenant)) (*Store, Tenant) {
	t.Helper()
	copies.Lock()
	defer copies.Unlock()
	path := filepath.Join(t.TempDir(), "test.db")
	if copies.files[name] == nil {
		s, tenant := fill()
		if err := Backup(t.Context(), s.path, path, s.rehearsal); err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copies.files[name], copies.tenants[name] = file, tenant
	} else if err := os.WriteFile(path, copies.files[name], 0o600); err != nil {
		t.Fatal(err)
	}
	return openStore(t, path, clock), copies.tenants[name]
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
type stepClock struct{ ms atomic.Int64 }

func newStepClock() *stepClock {
	c := new(stepClock)
	c.ms.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixMilli())
	return c
}

func (c *stepClock) clock() Clock         { return Clock{Now: c.now} }
func (c *stepClock) now() time.Time       { return time.UnixMilli(c.ms.Load()) }
func (c *stepClock) step(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// testPassword is long enough to be taken.
const testPassword = "correct horse battery"

// newUser makes a user of a tenant who signs in with testPassword.
func newUser(t testing.TB, s *Store, tenant Tenant, email string, role billing.Role) billing.User {
	t.Helper()
	in := billing.UserInput{Email: email, Name: "Ulla Unger", Password: testPassword}
	user, err := s.CreateUser(t.Context(), newScope(tenant), in, role)
	if err != nil {
		t.Fatal(err)
	}
	return user
}

// paths answers the input fields that a refusal complains about.
func paths(err error) (paths []string) {
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		for _, p := range refusal.Problems {
			paths = append(paths, p.Path)
		}
	}
	return paths
}

// actions answers what was done to a subject, the newest first.
func actions(t testing.TB, s *Store, tenant Tenant, kind, id string) (actions []string) {
	t.Helper()
	entries, err := s.Activity(t.Context(), tenant, kind, id, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	return actions
}

// numberOf answers the one number that a query selects.
func numberOf(t testing.TB, s *Store, query string, args ...any) (n int) {
	t.Helper()
	if err := s.readers.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
