package db

import (
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// What a run sets aside is told beforehand, with the same reasons, and is not counted as
// what it issues.
func TestSetAsideIsToldBeforehand(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-26")
	exec := func(statement string) {
		t.Helper()
		if _, err := s.writer.db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE customers SET street = 'Weg 1', city = 'Berlin', country = 'DE'`)
	beta := addCustomer(t, s, tenant, billing.Customer{ID: "beta", Company: "Beta AG"})
	addSubscription(t, s, tenant, beta, "b1", 23_68, "2026-03-04")
	tenant = changeTenant(t, s, tenant, func(in *billing.TenantChange) { in.AddressRequired, in.VATMode = true, "none" })
	// The database refuses what goes through this program never should.
	exec(`CREATE TRIGGER refuse BEFORE INSERT ON invoices WHEN NEW.subscription = (SELECT key FROM subscriptions WHERE id = 's3') BEGIN SELECT RAISE(ABORT, 'not s3'); END`)

	before := due(t, s, tenant)
	wantSums(t, before, 3, 377_00, 1, 23_68)
	if got, want := before.causes(), "b1 address missing"; got != want {
		t.Errorf("set aside before it was tried: %s, want %s", got, want)
	}
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil || run.Invoices != 2 || run.SetAside != 2 {
		t.Fatalf("issued %d, set aside %d, %v", run.Invoices, run.SetAside, err)
	}
	after := due(t, s, tenant)
	wantSums(t, after, 0, 0, 2, 182_68)
	if got, want := after.causes(), "b1 address missing, s3 refused by the database"; got != want {
		t.Errorf("set aside: %s, want %s", got, want)
	}
	kept, err := s.SetAside(t.Context(), tenant, run, 10)
	if err != nil || len(kept) != 2 {
		t.Fatalf("the run set aside %+v, %v", kept, err)
	}
	for _, d := range after.Invoices {
		if !d.FirstTried.Equal(run.StartedAt) || !d.LastTried.Equal(run.StartedAt) {
			t.Errorf("%s was tried at %s and %s", d.SubscriptionID, d.FirstTried, d.LastTried)
		}
		for _, k := range kept {
			if k.SubscriptionID == d.SubscriptionID && (k.Reason != d.Reason || k.Total != d.Total || k.CustomerName != d.CustomerName) {
				t.Errorf("the run kept %+v, and due is %+v", k, d)
			}
		}
	}
	if one, err := s.SetAside(t.Context(), tenant, run, 1); err != nil || len(one) != 1 {
		t.Errorf("of one %+v, %v", one, err)
	}

	// What keeps the rules again is issued, and what the database refused waits for it.
	exec(`UPDATE customers SET street = 'Weg 2', city = 'Berlin', country = 'DE' WHERE id = 'beta'`)
	wantSums(t, due(t, s, tenant), 1, 23_68, 1, 159_00)
	exec(`DROP TRIGGER refuse`)
	clock.step(time.Hour)
	if again, err := s.Bill(t.Context(), newScope(tenant), BillOptions{}); err != nil || again.Invoices != 2 || again.SetAside != 0 {
		t.Errorf("then issued %d, set aside %d, %v", again.Invoices, again.SetAside, err)
	}
	wantSums(t, due(t, s, tenant), 0, 0, 0, 0)
}

func due(t *testing.T, s *Store, tenant Tenant) Due {
	t.Helper()
	due, err := s.Due(t.Context(), tenant, billing.Date{})
	if err != nil {
		t.Fatal(err)
	}
	return due
}

func wantSums(t *testing.T, d Due, issued int, total int64, aside int, asideTotal int64) {
	t.Helper()
	of := func(n int, minor int64) DueSum {
		return DueSum{n, n, billing.Money{Minor: minor, Currency: "EUR"}}
	}
	if diff := cmp.Diff([]DueSum{of(issued, total), of(aside, asideTotal)}, []DueSum{d.Issued, d.SetAside}); diff != "" {
		t.Errorf("due is\n%s", diff)
	}
}

// causes tells what would be set aside, and what keeps it.
func (d Due) causes() string {
	var list []string
	for _, in := range d.Invoices {
		if in.Reason != "" {
			list = append(list, in.SubscriptionID+" "+in.Cause)
		}
	}
	return strings.Join(list, ", ")
}

// There can be a million of these.
func TestDueItemIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(dueItem{}); size > 40 {
		t.Errorf("what is due takes %d bytes each", size)
	}
}

func TestHindrance(t *testing.T) {
	whole := billing.Address{Street: "Weg 1", City: "Berlin", Country: "DE"}
	for name, test := range map[string]struct {
		required bool
		address  billing.Address
		total    int64
		want     hindrance
	}{
		"nothing required":    {false, billing.Address{}, 1, unhindered},
		"complete":            {true, whole, billing.MaxInvoice, unhindered},
		"no country":          {true, billing.Address{Street: "Weg 1", City: "Berlin"}, 1, addressMissing},
		"too much":            {false, whole, billing.MaxInvoice + 1, tooMuch},
		"too much, and lacks": {true, billing.Address{}, billing.MaxInvoice + 1, tooMuch},
	} {
		h := hindranceOf(billing.Tenant{AddressRequired: test.required}, billing.Customer{Address: test.address}, test.total)
		reason := h.reason(billing.Money{Minor: test.total, Currency: "EUR"})
		if h != test.want || (h == unhindered) != (reason == "") || (h == unhindered) != (h.cause() == "") {
			t.Errorf("%s: %d, %q, %q", name, h, h.cause(), reason)
		}
	}
}
