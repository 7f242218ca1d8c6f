package billing

import (
	"testing"
	"time"
)

func TestCalendarMonth(t *testing.T) {
	m := NewCalendarMonth(Period{2026, time.February}, "EUR")
	if len(m.Days) != 28 || m.Days[27].Date != (Date{2026, time.February, 28}) {
		t.Fatalf("February has %d days, the last of them %s", len(m.Days), m.Days[len(m.Days)-1].Date)
	}
	for i := range m.Days {
		m.Days[i].Invoices, m.Days[i].Consolidated, m.Days[i].Amount.Minor = 2, 1, int64(i+1)
	}
	for _, c := range []struct {
		from, to int
		want     CalendarDay
	}{
		{1, 31, CalendarDay{Date{2026, time.February, 1}, 56, 28, Money{406, "EUR"}}},
		{28, 28, CalendarDay{Date{2026, time.February, 28}, 2, 1, Money{28, "EUR"}}},
		{27, 31, CalendarDay{Date{2026, time.February, 27}, 4, 2, Money{55, "EUR"}}},
	} {
		if got := m.Total(c.from, c.to); got != c.want {
			t.Errorf("%d to %d: %+v, want %+v", c.from, c.to, got, c.want)
		}
	}
}
