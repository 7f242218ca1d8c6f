package db

import (
	"context"
	"fmt"
	"slices"

	"billfold/billing"
)

// invoicePage is a page of the list that a filter chooses, from a position on, and one
// row more: keys and due dates.
func (s *Store) invoicePage(ctx context.Context, q querier, t Tenant, f InvoiceFilter, at position) (*clause, error) {
	if f.byDays() {
		return f.newestByDays(t, at, s.Today(t)), nil
	}
	list, err := s.invoiceClause(ctx, q, t, f, `SELECT i.key AS key, i.due_on AS due`, at)
	if err != nil {
		return nil, err
	}
	if f.Sort == ByDue {
		list.add(` ORDER BY due, key`)
	} else {
		list.add(` ORDER BY key DESC`)
	}
	list.add(` LIMIT ?`, f.Limit+1)
	return list, nil
}

// invoiceClause is the list that a filter chooses behind a position, with invoices as i.
func (s *Store) invoiceClause(ctx context.Context, q querier, t Tenant, f InvoiceFilter, what string, at position) (*clause, error) {
	list := newClause(t, "")
	switch {
	case f.few():
		list.add(what + ` FROM invoices i ` + f.index() + ` WHERE i.tenant = ?1`)
		f.addStatuses(list)
		f.only(list, "", s.Today(t))
		if f.Query != "" {
			addInvoiceQuery(list, f.Query)
		}
		f.behind(list, at)
	case f.Query != "":
		found, err := f.Search.find(func() (found, error) { return s.searchInvoices(ctx, q, t, f) })
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		list.found(what+` FROM json_each(?) j CROSS JOIN invoices i WHERE i.tenant = ?1 AND i.key = j.value`, found)
		f.behind(list, at)
	default:
		// The states are read one by one, each in order from an index, and merged.
		for i, status := range f.statuses() {
			if i > 0 {
				list.add(` UNION ALL `)
			}
			list.add(what+` FROM invoices i `+f.index()+` WHERE i.tenant = ?1 AND i.status = ?`, status)
			f.only(list, "", s.Today(t))
			f.behind(list, at)
		}
	}
	return list, nil
}

// few tells whether the filter names something with an index of its own, that has few
// invoices or all of its own in a row.
func (f InvoiceFilter) few() bool {
	return f.CustomerID != "" || f.GroupID != "" || f.SubscriptionID != "" || f.RunID != ""
}

// index names the index to read, where the planner can't know what is rare.
func (f InvoiceFilter) index() string {
	switch {
	case f.SubscriptionID != "":
		return `NOT INDEXED` // its lines lead to the rows
	case f.GroupID != "":
		return `INDEXED BY invoices_group`
	case f.CustomerID != "":
		return `INDEXED BY invoices_customer`
	case f.RunID != "":
		return `INDEXED BY invoices_run`
	case f.Sort == ByDue:
		return `INDEXED BY invoices_due`
	case !f.Period.IsZero():
		return `INDEXED BY invoices_period`
	case f.paidBetween():
		return `INDEXED BY invoices_paid`
	case f.dueBetween():
		return `INDEXED BY invoices_due`
	case f.Kind == Consolidated:
		return `INDEXED BY invoices_consolidated`
	}
	return `INDEXED BY invoices_status`
}

func (f InvoiceFilter) paidBetween() bool { return !f.PaidFrom.IsZero() || !f.PaidTo.IsZero() }

func (f InvoiceFilter) dueBetween() bool {
	return f.Overdue || !f.DueFrom.IsZero() || !f.DueTo.IsZero()
}

// statuses are the states that the filter leaves: one that there is not where it leaves
// none.
func (f InvoiceFilter) statuses() []billing.InvoiceStatus {
	left := slices.DeleteFunc(slices.Clone(billing.InvoiceStatuses), func(s billing.InvoiceStatus) bool {
		return f.Status != "" && s != f.Status ||
			f.Open && (s == billing.InvoicePaid || s == billing.InvoiceCancelled) ||
			f.Overdue && s != billing.InvoicePending && s != billing.InvoiceFailed ||
			f.paidBetween() && s != billing.InvoicePaid
	})
	if len(left) == 0 {
		return []billing.InvoiceStatus{""}
	}
	return left
}

// addStatuses leaves invoices in the states of the filter, found in another way.
func (f InvoiceFilter) addStatuses(list *clause) {
	if left := f.statuses(); len(left) < len(billing.InvoiceStatuses) {
		list.add(` AND +i.status IN (SELECT value FROM json_each(?))`, jsonOf(left))
	}
}

