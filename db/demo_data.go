package db

import (
	"context"
	"time"

	"billfold/billing"
)

// demoData makes up a demo, customer by customer, so that a large one takes no more
// memory than a small one. It depends on nothing but what it is given.
type demoData struct {
	today     billing.Date
	cutOver   billing.Date
	calendar  demoCalendar
	shapes    []demoShape
	customers *demoCustomers
	contracts *demoContracts
	groups    *demoGroups
	// colleagues are those who work with it.
	colleagues []Actor
	// happened is what the activity is still to be told, in the order of time.
	happened []demoHappening

	next int // position in shapes
	// total counts all subscriptions, done those made up so far.
	total, done int
}

// demoHappening is something that happened at a time, for the activity.
type demoHappening struct {
	at     time.Time
	record func(ctx context.Context, q querier) error
}

// demoCustomer is a customer with what it has.
type demoCustomer struct {
	billing.Customer
	subscriptions []billing.Subscription
	groups        []demoGroup
}

func newDemoData(r demoRandom, t Tenant, today billing.Date, colleagues []Actor, subscriptions int) *demoData {
	calendar := newDemoCalendar(today, t.Zone)
	shapes := demoShapes(r, subscriptions)
	return &demoData{
		today: today, cutOver: t.CutOver, calendar: calendar, colleagues: colleagues, total: subscriptions,
		shapes:    shapes,
		customers: newDemoCustomers(r),
		contracts: newDemoContracts(r, today, t.Currency),
		groups:    newDemoGroups(r, today, calendar, colleagues, shapes),
	}
}

// more tells whether there are customers left.
func (d *demoData) more() bool { return d.next < len(d.shapes) }

// customer makes up the next customer, the newer its groups the later it comes.
func (d *demoData) customer() (c demoCustomer, err error) {
	shape := d.shapes[d.next]
	country := &demoGermany
	switch shape.role {
	case demoFirst:
		c.Customer = demoAcme()
	case demoFleet:
		c.Customer = demoLargest()
	case demoPerson:
		c.Customer = d.customers.individual()
	default:
		c.Customer, country = d.customers.business()
	}
	if shape.role == demoInactive {
		c.Status = billing.CustomerInactive
	}
	c.subscriptions = d.contracts.of(c.Customer, shape)
	for i := range c.subscriptions {
		s := &c.subscriptions[i]
		s.CreatedAt = d.takenIn(*s)
		s.UpdatedAt = s.CreatedAt
	}
	for i := range c.subscriptions {
		c.subscriptions[i] = c.subscriptions[i].OwedSince(d.cutOver)
	}
	from, to := float64(d.done)/float64(d.total), float64(d.done+shape.size)/float64(d.total)
	if c.groups, err = d.groups.of(c.Customer, country, shape, c.subscriptions, from, to); err != nil {
		return demoCustomer{}, err
	}
	for i := range c.subscriptions {
		s := &c.subscriptions[i]
		if !s.EndedOn.IsZero() {
			s.UpdatedAt = latest(s.UpdatedAt, d.calendar.morning(earlier(s.EndedOn, d.today.AddDays(-1))))
		}
	}
	d.next, d.done = d.next+1, d.done+shape.size
	return c, nil
}

// takenIn answers when a contract became known: with all others, or when it was signed.
func (d *demoData) takenIn(s billing.Subscription) time.Time {
	return latest(d.calendar.began(), d.calendar.morning(s.Start.AddDays(-demoNotice-15)))
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// demoCalendar is the time the demo's business has been going on: the working hours of
// the last sixteen weeks, yesterday included.
type demoCalendar struct {
	zone *time.Location
	days []billing.Date
}

func newDemoCalendar(today billing.Date, zone *time.Location) demoCalendar {
	calendar := demoCalendar{zone: zone}
	for ago := 16 * 7; ago > 0; ago-- {
		day := today.AddDays(-ago)
		if weekday := day.Weekday(); weekday != time.Saturday && weekday != time.Sunday {
			calendar.days = append(calendar.days, day)
		}
	}
	return calendar
}

// at answers the time by when a share of the working hours, from 0 up to 1, has passed.
func (c demoCalendar) at(share float64) time.Time {
	const hours = 9
	days := share * float64(len(c.days))
	day := min(int(days), len(c.days)-1)
	// Whole milliseconds are what is stored.
	return c.morning(c.days[day]).Add(time.Duration((days - float64(day)) * hours * float64(time.Hour))).Truncate(time.Millisecond)
}

// began is before anybody has done anything.
func (c demoCalendar) began() time.Time { return c.morning(c.days[0]).Add(-time.Hour) }

// midnight is when a day begins.
func (c demoCalendar) midnight(d billing.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, c.zone)
}

// morning is when work begins on a day.
func (c demoCalendar) morning(d billing.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 8, 0, 0, 0, c.zone)
}
