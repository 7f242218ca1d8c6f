package views

import (
	"net/url"
	"strings"

	"billfold/billing"
)

// Problems are what is wrong with a form, as the domain has told it.
type Problems []billing.Problem

// On answers what is wrong with a field, by its path, in one text; "" where nothing
// is. A problem of one entry ("subscriptions[2]") counts for the whole field.
func (problems Problems) On(path string) string {
	var messages []string
	for _, p := range problems {
		if field, _, _ := strings.Cut(p.Path, "["); field == path {
			messages = append(messages, p.Message)
		}
	}
	return strings.Join(messages, " ")
}

// About answers what is wrong with one subscription of a form, by its id, or "".
func (problems Problems) About(subject string) string {
	var messages []string
	for _, p := range problems {
		if p.Subject != "" && p.Subject == subject {
			messages = append(messages, p.Message)
		}
	}
	return strings.Join(messages, " ")
}

// RowID is the id of the checkbox of a subscription's row, where the summary of
// problems leads.
func RowID(subject string) string { return "row-" + url.PathEscape(subject) }

// anchor answers where a problem is mended: the fragment of the field or row it belongs to,
// or another page.
func anchor(p billing.Problem) string {
	switch {
	case p.Subject != "":
		return "#" + RowID(p.Subject)
	case p.Path == "twoFactorRequired": // refused only to who has none, and mended there
		return AccountURL() + "#two-factor"
	}
	field, _, _ := strings.Cut(p.Path, "[")
	return "#" + field
}
