package views

import (
	"net/url"
	"strconv"

	"billfold/billing"
)

// Overview is the first page: what will be billed this month and next, and whom it
// would help to group.
type Overview struct {
	// Working tells that the numbers are not there yet.
	Working bool
	Today   billing.Date
	VAT     billing.VAT
	// Months are this month, from today on, and the next. ShowNext chooses the next.
	Months   [2]billing.CalendarMonth
	ShowNext bool
	// Billed is what was billed on each day of this month. Months plan only what was not,
	// so that both together are the month.
	Billed billing.CalendarMonth
	// Credited is what of that is credited by now. The days stay as they were issued.
	Credited billing.Money
	// Invoices are what all invoices come to.
	Invoices InvoiceFigures
	// Customers counts all, Active the active subscriptions, Grouped those that are
	// billed by a group.
	Customers, Active, Grouped int
	// Worth are the customers with the most to gain, of Candidates in all; Fewer is
	// how many invoices a month those would save together.
	Worth             []WorthRow
	Candidates, Fewer int
	// MayGroup tells whether the user may make groups and import.
	MayGroup bool
}

// WorthRow is a customer that is worth grouping.
type WorthRow struct {
	Name string
	// Subscriptions counts those that a group would bill together, Days the days of a
	// month that they are billed on now.
	Subscriptions, Days int
	// Monthly is what they cost a month.
	Monthly billing.Money
	// GroupURL makes the group; "" where the user may not.
	GroupURL string
}

// WorthGrouping is one page of all customers that are worth grouping.
type WorthGrouping struct {
	Working bool
	Rows    []WorthRow
	// URL is the page itself; Pages leads to the others.
	URL   string
	Pages PagesArgs
	// MayGroup tells whether the user may make groups.
	MayGroup bool
}

// OverviewURL is the overview with a month shown; none is this month.
func OverviewURL(month billing.Period) string {
	if month.IsZero() {
		return HomeURL()
	}
	return withQuery(HomeURL(), url.Values{"month": {month.String()}})
}

// WorthGroupingURL is a page of all customers that are worth grouping, from 1 on.
func WorthGroupingURL(page int) string {
	if page <= 1 {
		return "/worth-grouping"
	}
	return withQuery("/worth-grouping", url.Values{"page": {strconv.Itoa(page)}})
}

// GroupWorthURL leads to the page New billing group with a customer chosen and the
// subscriptions ticked that make it worth grouping.
func GroupWorthURL(customerID string) string {
	return NewGroupURL(url.Values{"customer": {customerID}, "worth": {"1"}})
}

// TickedURL is the page New billing group with a customer chosen and the subscriptions
// ticked that kept stands for.
func TickedURL(customerID, kept string) string {
	return NewGroupURL(url.Values{"customer": {customerID}, "kept": {kept}})
}

// month is the one that is shown.
func (o Overview) month() billing.CalendarMonth {
	if o.ShowNext {
		return o.Months[1]
	}
	return o.Months[0]
}

// selfURL is the page as it is shown.
func (o Overview) selfURL() string {
	if o.ShowNext {
		return OverviewURL(o.Today.Period().Add(1))
	}
	return HomeURL()
}

func (o Overview) withVAT() string {
	if o.VAT.Mode == billing.VATExclusive {
		return ", with VAT"
	}
	return ""
}

// monthFigures are what this month and the next come to.
func (o Overview) monthFigures() []Figure {
	billed, rest, next := o.Billed.Total(1, 31), o.Months[0].Total(o.Today.Day, 31), o.Months[1].Total(1, 31)
	month := o.Today.Month.String()
	left, soFar, after := billed.Amount, invoices(billed.Invoices)+" so far", ""
	if o.Credited.Minor > 0 {
		left.Minor -= o.Credited.Minor
		after = ", after credits"
		soFar += after + " of " + FormatWholeMoney(o.Credited)
	}
	return []Figure{
		{Label: "Billed in " + month + o.withVAT(), Value: FormatWholeMoney(left), Note: soFar},
		{Label: "Still to come" + o.withVAT(), Value: FormatWholeMoney(rest.Amount), Note: invoices(rest.Invoices) + " until " + FormatShortDate(o.Today.Period().Date(31))},
		{Label: month + " together" + o.withVAT(), Value: FormatWholeMoney(left.Add(rest.Amount)), Note: invoices(billed.Invoices+rest.Invoices) + after},
		{Label: next.Date.Month.String() + o.withVAT(), Value: FormatWholeMoney(next.Amount), Note: invoices(next.Invoices) + ", " + FormatNumber(next.Consolidated) + " consolidated"},
	}
}

// figures are what is to be paid, and what grouping does.
func (o Overview) figures() []Figure {
	figures := []Figure{
		o.Invoices.outstanding(), o.Invoices.overdue(),
		{Label: "Grouped", Value: percent(o.Grouped, o.Active), Note: FormatNumber(o.Grouped) + " of " + Plural(o.Active, "active subscription", "active subscriptions")},
	}
	if o.Fewer > 0 {
		figures = append(figures, Figure{Label: "Could be saved", Value: FormatNumber(o.Fewer), Note: Word(o.Fewer, "invoice", "invoices") + " a month, by grouping for " + Plural(o.Candidates, "customer", "customers")})
	}
	return figures
}

