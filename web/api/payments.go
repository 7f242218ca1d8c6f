package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// maxListedLines bounds a page of payments, whatever its limit: a consolidated one may
// have thousands of lines. A payment with more is a page of its own.
const maxListedLines = 20_000

// listPayments answers a page of issued invoices, the newest first.
func (s *server) listPayments(c echo.Context, access db.Access) error {
	q, err := parseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	filter := db.InvoiceFilter{
		Status:         billing.InvoiceStatus(q.oneOf("status", texts(billing.InvoiceStatuses)...)),
		CustomerID:     q.text("customerId"),
		SubscriptionID: q.text("rentalId"),
		GroupID:        q.text("billingGroupId"),
		DueFrom:        q.day("dueDateFrom", access.Tenant.Zone),
		DueTo:          q.day("dueDateTo", access.Tenant.Zone),
		After:          q.after(func(cursor string) error { return db.InvoiceFilter{After: cursor}.Check() }),
		Limit:          q.whole("limit", defaultLimit, maxLimit),
	}
	if err := billing.Refuse(q.problems); err != nil {
		return err
	}
	ctx := c.Request().Context()
	rows, next, err := s.store.Invoices(ctx, access.Tenant, filter)
	if err == nil && fitting(rows) < len(rows) {
		filter.Limit = fitting(rows)
		rows, next, err = s.store.Invoices(ctx, access.Tenant, filter)
	}
	if err != nil {
		return err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	invoices, err := s.store.WholeInvoices(ctx, access.Tenant, ids)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, newPaymentsAnswer(access.Tenant, invoices, next))
}

// fitting answers how many of the first rows have no more lines than a page may; at
// least one.
func fitting(rows []db.InvoiceRow) int {
	lines := 0
	for i, row := range rows {
		if lines += row.LineCount; lines > maxListedLines && i > 0 {
			return i
		}
	}
	return len(rows)
}

// day reads a day, or a time on it.
func (q *query) day(name string, zone *time.Location) billing.Date {
	value := q.text(name)
	if value == "" {
		return billing.Date{}
	}
	day, err := parseDay(value, zone)
	if err != nil {
		q.refuse(name, err.Error()+".")
	}
	return day
}

// parseDay reads a date, or a time of RFC 3339 as the day it is on in a time zone. A date
// that a program wrote as midnight in UTC stays that date.
func parseDay(text string, zone *time.Location) (billing.Date, error) {
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil:
		return billing.ParseDate(text)
	case at.Equal(at.UTC().Truncate(24 * time.Hour)):
		return billing.DateOf(at, time.UTC), nil
	}
	return billing.DateOf(at, zone), nil
}

// showPayment answers one issued invoice.
func (s *server) showPayment(c echo.Context, access db.Access) error {
	invoice, err := s.store.Invoice(c.Request().Context(), access.Tenant, idIn(c, "paymentId"))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, paymentAnswer{Success: true, Payment: newIssuedPayment(access.Tenant, invoice)})
}

// paymentPDF answers the invoice as it is printed.
func (s *server) paymentPDF(c echo.Context, access db.Access) error {
	invoice, err := s.store.Invoice(c.Request().Context(), access.Tenant, idIn(c, "paymentId"))
	if err != nil {
		return err
	}
	file, err := s.pdf(c.Request().Context(), invoice)
	if err != nil {
		return fmt.Errorf("api: invoice %s as PDF: %w", invoice.ID, err)
	}
	return answerPDF(c, invoice.Number, file)
}

// creditPDF answers a credit note as it is printed.
func (s *server) creditPDF(c echo.Context, access db.Access) error {
	number, is := strings.CutSuffix(idIn(c, "creditNumber.pdf"), ".pdf")
	if !is {
		return echo.ErrNotFound
	}
	invoice, note, err := s.store.CreditNote(c.Request().Context(), access.Tenant, idIn(c, "paymentId"), number)
	if err != nil {
		return err
	}
	file, err := s.creditNotePDF(c.Request().Context(), invoice, note)
	if err != nil {
		return fmt.Errorf("api: credit note %s as PDF: %w", note.ID, err)
	}
	return answerPDF(c, note.Number, file)
}

func answerPDF(c echo.Context, number string, file []byte) error {
	c.Response().Header().Set(echo.HeaderContentDisposition, `inline; filename="`+fileName(number)+`.pdf"`)
	return c.Blob(http.StatusOK, "application/pdf", file)
}

// fileName answers a number as it may stand in the name of a file: its prefix is what
// somebody typed.
func fileName(number string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return '_'
	}, number)
}
