package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		made, again, err := s.once(ctx, tx, scope, onceForForm(formToken, in), func() ([]byte, error) {
			key, created, err := s.createGroup(ctx, tx, scope, in)
			group = created
			return strconv.AppendInt(nil, key, 10), err
		})
		if err != nil || !again {
			return err
		}
		key, err := strconv.ParseInt(string(made), 10, 64)
		if err != nil {
			return err
		}
		group, err = s.groupByKey(ctx, tx, scope.Tenant, key)
		return err
	})
	return group, wrap("create group", err)
}

// CreateGroupOnce creates a billing group as [Store.CreateGroup] does, unless that
// was done before, and answers what answer made of it then; again tells that it was
// done before. It refuses with [ErrKeyReused] too.
func (s *Store) CreateGroupOnce(ctx context.Context, scope Scope, in billing.GroupInput, once Once, answer func(Group) ([]byte, error)) (answered []byte, again bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		answered, again, err = s.once(ctx, tx, scope, once, func() ([]byte, error) {
			_, group, err := s.createGroup(ctx, tx, scope, in)
			if err != nil {
				return nil, err
			}
			return answer(group)
		})
		return err
	})
	return answered, again, wrap("create group", err)
}

// createGroup writes a new group and answers it as it would be read back, and its key.
func (s *Store) createGroup(ctx context.Context, tx querier, scope Scope, in billing.GroupInput) (int64, Group, error) {
	known, customer, err := loadKnown(ctx, tx, scope.Tenant, in)
	if err != nil {
		return 0, Group{}, err
	}
	today, now := s.Today(scope.Tenant), s.Now()
	group, members, err := billing.NewGroup(in, known.Known, known.billed, today)
	if err != nil {
		return 0, Group{}, err
	}
	group.ID, group.CreatedBy, group.CreatedAt, group.UpdatedAt = newID("bg"), scope.Actor.ID, now, now
	key, err := insertGroup(ctx, tx, scope.Tenant, group, customer, now)
	if err != nil {
		return 0, Group{}, err
	}
	if err := addMembers(ctx, tx, scope.Tenant, key, members, now); err != nil {
		return 0, Group{}, err
	}
	if err := planChanged(ctx, tx, scope.Tenant, group.CustomerID); err != nil {
		return 0, Group{}, err
	}
	for i := range members {
		members[i].GroupID, members[i].UpdatedAt = group.ID, now
	}
	slices.SortFunc(members, func(a, b billing.Subscription) int { return cmp.Compare(known.keys[a.ID], known.keys[b.ID]) })
	created := Group{Group: group, Customer: *known.Customer, Members: members}
	created.Total, created.Active = billing.Total(members, today, scope.Tenant.Currency)
	return key, created, appendActivity(ctx, tx, scope, now, "group.created", "group", group.ID, nil, newGroupEntry(group, members))
}

// knownRows is what a tenant has of the things an input names, with the rows' keys.
type knownRows struct {
	billing.Known
	// keys finds the subscriptions' rows by id; they tell the order they came in.
	keys map[string]int64
	// billed is what has been billed of the subscriptions.
	billed billing.Billed
}

// loadKnown reads what the tenant has of the things an input names, and the
// customer's key.
func loadKnown(ctx context.Context, q querier, t Tenant, in billing.GroupInput) (knownRows, int64, error) {
	known := knownRows{keys: make(map[string]int64, len(in.SubscriptionIDs))}
	known.Subscriptions = make(map[string]billing.Subscription, len(in.SubscriptionIDs))
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
		known.Subscriptions[k.ID], known.keys[k.ID] = k.Subscription, k.key
	}
	if known.billed, err = billedOf(ctx, q, t, values(list)); err != nil {
		return known, 0, err
	}
	known.GroupNames, err = groupNames(ctx, q, t, list)
	return known, key, err
}

func insertGroup(ctx context.Context, q querier, t Tenant, g billing.Group, customer int64, now time.Time) (int64, error) {
	result, err := q.ExecContext(ctx, `INSERT INTO groups (tenant, id, customer, name, status, reference, notes, created_by, created_at, updated_at, version, billing_day, words)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12)`,
		t.Key, g.ID, customer, g.Name, g.Status, g.Reference, g.Notes, g.CreatedBy, now.UnixMilli(), g.Version, g.Days.Last().Day, groupWords(g))
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
