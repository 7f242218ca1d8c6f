package views

import "billfold/billing"

// CustomerList is the page of all customers.
type CustomerList struct {
	Listing
	Rows []CustomerListRow
	// MayImport tells whether the user may take customers in.
	MayImport bool
}

// CustomerListRow is one customer in the list.
type CustomerListRow struct {
	billing.Customer
	// Active counts the active subscriptions, Alone those of them that are in no group.
	Active, Alone, Groups int
	// Monthly is what the active ones cost a month.
	Monthly billing.Money
}

// identity tells a customer from its namesakes.
func (r CustomerListRow) identity() string {
	if r.Email == "" || r.Email == r.Name() {
		return r.ID
	}
	return r.ID + " · " + r.Email
}

func customerType(t billing.CustomerType) string {
	if t == billing.Individual {
		return "Private person"
	}
	return "Business"
}
