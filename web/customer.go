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
	// customerShown is how many subscriptions a customer's page shows.
	customerShown = 10
	// customerMonths is how far ahead its plan looks, this month included.
	customerMonths = 12
)

// showCustomer shows one customer: its subscriptions, its groups and a year's plan.
func (s *server) showCustomer(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	customer, err := s.store.CustomerView(ctx, tenant, c.Param("id"), customerShown, customerMonths)
	if err != nil {
		return err
	}
	row := customer.Row
	lines, err := s.activityOf(ctx, tenant, "customer", row.ID, activityShown)
	if err != nil {
		return err
	}
	view := views.CustomerView{
		Customer: row.Customer, Tenant: tenant.Tenant, Today: s.store.Today(tenant), Since: billing.DateOf(row.CreatedAt, tenant.Zone),
		Monthly: row.Monthly, Active: row.Active, Alone: row.Alone, Subscriptions: customer.Subscriptions, Size: customer.Size,
		Planned: customer.Planned, Months: customerMonths, Products: customer.Products, Activity: lines, MayChange: s.session(c).Role.Includes(billing.Admin),
	}
	if view.Invoices, err = s.invoiceCard(ctx, tenant, db.InvoiceFilter{CustomerID: row.ID}, url.Values{"customer": {row.ID}}); err != nil {
		return err
	}
	for _, g := range customer.Groups {
		view.Groups = append(view.Groups, views.CustomerGroup(g))
	}
	return render(c, http.StatusOK, views.CustomerPage(s.page(c, row.Name()), view))
}
