package db

import (
	"context"
	"errors"

	"billfold/billing"
)

// dueNames call what is due by its names.
type dueNames struct {
	customers map[int64]billing.Customer
	targets   map[dueTarget]dueName
}

// dueTarget is a group or a subscription by its key.
type dueTarget struct {
	grouped bool
	key     int64
}

// dueName is what a group or subscription is called.
type dueName struct{ id, name, serial string }

// loadNames reads what the customers, groups and subscriptions of invoices are called.
func loadNames(ctx context.Context, q querier, t Tenant, items []dueItem) (names dueNames, err error) {
	var customers, groups, subscriptions []int64
	for _, item := range items {
		customers = append(customers, item.customer)
		if item.grouped {
			groups = append(groups, item.target)
		} else {
			subscriptions = append(subscriptions, item.target)
		}
	}
	names.targets = make(map[dueTarget]dueName, len(items))
	read := func(query string, grouped bool, keys []int64) error {
		return eachRow(ctx, q, query, []any{t.Key, jsonOf(keys)}, func(row scanner) error {
			var key int64
			var n dueName
			err := row.Scan(&key, &n.id, &n.name, &n.serial)
			names.targets[dueTarget{grouped, key}] = n
			return err
		})
	}
	names.customers, err = customersByKey(ctx, q, t, customers)
	return names, errors.Join(err,
		read(`SELECT g.key, g.id, g.name, '' FROM json_each(?2) j CROSS JOIN groups g WHERE g.tenant = ?1 AND g.key = j.value`, true, groups),
		read(`SELECT u.key, u.id, u.product, u.serial FROM json_each(?2) j CROSS JOIN subscriptions u WHERE u.tenant = ?1 AND u.key = j.value`, false, subscriptions))
}
