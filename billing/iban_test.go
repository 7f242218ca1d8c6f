package billing

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseIBAN(t *testing.T) {
	for in, want := range map[string]string{
		"DE89370400440532013000":                 "DE89370400440532013000",
		" de89 3704 0044\t0532 0130 00 ":         "DE89370400440532013000",
		"GB82 WEST 1234 5698 7654 32":            "GB82WEST12345698765432",
		"NO93 8601 1117 947":                     "NO9386011117947",
		"MT84 MALT 0110 0001 2345 MTLC AST0 01S": "MT84MALT011000012345MTLCAST001S",
		"LC14BOSL123456789012345678901234":       "LC14BOSL123456789012345678901234",
	} {
		if got, err := ParseIBAN(in); got != want || err != nil {
			t.Errorf("ParseIBAN(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", " ", "DE88370400440532013000", "DE8937040044053201300", "DE89-3704-0044-0532-0130-00", "DE00", "89DE370400440532013000",
		"ÄE89370400440532013000", strings.Repeat("9", 22), "DE89" + strings.Repeat("0", 31)} {
		if got, err := ParseIBAN(in); err == nil {
			t.Errorf("ParseIBAN(%q) = %q, want an error", in, got)
		}
	}
}

// The check digits find one wrong digit, and two neighbours that changed places.
func TestIBANFindsSlips(t *testing.T) {
	const good = "GB82WEST12345698765432"
	rapid.Check(t, func(t *rapid.T) {
		slip := []byte(good)
		if i := rapid.IntRange(len("GB82WEST"), len(good)-2).Draw(t, "at"); rapid.Bool().Draw(t, "swapped") {
			slip[i], slip[i+1] = slip[i+1], slip[i]
		} else {
			slip[i] = byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		}
		if _, err := ParseIBAN(string(slip)); (err == nil) != (string(slip) == good) {
			t.Fatalf("%s: %v", slip, err)
		}
	})
}

func TestParseBIC(t *testing.T) {
	for in, want := range map[string]string{"COBADEFFXXX": "COBADEFFXXX", " coba de ff ": "COBADEFF", "BYLADEM1001": "BYLADEM1001"} {
		if got, err := ParseBIC(in); got != want || err != nil {
			t.Errorf("ParseBIC(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "COBADEF", "COBADEFFX", "COBADEFFXXXX", "COBA12FF", "COBÄDEFF", "COBA-DE-FF"} {
		if got, err := ParseBIC(in); err == nil {
			t.Errorf("ParseBIC(%q) = %q, want an error", in, got)
		}
	}
}
