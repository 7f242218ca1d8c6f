package views

import (
	"strings"

	"billfold/billing"
)

// maxAgainDays is on how many days lines that are billed again are told one by one.
const maxAgainDays = 3

// BilledAgainText says when and how credited lines are billed again, of so many in all:
// "It is billed again alone on 20 Dec 2026."
func BilledAgainText(lines int, again []billing.BilledAgain, today billing.Date) string {
	begin := Word(lines, "It is", "They are") + " billed again"
	how, split, gone := againWords(lines, again, today)
	switch {
	case how == "":
		return gone
	case split:
		begin += ":"
	}
	return strings.TrimSpace(begin + " " + how + ". " + gone)
}

// ifBilledAgainText says so while that is not chosen.
func ifBilledAgainText(lines int, again []billing.BilledAgain, today billing.Date) string {
	how, _, gone := againWords(lines, again, today)
	if how != "" {
		how += ". "
	}
	return strings.TrimSpace("If you bill " + Word(lines, "it", "them") + " again: " + how + gone)
}

// againWords say how lines are billed again, whether not all in one way, and how many are
// not at all, in a sentence of its own.
func againWords(lines int, again []billing.BilledAgain, today billing.Date) (how string, split bool, gone string) {
	parts := againParts(again, today)
	words := make([]string, len(parts))
	left := lines
	for i, p := range parts {
		left -= p.lines
		words[i] = Plural(p.lines, "line", "lines") + " " + p.how
	}
	if left > 0 {
		gone = "For " + Plural(left, "line", "lines") + " nothing is owed any more."
	}
	if len(parts) == 1 && left == 0 {
		return parts[0].how, false, ""
	}
	return List(words), true, gone
}

// againPart is how some lines are billed again.
type againPart struct {
	lines int
	how   string
}

// againParts tells each group and day, or what is billed alone together where that would be
// too many.
func againParts(again []billing.BilledAgain, today billing.Date) (parts []againPart) {
	var later []billing.BilledAgain
	for _, a := range again {
		when := "on " + FormatDate(a.Date)
		if !today.Before(a.Date) {
			when = "in the next billing run"
		}
		switch {
		case a.GroupID != "":
			parts = append(parts, againPart{a.Lines, "by the group “" + a.GroupName + "” " + when})
		case today.Before(a.Date):
			later = append(later, a)
		default:
			parts = append(parts, againPart{a.Lines, aloneWord(a.Lines) + " " + when})
		}
	}
	if len(later) <= maxAgainDays {
		for _, a := range later {
			parts = append(parts, againPart{a.Lines, aloneWord(a.Lines) + " on " + FormatDate(a.Date)})
		}
		return parts
	}
	all := againPart{how: "each alone on its own day from " + FormatDate(later[0].Date) + " to " + FormatDate(later[len(later)-1].Date)}
	for _, a := range later {
		all.lines += a.Lines
	}
	return append(parts, all)
}

func aloneWord(lines int) string { return Word(lines, "alone", "each alone") }
