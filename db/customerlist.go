package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"billfold/billing"
)

// CustomerSort is an order of customers. "" is the newest first.
type CustomerSort string

// ByName is the order of names: the company's, else the person's.
const ByName CustomerSort = "name"

// CustomerFilter chooses customers to list. The zero value is all of them.
type CustomerFilter struct {
	// Query is words of the company's or person's name, of the e-mail address or the
	// id, or parts of such. At most 1,000 matches are listed; see [Search].
	Query string
	// Search keeps what Query finds, for all that is read by the same filter; may be nil.
	Search *Search
	// Email must be equal, but for the case.
	Email  string
	Type   billing.CustomerType
	Status billing.CustomerStatus
	Sort   CustomerSort
	// After is where the previous page ended, as it was answered; "" begins.
	After string
	// Limit is the number of rows on a page, at least 1.
	Limit int
}

// CustomerRow is a customer with its figures today.
type CustomerRow struct {
	billing.Customer
	// Active counts the active subscriptions, Alone those of them that are in no group.
	Active, Alone int
	// Groups counts the billing groups.
	Groups int
	// Monthly is what the active subscriptions cost a month.
	Monthly billing.Money
}

// Customers lists customers and answers where the next page begins, "" where there is
// none. VALIDATION_ERROR refuses a cursor or a sort that the list doesn't have.
func (s *Store) Customers(ctx context.Context, t Tenant, f CustomerFilter) (rows []CustomerRow, next string, err error) {
	err = s.read(ctx, func(q querier) error {
		at, err := f.position()
		if err == nil && f.Sort == ByName {
			err = at.lookUp(ctx, q, t, "words", "customers")
		}
		if err != nil {
			return err
		}
		list, err := customerClause(ctx, q, t, f, `SELECT c.key `)
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
		if rows, err = s.customerRows(ctx, q, t, keys); err != nil || !more {
			return err
		}
		next = position{list: at.list, key: keys[len(keys)-1]}.cursor()
		return nil
	})
	if err != nil {
		return nil, "", wrap("customers", err)
	}
	return rows, next, nil
}

// CustomerTotals adds up what [Store.Customers] lists on all its pages.
func (s *Store) CustomerTotals(ctx context.Context, t Tenant, f CustomerFilter) (totals Totals, err error) {
	f.Sort = "" // the index of an order is not the one to count by
	err = s.read(ctx, func(q querier) error {
		list, err := customerClause(ctx, q, t, f, `SELECT c.key AS key, NULL AS amount `)
		if err != nil {
			return err
		}
		if totals, err = counted(ctx, q, t, list); err != nil || totals.More {
			return err
		}
		sum := newClause(t, "")
		sum.args = list.args
		sum.add(`SELECT ifnull(sum(u.amount), 0) FROM (`+list.text.String()+`) l
			CROSS JOIN subscriptions u INDEXED BY subscriptions_customer
			WHERE u.tenant = ?1 AND u.customer = l.key AND u.status = 'active' AND u.contract_end > ?`, s.Today(t).String())
		return q.QueryRowContext(ctx, sum.text.String(), sum.args...).Scan(&totals.Monthly.Minor)
	})
	return totals, wrap("customer totals", err)
}

// CustomerRow answers one customer with its figures. NOT_FOUND where the tenant has
// none with that id.
func (s *Store) CustomerRow(ctx context.Context, t Tenant, id string) (row CustomerRow, err error) {
	err = s.read(ctx, func(q querier) error {
		key, _, err := findCustomer(ctx, q, t, id)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("customer")
		}
		if err != nil {
			return err
		}
		rows, err := s.customerRows(ctx, q, t, []int64{key})
		if err == nil {
			row = rows[0]
		}
		return err
	})
	return row, wrap("customer", err)
}

func searchCustomers(ctx context.Context, q querier, t Tenant, f CustomerFilter) (found, error) {
	words := foldWords(f.Query)
	if len(words) == 0 {
		return found{}, nil
	}
	keys, err := matchCustomers(ctx, q, t, words, customerMatch{kind: f.Type, status: f.Status, parts: true, limit: maxMatches + 1})
	return lookedAt(keys, false), err
}

// customerClause is the list that a filter chooses, with customers as c.
func customerClause(ctx context.Context, q querier, t Tenant, f CustomerFilter, what string) (*clause, error) {
	list := newClause(t, what)
	switch {
	case f.Query != "":
		found, err := f.Search.find(func() (found, error) { return searchCustomers(ctx, q, t, f) })
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		list.found(`FROM json_each(?) j CROSS JOIN customers c WHERE c.tenant = ?1 AND c.key = j.value`, found)
	case f.Email != "":
		list.add(`FROM customers c INDEXED BY customers_email WHERE c.tenant = ?1`)
	case f.Sort == ByName:
		list.add(`FROM customers c INDEXED BY customers_words WHERE c.tenant = ?1`)
	default:
		list.add(`FROM customers c INDEXED BY customers_listed WHERE c.tenant = ?1`)
	}
	if f.Email != "" {
		list.add(` AND c.email = ? COLLATE NOCASE`, f.Email)
	}
	if f.Type != "" {
		list.add(` AND c.type = ?`, f.Type)
	}
	if f.Status != "" {
		list.add(` AND c.status = ?`, f.Status)
	}
	return list, nil
}

// order sorts the list and skips what comes before a position.
func (f CustomerFilter) order(list *clause, at position) {
	if f.Sort == ByName {
		if at.key != 0 {
			list.add(` AND (c.words, c.key) > (?, ?)`, at.value, at.key)
		}
		list.add(` ORDER BY c.words, c.key`)
		return
	}
	if at.key != 0 {
		list.add(` AND c.key < ?`, at.key)
	}
	list.add(` ORDER BY c.key DESC`)
}

// Check refuses an order or a cursor that the list doesn't have: VALIDATION_ERROR with
// path sort or after.
func (f CustomerFilter) Check() error {
	_, err := f.position()
	return err
}

func (f CustomerFilter) position() (position, error) {
	if err := checkSort(f.Sort, "", ByName); err != nil {
		return position{}, err
	}
	return parsePosition(f.After, "customers "+string(f.Sort))
}

// customerWords is what a customer is sorted and found by: its name comes first.
func customerWords(c billing.Customer) string {
	return strings.Join(foldWords(strings.Join([]string{c.Company, c.FirstName, c.LastName, c.Email, c.ID}, " ")), " ")
}

// customerRows reads customers and their figures in the order of the keys.
func (s *Store) customerRows(ctx context.Context, q querier, t Tenant, keys []int64) ([]CustomerRow, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+customerColumns+`, count(u.key), count(u.key) - count(u.grp), ifnull(sum(u.amount), 0),
		(SELECT count(*) FROM groups g WHERE g.tenant = ?1 AND g.customer = c.key AND g.deleted_at IS NULL)
		FROM json_each(?2) j CROSS JOIN customers c
		LEFT JOIN subscriptions u INDEXED BY subscriptions_customer ON u.tenant = c.tenant AND u.customer = c.key AND u.status = 'active' AND u.contract_end > ?3
		WHERE c.tenant = ?1 AND c.key = j.value GROUP BY j.key ORDER BY j.key`, t.Key, jsonOf(keys), s.Today(t).String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := make([]CustomerRow, 0, len(keys))
	for rows.Next() {
		r := CustomerRow{Monthly: billing.Money{Currency: t.Currency}}
		if _, r.Customer, err = scanCustomer(rows, &r.Active, &r.Alone, &r.Monthly.Minor, &r.Groups); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
