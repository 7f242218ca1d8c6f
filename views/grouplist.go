package views

import "billfold/billing"

// GroupList is the page of all billing groups.
type GroupList struct {
	Listing
	Rows []GroupRow
	// MayCreate tells whether the user may make a group.
	MayCreate bool
	// NoCustomers tells that there is nobody yet to make one for.
	NoCustomers bool
}

// GroupRow is one billing group in the list.
type GroupRow struct {
	billing.Group
	Customer        billing.Customer
	Members, Active int
	Total           billing.Money
	// Next is the group's next invoice, or nil.
	Next *billing.Draft
}

func (r GroupRow) membersText() string {
	if r.Active == r.Members {
		return FormatNumber(r.Members)
	}
	return FormatNumber(r.Active) + " of " + FormatNumber(r.Members) + " active"
}
