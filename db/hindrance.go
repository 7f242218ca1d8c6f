package db

import (
	"strings"

	"billfold/billing"
)

// hindrance is what keeps an invoice from being issued, in a byte: there can be a million
// invoices due.
type hindrance byte

const (
	unhindered hindrance = iota
	tooMuch
	addressMissing
	// refusedBefore tells that the database refused it at the last try.
	refusedBefore
)

// hindranceOf answers by the rules what keeps an invoice from being issued to a customer.
func hindranceOf(t billing.Tenant, c billing.Customer, total int64) hindrance {
	switch {
	case total > billing.MaxInvoice:
		return tooMuch
	case t.AddressRequired && !c.Address.Complete():
		return addressMissing
	}
	return unhindered
}

// cause says it in a few words; "" where there is nothing.
func (h hindrance) cause() string {
	return [...]string{tooMuch: "total too large", addressMissing: "address missing", refusedBefore: "refused by the database"}[h]
}

// reason says why the rules don't let an invoice be issued, and what to do; "" where they
// do.
func (h hindrance) reason(total billing.Money) string {
	switch h {
	case tooMuch:
		return "It would come to " + total.String() + ", and an invoice can come to " + billing.Money{Minor: billing.MaxInvoice, Currency: total.Currency}.String() +
			" at most. Divide the group into several."
	case addressMissing:
		return "The customer's address is not complete, and the settings require one. Enter street, city and country on the customer's page."
	}
	return ""
}

// refusal begins the reason of what the database has refused.
const refusal = "The database refused it: "

// refusedReason says what to do about what the database has refused.
func refusedReason(err error) string {
	return refusal + err.Error() + ". This should not happen; run billfold verify."
}

func isRefusal(reason string) bool { return strings.HasPrefix(reason, refusal) }
