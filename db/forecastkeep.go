package db

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"billfold/billing"
)

const (
	// forecastChunk is how many customers are read and planned at a time. It bounds the
	// memory that takes, and how long closing the store waits for it.
	forecastChunk = 500
	// forecastsAtOnce is how many tenants' forecasts are worked on at a time: the other
	// connections that read stay free for the pages.
	forecastsAtOnce = 2
)

// forecasts keeps every tenant's forecast.
type forecasts struct {
	ctx    context.Context
	cancel context.CancelFunc
	turns  chan struct{}

	mu      sync.Mutex
	closed  bool
	tenants map[int64]*keptForecast
	working sync.WaitGroup
}

func newForecasts() *forecasts {
	f := &forecasts{turns: make(chan struct{}, forecastsAtOnce), tenants: make(map[int64]*keptForecast)}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return f
}

// of answers a tenant's forecast as it is kept.
func (f *forecasts) of(t Tenant) *keptForecast {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := f.tenants[t.Key]
	if kept == nil {
		kept = &keptForecast{seen: -1}
		f.tenants[t.Key] = kept
	}
	return kept
}

// stop ends the work that is under way, and refuses more of it.
func (f *forecasts) stop() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cancel()
	f.working.Wait()
}

// refresh is one time that a forecast is brought up to date.
type refresh struct {
	done chan struct{}
	err  error // once done is closed
}

// refresh begins to bring a forecast up to date, or answers the refresh under way.
func (f *forecasts) refresh(s *Store, kept *keptForecast, t Tenant, basis forecastBasis) (*refresh, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, ErrClosed
	case kept.refreshing != nil:
		return kept.refreshing, nil
	}
	r := &refresh{done: make(chan struct{})}
	kept.refreshing = r
	f.working.Go(func() {
		select {
		case f.turns <- struct{}{}:
			r.err = s.refreshForecast(f.ctx, kept, t, basis)
			<-f.turns
		case <-f.ctx.Done():
			r.err = ErrClosed
		}
		f.mu.Lock()
		kept.refreshing = nil
		f.mu.Unlock()
		close(r.done)
	})
	return r, nil
}

// refreshForecast plans for the customers that have changed since the last time; for
// all where there was none on this basis.
func (s *Store) refreshForecast(stop context.Context, kept *keptForecast, t Tenant, basis forecastBasis) error {
	since := kept.seenOn(basis)
	// The queries run under a context that is never done, which makes reading a row
	// several times as fast with this driver. Between chunks there is a look at stop.
	ctx := context.WithoutCancel(stop)
	return s.read(ctx, func(q querier) error {
		var seen int64
		if err := q.QueryRowContext(ctx, `SELECT ifnull(max(revision), -1) FROM customers WHERE tenant = ?1`, t.Key).Scan(&seen); err != nil {
			return err
		}
		keys, err := queryKeys(ctx, q, `SELECT key FROM customers WHERE tenant = ?1 AND revision > ?2`, t.Key, since)
		if err != nil {
			return err
		}
		slices.Sort(keys)
		changed := make([]customerForecast, 0, len(keys))
		for chunk := range slices.Chunk(keys, forecastChunk) {
			if stop.Err() != nil {
				return ErrClosed
			}
			plans, err := loadPlans(ctx, q, t, chunk)
			if err != nil {
				return err
			}
			for i := range plans {
				changed = append(changed, plans[i].forecast(t, basis.today))
			}
		}
		kept.take(basis, seen, changed)
		return nil
	})
}

// forecastBasis is what a forecast holds for, besides the customers: with another day
// or another tax all of it is worked out anew.
type forecastBasis struct {
	today    billing.Date
	vat      billing.VAT
	currency billing.Currency
}

// keptForecast is a tenant's forecast with each customer's part, so that a change
// costs no more than planning for the customers it is about.
type keptForecast struct {
	refreshing *refresh // guarded by forecasts.mu

	mu sync.Mutex
	// basis is zero until the first refresh is done.
	basis forecastBasis
	// seen is the revision up to which the customers' changes are in.
	seen int64
	// customers are in the order of their keys.
	customers []customerForecast
	sums      Forecast
}

// ranked is a customer that is worth grouping.
type ranked struct {
	customer int64
	worth
}

// seenOn answers the revision that is in on a basis, -1 where there is nothing yet.
func (k *keptForecast) seenOn(basis forecastBasis) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.basis != basis {
		return -1
	}
	return k.seen
}

// answer answers the forecast, if it holds on a basis and has all changes up to a revision.
func (k *keptForecast) answer(basis forecastBasis, revision int64) (Forecast, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.basis != basis || k.seen < revision {
		return Forecast{}, false
	}
	f := k.sums
	for i := range f.Months {
		f.Months[i].Days = slices.Clone(f.Months[i].Days)
	}
	return f, true
}

// take takes in the customers that have changed, in the order of their keys.
func (k *keptForecast) take(basis forecastBasis, seen int64, changed []customerForecast) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.basis != basis {
		k.basis, k.customers = basis, make([]customerForecast, 0, len(changed))
		k.sums = Forecast{Today: basis.today}
		for i := range k.sums.Months {
			k.sums.Months[i] = billing.NewCalendarMonth(basis.today.Period().Add(i), basis.currency)
		}
	}
	k.seen = seen
	reordered := false
	for _, c := range changed {
		i, known := slices.BinarySearchFunc(k.customers, c.customer, func(c customerForecast, key int64) int { return cmp.Compare(c.customer, key) })
		if known {
			k.count(k.customers[i], -1)
			reordered = reordered || k.customers[i].worth != c.worth
			k.customers[i] = c
		} else {
			reordered = reordered || c.worth != worth{}
			k.customers = slices.Insert(k.customers, i, c)
		}
		k.count(c, 1)
	}
	k.sums.Customers = len(k.customers)
	if reordered {
		k.rank()
	}
}

// count adds a customer's part to the sums, or takes it off with -1.
func (k *keptForecast) count(c customerForecast, sign int) {
	for _, share := range c.shares {
		day := &k.sums.Months[index(share.next)].Days[share.day-1]
		day.Invoices += sign * int(share.invoices)
		day.Amount.Minor += int64(sign) * share.amount
		if share.grouped {
			day.Consolidated += sign * int(share.invoices)
		}
	}
	k.sums.Active += sign * int(c.active)
	k.sums.Grouped += sign * int(c.grouped)
}

// rank puts the customers that are worth grouping in order: the most subscriptions
// first, then the most money, then the oldest customer.
func (k *keptForecast) rank() {
	n := len(k.sums.ranking)
	k.sums.ranking, k.sums.Fewer = make([]ranked, 0, n+n/8), 0
	for _, c := range k.customers {
		if c.worth.subscriptions > 0 {
			k.sums.ranking = append(k.sums.ranking, ranked{c.customer, c.worth})
			k.sums.Fewer += int(c.worth.subscriptions) - 1
		}
	}
	slices.SortFunc(k.sums.ranking, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.subscriptions, a.subscriptions), cmp.Compare(b.amount, a.amount), cmp.Compare(a.customer, b.customer))
	})
}
