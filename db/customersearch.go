package db

import (
	"cmp"
	"context"
	"slices"

	"billfold/billing"
)

const (
	// matchLimit bounds how many customers are weighed against each other.
	matchLimit = 100
	// maxQueryWords bounds the work of one search.
	maxQueryWords = 6
)

// customerMatch says which customers a search is for.
type customerMatch struct {
	// kind and status leave out others; "" is any.
	kind   billing.CustomerType
	status billing.CustomerStatus
	// beginnings leaves out customers of whose words the query is only a part.
	beginnings bool
	// parts takes customers too of whose words the query is only a part, even where
	// others have words that begin so. It takes a look at every customer.
	parts bool
	// limit is how many are answered at most; 0 is matchLimit.
	limit int
}

// only leaves out customers of another kind or status.
func (m customerMatch) only(query *clause) {
	if m.kind != "" {
		query.add(` AND c.type = ?`, m.kind)
	}
	if m.status != "" {
		query.add(` AND c.status = ?`, m.status)
	}
}

// matchCustomers finds customers whose words begin with all the given ones, and where
// there are none those whose words contain them. No words match the first customers.
func matchCustomers(ctx context.Context, q querier, t Tenant, words []string, m customerMatch) ([]int64, error) {
	m.limit = cmp.Or(m.limit, matchLimit)
	if len(words) == 0 {
		query := newClause(t, `SELECT c.key FROM customers c WHERE c.tenant = ?1`)
		m.only(query)
		query.add(` ORDER BY c.key LIMIT ?`, m.limit)
		return query.keys(ctx, q)
	}
	words = slices.Clone(words[:min(len(words), maxQueryWords)])
	// The longest word is likely the rarest, so it leads.
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	keys, err := m.matchBeginnings(ctx, q, t, words)
	if err != nil || len(keys) >= m.limit || m.beginnings || len(keys) > 0 && !m.parts {
		return keys, err
	}
	query := newClause(t, `SELECT c.key FROM customers c INDEXED BY customers_words WHERE c.tenant = ?1`)
	m.only(query)
	for _, word := range words {
		query.add(` AND instr(c.words, ?) > 0`, word)
	}
	query.add(` LIMIT ?`, m.limit)
	parts, err := query.keys(ctx, q)
	if err != nil {
		return nil, err
	}
	// Every customer of the first search is in the second, too, unless that was cut short.
	all := slices.Compact(slices.Sorted(slices.Values(append(keys, parts...))))
	return all[:min(len(all), m.limit)], nil
}

// matchBeginnings finds customers who have a word that begins so for each of the given ones.
func (m customerMatch) matchBeginnings(ctx context.Context, q querier, t Tenant, words []string) ([]int64, error) {
	query := newClause(t, `SELECT DISTINCT c.key FROM customer_words w JOIN customers c ON c.tenant = w.tenant AND c.key = w.customer
		WHERE w.tenant = ?1`)
	m.only(query)
	query.add(` AND w.word >= ? AND w.word < ?`, words[0], words[0]+"\U0010FFFF")
	for _, word := range words[1:] {
		query.add(` AND EXISTS (SELECT 1 FROM customer_words w WHERE w.tenant = ?1 AND w.customer = c.key AND w.word >= ? AND w.word < ?)`, word, word+"\U0010FFFF")
	}
	query.add(` LIMIT ?`, m.limit)
	return query.keys(ctx, q)
}
