package billing

// CalendarDay is what is planned for one day: how many invoices, and what they come
// to together.
type CalendarDay struct {
	Date Date
	// Invoices counts all, Consolidated those of groups.
	Invoices, Consolidated int
	// Amount is the sum of the invoices' totals, with tax.
	Amount Money
}

// CalendarMonth is what is planned for each day of a month.
type CalendarMonth struct {
	Period Period
	// Days has every day of the month, from the 1st on.
	Days []CalendarDay
}

// NewCalendarMonth answers a month with nothing planned.
func NewCalendarMonth(p Period, currency Currency) CalendarMonth {
	m := CalendarMonth{Period: p, Days: make([]CalendarDay, p.Days())}
	for i := range m.Days {
		m.Days[i] = CalendarDay{Date: p.Date(i + 1), Amount: Money{Currency: currency}}
	}
	return m
}

// Total adds up the days from one day of the month to another, both included. Its
// Date is the first of them.
func (m CalendarMonth) Total(from, to int) CalendarDay {
	total := CalendarDay{Date: m.Period.Date(from)}
	for i, day := range m.Days[from-1 : min(to, len(m.Days))] {
		if i == 0 {
			total.Amount.Currency = day.Amount.Currency
		}
		total.Invoices += day.Invoices
		total.Consolidated += day.Consolidated
		total.Amount = total.Amount.Add(day.Amount)
	}
	return total
}
