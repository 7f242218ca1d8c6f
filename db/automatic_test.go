package db

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

func TestSetAutomatic(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	for _, on := range []bool{true, true, false, false} {
		if err := s.SetAutomatic(t.Context(), newScope(tenant), on); err != nil {
			t.Fatal(err)
		}
		if now, err := s.Tenant(t.Context(), tenant.ID); err != nil || now.Automatic != on {
			t.Errorf("it is %v, err %v, want %v", now.Automatic, err, on)
		}
	}
	entries, err := s.Activity(t.Context(), tenant, "tenant", tenant.ID, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Action+" "+string(e.Before)+" "+string(e.After))
	}
	want := []string{`tenant.changed {"automatic":true} {"automatic":false}`, `tenant.changed {"automatic":false} {"automatic":true}`}
	if diff := cmp.Diff(want, got[:2]); diff != "" || len(got) != 3 {
		t.Errorf("the activity: %s", diff)
	}
}

// Only business units that want it are billed, each once, and runs that found nothing
// don't pile up.
func TestBillAutomatically(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-22")
	other := newTenant(t, s)
	told := make(map[string][]BillingRun)
	bill := func() {
		t.Helper()
		if err := s.BillAutomatically(t.Context(), func(billed Tenant, run BillingRun, err error) {
			if err != nil {
				t.Error(err)
			}
			told[billed.ID] = append(told[billed.ID], run)
		}); err != nil {
			t.Fatal(err)
		}
	}
	bill()
	if len(told) != 0 {
		t.Fatalf("nobody wants it, and %d were billed", len(told))
	}
	if err := s.SetAutomatic(t.Context(), newScope(tenant), true); err != nil {
		t.Fatal(err)
	}
	first, _, err := s.NextNumbers(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		bill()
		clock.ms.Add(3_600_000)
	}
	runs := told[tenant.ID]
	if len(told[other.ID]) != 0 || len(runs) != 4 || runs[0].Invoices == 0 || runs[0].First != first || runs[1].Invoices+runs[2].Invoices+runs[3].Invoices != 0 {
		t.Errorf("the runs are %+v", told)
	}
	if runs[0].Actor != automaticBilling {
		t.Errorf("billed by %+v", runs[0].Actor)
	}
	kept, _, err := s.BillingRuns(t.Context(), tenant, "", 10)
	if err != nil || len(kept) != 2 || kept[0].ID != runs[3].ID || kept[1].ID != runs[0].ID {
		t.Errorf("kept are %+v, err %v", kept, err)
	}
}

// A business unit that fails keeps none of the others from being billed.
func TestBillAutomaticallyAllOthers(t *testing.T) {
	s := newStore(t)
	broken, other := newTenant(t, s), newTenant(t, s)
	for _, unit := range []Tenant{broken, other} {
		if err := s.SetAutomatic(t.Context(), newScope(unit), true); err != nil {
			t.Fatal(err)
		}
	}
	for round, want := range []map[string]bool{{broken.ID: false, other.ID: false}, {broken.ID: true, other.ID: false}} {
		failed := make(map[string]bool)
		if err := s.BillAutomatically(t.Context(), func(unit Tenant, _ BillingRun, err error) { failed[unit.ID] = err != nil }); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(failed, want) {
			t.Errorf("round %d: failed %v, want %v", round, failed, want)
		}
		if _, err := s.writer.db.ExecContext(t.Context(), fmt.Sprintf(`CREATE TRIGGER IF NOT EXISTS broken BEFORE DELETE ON billing_runs
			WHEN OLD.tenant = %d BEGIN SELECT RAISE(ABORT, 'broken'); END`, broken.Key)); err != nil {
			t.Fatal(err)
		}
	}
}

// A day ahead can be looked at in any database, and changes none that is no rehearsal.
func TestOpenAhead(t *testing.T) {
	dir := t.TempDir()
	ahead := Clock{Frozen: frozen(t, "2026-12-01")}
	for name, made := range map[string]Clock{"real.db": {}, "rehearsal.db": {Frozen: frozen(t, testDay)}} {
		path := filepath.Join(dir, name)
		s := openStore(t, path, made)
		tenant := newTenant(t, s)
		addSubscription(t, s, tenant, addCustomer(t, s, tenant, billing.Customer{ID: "acme", Company: "Acme GmbH"}), "s1", 129_00, "2026-03-01")
		later, err := OpenAhead(t.Context(), path, ahead)
		if err != nil {
			t.Fatal(err)
		}
		defer later.Close()
		if due, err := later.Due(t.Context(), tenant, billing.Date{}); err != nil || len(due.Invoices) == 0 || due.Invoices[len(due.Invoices)-1].Since.String() != "2026-12-01" {
			t.Errorf("%s: due are %+v, err %v", name, due, err)
		}
		var want error
		if made.Frozen.IsZero() {
			want = ErrNotRehearsal
		}
		if _, err := later.Bill(t.Context(), newScope(tenant), BillOptions{}); !errors.Is(err, want) {
			t.Errorf("%s: billing ahead: %v, want %v", name, err, want)
		}
		if n := len(dump(t, s, `SELECT number FROM invoices`)); (n == 0) != (want != nil) {
			t.Errorf("%s: %d invoices were issued", name, n)
		}
	}
}
