package web

import (
	"strconv"

	"billfold/views"
)

// pageCut is one page, by its number from 1, of rows that are all at hand.
type pageCut struct {
	// number is the page's, count how many pages there are, at least 1.
	number, count int
	// from and to are the indexes of its rows among all; rows is how many there are.
	from, to, rows int
	// asked tells that it is the page asked for, and not the nearest to it.
	asked bool
}

// pageOf cuts a page out of rows by its number as it stands in the URL; "" is the
// first. A page that isn't there becomes the nearest.
func pageOf(rows, perPage int, number string) pageCut {
	p := pageCut{rows: rows, count: max(1, (rows+perPage-1)/perPage)}
	n, err := strconv.Atoi(number)
	if number == "" {
		n, err = 1, nil
	}
	p.number = min(max(1, n), p.count)
	p.asked = err == nil && n == p.number
	p.from = (p.number - 1) * perPage
	p.to = min(p.from+perPage, rows)
	return p
}

// neighbours answers the addresses of the pages before and after it, or "".
func (p pageCut) neighbours(at func(number int) string) (before, after string) {
	if p.number > 1 {
		before = at(p.number - 1)
	}
	if p.number < p.count {
		after = at(p.number + 1)
	}
	return before, after
}

// text says what it shows: "Subscriptions 51 to 100 of 4,812".
func (p pageCut) text(what string) string {
	return what + " " + views.FormatNumber(p.from+1) + " to " + views.FormatNumber(p.to) + " of " + views.FormatNumber(p.rows)
}
