package web

import (
	"context"

	"billfold/billing"
	"billfold/views"
)

// presses is how many PDF files are printed at once. One of 10,000 lines takes seconds
// and hundreds of megabytes on its way; a few too many would take the machine.
const presses = 2

// press prints PDF files, a few at a time. Others wait; who goes away is not printed for.
type press struct{ working chan struct{} }

func newPress() press { return press{make(chan struct{}, presses)} }

// invoice answers an invoice as a PDF file.
func (p press) invoice(ctx context.Context, i billing.Invoice) ([]byte, error) {
	return p.inTurn(ctx, func() ([]byte, error) { return views.InvoicePDF(i) })
}

// creditNote answers a credit note of an invoice as a PDF file.
func (p press) creditNote(ctx context.Context, i billing.Invoice, n billing.CreditNote) ([]byte, error) {
	return p.inTurn(ctx, func() ([]byte, error) { return views.CreditNotePDF(i, n) })
}

func (p press) inTurn(ctx context.Context, print func() ([]byte, error)) ([]byte, error) {
	select {
	case p.working <- struct{}{}:
		defer func() { <-p.working }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return print()
}
