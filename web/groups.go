package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

const (
	// groupsPerPage is how many groups the list shows at a time.
	groupsPerPage = 50
	// listMonths is how far the list looks for a group's next invoice.
	listMonths = 3
)

// listGroups lists the business unit's groups, the newest first.
func (s *server) listGroups(c echo.Context) error {
	tenant := s.session(c).Tenant
	after := c.QueryParam("after")
	groups, next, err := s.store.Groups(c.Request().Context(), tenant, db.GroupFilter{After: after, Limit: groupsPerPage})
	if billing.CodeOf(err) == billing.CodeValidation {
		return billing.NotFound("page of the list")
	}
	if err != nil {
		return err
	}
	list := views.GroupList{Rows: make([]views.GroupRow, len(groups)), MayCreate: s.session(c).Role.Includes(billing.Admin)}
	if len(groups) == 0 {
		customers, err := s.store.BusinessOptions(c.Request().Context(), tenant, "", 1)
		if err != nil {
			return err
		}
		list.NoCustomers = len(customers) == 0
	}
	for i, g := range groups {
		planned, err := s.store.Upcoming(c.Request().Context(), tenant, g, listMonths)
		if err != nil {
			return err
		}
		upcoming := views.Outlook{After: planned}
		list.Rows[i] = views.GroupRow{
			Group: g.Group, Customer: g.Customer.Name(), Members: len(g.Members), Active: g.Active, Total: g.Total, Next: upcoming.First(),
		}
	}
	if after != "" {
		list.FirstURL = views.GroupsURL(nil)
	}
	if next != "" {
		list.NextURL = views.GroupsURL(url.Values{"after": {next}})
	}
	return render(c, http.StatusOK, views.GroupListPage(s.page(c, "Billing groups"), list))
}

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
	if view.MayChange {
		two, _, err := s.store.Groups(ctx, tenant, db.GroupFilter{CustomerID: group.CustomerID, Limit: 2})
		if err != nil {
			return err
		}
		view.MayMove = len(two) > 1
	}
	view.SetMembers(group.Members, c.QueryParam("f"), c.QueryParam("page"))
	return render(c, http.StatusOK, views.GroupPage(s.page(c, group.Name), view))
}
