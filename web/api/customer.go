package api

import (
	"cmp"
	"strings"

	"billfold/billing"
	"billfold/db"
)

// customer is a customer with its figures today.
type customer struct {
	CustomerID   string               `json:"customerId"`
	TenantID     string               `json:"tenantId"`
	CustomerType billing.CustomerType `json:"customerType"`
	Company      string               `json:"company,omitempty"`
	FirstName    string               `json:"firstName"`
	LastName     string               `json:"lastName"`
	Email        string               `json:"email"`
	Phone        string               `json:"phone,omitempty"`

	Status              billing.CustomerStatus `json:"status"`
	TotalOrders         int                    `json:"totalOrders"`
	TotalDevicesRented  int                    `json:"totalDevicesRented"`
	TotalMonthlyRevenue billing.Money          `json:"totalMonthlyRevenue"`
	// OrderIDs and RentalIDs are of all rentals, also the ended ones.
	OrderIDs  []string `json:"orderIds"`
	RentalIDs []string `json:"rentalIds"`

	LastBillingAddress *billingAddress `json:"lastBillingAddress,omitempty"`
	VATID              string          `json:"vatId,omitempty"`
	VATTreatment       string          `json:"vatTreatment"`
	PaymentTerms       *int            `json:"paymentTerms,omitempty"`

	CreatedBy string `json:"createdBy"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

type billingAddress struct {
	ContactName   string `json:"contactName"`
	Company       string `json:"company,omitempty"`
	StreetAddress string `json:"streetAddress"`
	PostalCode    string `json:"postalCode,omitempty"`
	City          string `json:"city"`
	Country       string `json:"country"`
}

type customersAnswer struct {
	Customers []customer `json:"customers"`
	// Count is the number of customers in this answer, not of all there are.
	Count      int     `json:"count"`
	Limit      int     `json:"limit"`
	HasMore    bool    `json:"hasMore"`
	NextCursor *string `json:"nextCursor"`
}

func newCustomer(t db.Tenant, row db.CustomerRow, ids db.CustomerSubscriptionIDs) customer {
	c := row.Customer
	wire := customer{
		CustomerID: c.ID, TenantID: t.ID, CustomerType: c.Type, Company: c.Company, FirstName: c.FirstName, LastName: c.LastName,
		Email: c.Email, Phone: c.Phone, Status: c.Status,
		TotalOrders: len(ids.Orders), TotalDevicesRented: row.Active, TotalMonthlyRevenue: row.Monthly,
		OrderIDs: append([]string{}, ids.Orders...), RentalIDs: append([]string{}, ids.Subscriptions...),
		VATID: c.VATID, VATTreatment: wireTreatment(c.VATTreatment), PaymentTerms: c.PaymentTerms,
		CreatedBy: c.CreatedBy, CreatedAt: timestamp(c.CreatedAt), UpdatedAt: timestamp(c.UpdatedAt),
	}
	if c.Address != (billing.Address{}) {
		person := strings.TrimSpace(c.FirstName + " " + c.LastName)
		wire.LastBillingAddress = &billingAddress{
			ContactName: cmp.Or(person, c.Name()), Company: c.Company,
			StreetAddress: c.Address.Street, PostalCode: c.Address.PostalCode, City: c.Address.City, Country: c.Address.Country,
		}
	}
	return wire
}

// wireTreatment writes a VAT treatment as the API's values are written: without spaces.
func wireTreatment(v billing.VATTreatment) string { return strings.ReplaceAll(string(v), " ", "_") }

// customerChange reads what a body says about a customer. What is left out stays; null
// is no value, which clears what a customer can do without.
func (f *fields) customerChange() billing.CustomerChange {
	// A customer that was read can be sent back as it is: there the address has the
	// market's name.
	if read, named := f.values["lastBillingAddress"]; named {
		if _, both := f.values["billingAddress"]; !both {
			f.values["billingAddress"] = read
		}
	}
	address := f.object("billingAddress")
	in := billing.CustomerChange{
		Company:    f.textChange("company"),
		FirstName:  f.textChange("firstName"),
		LastName:   f.textChange("lastName"),
		Email:      f.textChange("email"),
		Phone:      f.textChange("phone"),
		Street:     address.textChange("streetAddress"),
		PostalCode: address.textChange("postalCode"),
		City:       address.textChange("city"),
		Country:    address.textChange("country"),
		VATID:      f.textChange("vatId"),
		Type:       (*billing.CustomerType)(f.textChange("customerType")),
		Status:     (*billing.CustomerStatus)(f.textChange("status")),
	}
	if treatment := f.textChange("vatTreatment"); treatment != nil {
		in.VATTreatment = f.treatment(*treatment)
	}
	if _, named := f.values["paymentTerms"]; named {
		days := f.wholeChange("paymentTerms")
		in.PaymentTerms = &days
	}
	f.problems = append(f.problems, address.problems...)
	return in
}

func (f *fields) treatment(told string) *billing.VATTreatment {
	for _, v := range billing.VATTreatments {
		if wireTreatment(v) == told {
			return &v
		}
	}
	if !f.refused("vatTreatment") {
		f.refuse("vatTreatment", "Send vatTreatment as standard, reverse_charge or exempt.")
	}
	return nil
}
