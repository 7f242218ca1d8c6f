package web

import (
	"strings"

	"billfold/billing"
	"billfold/views"
)

// paidText tells who saw the money of an invoice come in, and how.
func paidText(w *entryWords, _, after state) string {
	text := "marked the invoice as paid"
	if on := date(w, after["paidOn"]); on != "" {
		text += " on " + on
	}
	if method := after.text("method"); method != "" {
		text += ", " + method
	}
	if reference := quoted(w, after["reference"]); reference != "" {
		text += ", reference " + reference
	}
	return text
}

func reopenedText(w *entryWords, _, after state) string {
	text := "reopened the invoice"
	if after.text("status") == string(billing.InvoiceCancelled) {
		text += ", which is cancelled, as all of it was credited"
	}
	return text + because(w, after)
}

// invoiceStatusText tells what a payment provider has said.
func invoiceStatusText(w *entryWords, _, after state) string {
	text := map[billing.InvoiceStatus]string{
		billing.InvoiceProcessing: "began to collect the invoice",
		billing.InvoiceFailed:     "could not collect the invoice",
		billing.InvoicePaid:       "collected the invoice",
		billing.InvoiceCancelled:  "could not collect the invoice, which is cancelled, as all of it was credited",
	}[billing.InvoiceStatus(after.text("status"))]
	if text == "" {
		text = "set the status of the invoice"
	}
	return text + because(w, after)
}

// creditedText tells what was credited of an invoice, by which note and why.
func creditedText(w *entryWords, before, after state) string {
	lines, _ := after["subscriptions"].([]any)
	text := "credited " + views.Plural(len(lines), "line", "lines")
	if total := amount(w, after["total"]); total != "" {
		text += ", " + total
	}
	switch billing.CreditKind(after.text("kind")) {
	case billing.CreditWaived:
		text += ", waived"
	case billing.CreditAgain:
		text += ", to be billed again"
	}
	text += ", by " + after.text("number")
	if is := after.text("status"); is == string(billing.InvoiceCancelled) && is != before.text("status") {
		text = "cancelled the invoice: " + text
	}
	return text + because(w, after)
}

// because ends a sentence with the reason that was given.
func because(w *entryWords, after state) string {
	if reason := quoted(w, after["reason"]); reason != "" {
		return ": " + strings.TrimSuffix(reason, ".")
	}
	return ""
}
