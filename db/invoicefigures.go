package db

import (
	"context"
	"fmt"

	"billfold/billing"
)

// InvoiceFigure is how many invoices there are of some kind, and what is open of them or
// was received.
type InvoiceFigure struct {
	Invoices int
	Amount   billing.Money
}

// InvoiceFigures are what the invoices of a business unit come to.
type InvoiceFigures struct {
	// Outstanding is what is still to be paid, Overdue what of it should have been before
	// today.
	Outstanding, Overdue InvoiceFigure
	// PaidThisMonth is what was received in the month of today, whatever was credited since.
	PaidThisMonth InvoiceFigure
}

// InvoiceFigures answers what the invoices of a business unit come to.
func (s *Store) InvoiceFigures(ctx context.Context, t Tenant) (InvoiceFigures, error) {
	var f InvoiceFigures
	today := s.Today(t)
	for _, figure := range []struct {
		into  *InvoiceFigure
		which string
	}{
		{&f.Outstanding, `status IN ('pending', 'processing', 'failed')`},
		{&f.Overdue, `status IN ('pending', 'failed') AND day < ?2`},
		{&f.PaidThisMonth, `status = 'paid' AND day BETWEEN ?3 AND ?2`},
	} {
		figure.into.Amount.Currency = t.Currency
		err := s.readers.QueryRowContext(ctx, `SELECT ifnull(sum(invoices), 0), ifnull(sum(amount), 0) FROM invoice_days WHERE tenant = ?1 AND `+figure.which,
			t.Key, today.String(), today.Period().First().String()).Scan(&figure.into.Invoices, &figure.into.Amount.Minor)
		if err != nil {
			return f, wrap("invoice figures", err)
		}
	}
	return f, nil
}

// IssuedDay is what was billed on one day.
type IssuedDay struct {
	Date billing.Date
	// Invoices counts all, Consolidated those of groups.
	Invoices, Consolidated int
	// Total is with tax. Credited is what of it is credited by now.
	Total, Credited billing.Money
}

// IssuedIn answers what was billed from one day to another, both included, by day. Days
// without an invoice are left out.
func (s *Store) IssuedIn(ctx context.Context, t Tenant, from, to billing.Date) (days []IssuedDay, err error) {
	err = eachRow(ctx, s.readers, `SELECT day, sum(invoices), sum(iif(consolidated, invoices, 0)), sum(total), sum(credited) FROM issued_days
		WHERE tenant = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY day ORDER BY day`, []any{t.Key, from.String(), to.String()}, func(row scanner) error {
		var text string
		day := IssuedDay{Total: billing.Money{Currency: t.Currency}, Credited: billing.Money{Currency: t.Currency}}
		if err := row.Scan(&text, &day.Invoices, &day.Consolidated, &day.Total.Minor, &day.Credited.Minor); err != nil {
			return err
		}
		var err error
		if day.Date, err = billing.ParseDate(text); err != nil {
			return fmt.Errorf("day: %w", err)
		}
		days = append(days, day)
		return nil
	})
	return days, wrap("issued in", err)
}

// InvoicePeriods answers the months that there are invoices for, the newest first.
func (s *Store) InvoicePeriods(ctx context.Context, t Tenant) (periods []billing.Period, err error) {
	err = eachRow(ctx, s.readers, `
		WITH RECURSIVE months (period) AS (
			SELECT max(period) FROM invoices WHERE tenant = ?1
			UNION ALL
			SELECT (SELECT max(i.period) FROM invoices i WHERE i.tenant = ?1 AND i.period < months.period) FROM months WHERE months.period IS NOT NULL)
		SELECT period FROM months WHERE period IS NOT NULL`, []any{t.Key}, func(row scanner) error {
		var text string
		if err := row.Scan(&text); err != nil {
			return err
		}
		period, err := billing.ParsePeriod(text)
		periods = append(periods, period)
		return err
	})
	return periods, wrap("invoice periods", err)
}
