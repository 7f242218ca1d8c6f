package web

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// listPerPage is how many rows a list shows at a time.
const listPerPage = 50

// readListing reads what the URL chooses of a list: the search, the values of its
// selects, the things in chips, and where the page begins. An address that no control
// leads to, like a state that does not exist, is a page that does not exist.
func readListing(c echo.Context, l views.Listing, chips ...string) (views.Listing, error) {
	l.Query = make(url.Values)
	for _, name := range append(chips, views.ListSearch) {
		if value := c.QueryParam(name); value != "" {
			l.Query.Set(name, value)
		}
	}
	for _, s := range l.Selects {
		value := c.QueryParam(s.Name)
		if !slices.ContainsFunc(s.Options, func(o views.Option) bool { return o.Value == value }) {
			return l, errNoPage
		}
		if value != "" {
			l.Query.Set(s.Name, value)
		}
	}
	l.After = c.QueryParam(views.ListAfter)
	return l, nil
}

var errNoPage = billing.NotFound("page of the list")

// maxTicks is how many rows of a list can be ticked: they travel in its address.
const maxTicks = 500

// readTicks reads which rows are ticked. It answers false where they are too many.
func readTicks(c echo.Context, l views.Listing) bool {
	ticks := slices.Clone(c.QueryParams()[views.ListTick])
	for name := range c.QueryParams() {
		if id, found := strings.CutPrefix(name, views.TickName("")); found {
			ticks = append(ticks, id)
		}
	}
	ticks = slices.DeleteFunc(ticks, func(id string) bool { return id == "" })
	slices.Sort(ticks)
	if ticks = slices.Compact(ticks); len(ticks) > 0 {
		l.Query[views.ListTick] = ticks
	}
	return len(ticks) <= maxTicks
}

// fillListing reads a page of a list into rows and completes what all lists show.
func fillListing[F, R any](ctx context.Context, t db.Tenant, l *views.Listing, filter F,
	read func(context.Context, db.Tenant, F) ([]R, string, error), total func(context.Context, db.Tenant, F) (db.Totals, error)) (rows []R, err error) {
	rows, l.Next, err = read(ctx, t, filter)
	if billing.CodeOf(err) == billing.CodeValidation {
		return nil, errNoPage
	}
	if l.Rows = len(rows); err != nil || l.Rows == 0 && l.After == "" {
		return rows, err
	}
	totals, err := total(ctx, t, filter)
	l.Totals = views.ListTotals{Count: totals.Count, More: totals.More, Amount: cmp.Or(totals.Monthly, totals.Open)}
	return rows, err
}

// addChips names the things that a list is filtered by. One that is not there is
// called by its id; nothing is listed then.
func (s *server) addChips(ctx context.Context, t db.Tenant, l *views.Listing) error {
	chips := []views.ListChip{{Name: "customer", Label: "Customer"}, {Name: "group", Label: "Group"}, {Name: "subscription", Label: "Subscription"}}
	ids := make(map[string][]string)
	for _, chip := range chips {
		if l.Query.Has(chip.Name) {
			ids[chip.Name] = l.Query[chip.Name]
		}
	}
	if len(ids) == 0 {
		return nil
	}
	names, err := s.store.Names(ctx, t, ids)
	for _, chip := range chips {
		if id := l.Query.Get(chip.Name); id != "" {
			if chip.Text = names[chip.Name][id]; chip.Text == "" {
				chip.Text = id
			}
			l.Chips = append(l.Chips, chip)
		}
	}
	return err
}

// settle gives the page of a list its shortest address: a form sends along the fields
// that are empty, and ticks by the names of their boxes. A button of it leads to a query
// of its own, with the ticks. It answers true where the browser was sent there.
func settle(c echo.Context, l views.Listing) (bool, error) {
	query := maps.Clone(l.Query)
	if l.After != "" {
		query.Set(views.ListAfter, l.After)
	}
	address := l.URL(query)
	if isHTMX(c) {
		replaceURL(c, address)
		return false, nil
	}
	if c.QueryParams().Has(views.ListGo) {
		query, err := url.ParseQuery(c.QueryParam(views.ListGo))
		if err != nil {
			return false, errNoPage
		}
		query[views.ListTick] = l.Query[views.ListTick]
		return true, redirect(c, l.URL(query))
	}
	for name, values := range c.QueryParams() {
		if slices.Contains(values, "") || strings.HasPrefix(name, views.TickName("")) {
			return true, redirect(c, address)
		}
	}
	return false, nil
}

// errCutSearch refuses a file that would lack what a search leaves out.
var errCutSearch = billing.Refuse([]billing.Problem{{Path: views.ListSearch, Code: billing.CodeValidation,
	Message: "Too much matches this search to be put into a file. Type more to narrow it down, or clear it and choose filters."}})

// batches goes through all rows that a filter lists, for a download.
func batches[R any](search *db.Search, read func(after string) ([]R, string, error), cells func(R) []string) func(yield func([]string, error) bool) {
	return func(yield func([]string, error) bool) {
		for after := ""; ; {
			rows, next, err := read(after)
			if err == nil && search.Cut() {
				err = errCutSearch
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range rows {
				if !yield(cells(row), nil) {
					return
				}
			}
			if after = next; next == "" {
				return
			}
		}
	}
}

// fileOf names the file that a list is downloaded as.
func (s *server) fileOf(t db.Tenant, name string) string {
	return name + "-" + s.store.Today(t).String() + ".csv"
}