// only leaves invoices that the filter chooses, whatever its query and states. A plus
// keeps SQLite from choosing an index by that.
func (f InvoiceFilter) only(list *clause, plus string, today billing.Date) {
	is := func(column, compare string, value any) { list.add(` AND `+plus+`i.`+column+compare, value) }
	if f.CustomerID != "" {
		is("customer", ` = (SELECT key FROM customers WHERE tenant = ?1 AND id = ?)`, f.CustomerID)
	}
	if f.GroupID != "" {
		is("grp", ` = (SELECT key FROM groups WHERE tenant = ?1 AND id = ?)`, f.GroupID)
	}
	if f.SubscriptionID != "" {
		list.add(` AND i.key IN (
			SELECT l.invoice FROM subscriptions u CROSS JOIN invoice_lines l INDEXED BY invoice_lines_period
				WHERE u.tenant = ?1 AND u.id = ? AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 1
			UNION ALL SELECT l.invoice FROM subscriptions u CROSS JOIN invoice_lines l INDEXED BY invoice_lines_dead
				WHERE u.tenant = ?1 AND u.id = ? AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 0)`, f.SubscriptionID, f.SubscriptionID)
	}
	if f.RunID != "" {
		is("run", ` = (SELECT key FROM billing_runs WHERE tenant = ?1 AND id = ?)`, f.RunID)
	}
	switch f.Kind {
	case Individual:
		list.add(` AND i.grp IS NULL`)
	case Consolidated:
		list.add(` AND i.grp IS NOT NULL`)
	}
	if !f.Period.IsZero() {
		is("period", ` = ?`, f.Period.String())
	}
	if f.Overdue {
		is("due_on", ` < ?`, today.String())
	}
	for _, bound := range []struct {
		column, compare string
		day             billing.Date
	}{{"due_on", ` >= ?`, f.DueFrom}, {"due_on", ` <= ?`, f.DueTo}, {"paid_on", ` >= ?`, f.PaidFrom}, {"paid_on", ` <= ?`, f.PaidTo}} {
		if !bound.day.IsZero() {
			is(bound.column, bound.compare, bound.day.String())
		}
	}
}

// behind skips what comes before a position.
func (f InvoiceFilter) behind(list *clause, at position) {
	switch {
	case at.key == 0:
	case f.Sort == ByDue:
		list.add(` AND (i.due_on, i.key) > (?, ?)`, at.value, at.key)
	default:
		list.add(` AND i.key < ?`, at.key)
	}
}

// byDays tells whether the newest are looked for among those of many days, which an
// index has in the order of these.
func (f InvoiceFilter) byDays() bool {
	return f.Sort == "" && f.Query == "" && !f.few() && f.Period.IsZero() && (f.dueBetween() || f.paidBetween())
}

// newestByDays lists the newest of the days that a filter leaves: it goes from one day
// to the next in an index, and takes no more of each than the page has room for.
func (f InvoiceFilter) newestByDays(t Tenant, at position, today billing.Date) *clause {
	index, column, from, to := "invoices_due", "i.due_on", f.DueFrom, f.DueTo
	if f.paidBetween() {
		index, column, from, to = "invoices_paid", "i.paid_on", f.PaidFrom, f.PaidTo
	}
	first, last := "0000", "9999-12-31"
	if !from.IsZero() {
		first = from.String()
	}
	if !to.IsZero() {
		last = to.String()
	}
	invoices := `FROM invoices i INDEXED BY ` + index + ` WHERE i.tenant = ?1 AND i.status = `
	list := newClause(t, "")
	list.add(`WITH RECURSIVE days (status, day) AS (
			SELECT j.value, (SELECT min(`+column+`) `+invoices+`j.value AND `+column+` >= ?) FROM json_each(?) j
			UNION ALL
			SELECT d.status, (SELECT min(`+column+`) `+invoices+`d.status AND `+column+` > d.day) FROM days d WHERE d.day < ?)
		SELECT p.key AS key, p.due_on AS due FROM days d CROSS JOIN invoices p WHERE d.day <= ? AND p.key IN (
			SELECT i.key `+invoices+`d.status AND `+column+` = d.day`, first, jsonOf(f.statuses()), last, last)
	f.only(list, "+", today)
	f.behind(list, at)
	list.add(` ORDER BY i.key DESC LIMIT ?) ORDER BY p.key DESC LIMIT ?`, f.Limit+1, f.Limit+1)
	return list
}
