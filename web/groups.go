package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// activityShown is how many entries a group's page shows.
const activityShown = 10

// showGroup shows one group: what is billed next, its members and what happened to it.
func (s *server) showGroup(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	group, err := s.store.Group(ctx, tenant, c.Param("id"))
	if err != nil {
		return err
	}
	lines, err := s.activityOf(ctx, tenant, "group", group.ID, activityShown)
	if err != nil {
		return err
	}
	upcoming, err := s.store.Upcoming(ctx, tenant, group, outlookMonths)
	if err != nil {
		return err
	}
	view := views.GroupView{
		Group: group.Group, Customer: group.Customer, Total: group.Total, Active: group.Active, Size: len(group.Members),
		Today: s.store.Today(tenant), Since: billing.DateOf(group.CreatedAt, tenant.Zone), Upcoming: upcoming, Terms: group.Customer.Terms(tenant.Tenant), Activity: lines, MayChange: s.session(c).Role.Includes(billing.Admin),
	}
	if view.Invoices, err = s.invoiceCard(ctx, tenant, db.InvoiceFilter{GroupID: group.ID}, url.Values{"group": {group.ID}}); err != nil {
		return err
	}
	if view.MayChange {
		two, _, err := s.store.Groups(ctx, tenant, db.GroupFilter{CustomerID: group.CustomerID, Limit: 2})
		if err != nil {
			return err
		}
		view.MayMove = len(two) > 1
	}
	s.addMembersShown(&view, group.Members, c.QueryParams())
	return render(c, http.StatusOK, views.GroupPage(s.page(c, group.Name), view))
}

// addMembersShown adds the members to show: those that match the filter, one page of
// them, by product, serial and id.
func (s *server) addMembersShown(view *views.GroupView, members []billing.Subscription, v url.Values) {
	view.Filter = strings.TrimSpace(v.Get("f"))
	view.MayFilter = len(members) > rowsPerPage || view.Filter != ""
	matches := matcher(view.Filter)
	matching := slices.DeleteFunc(slices.Clone(members), func(m billing.Subscription) bool { return !matches(m) })
	slices.SortFunc(matching, billing.Subscription.Compare)
	page := pageOf(len(matching), rowsPerPage, v.Get("page"))
	view.Rows = matching[page.from:page.to]
	if page.count == 1 {
		return
	}
	view.Pages.Text = page.text("Subscriptions")
	at := func(number int) string {
		query := url.Values{"page": {strconv.Itoa(number)}}
		if view.Filter != "" {
			query.Set("f", view.Filter)
		}
		return views.GroupURL(view.ID) + "?" + query.Encode()
	}
	view.Pages.Prev, view.Pages.Next = page.neighbours(at)
}

// matcher answers what tells whether every word of a filter is in a subscription's
// product, serial number, SKU or id.
func matcher(filter string) func(billing.Subscription) bool {
	matches := db.Matcher(filter)
	return func(s billing.Subscription) bool {
		return matches(s.Product + " " + s.Serial + " " + s.SKU + " " + s.ID)
	}
}
