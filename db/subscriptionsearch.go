package db

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"billfold/billing"
)

// subscriptionClause is the list that a filter chooses, from FROM on, with the
// tenant's key as ?1 and subscriptions as u.
func (s *Store) subscriptionClause(ctx context.Context, q querier, t Tenant, f SubscriptionFilter) (*clause, error) {
	list := newClause(t, "")
	searches := f.Query != "" && !f.few()
	if searches {
		found, err := f.Search.find(func() (found, error) { return s.searchSubscriptions(ctx, q, t, f) })
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		list.found(`FROM json_each(?) j CROSS JOIN subscriptions u WHERE u.tenant = ?1 AND u.key = j.value`, found)
		return list, nil
	}
	list.add(f.from() + ` WHERE u.tenant = ?1`)
	if f.CustomerID != "" {
		list.add(` AND u.customer = (SELECT key FROM customers WHERE tenant = ?1 AND id = ?)`, f.CustomerID)
	}
	if f.GroupID != "" {
		list.add(` AND u.grp = (SELECT key FROM groups WHERE tenant = ?1 AND id = ? AND deleted_at IS NULL)`, f.GroupID)
	}
	if f.OrderID != "" {
		list.add(` AND u.order_id = ? AND u.order_id <> ''`, f.OrderID)
	}
	if f.Serial != "" {
		list.add(` AND u.serial COLLATE NOCASE = ?`, f.Serial)
	}
	f.addStates(list, s.Today(t))
	if f.Query != "" {
		return list, s.addQuery(ctx, q, t, list, f.Query)
	}
	return list, nil
}

// addQuery leaves those of few subscriptions that match a query: each is looked at.
func (s *Store) addQuery(ctx context.Context, q querier, t Tenant, list *clause, query string) error {
	m := subscriptionMatch{query: strings.TrimSpace(query)}
	words := foldWords(m.query)
	var err error
	if m.products, _, err = matchProducts(ctx, q, t, Matcher(m.query)); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	list.add(` AND (u.product IN (SELECT value FROM json_each(?))`, jsonOf(m.products))
	for _, part := range m.parts() {
		list.add(` OR `+part.condition, part.values()...)
	}
	for i, word := range words[:min(len(words), maxQueryWords)] {
		list.add([]string{` OR `, ` AND `}[min(i, 1)]+`EXISTS (SELECT 1 FROM customer_words w WHERE w.tenant = ?1 AND w.customer = u.customer AND w.word >= ? AND w.word < ?)`,
			word, word+"\U0010FFFF")
	}
	list.add(`)`)
	if len(words) == 0 {
		list.add(` AND 0`)
	}
	return nil
}

// from names the index to read, where the planner can't know what is rare. A filter
// that leaves few rows has one of its own.
func (f SubscriptionFilter) from() string {
	index := ""
	switch {
	case f.CustomerID != "":
		index = "subscriptions_customer"
	case f.GroupID != "":
		index = "subscriptions_group"
	case f.OrderID != "":
		index = "subscriptions_order"
	case f.Serial != "", f.Sort == BySerial:
		index = "subscriptions_serial"
	case f.Sort == ByEnd:
		index = "subscriptions_end"
	case f.Grouping == Alone:
		index = "subscriptions_alone"
	case f.Status != "" && f.Status != billing.SubscriptionEndedCompleted:
		index = "subscriptions_status"
	default:
		index = "subscriptions_listed"
	}
	return `FROM subscriptions u INDEXED BY ` + index
}

// addStates leaves subscriptions of one state today and of one grouping.
func (f SubscriptionFilter) addStates(list *clause, today billing.Date) {
	switch f.Status {
	case "":
	case billing.SubscriptionActive:
		list.add(` AND u.status = 'active' AND u.contract_end > ?`, today.String())
	case billing.SubscriptionEndedCompleted:
		list.add(` AND (u.status = 'ended_completed' OR u.status = 'active' AND u.contract_end <= ?)`, today.String())
	default:
		list.add(` AND u.status = ?`, f.Status)
	}
	switch f.Grouping {
	case Grouped:
		list.add(` AND u.grp IS NOT NULL`)
	case Alone:
		list.add(` AND u.grp IS NULL`)
	}
}

// maxProducts is how many different product names a search looks through.
const maxProducts = 2_000

// subscriptionMatch is what a query is held against: what ids and serials begin with,
// and whose and which products' subscriptions match whatever they are called.
type subscriptionMatch struct {
	query     string
	customers []int64
	products  []string
	// cut tells that there may be more customers or products.
	cut bool
}

func matchSubscriptions(ctx context.Context, q querier, t Tenant, query string) (m subscriptionMatch, err error) {
	m.query = strings.TrimSpace(query)
	words := foldWords(m.query)
	if len(words) == 0 {
		m.query = "\U0010FFFF" // nothing begins so
		return m, nil
	}
	if m.products, m.cut, err = matchProducts(ctx, q, t, Matcher(m.query)); err != nil {
		return m, err
	}
	// Who types a product means no part of a customer's name.
	m.customers, err = matchCustomers(ctx, q, t, words, customerMatch{beginnings: len(m.products) > 0, limit: maxMatches + 1})
	m.cut = m.cut || len(m.customers) > maxMatches
	return m, err
}