func invoices(n int) string { return Plural(n, "invoice", "invoices") }

// percent writes a share, rounded down so that only all of it is 100 %.
func percent(part, whole int) string { return strconv.Itoa(part*100/max(1, whole)) + noBreak + "%" }

// text says what a candidate has: "31 subscriptions on 19 days, €3,870.10 a month".
func (r WorthRow) text() string {
	return Plural(r.Subscriptions, "subscription", "subscriptions") + " on " + Plural(r.Days, "day", "days") + ", " + FormatMoney(r.Monthly) + " a month"
}

// The calendar's measures, in units of its drawing.
const (
	cellWidth, cellHeight, cellGap = 94, 64, 7
	lastHeight                     = 34
)

// calendarCell is one day of the calendar, or the days after the 28th together.
type calendarCell struct {
	x, y, width, height int
	// label is the day's number, amount and count what is planned; "" for nothing.
	label, amount, count string
	// class has the tone and what else tells the day from others.
	class string
	// inline puts amount and count beside the label.
	inline bool
}

// span is what is planned and what was billed on some days.
type span struct{ planned, billed billing.CalendarDay }

// span adds up days of the month that is shown. In the next month nothing was billed.
func (o Overview) span(from, to int) span {
	s := span{planned: o.month().Total(from, to)}
	if !o.ShowNext {
		s.billed = o.Billed.Total(from, to)
	}
	s.billed.Amount.Currency = s.planned.Amount.Currency
	return s
}

func (s span) invoices() int         { return s.planned.Invoices + s.billed.Invoices }
func (s span) amount() billing.Money { return s.planned.Amount.Add(s.billed.Amount) }

// count says how many invoices there are, and whether they are billed already.
func (s span) count() string {
	n := s.invoices()
	text := FormatShort(int64(n), 10_000)
	if s.planned.Invoices == 0 {
		return text + " billed"
	}
	return text + " " + Word(n, "invoice", "invoices")
}

// cells draws a month: 28 days in four rows, and the others in a cell below.
func (o Overview) cells() []calendarCell {
	month := o.month()
	most := int64(0)
	spans := make([]span, 0, billing.MaxBillingDay+1)
	for day := 1; day <= billing.MaxBillingDay; day++ {
		spans = append(spans, o.span(day, day))
	}
	if len(month.Days) > billing.MaxBillingDay {
		spans = append(spans, o.span(billing.MaxBillingDay+1, 31))
	}
	for _, s := range spans {
		most = max(most, s.planned.Amount.Minor)
	}
	cells := make([]calendarCell, len(spans))
	for i, s := range spans {
		t := s.planned
		cell := calendarCell{
			x: i % 7 * (cellWidth + cellGap), y: i / 7 * (cellHeight + cellGap), width: cellWidth, height: cellHeight,
			label: strconv.Itoa(t.Date.Day), class: "tone-" + strconv.Itoa(tone(t.Amount.Minor, most)),
		}
		last := t.Date
		if i == billing.MaxBillingDay {
			last = month.Days[len(month.Days)-1].Date
			cell.inline, cell.width, cell.height = true, 7*cellWidth+6*cellGap, lastHeight
			if last != t.Date {
				cell.label += "–" + strconv.Itoa(last.Day)
			}
		}
		if s.invoices() > 0 {
			cell.amount, cell.count = FormatShortMoney(s.amount()), s.count()
			if t.Invoices == 0 {
				cell.class = "billed"
			}
		}
		if !o.Today.Before(t.Date) && !last.Before(o.Today) {
			cell.class += " today"
			cell.label += " today"
		} else if last.Before(o.Today) {
			cell.class += " past"
		}
		cells[i] = cell
	}
	return cells
}

// tone is how strong a day's colour is: 0 for nothing, up to 4. It grows with the
// root of the amount, so that one large day does not make all others look alike.
func tone(amount, most int64) int {
	switch {
	case amount == 0:
		return 0
	case amount <= most/16:
		return 1
	case amount <= most/16*4:
		return 2
	case amount <= most/16*9:
		return 3
	}
	return 4
}

// calendarBox is the drawing's view box, with room for the lines at the edge.
func (o Overview) calendarBox() string {
	height := 4*cellHeight + 3*cellGap
	if len(o.month().Days) > billing.MaxBillingDay {
		height += cellGap + lastHeight
	}
	return "-2 -2 " + strconv.Itoa(7*cellWidth+6*cellGap+4) + " " + strconv.Itoa(height+4)
}

// calendarLabel is what the drawing says to whoever can't see it.
func (o Overview) calendarLabel() string {
	month := o.month()
	total := o.span(1, 31)
	text := "Calendar of " + monthName(month.Period) + ": " + invoices(total.invoices()) + ", " + FormatMoney(total.amount()) + " in all"
	if total.billed.Invoices > 0 {
		text += ", of which " + FormatNumber(total.billed.Invoices) + " billed, " + FormatMoney(total.billed.Amount)
	}
	return text + ". The table that follows has every day."
}

func monthName(p billing.Period) string { return p.Month.String() + " " + strconv.Itoa(p.Year) }
