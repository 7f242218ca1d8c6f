package db

import (
	"context"
	"database/sql"
	"errors"
	"math/bits"
	"strconv"

	"billfold/billing"
)

// customerPlan is what planning for one customer takes. Its subscriptions and groups
// have only what decides about dates and amounts, and a group is called by its key.
type customerPlan struct {
	key           int64
	customer      billing.Customer
	subscriptions []billing.Subscription
	groups        []billing.Group
	billed        billing.Billed
}

// plan answers what is planned for the customer this month and next.
func (c *customerPlan) plan(today billing.Date) []billing.PlannedInvoice {
	return billing.Plan(c.subscriptions, c.groups, c.billed, today, today.Period().Add(2).First())
}

// worthGrouping tells whether a group made today would take an invoice of next month
// over, whatever its day: it bills an active ungrouped subscription that is not in its
// first month, in which a group's day can lie before the contract.
func worthGrouping(p billing.PlannedInvoice, today billing.Date) bool {
	line := p.Lines[0]
	return p.Alone == billing.AloneUngrouped && p.Period == today.Period().Add(1) &&
		line.Instalment.Number > 0 && line.Subscription.ActiveOn(today)
}

// customerForecast is one customer's part of a forecast. There are very many of these.
type customerForecast struct {
	customer        int64
	shares          []share
	active, grouped int32
	worth           worth
}

// share is what is planned for a customer on one day.
type share struct {
	amount   int64
	invoices int32
	day      uint8
	next     bool // month: the next instead of this
	grouped  bool // invoices of groups instead of others
}

// worth is what a customer's ungrouped subscriptions come to next month; zero where
// there is nothing to gain by grouping them.
type worth struct {
	amount              int64
	subscriptions, days int32
}

// forecast plans for the customer and adds up.
func (c *customerPlan) forecast(t Tenant, today billing.Date) customerForecast {
	f := customerForecast{customer: c.key}
	active := make(map[string]bool, len(c.groups))
	for _, g := range c.groups {
		active[g.ID] = g.Status == billing.GroupActive
	}
	for _, s := range c.subscriptions {
		if s.ActiveOn(today) {
			f.active++
			if active[s.GroupID] {
				f.grouped++
			}
		}
	}
	var sums [2][2][32]share // by month, whether of groups, and day
	used := 0
	var days uint32
	for _, d := range drafts(t, c.customer, c.plan(today)) {
		next, grouped := d.Date.Period() != today.Period(), d.GroupID != ""
		sum := &sums[index(next)][index(grouped)][d.Date.Day]
		if sum.invoices == 0 {
			used++
		}
		*sum = share{amount: sum.amount + d.Total, invoices: sum.invoices + 1, day: uint8(d.Date.Day), next: next, grouped: grouped}
		if worthGrouping(d.PlannedInvoice, today) {
			f.worth.subscriptions++
			f.worth.amount += d.Lines[0].Subscription.MonthlyAmount.Minor
			days |= 1 << d.Date.Day
		}
	}
	f.worth.days = int32(bits.OnesCount32(days))
	if f.worth.subscriptions < 2 || c.customer.Type != billing.Business || c.customer.Status != billing.CustomerActive {
		f.worth = worth{}
	}
	f.shares = make([]share, 0, used)
	for _, month := range sums {
		for _, kind := range month {
			for _, sum := range kind {
				if sum.invoices > 0 {
					f.shares = append(f.shares, sum)
				}
			}
		}
	}
	return f
}

func index(second bool) int {
	if second {
		return 1
	}
	return 0
}

// loadPlans reads what planning for customers takes, in the order of their keys.
func loadPlans(ctx context.Context, q querier, t Tenant, keys []int64) ([]customerPlan, error) {
	return loadPlansBy(ctx, q, t, keys, "u.id")
}

// loadPlansBy is loadPlans with the column that subscriptions are called by: their id, or
// their key as a group is.
func loadPlansBy(ctx context.Context, q querier, t Tenant, keys []int64, name string) ([]customerPlan, error) {
	plans := make([]customerPlan, len(keys))
	for i, key := range keys {
		plans[i].key = key
	}
	list := jsonOf(keys)
	return plans, errors.Join(
		planCustomers(ctx, q, t, list, plans),
		planSubscriptions(ctx, q, t, list, plans, name),
		planGroups(ctx, q, t, list, plans))
}

// planCustomers reads the customers, and of their addresses what the settings require.
func planCustomers(ctx context.Context, q querier, t Tenant, list string, plans []customerPlan) error {
	address := `'', '', ''`
	if t.AddressRequired {
		address = `c.street, c.city, c.country`
	}
	return eachRow(ctx, q, `SELECT j.key, c.type, c.status, c.vat_treatment, `+address+`
		FROM json_each(?2) j CROSS JOIN customers c WHERE c.tenant = ?1 AND c.key = j.value`, []any{t.Key, list}, func(row scanner) error {
		var i int
		var c billing.Customer
		err := row.Scan(&i, &c.Type, &c.Status, &c.VATTreatment, &c.Address.Street, &c.Address.City, &c.Address.Country)
		plans[i].customer = c
		return err
	})
}

