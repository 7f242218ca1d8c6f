package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"billfold/billing"
)

// demoHabit is how a customer pays.
type demoHabit int

const (
	demoOnTime  demoHabit = iota // transfers in time, which a colleague sees on the bank's statement
	demoLate                     // transfers after a while
	demoSlow                     // transfers very late, or not at all
	demoCollect                  // has the payment provider collect it, by direct debit or card
)

// demoPayments decides what becomes of the invoices of a demo.
type demoPayments struct {
	demoRandom
	s          *Store
	tenant     Tenant
	calendar   demoCalendar
	colleagues []Actor
	// provider is the API key by which the payment provider tells what it collects.
	provider Actor

	companies *demoDeck[demoHabit]
	habits    map[string]demoHabit // by customer
	// waived and cancelled choose the invoices that are credited.
	waived, cancelled *demoDeck[bool]
	// acts are what is still to happen, by its day; again is what is due once more.
	acts  map[billing.Date][]demoAct
	again map[billing.Date][]dueItem
}

// demoAct is something that is done to an invoice at a time.
type demoAct struct {
	at      time.Time
	invoice string
	by      Actor
	do      func(past *Store, i billing.Invoice) invoiceAct
	// lines tells that it needs the invoice's lines, which takes longer to read.
	lines bool
}

// demoInvoice is an invoice as it was issued.
type demoInvoice struct {
	billing.Invoice
	customer, subscription int64
}

// past answers the same database at another time.
func (s *Store) past(clock Clock) *Store {
	return &Store{path: s.path, clock: clock, rehearsal: s.rehearsal, readers: s.readers, writer: s.writer}
}

func (s *Store) newDemoPayments(ctx context.Context, t Tenant, data *demoData) (*demoPayments, error) {
	began := s.past(Clock{Now: data.calendar.began})
	if _, err := began.CreateKey(ctx, Scope{t, data.colleagues[0]}, "Payment provider", false); err != nil {
		return nil, err
	}
	p := &demoPayments{
		demoRandom: data.contracts.demoRandom, s: s, tenant: t, calendar: data.calendar, colleagues: data.colleagues, provider: Actor{Kind: ActorKey, Name: "Payment provider"},
		companies: newDemoDeck(demoShare[demoHabit]{20, demoOnTime}, demoShare[demoHabit]{5, demoLate}, demoShare[demoHabit]{2, demoSlow}, demoShare[demoHabit]{13, demoCollect}),
		habits:    map[string]demoHabit{demoAcme().ID: demoOnTime, demoLargest().ID: demoCollect},
		waived:    newDemoDeck(demoShare[bool]{39, false}, demoShare[bool]{1, true}),
		cancelled: newDemoDeck(demoShare[bool]{399, false}, demoShare[bool]{1, true}),
		acts:      make(map[billing.Date][]demoAct), again: make(map[billing.Date][]dueItem),
	}
	err := s.readers.QueryRowContext(ctx, `SELECT id FROM api_keys WHERE tenant = ?1 AND name = ?2`, t.Key, p.provider.Name).Scan(&p.provider.ID)
	return p, err
}

// bill carries out the billing run of a day, decides what will become of its invoices, and
// answers how many they are.
func (p *demoPayments) bill(ctx context.Context, tx querier, day billing.Date, due []dueItem) (int, error) {
	if len(due) == 0 {
		return 0, nil
	}
	// On the first day the business unit is there from the morning on.
	at := latest(p.calendar.midnight(day), p.calendar.began().Add(30*time.Minute))
	r := p.s.newBillRun(Scope{p.tenant, automaticBilling}, day, day, func() time.Time { return at })
	var err error
	if r.key, err = insertRun(ctx, tx, p.tenant, r.BillingRun); err != nil {
		return 0, err
	}
	sortDue(due)
	for r.Due = len(due); len(due) > 0; {
		n := nextBatch(due, maxBillBatch)
		batch, err := r.plan(ctx, tx, due[:n])
		if err != nil {
			return 0, err
		}
		if r.BillingRun, err = r.issueBatch(ctx, tx, batch); err != nil {
			return 0, err
		}
		due = due[n:]
	}
	r.State = RunDone
	if err := updateRun(ctx, tx, p.tenant, r.key, r.BillingRun); err != nil {
		return 0, err
	}
	return r.Invoices, p.expect(ctx, tx, r.key)
}

