package api

import (
	"errors"
	"slices"

	"billfold/billing"
)

// The months that a preview looks ahead.
const (
	defaultMonths = 3
	maxMonths     = 24
)

// groupInput reads what a body says about a new group. A billing day that is no
// whole number becomes 0, which the domain refuses together with all else.
func (f *fields) groupInput() billing.GroupInput {
	in := billing.GroupInput{
		CustomerID:      f.text("customerId"),
		Name:            f.text("groupName"),
		SubscriptionIDs: f.texts("rentalIds"),
		Reference:       f.text("reference"),
		Notes:           f.text("notes"),
	}
	if in.CustomerID == "" && !f.refused("customerId") {
		f.refuse("customerId", "Send the id of the customer.")
	}
	in.BillingDay, _ = f.whole("billingDay")
	return in
}

// months reads how far a preview looks ahead.
func (f *fields) months() int {
	if _, sent := f.value("months"); !sent {
		return defaultMonths
	}
	n, ok := f.whole("months")
	if !ok || n < 1 || n > maxMonths {
		f.refuse("months", "Send months as a whole number from 1 to 24.")
	}
	return n
}

func (f *fields) refused(path string) bool {
	return slices.ContainsFunc(f.problems, func(p billing.Problem) bool { return p.Path == path })
}

// join puts the domain's problems with an input to those of reading it, in the
// order of the API's fields. What could not be read is not judged.
func (f *fields) join(judged error) error {
	rules, ok := errors.AsType[*billing.Error](judged)
	if judged != nil && !ok {
		return judged
	}
	unreadable := make(map[string]bool, len(f.problems))
	for _, p := range f.problems {
		unreadable[p.Path] = true
	}
	problems := f.problems
	if rules != nil {
		for _, p := range rules.Problems {
			if !unreadable[wirePath(p.Path)] {
				problems = append(problems, p)
			}
		}
	}
	return billing.Refuse(problems)
}
