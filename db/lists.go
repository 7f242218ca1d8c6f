package db

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"billfold/billing"
)

const (
	// maxCount is how far lists are counted: beyond, nobody needs the number, and
	// counting would cost more than everything else on the page.
	maxCount = 10_000
	// maxMatches is how many matches of a search are looked at.
	maxMatches = 1_000
)

// Totals are what a list comes to.
type Totals struct {
	// Count is the number of rows, where there are not more than are counted; of a
	// search that found more than it looks at, the number of those it looked at.
	Count int
	// More tells that there may be more than Count.
	More bool
	// Monthly is what the active subscriptions of the list cost a month; nil where there
	// are too many rows to add up.
	Monthly *billing.Money
	// Open is what is still to be paid of the invoices of the list; nil where there are
	// too many to add up.
	Open *billing.Money
}

// Search keeps what the query of a filter has found, so that a page of a list and its
// totals look for it once. The zero value has found nothing yet. Not for two at a time.
type Search struct {
	done  bool
	found found
}

// found is what a search has found: the keys of rows, and whether there may be more.
type found struct {
	keys []int64
	cut  bool
}

// lookedAt says of the keys that a search for up to maxMatches+1 has answered what was
// found; cut tells that it may have missed some already.
func lookedAt(keys []int64, cut bool) found {
	return found{keys[:min(len(keys), maxMatches)], cut || len(keys) > maxMatches}
}

// find answers what was found before, or else does the search. A nil Search keeps
// nothing.
func (s *Search) find(search func() (found, error)) (found, error) {
	if s == nil {
		return search()
	}
	if !s.done {
		found, err := search()
		if err != nil {
			return found, err
		}
		s.done, s.found = true, found
	}
	return s.found, nil
}

// Cut tells whether more may match than were looked at.
func (s *Search) Cut() bool { return s.found.cut }

// clause is a query as it is put together: its text, with placeholders numbered in
// the order of the arguments.
type clause struct {
	text strings.Builder
	args []any
	// cut tells that a search may have missed some.
	cut bool
}

// newClause begins a query about a tenant, whose key is ?1.
func newClause(t Tenant, text string) *clause {
	c := &clause{args: []any{t.Key}}
	c.text.WriteString(text)
	return c
}

// placeholder is a ? without a number.
var placeholder = regexp.MustCompile(`\?(\D|$)`)

// add appends to the query; each ? in it stands for the next of the values, and ?1 for
// the tenant's key.
func (c *clause) add(text string, values ...any) {
	c.text.WriteString(placeholder.ReplaceAllStringFunc(text, func(found string) string {
		c.args, values = append(c.args, values[0]), values[1:]
		return fmt.Sprintf("?%d%s", len(c.args), found[1:])
	}))
}

// found adds what a search has found.
func (c *clause) found(text string, f found) {
	c.add(text, jsonOf(f.keys))
	c.cut = f.cut
}

func (c *clause) keys(ctx context.Context, q querier) ([]int64, error) {
	return queryKeys(ctx, q, c.text.String(), c.args...)
}

func queryKeys(ctx context.Context, q querier, query string, args ...any) ([]int64, error) {
	var keys []int64
	err := eachRow(ctx, q, query, args, func(row scanner) error {
		var key int64
		err := row.Scan(&key)
		keys = append(keys, key)
		return err
	})
	return keys, err
}

// position is where a page of a list ended: at the row with a key. Without a key it is
// the beginning.
type position struct {
	// list names the list and its order, so that another's is not taken for it.
	list string
	key  int64
	// value is what the row is sorted by, once it was looked up: names and addresses
	// don't belong into an address.
	value string
}

// cursor writes a position for the caller to send back untouched.
func (p position) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(jsonOf([]any{p.list, p.key})))
}

// parsePosition reads a cursor of a list. Any other text is refused with
// VALIDATION_ERROR and path after.
func parsePosition(cursor, list string) (position, error) {
	if cursor == "" {
		return position{list: list}, nil
	}
	var p position
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(text, &[]any{&p.list, &p.key})
	}
	if err != nil || p.list != list || p.key <= 0 || p.cursor() != cursor {
		return p, errNoPosition
	}
	return p, nil
}

var errNoPosition = billing.Refuse([]billing.Problem{{Path: "after", Code: billing.CodeValidation, Message: "This page of the list is not known. Begin with the first one."}})

// lookUp reads what the position's row is sorted by, from a column of a table of the
// tenant. A row that is not there is no position.
func (p *position) lookUp(ctx context.Context, q querier, t Tenant, column, table string) error {
	if p.key == 0 {
		return nil
	}
	err := q.QueryRowContext(ctx, `SELECT `+column+` FROM `+table+` WHERE tenant = ?1 AND key = ?2`, t.Key, p.key).Scan(&p.value)
	if errors.Is(err, sql.ErrNoRows) {
		return errNoPosition
	}
	return err
}

// checkSort refuses an order that a list doesn't have.
func checkSort[T ~string](sort T, sorts ...T) error {
	if slices.Contains(sorts, sort) {
		return nil
	}
	return billing.Refuse([]billing.Problem{{Path: "sort", Code: billing.CodeValidation, Message: "The list can't be sorted by that. Choose another column."}})
}

// counted reads how many rows of an inner query there are, and what they add up to
// where they are few enough. The inner query answers the amounts that count, or NULL.
func counted(ctx context.Context, q querier, t Tenant, inner *clause) (Totals, error) {
	totals := Totals{Monthly: &billing.Money{Currency: t.Currency}}
	query := `SELECT count(*), ifnull(sum(amount), 0) FROM (` + inner.text.String() + fmt.Sprintf(` LIMIT %d)`, maxCount+1)
	if err := q.QueryRowContext(ctx, query, inner.args...).Scan(&totals.Count, &totals.Monthly.Minor); err != nil {
		return Totals{}, err
	}
	if totals.Count > maxCount || inner.cut {
		return Totals{Count: min(totals.Count, maxCount), More: true}, nil
	}
	return totals, nil
}

// inOrder puts rows in the order of their keys in a list.
func inOrder[T any](keys []int64, rows map[int64]T) []T {
	list := make([]T, 0, len(keys))
	for _, key := range keys {
		if row, found := rows[key]; found {
			list = append(list, row)
		}
	}
	return list
}

// eachRow does something with each row of a query, one at a time.
func eachRow(ctx context.Context, q querier, query string, args []any, do func(row scanner) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
