package billing

import (
	"testing"
	"time"
)

// month reads a period that a test writes down.
func month(s string) Period {
	p, err := ParsePeriod(s)
	if err != nil {
		panic(err)
	}
	return p
}

func TestParsePeriod(t *testing.T) {
	for in, want := range map[string]Period{
		"2026-12": {2026, time.December},
		"1900-01": {1900, time.January},
		"2999-12": {2999, time.December},
		"3009-11": {3009, time.November}, // where the longest contract from the last date ends
	} {
		got, err := ParsePeriod(in)
		if err != nil || got != want || got.String() != in {
			t.Errorf("ParsePeriod(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "2026", "2026-1", "2026-13", "2026-00", "2026-12-01", "12-2026", "2026-12 ", "12026-01"} {
		if got, err := ParsePeriod(in); err == nil || !got.IsZero() {
			t.Errorf("ParsePeriod(%q) = %v, %v; want an error", in, got, err)
		}
	}
	if s := (Period{}).String(); s != "" {
		t.Errorf("no month is written %q", s)
	}
}

func TestPeriodAdd(t *testing.T) {
	for _, test := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-11", 0, "2026-11"},
		{"2026-11", 1, "2026-12"},
		{"2026-11", 2, "2027-01"},
		{"2026-12", 12, "2027-12"},
		{"2026-01", -1, "2025-12"},
		{"2026-12", -12, "2025-12"},
		{"2026-06", 120, "2036-06"},
		{"2026-06", -25, "2024-05"},
	} {
		got := month(test.from).Add(test.months)
		if got != month(test.want) {
			t.Errorf("%s + %d months = %s, want %s", test.from, test.months, got, test.want)
		}
		if back := got.Sub(month(test.from)); back != test.months {
			t.Errorf("%s - %s = %d months, want %d", got, test.from, back, test.months)
		}
	}
}

func TestPeriodOrder(t *testing.T) {
	ascending := []string{"2025-02", "2025-12", "2026-01", "2026-11", "2027-01"}
	for i, a := range ascending {
		for j, b := range ascending {
			got := month(a).Compare(month(b))
			if (got < 0) != (i < j) || (got > 0) != (i > j) || month(a).Before(month(b)) != (i < j) {
				t.Errorf("%s.Compare(%s) = %d", a, b, got)
			}
		}
	}
}

func TestPeriodDate(t *testing.T) {
	for _, test := range []struct {
		period string
		day    int
		want   string
	}{
		{"2026-11", 1, "2026-11-01"},
		{"2026-11", 31, "2026-11-30"},
		{"2026-12", 31, "2026-12-31"},
		{"2026-02", 28, "2026-02-28"},
		{"2026-02", 29, "2026-02-28"},
		{"2024-02", 30, "2024-02-29"},
		{"2100-02", 29, "2100-02-28"},
		{"2000-02", 29, "2000-02-29"},
	} {
		if got := month(test.period).Date(test.day); got != on(test.want) {
			t.Errorf("day %d of %s = %s, want %s", test.day, test.period, got, test.want)
		}
	}
	if got := month("2026-12").First(); got != on("2026-12-01") {
		t.Errorf("the first of December = %s", got)
	}
	year := 0
	for m := range 12 {
		year += month("2024-01").Add(m).Days()
	}
	if year != 366 {
		t.Errorf("2024 has %d days", year)
	}
}
