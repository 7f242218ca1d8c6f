package billing

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNewCustomer(t *testing.T) {
	for name, test := range map[string]struct {
		in   CustomerChange
		want Customer
	}{
		"nothing told":        {CustomerChange{}, Customer{Type: Individual}},
		"a company":           {CustomerChange{Company: ptr(" Acme GmbH ")}, Customer{Type: Business, Company: "Acme GmbH"}},
		"a person":            {CustomerChange{FirstName: ptr("Ada"), LastName: ptr("Lovelace"), Email: ptr(" Ada@Example.com")}, Customer{Type: Individual, FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"}},
		"a business by name":  {CustomerChange{Type: ptr(Business), LastName: ptr("Lovelace")}, Customer{Type: Business, LastName: "Lovelace"}},
		"a person and a firm": {CustomerChange{Type: ptr(Individual), Company: ptr("Ada's")}, Customer{Type: Individual, Company: "Ada's"}},
		"everything else": {CustomerChange{Status: ptr(CustomerInactive), Phone: ptr("+49 30 1"), Street: ptr("Weg 1"), PostalCode: ptr("1"), City: ptr("Ulm"), Country: ptr("DE"),
			VATID: ptr("DE1"), VATTreatment: ptr(VATReverseCharge), PaymentTerms: ptr(ptr(365))},
			Customer{Type: Individual, Status: CustomerInactive, Phone: "+49 30 1", Address: Address{"Weg 1", "1", "Ulm", "DE"}, VATID: "DE1",
				VATTreatment: VATReverseCharge, PaymentTerms: ptr(365)}},
	} {
		want := test.want
		want.ID = "C-1"
		if want.Status == "" {
			want.Status, want.VATTreatment = CustomerActive, VATStandard
		}
		got, err := NewCustomer("C-1", test.in)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, customer (-want +got):\n%s", name, err, diff)
		}
	}
	for _, id := range []string{"", "  ", "a\nb", " a", "a ", strings.Repeat("x", 101), "\xff"} {
		_, err := NewCustomer(id, CustomerChange{Status: ptr(CustomerStatus("gone"))})
		if got, want := refusals(t, err), []string{"customer VALIDATION_ERROR", "status VALIDATION_ERROR"}; !slices.Equal(got, want) {
			t.Errorf("id %q is refused for %q, want %q", id, got, want)
		}
	}
}

func TestCustomerChange(t *testing.T) {
	person := Customer{ID: "C-1", Type: Individual, Status: CustomerActive, FirstName: "Ada", Email: "ada@example.com", VATTreatment: VATStandard, PaymentTerms: ptr(14)}
	firm := person
	firm.Type, firm.Company = Business, "Acme"
	for _, test := range []struct {
		name   string
		known  Customer
		in     CustomerChange
		groups bool
		want   func(*Customer)
	}{
		{"nothing", person, CustomerChange{}, false, nil},
		{"the same", person, CustomerChange{Type: ptr(Individual), FirstName: ptr(" Ada"), Email: ptr("ADA@example.com "), PaymentTerms: ptr(ptr(14))}, false, nil},
		{"texts cleared", firm, CustomerChange{FirstName: ptr(""), Email: ptr(" "), Company: ptr("")}, true, func(c *Customer) { c.FirstName, c.Email, c.Company = "", "", "" }},
		{"terms cleared", person, CustomerChange{PaymentTerms: ptr((*int)(nil))}, false, func(c *Customer) { c.PaymentTerms = nil }},
		{"other terms", person, CustomerChange{PaymentTerms: ptr(ptr(0))}, false, func(c *Customer) { c.PaymentTerms = ptr(0) }},
		{"a company makes a business", person, CustomerChange{Company: ptr("Acme")}, false, func(c *Customer) { c.Type, c.Company = Business, "Acme" }},
		{"another company stays one", firm, CustomerChange{Company: ptr("Bcme")}, true, func(c *Customer) { c.Company = "Bcme" }},
		{"a person in spite of a company", firm, CustomerChange{Type: ptr(Individual)}, false, func(c *Customer) { c.Type = Individual }},
		{"a business with groups changes otherwise", firm, CustomerChange{Type: ptr(Business), Status: ptr(CustomerInactive)}, true, func(c *Customer) { c.Status = CustomerInactive }},
	} {
		t.Run(test.name, func(t *testing.T) {
			want := test.known
			apply(test.want, &want)
			got, err := test.known.Change(test.in, test.groups)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v, customer (-want +got):\n%s", err, diff)
			}
			if changed := test.want != nil; (got != test.known) != changed {
				t.Errorf("compares as changed: %v, want %v", !changed, changed)
			}
		})
	}
	// A person with a company that stays told is no business for it.
	both := firm
	both.Type = Individual
	if got, err := both.Change(CustomerChange{Company: ptr("Acme")}, false); err != nil || got != both {
		t.Errorf("the same company told again: %+v, %v", got, err)
	}
}

func TestCustomerChangeRefuses(t *testing.T) {
	known := Customer{ID: "C-1", Type: Business, Status: CustomerActive, Company: "Acme"}
	long := strings.Repeat("ä", 201)
	got, err := known.Change(CustomerChange{
		Type: ptr(Individual), Status: ptr(CustomerStatus("")), Company: &long, FirstName: ptr("a\nb"), LastName: ptr("\x00"), Email: ptr("nobody"), Phone: ptr("\xff"),
		Street: &long, PostalCode: &long, City: &long, Country: ptr("D\u202eE"), VATID: &long, VATTreatment: ptr(VATTreatment("free")), PaymentTerms: ptr(ptr(366)),
	}, true)
	want := []string{"company", "firstName", "lastName", "phone", "street", "postalCode", "city", "country", "vatId", "email", "status", "vatTreatment", "paymentTerms"}
	for i := range want {
		want[i] += " VALIDATION_ERROR"
	}
	want = append(want, "type CUSTOMER_HAS_GROUPS")
	if refused := refusals(t, err); !slices.Equal(refused, want) {
		t.Errorf("refused for %q, want %q", refused, want)
	}
	if got != known {
		t.Errorf("a refused change changed the customer: %+v", got)
	}
	for _, in := range []CustomerChange{{Type: ptr(CustomerType("firm"))}, {Email: ptr(strings.Repeat("x", 250) + "@example.com")}, {PaymentTerms: ptr(ptr(-1))}} {
		if _, err := known.Change(in, false); CodeOf(err) != CodeValidation {
			t.Errorf("%+v: %v", in, err)
		}
	}
	_, err = known.Change(CustomerChange{Status: ptr(CustomerStatus("gone")), VATTreatment: ptr(VATTreatment("free"))}, false)
	if e := err.(*Error); e.Problems[0].Message != "Choose active or inactive as the status." || e.Problems[1].Message != "Choose standard, reverse charge or exempt as the VAT treatment." {
		t.Errorf("worded %q", e.Problems)
	}
}
