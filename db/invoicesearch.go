package db

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// invoiceCondition is one way in which an invoice can match a query, without its
// customer: each has an index.
type invoiceCondition struct {
	text   string
	values []any
}

// What people type of a number: all of it or its beginning, with the year or behind it,
// or only what follows the last "-", with or without its zeros.
var (
	numberWithYear = regexp.MustCompile(`^(?:(.*)-)?(\d{4})-(\d{0,9})$`)
	numberAlone    = regexp.MustCompile(`^(?:.*-)?(\d{1,9})$`)
	yearAlone      = regexp.MustCompile(`^(.*)-(\d{4})$`)
)

// maxSequence is the last number of a year, and numberDigits how many digits are printed
// at least.
const (
	maxSequence  = 999_999_999
	numberDigits = 6
)

// invoiceConditions are the ways in which an invoice can match a query.
func invoiceConditions(query string) (conditions []invoiceCondition) {
	add := func(text string, values ...any) {
		conditions = append(conditions, invoiceCondition{text, values})
	}
	const ofYear = `i.year = ? AND i.sequence BETWEEN ? AND ? AND substr(i.number, 1, length(?)) = ? COLLATE NOCASE`
	if m := numberWithYear.FindStringSubmatch(query); m != nil {
		year, _ := strconv.Atoi(m[2])
		start := m[1]
		if start != "" {
			start += "-"
		}
		for _, r := range sequencesOf(m[3]) {
			add(ofYear, year, r[0], r[1], start, start)
		}
	} else if m := numberAlone.FindStringSubmatch(query); m != nil {
		sequence, _ := strconv.Atoi(m[1])
		start := strings.TrimSuffix(query, m[1])
		add(`i.year IN (SELECT year FROM number_series WHERE tenant = ?1 AND kind = 'invoice') AND i.sequence = ? AND substr(i.number, 1, length(?)) = ? COLLATE NOCASE`,
			sequence, start, start)
	}
	if m := yearAlone.FindStringSubmatch(query); m != nil {
		year, _ := strconv.Atoi(m[2])
		add(ofYear, year, 1, maxSequence, query+"-", query+"-")
	}
	if strings.HasPrefix(query, "pay_") {
		add(`i.id >= ? AND i.id < ?`, query, query+"\U0010FFFF")
	}
	if strings.Contains(query, "-") {
		add(`i.key IN (SELECT invoice FROM credit_notes WHERE tenant = ?1 AND number IN (?, ?))`, query, strings.ToUpper(query))
	}
	return conditions
}

// sequencesOf answers which numbers of a year the digits stand for: all that are printed
// with these at the beginning, and the one that is printed with zeros before them.
func sequencesOf(digits string) (ranges [][2]int) {
	if digits == "" {
		return [][2]int{{1, maxSequence}}
	}
	n, _ := strconv.Atoi(digits)
	padded := digits[0] == '0'
	if !padded && len(digits) < numberDigits {
		ranges = append(ranges, [2]int{n, n})
	}
	for width := max(numberDigits, len(digits)); width <= len(strconv.Itoa(maxSequence)) && (!padded || width == numberDigits); width++ {
		from, to := n, n
		for range width - len(digits) {
			from, to = from*10, to*10+9
		}
		ranges = append(ranges, [2]int{from, to})
	}
	return ranges
}

// addInvoiceQuery leaves those of few invoices that match a query: each is looked at.
func addInvoiceQuery(list *clause, query string) {
	query = strings.TrimSpace(query)
	list.add(` AND (0`)
	for _, c := range invoiceConditions(query) {
		list.add(` OR `+c.text, c.values...)
	}
	words := foldWords(query)
	for i, word := range words[:min(len(words), maxQueryWords)] {
		list.add([]string{` OR `, ` AND `}[min(i, 1)]+`EXISTS (SELECT 1 FROM customer_words w WHERE w.tenant = ?1 AND w.customer = i.customer AND w.word >= ? AND w.word < ?)`,
			word, word+"\U0010FFFF")
	}
	list.add(`)`)
}

// manyCustomers is of how many customers a search takes the full number of invoices.
const manyCustomers = 4

// searchInvoices answers the keys of invoices that match a filter's query, and that the
// rest of it chooses; at most maxMatches, the newest first.
func (s *Store) searchInvoices(ctx context.Context, q querier, t Tenant, f InvoiceFilter) (found, error) {
	query, today := strings.TrimSpace(f.Query), s.Today(t)
	conditions := invoiceConditions(query)
	search := newClause(t, `SELECT key FROM (SELECT 0 AS key WHERE 0`)
	for _, c := range conditions {
		search.add(` UNION SELECT key FROM (SELECT i.key FROM invoices i WHERE i.tenant = ?1 AND `+c.text, c.values...)
		f.addStatuses(search)
		f.only(search, "+", today)
		search.add(` ORDER BY i.sequence DESC LIMIT ?)`, maxMatches+1)
	}
	each, customers, err := matchPayers(ctx, q, t, query, len(conditions) > 0)
	if err != nil {
		return found{}, err
	}
	search.add(` UNION SELECT p.key FROM json_each(?) j CROSS JOIN invoices p WHERE p.key IN (
		SELECT i.key FROM invoices i INDEXED BY invoices_customer WHERE i.tenant = ?1 AND i.customer = j.value`, jsonOf(customers.keys))
	f.addStatuses(search)
	f.only(search, "+", today)
	search.add(` ORDER BY i.key DESC LIMIT ?)) ORDER BY key DESC LIMIT ?`, each, maxMatches+1)
	keys, err := search.keys(ctx, q)
	// With fewer rows than a customer may give, none has given less than it has.
	return lookedAt(keys, customers.cut || len(customers.keys) > manyCustomers && len(keys) >= each), err
}

// matchPayers answers the customers who match a query, and of how many invoices of each
// a search takes a look. Who types a number means no part of a customer's name.
func matchPayers(ctx context.Context, q querier, t Tenant, query string, number bool) (each int, customers found, err error) {
	words := foldWords(query)
	if len(words) == 0 {
		return 0, found{keys: []int64{}}, nil
	}
	keys, err := matchCustomers(ctx, q, t, words, customerMatch{beginnings: number, limit: maxMatches + 1})
	if err != nil {
		return 0, found{}, fmt.Errorf("customers: %w", err)
	}
	each = maxMatches + 1
	if n := len(keys); n > manyCustomers {
		each = max(maxMatches*manyCustomers/n, 1)
	}
	return each, lookedAt(keys, false), nil
}
