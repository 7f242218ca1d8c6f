package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"billfold/billing"
)

// customerColumns are read by scanCustomer, from customers as c.
const customerColumns = `c.key, c.id, c.type, c.status, c.company, c.first_name, c.last_name, c.email, c.phone,
	c.street, c.postal_code, c.city, c.country, c.vat_id, c.vat_treatment, c.payment_terms, c.created_at, c.updated_at`

// scanner is a row to read from: *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// scanCustomer reads customerColumns, and further columns into more.
func scanCustomer(row scanner, more ...any) (key int64, c billing.Customer, err error) {
	var terms sql.NullInt64
	var created, updated int64
	err = row.Scan(append([]any{&key, &c.ID, &c.Type, &c.Status, &c.Company, &c.FirstName, &c.LastName, &c.Email, &c.Phone,
		&c.Address.Street, &c.Address.PostalCode, &c.Address.City, &c.Address.Country,
		&c.VATID, &c.VATTreatment, &terms, &created, &updated}, more...)...)
	if terms.Valid {
		days := int(terms.Int64)
		c.PaymentTerms = &days
	}
	c.CreatedAt, c.UpdatedAt = time.UnixMilli(created), time.UnixMilli(updated)
	return key, c, err
}

// Customer answers one customer of a tenant. NOT_FOUND where it has none with that id.
func (s *Store) Customer(ctx context.Context, t Tenant, id string) (billing.Customer, error) {
	_, c, err := findCustomer(ctx, s.readers, t, id)
	if errors.Is(err, sql.ErrNoRows) {
		return c, billing.NotFound("customer")
	}
	return c, wrap("customer", err)
}

// findCustomer answers a customer and its key, or sql.ErrNoRows.
func findCustomer(ctx context.Context, q querier, t Tenant, id string) (int64, billing.Customer, error) {
	return scanCustomer(q.QueryRowContext(ctx, `SELECT `+customerColumns+` FROM customers c WHERE c.tenant = ?1 AND c.id = ?2`, t.Key, id))
}

// CustomerOption is a customer to choose, with what tells it from its namesakes.
type CustomerOption struct {
	billing.Customer
	// Subscriptions counts the active ones.
	Subscriptions int
	// Monthly is what the active ones cost together.
	Monthly billing.Money
}

// BusinessOptions answers active business customers who match a query, the best
// match first: parts of the company's or person's name, of the e-mail address or
// the id. Every word of the query must match. No query answers the first customers.
func (s *Store) BusinessOptions(ctx context.Context, t Tenant, query string, limit int) ([]CustomerOption, error) {
	words := foldWords(query)
	words = words[:min(len(words), maxQueryWords)]
	keys, err := s.matchBusinesses(ctx, t, words)
	if err != nil {
		return nil, wrap("customers to choose", err)
	}
	options, err := s.customerOptions(ctx, t, keys)
	if err != nil {
		return nil, wrap("customers to choose", err)
	}
	if len(words) > 0 {
		sortByRelevance(options, query)
	}
	return options[:min(limit, len(options))], nil
}

// CustomerOption answers one customer of a tenant with its figures. NOT_FOUND
// where it has none with that id.
func (s *Store) CustomerOption(ctx context.Context, t Tenant, id string) (CustomerOption, error) {
	key, _, err := findCustomer(ctx, s.readers, t, id)
	if errors.Is(err, sql.ErrNoRows) {
		return CustomerOption{}, billing.NotFound("customer")
	}
	if err != nil {
		return CustomerOption{}, wrap("customer", err)
	}
	options, err := s.customerOptions(ctx, t, []int64{key})
	if err != nil || len(options) == 0 {
		return CustomerOption{}, wrap("customer", err)
	}
	return options[0], nil
}

const (
	// matchLimit bounds how many matches are weighed against each other.
	matchLimit = 100
	// maxQueryWords bounds the work of one search.
	maxQueryWords = 6
)

// matchBusinesses finds active businesses whose words begin with all the given
// ones, and only where there are none those whose words contain them.
func (s *Store) matchBusinesses(ctx context.Context, t Tenant, words []string) ([]int64, error) {
	if len(words) == 0 {
		return queryKeys(ctx, s.readers, `SELECT key FROM customers
			WHERE tenant = ?1 AND type = 'business' AND status = 'active' ORDER BY key LIMIT ?2`, t.Key, matchLimit)
	}
	// The longest word is likely the rarest, so it leads.
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, match := range []string{"w.word >= ? AND w.word < ?", "instr(w.word, ?) > 0"} {
		var b strings.Builder
		args := []any{t.Key}
		b.WriteString(`SELECT DISTINCT c.key FROM customer_words w JOIN customers c ON c.tenant = w.tenant AND c.key = w.customer
			WHERE w.tenant = ?1 AND c.type = 'business' AND c.status = 'active' AND `)
		b.WriteString(numbered(match, &args, words[0]))
		for _, word := range words[1:] {
			b.WriteString(` AND EXISTS (SELECT 1 FROM customer_words w WHERE w.tenant = ?1 AND w.customer = c.key AND `)
			b.WriteString(numbered(match, &args, word))
			b.WriteString(`)`)
		}
		fmt.Fprintf(&b, " LIMIT %d", matchLimit)
		keys, err := queryKeys(ctx, s.readers, b.String(), args...)
		if err != nil || len(keys) > 0 {
			return keys, err
		}
	}
	return nil, nil
}

