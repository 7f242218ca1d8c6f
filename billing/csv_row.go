package billing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The longest texts an export may hold, in characters.
const (
	maxExportID     = 100
	maxExportText   = 200
	maxExportNumber = 40 // dates, amounts, codes: nothing that is one comes near it
)

// row reads one row. A row with a problem is left out; its id and its other cells
// are checked all the same, so that every problem is told at once.
func (p *exportParser) row(record []string) {
	line, _ := p.csv.FieldPos(0)
	if got, want := len(record), len(p.header); got != want {
		advice := "Add the missing ones, empty where there is nothing to tell."
		if got > want {
			advice = fmt.Sprintf("Put a cell with a %q in it in quotation marks.", p.csv.Comma)
		}
		p.refuse(line, "", fmt.Sprintf("The row has %d cells, but there are %d columns. %s", got, want, advice))
		return
	}
	before := p.problems.Total
	c := cells{p, record}
	row := ExportRow{
		Line:          line,
		ID:            c.id(subscriptionIDColumn),
		OrderID:       strings.Clone(c.text(orderIDColumn, maxExportID)),
		Product:       p.once(c.text(productNameColumn, maxExportText)),
		SKU:           p.once(c.text(skuColumn, maxExportID)),
		Serial:        strings.Clone(c.text(serialNumberColumn, maxExportID)),
		MonthlyAmount: c.amount(),
		Start:         c.date(startDateColumn, true),
		Length:        c.number(contractLengthColumn, 1, MaxContractLength, true),
		Status:        c.status(),
		EndDate:       c.date(endDateColumn, false),
		NextBilling:   c.date(nextBillingDateColumn, false),
	}
	c.currency()
	if !row.EndDate.IsZero() && row.EndDate.Before(row.Start) {
		c.refuse(endDateColumn, fmt.Sprintf("%s lies before the start on %s. Correct one of the two dates.", row.EndDate, row.Start))
	}
	if last := row.Start.AddMonths(MaxContractLength); last.Before(row.NextBilling) {
		c.refuse(nextBillingDateColumn, fmt.Sprintf("%s lies beyond any contract that began on %s. Correct one of the two dates.", row.NextBilling, row.Start))
	}
	c.unique(row.ID)
	told := c.customer()
	if p.problems.Total > before {
		return
	}
	row.Customer = p.customerOf(told[customerIDColumn])
	row.Customer.tell(told, row.Start)
	p.export.Rows = append(p.export.Rows, row)
}

// once answers a text that is one copy, however many rows repeat it. The cells of a
// row are parts of one string, which would stay in memory whole.
func (p *exportParser) once(s string) string {
	if kept, known := p.texts[s]; known {
		return kept
	}
	s = strings.Clone(s)
	p.texts[s] = s
	return s
}

// cells are the cells of one row.
type cells struct {
	*exportParser
	record []string
}

// refuse notes a problem with a cell, on the line where the cell begins.
func (c cells) refuse(col column, message string) {
	line, _ := c.csv.FieldPos(c.at[col])
	c.exportParser.refuse(line, col.String(), message)
}

// text answers a cell without surrounding space, and a line break or tab inside it as
// a space: addresses come in several lines. An unusable text is refused and answered
// as "", like an empty cell or a column that the file lacks.
func (c cells) text(col column, limit int) string {
	if c.at[col] < 0 {
		return ""
	}
	s := strings.TrimSpace(c.record[c.at[col]])
	switch {
	case !utf8.ValidString(s):
		c.refuse(col, "The cell has characters that are not UTF-8. Save the file as “CSV UTF-8” and take that file.")
		return ""
	case strings.ContainsAny(s, "\n\r\t"):
		s = strings.Join(strings.Fields(s), " ")
	}
	if n := utf8.RuneCountInString(s); n > limit {
		c.refuse(col, fmt.Sprintf("The cell has %d characters. Shorten it to %d at most.", n, limit))
		return ""
	}
	if strings.ContainsFunc(s, breaksLine) {
		c.refuse(col, "The cell has control characters in it. Take them out.")
		return ""
	}
	return s
}

// value answers the text of a cell that can't do without one, or is told in a short
// form; it is refused where it is needed and empty.
func (c cells) value(col column, limit int, needed bool) string {
	before := c.problems.Total
	s := c.text(col, limit)
	if s == "" && needed && c.problems.Total == before {
		c.refuse(col, "The cell is empty. Fill it in; every row needs it.")
	}
	return s
}

func (c cells) id(col column) string {
	id := c.value(col, maxExportID, true)
	if id == "." || id == ".." {
		c.refuse(col, "Give it another id: browsers read dots as a part of an address.")
	}
	return strings.Clone(id)
}

func (c cells) amount() Money {
	s := c.value(monthlyAmountColumn, maxExportNumber, true)
	if s == "" {
		return Money{}
	}
	m, err := parseExportAmount(s, c.exportParser.currency)
	if err != nil {
		c.refuse(monthlyAmountColumn, err.Error()+".")
	}
	return m
}

// parseExportAmount reads a monthly amount: 0 up to MaxAmount.
func parseExportAmount(s string, currency Currency) (Money, error) {
	m, err := ParseMoney(s, currency)
	if err != nil {
		return Money{}, err
	}
	switch {
	case m.Minor < 0:
		return Money{}, fmt.Errorf("%q is negative. Write the amount of a month, 0 or more", s)
	case m.Minor > MaxAmount:
		return Money{}, fmt.Errorf("%q is too large. A month can cost %s at most", s, Money{MaxAmount, currency})
	}
	return m, nil
}

// currency refuses a row in another currency than the business unit's, which is fixed.
func (c cells) currency() {
	s := c.value(currencyColumn, maxExportNumber, true)
	if s == "" {
		return
	}
	told, err := ParseCurrency(s)
	switch {
	case err != nil:
		c.refuse(currencyColumn, err.Error()+".")
	case told != c.exportParser.currency:
		c.refuse(currencyColumn, fmt.Sprintf("The amount is in %s, but the business unit bills in %s. Take the row out.", told, c.exportParser.currency))
	}
}

func (c cells) date(col column, needed bool) Date {
	s := c.value(col, maxExportNumber, needed)
	if s == "" {
		return Date{}
	}
	d, err := ParseDate(s)
	if err != nil {
		c.refuse(col, err.Error()+".")
	}
	return d
}

// number answers a whole number within bounds, or 0 for an empty cell.
func (c cells) number(col column, low, high int, needed bool) int {
	s := c.value(col, maxExportNumber, needed)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high || !isDigits(s) {
		c.refuse(col, fmt.Sprintf("%q won't do. Write a whole number from %d to %d.", s, low, high))
		return 0
	}
	return n
}

func (c cells) status() SubscriptionStatus {
	s := c.value(statusColumn, maxExportNumber, true)
	if i := slices.Index(SubscriptionStatuses, SubscriptionStatus(s)); i >= 0 {
		return SubscriptionStatuses[i]
	}
	if s != "" {
		c.refuse(statusColumn, fmt.Sprintf("%q is not a status. Use %s.", s, alternatives(SubscriptionStatuses)))
	}
	return ""
}

// unique refuses a subscription that an earlier row has named already: the two could
// contradict each other.
func (c cells) unique(id string) {
	if id == "" {
		return
	}
	line, _ := c.csv.FieldPos(c.at[subscriptionIDColumn])
	if first, repeated := c.lines[id]; repeated {
		c.refuse(subscriptionIDColumn, fmt.Sprintf("%s is in line %d already. Keep one of the two rows.", id, first))
		return
	}
	c.lines[id] = line
}
