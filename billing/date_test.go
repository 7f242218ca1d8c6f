package billing

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// on reads a date that a test writes down.
func on(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// anyDate draws a date, the ends of months more often than a plain draw would.
func anyDate() *rapid.Generator[Date] {
	return rapid.Custom(func(t *rapid.T) Date {
		p := Period{rapid.IntRange(1990, 2110).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month"))}
		return p.Date(rapid.OneOf(rapid.IntRange(1, 31), rapid.IntRange(28, 31)).Draw(t, "day"))
	})
}

func TestParseDate(t *testing.T) {
	for _, test := range []struct {
		in   string
		want Date
	}{
		{"2026-11-22", Date{2026, time.November, 22}},
		{"1900-01-01", Date{1900, time.January, 1}},
		{"2999-12-31", Date{2999, time.December, 31}},
		{"2024-02-29", Date{2024, time.February, 29}},
		{"2000-02-29", Date{2000, time.February, 29}},
	} {
		got, err := ParseDate(test.in)
		if err != nil || got != test.want {
			t.Errorf("ParseDate(%q) = %v, %v; want %v", test.in, got, err, test.want)
		}
		if got.String() != test.in {
			t.Errorf("ParseDate(%q).String() = %q", test.in, got)
		}
	}
	for _, in := range []string{
		"", "2026-11", "2026-1-2", "26-11-22", "2026/11/22", "22.11.2026", " 2026-11-22", "2026-11-22 ", "2026-11-22T00:00:00Z",
		"2026-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-11-00", "1899-12-31", "3000-01-01", "-2026-11-22",
	} {
		if got, err := ParseDate(in); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", in, got)
		} else if !got.IsZero() {
			t.Errorf("ParseDate(%q) answers %v beside its error", in, got)
		}
	}
}

func TestDateOf(t *testing.T) {
	instant := time.Date(2026, 11, 30, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{
		"UTC":              "2026-11-30",
		"Europe/Berlin":    "2026-12-01",
		"America/New_York": "2026-11-30",
	} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(instant, location); got != on(want) {
			t.Errorf("DateOf in %s = %s, want %s", zone, got, want)
		}
	}
}

func TestDateText(t *testing.T) {
	type contract struct{ Start, EndedOn Date }
	written, err := json.Marshal(contract{Start: on("2026-01-31")})
	if want := `{"Start":"2026-01-31","EndedOn":""}`; err != nil || string(written) != want {
		t.Errorf("written as %s, %v; want %s", written, err, want)
	}
	var read contract
	if err := json.Unmarshal([]byte(`{"Start":"2024-02-29"}`), &read); err != nil || read.Start != on("2024-02-29") {
		t.Errorf("read as %v, %v", read, err)
	}
	if err := json.Unmarshal([]byte(`{"Start":"2026-02-29"}`), &read); err == nil {
		t.Error("29 February 2026 was read as a date")
	}
	if read.Start != on("2024-02-29") {
		t.Errorf("a refused text changed the date to %v", read.Start)
	}
	if !(Date{}).IsZero() || on("1900-01-01").IsZero() || (Date{}).String() != "" {
		t.Error("only the zero date is no day at all")
	}
}

func TestDateOrder(t *testing.T) {
	ascending := []string{"2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-11-30", "2027-01-01"}
	for i, a := range ascending {
		for j, b := range ascending {
			got := on(a).Compare(on(b))
			if (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s.Compare(%s) = %d", a, b, got)
			}
			if on(a).Before(on(b)) != (i < j) {
				t.Errorf("%s.Before(%s) = %t", a, b, !(i < j))
			}
		}
	}
}

func TestDateAddMonths(t *testing.T) {
	for _, test := range []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-31", 1, "2026-02-28"},
		{"2026-01-31", 2, "2026-03-31"},
		{"2024-01-31", 1, "2024-02-29"},
		{"2026-01-30", 1, "2026-02-28"},
		{"2026-01-29", 1, "2026-02-28"},
		{"2026-01-28", 1, "2026-02-28"},
		{"2024-02-29", 12, "2025-02-28"},
		{"2024-02-29", 48, "2028-02-29"},
		{"2026-05-31", 1, "2026-06-30"},
		{"2026-11-15", 2, "2027-01-15"},
		{"2026-12-31", 0, "2026-12-31"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2026-01-10", -1, "2025-12-10"},
		{"2026-01-10", -13, "2024-12-10"},
	} {
		if got := on(test.from).AddMonths(test.months); got != on(test.want) {
			t.Errorf("%s + %d months = %s, want %s", test.from, test.months, got, test.want)
		}
	}
}

func TestDateDays(t *testing.T) {
	for _, test := range []struct {
		from string
		days int
		want string
	}{
		{"2026-11-22", 0, "2026-11-22"},
		{"2026-11-22", 14, "2026-12-06"},
		{"2026-12-31", 1, "2027-01-01"},
		{"2026-03-01", -1, "2026-02-28"},
		{"2024-03-01", -1, "2024-02-29"},
		{"2026-03-28", 2, "2026-03-30"}, // summer time begins between them
		{"2026-01-01", 365, "2027-01-01"},
		{"2024-01-01", 365, "2024-12-31"},
	} {
		if got := on(test.from).AddDays(test.days); got != on(test.want) {
			t.Errorf("%s + %d days = %s, want %s", test.from, test.days, got, test.want)
		}
		if got := on(test.from).DaysUntil(on(test.want)); got != test.days {
			t.Errorf("%s to %s = %d days, want %d", test.from, test.want, got, test.days)
		}
	}
	if got := on("2026-11-22").Weekday(); got != time.Sunday {
		t.Errorf("22 November 2026 is a %s, want a Sunday", got)
	}
}

func TestDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate().Draw(t, "date"), rapid.IntRange(-1000, 1000).Draw(t, "n")
		moved := d.AddMonths(n)
		if got := moved.Period().Sub(d.Period()); got != n {
			t.Fatalf("%s + %d months = %s, which is %d months on", d, n, moved, got)
		}
		if moved.Day > d.Day || moved.Day < min(d.Day, 28) || moved.Day < d.Day && moved.AddDays(1).Day != 1 {
			t.Fatalf("%s + %d months = %s: the day is kept or the month's last", d, n, moved)
		}
		if next := d.AddMonths(n + 1); !moved.Before(next) {
			t.Fatalf("%s + %d months = %s is not before %s, a month later", d, n, moved, next)
		}
		if again := on(moved.String()); again != moved {
			t.Fatalf("%s is read back as %s", moved, again)
		}
		days := rapid.IntRange(-40_000, 40_000).Draw(t, "days")
		if got := d.DaysUntil(d.AddDays(days)); got != days {
			t.Fatalf("%s is %d days from %s, want %d", d.AddDays(days), got, d, days)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-22", "2024-02-29", "2026-02-29", "1900-01-01", "2999-12-31", "2026-1-1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if d.String() != s {
			t.Errorf("%q is written back as %q", s, d)
		}
		if d.Month < time.January || d.Month > time.December || d.Day < 1 || d.Day > d.Period().Days() {
			t.Errorf("%q is read as %v, which no calendar has", s, d)
		}
		if d.AddDays(1).AddDays(-1) != d || !d.Before(d.AddDays(1)) {
			t.Errorf("the day after %q is %s", s, d.AddDays(1))
		}
		if p, err := ParsePeriod(s[:7]); err != nil || p != d.Period() {
			t.Errorf("%q lies in %v, %v", s, p, err)
		}
	})
}

// Dates lie up to eleven centuries apart, more than a time.Duration holds.
func TestDaysUntilFar(t *testing.T) {
	if got := on("1900-01-01").DaysUntil(on("2999-12-31")); got != 401766 {
		t.Errorf("%d days, want 401766", got)
	}
}

func TestDateJSON(t *testing.T) {
	for _, date := range []Date{{}, on("2026-11-22")} {
		text, err := json.Marshal(date)
		if err != nil {
			t.Fatal(err)
		}
		var back Date
		if err := json.Unmarshal(text, &back); err != nil || back != date {
			t.Errorf("%v is written %s and read as %v, %v", date, text, back, err)
		}
	}
}
