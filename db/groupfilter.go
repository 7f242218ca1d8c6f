package db

import (
	"context"
	"fmt"
	"strings"

	"billfold/billing"
)

// GroupSort is an order of groups. "" is the newest first.
type GroupSort string

// ByGroupName is the order of the groups' names.
const ByGroupName GroupSort = "name"

// GroupFilter chooses groups to list. The zero value is all of them.
type GroupFilter struct {
	// Query is a part of the name, id or reference, or words of the customer. At
	// most 1,000 matches are listed.
	Query string
	// Search keeps what Query finds, for all that is read by the same filter; may be nil.
	Search     *Search
	CustomerID string
	Status     billing.GroupStatus
	// Day is the billing day last set, 1 to 28; 0 is any.
	Day  int
	Sort GroupSort
	// After is where the previous page ended, as it was answered; "" begins.
	After string
	// Limit is the number of groups on a page, at least 1.
	Limit int
}

// Groups lists groups and answers where the next page begins, "" where there is none.
// VALIDATION_ERROR refuses a cursor or a sort that the list doesn't have.
func (s *Store) Groups(ctx context.Context, t Tenant, f GroupFilter) (groups []Group, next string, err error) {
	err = s.read(ctx, func(q querier) error {
		at, err := f.position()
		if err == nil && f.Sort == ByGroupName {
			err = at.lookUp(ctx, q, t, "words", "groups")
		}
		if err != nil {
			return err
		}
		list, err := groupClause(ctx, q, t, f, `SELECT g.key `)
		if err != nil {
			return err
		}
		f.order(list, at)
		list.add(` LIMIT ?`, f.Limit+1)
		keys, err := list.keys(ctx, q)
		if err != nil {
			return err
		}
		more := len(keys) > f.Limit
		keys = keys[:min(len(keys), f.Limit)]
		found, order, err := s.queryGroups(ctx, q, t, `g.key IN (SELECT value FROM json_each(?2))`, jsonOf(keys))
		if err != nil {
			return err
		}
		byKey := make(map[int64]Group, len(found))
		for i, key := range order {
			byKey[key] = found[i]
		}
		if groups = inOrder(keys, byKey); more {
			next = position{list: at.list, key: keys[len(keys)-1]}.cursor()
		}
		return nil
	})
	if err != nil {
		return nil, "", wrap("groups", err)
	}
	return groups, next, nil
}

// GroupTotals adds up what [Store.Groups] lists on all its pages.
func (s *Store) GroupTotals(ctx context.Context, t Tenant, f GroupFilter) (totals Totals, err error) {
	f.Sort = "" // the index of an order is not the one to count by
	err = s.read(ctx, func(q querier) error {
		list, err := groupClause(ctx, q, t, f, `SELECT g.key AS key, NULL AS amount `)
		if err != nil {
			return err
		}
		if totals, err = counted(ctx, q, t, list); err != nil || totals.More {
			return err
		}
		sum := newClause(t, "")
		sum.args = list.args
		sum.add(`SELECT ifnull(sum(u.amount), 0) FROM (`+list.text.String()+`) l
			CROSS JOIN subscriptions u INDEXED BY subscriptions_group
			WHERE u.tenant = ?1 AND u.grp = l.key AND u.status = 'active' AND u.contract_end > ?`, s.Today(t).String())
		return q.QueryRowContext(ctx, sum.text.String(), sum.args...).Scan(&totals.Monthly.Minor)
	})
	return totals, wrap("group totals", err)
}

// groupClause is the list that a filter chooses, with groups as g.
func groupClause(ctx context.Context, q querier, t Tenant, f GroupFilter, what string) (*clause, error) {
	list := newClause(t, what)
	switch {
	case f.Query != "":
		found, err := f.Search.find(func() (found, error) { return searchGroups(ctx, q, t, f) })
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		list.found(`FROM json_each(?) j CROSS JOIN groups g WHERE g.tenant = ?1 AND g.key = j.value`, found)
	case f.CustomerID != "":
		list.add(`FROM groups g WHERE g.tenant = ?1`) // the constraint's own index, which has no name
	case f.Sort == ByGroupName:
		list.add(`FROM groups g INDEXED BY groups_words WHERE g.tenant = ?1`)
	default:
		list.add(`FROM groups g INDEXED BY groups_listed WHERE g.tenant = ?1`)
	}
	f.only(list)
	return list, nil
}

// only leaves groups that the filter chooses, whatever its query; none that is deleted.
func (f GroupFilter) only(list *clause) {
	list.add(` AND g.deleted_at IS NULL`)
	if f.CustomerID != "" {
		list.add(` AND g.customer = (SELECT key FROM customers WHERE tenant = ?1 AND id = ?)`, f.CustomerID)
	}
	if f.Status != "" {
		list.add(` AND +g.status = ?`, f.Status)
	}
	if f.Day != 0 {
		list.add(` AND +g.billing_day = ?`, f.Day)
	}
}

// order sorts the list and skips what comes before a position.
func (f GroupFilter) order(list *clause, at position) {
	plus := ""
	if f.Query != "" || f.CustomerID != "" {
		plus = "+" // few groups are sorted, instead of being picked out of all in order
	}
	if f.Sort == ByGroupName {
		if at.key != 0 {
			list.add(fmt.Sprintf(` AND (%[1]sg.words, %[1]sg.key) > (?, ?)`, plus), at.value, at.key)
		}
		list.add(fmt.Sprintf(` ORDER BY %[1]sg.words, %[1]sg.key`, plus))
		return
	}
	if at.key != 0 {
		list.add(` AND g.key < ?`, at.key)
	}
	list.add(fmt.Sprintf(` ORDER BY %sg.key DESC`, plus))
}

// Check refuses an order or a cursor that the list doesn't have: VALIDATION_ERROR with
// path sort or after.
func (f GroupFilter) Check() error {
	_, err := f.position()
	return err
}

func (f GroupFilter) position() (position, error) {
	if err := checkSort(f.Sort, "", ByGroupName); err != nil {
		return position{}, err
	}
	return parsePosition(f.After, "groups "+string(f.Sort))
}

// groupWords is what a group is sorted and found by.
func groupWords(g billing.Group) string {
	return strings.Join(foldWords(g.Name+" "+g.ID+" "+g.Reference), " ")
}

// searchGroups answers the keys of groups whose words contain all of a query's, or
// whose customer matches, and that the rest of the filter chooses; at
// most maxMatches, the newest first.
func searchGroups(ctx context.Context, q querier, t Tenant, f GroupFilter) (found, error) {
	words := foldWords(f.Query)
	if len(words) == 0 {
		return found{}, nil
	}
	customers, err := matchCustomers(ctx, q, t, words, customerMatch{limit: maxMatches + 1})
	if err != nil {
		return found{}, err
	}
	search := newClause(t, `SELECT g.key FROM groups g INDEXED BY groups_words WHERE g.tenant = ?1`)
	f.only(search)
	for _, word := range words[:min(len(words), maxQueryWords)] {
		search.add(` AND instr(g.words, ?) > 0`, word)
	}
	search.add(` UNION SELECT g.key FROM json_each(?) j CROSS JOIN groups g WHERE g.tenant = ?1 AND g.customer = j.value`, jsonOf(customers))
	f.only(search)
	search.add(` ORDER BY 1 DESC LIMIT ?`, maxMatches+1)
	keys, err := search.keys(ctx, q)
	return lookedAt(keys, len(customers) > maxMatches), err
}
