package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// wholeContract is a number of months that no contract reaches beyond, whenever it begins.
const wholeContract = 12 * 1200

// showSubscription shows one subscription: when it is billed, and why then.
func (s *server) showSubscription(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	plan, err := s.store.SubscriptionPlan(ctx, tenant, c.Param("id"), wholeContract)
	if err != nil {
		return err
	}
	customer, err := s.store.CustomerRow(ctx, tenant, plan.Customer.ID)
	if err != nil {
		return err
	}
	lines, err := s.activityOf(ctx, tenant, "subscription", plan.ID, activityShown)
	if err != nil {
		return err
	}
	today := s.store.Today(tenant)
	view := views.SubscriptionView{
		WhyArgs: views.WhyArgs{Subscription: plan.Subscription, Customer: plan.Customer, Group: plan.Group, Today: today, Planned: plan.Planned},
		VAT:     tenant.VAT.For(plan.Customer), Since: billing.DateOf(plan.CreatedAt, tenant.Zone), Activity: lines,
	}
	if view.Invoices, err = s.invoiceCard(ctx, tenant, db.InvoiceFilter{SubscriptionID: plan.ID}, url.Values{"subscription": {plan.ID}}); err != nil {
		return err
	}
	if s.session(c).Role.Includes(billing.Admin) {
		active := plan.ActiveOn(today)
		// An inactive customer can get no new group, but its groups can take more.
		open := customer.Type == billing.Business && (customer.Status == billing.CustomerActive || customer.Groups > 0)
		view.MayGroup = active && plan.Group == nil && open
		view.MayMove = active && plan.Group != nil && customer.Groups > 1
		view.MayRemove = plan.Group != nil
	}
	return render(c, http.StatusOK, views.SubscriptionPage(s.page(c, plan.Product), view))
}
