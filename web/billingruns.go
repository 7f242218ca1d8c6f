package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// listRuns lists all billing runs, the newest first.
func (s *server) listRuns(c echo.Context) error {
	tenant, after := s.session(c).Tenant, c.QueryParam("after")
	runs, next, err := s.store.BillingRuns(c.Request().Context(), tenant, after, listPerPage)
	if billing.CodeOf(err) == billing.CodeValidation {
		return errNoPage
	}
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.BillingRunsPage(s.page(c, "Past runs"), views.RunList{
		Rows: s.runRows(tenant, runs), Further: further("Newest first", after, next, views.BillingRunsURL),
	}))
}

// showRun shows how far a billing run is, or what came of it.
func (s *server) showRun(c echo.Context) error {
	tenant := s.session(c).Tenant
	run, err := s.store.BillingRun(c.Request().Context(), tenant, c.Param("id"))
	if err != nil {
		return err
	}
	view := views.RunView{RunRow: s.runRow(tenant, run)}
	if run.Invoices > 0 && view.State != views.RunUnderWay {
		filter := db.InvoiceFilter{RunID: run.ID, Limit: runInvoicesShown}
		if view.List, err = s.invoiceCard(c.Request().Context(), tenant, filter, url.Values{"run": {run.ID}}); err != nil {
			return err
		}
	}
	return render(c, http.StatusOK, views.BillingRunPage(s.page(c, view.Title()), view))
}

// runInvoicesShown is how many invoices the page of a run shows.
const runInvoicesShown = 10

func (s *server) runRows(t db.Tenant, runs []db.BillingRun) []views.RunRow {
	rows := make([]views.RunRow, len(runs))
	for i, r := range runs {
		rows[i] = s.runRow(t, r)
	}
	return rows
}

func (s *server) runRow(t db.Tenant, r db.BillingRun) views.RunRow {
	row := views.RunRow{
		ID: r.ID, By: r.Actor.Name, On: billing.DateOf(r.StartedAt, t.Zone), Time: clock(r.StartedAt, t), Took: r.UpdatedAt.Sub(r.StartedAt),
		DueBy: r.DueBy, IssuedOn: r.IssuedOn, Due: r.Due, Done: r.Done, Invoices: r.Invoices, Lines: r.Lines, SetAside: r.SetAside,
		Total: r.Total, First: r.First, Last: r.Last, Problem: r.Problem,
	}
	switch {
	case r.State == db.RunFailed:
		row.State = views.RunFailed
	case r.Interrupted(s.store.Now()):
		row.State = views.RunInterrupted
	case r.State == db.RunRunning:
		row.State = views.RunUnderWay
	}
	return row
}
