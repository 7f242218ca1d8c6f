package db

import (
	"context"

	"billfold/billing"
)

// InvoiceTrail says which invoices billed the same instalments before and after one.
type InvoiceTrail struct {
	// Replaced are those whose lines this one bills again, the oldest first.
	Replaced []InvoiceLink
	// Again are those that bill again what a credit note took back to that end, by the
	// note's number, the oldest first.
	Again map[string][]InvoiceLink
}

// InvoiceLink names another invoice, and how many lines both have.
type InvoiceLink struct {
	ID, Number string
	Lines      int
}

// What a line replaces is the newest of its instalment's dead lines on an invoice before.
const (
	replacedInvoices = `SELECT '', i.id, i.number, count(*) FROM invoice_lines l CROSS JOIN invoices i
		WHERE l.tenant = ?1 AND l.invoice = (SELECT key FROM invoices WHERE tenant = ?1 AND id = ?2)
		AND i.key = (SELECT max(d.invoice) FROM invoice_lines d INDEXED BY invoice_lines_dead
			WHERE d.tenant = ?1 AND d.subscription = l.subscription AND d.period = l.period AND d.live = 0 AND d.invoice < l.invoice)
		GROUP BY i.key ORDER BY i.key`
	invoicesAgain = `SELECT n.number, i.id, i.number, count(*)
		FROM invoice_lines l CROSS JOIN credit_notes n CROSS JOIN invoice_lines a INDEXED BY invoice_lines_period CROSS JOIN invoices i
		WHERE l.tenant = ?1 AND l.invoice = (SELECT key FROM invoices WHERE tenant = ?1 AND id = ?2) AND l.live = 0
		AND n.key = l.credit AND n.kind = ?3
		AND a.tenant = ?1 AND a.subscription = l.subscription AND a.period = l.period AND a.live = 1 AND i.key = a.invoice
		GROUP BY n.key, i.key ORDER BY n.key, i.key`
)

// InvoiceTrail answers which invoices billed an invoice's instalments before and after it.
// One that is not there has no trail.
func (s *Store) InvoiceTrail(ctx context.Context, t Tenant, id string) (trail InvoiceTrail, err error) {
	trail.Again = make(map[string][]InvoiceLink)
	err = s.read(ctx, func(q querier) error {
		if err := eachLink(ctx, q, replacedInvoices, []any{t.Key, id}, func(_ string, link InvoiceLink) {
			trail.Replaced = append(trail.Replaced, link)
		}); err != nil {
			return err
		}
		return eachLink(ctx, q, invoicesAgain, []any{t.Key, id, billing.CreditAgain}, func(note string, link InvoiceLink) {
			trail.Again[note] = append(trail.Again[note], link)
		})
	})
	return trail, wrap("invoice trail", err)
}

func eachLink(ctx context.Context, q querier, query string, args []any, take func(note string, link InvoiceLink)) error {
	return eachRow(ctx, q, query, args, func(row scanner) error {
		var note string
		var link InvoiceLink
		err := row.Scan(&note, &link.ID, &link.Number, &link.Lines)
		take(note, link)
		return err
	})
}
