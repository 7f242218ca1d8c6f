package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// paymentAct is something that a call does to an issued invoice.
type paymentAct struct {
	body *fields
	// judge says what the rules have against it, where it is not done because the body
	// can't be read.
	judge func(billing.Invoice, billing.Date) error
	// do does it, once.
	do      func(ctx context.Context, scope db.Scope, id string, once db.Once, answer func(billing.Invoice) ([]byte, error)) ([]byte, bool, error)
	message string
}

// act carries out an act, once for each Idempotency-Key, and answers the payment.
func (s *server) act(c echo.Context, access db.Access, a paymentAct) error {
	once, err := onceFor(c.Request(), a.body)
	if err != nil {
		return err
	}
	ctx, id := c.Request().Context(), idIn(c, "paymentId")
	return s.onlyOnce(c, access, once, func() (answered []byte, again bool, err error) {
		if len(a.body.problems) > 0 {
			// Nothing will be stored, but the caller is to hear of all problems at once.
			invoice, err := s.store.Invoice(ctx, access.Tenant, id)
			if err != nil {
				return nil, false, err
			}
			return nil, false, a.body.join(a.judge(invoice, s.store.Today(access.Tenant)))
		}
		return a.do(ctx, scope(access), id, once, func(invoice billing.Invoice) ([]byte, error) {
			wire, err := encode(paymentSaved{Success: true, Message: a.message, Payment: newIssuedPayment(access.Tenant, invoice)})
			if err != nil {
				return nil, err
			}
			return json.Marshal(keptAnswer{Status: http.StatusOK, Body: string(wire)})
		})
	})
}

// markPaid records that an invoice was paid.
func (s *server) markPaid(c echo.Context, access db.Access) error {
	body, err := readOptionalBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	reference := "paymentReference"
	if _, sent := body.value(reference); !sent {
		reference = "reference"
	}
	in := billing.MarkPaid{Method: body.text("paymentMethod"), Reference: body.text(reference), Notes: body.text("notes")}
	if text := body.text("paidAt"); text != "" {
		if in.On, err = parseDay(text, access.Tenant.Zone); err != nil {
			body.refuse("paidAt", err.Error()+".")
		}
	}
	return named(reference, s.act(c, access, paymentAct{body: body, message: "Payment marked as paid.",
		judge: func(i billing.Invoice, today billing.Date) error {
			_, err := i.MarkPaid(in, today)
			return err
		},
		do: func(ctx context.Context, scope db.Scope, id string, once db.Once, answer func(billing.Invoice) ([]byte, error)) ([]byte, bool, error) {
			return s.store.MarkPaidOnce(ctx, scope, id, in, once, answer)
		}}))
}

// named makes a refusal tell of the reference by the name that it was sent by.
func named(reference string, err error) error {
	rule, is := errors.AsType[*billing.Error](err)
	if !is {
		return err
	}
	told := *rule
	told.Problems = slices.Clone(rule.Problems)
	for i, p := range told.Problems {
		if p.Path == "reference" {
			told.Problems[i].Path = reference
		}
	}
	return &told
}

// cancelPayment takes back all of an invoice that is not paid.
func (s *server) cancelPayment(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	in := billing.CreditInput{Reason: body.text("reason"), Again: body.flag("billAgain")}
	return s.act(c, access, paymentAct{body: body, message: "Payment cancelled.",
		judge: func(i billing.Invoice, today billing.Date) error {
			_, err := i.Cancel(in, today)
			return err
		},
		do: func(ctx context.Context, scope db.Scope, id string, once db.Once, answer func(billing.Invoice) ([]byte, error)) ([]byte, bool, error) {
			return s.store.CancelInvoiceOnce(ctx, scope, id, in, once, answer)
		}})
}

// creditPayment takes back lines of an invoice.
func (s *server) creditPayment(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	in := billing.CreditInput{SubscriptionIDs: body.texts("rentalIds"), Reason: body.text("reason"), Again: body.flag("billAgain")}
	return s.act(c, access, paymentAct{body: body, message: "Payment credited.",
		judge: func(i billing.Invoice, today billing.Date) error {
			_, err := i.Credit(in, today)
			return err
		},
		do: func(ctx context.Context, scope db.Scope, id string, once db.Once, answer func(billing.Invoice) ([]byte, error)) ([]byte, bool, error) {
			return s.store.CreditInvoiceOnce(ctx, scope, id, in, once, answer)
		}})
}

// setPaymentStatus records what a payment provider tells.
func (s *server) setPaymentStatus(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	status, reason := billing.InvoiceStatus(body.text("status")), body.text("reason")
	return s.act(c, access, paymentAct{body: body, message: "Payment updated.",
		judge: func(i billing.Invoice, today billing.Date) error {
			_, err := i.SetStatus(status, reason, today)
			return err
		},
		do: func(ctx context.Context, scope db.Scope, id string, once db.Once, answer func(billing.Invoice) ([]byte, error)) ([]byte, bool, error) {
			return s.store.SetInvoiceStatusOnce(ctx, scope, id, status, reason, once, answer)
		}})
}

// reopenPayment takes back that an invoice was marked paid.
func (s *server) reopenPayment(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	reason := body.text("reason")
	return s.act(c, access, paymentAct{body: body, message: "Payment reopened.",
		judge: func(i billing.Invoice, _ billing.Date) error {
			_, err := i.Reopen(reason)
			return err
		},
		do: func(ctx context.Context, scope db.Scope, id string, once db.Once, answer func(billing.Invoice) ([]byte, error)) ([]byte, bool, error) {
			return s.store.ReopenInvoiceOnce(ctx, scope, id, reason, once, answer)
		}})
}
