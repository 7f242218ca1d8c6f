package db

import (
	"context"
	"fmt"
	"time"

	"billfold/billing"
)

// Group answers one billing group of a tenant. NOT_FOUND where it has none with that id.
func (s *Store) Group(ctx context.Context, t Tenant, id string) (group Group, err error) {
	err = s.read(ctx, func(q querier) error {
		groups, _, err := s.queryGroups(ctx, q, t, `g.id = ?2`, id)
		if err == nil && len(groups) == 0 {
			return billing.NotFound("billing group")
		}
		if err == nil {
			group = groups[0]
		}
		return err
	})
	return group, wrap("group", err)
}

func (s *Store) groupByKey(ctx context.Context, q querier, t Tenant, key int64) (Group, error) {
	groups, _, err := s.queryGroups(ctx, q, t, `g.key = ?2`, key)
	if err == nil && len(groups) == 0 {
		err = billing.NotFound("billing group")
	}
	if err != nil {
		return Group{}, err
	}
	return groups[0], nil
}

// queryGroups reads the groups that a condition chooses, with customers, days and
// members, in a fixed number of queries.
func (s *Store) queryGroups(ctx context.Context, q querier, t Tenant, where string, args ...any) ([]Group, []int64, error) {
	groups, keys, err := queryGroupHeads(ctx, q, t, where, args...)
	if err != nil {
		return nil, nil, err
	}
	if err := s.loadMembers(ctx, q, t, groups, keys); err != nil {
		return nil, nil, fmt.Errorf("members: %w", err)
	}
	return groups, keys, nil
}

// queryGroupHeads reads groups with customers and days, without their members.
func queryGroupHeads(ctx context.Context, q querier, t Tenant, where string, args ...any) ([]Group, []int64, error) {
	var groups []Group
	var keys, customers []int64
	err := eachRow(ctx, q, `SELECT g.key, g.id, g.name, g.status, g.reference, g.notes, g.created_by, g.created_at, g.updated_at, g.version, g.customer
		FROM groups g WHERE g.tenant = ?1 AND g.deleted_at IS NULL AND `+where, append([]any{t.Key}, args...), func(row scanner) error {
		var g Group
		var key, customer, created, updated int64
		err := row.Scan(&key, &g.ID, &g.Name, &g.Status, &g.Reference, &g.Notes, &g.CreatedBy, &created, &updated, &g.Version, &customer)
		g.CreatedAt, g.UpdatedAt = time.UnixMilli(created), time.UnixMilli(updated)
		groups, keys, customers = append(groups, g), append(keys, key), append(customers, customer)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if err := loadCustomers(ctx, q, t, groups, customers); err != nil {
		return nil, nil, fmt.Errorf("customers: %w", err)
	}
	if err := loadDays(ctx, q, t, groups, keys); err != nil {
		return nil, nil, fmt.Errorf("billing days: %w", err)
	}
	return groups, keys, nil
}

func loadCustomers(ctx context.Context, q querier, t Tenant, groups []Group, customers []int64) error {
	byKey, err := customersByKey(ctx, q, t, customers)
	for i := range groups {
		groups[i].Customer = byKey[customers[i]]
		groups[i].CustomerID = groups[i].Customer.ID
	}
	return err
}

func loadDays(ctx context.Context, q querier, t Tenant, groups []Group, keys []int64) error {
	return eachRow(ctx, q, `SELECT j.key, d.from_period, d.day FROM json_each(?2) j
		CROSS JOIN group_days d WHERE d.tenant = ?1 AND d.grp = j.value ORDER BY j.key, d.from_period`, []any{t.Key, jsonOf(keys)}, func(row scanner) error {
		var i, day int
		var period string
		if err := row.Scan(&i, &period, &day); err != nil {
			return err
		}
		from, err := billing.ParsePeriod(period)
		groups[i].Days = append(groups[i].Days, billing.DayFrom{From: from, Day: day})
		return err
	})
}

func (s *Store) loadMembers(ctx context.Context, q querier, t Tenant, groups []Group, keys []int64) error {
	list, err := querySubscriptions(ctx, q, t,
		`WHERE u.tenant = ?1 AND u.key IN (SELECT m.key FROM json_each(?2) j CROSS JOIN subscriptions m INDEXED BY subscriptions_group
			WHERE m.tenant = ?1 AND m.grp = j.value AND m.grp IS NOT NULL) ORDER BY +u.key`, jsonOf(keys))
	if err != nil {
		return err
	}
	members := make(map[string][]billing.Subscription, len(groups))
	for _, k := range list {
		members[k.GroupID] = append(members[k.GroupID], k.Subscription)
	}
	for i := range groups {
		g := &groups[i]
		g.Members = members[g.ID]
		g.Total, g.Active = billing.Total(g.Members, s.Today(t), t.Currency)
	}
	return nil
}
