package db

import (
	"context"
	"fmt"

	"billfold/billing"
)

// BilledAgain answers when and how the instalments are billed once more that a credit note
// of an invoice takes back to that end, be it issued or only looked at; see
// [billing.Invoice.BilledAgain].
func (s *Store) BilledAgain(ctx context.Context, t Tenant, invoice billing.Invoice, note billing.CreditNote) (again []billing.BilledAgain, err error) {
	err = s.read(ctx, func(q querier) error {
		list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.id IN (SELECT value FROM json_each(?2))`, jsonOf(lineIDs(note.Lines)))
		if err != nil {
			return fmt.Errorf("subscriptions: %w", err)
		}
		subscriptions := values(list)
		groups, _, err := queryGroupHeads(ctx, q, t, `g.id IN (SELECT value FROM json_each(?2))`, jsonOf(groupIDsOf(subscriptions)))
		if err != nil {
			return fmt.Errorf("billing groups: %w", err)
		}
		billed, err := billedOf(ctx, q, t, subscriptions, groupIDsOf(subscriptions)...)
		if err != nil {
			return err
		}
		heads := make([]billing.Group, len(groups))
		for i, g := range groups {
			heads[i] = g.Group
		}
		again = invoice.BilledAgain(note, subscriptions, heads, billed, s.Today(t))
		return nil
	})
	return again, wrap("billed again", err)
}
