package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// chooseGroup shows the subscriptions that were ticked in the list, customer by
// customer, and leads on to the group they are to be added to.
func (s *server) chooseGroup(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	l, err := s.readSubscriptionListing(c)
	if err != nil {
		return err
	}
	rows, err := s.store.SubscriptionsByID(ctx, tenant, l.Query[views.ListTick])
	if err != nil {
		return err
	}
	page := views.GroupChoice{BackURL: l.URL(l.Query), Ticked: len(rows)}
	at := make(map[string]int)
	for _, r := range rows {
		i, known := at[r.CustomerID]
		if !known {
			i = len(page.Customers)
			at[r.CustomerID] = i
			page.Customers = append(page.Customers, views.ChoiceCustomer{Customer: r.Customer, Total: billing.Money{Currency: tenant.Currency}})
		}
		page.Customers[i].Add(views.ChoiceRow{Subscription: r.Subscription, GroupName: r.GroupName, Today: s.store.Today(tenant)})
	}
	for i := range page.Customers {
		if err := s.addTargets(ctx, tenant, &page.Customers[i]); err != nil {
			return err
		}
	}
	return render(c, http.StatusOK, views.GroupChoicePage(s.page(c, "Add to a group"), page))
}

// addTargets offers the groups that a customer's ticked subscriptions can be added to.
func (s *server) addTargets(ctx context.Context, t db.Tenant, c *views.ChoiceCustomer) error {
	if len(c.Addable) == 0 || c.Type != billing.Business {
		return nil
	}
	ticks := url.Values{"s": c.Addable}
	if c.Status == billing.CustomerActive {
		c.NewURL = views.NewGroupURL(url.Values{"customer": {c.ID}, "s": c.Addable})
	}
	groups, _, err := s.store.Groups(ctx, t, db.GroupFilter{CustomerID: c.ID, Limit: maxTargets})
	for _, g := range groups {
		c.Targets = append(c.Targets, views.MoveTarget{Group: g.Group, Members: len(g.Members), URL: views.AddMembersURL(g.ID) + "?" + ticks.Encode()})
	}
	return err
}
