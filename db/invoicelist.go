package db

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"billfold/billing"
)

// InvoiceSort is an order of invoices. "" is the newest first.
type InvoiceSort string

// ByDue is the order of due dates, the soonest first.
const ByDue InvoiceSort = "due"

// InvoiceKind says whether an invoice is a group's.
type InvoiceKind string

// The kinds to filter by; "" is both.
const (
	Individual   InvoiceKind = "individual"
	Consolidated InvoiceKind = "consolidated"
)

// InvoiceFilter chooses invoices to list. The zero value is all of them.
type InvoiceFilter struct {
	// Query is the beginning of a number, what follows the last "-" of one, an id, the
	// number of a credit note, or words of the customer. At most 1,000 matches are
	// listed; see [Search].
	Query string
	// Search keeps what Query finds, for all that is read by the same filter; may be nil.
	Search *Search
	Status billing.InvoiceStatus
	// Open leaves those that are still to be paid: pending, processing or failed. Overdue
	// leaves those that should have been: pending or failed, and due before today.
	Open, Overdue bool
	Kind          InvoiceKind
	// CustomerID, GroupID, SubscriptionID and RunID must be equal. A deleted group has its
	// invoices too, and a subscription those with a line for it.
	CustomerID, GroupID, SubscriptionID, RunID string
	// DueFrom and DueTo, PaidFrom and PaidTo are the first and last of some days; zero
	// is no bound.
	DueFrom, DueTo   billing.Date
	PaidFrom, PaidTo billing.Date
	Period           billing.Period
	Sort             InvoiceSort
	// After is where the previous page ended, as it was answered; "" begins.
	After string
	// Limit is the number of rows on a page, at least 1.
	Limit int
}

// InvoiceRow is an invoice without its lines, with whom it went to as that stands now.
type InvoiceRow struct {
	billing.Invoice
	Customer billing.Customer
	// GroupDeleted tells that the group it is of is there no more.
	GroupDeleted bool
	// Line is the one for the subscription that was asked for; else that of an individual
	// invoice. A consolidated one has none.
	Line billing.InvoiceLine
}

// Invoices lists invoices and answers where the next page begins, "" where there is
// none. VALIDATION_ERROR refuses a cursor or a sort that the list doesn't have.
func (s *Store) Invoices(ctx context.Context, t Tenant, f InvoiceFilter) (rows []InvoiceRow, next string, err error) {
	err = s.read(ctx, func(q querier) error {
		at, err := f.position()
		if err == nil && f.Sort == ByDue {
			err = at.lookUp(ctx, q, t, "due_on", "invoices")
		}
		if err != nil {
			return err
		}
		list, err := s.invoicePage(ctx, q, t, f, at)
		if err != nil {
			return err
		}
		var keys []int64
		err = eachRow(ctx, q, list.text.String(), list.args, func(row scanner) error {
			var key int64
			var due string // what the list is sorted by
			err := row.Scan(&key, &due)
			keys = append(keys, key)
			return err
		})
		if err != nil {
			return err
		}
		more := len(keys) > f.Limit
		keys = keys[:min(len(keys), f.Limit)]
		if rows, err = invoiceRows(ctx, q, t, keys, f.SubscriptionID); err != nil || !more {
			return err
		}
		next = position{list: at.list, key: keys[len(keys)-1]}.cursor()
		return nil
	})
	if err != nil {
		return nil, "", wrap("invoices", err)
	}
	return rows, next, nil
}

// InvoiceTotals adds up what [Store.Invoices] lists on all its pages.
func (s *Store) InvoiceTotals(ctx context.Context, t Tenant, f InvoiceFilter) (totals Totals, err error) {
	f.Sort = "" // the index of an order is not the one to count by
	err = s.read(ctx, func(q querier) error {
		list, err := s.invoiceClause(ctx, q, t, f, `SELECT CASE WHEN i.status NOT IN ('paid', 'cancelled') THEN i.total - i.credited END AS amount`, position{})
		if err != nil {
			return err
		}
		totals, err = counted(ctx, q, t, list)
		totals.Open, totals.Monthly = totals.Monthly, nil
		return err
	})
	return totals, wrap("invoice totals", err)
}

// InvoicesByID answers the invoices with some ids, in the order of the ids, each once.
// What the tenant doesn't have is left out.
func (s *Store) InvoicesByID(ctx context.Context, t Tenant, ids []string) (rows []InvoiceRow, err error) {
	err = s.read(ctx, func(q querier) error {
		keys, err := queryKeys(ctx, q, `SELECT i.key FROM json_each(?2) j CROSS JOIN invoices i
			WHERE i.tenant = ?1 AND i.id = j.value GROUP BY i.key ORDER BY min(j.key)`, t.Key, jsonOf(ids))
		if err != nil {
			return err
		}
		rows, err = invoiceRows(ctx, q, t, keys, "")
		return err
	})
	return rows, wrap("invoices by id", err)
}

