package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

const (
	// duePerPage is how many due invoices the page of the billing run shows at a time.
	duePerPage = 50
	// asideShown and runsShown are how many rows it shows of the lists that have pages of
	// their own.
	asideShown, runsShown = 20, 10
)

// showBilling shows what is due, what is set aside, and the runs there have been.
func (s *server) showBilling(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	tenant := session.Tenant
	due, err := s.due(c)
	if err != nil {
		return err
	}
	ready, aside := parted(due)
	page := pageOf(len(ready), duePerPage, c.QueryParam("page"))
	if !page.asked {
		return errNoPage
	}
	b := views.Billing{
		Today: s.store.Today(tenant), Due: dueSums(due, s.store.Today(tenant)),
		Missing: tenant.MissingDetails(), Automatic: tenant.Automatic,
		MayRun: session.Role.Includes(billing.Admin), MaySwitch: session.Role.Includes(billing.Owner), MaySet: session.Role.Includes(billing.Owner),
	}
	for _, d := range ready[page.from:page.to] {
		b.Rows = append(b.Rows, dueRow(d, b.Today))
	}
	if page.count > 1 {
		b.Pages.Text = page.text("Invoices")
		b.Pages.Prev, b.Pages.Next = page.neighbours(views.DueURL)
	}
	b.SetAside = asideRows(aside[:min(len(aside), asideShown)], session)
	runs, next, err := s.store.BillingRuns(ctx, tenant, "", runsShown)
	if err != nil {
		return err
	}
	b.Runs, b.MoreRuns = s.runRows(tenant, runs), next != ""
	if i := slices.IndexFunc(b.Runs, func(r views.RunRow) bool { return r.State == views.RunUnderWay }); i >= 0 {
		b.UnderWay = &b.Runs[i]
	}
	return render(c, http.StatusOK, views.BillingPage(s.page(c, "Billing run"), b))
}

// due answers what is due today. With very much due that takes longer than most pages.
func (s *server) due(c echo.Context) (db.Due, error) {
	return s.store.Due(c.Request().Context(), s.session(c).Tenant, billing.Date{})
}

// parted parts what is due into what would be issued, and what would be set aside.
func parted(due db.Due) (ready, aside []db.DueInvoice) {
	for _, d := range due.Invoices {
		if d.Reason == "" {
			ready = append(ready, d)
		} else {
			aside = append(aside, d)
		}
	}
	return ready, aside
}

// asideNamed is how many of whom something is set aside a sentence names.
const asideNamed = 3

func dueSums(due db.Due, today billing.Date) views.DueSums {
	sums := views.DueSums{
		Invoices: due.Issued.Invoices, Lines: due.Issued.Lines, Total: due.Issued.Total,
		SetAside: due.SetAside.Invoices, AsideTotal: due.SetAside.Total,
	}
	for _, d := range due.Invoices {
		if d.Reason != "" {
			name := d.CustomerName + ", " + d.Cause
			switch {
			case slices.Contains(sums.AsideNames, name):
			case len(sums.AsideNames) < asideNamed:
				sums.AsideNames = append(sums.AsideNames, name)
			default:
				sums.AsideOthers = true
			}
			continue
		}
		if d.GroupID != "" {
			sums.Consolidated++
		}
		if !d.Since.Before(today) {
			continue
		}
		if sums.Late++; sums.Late == 1 || d.Since.Before(sums.Oldest) {
			sums.Oldest = d.Since
		}
	}
	return sums
}

func dueRow(d db.DueInvoice, today billing.Date) views.DueRow {
	row := views.DueRow{
		Since: d.Since, Period: d.Period, Lines: d.Lines, Total: d.Total,
		Billed: billedOf(views.Billed{
			CustomerID: d.CustomerID, CustomerName: d.CustomerName, GroupID: d.GroupID, GroupName: d.GroupName, SubscriptionID: d.SubscriptionID, Product: d.Product,
		}, d.Serial),
	}
	if d.Since.Before(today) {
		row.Late = views.InDays(today, d.Since)
	}
	return row
}

// billedOf adds the serial number, as it stands behind "Individual".
func billedOf(b views.Billed, serial string) views.Billed {
	if serial != "" {
		b.SerialText = " · " + serial
	}
	return b
}

func asideRows(list []db.DueInvoice, session db.Session) []views.SetAsideRow {
	rows := make([]views.SetAsideRow, len(list))
	for i, d := range list {
		rows[i] = views.SetAsideRow{
			Since: d.Since, Period: d.Period, Total: d.Total, Reason: d.Reason,
			Billed: views.Billed{
				CustomerID: d.CustomerID, CustomerName: d.CustomerName, GroupID: d.GroupID, GroupName: d.GroupName, SubscriptionID: d.SubscriptionID, Product: d.Product,
			},
		}
		if !d.LastTried.IsZero() {
			rows[i].FirstOn, rows[i].LastOn = billing.DateOf(d.FirstTried, session.Tenant.Zone), billing.DateOf(d.LastTried, session.Tenant.Zone)
		}
		if session.Role.Includes(billing.Admin) {
			rows[i].EditURL = views.EditCustomerURL(d.CustomerID)
		}
	}
	return rows
}

// listSetAside lists all that can't be billed.
func (s *server) listSetAside(c echo.Context) error {
	due, err := s.due(c)
	if err != nil {
		return err
	}
	_, aside := parted(due)
	page := pageOf(len(aside), duePerPage, c.QueryParam("page"))
	if !page.asked {
		return errNoPage
	}
	list := views.SetAsideList{Rows: asideRows(aside[page.from:page.to], s.session(c))}
	if page.count > 1 {
		list.Pages.Text = page.text("Invoices")
		list.Pages.Prev, list.Pages.Next = page.neighbours(views.SetAsideURL)
	}
	return render(c, http.StatusOK, views.SetAsidePage(s.page(c, "Set aside"), list))
}

// further leads on from the page of a list, and back to its beginning.
func further(order, after, next string, at func(after string) string) views.FurtherArgs {
	f := views.FurtherArgs{Order: order}
	if after != "" {
		f.First = at("")
	}
	if next != "" {
		f.Next = at(next)
	}
	return f
}

// downloadDue answers all that is due as a CSV file.
func (s *server) downloadDue(c echo.Context) error {
	due, err := s.due(c)
	if err != nil {
		return err
	}
	header := []string{"dueSince", "period", "customerId", "customer", "groupId", "group", "subscriptionId", "product", "serialNumber", "lines", "total", "currency", "setAside", "reason"}
	return download(c, s.fileOf(s.session(c).Tenant, "due"), header, func(yield func([]string, error) bool) {
		for _, d := range due.Invoices {
			row := []string{d.Since.String(), d.Period.String(), d.CustomerID, d.CustomerName, d.GroupID, d.GroupName, d.SubscriptionID, d.Product, d.Serial,
				strconv.Itoa(d.Lines), d.Total.String(), string(d.Total.Currency), strconv.FormatBool(d.Reason != ""), d.Reason}
			if !yield(row, nil) {
				return
			}
		}
	})
}
