package views

import (
	"testing"
	"time"

	"billfold/billing"
)

func TestFormatMoney(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency billing.Currency
		want     string
	}{
		{124000, "EUR", "€1,240.00"},
		{0, "EUR", "€0.00"},
		{5, "EUR", "€0.05"},
		{-500, "EUR", "−€5.00"},
		{-124000, "CHF", "−CHF\u00a01,240.00"},
		{124000, "CHF", "CHF\u00a01,240.00"},
		{100_000_000_00, "USD", "$100,000,000.00"},
		{99999, "GBP", "£999.99"},
		{377, "JPY", "¥377"},
		{1234567, "JPY", "¥1,234,567"},
		{1234567, "KWD", "KWD\u00a01,234.567"},
		{-1 << 63, "EUR", "−€92,233,720,368,547,758.08"},
	} {
		if got := FormatMoney(billing.Money{Minor: c.minor, Currency: c.currency}); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.minor, c.currency, got, c.want)
		}
	}
}

func TestFormatDates(t *testing.T) {
	d := billing.Date{Year: 2026, Month: time.December, Day: 1}
	for _, c := range []struct{ got, want string }{
		{FormatDate(d), "1 Dec 2026"},
		{FormatShortDate(d), "1 Dec"},
		{FormatWeekday(d), "Tue 1 Dec 2026"},
		{FormatPeriod(d.Period()), "Dec 2026"},
		{FormatDate(billing.Date{Year: 2028, Month: time.September, Day: 30}), "30 Sep 2028"},
		{FormatDate(billing.Date{}), "–"},
		{FormatShortDate(billing.Date{}), "–"},
		{FormatWeekday(billing.Date{}), "–"},
		{FormatPeriod(billing.Period{}), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestInDays(t *testing.T) {
	today := billing.Date{Year: 2026, Month: time.November, Day: 22}
	for days, want := range map[int]string{
		0: "today", 1: "tomorrow", 9: "in 9 days", 1200: "in 1,200 days", -1: "yesterday", -41: "41 days ago",
	} {
		if got := InDays(today, today.AddDays(days)); got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{
		1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 10: "10th", 11: "11th", 12: "12th", 13: "13th", 20: "20th",
		21: "21st", 22: "22nd", 23: "23rd", 28: "28th", 101: "101st", 111: "111th", 112: "112th", 113: "113th",
	} {
		if got := Ordinal(n); got != want {
			t.Errorf("Ordinal(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestLists(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{OrdinalList(nil), ""},
		{OrdinalList([]int{3}), "3rd"},
		{OrdinalList([]int{3, 20}), "3rd and 20th"},
		{OrdinalList([]int{3, 20, 25}), "3rd, 20th and 25th"},
		{List([]string{"a", "b", "c", "d"}), "a, b, c and d"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestCounts(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Plural(0, "invoice", "invoices"), "0 invoices"},
		{Plural(1, "invoice", "invoices"), "1 invoice"},
		{Plural(2004, "subscription", "subscriptions"), "2,004 subscriptions"},
		{FormatNumber(999), "999"},
		{FormatNumber(1000), "1,000"},
		{FormatNumber(-1234567), "−1,234,567"},
		{Terms(0), "due at once"},
		{Terms(30), "net 30"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestFormatShort(t *testing.T) {
	for minor, want := range map[int64]string{
		0: "€0", 49: "€0", 50: "€1", 9_419_50: "€9,420", 99_999_49: "€99,999", 99_999_50: "€100k", 412_499_49: "€412k",
		999_499_49: "€999k", 999_500_00: "€1.0M", 12_350_000_00: "€12.4M", 99_949_999_00: "€99.9M", 99_950_000_00: "€100M", 1_234_567_890_00: "€1,235M",
	} {
		if got := FormatShortMoney(billing.Money{Minor: minor, Currency: "EUR"}); got != want {
			t.Errorf("%d: %s, want %s", minor, got, want)
		}
	}
	if got := FormatShortMoney(billing.Money{Minor: 9420, Currency: "JPY"}); got != "¥9,420" {
		t.Errorf("yen: %s", got)
	}
	if got := FormatWholeMoney(billing.Money{Minor: 12_038_662_65, Currency: "CHF"}); got != "CHF\u00a012,038,663" {
		t.Errorf("whole: %s", got)
	}
}
