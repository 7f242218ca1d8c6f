package billing

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// problemPaths answers the input fields a refusal names, and fails the test on a
// problem without a code or a full sentence.
func problemPaths(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("%v is no refusal", err)
	}
	var paths []string
	for _, p := range refusal.Problems {
		paths = append(paths, p.Path)
		if p.Code == "" || !strings.HasSuffix(p.Message, ".") || strings.HasSuffix(p.Message, "..") {
			t.Errorf("the problem of %s has code %q and says %q", p.Path, p.Code, p.Message)
		}
	}
	return paths
}

func TestNewTenant(t *testing.T) {
	tenant, err := NewTenant(TenantInput{
		Name: "  Nordlicht Geräte Verleih ", Currency: "eur", Zone: "Europe/Berlin", VATMode: "exclusive", VATRate: "19", PaymentTerms: "14",
	})
	if err != nil {
		t.Fatal(err)
	}
	if tenant.Name != "Nordlicht Geräte Verleih" || tenant.Currency != "EUR" || tenant.Zone.String() != "Europe/Berlin" ||
		tenant.VAT != (VAT{VATExclusive, 19_00}) || tenant.PaymentTerms != 14 || tenant.InvoicePrefix != "NGV" || !tenant.CutOver.IsZero() {
		t.Errorf("the tenant is %+v", tenant)
	}
}

func TestNewTenantRefuses(t *testing.T) {
	good := TenantInput{Name: "Acme", Currency: "EUR", Zone: "UTC", VATMode: "none", PaymentTerms: "30"}
	for _, test := range []struct {
		name   string
		change func(*TenantInput)
		want   []string
	}{
		{"nothing", func(*TenantInput) {}, nil},
		{"blank name", func(in *TenantInput) { in.Name = " \t " }, []string{"name"}},
		{"name of 120 characters", func(in *TenantInput) { in.Name = strings.Repeat("ä", 120) }, nil},
		{"name of 121 characters", func(in *TenantInput) { in.Name = strings.Repeat("ä", 121) }, []string{"name"}},
		{"name of two lines", func(in *TenantInput) { in.Name = "Acme\nGmbH" }, []string{"name"}},
		{"unknown currency", func(in *TenantInput) { in.Currency = "DEM" }, []string{"currency"}},
		{"unknown zone", func(in *TenantInput) { in.Zone = "Europe/Bärlin" }, []string{"timezone"}},
		{"unknown mode", func(in *TenantInput) { in.VATMode = "gross" }, []string{"vatMode"}},
		{"no rate", func(in *TenantInput) { in.VATMode = "inclusive" }, []string{"vatRate"}},
		{"rate over 100", func(in *TenantInput) { in.VATMode, in.VATRate = " exclusive ", "101" }, []string{"vatRate"}},
		{"other terms", func(in *TenantInput) { in.PaymentTerms = "15" }, []string{"terms"}},
		{"no terms", func(in *TenantInput) { in.PaymentTerms = "" }, []string{"terms"}},
		{"nothing given", func(in *TenantInput) { *in = TenantInput{} }, []string{"name", "currency", "timezone", "vatMode", "terms"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := good
			test.change(&in)
			_, err := NewTenant(in)
			if got := problemPaths(t, err); !slices.Equal(got, test.want) {
				t.Errorf("refused for %v, want %v", got, test.want)
			}
			if err != nil && CodeOf(err) != CodeValidation {
				t.Errorf("refused with %s", CodeOf(err))
			}
		})
	}
	for _, terms := range TenantTerms {
		in := good
		in.PaymentTerms = terms
		if _, err := NewTenant(in); err != nil {
			t.Errorf("terms of %s days: %v", terms, err)
		}
	}
}

func TestParseZone(t *testing.T) {
	for _, in := range []string{"Europe/Berlin", " America/Los_Angeles ", "Pacific/Kiritimati", "UTC"} {
		if zone, err := ParseZone(in); err != nil || zone.String() != strings.TrimSpace(in) {
			t.Errorf("ParseZone(%q) = %v, %v", in, zone, err)
		}
	}
	// The zone of the machine it happens to run on is no tenant's.
	for _, in := range []string{"", " ", "Local", "localtime", "posixrules", "Factory", "./UTC", "Berlin", "Europe/", "../Europe/Berlin", "+02:00"} {
		if zone, err := ParseZone(in); err == nil {
			t.Errorf("ParseZone(%q) = %v, want an error", in, zone)
		}
	}
}

func TestInvoicePrefix(t *testing.T) {
	for name, want := range map[string]string{
		"Acme":                       "A",
		"acme rental":                "AR",
		"Nordlicht Geräte Verleih":   "NGV",
		"One Two Three Four":         "OTT",
		"Über 3 Wolken & Partner KG": "WPK",
		"株式会社":                       "INV",
		"42":                         "INV",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q gets the prefix %q, want %q", name, got, want)
		}
	}
}
