package db

import (
	"context"
	"slices"
)

// CustomerSubscriptionIDs are the ids of what a customer has, in the order it was taken in.
type CustomerSubscriptionIDs struct {
	// Subscriptions are those of all its subscriptions, also the ended ones.
	Subscriptions []string
	// Orders are those of their orders, each once; unknown ones are left out.
	Orders []string
}

// CustomerSubscriptionIDs answers what some customers have, by the customer's id. One
// without subscriptions is left out.
func (s *Store) CustomerSubscriptionIDs(ctx context.Context, t Tenant, customerIDs []string) (map[string]CustomerSubscriptionIDs, error) {
	found, err := s.customerSubscriptionIDs(ctx, t, customerIDs)
	return found, wrap("subscription ids of customers", err)
}

func (s *Store) customerSubscriptionIDs(ctx context.Context, t Tenant, customerIDs []string) (map[string]CustomerSubscriptionIDs, error) {
	found := make(map[string]CustomerSubscriptionIDs, len(customerIDs))
	err := eachRow(ctx, s.readers, `SELECT c.id, u.id, u.order_id
		FROM json_each(?2) j CROSS JOIN customers c CROSS JOIN subscriptions u
		WHERE c.tenant = ?1 AND c.id = j.value AND u.tenant = ?1 AND u.customer = c.key
		ORDER BY j.key, u.key`, []any{t.Key, jsonOf(customerIDs)}, func(row scanner) error {
		var customer, subscription, order string
		err := row.Scan(&customer, &subscription, &order)
		ids := found[customer]
		ids.Subscriptions = append(ids.Subscriptions, subscription)
		if order != "" {
			ids.Orders = append(ids.Orders, order)
		}
		found[customer] = ids
		return err
	})
	for customer, ids := range found {
		ids.Orders = once(ids.Orders)
		found[customer] = ids
	}
	return found, err
}

// once keeps the first of each text.
func once(texts []string) []string {
	seen := make(map[string]bool, len(texts))
	return slices.DeleteFunc(texts, func(text string) bool {
		again := seen[text]
		seen[text] = true
		return again
	})
}
