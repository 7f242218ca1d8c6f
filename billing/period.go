package billing

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// Period is a calendar month. Every subscription has at most one instalment in
// each, and every group at most one invoice.
type Period struct {
	Year  int
	Month time.Month
}

// ParsePeriod reads a month written YYYY-MM. It takes any year of four digits: the
// months of a contract may lie beyond the last date that a person may enter.
func ParsePeriod(s string) (Period, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Period{}, fmt.Errorf("%q is not a month. Write it as YYYY-MM, for example 2026-12", s)
	}
	return Period{t.Year(), t.Month()}, nil
}

// IsZero tells whether p is no month at all.
func (p Period) IsZero() bool { return p == Period{} }

// String writes the month as YYYY-MM, and no month as "".
func (p Period) String() string {
	if p.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", p.Year, p.Month)
}

// Words writes the month for a person: "Dec 2026", and no month as "–".
func (p Period) Words() string {
	if p.IsZero() {
		return "–"
	}
	return p.Month.String()[:3] + " " + strconv.Itoa(p.Year)
}

// Compare orders months: negative when p is before o, 0 when they are the same.
func (p Period) Compare(o Period) int {
	return cmp.Or(cmp.Compare(p.Year, o.Year), cmp.Compare(p.Month, o.Month))
}

// Before tells whether p lies before o.
func (p Period) Before(o Period) bool { return p.Compare(o) < 0 }

// Add moves the month by n months.
func (p Period) Add(n int) Period {
	months := p.index() + n
	return Period{months / 12, time.Month(months%12 + 1)}
}

// Sub answers how many months p lies after o.
func (p Period) Sub(o Period) int { return p.index() - o.index() }

// Date answers a day of the month, clamped to the month's last.
func (p Period) Date(day int) Date { return Date{p.Year, p.Month, min(day, p.Days())} }

// First answers the first day of the month.
func (p Period) First() Date { return Date{p.Year, p.Month, 1} }

// Days answers how many days the month has.
func (p Period) Days() int {
	switch p.Month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if p.Year%4 == 0 && (p.Year%100 != 0 || p.Year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func (p Period) index() int { return p.Year*12 + int(p.Month) - 1 }
