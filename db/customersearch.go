package db

import (
	"cmp"
	"context"
	"slices"
)

const (
	// matchLimit bounds how many customers are weighed against each other.
	matchLimit = 100
	// maxQueryWords bounds the work of one search.
	maxQueryWords = 6
)

// customerMatch says which customers a search is for.
type customerMatch struct {
	// activeBusinesses leaves out all who can't get a billing group.
	activeBusinesses bool
	// beginningsOnly leaves out customers of whose words a query is only a part.
	beginningsOnly bool
	// limit is how many are answered at most; 0 is matchLimit.
	limit int
}

// matchCustomers finds customers whose words begin with all the given ones, and only
// where there are none those whose words contain them. No words match the first customers.
func matchCustomers(ctx context.Context, q querier, t Tenant, words []string, m customerMatch) ([]int64, error) {
	limit := cmp.Or(m.limit, matchLimit)
	who := ""
	if m.activeBusinesses {
		who = ` AND c.type = 'business' AND c.status = 'active'`
	}
	if len(words) == 0 {
		query := newClause(t, `SELECT c.key FROM customers c WHERE c.tenant = ?1`+who)
		query.add(` ORDER BY c.key LIMIT ?`, limit)
		return query.keys(ctx, q)
	}
	words = slices.Clone(words[:min(len(words), maxQueryWords)])
	// The longest word is likely the rarest, so it leads.
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	keys, err := matchWords(ctx, q, t, words, who, limit, func(query *clause, word string) {
		query.add(`w.word >= ? AND w.word < ?`, word, word+"\U0010FFFF")
	})
	if err != nil || len(keys) > 0 || m.beginningsOnly {
		return keys, err
	}
	return matchWords(ctx, q, t, words, who, limit, func(query *clause, word string) { query.add(`instr(w.word, ?) > 0`, word) })
}

// matchWords finds customers who have a word that matches for each of the given ones.
func matchWords(ctx context.Context, q querier, t Tenant, words []string, who string, limit int, match func(query *clause, word string)) ([]int64, error) {
	query := newClause(t, `SELECT DISTINCT c.key FROM customer_words w JOIN customers c ON c.tenant = w.tenant AND c.key = w.customer
		WHERE w.tenant = ?1`+who+` AND `)
	match(query, words[0])
	for _, word := range words[1:] {
		query.add(` AND EXISTS (SELECT 1 FROM customer_words w WHERE w.tenant = ?1 AND w.customer = c.key AND `)
		match(query, word)
		query.add(`)`)
	}
	query.add(` LIMIT ?`, limit)
	return query.keys(ctx, q)
}
