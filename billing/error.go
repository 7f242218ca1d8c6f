package billing

import (
	"errors"
	"fmt"
)

// Code names a kind of refusal. The codes are part of the API and never change.
type Code string

// The codes a rule can refuse with.
const (
	CodeValidation                    Code = "VALIDATION_ERROR"
	CodeCustomerNotFound              Code = "CUSTOMER_NOT_FOUND"
	CodeCustomerNotBusiness           Code = "CUSTOMER_NOT_BUSINESS"
	CodeCustomerInactive              Code = "CUSTOMER_INACTIVE"
	CodeSubscriptionNotFound          Code = "SUBSCRIPTION_NOT_FOUND"
	CodeSubscriptionDifferentCustomer Code = "SUBSCRIPTION_DIFFERENT_CUSTOMER"
	CodeSubscriptionNotActive         Code = "SUBSCRIPTION_NOT_ACTIVE"
	CodeSubscriptionAlreadyGrouped    Code = "SUBSCRIPTION_ALREADY_GROUPED"
	CodeInvalidBillingDay             Code = "INVALID_BILLING_DAY"
	CodeHasInvoices                   Code = "HAS_INVOICES"        // what has been billed stands
	CodeCustomerHasGroups             Code = "CUSTOMER_HAS_GROUPS" // so it stays a business
	CodeAlreadyEnded                  Code = "ALREADY_ENDED"       // an end is not undone
	CodeAlreadyPaid                   Code = "ALREADY_PAID"
	CodeAlreadyCancelled              Code = "ALREADY_CANCELLED"  // wholly credited before
	CodePaymentCancelled              Code = "PAYMENT_CANCELLED"  // nothing is to be paid any more
	CodePaymentProcessing             Code = "PAYMENT_PROCESSING" // a provider collects it
	CodeNotPaidByHand                 Code = "NOT_PAID_BY_HAND"   // only what a person marked is reopened
	CodeStaleGroup                    Code = "STALE_GROUP"        // it was changed since it was read
	CodeStaleCustomer                 Code = "STALE_CUSTOMER"     // likewise
	CodeStaleTenant                   Code = "STALE_TENANT"       // likewise
	CodeLastOwner                     Code = "LAST_OWNER"         // somebody must be able to manage people
	CodeHasAccount                    Code = "HAS_ACCOUNT"        // so nobody makes one for the address
	CodeNotFound                      Code = "NOT_FOUND"
)

// Problem is one thing that is wrong with an input.
type Problem struct {
	// Path is the input field it belongs to: "billingDay", "subscriptions[2]".
	Path string
	// Code says which rule was broken.
	Code Code
	// Message is a sentence that tells a person what to do.
	Message string
	// Subject is the id of the subscription at fault, or "".
	Subject string
}

// Error is the one error type of the domain: a refusal, with every problem found.
type Error struct {
	// Code is the problems' common code, or VALIDATION_ERROR where they differ.
	Code     Code
	Message  string
	Problems []Problem
}

// Error answers the sentence for a person.
func (e *Error) Error() string { return e.Message }

// Refuse makes one error of all problems found, and nil of none. A lone problem
// lends the error its sentence; several are counted.
func Refuse(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	e := &Error{Code: problems[0].Code, Message: problems[0].Message, Problems: problems}
	for _, p := range problems[1:] {
		if p.Code != e.Code {
			e.Code = CodeValidation
		}
	}
	if n := len(problems); n > 1 {
		e.Message = fmt.Sprintf("There are %d problems. Correct each of them and try again.", n)
	}
	return e
}

// NotFound is the refusal for a thing that this tenant does not have.
// Another tenant's thing gets the same answer.
func NotFound(what string) error {
	return &Error{Code: CodeNotFound, Message: fmt.Sprintf("There is no such %s.", what)}
}

// CodeOf answers the code of a refusal, or "" where err is not one.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
