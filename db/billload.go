package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"billfold/billing"
)

// billBatch is what issuing some invoices takes, as it stands in the transaction that
// issues them.
type billBatch struct {
	*billRun
	items []dueItem // what it is about
	// oneByOne issues each invoice by itself, and sets aside what the database refuses.
	oneByOne bool
	// seen is the highest revision of the tenant's customers when it was planned.
	seen int64
	// tenant is the business unit as it is now, and day the day its invoices are issued.
	tenant Tenant
	day    billing.Date
	// subscriptions are called by their ids, their customers and groups by their keys.
	subscriptions []billing.Subscription
	keys          map[string]int64 // of subscriptions, by id
	groups        map[int64]billing.Group
	customers     map[int64]billing.Customer
	billed        billing.Billed
	// invoices are what is due of what the batch is about, in the order of issue.
	invoices []batchInvoice
	// aside says of those of them that could not be issued why; revision is the one that
	// issuing the others has given their customers.
	aside    map[dueItem]string
	revision int64
	// parties are who stands on the invoices that were written last, by customer.
	parties map[int64]party
	// written is what was written last of invoices and lines.
	written struct{ rows, lines string }
}

// batchInvoice is an invoice to issue.
type batchInvoice struct {
	dueItem
	billing.Draft
}

// planAhead plans a batch before it has its turn to be written.
func (r *billRun) planAhead(ctx context.Context, items []dueItem) (b *billBatch, err error) {
	err = r.s.read(ctx, func(q querier) error {
		b, err = r.plan(ctx, q, items)
		return err
	})
	return b, err
}