// expect decides what will become of the invoices of a run.
func (p *demoPayments) expect(ctx context.Context, tx querier, run int64) error {
	var invoices []demoInvoice
	err := eachRow(ctx, tx, `SELECT i.id, i.number, c.id, c.type, i.issued_on, i.due_on, i.period, i.lines, i.customer, ifnull(i.subscription, 0)
		FROM invoices i CROSS JOIN customers c
		WHERE i.tenant = ?1 AND i.run = ?2 AND c.tenant = ?1 AND c.key = i.customer AND i.total > 0 ORDER BY i.key`,
		[]any{p.tenant.Key, run}, func(row scanner) error {
			var i demoInvoice
			var kind billing.CustomerType
			var issued, due, period string
			if err := row.Scan(&i.ID, &i.Number, &i.CustomerID, &kind, &issued, &due, &period, &i.LineCount, &i.customer, &i.subscription); err != nil {
				return err
			}
			var errs [3]error
			i.Issued, errs[0] = billing.ParseDate(issued)
			i.Due, errs[1] = billing.ParseDate(due)
			i.Period, errs[2] = billing.ParsePeriod(period)
			if _, known := p.habits[i.CustomerID]; !known {
				p.habits[i.CustomerID] = demoCollect
				if kind == billing.Business {
					p.habits[i.CustomerID] = p.companies.deal(p.demoRandom)
				}
			}
			invoices = append(invoices, i)
			return errors.Join(errs[:]...)
		})
	for _, i := range invoices {
		p.decide(i)
	}
	return err
}

// decide decides what will become of one invoice.
func (p *demoPayments) decide(i demoInvoice) {
	switch {
	case i.CustomerID == demoAcme().ID:
	case i.LineCount > 1 && p.waived.deal(p.demoRandom):
		p.byHand(i, i.Issued.AddDays(1), true, func(past *Store, i billing.Invoice) invoiceAct {
			return past.crediting(billing.CreditInput{SubscriptionIDs: []string{i.Lines[0].SubscriptionID}, Reason: "Not asked for, as agreed: the device was replaced late."})
		})
	case i.LineCount == 1 && i.subscription != 0 && i.Issued.Before(i.Due) && p.cancelled.deal(p.demoRandom):
		on := p.byHand(i, i.Issued.AddDays(1), true, func(past *Store, _ billing.Invoice) invoiceAct {
			return past.cancelling(billing.CreditInput{Reason: "The address was wrong. A corrected invoice follows.", Again: true})
		})
		next := on.AddDays(1)
		p.again[next] = append(p.again[next], dueItem{since: newDay(next), period: newMonth(i.Period), lines: 1, customer: i.customer, target: i.subscription})
		return
	}
	switch p.habits[i.CustomerID] {
	case demoOnTime:
		p.transfer(i, i.Due.AddDays(-p.between(1, 9)), "")
	case demoLate:
		p.transfer(i, i.Due.AddDays(p.between(3, 20)), "")
	case demoSlow:
		if p.chance(50) {
			p.transfer(i, i.Due.AddDays(p.between(20, 45)), "Paid after the second reminder.")
		}
	case demoCollect:
		p.collect(i)
	}
}

// transfer has a customer pay by bank transfer, not before the day after the invoice.
func (p *demoPayments) transfer(i demoInvoice, on billing.Date, notes string) {
	if first := i.Issued.AddDays(2); on.Before(first) {
		on = first
	}
	reference := fmt.Sprintf("%s %s", i.Number, p.fill("EREF+########"))
	if p.chance(15) {
		reference = p.fill("Sammelzahlung ######")
	}
	p.byHand(i, on, false, func(past *Store, _ billing.Invoice) invoiceAct {
		return past.markingPaid(billing.MarkPaid{Method: "Bank transfer", Reference: reference, Notes: notes})
	})
}