// numbered puts numbered placeholders into a condition on a word: one for the word,
// and a second for the end of the range of words that begin with it.
func numbered(match string, args *[]any, word string) string {
	values := []any{word, word + "\U0010FFFF"}
	for i := 0; strings.Contains(match, "?"); i++ {
		head, tail, _ := strings.Cut(match, "?")
		*args = append(*args, values[i])
		match = fmt.Sprintf("%s\x00%d%s", head, len(*args), tail)
	}
	return strings.ReplaceAll(match, "\x00", "?")
}

func queryKeys(ctx context.Context, q querier, query string, args ...any) ([]int64, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var keys []int64
	for rows.Next() {
		var key int64
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// customerOptions reads customers and their figures in the order of the keys.
func (s *Store) customerOptions(ctx context.Context, t Tenant, keys []int64) ([]CustomerOption, error) {
	rows, err := s.readers.QueryContext(ctx, `SELECT `+customerColumns+`, count(u.key), ifnull(sum(u.amount), 0)
		FROM json_each(?2) j CROSS JOIN customers c
		LEFT JOIN subscriptions u ON u.tenant = c.tenant AND u.customer = c.key AND u.status = 'active' AND u.contract_end > ?3
		WHERE c.tenant = ?1 AND c.key = j.value GROUP BY j.key ORDER BY j.key`, t.Key, jsonOf(keys), s.Today(t).String())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	options := make([]CustomerOption, 0, len(keys))
	for rows.Next() {
		o := CustomerOption{Monthly: billing.Money{Currency: t.Currency}}
		if _, o.Customer, err = scanCustomer(rows, &o.Subscriptions, &o.Monthly.Minor); err != nil {
			return nil, err
		}
		options = append(options, o)
	}
	return options, rows.Err()
}

// sortByRelevance puts an exact id or address first, then names that begin as the
// query does, then the others, each by name.
func sortByRelevance(options []CustomerOption, query string) {
	folded := strings.Join(foldWords(query), " ")
	rank := func(o CustomerOption) int {
		switch {
		case strings.EqualFold(o.ID, strings.TrimSpace(query)), strings.EqualFold(o.Email, strings.TrimSpace(query)):
			return 0
		case strings.HasPrefix(strings.Join(foldWords(o.Name()), " "), folded):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(options, func(a, b CustomerOption) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.ID, b.ID))
	})
}

// saveCustomer writes a customer and the words it is found by. Key 0 makes a new
// one; the row's key is answered.
func saveCustomer(ctx context.Context, q querier, t Tenant, now time.Time, key int64, c billing.Customer) (int64, error) {
	values := []any{t.Key, c.ID, c.Type, c.Status, c.Company, c.FirstName, c.LastName, c.Email, c.Phone,
		c.Address.Street, c.Address.PostalCode, c.Address.City, c.Address.Country, c.VATID, cmp.Or(c.VATTreatment, billing.VATStandard),
		c.PaymentTerms, now.UnixMilli()}
	if key == 0 {
		result, err := q.ExecContext(ctx, `INSERT INTO customers (tenant, id, type, status, company, first_name, last_name, email, phone,
			street, postal_code, city, country, vat_id, vat_treatment, payment_terms, updated_at, created_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17)`, values...)
		if err != nil {
			return 0, err
		}
		if key, err = result.LastInsertId(); err != nil {
			return 0, err
		}
	} else {
		if _, err := q.ExecContext(ctx, `UPDATE customers SET type = ?3, status = ?4, company = ?5, first_name = ?6, last_name = ?7,
			email = ?8, phone = ?9, street = ?10, postal_code = ?11, city = ?12, country = ?13, vat_id = ?14, vat_treatment = ?15,
			payment_terms = ?16, updated_at = ?17 WHERE tenant = ?1 AND id = ?2 AND key = ?18`, append(values, key)...); err != nil {
			return 0, err
		}
		if _, err := q.ExecContext(ctx, `DELETE FROM customer_words WHERE tenant = ?1 AND customer = ?2`, t.Key, key); err != nil {
			return 0, err
		}
	}
	words := foldWords(strings.Join([]string{c.Company, c.FirstName, c.LastName, c.Email, c.ID}, " "))
	_, err := q.ExecContext(ctx, `INSERT OR IGNORE INTO customer_words (tenant, word, customer) SELECT ?1, value, ?2 FROM json_each(?3)`,
		t.Key, key, jsonOf(words))
	return key, err
}
