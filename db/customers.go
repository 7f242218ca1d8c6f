package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"billfold/billing"
)

// customerColumns are read by scanCustomer, from customers as c.
const customerColumns = `c.key, c.id, c.type, c.status, c.company, c.first_name, c.last_name, c.email, c.phone,
	c.street, c.postal_code, c.city, c.country, c.vat_id, c.vat_treatment, c.payment_terms, c.created_by, c.created_at, c.updated_at`

// scanner is a row to read from: *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// scanCustomer reads customerColumns, and further columns into more.
func scanCustomer(row scanner, more ...any) (key int64, c billing.Customer, err error) {
	var terms sql.NullInt64
	var created, updated int64
	err = row.Scan(append([]any{&key, &c.ID, &c.Type, &c.Status, &c.Company, &c.FirstName, &c.LastName, &c.Email, &c.Phone,
		&c.Address.Street, &c.Address.PostalCode, &c.Address.City, &c.Address.Country,
		&c.VATID, &c.VATTreatment, &terms, &c.CreatedBy, &created, &updated}, more...)...)
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

// customersByKey answers the customers with keys.
func customersByKey(ctx context.Context, q querier, t Tenant, keys []int64) (map[int64]billing.Customer, error) {
	byKey := make(map[int64]billing.Customer, len(keys))
	err := eachCustomer(ctx, q, t, `key`, jsonOf(keys), func(c keyedCustomer) { byKey[c.key] = c.Customer })
	return byKey, err
}

// keyedCustomer is a customer with its row's key; zero where there is none.
type keyedCustomer struct {
	key int64
	billing.Customer
}

// knownCustomers answers the customers with ids.
func knownCustomers(ctx context.Context, q querier, t Tenant, ids []string) (map[string]keyedCustomer, error) {
	known := make(map[string]keyedCustomer, len(ids))
	err := eachCustomer(ctx, q, t, `id`, jsonOf(ids), func(c keyedCustomer) { known[c.ID] = c })
	return known, err
}

// eachCustomer reads the customers whose column, of those that are unique in a tenant,
// has a value of a list.
func eachCustomer(ctx context.Context, q querier, t Tenant, column, list string, do func(keyedCustomer)) error {
	return eachRow(ctx, q, `SELECT `+customerColumns+`
		FROM json_each(?2) j CROSS JOIN customers c WHERE c.tenant = ?1 AND c.`+column+` = j.value`, []any{t.Key, list}, func(row scanner) error {
		key, c, err := scanCustomer(row)
		do(keyedCustomer{key, c})
		return err
	})
}

// BusinessOptions answers active business customers who match a query, the best
// match first: parts of the company's or person's name, of the e-mail address or
// the id. Every word of the query must match. No query answers the first customers.
func (s *Store) BusinessOptions(ctx context.Context, t Tenant, query string, limit int) ([]CustomerRow, error) {
	words := foldWords(query)
	keys, err := matchCustomers(ctx, s.readers, t, words, customerMatch{kind: billing.Business, status: billing.CustomerActive})
	if err != nil {
		return nil, wrap("customers to choose", err)
	}
	options, err := s.customerRows(ctx, s.readers, t, keys)
	if err != nil {
		return nil, wrap("customers to choose", err)
	}
	if len(words) > 0 {
		sortByRelevance(options, query)
	}
	return options[:min(limit, len(options))], nil
}

// sortByRelevance puts an exact id or address first, then names that begin as the
// query does, then the others, each by name.
func sortByRelevance(options []CustomerRow, query string) {
	folded := strings.Join(foldWords(query), " ")
	rank := func(o CustomerRow) int {
		switch {
		case strings.EqualFold(o.ID, strings.TrimSpace(query)), strings.EqualFold(o.Email, strings.TrimSpace(query)):
			return 0
		case strings.HasPrefix(strings.Join(foldWords(o.Name()), " "), folded):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(options, func(a, b CustomerRow) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.ID, b.ID))
	})
}

// takenInByImport is kept as who took something in where the actor has no id.
const takenInByImport = "import"

// saveCustomer writes a customer and the words it is found by. Key 0 makes a new
// one; the row's key is answered. Who took it in is written only then.
//
// It answers when the customer was last changed then: now, but later than any time
// before, so that who read it earlier can tell, whatever the clock says.
func saveCustomer(ctx context.Context, q querier, t Tenant, now time.Time, key int64, c billing.Customer) (int64, time.Time, error) {
	at := now.UnixMilli()
	values := []any{t.Key, c.ID, c.Type, c.Status, c.Company, c.FirstName, c.LastName, c.Email, c.Phone,
		c.Address.Street, c.Address.PostalCode, c.Address.City, c.Address.Country, c.VATID, cmp.Or(c.VATTreatment, billing.VATStandard),
		c.PaymentTerms, at, customerWords(c)}
	if key == 0 {
		result, err := q.ExecContext(ctx, `INSERT INTO customers (tenant, id, type, status, company, first_name, last_name, email, phone,
			street, postal_code, city, country, vat_id, vat_treatment, payment_terms, updated_at, created_at, words, created_by, revision)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17, ?18, ?19, `+nextRevision+`)`,
			append(values, cmp.Or(c.CreatedBy, takenInByImport))...)
		if err != nil {
			return 0, now, err
		}
		if key, err = result.LastInsertId(); err != nil {
			return 0, now, err
		}
	} else {
		if err := q.QueryRowContext(ctx, `UPDATE customers SET type = ?3, status = ?4, company = ?5, first_name = ?6, last_name = ?7,
			email = ?8, phone = ?9, street = ?10, postal_code = ?11, city = ?12, country = ?13, vat_id = ?14, vat_treatment = ?15,
			payment_terms = ?16, updated_at = max(?17, updated_at + 1), words = ?18, revision = `+nextRevision+`
			WHERE tenant = ?1 AND id = ?2 AND key = ?19 RETURNING updated_at`, append(values, key)...).Scan(&at); err != nil {
			return 0, now, err
		}
		if _, err := q.ExecContext(ctx, `DELETE FROM customer_words WHERE tenant = ?1 AND customer = ?2`, t.Key, key); err != nil {
			return 0, now, err
		}
	}
	_, err := q.ExecContext(ctx, `INSERT OR IGNORE INTO customer_words (tenant, word, customer) SELECT ?1, value, ?2 FROM json_each(?3)`,
		t.Key, key, jsonOf(strings.Fields(customerWords(c))))
	return key, time.UnixMilli(at), err
}
