package billing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const customerHeader = exportHeader + ",street,paymentTerms"

// Rows of one customer that differ: the latest start counts, cell by cell.
func TestExportCustomerFromSeveralRows(t *testing.T) {
	for _, test := range []struct {
		name string
		rows []string
		want Customer
	}{
		{"latest start, wherever it stands", []string{
			exportRow("S-1", "startDate", "2026-03-03", "customerName", "New Name", "company", "New GmbH") + ",New Street 1,30",
			exportRow("S-2", "startDate", "2024-03-03", "customerName", "Old Name", "company", "Old GmbH") + ",Old Street 1,14",
		}, Customer{Type: Business, FirstName: "New", LastName: "Name", Company: "New GmbH", Address: Address{Street: "New Street 1"}, PaymentTerms: days(30)}},
		{"an empty cell tells nothing", []string{
			exportRow("S-1", "startDate", "2024-03-03", "customerName", "Old Name", "company", "Old GmbH") + ",Old Street 1,14",
			exportRow("S-2", "startDate", "2026-03-03", "customerName", "New Name", "company", "", "customerEmail", "") + ",,",
		}, Customer{Type: Business, FirstName: "New", LastName: "Name", Company: "Old GmbH", Address: Address{Street: "Old Street 1"}, PaymentTerms: days(14)}},
		{"the same start: the later row", []string{
			exportRow("S-1", "company", "First GmbH") + ",,", exportRow("S-2", "company", "Second GmbH") + ",,",
		}, Customer{Type: Business, FirstName: "Ada", LastName: "Lovelace", Company: "Second GmbH"}},
		{"no company: a person", []string{exportRow("S-1", "company", "") + ",,"}, Customer{Type: Individual, FirstName: "Ada", LastName: "Lovelace"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			export := parseFile(t, customerHeader+"\n"+strings.Join(test.rows, "\n"))
			test.want.ID, test.want.Email, test.want.Status, test.want.VATTreatment = "C-1", "it@acme.example", CustomerActive, VATStandard
			if diff := cmp.Diff([]Customer{test.want}, takeIn(export)); diff != "" {
				t.Errorf("customers (-want +got):\n%s", diff)
			}
		})
	}
}

func days(n int) *int { return &n }

func takeIn(export *Export) (customers []Customer) {
	for _, c := range export.Customers {
		customers = append(customers, c.TakeIn())
	}
	return customers
}

func TestExportCustomerMerge(t *testing.T) {
	told := parseFile(t, customerHeader+"\n"+exportRow("S-1")+",Hauptstraße 1,30").Customers[0]
	quiet := parseFile(t, exportFile(exportRow("S-1", "company", "", "customerName", "", "customerEmail", ""))).Customers[0]
	acme := told.TakeIn()
	person := Customer{ID: "C-1", Type: Individual, Status: CustomerInactive, FirstName: "Grace", Email: "grace@acme.example", Phone: "+49 30 1", VATTreatment: VATReverseCharge}
	grown := person
	grown.Type, grown.Company, grown.FirstName, grown.LastName, grown.Email = Business, "Acme GmbH", "Ada", "Lovelace", "it@acme.example"
	grown.Address.Street, grown.PaymentTerms = "Hauptstraße 1", days(30)
	chosen, renamed := acme, acme
	chosen.Type, renamed.Type, renamed.Company = Individual, Individual, "Acme AG"
	otherTerms := acme
	otherTerms.PaymentTerms = days(7)
	for _, test := range []struct {
		name    string
		told    *ExportCustomer
		known   Customer
		want    Customer
		changed bool
	}{
		{"the same again", told, acme, acme, false},
		{"a company makes a business, what isn't told stays", told, person, grown, true},
		{"a company makes a business only when it is told anew", told, chosen, chosen, false},
		{"another company makes a business of who was told to be a person", told, renamed, acme, true},
		{"other payment terms", told, otherTerms, acme, true},
		{"a business stays one", quiet, acme, acme, false},
		{"nothing told clears nothing", quiet, person, person, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.told.Merge(test.known)
			if diff := cmp.Diff(test.want, got); diff != "" || (got != test.known) != test.changed {
				t.Errorf("changed = %t, want %t; customer (-want +got):\n%s", got != test.known, test.changed, diff)
			}
		})
	}
}

func TestSplitName(t *testing.T) {
	for _, test := range []struct{ name, first, last string }{
		{"Ada Lovelace", "Ada", "Lovelace"},
		{"Anna Maria Schmidt", "Anna Maria", "Schmidt"},
		{"Ludwig van Beethoven", "Ludwig", "van Beethoven"},
		{"Otto von der Heide", "Otto", "von der Heide"},
		{"ada lovelace", "ada", "lovelace"},
		{"de la Cruz", "de", "la Cruz"},
		{"Madonna", "Madonna", ""},
		{"Ada  Lovelace", "Ada", "Lovelace"},
	} {
		if first, last := splitName(test.name); first != test.first || last != test.last {
			t.Errorf("splitName(%q) = %q, %q; want %q, %q", test.name, first, last, test.first, test.last)
		}
	}
}
