package views

import (
	"maps"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"billfold/billing"
)

// Listing is what all lists have in common: the search and the filters, what it comes
// to, and the way through the pages. Everything that is chosen is in the URL.
type Listing struct {
	// URL answers the address of the list for a query, and CSVURL that of the same rows
	// as a file.
	URL, CSVURL func(query url.Values) string
	// One and Many name what is listed: "customer", "customers".
	One, Many string
	// AmountNote says what the amount of all pages is: " a month".
	AmountNote string
	// Hint says what the search looks at.
	Hint string
	// Selects are the filters with few values; the last one is the order.
	Selects []ListSelect
	// Dates are filters by a day, besides those.
	Dates []ListDate
	// Chips are the filters that came with the address.
	Chips []ListChip

	// Wrong says what of the address could not be followed, or "".
	Wrong string
	// Query is what is chosen, all but the page.
	Query url.Values
	// MayTick offers to tick rows. What leads on is a button of the list's form then, which
	// takes the ticks along.
	MayTick bool
	// Kept are the ticked ids whose rows the page doesn't show.
	Kept []string
	// After is where the page begins and Next where the following one does, or "".
	After, Next string
	// Rows is how many rows the page shows.
	Rows   int
	Totals ListTotals
}

// ListSelect is a filter with a few values. The first of them, "", is no filter.
type ListSelect struct {
	// Name is the query parameter.
	Name, Label string
	Options     []Option
}

// ListDate is a filter by a day.
type ListDate struct {
	// Name is the query parameter.
	Name, Label string
}

// ListChip is a filter by one thing, which can only be taken away.
type ListChip struct {
	// Name is the query parameter.
	Name string
	// Label and Text say what is filtered by: "Customer", "Acme GmbH".
	Label, Text string
}

// ListTotals are what all pages of a list come to.
type ListTotals struct {
	Count int
	// More tells that there are more than Count.
	More bool
	// Amount is nil where there are too many to add up.
	Amount *billing.Money
}

// The query parameters that every list has: the search, the order, the page; and where
// rows can be ticked, those that are, and the query that a button leads to.
const (
	ListSearch = "q"
	ListSort   = "sort"
	ListAfter  = "after"
	ListTick   = "s"
	ListGo     = "go"
)

// TickName names the box that ticks a row: its query parameter stands for [ListTick]
// with the id as value.
func TickName(id string) string { return ListTick + ":" + id }

// with is the query with one value changed; "" takes it away.
func (l Listing) with(name, value string) url.Values {
	query := maps.Clone(l.Query)
	query.Del(name)
	if value != "" {
		query.Set(name, value)
	}
	return query
}

// filtered tells whether rows are left out.
func (l Listing) filtered() bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(l.Query)), func(name string) bool { return name != ListSort && name != ListTick })
}

// all is the query without any filter.
func (l Listing) all() url.Values {
	query := make(url.Values)
	for _, name := range []string{ListSort, ListTick} {
		if l.Query.Has(name) {
			query[name] = l.Query[name]
		}
	}
	return query
}

// Blank tells whether there is nothing to list at all, filter or not.
func (l Listing) Blank() bool { return l.Rows == 0 && l.After == "" && !l.filtered() }

// head is the head of a column that the list can be sorted by. Sorted by already, it
// leads back to the first order.
func (l Listing) head(label, sort string) SortArgs {
	if l.Query.Get(ListSort) == sort {
		return SortArgs{Label: label, Step: l.step(l.with(ListSort, "")), Sorted: "ascending"}
	}
	return SortArgs{Label: label, Step: l.step(l.with(ListSort, sort))}
}

// step leads to a query of the list, with what is ticked.
func (l Listing) step(query url.Values) Step {
	if !l.MayTick {
		return Step{URL: l.URL(query)}
	}
	query = maps.Clone(query)
	query.Del(ListTick) // the form has them
	return Step{Name: ListGo, Value: query.Encode()}
}

// order names the order that the list is in.
func (l Listing) order() string {
	options := l.Selects[len(l.Selects)-1].Options
	i := slices.IndexFunc(options, func(o Option) bool { return o.Value == l.Query.Get(ListSort) })
	return options[max(0, i)].Label
}

// cut tells that a search found more than it lists.
func (l Listing) cut() bool { return l.Totals.More && l.Query.Has(ListSearch) }

// totalsText says what all pages come to.
func (l Listing) totalsText() string {
	t := l.Totals
	switch {
	case l.cut():
		return FormatNumber(t.Count) + " of more matches; type more to narrow them down"
	case t.More:
		return FormatNumber(t.Count) + "+ " + l.Many
	}
	text := Plural(t.Count, l.One, l.Many)
	if t.Amount != nil && t.Count > 0 {
		text += ", " + FormatMoney(*t.Amount) + l.AmountNote
	}
	return text
}

// noMatchText says why there are no rows.
func (l Listing) noMatchText() string {
	if q := l.Query.Get(ListSearch); q != "" {
		return "No " + l.One + " matches “" + q + "”"
	}
	return "No " + l.One + " matches"
}

// liveAttrs let the list follow while somebody types or chooses.
func (l Listing) liveAttrs() templ.Attributes {
	a := l.refreshAttrs()
	a["hx-trigger"], a["hx-target"], a["hx-select"], a["hx-swap"] = "input delay:200ms", "#rows", "#rows", "outerHTML"
	a["hx-select-oob"] = "#totals:innerHTML,#narrowed:innerHTML"
	return a
}

// tickAttrs keep the ticks in the address, so that they last over Back and a reload.
// The rows themselves stay as they are.
func (l Listing) tickAttrs() templ.Attributes {
	a := l.refreshAttrs()
	a["hx-trigger"], a["hx-target"], a["hx-select"], a["hx-swap"] = "change", "#ticked", "#ticked > *", "innerHTML"
	if l.After != "" {
		a["hx-vals"] = `{"` + ListAfter + `":"` + l.After + `"}`
	}
	return a
}

func (l Listing) refreshAttrs() templ.Attributes {
	return templ.Attributes{
		"hx-get": l.URL(nil), "hx-include": "#list", "hx-replace-url": "true", "hx-sync": "#list:replace", "hx-indicator": "#list",
	}
}
