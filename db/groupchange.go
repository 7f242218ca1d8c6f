package db

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"billfold/billing"
)

// UpdateGroup changes a billing group and answers it. version is the one the caller
// has read, 0 for any. A change that changes nothing is not recorded.
//
// It refuses with NOT_FOUND, STALE_GROUP, or as [billing.Group.Change] does, and then
// nothing is stored.
func (s *Store) UpdateGroup(ctx context.Context, scope Scope, id string, version int, change billing.GroupChange) (Group, error) {
	var group Group
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err := s.loadChange(ctx, tx, scope.Tenant, id, version, change)
		if err != nil {
			return err
		}
		if c.result.Changed {
			if err := s.saveChange(ctx, tx, scope, c); err != nil {
				return err
			}
		}
		group, err = s.groupByKey(ctx, tx, scope.Tenant, c.key)
		return err
	})
	return group, wrap("update group", err)
}

// groupChange is a change that the rules allow, with the rows it is about.
type groupChange struct {
	key    int64
	group  Group
	result billing.GroupResult
}

// loadChange reads a group and what a change of it names, and asks the rules.
func (s *Store) loadChange(ctx context.Context, q querier, t Tenant, id string, version int, change billing.GroupChange) (groupChange, error) {
	c := groupChange{}
	groups, keys, err := s.queryGroups(ctx, q, t, `g.id = ?2`, id)
	if err != nil {
		return c, err
	}
	if len(groups) == 0 {
		return c, billing.NotFound("billing group")
	}
	c.group, c.key = groups[0], keys[0]
	if version != 0 && version != c.group.Version {
		return c, staleGroup(c.group)
	}
	in := billing.GroupInput{CustomerID: c.group.CustomerID}
	if change.SubscriptionIDs != nil {
		in.SubscriptionIDs = *change.SubscriptionIDs
	}
	known, _, err := loadKnown(ctx, q, t, in)
	if err != nil {
		return c, err
	}
	billed, err := billedOf(ctx, q, t, slices.AppendSeq(slices.Clone(c.group.Members), maps.Values(known.Subscriptions)), id)
	if err != nil {
		return c, err
	}
	c.result, err = c.group.Change(change, c.group.Members, known.Known, billed, s.Today(t))
	return c, err
}

// joining answers the members that are billed by the group from another period on
// than before: those that join, and all when the group becomes active again.
func (c groupChange) joining() []billing.Subscription {
	from := make(map[string]billing.Period, len(c.group.Members))
	for _, m := range c.group.Members {
		from[m.ID] = m.GroupedFrom
	}
	return slices.DeleteFunc(slices.Clone(c.result.Members), func(m billing.Subscription) bool { return from[m.ID] == m.GroupedFrom })
}

func staleGroup(g Group) error {
	return &billing.Error{Code: billing.CodeStaleGroup, Message: fmt.Sprintf("“%s” was changed since you opened it. Look at what changed, then try again.", g.Name)}
}

// saveChange writes what a change comes to, for this group and for those that
// subscriptions were taken over from.
func (s *Store) saveChange(ctx context.Context, tx querier, scope Scope, c groupChange) error {
	t, now, after := scope.Tenant, s.Now(), c.result.Group
	if _, err := tx.ExecContext(ctx, `UPDATE groups SET name = ?3, status = ?4, reference = ?5, notes = ?6, version = ?7, updated_at = ?8,
		billing_day = ?9, words = ?10 WHERE tenant = ?1 AND key = ?2`,
		t.Key, c.key, after.Name, after.Status, after.Reference, after.Notes, after.Version, now.UnixMilli(), after.Days.Last().Day, groupWords(after)); err != nil {
		return err
	}
	if !slices.Equal(after.Days, c.group.Days) {
		if err := replaceDays(ctx, tx, t, c.key, after.Days); err != nil {
			return err
		}
	}
	if err := leaveGroups(ctx, tx, t, c.result.Left, now); err != nil {
		return err
	}
	if err := s.takeOver(ctx, tx, scope, c, now); err != nil {
		return err
	}
	if err := addMembers(ctx, tx, t, c.key, c.joining(), now); err != nil {
		return err
	}
	// Whoever is taken over is of the same customer.
	if err := planChanged(ctx, tx, t, after.CustomerID); err != nil {
		return err
	}
	return appendActivity(ctx, tx, scope, now, "group.changed", "group", after.ID,
		newGroupEntry(c.group.Group, c.group.Members), newGroupEntry(after, c.result.Members))
}

