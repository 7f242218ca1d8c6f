package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"billfold/billing"
)

// issueAll issues what the batch has, sets aside what it can't, and counts both in the
// run.
func (b *billBatch) issueAll(ctx context.Context, tx querier, run *BillingRun) error {
	var ready []batchInvoice
	for _, invoice := range b.invoices {
		if reason := b.unbillable(invoice); reason != "" {
			b.aside[invoice.dueItem] = reason
		} else {
			ready = append(ready, invoice)
		}
	}
	issue := b.write
	if b.oneByOne {
		issue = b.writeEach
	}
	issued, err := issue(ctx, tx, ready)
	if err != nil {
		return err
	}
	if err := b.setAside(ctx, tx); err != nil {
		return err
	}
	run.SetAside += len(b.aside)
	return b.record(ctx, tx, issued, run)
}

// refused tells whether a constraint of the tables does not let something in.
func refused(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrConstraint
}

// unbillable answers why an invoice can't be issued, and what to do; "" where it can.
func (b *billBatch) unbillable(invoice batchInvoice) string {
	total := billing.Money{Minor: invoice.Totals.Total, Currency: b.tenant.Currency}
	return hindranceOf(b.tenant.Tenant, b.customers[invoice.customer], total.Minor).reason(total)
}

// writeEach writes invoices one by one, and takes back those that the database refuses.
// A savepoint around all of them would make SQLite keep a second journal each time.
func (b *billBatch) writeEach(ctx context.Context, tx querier, invoices []batchInvoice) (issued []issuedInvoice, err error) {
	for _, invoice := range invoices {
		if _, err := tx.ExecContext(ctx, `SAVEPOINT issue`); err != nil {
			return nil, err
		}
		one, err := b.write(ctx, tx, []batchInvoice{invoice})
		if refused(err) {
			b.parties = nil // what was written of them is taken back too
			b.aside[invoice.dueItem] = refusedReason(err)
			if _, lost := tx.ExecContext(ctx, `ROLLBACK TO issue`); lost != nil {
				return nil, fmt.Errorf("%w: %v", lost, err)
			}
		} else if err != nil {
			return nil, err
		}
		if _, err := tx.ExecContext(ctx, `RELEASE issue`); err != nil {
			return nil, err
		}
		issued = append(issued, one...)
	}
	return issued, nil
}

// issuedInvoice is an invoice that was written.
type issuedInvoice struct {
	batchInvoice
	sequence, turn int
}

// write writes invoices and their lines.
func (b *billBatch) write(ctx context.Context, tx querier, invoices []batchInvoice) ([]issuedInvoice, error) {
	if len(invoices) == 0 {
		return nil, nil
	}
	first, err := takeNumbers(ctx, tx, b.tenant, invoiceNumbers, b.day, len(invoices))
	if err != nil {
		return nil, err
	}
	parties, err := b.standing(ctx, tx, invoices)
	if err != nil {
		return nil, err
	}
	turns, err := b.turns(ctx, tx, invoices)
	if err != nil {
		return nil, err
	}
	issued := make([]issuedInvoice, len(invoices))
	for i, invoice := range invoices {
		issued[i] = issuedInvoice{invoice, first + i, 1 + turns[invoice.identity()]}
	}
	var before int64
	if err := tx.QueryRowContext(ctx, `SELECT ifnull(max(key), 0) FROM invoices`).Scan(&before); err != nil {
		return nil, err
	}
	if err := b.insertInvoices(ctx, tx, issued, before, parties); err != nil {
		return nil, err
	}
	if err := b.insertLines(ctx, tx, issued, before); err != nil {
		return nil, err
	}
	if err := b.recordIssue(ctx, tx, issued, parties); err != nil {
		return nil, err
	}
	return issued, b.advance(ctx, tx, invoices)
}

// insertInvoices writes invoices, with keys from the one after before on. One statement
// for all of them takes half the time of one for each.
func (b *billBatch) insertInvoices(ctx context.Context, tx querier, issued []issuedInvoice, before int64, parties map[int64]party) error {
	rows := make([]any, len(issued))
	for i, in := range issued {
		g := b.groups[in.target]
		group, subscription := any(in.target), any(nil)
		if !in.grouped {
			g, group, subscription = billing.Group{}, nil, in.target
		}
		rows[i] = []any{before + 1 + int64(i), newID("pay"), invoiceNumber(b.tenant, b.day.Year, in.sequence), in.sequence, in.customer, group, subscription, in.Period.String(), in.turn, in.Due.String(),
			parties[in.customer].key, g.Name, g.Reference, in.VAT.Mode, in.VAT.Rate, in.Subtotal, in.Tax, in.Totals.Total, len(in.Lines)}
	}
	b.written.rows = jsonOf(rows)
	// An invoice of nothing is paid as it is issued.
	_, err := tx.ExecContext(ctx, `INSERT INTO invoices (tenant, year, issued_on, seller, run, created_at, updated_at, live,
		key, id, number, sequence, customer, grp, subscription, period, turn, due_on, buyer, group_name, reference, vat_mode, vat_rate, subtotal, tax, total, lines, status, paid_on)
		SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?7, 1,
		j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6, j.value ->> 7, j.value ->> 8, j.value ->> 9,
		j.value ->> 10, j.value ->> 11, j.value ->> 12, j.value ->> 13, j.value ->> 14, j.value ->> 15, j.value ->> 16, j.value ->> 17, j.value ->> 18,
		iif(j.value ->> 17 = 0, 'paid', 'pending'), iif(j.value ->> 17 = 0, ?4, NULL)
		FROM jsonb_each(?2) j`, b.tenant.Key, b.written.rows, b.day.Year, b.day.String(), parties[0].key, b.key, b.now().UnixMilli())
	return err
}

// insertLines writes the lines of invoices whose keys are those after before.
func (b *billBatch) insertLines(ctx context.Context, tx querier, issued []issuedInvoice, before int64) error {
	var rows []any
	for i, in := range issued {
		period := in.Period.String()
		for k, line := range in.Lines {
			s := line.Subscription
			rows = append(rows, []any{before + 1 + int64(i), k + 1, b.keys[s.ID], period, s.Product, s.Serial,
				line.Instalment.From.String(), line.Instalment.To.String(), s.MonthlyAmount.Minor, in.LineTaxes[k]})
		}
	}
	b.written.lines = jsonOf(rows)
	_, err := tx.ExecContext(ctx, `INSERT INTO invoice_lines (tenant, invoice, position, subscription, period, product, serial, service_from, service_to, amount, tax, live)
		SELECT ?1, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, j.value ->> 4, j.value ->> 5, j.value ->> 6, j.value ->> 7, j.value ->> 8, j.value ->> 9, 1
		FROM jsonb_each(?2) j`, b.tenant.Key, b.written.lines)
	return err
}
