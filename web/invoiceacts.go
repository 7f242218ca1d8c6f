package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// invoiceAct is something done to an invoice, on a page of its own.
type invoiceAct struct {
	title func(billing.Invoice) string
	// nothing says why it can't be done to an invoice in its state, or "".
	nothing func(billing.Invoice) (title, text string)
	// fill puts on the page what depends on more than the invoice and the form; may be nil.
	fill func(s *server, ctx context.Context, t db.Tenant, page *views.InvoiceAct, v url.Values) error
	page func(views.Page, views.InvoiceAct) templ.Component
	// do does it to the invoice, and answers what to say about it.
	do func(s *server, c echo.Context, i billing.Invoice, v url.Values) (views.Flash, error)
}

// The acts, each at an address of its own.
var (
	payAct    = invoiceAct{func(i billing.Invoice) string { return "Mark " + i.Number + " as paid" }, notPayable, nil, views.InvoicePayPage, (*server).markInvoicePaid}
	reopenAct = invoiceAct{func(i billing.Invoice) string { return "Reopen " + i.Number }, notReopenable, nil, views.InvoiceReopenPage, (*server).reopenInvoice}
	creditAct = invoiceAct{func(i billing.Invoice) string { return "Credit lines of " + i.Number }, notCreditable, (*server).fillCredit, views.InvoiceCreditPage, (*server).creditInvoice}
	cancelAct = invoiceAct{func(i billing.Invoice) string { return "Cancel " + i.Number }, notCancellable, (*server).fillCancel, views.InvoiceCancelPage, (*server).cancelInvoice}
)

// errStaleInvoice says that a form was made from an invoice as it is no more.
var errStaleInvoice = errors.New("web: the invoice was changed since the form was made")

// askInvoice shows the page of an act, with what the URL holds.
func (s *server) askInvoice(a invoiceAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := c.QueryParams()
		if !v.Has("paidOn") {
			v.Set("paidOn", s.store.Today(s.session(c).Tenant).String())
		}
		return s.showInvoiceAct(c, http.StatusOK, a, v, views.InvoiceAct{})
	}
}

// carryOutInvoice does an act, or shows its page again with what stands against it.
func (s *server) carryOutInvoice(a invoiceAct) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, tenant := c.Request().Context(), s.session(c).Tenant
		v := c.Request().PostForm
		invoice, err := s.store.Invoice(ctx, tenant, c.Param("id"))
		if err != nil {
			return err
		}
		readAt := formVersion(v, "version")
		if err = errStaleInvoice; readAt == views.InvoiceVersion(invoice) {
			var flash views.Flash
			if flash, err = a.do(s, c, invoice, v); err == nil {
				return s.done(c, flash, views.InvoiceURL(invoice.ID))
			}
		}
		if errors.Is(err, errStaleInvoice) {
			page := views.InvoiceAct{}
			if page.Changes, err = s.changesAfter(ctx, tenant, "invoice", invoice.ID, time.UnixMilli(int64(readAt))); err != nil {
				return err
			}
			return s.showInvoiceAct(c, http.StatusConflict, a, v, page)
		}
		rule, refused := errors.AsType[*billing.Error](err)
		if !refused || rule.Code == billing.CodeNotFound {
			return err
		}
		return s.showInvoiceAct(c, http.StatusUnprocessableEntity, a, v, views.InvoiceAct{Problems: problemsOf(rule)})
	}
}

// problemsOf answers what a refusal is about, which may be no field.
func problemsOf(rule *billing.Error) views.Problems {
	if len(rule.Problems) == 0 {
		return views.Problems{{Code: rule.Code, Message: rule.Message}}
	}
	return rule.Problems
}

// showInvoiceAct shows the page of an act with the invoice as it is now, and with what was
// typed.
func (s *server) showInvoiceAct(c echo.Context, status int, a invoiceAct, v url.Values, page views.InvoiceAct) (err error) {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	if page.Invoice, err = s.store.Invoice(ctx, tenant, c.Param("id")); err != nil {
		return err
	}
	page.Today, page.Form = s.store.Today(tenant), readInvoiceForm(v)
	if page.Nothing, page.NothingText = a.nothing(page.Invoice); page.Nothing == "" && a.fill != nil {
		if err := a.fill(s, ctx, tenant, &page, v); err != nil {
			return err
		}
	}
	if page.Nothing != "" {
		page.Problems = nil // the page says it
	}
	return render(c, status, a.page(s.page(c, a.title(page.Invoice)), page))
}

