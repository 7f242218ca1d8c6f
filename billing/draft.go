package billing

// Draft is a planned invoice with its sums: to the cent what will be issued.
type Draft struct {
	PlannedInvoice
	Currency Currency
	VAT      VAT
	Totals
	// LineTaxes are the lines' shares of the tax, in minor units and the order of Lines.
	LineTaxes []int64
	// Due is the day it is to be paid by.
	Due Date
}

// Draft adds up a planned invoice for the customer it goes to. It is due the
// customer's payment terms after the day it is issued.
func (p PlannedInvoice) Draft(t Tenant, c Customer) Draft {
	amounts := make([]int64, len(p.Lines))
	for i, line := range p.Lines {
		amounts[i] = line.Subscription.MonthlyAmount.Minor
	}
	d := Draft{PlannedInvoice: p, Currency: t.Currency, VAT: t.VAT.For(c), Due: p.Date.AddDays(c.Terms(t))}
	d.Totals, d.LineTaxes = d.VAT.Totals(amounts)
	return d
}

// Money answers an amount of the draft, given in minor units, with its currency.
func (d Draft) Money(minor int64) Money { return Money{minor, d.Currency} }
