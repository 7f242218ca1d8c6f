package db

import (
	"errors"
	"fmt"
	"testing"
)

// A billing run that fills the disk keeps what it has issued, and says why it stopped. The
// next one, with room again, goes on from there.
func TestBillUntilTheDiskIsFull(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	fleetToBill(t, s, tenant)
	s.clock = Clock{Frozen: frozen(t, "2026-12-20")}
	s.billBatch = 100
	limit := func(pages int) {
		t.Helper()
		if _, err := s.writer.db.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	limit(numberOf(t, s, `PRAGMA page_count`) + 60)
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if !errors.Is(err, ErrUnavailable) || run.Invoices == 0 || run.Done == run.Due {
		t.Fatalf("the run is %+v, %v", run, err)
	}
	shown, err := s.BillingRun(t.Context(), tenant, run.ID)
	if err != nil || shown.State != RunFailed || shown.Problem == "" || shown.Invoices != run.Invoices {
		t.Errorf("of the run is shown %+v, %v", shown, err)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM invoices`); n != run.Invoices {
		t.Errorf("%d invoices are there, the run counts %d", n, run.Invoices)
	}
	limit(1 << 30)
	if again, err := s.Bill(t.Context(), newScope(tenant), BillOptions{}); err != nil || again.Due != run.Due-run.Done || again.Done != again.Due {
		t.Errorf("after %+v\nthe next run is %+v, %v", run, again, err)
	}
	if faults := faultsOf(t, s.path); faults != "" {
		t.Errorf("verify finds %s", faults)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM (SELECT 1 FROM invoice_lines GROUP BY subscription, period HAVING count(*) > 1)`); n != 0 {
		t.Errorf("%d instalments are billed twice", n)
	}
}
