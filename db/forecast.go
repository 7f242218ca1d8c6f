package db

import (
	"context"
	"time"

	"billfold/billing"
)

// Forecast is what is planned for all customers of a tenant, as things are now.
type Forecast struct {
	Today billing.Date
	// Months are this month, in which everything that is planned lies on today or
	// later, and the next.
	Months [2]billing.CalendarMonth
	// Customers counts all; Active the subscriptions that are active today, and Grouped
	// those of them that an active group has.
	Customers, Active, Grouped int
	// Fewer is how many invoices fewer there would be next month if each of the
	// candidates made a group of its ungrouped subscriptions.
	Fewer int

	// ranking has the candidates, those with the most to gain first. It is never changed.
	ranking []ranked
}

// Candidates counts the customers that are worth grouping; see [Store.Candidates].
func (f Forecast) Candidates() int { return len(f.ranking) }

// Forecast answers what is planned for a tenant's customers this month and next:
// what [billing.Plan] answers for each of them, added up.
//
// It is kept in memory and brought up to date when it is asked for. It never answers
// what was true before a change that was committed before the call. Where bringing it
// up to date takes longer than wait, which happens only with very many subscriptions
// on the first call of a day, ready is false, and the work goes on in the background.
// With wait 0 it is begun only.
func (s *Store) Forecast(ctx context.Context, t Tenant, wait time.Duration) (f Forecast, ready bool, err error) {
	f, ready, err = s.forecast(ctx, t, wait)
	return f, ready, wrap("forecast", err)
}

func (s *Store) forecast(ctx context.Context, t Tenant, wait time.Duration) (Forecast, bool, error) {
	basis := forecastBasis{s.Today(t), t.VAT, t.Currency}
	var revision int64
	if err := s.readers.QueryRowContext(ctx, `SELECT ifnull(max(revision), -1) FROM customers WHERE tenant = ?1`, t.Key).Scan(&revision); err != nil {
		return Forecast{}, false, err
	}
	patience := time.NewTimer(wait)
	defer patience.Stop()
	kept := s.forecasts.of(t)
	for {
		if f, current := kept.answer(basis, revision); current {
			return f, true, nil
		}
		// A refresh that began before this call may lack the last change: then there is
		// another round.
		r, err := s.forecasts.refresh(s, kept, t, basis)
		if err != nil {
			return Forecast{}, false, err
		}
		if wait <= 0 {
			return Forecast{}, false, nil
		}
		select {
		case <-r.done:
			if r.err != nil {
				return Forecast{}, false, r.err
			}
		case <-patience.C:
			return Forecast{}, false, nil
		case <-ctx.Done():
			return Forecast{}, false, ctx.Err()
		}
	}
}

// Candidate is a customer that is worth grouping: an active business with several
// ungrouped subscriptions that a group made today would bill together next month,
// whatever its day.
type Candidate struct {
	Customer billing.Customer
	// Subscriptions counts those subscriptions. Each is an invoice of its own now.
	Subscriptions int
	// Days counts the days of next month that they are billed on.
	Days int
	// Monthly is what they cost together a month, before tax.
	Monthly billing.Money
}

// Candidates answers the candidates of a forecast from an offset on, those with the
// most to gain first.
func (s *Store) Candidates(ctx context.Context, t Tenant, f Forecast, offset, limit int) ([]Candidate, error) {
	from := min(max(offset, 0), len(f.ranking))
	chosen := f.ranking[from:min(from+limit, len(f.ranking))]
	keys := make([]int64, len(chosen))
	for i, r := range chosen {
		keys[i] = r.customer
	}
	customers, err := customersByKey(ctx, s.readers, t, keys)
	list := make([]Candidate, len(chosen))
	for i, r := range chosen {
		list[i] = Candidate{
			Customer: customers[r.customer], Subscriptions: int(r.subscriptions), Days: int(r.days),
			Monthly: billing.Money{Minor: r.amount, Currency: t.Currency},
		}
	}
	return list, wrap("candidates", err)
}

// WorthGrouping answers the ids of the subscriptions that make a customer worth
// grouping: those that a [Candidate] counts. An unknown customer has none.
func (s *Store) WorthGrouping(ctx context.Context, t Tenant, customerID string) ([]string, error) {
	var ids []string
	err := s.read(ctx, func(q querier) error {
		keys, err := queryKeys(ctx, q, `SELECT key FROM customers WHERE tenant = ?1 AND id = ?2`, t.Key, customerID)
		if err != nil {
			return err
		}
		plans, err := loadPlans(ctx, q, t, keys)
		if err != nil {
			return err
		}
		today := s.Today(t)
		for _, p := range plans {
			for _, invoice := range p.plan(today) {
				if worthGrouping(invoice, today) {
					ids = append(ids, invoice.Lines[0].Subscription.ID)
				}
			}
		}
		return nil
	})
	return ids, wrap("worth grouping", err)
}
