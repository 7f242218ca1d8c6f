package billing

import (
	"slices"
	"testing"
)

func TestMissingDetails(t *testing.T) {
	address := Address{Street: "Hafenstr. 1", PostalCode: "20457", City: "Hamburg", Country: "DE"}
	const place, vat, iban = "the address", "the VAT id or tax number", "the IBAN"
	for what, test := range map[string]struct {
		seller Seller
		mode   VATMode
		want   []string
	}{
		"nothing is known":  {Seller{}, VATExclusive, []string{place, vat, iban}},
		"no VAT is charged": {Seller{}, VATNone, []string{place, iban}},
		"all is known":      {Seller{Name: "Nord GmbH", Address: address, VATID: "DE1", IBAN: "DE89"}, VATInclusive, nil},
		"a tax number":      {Seller{Name: "Nord GmbH", Address: address, TaxNumber: "27/1", IBAN: "DE89"}, VATExclusive, nil},
		"a part of the address": {Seller{Name: "Nord GmbH", Address: Address{Street: "Hafenstr. 1", PostalCode: "20457", Country: "DE"}, VATID: "DE1", IBAN: "DE89"},
			VATExclusive, []string{place}},
	} {
		if got := (Tenant{Seller: test.seller, VAT: VAT{Mode: test.mode}}).MissingDetails(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", what, got, test.want)
		}
	}
}