// invoiceRows reads invoices with their customers, and one line where one is meant, in
// the order of the keys.
func invoiceRows(ctx context.Context, q querier, t Tenant, keys []int64, subscriptionID string) ([]InvoiceRow, error) {
	rows := make(map[int64]InvoiceRow, len(keys))
	ids := make(map[string]bool)
	err := eachRow(ctx, q, selectInvoices+`WHERE i.tenant = ?1 AND i.key IN (SELECT value FROM json_each(?2))`, []any{t.Key, jsonOf(keys)}, func(row scanner) error {
		key, invoice, err := scanInvoice(row, t)
		rows[key] = InvoiceRow{Invoice: invoice}
		ids[invoice.CustomerID] = true
		return err
	})
	if err != nil {
		return nil, err
	}
	customers, err := knownCustomers(ctx, q, t, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return nil, fmt.Errorf("customers: %w", err)
	}
	deleted, err := deletedGroups(ctx, q, t, keys)
	if err != nil {
		return nil, fmt.Errorf("groups: %w", err)
	}
	lines, err := meantLines(ctx, q, t, keys, subscriptionID)
	if err != nil {
		return nil, fmt.Errorf("lines: %w", err)
	}
	for key, row := range rows {
		row.Customer, row.GroupDeleted, row.Line = customers[row.CustomerID].Customer, deleted[key], lines[key]
		rows[key] = row
	}
	return inOrder(keys, rows), nil
}

// deletedGroups answers which of some invoices are of a group that was deleted.
func deletedGroups(ctx context.Context, q querier, t Tenant, keys []int64) (map[int64]bool, error) {
	found, err := queryKeys(ctx, q, `SELECT i.key FROM json_each(?2) j CROSS JOIN invoices i CROSS JOIN groups g
		WHERE i.tenant = ?1 AND i.key = j.value AND g.tenant = ?1 AND g.key = i.grp AND g.deleted_at IS NOT NULL`, t.Key, jsonOf(keys))
	deleted := make(map[int64]bool, len(found))
	for _, key := range found {
		deleted[key] = true
	}
	return deleted, err
}

// What the lines of some invoices are for and come to: those of individual ones, and
// those for one subscription.
const (
	individualLines = `SELECT l.invoice, u.id, l.product, l.serial, l.amount, l.tax, l.live
		FROM json_each(?2) j CROSS JOIN invoices i CROSS JOIN invoice_lines l CROSS JOIN subscriptions u
		WHERE i.tenant = ?1 AND i.key = j.value AND i.grp IS NULL AND l.tenant = ?1 AND l.invoice = i.key AND u.key = l.subscription`
	subscriptionLines = `SELECT l.invoice, u.id, l.product, l.serial, l.amount, l.tax, l.live
		FROM json_each(?2) j CROSS JOIN subscriptions u CROSS JOIN invoice_lines l
		WHERE u.tenant = ?1 AND u.id = ?3 AND l.tenant = ?1 AND l.invoice = j.value AND l.subscription = u.key`
)

// meantLines answers the lines of some invoices that are for a subscription, by the
// invoices' keys; for "" the lines of individual ones.
func meantLines(ctx context.Context, q querier, t Tenant, keys []int64, subscriptionID string) (map[int64]billing.InvoiceLine, error) {
	query, args := individualLines, []any{t.Key, jsonOf(keys)}
	if subscriptionID != "" {
		query, args = subscriptionLines, append(args, subscriptionID)
	}
	lines := make(map[int64]billing.InvoiceLine)
	err := eachRow(ctx, q, query, args, func(row scanner) error {
		var key int64
		var l billing.InvoiceLine
		err := row.Scan(&key, &l.SubscriptionID, &l.Product, &l.Serial, &l.Amount, &l.Tax, &l.Live)
		lines[key] = l
		return err
	})
	return lines, err
}

// Check refuses an order or a cursor that the list doesn't have: VALIDATION_ERROR with
// path sort or after.
func (f InvoiceFilter) Check() error {
	_, err := f.position()
	return err
}

func (f InvoiceFilter) position() (position, error) {
	if err := checkSort(f.Sort, "", ByDue); err != nil {
		return position{}, err
	}
	return parsePosition(f.After, "invoices "+string(f.Sort))
}
