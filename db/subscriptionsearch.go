package db

import (
	"context"
	"fmt"
	"strings"

	"billfold/billing"
)

// subscriptionClause is the list that a filter chooses, from FROM on, with the
// tenant's key as ?1 and subscriptions as u.
func (s *Store) subscriptionClause(ctx context.Context, q querier, t Tenant, f SubscriptionFilter) (*clause, error) {
	list := newClause(t, "")
	if f.Query != "" {
		keys, err := f.Search.find(func() ([]int64, error) { return searchSubscriptions(ctx, q, t, f.Query) })
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		list.found(`FROM json_each(?) j CROSS JOIN subscriptions u WHERE u.tenant = ?1 AND u.key = j.value`, keys)
	} else {
		list.add(f.from() + ` WHERE u.tenant = ?1`)
	}
	if f.CustomerID != "" {
		list.add(` AND u.customer = (SELECT key FROM customers WHERE tenant = ?1 AND id = ?)`, f.CustomerID)
	}
	if f.GroupID != "" {
		list.add(` AND u.grp = (SELECT key FROM groups WHERE tenant = ?1 AND id = ? AND deleted_at IS NULL)`, f.GroupID)
	}
	if f.OrderID != "" {
		list.add(` AND u.order_id = ? AND u.order_id <> ''`, f.OrderID)
	}
	if f.Serial != "" {
		list.add(` AND u.serial COLLATE NOCASE = ?`, f.Serial)
	}
	f.addStates(list, s.Today(t))
	return list, nil
}

// from names the index to read, where the planner can't know what is rare. A filter
// that leaves few rows has one of its own.
func (f SubscriptionFilter) from() string {
	index := ""
	switch {
	case f.CustomerID != "":
		index = "subscriptions_customer"
	case f.GroupID != "":
		index = "subscriptions_group"
	case f.OrderID != "":
		index = "subscriptions_order"
	case f.Serial != "", f.Sort == BySerial:
		index = "subscriptions_serial"
	case f.Sort == ByEnd:
		index = "subscriptions_end"
	case f.Grouping == Alone:
		index = "subscriptions_alone"
	case f.Status != "" && f.Status != billing.SubscriptionEndedCompleted:
		index = "subscriptions_status"
	default:
		index = "subscriptions_listed"
	}
	return `FROM subscriptions u INDEXED BY ` + index
}

// addStates leaves subscriptions of one state today and of one grouping.
func (f SubscriptionFilter) addStates(list *clause, today billing.Date) {
	switch f.Status {
	case "":
	case billing.SubscriptionActive:
		list.add(` AND u.status = 'active' AND u.contract_end > ?`, today.String())
	case billing.SubscriptionEndedCompleted:
		list.add(` AND (u.status = 'ended_completed' OR u.status = 'active' AND u.contract_end <= ?)`, today.String())
	default:
		list.add(` AND u.status = ?`, f.Status)
	}
	switch f.Grouping {
	case Grouped:
		list.add(` AND u.grp IS NOT NULL`)
	case Alone:
		list.add(` AND u.grp IS NULL`)
	}
}

// maxProducts is how many different product names a search looks through.
const maxProducts = 2_000

// searchSubscriptions answers the keys of subscriptions that match a query, as
// [SubscriptionFilter] says, at most maxMatches.
func searchSubscriptions(ctx context.Context, q querier, t Tenant, query string) ([]int64, error) {
	query = strings.TrimSpace(query)
	words := foldWords(query)
	if len(words) == 0 {
		return nil, nil
	}
	customers, err := matchCustomers(ctx, q, t, words, customerMatch{beginningsOnly: true, limit: maxMatches})
	if err != nil {
		return nil, err
	}
	products, err := matchProducts(ctx, q, t, Matcher(query))
	if err != nil {
		return nil, err
	}
	end := query + "\U0010FFFF"
	search := newClause(t, `SELECT key FROM (SELECT key FROM subscriptions`)
	search.add(` WHERE tenant = ?1 AND id >= ? AND id < ? LIMIT ?)`, query, end, maxMatches)
	for _, part := range []string{
		`serial COLLATE NOCASE >= ? AND serial COLLATE NOCASE < ?`,
		`instr(serial, '-') > 0 AND substr(serial, instr(serial, '-') + 1) COLLATE NOCASE >= ? AND substr(serial, instr(serial, '-') + 1) COLLATE NOCASE < ?`,
		`instr(id, '_') > 0 AND substr(id, instr(id, '_') + 1) COLLATE NOCASE >= ? AND substr(id, instr(id, '_') + 1) COLLATE NOCASE < ?`,
	} {
		search.add(` UNION SELECT key FROM (SELECT key FROM subscriptions WHERE tenant = ?1 AND `+part+` LIMIT ?)`, query, end, maxMatches)
	}
	search.add(` UNION SELECT key FROM (SELECT u.key FROM json_each(?) j CROSS JOIN subscriptions u INDEXED BY subscriptions_customer
		WHERE u.tenant = ?1 AND u.customer = j.value LIMIT ?)`, jsonOf(customers), maxMatches)
	search.add(` UNION SELECT key FROM (SELECT u.key FROM json_each(?) j CROSS JOIN subscriptions u INDEXED BY subscriptions_product
		WHERE u.tenant = ?1 AND u.product = j.value LIMIT ?)`, jsonOf(products), maxMatches)
	search.add(` ORDER BY key DESC LIMIT ?`, maxMatches)
	return search.keys(ctx, q)
}

// matchProducts answers the product names that match. It goes from
// one name to the next in the index, since few names stand for many subscriptions.
func matchProducts(ctx context.Context, q querier, t Tenant, matches func(string) bool) ([]string, error) {
	rows, err := q.QueryContext(ctx, `
		WITH RECURSIVE names (product) AS (
			SELECT min(product) FROM subscriptions WHERE tenant = ?1
			UNION ALL
			SELECT (SELECT min(u.product) FROM subscriptions u WHERE u.tenant = ?1 AND u.product > names.product)
			FROM names WHERE names.product IS NOT NULL)
		SELECT product FROM names WHERE product IS NOT NULL LIMIT ?2`, t.Key, maxProducts)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	products := []string{}
	for rows.Next() {
		var product string
		if err := rows.Scan(&product); err != nil {
			return nil, err
		}
		if matches(product) {
			products = append(products, product)
		}
	}
	return products, rows.Err()
}
