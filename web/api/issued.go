package api

import (
	"encoding/json"
	"strconv"

	"billfold/billing"
	"billfold/db"
)

// issuedPayment is an invoice that was issued.
type issuedPayment struct {
	PaymentID     string `json:"paymentId"`
	InvoiceNumber string `json:"invoiceNumber"`
	payment
	Status billing.InvoiceStatus `json:"status"`
	// PaidAt is a day, and null while it is not paid.
	PaidAt *billing.Date `json:"paidAt"`
	// ManuallyMarked tells that somebody marked it paid, who is MarkedBy by name.
	ManuallyMarked   bool   `json:"manuallyMarked"`
	MarkedBy         string `json:"markedBy,omitempty"`
	PaymentMethod    string `json:"paymentMethod,omitempty"`
	PaymentReference string `json:"paymentReference,omitempty"`
	Notes            string `json:"notes,omitempty"`

	CreditedAmount billing.Money `json:"creditedAmount"`
	// Credits are the credit notes, the oldest first.
	Credits   []creditNote `json:"credits"`
	CreatedAt string       `json:"createdAt"`
	UpdatedAt string       `json:"updatedAt"`
}

type creditNote struct {
	CreditNumber string        `json:"creditNumber"`
	IssueDate    billing.Date  `json:"issueDate"`
	RentalIDs    []string      `json:"rentalIds"`
	Amount       billing.Money `json:"amount"` // with tax
	Reason       string        `json:"reason"`
	BillAgain    bool          `json:"billAgain"`
}

type paymentAnswer struct {
	Success bool          `json:"success"`
	Payment issuedPayment `json:"payment"`
}

type paymentSaved struct {
	Success bool          `json:"success"`
	Message string        `json:"message"`
	Payment issuedPayment `json:"payment"`
}

type paymentsAnswer struct {
	Success  bool            `json:"success"`
	Payments []issuedPayment `json:"payments"`
	// Count is the number of payments in this answer, not of all there are.
	Count      int     `json:"count"`
	HasMore    bool    `json:"hasMore"`
	NextCursor *string `json:"nextCursor"`
}

func newPaymentsAnswer(t db.Tenant, invoices []billing.Invoice, next string) paymentsAnswer {
	a := paymentsAnswer{Success: true, Payments: make([]issuedPayment, len(invoices)), Count: len(invoices)}
	for i, invoice := range invoices {
		a.Payments[i] = newIssuedPayment(t, invoice)
	}
	if next != "" {
		a.HasMore, a.NextCursor = true, &next
	}
	return a
}

func newIssuedPayment(t db.Tenant, i billing.Invoice) issuedPayment {
	p := issuedPayment{
		PaymentID: i.ID, InvoiceNumber: i.Number, payment: issuedFields(t, i), Status: i.Status,
		ManuallyMarked: i.Payment.ByHand, MarkedBy: i.Payment.MarkedBy, PaymentMethod: i.Payment.Method,
		PaymentReference: i.Payment.Reference, Notes: i.Payment.Notes,
		CreditedAmount: i.Money(i.Credited), Credits: make([]creditNote, len(i.Credits)),
		CreatedAt: timestamp(i.CreatedAt), UpdatedAt: timestamp(i.UpdatedAt),
	}
	if i.Status == billing.InvoicePaid {
		p.PaidAt = &i.Payment.On
	}
	for n, note := range i.Credits {
		ids := make([]string, len(note.Lines))
		for k, line := range note.Lines {
			ids[k] = line.SubscriptionID
		}
		p.Credits[n] = creditNote{
			CreditNumber: note.Number, IssueDate: note.Issued, RentalIDs: ids, Amount: i.Money(note.Total),
			Reason: note.Reason, BillAgain: note.Kind == billing.CreditAgain,
		}
	}
	return p
}

// issuedFields are the fields that a planned payment has too.
func issuedFields(t db.Tenant, i billing.Invoice) payment {
	p := payment{
		TenantID: t.ID, CustomerID: i.CustomerID, Currency: i.Currency,
		Subtotal: i.Money(i.Subtotal), TaxAmount: i.Money(i.Tax), TaxRate: json.Number(i.VAT.Percent()),
		Total: i.Money(i.Total), Amount: i.Money(i.Total),
		PaymentType: individual, RentalID: i.SubscriptionID, BillingPeriod: i.Period.String(), IssueDate: i.Issued, DueDate: i.Due,
		IdempotencyKey: i.Period.String() + ":" + i.SubscriptionID, LineItems: make([]lineItem, len(i.Lines)),
	}
	if i.Consolidated() {
		p.PaymentType, p.BillingGroupID, p.IdempotencyKey = consolidated, i.GroupID, p.BillingPeriod+":"+i.GroupID
	}
	if i.Turn > 1 {
		p.IdempotencyKey += ":" + strconv.Itoa(i.Turn)
	}
	for n, line := range i.Lines {
		p.LineItems[n] = lineItem{
			RentalID: line.SubscriptionID, Description: description(line.Product, line.Serial),
			Amount: i.Money(line.Amount), TaxAmount: i.Money(line.Tax), ServiceFrom: line.From, ServiceTo: line.To.AddDays(-1),
		}
	}
	return p
}