// minEnd is how many characters the end of a serial number must have to be looked for:
// fewer are the end of too many.
const minEnd = 3

// matchPart is a condition that compares with a beginning: it holds from that up to the
// end of all that begin so.
type matchPart struct{ condition, beginning string }

// values are what the condition's two placeholders stand for.
func (p matchPart) values() []any { return []any{p.beginning, p.beginning + "\U0010FFFF"} }

// parts are the conditions on ids and serials, each with an index: on the whole, on
// what follows the first "_" or "-", and on the end of a serial.
func (m subscriptionMatch) parts() []matchPart {
	parts := []matchPart{
		{`u.id >= ? AND u.id < ?`, m.query},
		{`u.id >= ? AND u.id < ?`, strings.ToLower(m.query)}, // ids have their case, and those who type them don't care
		{`u.id >= ? AND u.id < ?`, strings.ToUpper(m.query)},
		{`u.serial COLLATE NOCASE >= ? AND u.serial COLLATE NOCASE < ?`, m.query},
		{`instr(u.serial, '-') > 0 AND substr(u.serial, instr(u.serial, '-') + 1) COLLATE NOCASE >= ? AND substr(u.serial, instr(u.serial, '-') + 1) COLLATE NOCASE < ?`, m.query},
		{`instr(u.id, '_') > 0 AND substr(u.id, instr(u.id, '_') + 1) COLLATE NOCASE >= ? AND substr(u.id, instr(u.id, '_') + 1) COLLATE NOCASE < ?`, m.query},
	}
	if utf8.RuneCountInString(m.query) >= minEnd {
		parts = append(parts, matchPart{`u.serial_backwards COLLATE NOCASE >= ? AND u.serial_backwards COLLATE NOCASE < ?`, backwards(m.query)})
	}
	return parts
}

// fewProducts is how many products a search takes the full number of matches of.
const fewProducts = 4

// searchSubscriptions answers the keys of subscriptions that a filter's query, state and
// grouping choose, at most maxMatches. The filter must have no other condition.
func (s *Store) searchSubscriptions(ctx context.Context, q querier, t Tenant, f SubscriptionFilter) (found, error) {
	m, err := matchSubscriptions(ctx, q, t, f.Query)
	if err != nil {
		return found{}, err
	}
	today := s.Today(t)
	search := newClause(t, `SELECT key FROM (`)
	for _, part := range m.parts() {
		search.add(`SELECT key FROM (SELECT u.key FROM subscriptions u WHERE u.tenant = ?1 AND `+part.condition, part.values()...)
		f.addStates(search, today)
		search.add(` LIMIT ?) UNION `, maxMatches+1)
	}
	search.add(`SELECT key FROM (SELECT u.key FROM json_each(?) j CROSS JOIN subscriptions u INDEXED BY subscriptions_customer
		WHERE u.tenant = ?1 AND u.customer = j.value`, jsonOf(m.customers))
	f.addStates(search, today)
	search.add(` LIMIT ?) UNION `, maxMatches+1)
	// The newest of each product: there are many of one.
	each := maxMatches + 1
	if n := len(m.products); n > fewProducts {
		each = max(maxMatches*fewProducts/n, 1)
	}
	search.add(`SELECT p.key FROM json_each(?) j CROSS JOIN subscriptions p WHERE p.key IN (
		SELECT u.key FROM subscriptions u INDEXED BY subscriptions_product WHERE u.tenant = ?1 AND u.product = j.value`, jsonOf(m.products))
	f.addStates(search, today)
	search.add(` ORDER BY u.key DESC LIMIT ?)) ORDER BY key DESC LIMIT ?`, each, maxMatches+1)
	keys, err := search.keys(ctx, q)
	// With fewer rows than a product may give, none has given less than it has.
	return lookedAt(keys, m.cut || len(m.products) > fewProducts && len(keys) >= each), err
}

// matchProducts answers the product names that match, and whether there are more names
// than it looks through. It goes from one name to the next in the index, since few names
// stand for many subscriptions.
func matchProducts(ctx context.Context, q querier, t Tenant, matches func(string) bool) (products []string, cut bool, err error) {
	products = []string{}
	names := 0
	err = eachRow(ctx, q, `
		WITH RECURSIVE names (product) AS (
			SELECT min(product) FROM subscriptions WHERE tenant = ?1
			UNION ALL
			SELECT (SELECT min(u.product) FROM subscriptions u WHERE u.tenant = ?1 AND u.product > names.product)
			FROM names WHERE names.product IS NOT NULL)
		SELECT product FROM names WHERE product IS NOT NULL LIMIT ?2`, []any{t.Key, maxProducts + 1}, func(row scanner) error {
		var product string
		err := row.Scan(&product)
		if names++; names <= maxProducts && matches(product) {
			products = append(products, product)
		}
		return err
	})
	return products, names > maxProducts, err
}
