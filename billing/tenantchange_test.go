package billing

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sameZone compares time zones by name.
var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })

// unit is a business unit that has not issued anything.
func unit(t *testing.T) Tenant {
	t.Helper()
	tenant, err := NewTenant(TenantInput{Name: "Nord", Currency: "EUR", Zone: "Europe/Berlin", VATMode: "exclusive", VATRate: "19", PaymentTerms: "14"})
	if err != nil {
		t.Fatal(err)
	}
	tenant.ID, tenant.CutOver, tenant.Version = "ten_1", on("2026-11-22"), 3
	return tenant
}

// typed is the form as the business unit is.
func typed(t Tenant) TenantChange {
	return TenantChange{Name: t.Name, Seller: t.Seller, InvoicePrefix: t.InvoicePrefix, PaymentTerms: "14", VATMode: string(t.VAT.Mode), VATRate: t.VAT.Percent(),
		Zone: t.Zone.String(), CutOver: t.CutOver.String(), AddressRequired: t.AddressRequired, Automatic: t.Automatic, TwoFactorRequired: t.TwoFactorRequired}
}

func TestTenantChange(t *testing.T) {
	before := unit(t)
	if same, err := before.Change(typed(before), on("2026-11-22")); same != before || err != nil {
		t.Errorf("saved as it is: %+v, %v", same, err)
	}
	in := TenantChange{Name: " Nord AG ", InvoicePrefix: " nl-2 ", PaymentTerms: "30", VATMode: "inclusive", VATRate: "7.7", Zone: "Asia/Tokyo", CutOver: " 2026-10-01 ",
		AddressRequired: true, Automatic: true, TwoFactorRequired: true, ByTwoFactor: true, Seller: Seller{Name: " Nord Verleih AG ", Address: Address{Street: " Weg 1 ", PostalCode: "10115", City: "Berlin", Country: "DE"},
			VATID: " de 123.456.789 ", TaxNumber: "12/345", Email: "Bills@Nord.example", Phone: "+49 30 1", Bank: "Bank", IBAN: "de89 3704 0044 0532 0130 00", BIC: "cobadeff"}}
	want := before
	want.Name, want.InvoicePrefix, want.PaymentTerms, want.VAT, want.CutOver = "Nord AG", "NL-2", 30, VAT{VATInclusive, 770}, on("2026-10-01")
	want.Zone, _ = ParseZone("Asia/Tokyo")
	want.AddressRequired, want.Automatic, want.TwoFactorRequired = true, true, true
	want.Seller = Seller{Name: "Nord Verleih AG", Address: Address{Street: "Weg 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, VATID: "DE123456789", TaxNumber: "12/345",
		Email: "bills@nord.example", Phone: "+49 30 1", Bank: "Bank", IBAN: "DE89370400440532013000", BIC: "COBADEFF"}
	after, err := before.Change(in, on("2026-11-22"))
	if diff := cmp.Diff(want, after, sameZone); diff != "" || err != nil {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	// All that may be blank is taken away again.
	in = typed(after)
	in.Seller, in.VATMode, in.VATRate, in.PaymentTerms = Seller{}, "none", "", "0"
	want.Seller, want.VAT, want.PaymentTerms = Seller{}, VAT{Mode: VATNone}, 0
	after, err = after.Change(in, on("2026-11-22"))
	if diff := cmp.Diff(want, after, sameZone); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTenantChangeRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		unit   func(*Tenant)
		change func(*TenantChange)
		want   []string
	}{
		{"nothing given", nil, func(in *TenantChange) { *in = TenantChange{} }, []string{"name", "timezone", "vatMode", "terms", "invoicePrefix", "cutOver"}},
		{"all of the seller", nil, func(in *TenantChange) {
			long := strings.Repeat("x", 201)
			in.Seller = Seller{Name: long, Address: Address{Street: "a\nb", PostalCode: long, City: long, Country: long}, VATID: long, TaxNumber: long,
				Email: "nobody", Phone: long, Bank: long, IBAN: "DE88370400440532013000", BIC: "1"}
		}, []string{"sellerName", "street", "postalCode", "city", "country", "taxNumber", "phone", "bank", "vatId", "email", "iban", "bic"}},
		{"no rate", nil, func(in *TenantChange) { in.VATRate = "" }, []string{"vatRate"}},
		{"other terms", nil, func(in *TenantChange) { in.PaymentTerms = "15" }, []string{"terms"}},
		{"no date", nil, func(in *TenantChange) { in.CutOver = "soon" }, []string{"cutOver"}},
		{"a cut-over day a year ahead", nil, func(in *TenantChange) { in.CutOver = "2027-11-22" }, nil},
		{"further ahead", nil, func(in *TenantChange) { in.CutOver = "2027-11-23" }, []string{"cutOver"}},
		{"a cut-over day taken away", nil, func(in *TenantChange) { in.CutOver = "" }, []string{"cutOver"}},
		{"none yet", func(u *Tenant) { u.CutOver = Date{} }, func(in *TenantChange) { in.CutOver = "" }, nil},
		{"one set before the first import", func(u *Tenant) { u.CutOver = Date{} }, func(in *TenantChange) { in.CutOver = "2026-01-01" }, nil},
		{"two-factor sign-in by who has none", nil, func(in *TenantChange) { in.TwoFactorRequired, in.Name = true, "" }, []string{"name", "twoFactorRequired"}},
		{"by who has it", nil, func(in *TenantChange) { in.TwoFactorRequired, in.ByTwoFactor = true, true }, nil},
		{"required before", func(u *Tenant) { u.TwoFactorRequired = true }, func(in *TenantChange) { in.Name = "Nord AG" }, nil},
		{"no longer required", func(u *Tenant) { u.TwoFactorRequired = true }, func(in *TenantChange) { in.TwoFactorRequired = false }, nil},
		{"something else once there are invoices", func(u *Tenant) { u.LastIssued = on("2026-11-22") }, func(in *TenantChange) { in.Name = "Nord AG" }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := unit(t)
			apply(test.unit, &before)
			in := typed(before)
			test.change(&in)
			after, err := before.Change(in, on("2026-11-22"))
			if got := problemPaths(t, err); !slices.Equal(got, test.want) || err != nil && CodeOf(err) != CodeValidation {
				t.Errorf("refused for %v with %s, want %v", got, CodeOf(err), test.want)
			}
			if err != nil && after != before {
				t.Errorf("refused, and answered %+v", after)
			}
		})
	}
	billed := unit(t)
	billed.LastIssued = on("2026-11-22")
	in := typed(billed)
	in.CutOver = "2026-11-21"
	if _, err := billed.Change(in, on("2026-11-22")); CodeOf(err) != CodeHasInvoices || !slices.Equal(problemPaths(t, err), []string{"cutOver"}) {
		t.Errorf("the cut-over day of a unit with invoices: %v", err)
	}
}

func TestParseInvoicePrefix(t *testing.T) {
	for in, want := range map[string]string{"nl": "NL", " A1-b2 ": "A1-B2", "2026": "2026", "XCN": "XCN", "CNX": "CNX", "ABCDEFGHIJKL": "ABCDEFGHIJKL", "I-C-N": "I-C-N"} {
		if got, err := ParseInvoicePrefix(in); got != want || err != nil {
			t.Errorf("ParseInvoicePrefix(%q) = %q, %v", in, got, err)
		}
	}
	// The numbers of credit notes are the prefix, CN, year and sequence.
	for _, in := range []string{"", " ", "-", "NL-", "-NL", "N--L", "N L", "ÄB", "N/L", "N_L", "ABCDEFGHIJKLM", "CN", "NL-CN", "nl-cn", "CN-NL", "A-CN-B", "A\nB"} {
		if got, err := ParseInvoicePrefix(in); err == nil {
			t.Errorf("ParseInvoicePrefix(%q) = %q, want an error", in, got)
		}
	}
	if got := initials("China Net"); got != "INV" {
		t.Errorf("a new unit gets the prefix %q", got)
	}
}
