package db

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"billfold/billing"
)

// DueInvoice is an invoice that is due: the billing run would issue it, or set it aside.
type DueInvoice struct {
	// Since is the day it fell due.
	Since                    billing.Date
	Period                   billing.Period
	CustomerID, CustomerName string
	// GroupID and GroupName are a consolidated invoice's; the others an individual one's.
	GroupID, GroupName              string
	SubscriptionID, Product, Serial string
	// Lines counts its instalments.
	Lines int
	// Total is with tax.
	Total billing.Money
	// Reason says why a run would set it aside as things are, and what to do; "" where it
	// would issue it. Cause says that in a few words.
	Reason, Cause string
	// FirstTried and LastTried are when a run came to it and set it aside; zero where none
	// has.
	FirstTried, LastTried time.Time
}

// Due is what the billing run would find due.
type Due struct {
	// Invoices are in the order they would be issued in, the oldest first; among them are
	// those with a reason, which would be set aside.
	Invoices []DueInvoice
	// Issued and SetAside are what it would issue and set aside.
	Issued, SetAside DueSum
}

// DueSum is some of what is due, added up.
type DueSum struct {
	Invoices, Lines int
	Total           billing.Money
}

func (s *DueSum) add(item dueItem) {
	s.Invoices++
	s.Lines += int(item.lines)
	s.Total.Minor += item.total
}

// Due answers what [Store.Bill] would issue of what fell due by a day, zero for today,
// and what it would set aside. It judges by the same rules; what the database refused at
// the last try, it takes to be refused again. It refuses a day after today as Bill does,
// and writes nothing.
func (s *Store) Due(ctx context.Context, t Tenant, on billing.Date) (Due, error) {
	none := DueSum{Total: billing.Money{Currency: t.Currency}}
	due := Due{Issued: none, SetAside: none}
	err := s.read(ctx, func(q querier) error {
		on, err := dueBy(on, s.Today(t))
		if err != nil {
			return err
		}
		var items []dueItem
		if err := s.eachDue(ctx, q, t, on, func(found []dueItem) { items = append(items, found...) }); err != nil {
			return err
		}
		sortDue(items)
		before, err := triesOf(ctx, q, t)
		if err != nil {
			return err
		}
		for i := range items {
			item := &items[i]
			if item.hindrance == unhindered && before[item.identity()].refused != "" {
				item.hindrance = refusedBefore
			}
			if item.hindrance == unhindered {
				due.Issued.add(*item)
			} else {
				due.SetAside.add(*item)
			}
		}
		if due.Invoices, err = nameDue(ctx, q, t, items); err != nil {
			return err
		}
		for i, item := range items {
			if tried, is := before[item.identity()]; is {
				tried.tell(&due.Invoices[i], item.hindrance)
			}
		}
		return nil
	})
	return due, wrap("due", err)
}

// dueItem is an invoice that is due, kept small: a first run can have a million.
type dueItem struct {
	since   day
	period  int32
	lines   int32
	grouped bool // target is the key of a group, not of a subscription
	hindrance
	customer int64
	target   int64
	total    int64
}

// day is a date that is kept in few bytes, in the order of dates.
type day int32

func newDay(d billing.Date) day { return day(d.Year<<9 | int(d.Month)<<5 | d.Day) }

func (d day) date() billing.Date {
	return billing.Period{Year: int(d >> 9), Month: 1}.Add(int(d>>5&15) - 1).Date(int(d & 31))
}

func newMonth(p billing.Period) int32 { return int32(p.Sub(billing.Period{Year: 0, Month: 1})) }

func monthPeriod(n int32) billing.Period { return billing.Period{Year: 0, Month: 1}.Add(int(n)) }

// identity is what there is one invoice of.
func (i dueItem) identity() dueItem {
	return dueItem{period: i.period, grouped: i.grouped, target: i.target}
}

