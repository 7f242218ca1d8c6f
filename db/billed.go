package db

import (
	"context"
	"fmt"

	"billfold/billing"
)

// billedOf reads what has been billed, and still stands, of subscriptions and by groups.
func billedOf(ctx context.Context, q querier, t Tenant, subscriptions []billing.Subscription, groupIDs ...string) (billed billing.Billed, err error) {
	ids := make([]string, len(subscriptions))
	for i, s := range subscriptions {
		ids[i] = s.ID
	}
	byID := make(map[string]billing.Subscription, len(subscriptions))
	for _, s := range subscriptions {
		byID[s.ID] = s
	}
	if err := eachBilled(ctx, q, t, `SELECT u.id, u.billed_to FROM json_each(?2) j CROSS JOIN subscriptions u
		WHERE u.tenant = ?1 AND u.id = j.value AND u.billed_to IS NOT NULL`, ids, func(id string, to billing.Period) {
		billed.AddRun(id, byID[id].OwedFrom, to)
	}); err != nil {
		return billed, fmt.Errorf("billed up to: %w", err)
	}
	if err := eachBilled(ctx, q, t, `SELECT u.id, l.period FROM json_each(?2) j CROSS JOIN subscriptions u CROSS JOIN invoice_lines l
		WHERE u.tenant = ?1 AND u.id = j.value AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 1 AND l.period >= ifnull(u.billed_to, '')`,
		ids, billed.AddLine); err != nil {
		return billed, fmt.Errorf("billed instalments: %w", err)
	}
	if err := eachBilled(ctx, q, t, `SELECT g.id, i.period FROM json_each(?2) j CROSS JOIN groups g CROSS JOIN invoices i
		WHERE g.tenant = ?1 AND g.id = j.value AND i.tenant = ?1 AND i.grp = g.key AND i.live = 1`, groupIDs, billed.AddGroup); err != nil {
		return billed, fmt.Errorf("billed months of groups: %w", err)
	}
	return billed, nil
}

// eachBilled reads ids and periods of what a query finds for some ids.
func eachBilled(ctx context.Context, q querier, t Tenant, query string, ids []string, add func(id string, p billing.Period)) error {
	if len(ids) == 0 {
		return nil
	}
	return eachRow(ctx, q, query, []any{t.Key, jsonOf(ids)}, func(row scanner) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		period, err := billing.ParsePeriod(text)
		add(id, period)
		return err
	})
}

// groupIDsOf answers the ids of the groups that subscriptions are in, each once.
func groupIDsOf(subscriptions []billing.Subscription) []string {
	var ids []string
	seen := make(map[string]bool)
	for _, s := range subscriptions {
		if s.GroupID != "" && !seen[s.GroupID] {
			seen[s.GroupID] = true
			ids = append(ids, s.GroupID)
		}
	}
	return ids
}
