package billing

import (
	"strings"
	"testing"
)

func TestParseVATID(t *testing.T) {
	for in, want := range map[string]string{
		"DE811907980": "DE811907980", " de 811 907 980 ": "DE811907980", "ATU12345678": "ATU12345678", "FR XX 999999999": "FRXX999999999", "IE1234567WA": "IE1234567WA",
		"ESX9999999X": "ESX9999999X", "NL123456789B01": "NL123456789B01", "CHE-123.456.789 MWST": "CHE123456789MWST", "GB 980 7806 84": "GB980780684", "GBGD001": "GBGD001",
		"NO 974 760 673 MVA": "NO974760673MVA", "974760673MVA": "974760673MVA", "51 824 753 556": "51824753556", "BE0123.456.789": "BE0123456789", "RO12": "RO12",
	} {
		if got, err := ParseVATID(in); got != want || err != nil {
			t.Errorf("ParseVATID(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "hello!", "hello", "none", "DE", "DE1", "D1", "DE/811907980", "DÉ811907980", "1234", "DE\x00811907980", "DE" + strings.Repeat("1", 16)} {
		if got, err := ParseVATID(in); err == nil {
			t.Errorf("ParseVATID(%q) = %q, want an error", in, got)
		}
	}
}
