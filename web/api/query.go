package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
)

// The number of items on a page of a list.
const (
	defaultLimit = 50
	maxLimit     = 100
)

// query reads the parameters of a call and collects what is wrong with them. One
// that was left out has its default; one that was sent must have a value, so that a
// client whose variable is empty does not get everything in silence.
type query struct {
	values   url.Values
	problems []billing.Problem
}

func parseQuery(raw string) (*query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(billing.CodeValidation, "The query of the URL can't be read. Encode the values of its parameters.")
	}
	return &query{values: values}, nil
}

func (q *query) refuse(name, message string) {
	q.problems = append(q.problems, billing.Problem{Path: name, Code: billing.CodeValidation, Message: message})
}

// text answers a parameter, or "" where there is none.
func (q *query) text(name string) string {
	switch values := q.values[name]; {
	case len(values) == 0:
		return ""
	case len(values) > 1:
		q.refuse(name, fmt.Sprintf("Send %s once.", name))
	case values[0] == "":
		q.refuse(name, fmt.Sprintf("Give %s a value, or leave it out.", name))
	default:
		return values[0]
	}
	return ""
}

func (q *query) oneOf(name string, allowed ...string) string {
	value := q.text(name)
	if value != "" && !slices.Contains(allowed, value) {
		q.refuse(name, fmt.Sprintf("Send %s as %s, or leave it out.", name, strings.Join(allowed, " or ")))
	}
	return value
}

// whole reads a number from 1 to the largest that is allowed.
func (q *query) whole(name string, leftOut, largest int) int {
	value := q.text(name)
	if value == "" {
		return leftOut
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > largest || strconv.Itoa(n) != value {
		q.refuse(name, fmt.Sprintf("Send %s as a whole number from 1 to %d.", name, largest))
	}
	return n
}

// after reads where a page of a list begins, which the list's own check decides on.
func (q *query) after(check func(cursor string) error) string {
	cursor := q.text("startAfter")
	if cursor != "" && check(cursor) != nil {
		q.refuse("startAfter", "Send the nextCursor of the page before as startAfter, or leave it out to begin.")
	}
	return cursor
}
