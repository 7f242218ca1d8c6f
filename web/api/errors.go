package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// The codes of refusals that no rule of the domain knows.
const (
	codeAuthRequired            billing.Code = "AUTH_REQUIRED"
	codeInvalidToken            billing.Code = "INVALID_TOKEN"
	codeNoTenantAccess          billing.Code = "NO_TENANT_ACCESS"
	codeInsufficientPermissions billing.Code = "INSUFFICIENT_PERMISSIONS"
	codeMethodNotAllowed        billing.Code = "METHOD_NOT_ALLOWED"
	codePayloadTooLarge         billing.Code = "PAYLOAD_TOO_LARGE"
	codeUnsupportedMediaType    billing.Code = "UNSUPPORTED_MEDIA_TYPE"
	codeRateLimited             billing.Code = "RATE_LIMITED"
	codeIdempotencyKeyReused    billing.Code = "IDEMPOTENCY_KEY_REUSED"
	codeIdempotencyInProgress   billing.Code = "IDEMPOTENCY_IN_PROGRESS"
	codeInternal                billing.Code = "INTERNAL"
	codeUnavailable             billing.Code = "UNAVAILABLE"
)

// statuses has the HTTP status of every code.
var statuses = map[billing.Code]int{
	billing.CodeValidation:                    http.StatusBadRequest,
	billing.CodeCustomerNotFound:              http.StatusBadRequest,
	billing.CodeCustomerNotBusiness:           http.StatusBadRequest,
	billing.CodeCustomerInactive:              http.StatusBadRequest,
	billing.CodeSubscriptionNotFound:          http.StatusBadRequest,
	billing.CodeSubscriptionDifferentCustomer: http.StatusBadRequest,
	billing.CodeSubscriptionNotActive:         http.StatusBadRequest,
	billing.CodeSubscriptionAlreadyGrouped:    http.StatusConflict,
	billing.CodeInvalidBillingDay:             http.StatusBadRequest,
	billing.CodeHasInvoices:                   http.StatusConflict,
	billing.CodeCustomerHasGroups:             http.StatusConflict,
	billing.CodeAlreadyEnded:                  http.StatusBadRequest,
	billing.CodeAlreadyPaid:                   http.StatusBadRequest,
	billing.CodeAlreadyCancelled:              http.StatusBadRequest,
	billing.CodePaymentCancelled:              http.StatusBadRequest,
	billing.CodePaymentProcessing:             http.StatusBadRequest,
	billing.CodeNotPaidByHand:                 http.StatusBadRequest,
	billing.CodeStaleGroup:                    http.StatusPreconditionFailed,
	billing.CodeStaleCustomer:                 http.StatusPreconditionFailed,
	billing.CodeStaleTenant:                   http.StatusPreconditionFailed,
	billing.CodeLastOwner:                     http.StatusConflict,
	billing.CodeHasAccount:                    http.StatusConflict,
	billing.CodeNotFound:                      http.StatusNotFound,

	codeAuthRequired:            http.StatusUnauthorized,
	codeInvalidToken:            http.StatusUnauthorized,
	codeNoTenantAccess:          http.StatusForbidden,
	codeInsufficientPermissions: http.StatusForbidden,
	codeMethodNotAllowed:        http.StatusMethodNotAllowed,
	codePayloadTooLarge:         http.StatusRequestEntityTooLarge,
	codeUnsupportedMediaType:    http.StatusUnsupportedMediaType,
	codeRateLimited:             http.StatusTooManyRequests,
	codeIdempotencyKeyReused:    http.StatusUnprocessableEntity,
	codeIdempotencyInProgress:   http.StatusConflict,
	codeInternal:                http.StatusInternalServerError,
	codeUnavailable:             http.StatusServiceUnavailable,
}

// wireNames has the API's name of each field that the domain calls otherwise.
var wireNames = map[string]string{
	"customer":      "customerId",
	"name":          "groupName",
	"subscriptions": "rentalIds",

	"type":       "customerType",
	"street":     "billingAddress.streetAddress",
	"postalCode": "billingAddress.postalCode",
	"city":       "billingAddress.city",
	"country":    "billingAddress.country",

	"subscription": "rentalId",
	"product":      "productName",
	"serial":       "assetSerialNumber",
	"start":        "startDate",
	"length":       "contractLength",
	"nextBilling":  "nextBillingDate",

	"paidOn": "paidAt",
	"method": "paymentMethod",
}

// wirePath puts a path of the domain into the API's words: subscriptions[2] is
// rentalIds[2].
func wirePath(path string) string {
	field, index, indexed := strings.Cut(path, "[")
	if name, differs := wireNames[field]; differs {
		field = name
	}
	if indexed {
		field += "[" + index
	}
	return field
}

// refuse makes a refusal that is about the call and not about a field.
func refuse(code billing.Code, format string, args ...any) error {
	return &billing.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// refusal answers what to tell the caller about an error. What is neither the
// caller's fault nor a full disk is INTERNAL: its text may hold anything, so none of
// it goes out.
func refusal(err error, requestID string) *billing.Error {
	if rule, ok := errors.AsType[*billing.Error](err); ok && statuses[rule.Code] != 0 {
		return rule
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &billing.Error{Code: codePayloadTooLarge, Message: fmt.Sprintf("Send a body of at most %d bytes.", maxBody)}
	}
	if errors.Is(err, db.ErrKeyReused) {
		return &billing.Error{Code: codeIdempotencyKeyReused, Message: "This Idempotency-Key was sent with another request in the last 24 hours. Use a new key for each request."}
	}
	if errors.Is(err, echo.ErrNotFound) {
		return &billing.Error{Code: billing.CodeNotFound, Message: "There is nothing at this path. See /v1/openapi.json for what there is."}
	}
	if errors.Is(err, echo.ErrMethodNotAllowed) {
		return &billing.Error{Code: codeMethodNotAllowed, Message: "This path has no such method. The header “Allow” names those it has."}
	}
	if errors.Is(err, db.ErrUnavailable) || errors.Is(err, db.ErrClosed) || errors.Is(err, context.DeadlineExceeded) {
		return &billing.Error{Code: codeUnavailable, Message: "Billfold can't store or read data at the moment. Nothing was changed; try again later."}
	}
	return &billing.Error{Code: codeInternal, Message: fmt.Sprintf("Something went wrong on the server. Tell its operator the request id %s.", requestID)}
}

// errorAnswer is the one envelope of all refusals.
type errorAnswer struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code    billing.Code `json:"code"`
	Message string       `json:"message"`
	Details []detail     `json:"details,omitempty"`
}

// detail is one problem, at the field it belongs to.
type detail struct {
	Path    string       `json:"path"`
	Message string       `json:"message"`
	Code    billing.Code `json:"code"`
}

// maxDetails bounds an answer: as many problems as a group can have members. A body
// of 1 MiB could hold half a million.
const maxDetails = billing.MaxGroupMembers

func newErrorAnswer(e *billing.Error) errorAnswer {
	body := errorBody{Code: e.Code, Message: e.Message}
	for _, p := range e.Problems[:min(len(e.Problems), maxDetails)] {
		body.Details = append(body.Details, detail{wirePath(p.Path), p.Message, p.Code})
	}
	return errorAnswer{body}
}
