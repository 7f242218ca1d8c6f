package views

import (
	"cmp"
	"slices"

	"billfold/billing"
)

// planMonth is what is billed to a customer in one calendar month.
type planMonth struct {
	shape
	billing.Period
	consolidated int
	sum          billing.Money
	sums         []billing.PlannedSum
}

// months are the plan month by month, those without an invoice too.
func (c CustomerView) months() []planMonth {
	months := make([]planMonth, c.Months)
	for i := range months {
		months[i].Period = c.Today.Period().Add(i)
		months[i].sum.Currency = c.Monthly.Currency
	}
	for _, p := range c.Planned {
		m := &months[p.Date.Period().Sub(c.Today.Period())]
		m.count += p.Invoices
		m.sum = m.sum.Add(p.Total)
		if m.sums = append(m.sums, p); p.GroupID != "" {
			m.consolidated++
		}
		if m.days = append(m.days, p.Date.Day); len(m.days) > 1 {
			m.days = slices.Compact(m.days) // they come in order
		}
	}
	return months
}

// planColumns is how many columns the plan has.
func (c CustomerView) planColumns() string {
	if len(c.Groups) > 0 {
		return "4"
	}
	return "3"
}

// total adds up all months.
func (c CustomerView) total(months []planMonth) (all planMonth) {
	all.sum.Currency = c.Monthly.Currency
	for _, m := range months {
		all.count += m.count
		all.consolidated += m.consolidated
		all.sum = all.sum.Add(m.sum)
	}
	return all
}

// maxPlanRows is how many rows tell of one month.
const maxPlanRows = 10

// rows tell what is billed when: by group and day, or with what is billed alone
// together where that would be too many rows.
func (c CustomerView) rows(m planMonth) []ScheduleRow {
	sums, until := m.sums, billing.Date{}
	if len(sums) > maxPlanRows {
		sums, until = togetherAlone(sums)
	}
	slices.SortStableFunc(sums, func(a, b billing.PlannedSum) int { return cmp.Or(a.Date.Compare(b.Date), c.place(a)-c.place(b)) })
	rows := make([]ScheduleRow, 0, min(len(sums), maxPlanRows))
	for i, p := range sums {
		row := ScheduleRow{Date: p.Date, Text: c.planText(p, until), Group: p.GroupID != "", Total: p.Total}
		if len(sums) > maxPlanRows && i == maxPlanRows-1 {
			row = ScheduleRow{Date: p.Date, Text: FormatNumber(len(sums)-i) + " groups from then on", Group: true, Total: p.Total}
			for _, more := range sums[i+1:] {
				row.Total = row.Total.Add(more.Total)
			}
			return append(rows, row)
		}
		rows = append(rows, row)
	}
	return rows
}

// place puts the groups of a day in the order of their list, before what is billed alone.
func (c CustomerView) place(p billing.PlannedSum) int {
	i := slices.IndexFunc(c.Groups, func(g CustomerGroup) bool { return g.ID == p.GroupID })
	if i < 0 {
		return len(c.Groups)
	}
	return i
}

// togetherAlone makes one sum of all that is billed alone, and says until when it is.
func togetherAlone(sums []billing.PlannedSum) (list []billing.PlannedSum, until billing.Date) {
	at := -1
	for _, p := range sums {
		switch {
		case p.GroupID != "" || at < 0:
			if list = append(list, p); p.GroupID == "" {
				at = len(list) - 1
			}
		default:
			alone := &list[at]
			alone.Invoices += p.Invoices
			alone.Lines += p.Lines
			alone.Total = alone.Total.Add(p.Total)
			alone.Overdue = alone.Overdue || p.Overdue
			alone.Alone, alone.SubscriptionID, until = billing.AloneUngrouped, "", p.Date
		}
	}
	return list, until
}

// planText says what is billed: by a group or alone, until a day where that is given.
func (c CustomerView) planText(p billing.PlannedSum, until billing.Date) string {
	text := FormatNumber(p.Invoices) + " billed alone"
	switch {
	case p.GroupID != "":
		text = "The group, "
		if g := c.group(p.GroupID); g != nil {
			text = g.Name + ", "
		}
		text += Plural(p.Lines, "line", "lines")
	case p.Lines == 1:
		text = cmp.Or(c.Products[p.SubscriptionID], p.SubscriptionID) + " alone"
	case !until.IsZero():
		text += " until " + FormatShortDate(until)
	}
	if p.Alone != "" && p.Alone != billing.AloneUngrouped {
		text += ": " + aloneReason(p.Alone)
	}
	if p.Overdue {
		text += " (overdue)"
	}
	return text
}
