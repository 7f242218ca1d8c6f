package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"billfold/billing"
)

// Group is a billing group with what belongs to it.
type Group struct {
	billing.Group
	Customer billing.Customer
	// Members are in the order they were taken in.
	Members []billing.Subscription
	// Total is the monthly total of the members that are active today.
	Total billing.Money
	// Active counts those members.
	Active int
}

// CreateGroup creates a billing group and answers it. It refuses as
// [billing.NewGroup] does, and then nothing is stored. A form's token makes one
// group however often the form is sent as it is; "" is no token.
func (s *Store) CreateGroup(ctx context.Context, scope Scope, in billing.GroupInput, formToken string) (Group, error) {
	var group Group
	token := formHash(formToken, in)
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		key, err := groupOfForm(ctx, tx, scope.Tenant, token)
		if err != nil {
			return err
		}
		if key == 0 {
			if key, err = s.createGroup(ctx, tx, scope, in); err != nil {
				return err
			}
			if err := s.keepFormToken(ctx, tx, scope.Tenant, token, key); err != nil {
				return err
			}
		}
		group, err = s.groupByKey(ctx, tx, scope.Tenant, key)
		return err
	})
	return group, wrap("create group", err)
}

func (s *Store) createGroup(ctx context.Context, tx querier, scope Scope, in billing.GroupInput) (int64, error) {
	known, customer, err := loadKnown(ctx, tx, scope.Tenant, in)
	if err != nil {
		return 0, err
	}
	group, members, err := billing.NewGroup(in, known, billing.Billed{}, s.Today(scope.Tenant))
	if err != nil {
		return 0, err
	}
	group.ID, group.CreatedBy = newID("bg"), scope.Actor.ID
	now := s.clock.now()
	key, err := insertGroup(ctx, tx, scope.Tenant, group, customer, now)
	if err != nil {
		return 0, err
	}
	if err := addMembers(ctx, tx, scope.Tenant, key, members, now); err != nil {
		return 0, err
	}
	return key, appendActivity(ctx, tx, scope, now, "group.created", "group", group.ID, nil, groupEntry(group, members))
}

// loadKnown reads what the tenant has of the things an input names, and the
// customer's key.
func loadKnown(ctx context.Context, q querier, t Tenant, in billing.GroupInput) (billing.Known, int64, error) {
	known := billing.Known{Subscriptions: make(map[string]billing.Subscription, len(in.SubscriptionIDs))}
	key, customer, err := findCustomer(ctx, q, t, in.CustomerID)
	switch {
	case err == nil:
		known.Customer = &customer
	case !errors.Is(err, sql.ErrNoRows):
		return known, 0, err
	}
	list, err := querySubscriptions(ctx, q, t,
		`WHERE u.tenant = ?1 AND u.id IN (SELECT value FROM json_each(?2))`, jsonOf(in.SubscriptionIDs))
	if err != nil {
		return known, 0, err
	}
	for _, k := range list {
		known.Subscriptions[k.ID] = k.Subscription
	}
	known.GroupNames, err = groupNames(ctx, q, t, list)
	return known, key, err
}

func insertGroup(ctx context.Context, q querier, t Tenant, g billing.Group, customer int64, now time.Time) (int64, error) {
	result, err := q.ExecContext(ctx, `INSERT INTO groups (tenant, id, customer, name, status, reference, notes, created_by, created_at, updated_at, version)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)`,
		t.Key, g.ID, customer, g.Name, g.Status, g.Reference, g.Notes, g.CreatedBy, now.UnixMilli(), g.Version)
	if err != nil {
		return 0, err
	}
	key, err := result.LastInsertId()
	if err != nil {
		return 0, err
	}
	return key, insertDays(ctx, q, t, key, g.Days)
}

func insertDays(ctx context.Context, q querier, t Tenant, group int64, days billing.Days) error {
	for _, d := range days {
		if _, err := q.ExecContext(ctx, `INSERT INTO group_days (tenant, grp, from_period, day) VALUES (?1, ?2, ?3, ?4)`,
			t.Key, group, d.From.String(), d.Day); err != nil {
			return err
		}
	}
	return nil
}

// addMembers puts subscriptions into a group, or sets anew from when it bills them,
// with one statement for all that begin in the same period.
func addMembers(ctx context.Context, q querier, t Tenant, group int64, members []billing.Subscription, now time.Time) error {
	joining := make(map[billing.Period][]string)
	for _, m := range members {
		joining[m.GroupedFrom] = append(joining[m.GroupedFrom], m.ID)
	}
	for from, ids := range joining {
		result, err := q.ExecContext(ctx, `UPDATE subscriptions SET grp = ?3, grouped_from = ?4, updated_at = ?5
			WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2)) AND (grp IS NULL OR grp = ?3)`,
			t.Key, jsonOf(ids), group, from.String(), now.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n != int64(len(ids)) {
			return errors.Join(err, fmt.Errorf("%d of %d members joined", n, len(ids)))
		}
	}
	return nil
}

// groupEntry is what the activity keeps of a group.
func groupEntry(g billing.Group, members []billing.Subscription) any {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return map[string]any{"name": g.Name, "customer": g.CustomerID, "billingDay": g.Days.Last().Day, "status": g.Status,
		"reference": g.Reference, "notes": g.Notes, "subscriptions": ids}
}

// formHash ties a form's token to what the form says: a page that Back brought up
// again carries the old token, and another choice made on it is another group.
func formHash(token string, in billing.GroupInput) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token + jsonOf(in)))
	return hex.EncodeToString(sum[:])
}

// groupOfForm answers the group that a form with this token has made, or 0.
func groupOfForm(ctx context.Context, q querier, t Tenant, token string) (int64, error) {
	if token == "" {
		return 0, nil
	}
	var key int64
	err := q.QueryRowContext(ctx, `SELECT grp FROM form_tokens WHERE tenant = ?1 AND token = ?2`, t.Key, token).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return key, err
}

// formTokenLife is how long a form that was sent twice is recognised.
const formTokenLife = 24 * time.Hour

func (s *Store) keepFormToken(ctx context.Context, q querier, t Tenant, token string, group int64) error {
	if token == "" {
		return nil
	}
	now := s.clock.now()
	if _, err := q.ExecContext(ctx, `DELETE FROM form_tokens WHERE created_at < ?1`, now.Add(-formTokenLife).UnixMilli()); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `INSERT INTO form_tokens (tenant, token, grp, created_at) VALUES (?1, ?2, ?3, ?4)`,
		t.Key, token, group, now.UnixMilli())
	return err
}
