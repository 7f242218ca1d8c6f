package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// selectSubscriptions reads subscriptions as u with their customer's and group's
// ids; scanSubscription reads a row of it.
const selectSubscriptions = `SELECT u.key, u.id, c.id, u.order_id, u.product, u.sku, u.serial, u.amount, u.start, u.length,
	ifnull(u.original_length, u.length), u.status, u.ended_on, u.owed_from, u.told_next, g.id, u.grouped_from, u.created_by, u.created_at, u.updated_at
	FROM subscriptions u
	JOIN customers c ON c.tenant = u.tenant AND c.key = u.customer
	LEFT JOIN groups g ON g.tenant = u.tenant AND g.key = u.grp `

func scanSubscription(row scanner, currency billing.Currency) (key int64, s billing.Subscription, err error) {
	var start, owedFrom string
	var endedOn, toldNext, group, groupedFrom sql.NullString
	var created, updated int64
	s.MonthlyAmount.Currency = currency
	if err = row.Scan(&key, &s.ID, &s.CustomerID, &s.OrderID, &s.Product, &s.SKU, &s.Serial, &s.MonthlyAmount.Minor, &start, &s.Length,
		&s.OriginalLength, &s.Status, &endedOn, &owedFrom, &toldNext, &group, &groupedFrom, &s.CreatedBy, &created, &updated); err != nil {
		return 0, s, err
	}
	var errs [5]error
	s.Start, errs[0] = billing.ParseDate(start)
	s.OwedFrom, errs[1] = billing.ParsePeriod(owedFrom)
	if endedOn.Valid {
		s.EndedOn, errs[2] = billing.ParseDate(endedOn.String)
	}
	if toldNext.Valid {
		s.ToldNext, errs[4] = billing.ParseDate(toldNext.String)
	}
	if group.Valid {
		s.GroupID = group.String
		s.GroupedFrom, errs[3] = billing.ParsePeriod(groupedFrom.String)
	}
	s.CreatedAt, s.UpdatedAt = time.UnixMilli(created), time.UnixMilli(updated)
	return key, s, errors.Join(errs[:]...)
}

// keyed is a subscription with its row's key.
type keyed struct {
	key int64
	billing.Subscription
}

// querySubscriptions runs selectSubscriptions with the rest of the query.
func querySubscriptions(ctx context.Context, q querier, t Tenant, rest string, args ...any) (list []keyed, err error) {
	err = eachRow(ctx, q, selectSubscriptions+rest, append([]any{t.Key}, args...), func(row scanner) error {
		key, s, err := scanSubscription(row, t.Currency)
		list = append(list, keyed{key, s})
		return err
	})
	return list, err
}

// values drops the keys.
func values(list []keyed) []billing.Subscription {
	subscriptions := make([]billing.Subscription, len(list))
	for i, k := range list {
		subscriptions[i] = k.Subscription
	}
	return subscriptions
}

// CustomerSubscriptions answers all subscriptions of a customer, in the order they
// were taken in, which never changes, and the names of the groups they are in, by
// the group's id. An unknown customer has none.
func (s *Store) CustomerSubscriptions(ctx context.Context, t Tenant, customerID string) (subscriptions []billing.Subscription, names map[string]string, err error) {
	err = s.read(ctx, func(q querier) error {
		key, _, err := findCustomer(ctx, q, t, customerID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.customer = ?2 ORDER BY u.key`, key)
		if err != nil {
			return err
		}
		subscriptions = values(list)
		names, err = groupNames(ctx, q, t, list)
		return err
	})
	return subscriptions, names, wrap("subscriptions of a customer", err)
}

// groupNames names the groups that subscriptions are in, by group id.
func groupNames(ctx context.Context, q querier, t Tenant, list []keyed) (map[string]string, error) {
	names := make(map[string]string)
	for _, k := range list {
		if k.GroupID != "" {
			names[k.GroupID] = ""
		}
	}
	if len(names) == 0 {
		return names, nil
	}
	ids := make([]string, 0, len(names))
	for id := range names {
		ids = append(ids, id)
	}
	err := eachRow(ctx, q, `SELECT g.id, g.name FROM json_each(?2) j CROSS JOIN groups g WHERE g.tenant = ?1 AND g.id = j.value`, []any{t.Key, jsonOf(ids)}, func(row scanner) error {
		var id, name string
		err := row.Scan(&id, &name)
		names[id] = name
		return err
	})
	return names, err
}