// sortDue puts invoices in the order they are issued in: the oldest first, consolidated
// ones before others of the same customer.
func sortDue(items []dueItem) {
	slices.SortFunc(items, dueItem.compare)
}

func (i dueItem) compare(o dueItem) int {
	return cmp.Or(cmp.Compare(i.since, o.since), cmp.Compare(i.period, o.period), cmp.Compare(i.customer, o.customer),
		-cmp.Compare(index(i.grouped), index(o.grouped)), cmp.Compare(i.target, o.target))
}

// dueChunk is how many customers are planned for at a time.
const dueChunk = 500

// eachDue plans for every customer that may owe something by a day, and calls take with
// what is due, some customers at a time.
func (s *Store) eachDue(ctx context.Context, q querier, t Tenant, on billing.Date, take func([]dueItem)) error {
	// Who is billed up to the month after has nothing due. The rest of the condition leaves
	// out contracts that were over before what is not billed yet.
	customers, err := queryKeys(ctx, q, `SELECT DISTINCT u.customer FROM subscriptions u WHERE u.tenant = ?1
		AND ifnull(u.billed_to, u.owed_from) <= ?2 AND u.contract_end > ifnull(u.billed_to, u.owed_from)
		AND (u.ended_on IS NULL OR u.ended_on > ifnull(u.billed_to, u.owed_from)) ORDER BY u.customer`, t.Key, on.Period().String())
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(customers, dueChunk) {
		plans, err := loadPlansBy(ctx, q, t, chunk, "CAST(u.key AS TEXT)")
		if err != nil {
			return err
		}
		var items []dueItem
		for i := range plans {
			if items, err = plans[i].due(t, on, items); err != nil {
				return err
			}
		}
		take(items)
	}
	return nil
}

// due adds what is due of the customer by a day.
func (c *customerPlan) due(t Tenant, on billing.Date, items []dueItem) ([]dueItem, error) {
	return c.dueFrom(t, on, on.AddDays(1), items)
}

// dueFrom adds what falls due of the customer from one day on, before another. Its
// subscriptions and groups are called by their keys.
func (c *customerPlan) dueFrom(t Tenant, today, to billing.Date, items []dueItem) ([]dueItem, error) {
	for _, p := range billing.Plan(c.subscriptions, c.groups, c.billed, today, to) {
		draft := p.Draft(t.Tenant, c.customer)
		target, err := strconv.ParseInt(cmp.Or(p.GroupID, p.Lines[0].Subscription.ID), 10, 64)
		if err != nil {
			return nil, err
		}
		items = append(items, dueItem{
			since: newDay(p.Since), period: newMonth(p.Period), lines: int32(len(p.Lines)),
			grouped: p.GroupID != "", hindrance: hindranceOf(t.Tenant, c.customer, draft.Total), customer: c.key, target: target, total: draft.Total,
		})
	}
	return items, nil
}

// nameDue answers what is due in words.
func nameDue(ctx context.Context, q querier, t Tenant, items []dueItem) ([]DueInvoice, error) {
	list := make([]DueInvoice, 0, len(items))
	for chunk := range slices.Chunk(items, dueChunk) {
		names, err := loadNames(ctx, q, t, chunk)
		if err != nil {
			return nil, err
		}
		for _, item := range chunk {
			d := DueInvoice{
				Since: item.since.date(), Period: monthPeriod(item.period), CustomerID: names.customers[item.customer].ID, CustomerName: names.customers[item.customer].Name(),
				Lines: int(item.lines), Total: billing.Money{Minor: item.total, Currency: t.Currency}, Cause: item.cause(),
			}
			d.Reason = item.reason(d.Total)
			if target := names.targets[dueTarget{item.grouped, item.target}]; item.grouped {
				d.GroupID, d.GroupName = target.id, target.name
			} else {
				d.SubscriptionID, d.Product, d.Serial = target.id, target.name, target.serial
			}
			list = append(list, d)
		}
	}
	return list, nil
}