// collect has the payment provider collect an invoice when it is due; now and then that
// fails, and is tried once more.
func (p *demoPayments) collect(i demoInvoice) {
	days := p.between(1, 3)
	p.told(i, i.Due, billing.InvoiceProcessing, "")
	if !p.chance(5) {
		p.told(i, i.Due.AddDays(days), billing.InvoicePaid, "")
		return
	}
	failed := i.Due.AddDays(days)
	p.told(i, failed, billing.InvoiceFailed, oneOf(p.demoRandom, []string{"The account has not enough money.", "The customer's bank refused the debit.", "The card has expired."}))
	if p.chance(50) {
		p.told(i, failed.AddDays(7), billing.InvoiceProcessing, "")
		p.told(i, failed.AddDays(9), billing.InvoicePaid, "")
	}
}

// told has the provider tell a state of an invoice, in the evening of a day.
func (p *demoPayments) told(i demoInvoice, on billing.Date, status billing.InvoiceStatus, reason string) {
	at := time.Date(on.Year, on.Month, on.Day, 20, p.IntN(60), p.IntN(60), 0, p.tenant.Zone)
	p.acts[on] = append(p.acts[on], demoAct{at, i.ID, p.provider, func(past *Store, _ billing.Invoice) invoiceAct { return past.settingStatus(status, reason) }, false})
}

// byHand has a colleague do something to an invoice, on the first working day from a day
// on, which it answers.
func (p *demoPayments) byHand(i demoInvoice, on billing.Date, lines bool, do func(*Store, billing.Invoice) invoiceAct) billing.Date {
	for on.Weekday() == time.Saturday || on.Weekday() == time.Sunday {
		on = on.AddDays(1)
	}
	at := time.Date(on.Year, on.Month, on.Day, p.between(9, 16), p.IntN(60), p.IntN(60), 0, p.tenant.Zone)
	p.acts[on] = append(p.acts[on], demoAct{at, i.ID, oneOf(p.demoRandom, p.colleagues), do, lines})
	return on
}

// live carries out what happens on a day, in the order of time, together with what the
// activity has yet to be told.
func (p *demoPayments) live(ctx context.Context, tx querier, day billing.Date, told []demoHappening) error {
	acts := p.acts[day]
	delete(p.acts, day)
	ids := make([]string, len(acts))
	for i, act := range acts {
		ids[i] = act.invoice
	}
	invoices, err := keyedInvoices(ctx, tx, p.tenant, ids)
	if err != nil {
		return err
	}
	for _, act := range acts {
		told = append(told, demoHappening{act.at, func(ctx context.Context, tx querier) error {
			invoice, fresh := invoices[act.invoice]
			delete(invoices, act.invoice) // it is another one afterwards
			return p.carryOut(ctx, tx, day, act, invoice, fresh)
		}})
	}
	slices.SortStableFunc(told, func(a, b demoHappening) int { return a.at.Compare(b.at) })
	for _, happening := range told {
		if err := happening.record(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (p *demoPayments) carryOut(ctx context.Context, tx querier, day billing.Date, act demoAct, i keyedInvoice, fresh bool) (err error) {
	if !fresh || act.lines {
		if i.key, i.Invoice, err = loadInvoice(ctx, tx, p.tenant, act.invoice); err != nil {
			return err
		}
	}
	past := p.s.past(Clock{Now: func() time.Time { return act.at }, Frozen: Frozen{date: day}})
	if err := act.do(past, i.Invoice)(ctx, tx, Scope{p.tenant, act.by}, i.key, i.Invoice); err != nil {
		return fmt.Errorf("%s on %s: %w", i.Number, day, err)
	}
	return nil
}
