package views

import (
	"fmt"
	"slices"

	"billfold/billing"
)

// Outlook is what creating a group would do, told before it is done. It reads the
// planner's answer and decides nothing of its own.
type Outlook struct {
	Today billing.Date
	// Day is the group's billing day.
	Day int
	// Terms are the days the customer has to pay.
	Terms int
	// Before and After are the invoices without and with the group.
	Before, After []billing.Draft
	// Missing says what has to be chosen before anything can be foreseen, or is "".
	Missing string
}

// First answers the first consolidated invoice, or nil where none is planned.
func (o Outlook) First() *billing.Draft {
	i := slices.IndexFunc(o.After, func(d billing.Draft) bool { return d.GroupID != "" })
	if i < 0 {
		return nil
	}
	return &o.After[i]
}

// typical answers the first whole month with a consolidated invoice: what a month
// looks like from then on.
func (o Outlook) typical() billing.Period {
	for _, d := range o.After {
		if d.GroupID != "" && o.Today.Period().Before(d.Period) {
			return d.Period
		}
	}
	if first := o.First(); first != nil {
		return first.Period
	}
	return o.Today.Period()
}

// shape is the invoices of one month: how many, on which days and how much in all.
type shape struct {
	count int
	days  []int
	total int64
}

func shapeOf(drafts []billing.Draft, p billing.Period) (s shape) {
	for _, d := range drafts {
		if d.Period == p {
			s.count++
			s.total += d.Total
			s.days = append(s.days, d.Date.Day)
		}
	}
	slices.Sort(s.days)
	s.days = slices.Compact(s.days)
	return s
}

// maxDaysNamed is how many days are named one by one before they are only counted.
const maxDaysNamed = 4

func (s shape) when() string {
	switch n := len(s.days); {
	case n == 0:
		return "nothing is due"
	case n > maxDaysNamed:
		return "on " + FormatNumber(n) + " different days"
	default:
		return "on the " + OrdinalList(s.days)
	}
}

// Notes say what is still billed alone and why, and what falls due today.
func (o Outlook) Notes() []string {
	var notes []string
	var before, overdue []billing.Draft
	for _, d := range o.After {
		own := d.Lines[0].Instalment.From
		switch {
		case d.GroupID != "":
		case own.Before(o.Today):
			overdue = append(overdue, d)
		case d.Alone == billing.AloneBeforeGroup:
			before = append(before, d)
		case d.Alone == billing.AloneFirst:
			notes = append(notes, fmt.Sprintf("%s starts on %s, after the %s: its first instalment is billed alone that day.",
				product(d), FormatShortDate(own), Ordinal(o.Day)))
		}
	}
	notes = shorten(notes, "contract starts later and is first billed alone, on its own day.", "contracts start later and are first billed alone, on their own days.")
	if text := o.beforeGroup(before); text != "" {
		notes = append([]string{text}, notes...)
	}
	if len(overdue) > 0 {
		notes = append(notes, fmt.Sprintf("%s overdue and billed alone by the next billing run: %s.",
			Plural(len(overdue), "earlier instalment is", "earlier instalments are"), FormatMoney(sumOf(overdue))))
	}
	if first := o.First(); first != nil && first.Date == o.Today {
		notes = append(notes, "The first consolidated invoice is due today: the next billing run issues it.")
	}
	return notes
}

// maxNotes is how many similar notes are told one by one.
const maxNotes = 2

// shorten counts notes of one kind where there are too many to read.
func shorten(notes []string, one, many string) []string {
	if len(notes) <= maxNotes {
		return notes
	}
	return []string{Plural(len(notes), one, many)}
}

// beforeGroup tells which instalments the group comes too late for.
func (o Outlook) beforeGroup(drafts []billing.Draft) string {
	if len(drafts) == 0 {
		return ""
	}
	first, last := drafts[0], drafts[len(drafts)-1]
	month := first.Period.Month.String()
	if len(drafts) == 1 {
		return fmt.Sprintf("%s’s %s instalment is still billed alone, on %s: the %s has passed.",
			product(first), month, FormatShortDate(first.Date), Ordinal(o.Day))
	}
	when := "on " + FormatShortDate(first.Date)
	if first.Date != last.Date {
		when = "from " + FormatShortDate(first.Date) + " to " + FormatShortDate(last.Date)
	}
	return fmt.Sprintf("%s %s instalments are still billed alone, %s: the %s has passed.",
		FormatNumber(len(drafts)), month, when, Ordinal(o.Day))
}

func product(d billing.Draft) string { return d.Lines[0].Subscription.Product }

func sumOf(drafts []billing.Draft) billing.Money {
	var sum billing.Money
	for _, d := range drafts {
		sum = billing.Money{Minor: sum.Minor + d.Total, Currency: d.Currency}
	}
	return sum
}

// ScheduleRow is a group's invoice, or the invoices that are billed alone on one day
// or on several days in a row.
type ScheduleRow struct {
	Date  billing.Date
	Text  string
	Group bool
	Total billing.Money
}

// maxDaysAlone is how many rows tell of days in a row with nothing but invoices for
// one subscription each; the last row takes all that is left.
const maxDaysAlone = 2

// Schedule lists planned invoices by day, up to a number of rows.
func Schedule(drafts []billing.Draft, limit int) []ScheduleRow {
	var rows []ScheduleRow
	for len(drafts) > 0 && len(rows) < limit {
		d := drafts[0]
		if d.GroupID != "" {
			rows = append(rows, groupRow(d, "Group"))
			drafts = drafts[1:]
			continue
		}
		n := slices.IndexFunc(drafts, func(d billing.Draft) bool { return d.GroupID != "" })
		if n < 0 {
			n = len(drafts)
		}
		rows = append(rows, aloneRows(drafts[:n])...)
		drafts = drafts[n:]
	}
	return rows[:min(limit, len(rows))]
}

// aloneRows sums up invoices that are billed alone, by day or all together.
func aloneRows(drafts []billing.Draft) []ScheduleRow {
	last := drafts[len(drafts)-1].Date
	var rows []ScheduleRow
	for len(drafts) > 0 {
		n := slices.IndexFunc(drafts, func(d billing.Draft) bool { return d.Date != drafts[0].Date })
		if len(rows) == maxDaysAlone-1 || n < 0 {
			n = len(drafts)
		}
		rows = append(rows, aloneRow(drafts[:n]))
		drafts = drafts[n:]
	}
	if end := len(rows) - 1; rows[end].Date != last {
		rows[end].Text += " until " + FormatShortDate(last)
	}
	return rows
}

func groupRow(d billing.Draft, name string) ScheduleRow {
	return ScheduleRow{Date: d.Date, Group: true, Total: d.Money(d.Total), Text: name + ", " + Plural(len(d.Lines), "line", "lines")}
}

func aloneRow(drafts []billing.Draft) ScheduleRow {
	row := ScheduleRow{Date: drafts[0].Date, Text: FormatNumber(len(drafts)) + " billed alone", Total: sumOf(drafts)}
	if len(drafts) == 1 {
		row.Text = product(drafts[0]) + " alone"
	}
	return row
}

// VATText names the tax of an invoice: "VAT 19 %", "No VAT".
func VATText(v billing.VAT) string {
	switch v.Mode {
	case billing.VATExclusive:
		return "VAT " + v.Percent() + noBreak + "%"
	case billing.VATInclusive:
		return "includes VAT " + v.Percent() + noBreak + "%"
	}
	return "No VAT"
}