func readInvoiceForm(v url.Values) views.InvoiceForm {
	return views.InvoiceForm{
		PaidOn: v.Get("paidOn"), Method: v.Get("method"), Reference: v.Get("reference"), Notes: v.Get("notes"),
		Reason: v.Get("reason"), Again: v.Get("again"),
	}
}

// markPaid is what a form tells about a payment. VALIDATION_ERROR with path paidOn where
// that is no day.
func markPaid(f views.InvoiceForm) (billing.MarkPaid, error) {
	in := billing.MarkPaid{Method: f.Method, Reference: f.Reference, Notes: strings.ReplaceAll(f.Notes, "\r\n", "\n")}
	day, err := billing.ParseDate(strings.TrimSpace(f.PaidOn))
	if err != nil {
		err = billing.Refuse([]billing.Problem{{Path: "paidOn", Code: billing.CodeValidation, Message: "Enter the day the money came, for example 2026-12-04."}})
	}
	in.On = day
	return in, err
}

func (s *server) markInvoicePaid(c echo.Context, i billing.Invoice, v url.Values) (views.Flash, error) {
	in, err := markPaid(readInvoiceForm(v))
	if err != nil {
		_, others := i.MarkPaid(in, s.store.Today(s.session(c).Tenant))
		return views.Flash{}, joined(err, others)
	}
	paid, err := s.store.MarkPaid(c.Request().Context(), s.session(c).Scope(), i.ID, in)
	text := fmt.Sprintf("Marked as paid: %s on %s", views.FormatMoney(i.Money(i.Open())), views.FormatDate(paid.Payment.On))
	if paid.Payment.On.Before(i.Issued) {
		text += ", before it was issued"
	}
	return views.Flash{Tone: views.Good, Text: text + "."}, err
}

// joined puts together what two looks at a form find wrong.
func joined(a, b error) error {
	var problems []billing.Problem
	for _, err := range []error{a, b} {
		rule, is := errors.AsType[*billing.Error](err)
		if err != nil && !is || is && len(rule.Problems) == 0 {
			return err
		}
		if is {
			problems = append(problems, rule.Problems...)
		}
	}
	return billing.Refuse(problems)
}

func (s *server) reopenInvoice(c echo.Context, i billing.Invoice, v url.Values) (views.Flash, error) {
	open, err := s.store.ReopenInvoice(c.Request().Context(), s.session(c).Scope(), i.ID, v.Get("reason"))
	text := fmt.Sprintf("Invoice reopened: %s is to be paid.", views.FormatMoney(open.Money(open.Open())))
	if open.Status == billing.InvoiceCancelled {
		text = "Invoice reopened. All of it was credited, so it is cancelled."
	}
	return views.Flash{Tone: views.Good, Text: text}, err
}

func (s *server) cancelInvoice(c echo.Context, i billing.Invoice, v url.Values) (views.Flash, error) {
	in, err := creditInput(v, nil)
	if err != nil {
		_, others := i.Cancel(in, s.store.Today(s.session(c).Tenant))
		return views.Flash{}, joined(others, err)
	}
	cancelled, err := s.store.CancelInvoice(c.Request().Context(), s.session(c).Scope(), i.ID, in)
	if err != nil {
		return views.Flash{}, err
	}
	text, err := s.creditText(c, cancelled)
	return views.Flash{Tone: views.Good, Text: "Invoice cancelled, by " + text}, err
}

func notPayable(i billing.Invoice) (title, text string) {
	switch i.Status {
	case billing.InvoicePaid:
		return "It is paid already", "It was paid on " + views.FormatDate(i.Payment.On) + "."
	case billing.InvoiceCancelled:
		return "It is cancelled", "All of it was credited, so nothing is to be paid any more."
	case billing.InvoiceProcessing:
		return "It is being collected", "The payment provider tells whether that works. Wait for it."
	}
	return "", ""
}

func notReopenable(i billing.Invoice) (title, text string) {
	if i.Status == billing.InvoicePaid && i.Payment.ByHand {
		return "", ""
	}
	return "It can’t be reopened", "Only an invoice that somebody marked as paid by hand can be."
}

func notCreditable(i billing.Invoice) (title, text string) {
	switch {
	case i.Status == billing.InvoiceProcessing:
		return notPayable(i)
	case len(i.Uncredited()) == 0:
		return "Nothing is left to credit", "Every line of it was credited before."
	}
	return "", ""
}

func notCancellable(i billing.Invoice) (title, text string) {
	if i.Status == billing.InvoicePaid {
		return "It is paid", "What was paid can’t be cancelled. Credit its lines instead; then a refund is owed."
	}
	return notPayable(i)
}
