package db

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func TestPutCustomer(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	put := func(in billing.CustomerChange) (billing.Customer, bool) {
		t.Helper()
		if err := s.CheckPutCustomer(t.Context(), tenant, "C-1", in); err != nil {
			t.Errorf("the check refuses: %v", err)
		}
		answered, created, err := s.PutCustomer(t.Context(), newScope(tenant), "C-1", in)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := s.Customer(t.Context(), tenant, "C-1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(stored, answered); diff != "" {
			t.Errorf("stored, answered:\n%s", diff)
		}
		return answered, created
	}
	first, created := put(billing.CustomerChange{Company: ptr("Acme GmbH"), Phone: ptr("1"), PaymentTerms: ptr(ptr(30))})
	if !created || first.Type != billing.Business || first.CreatedBy != testActor.ID || *first.PaymentTerms != 30 || !first.CreatedAt.Equal(first.UpdatedAt) {
		t.Errorf("created %v: %+v", created, first)
	}
	second, created := put(billing.CustomerChange{Company: ptr("Bcme GmbH"), Phone: ptr(""), Status: ptr(billing.CustomerInactive), VATTreatment: ptr(billing.VATExempt), PaymentTerms: ptr((*int)(nil))})
	if created || second.CreatedBy != testActor.ID || second.PaymentTerms != nil || !second.UpdatedAt.After(first.UpdatedAt) {
		t.Errorf("created %v: %+v", created, second)
	}
	if third, _ := put(billing.CustomerChange{Company: ptr("Bcme GmbH"), Phone: ptr(" ")}); !third.UpdatedAt.Equal(second.UpdatedAt) {
		t.Errorf("nothing changed, and yet: %+v", third)
	}
	entries, err := s.Activity(t.Context(), tenant, "customer", "C-1", 10)
	if err != nil || len(entries) != 2 || entries[1].Action != "customer.created" || entries[1].Before != nil || entries[0].Action != "customer.changed" {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	before, after := `{"company":"Acme GmbH","paymentTerms":30,"phone":"1","status":"active","vatTreatment":"standard"}`,
		`{"company":"Bcme GmbH","paymentTerms":null,"phone":"","status":"inactive","vatTreatment":"exempt"}`
	if string(entries[0].Before) != before || string(entries[0].After) != after {
		t.Errorf("%s → %s", entries[0].Before, entries[0].After)
	}
	for query, want := range map[string]int{"acme": 0, "bcme": 1} {
		if n := numberOf(t, s, `SELECT count(*) FROM customer_words WHERE word = ?1`, query); n != want {
			t.Errorf("found %d times by %q, want %d", n, query, want)
		}
	}
}

func TestPutCustomerRefuses(t *testing.T) {
	s, tenant := newAcme(t)
	create(t, s, tenant, 1, "s1")
	individual := billing.CustomerChange{Type: ptr(billing.Individual), Company: ptr("New name")}
	before := imported(t, s)
	for _, test := range []struct {
		id   string
		in   billing.CustomerChange
		code billing.Code
	}{
		{"acme", individual, billing.CodeCustomerHasGroups},
		{"acme", billing.CustomerChange{Email: ptr("nobody"), Company: ptr("New name")}, billing.CodeValidation},
		{"new", billing.CustomerChange{Email: ptr("nobody")}, billing.CodeValidation},
		{" ", billing.CustomerChange{}, billing.CodeValidation},
	} {
		_, _, err := s.PutCustomer(t.Context(), newScope(tenant), test.id, test.in)
		if check := s.CheckPutCustomer(t.Context(), tenant, test.id, test.in); billing.CodeOf(err) != test.code || billing.CodeOf(check) != test.code {
			t.Errorf("%q: %v, checked %v, want %s", test.id, err, check, test.code)
		}
	}
	if diff := cmp.Diff(before, imported(t, s)); diff != "" {
		t.Errorf("something was stored (-before +after):\n%s", diff)
	}
	// A deleted group holds nobody.
	groups, _, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteGroup(t.Context(), newScope(tenant), groups[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	if c, _, err := s.PutCustomer(t.Context(), newScope(tenant), "acme", individual); err != nil || c.Type != billing.Individual {
		t.Errorf("with its group deleted: %+v, %v", c, err)
	}
}

func TestUpdateCustomer(t *testing.T) {
	s, tenant := newAcme(t)
	read, err := s.Customer(t.Context(), tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	named := func(name string) billing.CustomerChange { return billing.CustomerChange{Company: &name} }
	first, err := s.UpdateCustomer(t.Context(), newScope(tenant), "acme", read.UpdatedAt, named("First"))
	if err != nil || first.Company != "First" {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := s.UpdateCustomer(t.Context(), newScope(tenant), "acme", read.UpdatedAt, named("Second")); billing.CodeOf(err) != billing.CodeStaleCustomer {
		t.Errorf("read before the change: %v", err)
	}
	for name, readAt := range map[string]time.Time{"Third": first.UpdatedAt, "Fourth": {}} {
		if c, err := s.UpdateCustomer(t.Context(), newScope(tenant), "acme", readAt, named(name)); err != nil && name == "Fourth" || err == nil && c.Company != name {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	if _, err := s.UpdateCustomer(t.Context(), newScope(tenant), "acme", time.Time{}, billing.CustomerChange{Email: ptr("x")}); billing.CodeOf(err) != billing.CodeValidation {
		t.Errorf("a wrong address: %v", err)
	}
	other := newTenant(t, s)
	for id, tenant := range map[string]Tenant{"nobody": tenant, "acme": other} {
		if _, err := s.UpdateCustomer(t.Context(), newScope(tenant), id, time.Time{}, named("Mine")); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s of %s: %v", id, tenant.ID, err)
		}
	}
}

// Each change is later than the one before it, even where the clock stands still, so
// that none is overlooked.
func TestCustomerChangesAreTold(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), newStepClock().clock())
	tenant := newTenant(t, s)
	read, _, err := s.PutCustomer(t.Context(), newScope(tenant), "C-1", billing.CustomerChange{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []billing.Code{"", billing.CodeStaleCustomer} {
		if _, err := s.UpdateCustomer(t.Context(), newScope(tenant), "C-1", read.UpdatedAt, billing.CustomerChange{Phone: ptr(strconv.Itoa(i))}); billing.CodeOf(err) != want {
			t.Errorf("change %d: %v, want %q", i, err, want)
		}
	}
	entries, err := s.Activity(t.Context(), tenant, "customer", "C-1", 1)
	if err != nil || !entries[0].At.After(read.UpdatedAt) {
		t.Errorf("read at %s, then %+v, %v", read.UpdatedAt, entries, err)
	}
}

// An import saves customers later than anybody has read them, however late its turn
// came and whatever the clock says, so that no form made before it overwrites it.
func TestImportIsToldToWhoHasRead(t *testing.T) {
	clock := newStepClock()
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	tenant := newTenant(t, s)
	takeIn(t, s, tenant, exportFile(exportRow("S-1")))
	for _, test := range []struct {
		name string
		// Read is when the form is made, Turn when the import's own turn comes.
		read, turn time.Duration
	}{
		{"while it waits", time.Minute, time.Minute},
		{"a moment before", 0, time.Minute},
		{"by a clock that is put back", time.Hour, -time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			var read billing.Customer
			file := strings.NewReader(exportFile(exportRow("S-1", "company", test.name)))
			_, err := s.takeIn(t.Context(), newScope(tenant), file, "x.csv", newID("imp"), func(ctx context.Context, tx *sql.Tx) (err error) {
				clock.step(test.read)
				key, known, err := findCustomer(ctx, tx, tenant, "C-1")
				if err != nil {
					return err
				}
				if _, read.UpdatedAt, err = saveCustomer(ctx, tx, tenant, s.Now(), key, known); err != nil {
					return err
				}
				clock.step(test.turn)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.UpdateCustomer(t.Context(), newScope(tenant), "C-1", read.UpdatedAt, billing.CustomerChange{Company: ptr("Mine")})
			if billing.CodeOf(err) != billing.CodeStaleCustomer {
				t.Errorf("changed by who read it before: %v", err)
			}
			stored, err := s.Customer(t.Context(), tenant, "C-1")
			if err != nil || stored.Company != test.name || !stored.UpdatedAt.After(read.UpdatedAt) || stored.UpdatedAt.Before(s.Now()) {
				t.Errorf("stored %+v, %v; read at %s", stored, err, read.UpdatedAt)
			}
			entries, err := s.Activity(t.Context(), tenant, "customer", "C-1", 1)
			if err != nil || !entries[0].At.Equal(stored.UpdatedAt) {
				t.Errorf("%+v, %v; stored at %s", entries, err, stored.UpdatedAt)
			}
		})
	}
}

// What a caller read is refused when it is not what is stored, be it older or newer.
func TestUpdateCustomerReadAtAnotherTime(t *testing.T) {
	s, tenant := newAcme(t)
	read, err := s.Customer(t.Context(), tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	for by, want := range map[time.Duration]billing.Code{-time.Millisecond: billing.CodeStaleCustomer, time.Millisecond: billing.CodeStaleCustomer, 0: ""} {
		if _, err := s.UpdateCustomer(t.Context(), newScope(tenant), "acme", read.UpdatedAt.Add(by), billing.CustomerChange{}); billing.CodeOf(err) != want {
			t.Errorf("read %s away: %v, want %q", by, err, want)
		}
	}
}

// Two business units may have customers with the same id; each changes its own.
func TestPutCustomerStaysInItsBusinessUnit(t *testing.T) {
	s, tenant := newAcme(t)
	create(t, s, tenant, 1, "s1")
	before := imported(t, s)
	other := newTenant(t, s)
	mine, created, err := s.PutCustomer(t.Context(), newScope(other), "acme", billing.CustomerChange{Type: ptr(billing.Individual)})
	if err != nil || !created || mine.Company != "" {
		t.Errorf("created %v: %+v, %v", created, mine, err)
	}
	after := imported(t, s)
	for _, row := range before {
		if !slices.Contains(after, row) {
			t.Errorf("the other's row is gone or changed: %s", row)
		}
	}
}

// Eight callers take the same customer in: one creates it, and all changes are kept in
// some order. With the version they read only one of eight changes it.
func TestCustomerChangedByManyAtOnce(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	var mu sync.Mutex
	created, changed, stale := 0, 0, 0
	together := func(change func(i int)) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() { change(i) })
		}
		wg.Wait()
	}
	together(func(i int) {
		_, first, err := s.PutCustomer(t.Context(), newScope(tenant), "C-1", billing.CustomerChange{Company: ptr(string(rune('A' + i)))})
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			t.Error(err)
		}
		if first {
			created++
		}
	})
	read, err := s.Customer(t.Context(), tenant, "C-1")
	if err != nil {
		t.Fatal(err)
	}
	together(func(i int) {
		_, err := s.UpdateCustomer(t.Context(), newScope(tenant), "C-1", read.UpdatedAt, billing.CustomerChange{Company: ptr(string(rune('a' + i)))})
		mu.Lock()
		defer mu.Unlock()
		switch billing.CodeOf(err) {
		case "":
			changed++
		case billing.CodeStaleCustomer:
			stale++
		}
	})
	if created != 1 || changed != 1 || stale != 7 {
		t.Errorf("created by %d, then changed by %d, refused to %d", created, changed, stale)
	}
	if got := actions(t, s, tenant, "customer", "C-1"); len(got) != 9 {
		t.Errorf("recorded %v", got)
	}
}

// A change that can't be written to its end leaves nothing.
func TestPutIsAllOrNothing(t *testing.T) {
	s, tenant := newAcme(t)
	if err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TRIGGER fail BEFORE INSERT ON activity WHEN NEW.subject_kind IN ('customer', 'subscription') BEGIN SELECT RAISE(ABORT, 'no'); END`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	before := imported(t, s)
	scope := newScope(tenant)
	for name, err := range map[string]error{
		"customer":       second(s.PutCustomer(t.Context(), scope, "new", billing.CustomerChange{})),
		"known customer": second(s.PutCustomer(t.Context(), scope, "acme", billing.CustomerChange{Phone: ptr("1")})),
		"subscription":   second(s.PutSubscription(t.Context(), scope, "new", toldSubscription())),
		"known one":      second(s.PutSubscription(t.Context(), scope, "s1", billing.SubscriptionChange{Length: ptr(36)})),
	} {
		if err == nil {
			t.Errorf("%s: stored without its entry", name)
		}
	}
	if diff := cmp.Diff(before, imported(t, s)); diff != "" {
		t.Errorf("something was stored (-before +after):\n%s", diff)
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }
