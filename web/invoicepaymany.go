package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// askPayMany shows which of the ticked invoices can be marked as paid.
func (s *server) askPayMany(c echo.Context) error {
	v := c.QueryParams()
	if !v.Has("paidOn") {
		v.Set("paidOn", s.store.Today(s.session(c).Tenant).String())
	}
	return s.showPayMany(c, http.StatusOK, v, nil)
}

// payMany marks the ticked invoices as paid that can be.
func (s *server) payMany(c echo.Context) error {
	v := c.Request().PostForm
	in, err := markPaid(readInvoiceForm(v))
	if err != nil {
		return s.showPayMany(c, http.StatusUnprocessableEntity, v, err)
	}
	done, refused, err := s.store.MarkPaidMany(c.Request().Context(), s.session(c).Scope(), tickedInvoices(v), in)
	switch {
	case billing.CodeOf(err) != "":
		return s.showPayMany(c, http.StatusUnprocessableEntity, v, err)
	case err != nil:
		return err
	case len(done) == 0:
		return s.showPayMany(c, http.StatusUnprocessableEntity, v, nil)
	}
	from := payFrom(v)
	from.Del(views.ListAfter) // what follows there may be on the page before by now
	return s.done(c, paidFlash(s.session(c).Tenant, done, refused), views.InvoicesURL(from))
}

// paidFlash says which invoices were marked, and of the others why not; a message has
// room for a few.
func paidFlash(t db.Tenant, done []billing.Invoice, refused []db.InvoiceRefusal) views.Flash {
	total := billing.Money{Currency: t.Currency}
	for _, i := range done {
		total.Minor += i.Total - i.Credited
	}
	flash := views.Flash{Tone: views.Good, Text: fmt.Sprintf("%s marked as paid: %s.", views.Plural(len(done), "invoice", "invoices"), views.FormatMoney(total))}
	if len(refused) > 0 {
		flash.Tone = views.Warn
		flash.Text += fmt.Sprintf(" %s not:", views.Plural(len(refused), "was", "were"))
		for _, r := range refused[:min(len(refused), 3)] {
			flash.Text += " " + r.Reason.Message
		}
		if len(refused) > 3 {
			flash.Text += " …"
		}
	}
	return flash
}

// tickedInvoices answers the ids of a form, each once and not more than can be marked at
// a time.
func tickedInvoices(v url.Values) []string {
	var ids []string
	seen := make(map[string]bool)
	for _, id := range v["i"] {
		if !seen[id] && len(ids) < db.MaxMarkPaid {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// payFrom is the query of the list that the invoices were ticked in. It came through the
// browser, and leads to the list whatever it is.
func payFrom(v url.Values) url.Values {
	from, err := url.ParseQuery(v.Get(views.InvoicesPayFrom))
	if err != nil {
		return make(url.Values)
	}
	return from
}

// showPayMany shows the ticked invoices as they are now, with what was typed and what
// stands against it.
func (s *server) showPayMany(c echo.Context, status int, v url.Values, refused error) error {
	tenant, ids := s.session(c).Tenant, tickedInvoices(v)
	rows, err := s.store.InvoicesByID(c.Request().Context(), tenant, ids)
	if err != nil {
		return err
	}
	page := views.InvoicePayMany{IDs: ids, From: payFrom(v), Today: s.store.Today(tenant), Total: billing.Money{Currency: tenant.Currency}, Form: readInvoiceForm(v)}
	if rule, is := errors.AsType[*billing.Error](refused); is {
		page.Problems = problemsOf(rule)
	}
	for _, r := range rows {
		if title, text := notPayable(r.Invoice); title != "" {
			page.Refused = append(page.Refused, views.InvoiceRefused{ID: r.ID, Number: r.Number, Reason: title + ". " + text})
			continue
		}
		page.Rows = append(page.Rows, invoiceRows([]db.InvoiceRow{r})...)
		page.Total.Minor += r.Open()
	}
	for _, id := range ids {
		if !slices.ContainsFunc(rows, func(r db.InvoiceRow) bool { return r.ID == id }) {
			page.Refused = append(page.Refused, views.InvoiceRefused{ID: id, Reason: "There is no such invoice."})
		}
	}
	return render(c, status, views.InvoicePayManyPage(s.page(c, "Mark invoices as paid"), page))
}
