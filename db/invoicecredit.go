package db

import (
	"context"
	"fmt"

	"billfold/billing"
)

// CreditInvoice takes back lines of an invoice with a credit note, and answers the
// invoice. It refuses with NOT_FOUND or as [billing.Invoice.Credit] does, and then nothing
// is stored.
func (s *Store) CreditInvoice(ctx context.Context, scope Scope, id string, in billing.CreditInput) (billing.Invoice, error) {
	invoice, err := s.actOn(ctx, scope, id, s.crediting(in))
	return invoice, wrap("credit invoice", err)
}

// CreditInvoiceOnce does what [Store.CreditInvoice] does, once; see [Store.MarkPaidOnce].
func (s *Store) CreditInvoiceOnce(ctx context.Context, scope Scope, id string, in billing.CreditInput, once Once, answer func(billing.Invoice) ([]byte, error)) (answered []byte, again bool, err error) {
	answered, again, err = s.actOnce(ctx, scope, id, s.crediting(in), once, answer)
	return answered, again, wrap("credit invoice", err)
}

// CancelInvoice takes back all lines that are left of an invoice, and answers it. It
// refuses with NOT_FOUND or as [billing.Invoice.Cancel] does.
func (s *Store) CancelInvoice(ctx context.Context, scope Scope, id string, in billing.CreditInput) (billing.Invoice, error) {
	invoice, err := s.actOn(ctx, scope, id, s.cancelling(in))
	return invoice, wrap("cancel invoice", err)
}

// CancelInvoiceOnce does what [Store.CancelInvoice] does, once; see [Store.MarkPaidOnce].
func (s *Store) CancelInvoiceOnce(ctx context.Context, scope Scope, id string, in billing.CreditInput, once Once, answer func(billing.Invoice) ([]byte, error)) (answered []byte, again bool, err error) {
	answered, again, err = s.actOnce(ctx, scope, id, s.cancelling(in), once, answer)
	return answered, again, wrap("cancel invoice", err)
}

func (s *Store) crediting(in billing.CreditInput) invoiceAct {
	return func(ctx context.Context, tx querier, scope Scope, key int64, i billing.Invoice) error {
		note, err := i.Credit(in, s.Today(scope.Tenant))
		if err != nil {
			return err
		}
		_, err = s.saveCredit(ctx, tx, scope, key, i, note, "invoice.credited")
		return err
	}
}

func (s *Store) cancelling(in billing.CreditInput) invoiceAct {
	return func(ctx context.Context, tx querier, scope Scope, key int64, i billing.Invoice) error {
		note, err := i.Cancel(in, s.Today(scope.Tenant))
		if err != nil {
			return err
		}
		_, err = s.saveCredit(ctx, tx, scope, key, i, note, "invoice.cancelled")
		return err
	}
}

