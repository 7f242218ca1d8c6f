package db

import (
	"strings"
	"testing"
	"time"
)

// Whatever is changed about what was issued is found.
func TestVerifyFindsChangedInvoices(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-22")
	create(t, s, tenant, 1, "s1", "s2", "s3")
	bill(t, s, tenant)
	clock.step(10 * 24 * time.Hour)
	bill(t, s, tenant)
	path := copyOf(t, s)
	if faults := faultsOf(t, path); faults != "" {
		t.Fatalf("nothing was changed: %s", faults)
	}
	const unlocked = `DROP TRIGGER invoices_frozen; DROP TRIGGER invoice_lines_frozen; DROP TRIGGER invoices_kept; DROP TRIGGER invoice_lines_kept; DROP TRIGGER parties_frozen; `
	for statement, want := range map[string]string{
		`UPDATE invoices SET subtotal = subtotal + 1, total = total + 1 WHERE sequence = 1`:         "are not as they were issued",
		`UPDATE invoices SET due_on = '2027-12-01' WHERE sequence = 2`:                              "are not as they were issued",
		`UPDATE invoices SET issued_on = '2026-11-01' WHERE sequence = 1`:                           "are not as they were issued",
		`UPDATE invoices SET customer = customer, reference = 'PO 1' WHERE grp IS NOT NULL`:         "are not as they were issued",
		`UPDATE parties SET details = replace(details, 'Acme', 'Other') WHERE customer IS NOT NULL`: "are not as they were issued",
		`UPDATE invoice_lines SET product = 'Other'`:                                                "are not as they were issued",
		`UPDATE invoice_lines SET amount = amount + 1 WHERE position = 2`:                           "does not add up to its lines",
		`DELETE FROM invoice_lines WHERE invoice = 1`:                                               "has no lines",
		`DELETE FROM invoice_lines WHERE invoice = 1; DELETE FROM invoices WHERE key = 1`:           "are not as they were issued",
		`DELETE FROM invoice_lines WHERE invoice = 2; DELETE FROM invoices WHERE key = 2`:           "and the activity tells of",
		`UPDATE invoices SET live = 0 WHERE key = 1`:                                                "against its lines",
		`UPDATE invoices SET credited = 1 WHERE key = 1`:                                            "another sum than its credit notes",
		`UPDATE invoices SET paid_amount = 1 WHERE key = 1`:                                         "another sum than was open",
		`UPDATE number_series SET last = last + 1`:                                                  "are not where their documents are",
		`UPDATE issued_days SET total = total + 1`:                                                  "does not add up",
		`UPDATE issued_days SET credited = 1`:                                                       "does not add up",
		`DROP TRIGGER invoices_credited; UPDATE invoices SET credited = 1 WHERE key = 1`:            "what was issued on",
		`DELETE FROM issued_days`:                                                                   "does not add up",
		`UPDATE invoice_days SET amount = amount + 1`:                                               "invoices of",
		`DELETE FROM invoice_days`:                                                                  "invoices of",
		`UPDATE billing_runs SET invoices = invoices + 1`:                                           "does not add up",
		`UPDATE subscriptions SET billed_to = '2027-05' WHERE billed_to IS NOT NULL`:                "is not billed as far as it says",
		`INSERT INTO credit_notes (tenant, id, number, year, sequence, invoice, kind, reason, issued_on, subtotal, tax, total, created_by, created_at)
			VALUES (1, 'cn', 'CN', 2026, 2, 1, 'waived', 'x', '2026-12-02', 1, 0, 1, 'x', 0)`: "have a gap in their numbers",
	} {
		path := copyOf(t, s)
		tamper(t, path, unlocked+statement)
		if faults := faultsOf(t, path); !strings.Contains(faults, want) {
			t.Errorf("%s\nis not found by %q, but: %s", statement, want, faults)
		}
	}
}
