package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// listMonths is how far the list looks for a group's next invoice.
const listMonths = 3

// groupListing is the list of billing groups before anything is chosen.
var groupListing = views.Listing{
	URL: views.GroupsURL, CSVURL: views.GroupsCSVURL, One: "billing group", Many: "billing groups", AmountNote: " a month", Hint: "group, reference or customer",
	Selects: []views.ListSelect{
		{Name: "status", Label: "State", Options: []views.Option{
			{Value: "", Label: "Any state"}, {Value: string(billing.GroupActive), Label: "Active"}, {Value: string(billing.GroupInactive), Label: "Inactive"},
		}},
		{Name: "day", Label: "Billing day", Options: dayOptions()},
		{Name: views.ListSort, Label: "Order", Options: []views.Option{
			{Value: "", Label: "Newest first"}, {Value: string(db.ByGroupName), Label: "By name"},
		}},
	},
}

func dayOptions() []views.Option {
	options := []views.Option{{Value: "", Label: "Any day"}}
	for day := 1; day <= billing.MaxBillingDay; day++ {
		options = append(options, views.Option{Value: strconv.Itoa(day), Label: "On the " + views.Ordinal(day)})
	}
	return options
}

func groupFilter(l views.Listing) db.GroupFilter {
	q := l.Query
	day, _ := strconv.Atoi(q.Get("day")) // one of the options, or ""
	return db.GroupFilter{
		Query: q.Get(views.ListSearch), Search: new(db.Search), CustomerID: q.Get("customer"), Status: billing.GroupStatus(q.Get("status")), Day: day,
		Sort: db.GroupSort(q.Get(views.ListSort)), After: l.After, Limit: listPerPage,
	}
}

// listGroups lists the business unit's billing groups.
func (s *server) listGroups(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	l, err := readListing(c, groupListing, "customer")
	if err != nil {
		return err
	}
	if sent, err := settle(c, l); sent || err != nil {
		return err
	}
	groups, err := fillListing(ctx, tenant, &l, groupFilter(l), s.store.Groups, s.store.GroupTotals)
	if err != nil {
		return err
	}
	if err := s.addChips(ctx, tenant, &l); err != nil {
		return err
	}
	page := views.GroupList{Listing: l, MayCreate: s.session(c).Role.Includes(billing.Admin)}
	if l.Blank() {
		customers, err := s.store.BusinessOptions(ctx, tenant, "", 1)
		if err != nil {
			return err
		}
		page.NoCustomers = len(customers) == 0
	}
	next, err := s.nextInvoices(ctx, tenant, groups)
	if err != nil {
		return err
	}
	for i, g := range groups {
		page.Rows = append(page.Rows, views.GroupRow{
			Group: g.Group, Customer: g.Customer, Members: len(g.Members), Active: g.Active, Total: g.Total, Next: next[i],
		})
	}
	return render(c, http.StatusOK, views.GroupListPage(s.page(c, "Billing groups"), page))
}

// nextInvoices answers the next consolidated invoice of each group, nil where none is
// near.
func (s *server) nextInvoices(ctx context.Context, t db.Tenant, groups []db.Group) ([]*billing.Draft, error) {
	planned, err := s.store.UpcomingOf(ctx, t, groups, listMonths)
	if err != nil {
		return nil, err
	}
	next := make([]*billing.Draft, len(groups))
	for i, drafts := range planned {
		next[i] = views.Outlook{After: drafts}.First()
	}
	return next, nil
}

// groupLine is a group in the file, with its next invoice.
type groupLine struct {
	db.Group
	next *billing.Draft
}

// downloadGroups answers all groups that a query lists as a CSV file.
func (s *server) downloadGroups(c echo.Context) error {
	l, err := readListing(c, groupListing, "customer")
	if err != nil {
		return err
	}
	ctx, tenant, filter := c.Request().Context(), s.session(c).Tenant, groupFilter(l)
	filter.Limit = downloadBatch / 10 // each is read with its members
	header := []string{"groupId", "group", "status", "reference", "customerId", "customer", "subscriptions", "activeSubscriptions", "billingDay", "nextInvoice", "monthlyAmount", "currency"}
	return download(c, s.fileOf(tenant, "groups"), header, batches(filter.Search, func(after string) ([]groupLine, string, error) {
		filter.After = after
		groups, end, err := s.store.Groups(ctx, tenant, filter)
		if err != nil {
			return nil, "", err
		}
		next, err := s.nextInvoices(ctx, tenant, groups)
		if err != nil {
			return nil, "", err
		}
		lines := make([]groupLine, len(groups))
		for i := range groups {
			lines[i] = groupLine{groups[i], next[i]}
		}
		return lines, end, nil
	}, groupCells))
}

func groupCells(g groupLine) []string {
	next := ""
	if g.next != nil {
		next = g.next.Date.String()
	}
	return []string{g.ID, g.Name, string(g.Status), g.Reference, g.CustomerID, g.Customer.Name(), strconv.Itoa(len(g.Members)), strconv.Itoa(g.Active),
		strconv.Itoa(g.Days.Last().Day), next, g.Total.String(), string(g.Total.Currency)}
}