func replaceDays(ctx context.Context, q querier, t Tenant, group int64, days billing.Days) error {
	if _, err := q.ExecContext(ctx, `DELETE FROM group_days WHERE tenant = ?1 AND grp = ?2`, t.Key, group); err != nil {
		return err
	}
	return insertDays(ctx, q, t, group, days)
}

// leaveGroups sets subscriptions free from whatever group they are in.
func leaveGroups(ctx context.Context, q querier, t Tenant, subscriptions []billing.Subscription, now time.Time) error {
	if len(subscriptions) == 0 {
		return nil
	}
	ids := make([]string, len(subscriptions))
	for i, s := range subscriptions {
		ids[i] = s.ID
	}
	_, err := q.ExecContext(ctx, `UPDATE subscriptions SET grp = NULL, grouped_from = NULL, updated_at = ?3
		WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))`, t.Key, jsonOf(ids), now.UnixMilli())
	return err
}

// takeOver takes the subscriptions that join out of the groups they are in, and
// records it there too.
func (s *Store) takeOver(ctx context.Context, tx querier, scope Scope, c groupChange, now time.Time) error {
	taken := make(map[string][]billing.Subscription)
	for _, joined := range c.result.Joined {
		if joined.GroupID != "" {
			taken[joined.GroupID] = append(taken[joined.GroupID], joined)
		}
	}
	for from, subscriptions := range taken {
		groups, keys, err := s.queryGroups(ctx, tx, scope.Tenant, `g.id = ?2`, from)
		if err == nil && len(groups) == 0 {
			err = fmt.Errorf("group %s is gone", from)
		}
		if err != nil {
			return err
		}
		if err := leaveGroups(ctx, tx, scope.Tenant, subscriptions, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE groups SET version = version + 1, updated_at = ?3 WHERE tenant = ?1 AND key = ?2`,
			scope.Tenant.Key, keys[0], now.UnixMilli()); err != nil {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(groups[0].Members), func(m billing.Subscription) bool {
			return slices.ContainsFunc(subscriptions, func(s billing.Subscription) bool { return s.ID == m.ID })
		})
		if err := appendActivity(ctx, tx, scope, now, "group.changed", "group", from,
			newGroupEntry(groups[0].Group, groups[0].Members), newGroupEntry(groups[0].Group, left)); err != nil {
			return err
		}
	}
	return nil
}

// DeleteGroup takes a group away: its members are billed alone from their first
// unbilled instalment on, its activity stays. version is the one the caller has
// read, 0 for any. NOT_FOUND, also the second time, or STALE_GROUP.
func (s *Store) DeleteGroup(ctx context.Context, scope Scope, id string, version int) error {
	return wrap("delete group", s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		c, err := s.loadChange(ctx, tx, scope.Tenant, id, version, billing.GroupChange{})
		if err != nil {
			return err
		}
		now := s.Now()
		if err := leaveGroups(ctx, tx, scope.Tenant, c.group.Members, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE groups SET deleted_at = ?3, version = version + 1, updated_at = ?3 WHERE tenant = ?1 AND key = ?2`,
			scope.Tenant.Key, c.key, now.UnixMilli()); err != nil {
			return err
		}
		if err := planChanged(ctx, tx, scope.Tenant, c.group.CustomerID); err != nil {
			return err
		}
		return appendActivity(ctx, tx, scope, now, "group.deleted", "group", id, newGroupEntry(c.group.Group, c.group.Members), nil)
	}))
}
