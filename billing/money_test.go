package billing

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// eur makes an amount from cents.
func eur(cents int64) Money { return Money{cents, "EUR"} }

func TestParseCurrency(t *testing.T) {
	for in, want := range map[string]Currency{"EUR": "EUR", "eur": "EUR", " jpy ": "JPY", "Kwd": "KWD"} {
		if got, err := ParseCurrency(in); err != nil || got != want {
			t.Errorf("ParseCurrency(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", "EU", "EURO", "€", "XXX", "DEM", "ABC", "E R"} {
		if got, err := ParseCurrency(in); err == nil || got != "" {
			t.Errorf("ParseCurrency(%q) = %q, %v; want an error", in, got, err)
		}
	}
}

func TestExponent(t *testing.T) {
	for currency, want := range map[Currency]int{
		"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "HUF": 2, "JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3,
		"": 2, // no currency: an amount is still written like most are
	} {
		if got := currency.Exponent(); got != want {
			t.Errorf("%s has %d decimals, want %d", currency, got, want)
		}
	}
	for code := range exponents {
		if len(code) != 3 || strings.ToUpper(string(code)) != string(code) {
			t.Errorf("%q is no currency code", code)
		}
	}
}

func TestParseMoney(t *testing.T) {
	for _, test := range []struct {
		in       string
		currency Currency
		want     int64
		written  string
	}{
		{"129", "EUR", 129_00, "129.00"},
		{"129.5", "EUR", 129_50, "129.50"},
		{"129,50", "EUR", 129_50, "129.50"},
		{"129.5000", "EUR", 129_50, "129.50"},
		{"0", "EUR", 0, "0.00"},
		{"0.05", "EUR", 5, "0.05"},
		{"007.10", "EUR", 7_10, "7.10"},
		{"-3.00", "EUR", -3_00, "-3.00"},
		{"-0.05", "EUR", -5, "-0.05"},
		{"-0", "EUR", 0, "0.00"},
		{"5000", "JPY", 5000, "5000"},
		{"5000.00", "JPY", 5000, "5000"},
		{"-7", "JPY", -7, "-7"},
		{"1.234", "KWD", 1_234, "1.234"},
		{"0.007", "KWD", 7, "0.007"},
		{"12", "KWD", 12_000, "12.000"},
		{"10000000000.00", "EUR", MaxAmount, "10000000000.00"},
	} {
		got, err := ParseMoney(test.in, test.currency)
		if err != nil || got != (Money{test.want, test.currency}) {
			t.Errorf("ParseMoney(%q, %s) = %d, %v; want %d", test.in, test.currency, got.Minor, err, test.want)
		}
		if got.String() != test.written {
			t.Errorf("%q %s is written %q, want %q", test.in, test.currency, got, test.written)
		}
	}
}

func TestParseMoneyRefuses(t *testing.T) {
	for _, test := range []struct {
		in       string
		currency Currency
		says     string
	}{
		{"", "EUR", "Write it like 129.50"},
		{"-", "EUR", "not an amount"},
		{"+5", "EUR", "not an amount"},
		{"--5", "EUR", "not an amount"},
		{" 5", "EUR", "not an amount"},
		{"5 ", "EUR", "not an amount"},
		{".5", "EUR", "not an amount"},
		{"5.", "EUR", "not an amount"},
		{"5,", "EUR", "not an amount"},
		{"1e3", "EUR", "not an amount"},
		{"0x10", "EUR", "not an amount"},
		{"1_000", "EUR", "not an amount"},
		{"NaN", "EUR", "not an amount"},
		{"٣", "EUR", "not an amount"},
		{"€5", "EUR", "not an amount"},
		{"1,234.50", "EUR", "not an amount"},
		{"1.234,50", "EUR", "not an amount"},
		{"1.234.567", "EUR", "not an amount"},
		{"1'234", "EUR", "not an amount"},
		{"1.234", "EUR", "could be thousands"},
		{"1,000", "EUR", "could be thousands"},
		{"-1.000", "EUR", "could be thousands"},
		{"1,000", "JPY", "could be thousands"},
		{"129.5051", "EUR", "EUR has 2"},
		{"5.5", "JPY", "JPY has 0. Write it like 129"},
		{"1.2345", "KWD", "KWD has 3. Write it like 129.500"},
		{"99999999999999999999", "EUR", "too large"},
		{"92233720368547758.07", "EUR", "too large"},
		{"-92233720368547758.08", "EUR", "too large"},
	} {
		got, err := ParseMoney(test.in, test.currency)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("ParseMoney(%q, %s) = %s, %v; want an error that says %q", test.in, test.currency, got, err, test.says)
		}
		if got != (Money{}) {
			t.Errorf("ParseMoney(%q, %s) answers %v beside its error", test.in, test.currency, got)
		}
	}
}

func TestMoneyString(t *testing.T) {
	for _, test := range []struct {
		money Money
		want  string
	}{
		{eur(0), "0.00"},
		{eur(9), "0.09"},
		{eur(-9), "-0.09"},
		{eur(377_00), "377.00"},
		{Money{5, "KWD"}, "0.005"},
		{Money{5, "JPY"}, "5"},
		{eur(math.MaxInt64), "92233720368547758.07"},
		{eur(math.MinInt64), "-92233720368547758.08"},
	} {
		if got := test.money.String(); got != test.want {
			t.Errorf("%d %s is written %q, want %q", test.money.Minor, test.money.Currency, got, test.want)
		}
	}
}

func TestMoneyJSON(t *testing.T) {
	for _, test := range []struct {
		money Money
		want  string
	}{
		{eur(377_00), "377"},
		{eur(129_50), "129.5"},
		{eur(33_33), "33.33"},
		{eur(100_00), "100"},
		{eur(0), "0"},
		{eur(10), "0.1"},
		{eur(-50), "-0.5"},
		{Money{5000, "JPY"}, "5000"},
		{Money{1_200, "KWD"}, "1.2"},
		{Money{1_234, "KWD"}, "1.234"},
		{eur(90071992547409_93), "90071992547409.93"}, // beyond what a float keeps
	} {
		got, err := json.Marshal(test.money)
		if err != nil || string(got) != test.want {
			t.Errorf("%s %s is %s in JSON, %v; want %s", test.money, test.money.Currency, got, err, test.want)
		}
	}
}

func TestMoneyAdd(t *testing.T) {
	if got := eur(129_00).Add(eur(89_00)).Add(eur(159_00)); got != eur(377_00) {
		t.Errorf("129 + 89 + 159 = %s", got)
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"129", "129.5", "129,50", "-3.00", "0.005", "1.234", "1,000.00", "-0", "92233720368547758.07", "000.10"} {
		for currency := range 3 {
			f.Add(s, currency)
		}
	}
	f.Fuzz(func(t *testing.T, s string, choice int) {
		currency := []Currency{"EUR", "JPY", "KWD"}[uint(choice)%3]
		m, err := ParseMoney(s, currency)
		if err != nil {
			if m != (Money{}) {
				t.Errorf("%q is refused and yet read as %v", s, m)
			}
			return
		}
		if strings.Trim(s, "-.,0123456789") != "" {
			t.Errorf("%q is read as %s", s, m)
		}
		if again, err := ParseMoney(m.String(), currency); err != nil || again != m {
			t.Errorf("%q is written back as %q and read as %v, %v", s, m, again, err)
		}
		number, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseMoney(string(number), currency); err != nil || again != m {
			t.Errorf("%q is %s in JSON and read as %v, %v", s, number, again, err)
		}
	})
}
