package db

import (
	"context"
	"slices"

	"billfold/billing"
)

// WholeInvoices answers those of a tenant's invoices that ids name, in their order, with
// their lines and credit notes.
func (s *Store) WholeInvoices(ctx context.Context, t Tenant, ids []string) (invoices []billing.Invoice, err error) {
	err = s.read(ctx, func(q querier) error {
		for _, id := range ids {
			_, invoice, err := loadInvoice(ctx, q, t, id)
			if err != nil && billing.CodeOf(err) != billing.CodeNotFound {
				return err
			}
			if err == nil {
				invoices = append(invoices, invoice)
			}
		}
		return nil
	})
	return invoices, wrap("whole invoices", err)
}

// CreditNote answers an invoice of a tenant and one of its credit notes, by its number, or
// NOT_FOUND.
func (s *Store) CreditNote(ctx context.Context, t Tenant, id, number string) (billing.Invoice, billing.CreditNote, error) {
	invoice, err := s.Invoice(ctx, t, id)
	if err != nil {
		return invoice, billing.CreditNote{}, err
	}
	i := slices.IndexFunc(invoice.Credits, func(n billing.CreditNote) bool { return n.Number == number })
	if i < 0 {
		return invoice, billing.CreditNote{}, wrap("credit note", billing.NotFound("credit note"))
	}
	return invoice, invoice.Credits[i], nil
}