// planSubscriptions reads the customers' subscriptions and what has been billed of them.
func planSubscriptions(ctx context.Context, q querier, t Tenant, list string, plans []customerPlan, name string) error {
	err := eachRow(ctx, q, `SELECT j.key, `+name+`, u.billed_to, u.amount, u.start, u.length, u.status, u.ended_on, u.owed_from, u.grp, u.grouped_from
		FROM json_each(?2) j CROSS JOIN subscriptions u WHERE u.tenant = ?1 AND u.customer = j.value`, []any{t.Key, list}, func(row scanner) error {
		var i int
		var start, owedFrom string
		var billedTo, endedOn, groupedFrom sql.NullString
		var group sql.NullInt64
		s := billing.Subscription{MonthlyAmount: billing.Money{Currency: t.Currency}}
		err := row.Scan(&i, &s.ID, &billedTo, &s.MonthlyAmount.Minor, &start, &s.Length, &s.Status, &endedOn, &owedFrom, &group, &groupedFrom)
		if err != nil {
			return err
		}
		var errs [5]error
		s.Start, errs[0] = billing.ParseDate(start)
		s.OwedFrom, errs[1] = billing.ParsePeriod(owedFrom)
		if endedOn.Valid {
			s.EndedOn, errs[2] = billing.ParseDate(endedOn.String)
		}
		if group.Valid {
			s.GroupID = groupName(group.Int64)
			s.GroupedFrom, errs[3] = billing.ParsePeriod(groupedFrom.String)
		}
		if billedTo.Valid {
			var to billing.Period
			to, errs[4] = billing.ParsePeriod(billedTo.String)
			plans[i].billed.AddRun(s.ID, s.OwedFrom, to)
		}
		plans[i].subscriptions = append(plans[i].subscriptions, s)
		return errors.Join(errs[:]...)
	})
	if err != nil {
		return err
	}
	return eachPeriod(ctx, q, t, `SELECT j.key, `+name+`, l.period FROM json_each(?2) j CROSS JOIN subscriptions u CROSS JOIN invoice_lines l
		WHERE u.tenant = ?1 AND u.customer = j.value AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 1 AND l.period >= ifnull(u.billed_to, '')`,
		list, func(i int, id string, period billing.Period) { plans[i].billed.AddLine(id, period) })
}

// eachPeriod reads the customer's place in a list, a name and a period of each row.
func eachPeriod(ctx context.Context, q querier, t Tenant, query, list string, add func(i int, name string, period billing.Period)) error {
	return eachRow(ctx, q, query, []any{t.Key, list}, func(row scanner) error {
		var i int
		var name, text string
		if err := row.Scan(&i, &name, &text); err != nil {
			return err
		}
		period, err := billing.ParsePeriod(text)
		add(i, name, period)
		return err
	})
}

// planGroups reads the customers' groups and the months they have an invoice of.
func planGroups(ctx context.Context, q querier, t Tenant, list string, plans []customerPlan) error {
	var groups []Group
	var keys []int64
	var owners []int
	err := eachRow(ctx, q, `SELECT j.key, g.key, g.status
		FROM json_each(?2) j CROSS JOIN groups g WHERE g.tenant = ?1 AND g.customer = j.value AND g.deleted_at IS NULL`, []any{t.Key, list}, func(row scanner) error {
		var i int
		var key int64
		var g Group
		err := row.Scan(&i, &key, &g.Status)
		g.ID = groupName(key)
		groups, keys, owners = append(groups, g), append(keys, key), append(owners, i)
		return err
	})
	if err != nil || len(groups) == 0 {
		return err
	}
	if err := loadDays(ctx, q, t, groups, keys); err != nil {
		return err
	}
	for i, g := range groups {
		owner := &plans[owners[i]]
		owner.groups = append(owner.groups, g.Group)
	}
	return eachPeriod(ctx, q, t, `SELECT j.key, CAST(i.grp AS TEXT), i.period FROM json_each(?2) j CROSS JOIN groups g CROSS JOIN invoices i
		WHERE g.tenant = ?1 AND g.customer = j.value AND g.deleted_at IS NULL AND i.tenant = ?1 AND i.grp = g.key AND i.live = 1`,
		list, func(i int, group string, period billing.Period) { plans[i].billed.AddGroup(group, period) })
}

func groupName(key int64) string { return strconv.FormatInt(key, 10) }
