package db

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"billfold/billing"
)

// Another process bills while a run is under way: together they issue what one would
// have, and neither is refused anything.
func TestTwoRunsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := openStore(t, path, Clock{Frozen: frozen(t, testDay)})
	tenant := newTenant(t, s)
	fleetToBill(t, s, tenant)
	day := mustDate(t, "2027-03-15")
	one, other := openStore(t, path, Clock{Frozen: frozen(t, day.String())}), openStore(t, path, Clock{Frozen: frozen(t, day.String())})
	var second BillingRun
	first, err := one.Bill(t.Context(), newScope(tenant), BillOptions{Progress: func(r BillingRun) {
		if r.Done == 0 || second.ID != "" {
			return
		}
		var err error
		if second, err = other.Bill(t.Context(), newScope(tenant), BillOptions{}); err != nil {
			t.Error(err)
		}
	}})
	if err != nil || first.Invoices == 0 || second.Invoices == 0 || first.SetAside+second.SetAside > 0 || first.Done != first.Due || second.Invoices != second.Due {
		t.Errorf("%v: %+v\n%+v", err, first, second)
	}
	checkBilledOnce(t, one, tenant, day)
}

// What is changed while a run is under way holds for all that it has not issued yet, also
// for what it has planned ahead.
func TestChangesWhileBilling(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := openStore(t, path, Clock{Frozen: frozen(t, testDay)})
	tenant := newTenant(t, s)
	fleetToBill(t, s, tenant)
	s = openStore(t, path, Clock{Frozen: frozen(t, "2027-03-15")})
	tenant = mustTenant(t, s)
	before := 0 // invoices that were issued when everything changed
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{Progress: func(r BillingRun) {
		if r.Done == 0 || before > 0 {
			return
		}
		before = r.Invoices
		var file strings.Builder
		file.WriteString(exportHeader + "\n")
		for c := range 200 {
			for u := range 10 {
				file.WriteString(exportRow(fmt.Sprintf("S-%d-%d", c, u), "customerId", fmt.Sprintf("C-%d", c), "contractLength", "60", "monthlyAmount", "1.00",
					"startDate", mustDate(t, "2026-01-01").AddDays((c*10+u)%300).String()) + "\n")
			}
		}
		takeIn(t, s, tenant, file.String())
		tenant = changeTenant(t, s, tenant, func(in *billing.TenantChange) { in.InvoicePrefix, in.VATMode = "NEW", "none" })
	}})
	if err != nil || before == 0 || before == run.Invoices {
		t.Fatalf("%d invoices in the first step of %+v, %v", before, run, err)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM invoices i JOIN invoice_lines l ON l.invoice = i.key WHERE (i.number LIKE 'NEW-%') <> (l.amount = 100) OR (i.number LIKE 'NEW-%') <> (i.vat_mode = 'none')`); n != 0 {
		t.Errorf("%d lines of another price than their invoice's time", n)
	}
	if old := numberOf(t, s, `SELECT count(*) FROM invoices WHERE number NOT LIKE 'NEW-%'`); old != before {
		t.Errorf("%d invoices as before", old)
	}
	checkBilledOnce(t, s, tenant, mustDate(t, "2027-03-15"))
}
