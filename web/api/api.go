// Package api is the JSON API: the door for machines. It speaks the billing-group
// API that the market already knows, with its paths, field names, envelopes and
// codes, and translates to the words of package billing and back: a subscription
// is called a rental here and an invoice a payment.
//
// Every answer under /v1, a refusal of an unknown path among them, is JSON in one
// envelope. The description that GET /v1/openapi.json serves is the contract; the
// tests hold every answer to it.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// Config is what the API works with.
type Config struct {
	Store *db.Store
	// RateLimit is the number of calls a minute that one key may make, and that one
	// address may make without a valid key. 0 is no limit.
	RateLimit int
	// Log gets each failure that is not the caller's, once.
	Log *slog.Logger
	// PDF and CreditNotePDF print an invoice, and a credit note of one.
	PDF           func(context.Context, billing.Invoice) ([]byte, error)
	CreditNotePDF func(context.Context, billing.Invoice, billing.CreditNote) ([]byte, error)
}

// Mount adds the API's routes to e, and a middleware that answers for everything
// under /v1 and leaves all other paths alone. It makes no difference whether other
// middleware is added before or after, but that a request log belongs before.
func Mount(e *echo.Echo, cfg Config) {
	s := &server{store: cfg.Store, log: cfg.Log, limits: newLimits(cfg.RateLimit), pdf: cfg.PDF, creditNotePDF: cfg.CreditNotePDF}
	e.Use(s.envelope)
	for _, r := range s.routes() {
		handler := r.guarded()
		e.Add(r.method, r.path, handler)
		if r.method == http.MethodGet {
			e.Add(http.MethodHead, r.path, handler) // net/http leaves out the body
		}
		if last := r.path[strings.LastIndexByte(r.path, '/')+1:]; strings.HasPrefix(last, ":") {
			// Echo lets a parameter that nothing follows take in slashes too.
			e.RouteNotFound(r.path+"/", echo.NotFoundHandler)
		}
	}
}

type server struct {
	store  *db.Store
	log    *slog.Logger
	limits *limits

	pdf           func(context.Context, billing.Invoice) ([]byte, error)
	creditNotePDF func(context.Context, billing.Invoice, billing.CreditNote) ([]byte, error)
	// underWay has the idempotency keys of the calls that have no answer yet.
	underWay sync.Map
}

// need is what a caller must have for a route.
type need int

const (
	none  need = iota
	read       // any key of the tenant
	write      // a key that is not read-only
)

type route struct {
	method, path string
	need         need
	handler      func(echo.Context, db.Access) error
}

func (s *server) routes() []route {
	return []route{
		{http.MethodGet, "/v1/openapi.json", none, s.describe},
		{http.MethodGet, "/v1/billing-groups", read, s.listGroups},
		{http.MethodPost, "/v1/billing-groups", write, s.createGroup},
		// A preview writes nothing, so a read-only key may ask for one.
		{http.MethodPost, "/v1/billing-groups/preview", read, s.previewGroup},
		{http.MethodGet, "/v1/billing-groups/:billingGroupId", read, s.showGroup},
		{http.MethodPatch, "/v1/billing-groups/:billingGroupId", write, s.updateGroup},
		{http.MethodDelete, "/v1/billing-groups/:billingGroupId", write, s.deleteGroup},
		{http.MethodGet, "/v1/billing-groups/:billingGroupId/upcoming", read, s.upcoming},
		{http.MethodGet, "/v1/customers", read, s.listCustomers},
		{http.MethodGet, "/v1/customers/:customerId", read, s.showCustomer},
		{http.MethodPut, "/v1/customers/:customerId", write, s.putCustomer},
		{http.MethodGet, "/v1/subscriptions", read, s.listRentals},
		{http.MethodGet, "/v1/subscriptions/:subscriptionId", read, s.showRental},
		{http.MethodPut, "/v1/subscriptions/:subscriptionId", write, s.putRental},
		{http.MethodPost, "/v1/subscriptions/:subscriptionId/end", write, s.endRental},
		{http.MethodGet, "/v1/payments", read, s.listPayments},
		{http.MethodGet, "/v1/payments/:paymentId", read, s.showPayment},
		{http.MethodPost, "/v1/payments/:paymentId/mark-paid", write, s.markPaid},
		{http.MethodPost, "/v1/payments/:paymentId/cancel", write, s.cancelPayment},
		{http.MethodPost, "/v1/payments/:paymentId/credit", write, s.creditPayment},
		{http.MethodPost, "/v1/payments/:paymentId/status", write, s.setPaymentStatus},
		{http.MethodPost, "/v1/payments/:paymentId/reopen", write, s.reopenPayment},
		{http.MethodGet, "/v1/payments/:paymentId/invoice.pdf", read, s.paymentPDF},
		{http.MethodGet, "/v1/payments/:paymentId/credits/:creditNumber.pdf", read, s.creditPDF},
	}
}
