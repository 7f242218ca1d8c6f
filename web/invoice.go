package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// linesPerPage is how many lines of an invoice its page shows at a time.
const linesPerPage = 200

// showInvoice shows one invoice: what is open, what can be done, and the invoice itself.
func (s *server) showInvoice(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	invoice, err := s.store.Invoice(ctx, session.Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	lines, err := s.activityOf(ctx, session.Tenant, "invoice", invoice.ID, activityShown)
	if err != nil {
		return err
	}
	trail, err := s.store.InvoiceTrail(ctx, session.Tenant, invoice.ID)
	if err != nil {
		return err
	}
	again := make(map[string][]views.InvoiceLink, len(trail.Again))
	for note, links := range trail.Again {
		again[note] = invoiceLinks(links)
	}
	return render(c, http.StatusOK, views.InvoicePage(s.page(c, invoice.Number), views.InvoiceView{
		Replaces: invoiceLinks(trail.Replaced), Again: again,
		Invoice: invoice, Today: s.store.Today(session.Tenant), Activity: lines, MayChange: session.Role.Includes(billing.Admin),
		Shown: linesShown(len(invoice.Lines), c.QueryParams(), views.InvoiceURL(invoice.ID)),
	}))
}

func invoiceLinks(links []db.InvoiceLink) []views.InvoiceLink {
	list := make([]views.InvoiceLink, len(links))
	for i, link := range links {
		list[i] = views.InvoiceLink(link)
	}
	return list
}

// downloadInvoicePDF answers an invoice as a PDF file.
func (s *server) downloadInvoicePDF(c echo.Context) error {
	invoice, err := s.store.Invoice(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	file, err := s.press.invoice(c.Request().Context(), invoice)
	return pdf(c, invoice.Number, file, err)
}

// downloadInvoiceLines answers the lines of an invoice as a CSV file.
func (s *server) downloadInvoiceLines(c echo.Context) error {
	invoice, err := s.store.Invoice(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	header := []string{"invoiceNumber", "position", "subscriptionId", "product", "serialNumber", "serviceFrom", "serviceTo", "amount", "tax", "currency", "creditedBy"}
	return download(c, safeName(invoice.Number)+".csv", header, func(yield func([]string, error) bool) {
		for i, l := range invoice.Lines {
			row := []string{invoice.Number, fmt.Sprint(i + 1), l.SubscriptionID, l.Product, l.Serial, l.From.String(), l.To.AddDays(-1).String(),
				invoice.Money(l.Amount).String(), invoice.Money(l.Tax).String(), string(invoice.Currency), l.CreditNumber}
			if !yield(row, nil) {
				return
			}
		}
	})
}

// showCreditNote shows one credit note of an invoice.
func (s *server) showCreditNote(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	invoice, note, err := s.store.CreditNote(ctx, tenant, c.Param("id"), c.Param("number"))
	if err != nil {
		return err
	}
	trail, err := s.store.InvoiceTrail(ctx, tenant, invoice.ID)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.CreditNotePage(s.page(c, note.Number), views.CreditNoteView{
		Invoice: invoice, Note: note, Again: invoiceLinks(trail.Again[note.Number]), Shown: linesShown(len(note.Lines), c.QueryParams(), views.CreditNoteURL(invoice.ID, note.Number)),
	}))
}

// downloadCreditNotePDF answers a credit note as a PDF file.
func (s *server) downloadCreditNotePDF(c echo.Context) error {
	invoice, note, err := s.store.CreditNote(c.Request().Context(), s.session(c).Tenant, c.Param("id"), c.Param("number"))
	if err != nil {
		return err
	}
	file, err := s.press.creditNote(c.Request().Context(), invoice, note)
	return pdf(c, note.Number, file, err)
}

// linesShown answers which of an invoice's lines its page shows.
func linesShown(lines int, v url.Values, address string) views.PaperShown {
	page := pageOf(lines, linesPerPage, v.Get("page"))
	if page.count == 1 || v.Get("lines") == "all" {
		return views.PaperShown{To: lines}
	}
	shown := views.PaperShown{From: page.from, To: page.to, AllURL: address + "?" + views.AllLines().Encode()}
	shown.Pages.Text = page.text("Lines")
	shown.Pages.Prev, shown.Pages.Next = page.neighbours(func(number int) string { return address + "?" + views.LinesPage(number).Encode() })
	return shown
}

// pdf answers a file to look at, under the number of what it is.
func pdf(c echo.Context, number string, file []byte, err error) error {
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, fmt.Sprintf("inline; filename=%q", safeName(number)+".pdf"))
	return c.Blob(http.StatusOK, "application/pdf", file)
}

// safeName makes a name for a file out of a number, whose prefix may hold anything.
func safeName(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, number)
}
