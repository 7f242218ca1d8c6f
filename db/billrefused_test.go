package db

import (
	"strings"
	"testing"
)

// What the database refuses is set aside with the reason while all others are issued, and
// tried again by the next run; no number is lost by it.
func TestRefusedByTheDatabase(t *testing.T) {
	s, tenant, _ := newAcmeOn(t, "2026-12-01")
	create(t, s, tenant, 1, "s1", "s2")
	if _, err := s.writer.db.ExecContext(t.Context(), `CREATE TRIGGER refuse BEFORE INSERT ON invoice_lines
		WHEN NEW.subscription = (SELECT key FROM subscriptions WHERE id = 's3') BEGIN SELECT RAISE(ABORT, 'not this one'); END`); err != nil {
		t.Fatal(err)
	}
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil || run.Invoices != 3 || run.SetAside != 1 || run.Done != 4 || !strings.HasSuffix(run.Last, "-2026-000003") {
		t.Fatalf("%+v, %v", run, err)
	}
	list, err := s.SetAside(t.Context(), tenant, run, 10)
	if err != nil || len(list) != 1 || list[0].SubscriptionID != "s3" || !strings.Contains(list[0].Reason, "not this one") || list[0].Total.Minor != 189_21 {
		t.Fatalf("set aside: %+v, %v", list, err)
	}
	again, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil || again.Invoices != 0 || again.SetAside != 1 {
		t.Fatalf("again: %+v, %v", again, err)
	}
	if _, err := s.writer.db.ExecContext(t.Context(), `DROP TRIGGER refuse`); err != nil {
		t.Fatal(err)
	}
	mended, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil || mended.Invoices != 1 || mended.SetAside != 0 || !strings.HasSuffix(mended.First, "-2026-000004") {
		t.Fatalf("mended: %+v, %v", mended, err)
	}
	if faults := faultsOf(t, copyOf(t, s)); faults != "" {
		t.Error(faults)
	}
}
