package api

import (
	"billfold/billing"
	"billfold/db"
)

// rental is a subscription as it is today.
type rental struct {
	RentalID          string `json:"rentalId"`
	TenantID          string `json:"tenantId"`
	CustomerID        string `json:"customerId"`
	CustomerName      string `json:"customerName"`
	CustomerEmail     string `json:"customerEmail"`
	OrderID           string `json:"orderId"`
	ProductName       string `json:"productName"`
	SKU               string `json:"sku"`
	AssetSerialNumber string `json:"assetSerialNumber"`

	MonthlyAmount          billing.Money    `json:"monthlyAmount"`
	Currency               billing.Currency `json:"currency"`
	StartDate              billing.Date     `json:"startDate"`
	OriginalContractLength int              `json:"originalContractLength"`
	ContractLength         int              `json:"contractLength"`
	// EndDate is the day it ended, or the last day its contract serves.
	EndDate billing.Date               `json:"endDate"`
	Status  billing.SubscriptionStatus `json:"status"`
	// EndedOn is told of what was ended, and not of what has run its course.
	EndedOn string `json:"endedOn,omitempty"`
	// NextBillingDate is the planned one; nothing is owed any more where it is missing.
	NextBillingDate string `json:"nextBillingDate,omitempty"`
	BillingGroupID  string `json:"billingGroupId,omitempty"`

	CreatedBy string `json:"createdBy"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

type rentalsAnswer struct {
	Rentals []rental `json:"rentals"`
	// Count is the number of rentals in this answer, not of all there are.
	Count      int     `json:"count"`
	Limit      int     `json:"limit"`
	HasMore    bool    `json:"hasMore"`
	NextCursor *string `json:"nextCursor"`
}

// rental writes a subscription that is billed next on a day, zero where it is not.
func (s *server) rental(t db.Tenant, row db.SubscriptionRow, next billing.Date) rental {
	return rental{
		RentalID: row.ID, TenantID: t.ID, CustomerID: row.CustomerID, CustomerName: row.Customer.Name(), CustomerEmail: row.Customer.Email,
		OrderID: row.OrderID, ProductName: row.Product, SKU: row.SKU, AssetSerialNumber: row.Serial,
		MonthlyAmount: row.MonthlyAmount, Currency: t.Currency, StartDate: row.Start,
		OriginalContractLength: row.OriginalLength, ContractLength: row.Length, EndDate: row.EndDate(),
		Status: row.StatusOn(s.store.Today(t)), EndedOn: row.EndedOn.String(),
		NextBillingDate: next.String(), BillingGroupID: row.GroupID,
		CreatedBy: row.CreatedBy, CreatedAt: timestamp(row.CreatedAt), UpdatedAt: timestamp(row.UpdatedAt),
	}
}

// subscriptionChange reads what a body says about a subscription in a currency. What is
// left out stays; null is no value, which clears what a subscription can do without.
func (f *fields) subscriptionChange(currency billing.Currency) billing.SubscriptionChange {
	in := billing.SubscriptionChange{
		CustomerID:    f.neededChange("customerId"),
		OrderID:       f.textChange("orderId"),
		Product:       f.textChange("productName"),
		SKU:           f.textChange("sku"),
		Serial:        f.textChange("assetSerialNumber"),
		MonthlyAmount: f.amountChange("monthlyAmount", currency),
		Start:         f.dateChange("startDate"),
		Status:        (*billing.SubscriptionStatus)(f.textChange("status")),
		EndedOn:       f.dateChange("endedOn"),
	}
	if _, named := f.values["contractLength"]; named {
		if in.Length = f.wholeChange("contractLength"); in.Length == nil {
			in.Length = new(int) // which is no length
		}
	}
	if next := f.dateChange("nextBillingDate"); next != nil {
		in.NextBilling = *next
	}
	if told := f.textChange("currency"); told != nil && *told != string(currency) && !f.refused("currency") {
		f.refuse("currency", "The business unit bills in "+string(currency)+". Send that as currency, or leave it out.")
	}
	return in
}

// neededChange reads a text that may be left out, but not cleared.
func (f *fields) neededChange(name string) *string {
	text := f.textChange(name)
	if text != nil && *text == "" && !f.refused(name) {
		f.refuse(name, "Give "+name+" a value, or leave it out.")
	}
	return text
}
