package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"billfold/billing"
)

// Grouping says whether subscriptions are in a billing group.
type Grouping string

// The groupings to filter by; "" is both.
const (
	Grouped Grouping = "grouped" // in a group
	Alone   Grouping = "alone"   // in none
)

// SubscriptionSort is an order of subscriptions. "" is the newest first.
type SubscriptionSort string

// The orders there is an index for.
const (
	BySerial SubscriptionSort = "serial" // by serial number
	ByEnd    SubscriptionSort = "end"    // by the contract's end, the soonest first
)

// SubscriptionFilter chooses subscriptions to list. The zero value is all of them.
type SubscriptionFilter struct {
	// Query is the beginning of an id or serial number, or of what follows the first
	// "_" or "-" of one, the end of a serial number, words of the customer, or a part of the product's name. At
	// most 1,000 matches are listed; see [Search].
	Query string
	// Search keeps what Query finds, for all that is read by the same filter; may be nil.
	Search *Search
	// CustomerID, GroupID, OrderID and Serial must be equal, but for the case of a serial.
	CustomerID, GroupID, OrderID, Serial string
	// Status is the state today: a contract that has run its course is completed,
	// whatever was last told.
	Status   billing.SubscriptionStatus
	Grouping Grouping
	Sort     SubscriptionSort
	// After is where the previous page ended, as it was answered; "" begins.
	After string
	// Limit is the number of rows on a page, at least 1.
	Limit int
}

// SubscriptionRow is a subscription with whom it is billed to.
type SubscriptionRow struct {
	billing.Subscription
	Customer billing.Customer
	// GroupName names its billing group, "" where it is in none.
	GroupName string
	// GroupDay is the group's billing day last set, and GroupActive tells whether it
	// bills its members together.
	GroupDay    int
	GroupActive bool
}

// Subscriptions lists subscriptions and answers where the next page begins, "" where
// there is none. VALIDATION_ERROR refuses a cursor or a sort that the list doesn't have.
func (s *Store) Subscriptions(ctx context.Context, t Tenant, f SubscriptionFilter) (rows []SubscriptionRow, next string, err error) {
	err = s.read(ctx, func(q querier) error {
		at, err := f.position()
		if column := map[SubscriptionSort]string{BySerial: "serial", ByEnd: "contract_end"}[f.Sort]; err == nil && column != "" {
			err = at.lookUp(ctx, q, t, column, "subscriptions")
		}
		if err != nil {
			return err
		}
		list, err := s.subscriptionClause(ctx, q, t, f)
		if err != nil {
			return err
		}
		query := newClause(t, `SELECT u.key `)
		query.text.WriteString(list.text.String())
		query.args = list.args
		f.order(query, at)
		query.add(` LIMIT ?`, f.Limit+1)
		keys, err := query.keys(ctx, q)
		if err != nil {
			return err
		}
		more := len(keys) > f.Limit
		keys = keys[:min(len(keys), f.Limit)]
		if rows, err = subscriptionRows(ctx, q, t, keys); err != nil || !more {
			return err
		}
		next = position{list: at.list, key: keys[len(keys)-1]}.cursor()
		return nil
	})
	if err != nil {
		return nil, "", wrap("subscriptions", err)
	}
	return rows, next, nil
}

// SubscriptionTotals adds up what [Store.Subscriptions] lists on all its pages.
func (s *Store) SubscriptionTotals(ctx context.Context, t Tenant, f SubscriptionFilter) (totals Totals, err error) {
	f.Sort = "" // the index of an order is not the one to count by
	err = s.read(ctx, func(q querier) error {
		list, err := s.subscriptionClause(ctx, q, t, f)
		if err != nil {
			return err
		}
		inner := newClause(t, `SELECT `)
		inner.args, inner.cut = list.args, list.cut
		inner.add(`CASE WHEN u.status = 'active' AND u.contract_end > ? THEN u.amount END AS amount `, s.Today(t).String())
		inner.text.WriteString(list.text.String())
		totals, err = counted(ctx, q, t, inner)
		return err
	})
	return totals, wrap("subscription totals", err)
}

// Subscription answers one subscription. NOT_FOUND where the tenant has none with that id.
func (s *Store) Subscription(ctx context.Context, t Tenant, id string) (row SubscriptionRow, err error) {
	err = s.read(ctx, func(q querier) (err error) {
		row, err = subscription(ctx, q, t, id)
		return err
	})
	return row, wrap("subscription", err)
}

func subscription(ctx context.Context, q querier, t Tenant, id string) (SubscriptionRow, error) {
	keys, err := queryKeys(ctx, q, `SELECT key FROM subscriptions WHERE tenant = ?1 AND id = ?2`, t.Key, id)
	if err != nil {
		return SubscriptionRow{}, err
	}
	rows, err := subscriptionRows(ctx, q, t, keys)
	if err == nil && len(rows) == 0 {
		err = billing.NotFound("subscription")
	}
	if err != nil {
		return SubscriptionRow{}, err
	}
	return rows[0], nil
}

