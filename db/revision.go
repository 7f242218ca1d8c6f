package db

import "context"

// nextRevision is the number that a customer's revision rises to, for the tenant ?1.
// No two changes take the same one: the next change begins after this one is
// committed, and revisions never fall. So whoever has seen all customers up to a
// revision, in a snapshot, finds all that changed since above it.
const nextRevision = `(SELECT ifnull(max(revision), 0) + 1 FROM customers WHERE tenant = ?1)`

// planChanged raises the revision of customers. Whatever changes a subscription or a
// group does it in the same transaction, or the forecast misses it; saving a customer
// does it by itself.
func planChanged(ctx context.Context, q querier, t Tenant, customerIDs ...string) error {
	_, err := q.ExecContext(ctx, `UPDATE customers SET revision = `+nextRevision+`
		WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))`, t.Key, jsonOf(customerIDs))
	return err
}
