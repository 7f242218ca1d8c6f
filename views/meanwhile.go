package views

import (
	"slices"

	"billfold/billing"
)

// WasName names the hidden field that tells what a field of a form was when the form
// was made.
func WasName(field string) string { return "was." + field }

// Meanwhile is what the fields hold by now that both the user of an overtaken form and
// somebody else have changed, by name. It is nil where the form does not say what it
// was made from.
type Meanwhile map[string]string

// beside adds to the problems what is said beside such fields. word puts a value into
// the words that the form has for it.
func (m Meanwhile) beside(problems Problems, word func(field, value string) string) Problems {
	for field, now := range m {
		message := "Meanwhile changed to “" + word(field, now) + "”."
		if now == "" {
			message = "Meanwhile emptied."
		}
		problems = append(slices.Clip(problems), billing.Problem{Path: field, Message: message})
	}
	return problems
}
