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
	keys, err := matchBeginnings(ctx, q, t, words, who, limit)
	if err != nil || len(keys) > 0 || m.beginningsOnly {
		return keys, err
	}
	query := newClause(t, `SELECT c.key FROM customers c INDEXED BY customers_words WHERE c.tenant = ?1`+who)
	for _, word := range words {
		query.add(` AND instr(c.words, ?) > 0`, word)
	}
	query.add(` LIMIT ?`, limit)
	return query.keys(ctx, q)
}

// matchBeginnings finds customers who have a word that begins so for each of the given
// ones.
func matchBeginnings(ctx context.Context, q querier, t Tenant, words []string, who string, limit int) ([]int64, error) {
	query := newClause(t, "")
	query.add(`SELECT DISTINCT c.key FROM customer_words w JOIN customers c ON c.tenant = w.tenant AND c.key = w.customer
		WHERE w.tenant = ?1`+who+` AND w.word >= ? AND w.word < ?`, words[0], words[0]+"\U0010FFFF")
	for _, word := range words[1:] {
		query.add(` AND EXISTS (SELECT 1 FROM customer_words w WHERE w.tenant = ?1 AND w.customer = c.key AND w.word >= ? AND w.word < ?)`, word, word+"\U0010FFFF")
	}
	query.add(` LIMIT ?`, limit)
	return query.keys(ctx, q)
}
