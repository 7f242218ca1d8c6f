package api

import (
	"encoding/json"

	"billfold/billing"
	"billfold/db"
)

// The types of payment.
const (
	individual   = "individual"
	consolidated = "consolidated"
)

// payment is what planned and issued invoices have in common: a planned one has no id,
// number, status and time stamps yet. The group of a preview has no id either, so its
// consolidated payments are without the two fields that would name it.
type payment struct {
	TenantID       string           `json:"tenantId"`
	CustomerID     string           `json:"customerId"`
	Subtotal       billing.Money    `json:"subtotal"`
	TaxAmount      billing.Money    `json:"taxAmount"`
	TaxRate        json.Number      `json:"taxRate"` // percent
	Total          billing.Money    `json:"total"`
	Amount         billing.Money    `json:"amount"` // the total once more
	Currency       billing.Currency `json:"currency"`
	PaymentType    string           `json:"paymentType"`
	RentalID       string           `json:"rentalId,omitempty"`
	BillingGroupID string           `json:"billingGroupId,omitempty"`
	BillingPeriod  string           `json:"billingPeriod"`
	IdempotencyKey string           `json:"idempotencyKey,omitempty"`
	IssueDate      billing.Date     `json:"issueDate"`
	DueDate        billing.Date     `json:"dueDate"`
	LineItems      []lineItem       `json:"lineItems"`
}

type lineItem struct {
	RentalID    string        `json:"rentalId"`
	Description string        `json:"description"`
	Amount      billing.Money `json:"amount"`
	TaxAmount   billing.Money `json:"taxAmount"`
	ServiceFrom billing.Date  `json:"serviceFrom"`
	// ServiceTo is the last day served.
	ServiceTo billing.Date `json:"serviceTo"`
}

// newInvoices writes planned invoices of one group, whose id is "" while it has none,
// and of rentals that are billed alone.
func newInvoices(t db.Tenant, drafts []billing.Draft, groupID string) []payment {
	list := make([]payment, len(drafts))
	for i, d := range drafts {
		list[i] = newPayment(t, d, groupID)
	}
	return list
}

func newPayment(t db.Tenant, d billing.Draft, groupID string) payment {
	p := payment{
		TenantID: t.ID, CustomerID: d.CustomerID, Currency: d.Currency,
		Subtotal: d.Money(d.Subtotal), TaxAmount: d.Money(d.Tax), TaxRate: json.Number(d.VAT.Percent()),
		Total: d.Money(d.Total), Amount: d.Money(d.Total),
		PaymentType: consolidated, BillingPeriod: d.Period.String(), IssueDate: d.Date, DueDate: d.Due,
		LineItems: make([]lineItem, len(d.Lines)),
	}
	for i, line := range d.Lines {
		p.LineItems[i] = lineItem{
			RentalID:    line.Subscription.ID,
			Description: description(line.Subscription.Product, line.Subscription.Serial),
			Amount:      line.Subscription.MonthlyAmount,
			TaxAmount:   d.Money(d.LineTaxes[i]),
			ServiceFrom: line.Instalment.From,
			ServiceTo:   line.Instalment.To.AddDays(-1),
		}
	}
	switch {
	case d.Alone != "":
		p.PaymentType, p.RentalID = individual, d.Lines[0].Subscription.ID
		p.IdempotencyKey = p.BillingPeriod + ":" + p.RentalID
	case groupID != "":
		p.BillingGroupID, p.IdempotencyKey = groupID, p.BillingPeriod+":"+groupID
	}
	return p
}

// description words a line: the product, and the serial number that tells one
// device from another.
func description(product, serial string) string {
	if serial == "" {
		return product
	}
	return product + " (" + serial + ")"
}
