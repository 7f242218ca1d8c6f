package web

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

const (
	// forecastPatience is how long a page waits for numbers that are being worked out.
	forecastPatience = 150 * time.Millisecond
	// worthShown is how many customers the overview shows, worthPerPage the whole list.
	worthShown, worthPerPage = 6, 50
)

// overview shows what will be billed this month or the next.
func (s *server) overview(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	next, err := showsNext(c.QueryParam("month"), s.store.Today(tenant).Period())
	if err != nil {
		return err
	}
	forecast, ready, err := s.store.Forecast(ctx, tenant, s.patience)
	if err != nil {
		return err
	}
	o := views.Overview{
		Working: !ready, Today: s.store.Today(tenant), VAT: tenant.VAT, Months: forecast.Months, ShowNext: next,
		Customers: forecast.Customers, Active: forecast.Active, Grouped: forecast.Grouped,
		Candidates: forecast.Candidates(), Fewer: forecast.Fewer, MayGroup: s.mayGroup(c),
	}
	if o.Billed, o.Credited, err = s.billedIn(ctx, tenant, o.Today.Period()); err != nil {
		return err
	}
	if o.Invoices, err = s.invoiceFigures(ctx, tenant); err != nil {
		return err
	}
	if o.Worth, err = s.worthRows(c, forecast, 0, worthShown); err != nil {
		return err
	}
	return render(c, http.StatusOK, views.OverviewPage(s.page(c, "Overview"), o))
}

// billedIn answers what was billed on each day of a month, and what of it is credited by now.
func (s *server) billedIn(ctx context.Context, t db.Tenant, p billing.Period) (billing.CalendarMonth, billing.Money, error) {
	month, credited := billing.NewCalendarMonth(p, t.Currency), billing.Money{Currency: t.Currency}
	issued, err := s.store.IssuedIn(ctx, t, p.First(), p.Date(31))
	for _, day := range issued {
		month.Days[day.Date.Day-1] = billing.CalendarDay{Date: day.Date, Invoices: day.Invoices, Consolidated: day.Consolidated, Amount: day.Total}
		credited = credited.Add(day.Credited)
	}
	return month, credited, err
}

// showsNext reads which month is asked for: this one, or the next.
func showsNext(text string, now billing.Period) (bool, error) {
	if text == "" {
		return false, nil
	}
	month, err := billing.ParsePeriod(text)
	if ahead := month.Sub(now); err != nil || ahead < 0 || ahead > 1 {
		return false, billing.NotFound("month of the calendar")
	}
	return month != now, nil
}

// worthGrouping lists all customers that are worth grouping.
func (s *server) worthGrouping(c echo.Context) error {
	forecast, ready, err := s.store.Forecast(c.Request().Context(), s.session(c).Tenant, s.patience)
	if err != nil {
		return err
	}
	page := pageOf(forecast.Candidates(), worthPerPage, c.QueryParam("page"))
	w := views.WorthGrouping{Working: !ready, URL: c.Request().URL.RequestURI(), MayGroup: s.mayGroup(c)}
	if w.Rows, err = s.worthRows(c, forecast, page.from, worthPerPage); err != nil {
		return err
	}
	if page.count > 1 {
		w.Pages.Text = page.text("Customers")
	}
	w.Pages.Prev, w.Pages.Next = page.neighbours(views.WorthGroupingURL)
	return render(c, http.StatusOK, views.WorthGroupingPage(s.page(c, "Worth grouping"), w))
}

func (s *server) worthRows(c echo.Context, forecast db.Forecast, from, limit int) ([]views.WorthRow, error) {
	candidates, err := s.store.Candidates(c.Request().Context(), s.session(c).Tenant, forecast, from, limit)
	rows := make([]views.WorthRow, len(candidates))
	for i, w := range candidates {
		rows[i] = views.WorthRow{Name: w.Customer.Name(), Subscriptions: w.Subscriptions, Days: w.Days, Monthly: w.Monthly}
		if s.mayGroup(c) {
			rows[i].GroupURL = views.GroupWorthURL(w.Customer.ID)
		}
	}
	return rows, err
}

func (s *server) mayGroup(c echo.Context) bool { return s.session(c).Role.Includes(billing.Admin) }

// tickWorth leads to the page New billing group with the subscriptions ticked that make
// a customer worth grouping. They can be thousands, so the link that leads here does
// not name them.
func (s *server) tickWorth(c echo.Context, customerID string) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	ids, err := s.store.WorthGrouping(ctx, tenant, customerID)
	if err != nil {
		return err
	}
	subscriptions, _, err := s.store.CustomerSubscriptions(ctx, tenant, customerID)
	if err != nil {
		return err
	}
	sel, _, err := newSelection(subscriptions, "", ids)
	if err != nil {
		return err
	}
	return redirect(c, views.TickedURL(customerID, sel.keep(nil)))
}