// saveCredit issues a credit note, records it, and answers what it makes of the invoice.
func (s *Store) saveCredit(ctx context.Context, tx querier, scope Scope, key int64, before billing.Invoice, note billing.CreditNote, action string) (after billing.Invoice, err error) {
	t, at := scope.Tenant, s.changedAt(before)
	sequence, err := takeNumbers(ctx, tx, t, creditNoteNumbers, note.Issued, 1)
	if err != nil {
		return before, err
	}
	note.ID, note.Number = newID("cn"), creditNoteNumber(t, note.Issued.Year, sequence)
	note.CreatedBy, note.CreatedAt = scope.Actor.Name, at
	result, err := tx.ExecContext(ctx, `INSERT INTO credit_notes (tenant, id, number, year, sequence, invoice, kind, reason, issued_on, subtotal, tax, total, created_by, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`, t.Key, note.ID, note.Number, note.Issued.Year, sequence, key,
		note.Kind, note.Reason, note.Issued.String(), note.Subtotal, note.Tax, note.Total, note.CreatedBy, at.UnixMilli())
	if err != nil {
		return before, err
	}
	noteKey, err := result.LastInsertId()
	if err != nil {
		return before, err
	}
	after = before.With(note)
	if err := saveLines(ctx, tx, t, key, before, after, noteKey); err != nil {
		return before, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE invoices SET status = ?3, credited = ?4, updated_at = ?5 WHERE tenant = ?1 AND key = ?2`,
		t.Key, key, after.Status, after.Credited, at.UnixMilli()); err != nil {
		return before, err
	}
	entry := map[string]any{"number": note.Number, "kind": note.Kind, "reason": note.Reason, "total": before.Money(note.Total),
		"subscriptions": lineIDs(note.Lines), "status": after.Status}
	return after, appendActivity(ctx, tx, scope, at, action, "invoice", before.ID, map[string]any{"status": before.Status}, entry)
}

func lineIDs(lines []billing.InvoiceLine) []string {
	ids := make([]string, len(lines))
	for i, line := range lines {
		ids[i] = line.SubscriptionID
	}
	return ids
}

// saveLines writes which lines of an invoice were credited, by the note with a key, and
// which live no more. A subscription whose line died is billed up to before it at most,
// and what is planned for the customer has changed.
func saveLines(ctx context.Context, tx querier, t Tenant, key int64, before, after billing.Invoice, note int64) error {
	var credited, dead []int // positions, which count from 1
	var unbilled []string
	for i, line := range after.Lines {
		if before.Lines[i].CreditNumber != line.CreditNumber {
			credited = append(credited, i+1)
		}
		if before.Lines[i].Live && !line.Live {
			dead, unbilled = append(dead, i+1), append(unbilled, line.SubscriptionID)
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE invoice_lines SET credit = ?4 WHERE tenant = ?1 AND invoice = ?2 AND position IN (SELECT value FROM json_each(?3))`,
		t.Key, key, jsonOf(credited), note); err != nil || len(dead) == 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE invoice_lines SET live = 0 WHERE tenant = ?1 AND invoice = ?2 AND position IN (SELECT value FROM json_each(?3))`,
		t.Key, key, jsonOf(dead)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE subscriptions SET billed_to = iif(?3 > owed_from, ?3, NULL)
		WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2)) AND billed_to > ?3`, t.Key, jsonOf(unbilled), after.Period.String()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE invoices SET live = ?3 WHERE tenant = ?1 AND key = ?2`, t.Key, key, after.Live()); err != nil {
		return err
	}
	return planChanged(ctx, tx, t, after.CustomerID)
}

// EndedCredit is what is credited because contracts ended before what was billed of them
// began.
type EndedCredit struct {
	Lines int
	// Total is with tax.
	Total billing.Money
}

// endedInvoices finds the invoices with live lines, not waived ones, for services that begin on the days that
// are given by subscription, or later. The period says no more than the day does; with it
// the lines are found by their index.
const endedInvoices = `SELECT DISTINCT i.key, i.id FROM json_each(?2) j CROSS JOIN subscriptions u CROSS JOIN invoice_lines l CROSS JOIN invoices i
	WHERE u.tenant = ?1 AND u.id = j.key AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 1 AND l.credit IS NULL AND l.period >= substr(j.value, 1, 7) AND l.service_from >= j.value
	AND i.tenant = ?1 AND i.key = l.invoice ORDER BY i.key`

// endedCredits decides, and issues where it writes, a credit note for each invoice with
// live lines of contracts that ended before their service began. endedOn has the days
// they ended, by subscription.
func (s *Store) endedCredits(ctx context.Context, q querier, scope Scope, endedOn map[string]billing.Date, writes bool) (EndedCredit, error) {
	t := scope.Tenant
	sum := EndedCredit{Total: billing.Money{Currency: t.Currency}}
	if len(endedOn) == 0 {
		return sum, nil
	}
	var ids []string
	err := eachRow(ctx, q, endedInvoices, []any{t.Key, jsonOf(endedOn)}, func(row scanner) error {
		var key int64
		var id string
		err := row.Scan(&key, &id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return sum, fmt.Errorf("lines of ended contracts: %w", err)
	}
	for _, id := range ids {
		key, invoice, err := loadInvoice(ctx, q, t, id)
		if err != nil {
			return sum, err
		}
		note, any := invoice.CreditEnded(endedOn, s.Today(t))
		sum.Lines += len(note.Lines)
		sum.Total.Minor += note.Total
		if !any || !writes {
			continue
		}
		if _, err = s.saveCredit(ctx, q, scope, key, invoice, note, "invoice.credited"); err != nil {
			return sum, fmt.Errorf("credit of %s: %w", invoice.Number, err)
		}
	}
	return sum, nil
}