// subscriptionRows reads subscriptions with their customers and groups' names, in the
// order of the keys.
func subscriptionRows(ctx context.Context, q querier, t Tenant, keys []int64) ([]SubscriptionRow, error) {
	list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.key IN (SELECT value FROM json_each(?2))`, jsonOf(keys))
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool)
	for _, k := range list {
		ids[k.CustomerID] = true
	}
	customers, err := knownCustomers(ctx, q, t, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, fmt.Errorf("customers: %w", err)
	}
	rows := make(map[int64]SubscriptionRow, len(list))
	for _, k := range list {
		rows[k.key] = SubscriptionRow{Subscription: k.Subscription, Customer: customers[k.CustomerID].Customer}
	}
	if err := addGroups(ctx, q, t, rows); err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	return inOrder(keys, rows), nil
}

// addGroups completes rows, by key, with what they tell of the groups they are in.
func addGroups(ctx context.Context, q querier, t Tenant, rows map[int64]SubscriptionRow) error {
	keys := slices.Collect(maps.Keys(rows))
	return eachRow(ctx, q, `SELECT u.key, g.name, g.billing_day, g.status FROM json_each(?2) j
		CROSS JOIN subscriptions u CROSS JOIN groups g
		WHERE u.tenant = ?1 AND u.key = j.value AND g.tenant = ?1 AND g.key = u.grp`, []any{t.Key, jsonOf(keys)}, func(found scanner) error {
		var key int64
		var status billing.GroupStatus
		var row SubscriptionRow
		if err := found.Scan(&key, &row.GroupName, &row.GroupDay, &status); err != nil {
			return err
		}
		row.Subscription, row.Customer = rows[key].Subscription, rows[key].Customer
		row.GroupActive = status == billing.GroupActive
		rows[key] = row
		return nil
	})
}

// SubscriptionsByID answers the subscriptions with some ids, in the order of the ids,
// each once. What the tenant doesn't have is left out.
func (s *Store) SubscriptionsByID(ctx context.Context, t Tenant, ids []string) (rows []SubscriptionRow, err error) {
	err = s.read(ctx, func(q querier) error {
		keys, err := queryKeys(ctx, q, `SELECT u.key FROM json_each(?2) j CROSS JOIN subscriptions u
			WHERE u.tenant = ?1 AND u.id = j.value GROUP BY u.key ORDER BY min(j.key)`, t.Key, jsonOf(ids))
		if err != nil {
			return err
		}
		rows, err = subscriptionRows(ctx, q, t, keys)
		return err
	})
	return rows, wrap("subscriptions by id", err)
}

// Check refuses an order or a cursor that the list doesn't have: VALIDATION_ERROR with
// path sort or after.
func (f SubscriptionFilter) Check() error {
	_, err := f.position()
	return err
}

func (f SubscriptionFilter) position() (position, error) {
	if err := checkSort(f.Sort, "", BySerial, ByEnd); err != nil {
		return position{}, err
	}
	return parsePosition(f.After, "subscriptions "+string(f.Sort))
}

// few tells whether the filter names something that has few subscriptions, which are
// read by an index of their own.
func (f SubscriptionFilter) few() bool {
	return f.CustomerID != "" || f.GroupID != "" || f.OrderID != "" || f.Serial != ""
}

// narrow tells whether the filter leaves so few rows that they are sorted, instead of
// being read in order from an index over all.
func (f SubscriptionFilter) narrow() bool { return f.Query != "" || f.few() }

// order sorts the list and skips what comes before a position. A + keeps SQLite from
// walking an index over all rows for the order of a few.
func (f SubscriptionFilter) order(query *clause, at position) {
	plus := ""
	if f.narrow() {
		plus = "+"
	}
	switch f.Sort {
	case BySerial:
		if at.key != 0 {
			// Rows of values in another order than the column's own don't lead into an index.
			query.add(fmt.Sprintf(` AND %[1]su.serial COLLATE NOCASE >= ? AND (%[1]su.serial COLLATE NOCASE, %[1]su.key) > (?, ?)`, plus), at.value, at.value, at.key)
		}
		query.add(fmt.Sprintf(` ORDER BY %[1]su.serial COLLATE NOCASE, %[1]su.key`, plus))
	case ByEnd:
		if at.key != 0 {
			query.add(fmt.Sprintf(` AND (%[1]su.contract_end, %[1]su.key) > (?, ?)`, plus), at.value, at.key)
		}
		query.add(fmt.Sprintf(` ORDER BY %[1]su.contract_end, %[1]su.key`, plus))
	default:
		if at.key != 0 {
			query.add(` AND u.key < ?`, at.key)
		}
		query.add(` ORDER BY u.key DESC`)
	}
}
