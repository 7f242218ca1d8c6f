package billing

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// Date is a civil date: a day in the tenant's calendar, without a time or a zone.
// The zero Date is no day at all; see [Date.IsZero].
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf answers the civil date of an instant in a time zone.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return Date{y, m, d}
}

// ParseDate reads a date written YYYY-MM-DD, years 1900 to 2999.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1900 || t.Year() > 2999 {
		return Date{}, fmt.Errorf("%q is not a date. Write it as YYYY-MM-DD, for example 2026-12-01", s)
	}
	return DateOf(t, time.UTC), nil
}

// IsZero tells whether d is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// String writes the date as YYYY-MM-DD, and no day as "".
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Words writes the date for a person: "1 Dec 2026", and no day as "–".
func (d Date) Words() string {
	if d.IsZero() {
		return d.Period().Words()
	}
	return strconv.Itoa(d.Day) + " " + d.Period().Words()
}

// MarshalText writes the date as YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes: a date as YYYY-MM-DD, or "" for none.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Compare orders dates: negative when d is before o, 0 when they are the same day.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Before tells whether d lies before o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// Period answers the calendar month the date lies in.
func (d Date) Period() Period { return Period{d.Year, d.Month} }

// AddMonths moves the date by n months. The day is kept, or clamped to the last
// day of a shorter month: one month after 31 January is 28 (or 29) February.
// Count from the first date, not step by step, or the day drifts to the 28th.
func (d Date) AddMonths(n int) Date {
	return d.Period().Add(n).Date(d.Day)
}

// AddDays moves the date by n days.
func (d Date) AddDays(n int) Date {
	return DateOf(d.midnight().AddDate(0, 0, n), time.UTC)
}

// DaysUntil answers how many days lie from d to o; negative when o is earlier.
func (d Date) DaysUntil(o Date) int {
	const day = 24 * 60 * 60 // seconds; a time.Duration would end at 292 years
	return int((o.midnight().Unix() - d.midnight().Unix()) / day)
}

// Weekday answers the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// midnight is the date as an instant of UTC, where every day has 24 hours.
func (d Date) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
