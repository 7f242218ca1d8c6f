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
//
// It is tried all at once. Where the database refuses something, which nothing that goes
// through this program should make it do, that is taken back and each invoice is tried
// by itself, so that the others go on.
func (b *billBatch) issueAll(ctx context.Context, tx querier, run *BillingRun) error {
	var ready []batchInvoice
	aside := make(map[dueItem]string)
	for _, invoice := range b.invoices {
		if reason := b.unbillable(invoice); reason != "" {
			aside[invoice.dueItem] = reason
		} else {
			ready = append(ready, invoice)
		}
	}
	issued, err := b.issue(ctx, tx, ready)
	if refused(err) {
		issued = nil
		for _, invoice := range ready {
			one, err := b.issue(ctx, tx, []batchInvoice{invoice})
			switch {
			case refused(err):
				aside[invoice.dueItem] = "The database refused it: " + err.Error() + ". This should not happen; run billfold verify."
			case err != nil:
				return err
			default:
				issued = append(issued, one...)
			}
		}
	} else if err != nil {
		return err
	}
	if err := b.setAside(ctx, tx, aside); err != nil {
		return err
	}
	run.SetAside += len(aside)
	return b.record(ctx, tx, issued, run)
}

// refused tells whether a constraint of the tables does not let something in.
func refused(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrConstraint
}

// unbillable answers why an invoice can't be issued, and what to do; "" where it can.
func (b *billBatch) unbillable(invoice batchInvoice) string {
	c := b.customers[invoice.customer]
	switch {
	case invoice.Total > billing.MaxInvoice:
		return fmt.Sprintf("It would come to %s, and an invoice can come to %s at most. Divide the group into several.",
			billing.Money{Minor: invoice.Total, Currency: b.tenant.Currency}, billing.Money{Minor: billing.MaxInvoice, Currency: b.tenant.Currency})
	case b.tenant.AddressRequired && !c.Address.Complete():
		return "The customer's address is not complete, and the settings require one. Enter street, city and country on the customer's page."
	}
	return ""
}

// issue writes invoices with the next numbers, or none of them.
func (b *billBatch) issue(ctx context.Context, tx querier, invoices []batchInvoice) ([]issuedInvoice, error) {
	if len(invoices) == 0 {
		return nil, nil
	}
	if _, err := tx.ExecContext(ctx, `SAVEPOINT issue`); err != nil {
		return nil, err
	}
	issued, err := b.write(ctx, tx, invoices)
	if refused(err) {
		if _, lost := tx.ExecContext(ctx, `ROLLBACK TO issue; RELEASE issue`); lost != nil {
			return nil, fmt.Errorf("%w: %v", lost, err)
		}
		return nil, err
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `RELEASE issue`)
	}
	return issued, err
}

// issuedInvoice is an invoice that was written.
type issuedInvoice struct {
	batchInvoice
	number string
}

// write writes invoices and their lines.
func (b *billBatch) write(ctx context.Context, tx querier, invoices []batchInvoice) ([]issuedInvoice, error) {
	first, err := takeNumbers(ctx, tx, b.tenant, invoiceNumbers, b.day, len(invoices))
	if err != nil {
		return nil, err
	}
	parties, err := b.parties(ctx, tx, invoices)
	if err != nil {
		return nil, err
	}
	turns, err := b.turns(ctx, tx, invoices)
	if err != nil {
		return nil, err
	}
	issued := make([]issuedInvoice, len(invoices))
	for i, invoice := range invoices {
		sequence := first + i
		issued[i] = issuedInvoice{invoice, invoiceNumber(b.tenant, b.day.Year, sequence)}
		key, err := b.insertInvoice(ctx, tx, issued[i], sequence, 1+turns[invoice.identity()], parties)
		if err != nil {
			return nil, err
		}
		if err := b.insertLines(ctx, tx, key, invoice); err != nil {
			return nil, err
		}
	}
	return issued, b.advance(ctx, tx, invoices)
}

func (b *billBatch) insertInvoice(ctx context.Context, tx querier, in issuedInvoice, sequence, turn int, parties map[int64]int64) (int64, error) {
	var group, subscription any
	var reference, groupName string
	if in.grouped {
		g := b.groups[in.target]
		group, groupName, reference = in.target, g.Name, g.Reference
	} else {
		subscription = in.target
	}
	// An invoice of nothing is paid as it is issued.
	status, paidOn := billing.InvoicePending, any(nil)
	if in.Total == 0 {
		status, paidOn = billing.InvoicePaid, b.day.String()
	}
	now := b.now().UnixMilli()
	result, err := tx.ExecContext(ctx, `INSERT INTO invoices (tenant, id, number, year, sequence, customer, grp, subscription, period, turn, issued_on, due_on,
		seller, buyer, group_name, reference, vat_mode, vat_rate, subtotal, tax, total, lines, run, created_at, live, status, paid_on, updated_at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, 1, ?25, ?26, ?24)`,
		b.tenant.Key, newID("pay"), in.number, b.day.Year, sequence, in.customer, group, subscription, in.Period.String(), turn, b.day.String(), in.Due.String(),
		parties[0], parties[in.customer], groupName, reference, in.VAT.Mode, in.VAT.Rate, in.Subtotal, in.Tax, in.Total, len(in.Lines), b.key, now, status, paidOn)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (b *billBatch) insertLines(ctx context.Context, tx querier, invoice int64, in batchInvoice) error {
	period := in.Period.String()
	for i, line := range in.Lines {
		s := line.Subscription
		if _, err := tx.ExecContext(ctx, `INSERT INTO invoice_lines (tenant, invoice, position, subscription, period, product, serial, service_from, service_to, amount, tax, live)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1)`,
			b.tenant.Key, invoice, i+1, b.keys[s.ID], period, s.Product, s.Serial, line.Instalment.From.String(), line.Instalment.To.String(),
			s.MonthlyAmount.Minor, in.LineTaxes[i]); err != nil {
			return fmt.Errorf("line of %s: %w", s.ID, err)
		}
	}
	return nil
}
