package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"billfold/billing"
)

// Invoice answers one invoice with its lines and credit notes, or NOT_FOUND.
func (s *Store) Invoice(ctx context.Context, t Tenant, id string) (invoice billing.Invoice, err error) {
	err = s.read(ctx, func(q querier) error {
		_, invoice, err = loadInvoice(ctx, q, t, id)
		return err
	})
	return invoice, wrap("invoice", err)
}

// loadInvoice reads an invoice with its lines and credit notes, and its key.
func loadInvoice(ctx context.Context, q querier, t Tenant, id string) (int64, billing.Invoice, error) {
	key, invoice, err := scanInvoice(q.QueryRowContext(ctx, selectInvoices+`WHERE i.tenant = ?1 AND i.id = ?2`, t.Key, id), t)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, invoice, billing.NotFound("invoice")
	}
	if err != nil {
		return 0, invoice, err
	}
	if invoice.Credits, err = creditsOf(ctx, q, t, key, id); err != nil {
		return 0, invoice, fmt.Errorf("credit notes: %w", err)
	}
	if invoice.Lines, err = linesOf(ctx, q, t, key); err != nil {
		return 0, invoice, fmt.Errorf("lines: %w", err)
	}
	notes := make(map[string]*billing.CreditNote, len(invoice.Credits))
	for i := range invoice.Credits {
		notes[invoice.Credits[i].Number] = &invoice.Credits[i]
	}
	for _, line := range invoice.Lines {
		if note := notes[line.CreditNumber]; note != nil {
			note.Lines = append(note.Lines, line)
		}
	}
	return key, invoice, nil
}

// selectInvoices reads invoices as i, without their lines and credit notes, and their
// customers as c; scanInvoice reads a row of it.
const selectInvoices = `SELECT i.key, i.id, i.number, c.id, g.id, u.id, i.period, i.turn, i.issued_on, i.due_on, seller.details, buyer.details,
	i.group_name, i.reference, i.vat_mode, i.vat_rate, i.subtotal, i.tax, i.total, i.lines, r.id, i.status, i.credited,
	i.paid_on, i.paid_amount, i.paid_by_hand, i.paid_marked, i.paid_method, i.paid_ref, i.paid_notes, i.created_at, i.updated_at
	FROM invoices i
	CROSS JOIN customers c ON c.tenant = i.tenant AND c.key = i.customer
	CROSS JOIN parties seller ON seller.key = i.seller
	CROSS JOIN parties buyer ON buyer.key = i.buyer
	CROSS JOIN billing_runs r ON r.key = i.run
	LEFT JOIN groups g ON g.tenant = i.tenant AND g.key = i.grp
	LEFT JOIN subscriptions u ON u.key = i.subscription `

// scanInvoice reads a row of selectInvoices, and further columns into more.
func scanInvoice(row scanner, t Tenant, more ...any) (key int64, i billing.Invoice, err error) {
	var group, subscription, paidOn sql.NullString
	var period, issued, due string
	var seller, buyer []byte
	var created, updated int64
	i.Currency = t.Currency
	if err := row.Scan(append([]any{&key, &i.ID, &i.Number, &i.CustomerID, &group, &subscription, &period, &i.Turn, &issued, &due, &seller, &buyer,
		&i.GroupName, &i.Reference, &i.VAT.Mode, &i.VAT.Rate, &i.Subtotal, &i.Tax, &i.Total, &i.LineCount, &i.RunID, &i.Status, &i.Credited,
		&paidOn, &i.Payment.Amount, &i.Payment.ByHand, &i.Payment.MarkedBy, &i.Payment.Method, &i.Payment.Reference, &i.Payment.Notes, &created, &updated}, more...)...); err != nil {
		return 0, i, err
	}
	i.GroupID, i.SubscriptionID = group.String, subscription.String
	i.CreatedAt, i.UpdatedAt = time.UnixMilli(created), time.UnixMilli(updated)
	var errs [6]error
	i.Period, errs[0] = billing.ParsePeriod(period)
	i.Issued, errs[1] = billing.ParseDate(issued)
	i.Due, errs[2] = billing.ParseDate(due)
	if paidOn.Valid {
		i.Payment.On, errs[3] = billing.ParseDate(paidOn.String)
	}
	errs[4], errs[5] = json.Unmarshal(seller, &i.Seller), json.Unmarshal(buyer, &i.Buyer)
	return key, i, errors.Join(errs[:]...)
}

// linesOf reads an invoice's lines, in their order on it.
func linesOf(ctx context.Context, q querier, t Tenant, invoice int64) (lines []billing.InvoiceLine, err error) {
	err = eachRow(ctx, q, `SELECT u.id, l.product, l.serial, l.service_from, l.service_to, l.amount, l.tax, l.live, ifnull(n.number, '')
		FROM invoice_lines l CROSS JOIN subscriptions u ON u.key = l.subscription LEFT JOIN credit_notes n ON n.key = l.credit
		WHERE l.tenant = ?1 AND l.invoice = ?2 ORDER BY l.position`, []any{t.Key, invoice}, func(row scanner) error {
		var l billing.InvoiceLine
		var from, to string
		if err := row.Scan(&l.SubscriptionID, &l.Product, &l.Serial, &from, &to, &l.Amount, &l.Tax, &l.Live, &l.CreditNumber); err != nil {
			return err
		}
		var errs [2]error
		l.From, errs[0] = billing.ParseDate(from)
		l.To, errs[1] = billing.ParseDate(to)
		lines = append(lines, l)
		return errors.Join(errs[:]...)
	})
	return lines, err
}

// creditsOf reads an invoice's credit notes without their lines, the oldest first.
func creditsOf(ctx context.Context, q querier, t Tenant, invoice int64, invoiceID string) (notes []billing.CreditNote, err error) {
	err = eachRow(ctx, q, `SELECT n.id, n.number, n.kind, n.reason, n.issued_on, n.subtotal, n.tax, n.total, n.created_by, n.created_at
		FROM credit_notes n WHERE n.tenant = ?1 AND n.invoice = ?2 ORDER BY n.key`, []any{t.Key, invoice}, func(row scanner) error {
		n := billing.CreditNote{InvoiceID: invoiceID}
		var issued string
		var created int64
		if err := row.Scan(&n.ID, &n.Number, &n.Kind, &n.Reason, &issued, &n.Subtotal, &n.Tax, &n.Total, &n.CreatedBy, &created); err != nil {
			return err
		}
		n.CreatedAt = time.UnixMilli(created)
		var err error
		n.Issued, err = billing.ParseDate(issued)
		notes = append(notes, n)
		return err
	})
	return notes, err
}
