package billing

import "testing"

func TestCustomerName(t *testing.T) {
	for _, test := range []struct {
		customer Customer
		want     string
	}{
		{Customer{ID: "c1", Company: "Acme GmbH", FirstName: "Jörg", LastName: "Öz", Email: "a@example.com"}, "Acme GmbH"},
		{Customer{ID: "c1", FirstName: "Jörg", LastName: "Öz", Email: "a@example.com"}, "Jörg Öz"},
		{Customer{ID: "c1", FirstName: "Jörg", Email: "a@example.com"}, "Jörg"},
		{Customer{ID: "c1", LastName: "Öz", Email: "a@example.com"}, "Öz"},
		{Customer{ID: "c1", Email: "a@example.com"}, "a@example.com"},
		{Customer{ID: "c1"}, "c1"},
	} {
		if got := test.customer.Name(); got != test.want {
			t.Errorf("%+v is called %q, want %q", test.customer, got, test.want)
		}
	}
}

func TestCustomerTerms(t *testing.T) {
	tenant := Tenant{PaymentTerms: 14}
	days := func(n int) *int { return &n }
	for _, test := range []struct {
		name     string
		customer Customer
		want     int
	}{
		{"a business has the tenant's", Customer{Type: Business}, 14},
		{"a business has its own", Customer{Type: Business, PaymentTerms: days(45)}, 45},
		{"a business is due at once by its own", Customer{Type: Business, PaymentTerms: days(0)}, 0},
		{"a person is due at once", Customer{Type: Individual}, 0},
		{"a person has their own", Customer{Type: Individual, PaymentTerms: days(7)}, 7},
	} {
		if got := test.customer.Terms(tenant); got != test.want {
			t.Errorf("%s: %d days, want %d", test.name, got, test.want)
		}
	}
}
