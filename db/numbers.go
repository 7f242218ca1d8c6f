package db

import (
	"context"
	"fmt"

	"billfold/billing"
)

// The series of numbers a business unit has, each beginning anew with the year.
const (
	invoiceNumbers    = "invoice"
	creditNoteNumbers = "credit note"
)

// takeNumbers takes the next n numbers of a series for documents that are issued on a
// day, and answers the first. It is done in the transaction that issues them, so that no
// number is left out and none is given twice; and from then on the tenant's day does not
// go back behind this one.
func takeNumbers(ctx context.Context, tx querier, t Tenant, series string, day billing.Date, n int) (first int, err error) {
	var last int
	if err := tx.QueryRowContext(ctx, `INSERT INTO number_series (tenant, kind, year, last) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (tenant, kind, year) DO UPDATE SET last = last + ?4 RETURNING last`, t.Key, series, day.Year, n).Scan(&last); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE tenants SET last_issued = ?2 WHERE key = ?1 AND ifnull(last_issued, '') < ?2`, t.Key, day.String())
	return last - n + 1, err
}

// NextNumbers answers the numbers of the next invoice and the next credit note of a
// tenant, if they are issued today.
func (s *Store) NextNumbers(ctx context.Context, t Tenant) (invoice, creditNote string, err error) {
	year := s.Today(t).Year
	var invoices, creditNotes int
	err = s.readers.QueryRowContext(ctx, `SELECT ifnull(max(last) FILTER (WHERE kind = ?3), 0), ifnull(max(last) FILTER (WHERE kind = ?4), 0)
		FROM number_series WHERE tenant = ?1 AND kind IN (?3, ?4) AND year = ?2`, t.Key, year, invoiceNumbers, creditNoteNumbers).Scan(&invoices, &creditNotes)
	return invoiceNumber(t, year, invoices+1), creditNoteNumber(t, year, creditNotes+1), wrap("next numbers", err)
}

// invoiceNumber writes an invoice's number as it is printed.
func invoiceNumber(t Tenant, year, sequence int) string {
	return fmt.Sprintf("%s-%d-%06d", t.InvoicePrefix, year, sequence)
}

// creditNoteNumber writes a credit note's.
func creditNoteNumber(t Tenant, year, sequence int) string {
	return fmt.Sprintf("%s-CN-%d-%06d", t.InvoicePrefix, year, sequence)
}