// holds tells whether the batch is still what would be planned: the business unit and the
// customers it is about are as they were. What the batch before it has billed since, where
// that held too, is taken in.
func (b *billBatch) holds(ctx context.Context, tx querier, before *billBatch) (bool, error) {
	t, err := tenantByKey(ctx, tx, b.tenant.Key)
	if err != nil || t.Version != b.tenant.Version || later(b.IssuedOn, t.LastIssued) != b.day {
		return false, err
	}
	var own int64
	if before != nil {
		own = before.revision
		for _, invoice := range before.invoices {
			for _, line := range invoice.Lines {
				if _, mine := b.keys[line.Subscription.ID]; mine && before.aside[invoice.dueItem] == "" {
					b.billed.AddLine(line.Subscription.ID, invoice.Period)
				}
			}
		}
	}
	var changed bool
	err = tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM json_each(?2) j CROSS JOIN customers c
		WHERE c.tenant = ?1 AND c.key = j.value AND c.revision > ?3 AND c.revision <> ?4)`,
		t.Key, jsonOf(slices.Collect(maps.Keys(b.customers))), b.seen, own).Scan(&changed)
	return !changed, err
}

func tenantByKey(ctx context.Context, q querier, key int64) (Tenant, error) {
	tenants, err := loadTenants(ctx, q, `WHERE t.key = ?1`, key)
	if err != nil {
		return Tenant{}, err
	}
	return tenants[0], nil
}

// plan plans anew what a batch is about. What is not due any more, or was issued by
// somebody else meanwhile, is not in it.
func (r *billRun) plan(ctx context.Context, tx querier, items []dueItem) (*billBatch, error) {
	b := &billBatch{billRun: r, items: items, keys: make(map[string]int64), aside: make(map[dueItem]string)}
	var err error
	if b.tenant, err = tenantByKey(ctx, tx, r.scope.Tenant.Key); err != nil {
		return nil, err
	}
	if err := tx.QueryRowContext(ctx, `SELECT ifnull(max(revision), 0) FROM customers WHERE tenant = ?1`, b.tenant.Key).Scan(&b.seen); err != nil {
		return nil, err
	}
	b.day = later(r.IssuedOn, b.tenant.LastIssued) // another run may have issued on a later day
	if err := b.read(ctx, tx, items); err != nil {
		return nil, err
	}
	wanted := make(map[dueItem]bool, len(items))
	for _, item := range items {
		wanted[item.identity()] = true
	}
	groups := slices.Collect(maps.Values(b.groups))
	for _, p := range billing.Plan(b.subscriptions, groups, b.billed, r.DueBy, r.DueBy.AddDays(1)) {
		invoice, err := b.invoice(p)
		if err != nil {
			return nil, err
		}
		if wanted[invoice.identity()] {
			b.invoices = append(b.invoices, invoice)
		}
	}
	slices.SortFunc(b.invoices, func(x, y batchInvoice) int { return x.compare(y.dueItem) })
	return b, nil
}

// invoice makes of a planned invoice the one that is issued.
func (b *billBatch) invoice(p billing.PlannedInvoice) (batchInvoice, error) {
	item := dueItem{since: newDay(p.Since), period: newMonth(p.Period), grouped: p.GroupID != ""}
	var errs [2]error
	item.customer, errs[0] = strconv.ParseInt(p.CustomerID, 10, 64)
	if item.grouped {
		item.target, errs[1] = strconv.ParseInt(p.GroupID, 10, 64)
	} else {
		item.target = b.keys[p.Lines[0].Subscription.ID]
	}
	p.Date = b.day
	return batchInvoice{item, p.Draft(b.tenant.Tenant, b.customers[item.customer])}, errors.Join(errs[:]...)
}

// read reads the groups with all their members, and the subscriptions, that the batch
// is about; then the customers, groups and billed instalments of all these.
func (b *billBatch) read(ctx context.Context, tx querier, items []dueItem) error {
	var groups, alone []int64
	for _, item := range items {
		if item.grouped {
			groups = append(groups, item.target)
		} else {
			alone = append(alone, item.target)
		}
	}
	customers, named := make(map[int64]bool), make(map[int64]bool)
	err := errors.Join(
		b.readSubscriptions(ctx, tx, `INDEXED BY subscriptions_group WHERE u.tenant = ?1 AND u.grp = j.value AND u.grp IS NOT NULL`, groups, customers, named),
		b.readSubscriptions(ctx, tx, `WHERE u.tenant = ?1 AND u.key = j.value`, alone, customers, named))
	if err != nil {
		return fmt.Errorf("subscriptions: %w", err)
	}
	if err := b.readBilled(ctx, tx); err != nil {
		return fmt.Errorf("billed instalments: %w", err)
	}
	if err := b.readGroups(ctx, tx, slices.Collect(maps.Keys(named))); err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	b.customers, err = customersByKey(ctx, tx, b.tenant, slices.Collect(maps.Keys(customers)))
	return err
}

// readSubscriptions reads subscriptions as u, where they are not read yet, and notes
// their customers and groups.
func (b *billBatch) readSubscriptions(ctx context.Context, tx querier, where string, keys []int64, customers, groups map[int64]bool) error {
	return eachRow(ctx, tx, `SELECT u.key, u.id, u.customer, u.product, u.serial, u.amount, u.start, u.length, u.status, u.ended_on, u.owed_from,
		u.grp, u.grouped_from, u.billed_to FROM json_each(?2) j CROSS JOIN subscriptions u `+where, []any{b.tenant.Key, jsonOf(keys)}, func(row scanner) error {
		var key, customer int64
		var start, owedFrom string
		var endedOn, groupedFrom, billedTo sql.NullString
		var group sql.NullInt64
		s := billing.Subscription{MonthlyAmount: billing.Money{Currency: b.tenant.Currency}}
		if err := row.Scan(&key, &s.ID, &customer, &s.Product, &s.Serial, &s.MonthlyAmount.Minor, &start, &s.Length, &s.Status, &endedOn, &owedFrom,
			&group, &groupedFrom, &billedTo); err != nil {
			return err
		}
		if _, known := b.keys[s.ID]; known {
			return nil
		}
		b.keys[s.ID], customers[customer], s.CustomerID = key, true, groupName(customer)
		var errs [5]error
		s.Start, errs[0] = billing.ParseDate(start)
		s.OwedFrom, errs[1] = billing.ParsePeriod(owedFrom)
		if endedOn.Valid {
			s.EndedOn, errs[2] = billing.ParseDate(endedOn.String)
		}
		if group.Valid {
			groups[group.Int64], s.GroupID = true, groupName(group.Int64)
			s.GroupedFrom, errs[3] = billing.ParsePeriod(groupedFrom.String)
		}
		if billedTo.Valid {
			var to billing.Period
			to, errs[4] = billing.ParsePeriod(billedTo.String)
			b.billed.AddRun(s.ID, s.OwedFrom, to)
		}
		b.subscriptions = append(b.subscriptions, s)
		return errors.Join(errs[:]...)
	})
}

// readBilled reads what is billed of the subscriptions beyond what they are billed up to.
func (b *billBatch) readBilled(ctx context.Context, tx querier) error {
	return eachPeriod(ctx, tx, b.tenant, `SELECT j.key, u.id, l.period FROM json_each(?2) j CROSS JOIN subscriptions u CROSS JOIN invoice_lines l
		WHERE u.tenant = ?1 AND u.key = j.value AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 1 AND l.period >= ifnull(u.billed_to, '')`,
		jsonOf(slices.Collect(maps.Values(b.keys))), func(_ int, id string, period billing.Period) { b.billed.AddLine(id, period) })
}

// readGroups reads groups, and the months they have an invoice of.
func (b *billBatch) readGroups(ctx context.Context, tx querier, keys []int64) error {
	groups := make([]Group, len(keys))
	err := eachRow(ctx, tx, `SELECT j.key, g.name, g.reference, g.status FROM json_each(?2) j CROSS JOIN groups g WHERE g.tenant = ?1 AND g.key = j.value`,
		[]any{b.tenant.Key, jsonOf(keys)}, func(row scanner) error {
			var i int
			var g billing.Group
			err := row.Scan(&i, &g.Name, &g.Reference, &g.Status)
			g.ID = groupName(keys[i])
			groups[i].Group = g
			return err
		})
	if err != nil {
		return err
	}
	if err := loadDays(ctx, tx, b.tenant, groups, keys); err != nil {
		return err
	}
	b.groups = make(map[int64]billing.Group, len(keys))
	for i, key := range keys {
		b.groups[key] = groups[i].Group
	}
	return eachPeriod(ctx, tx, b.tenant, `SELECT j.key, CAST(i.grp AS TEXT), i.period FROM json_each(?2) j CROSS JOIN invoices i
		WHERE i.tenant = ?1 AND i.grp = j.value AND i.live = 1`,
		jsonOf(keys), func(_ int, group string, period billing.Period) { b.billed.AddGroup(group, period) })
}
