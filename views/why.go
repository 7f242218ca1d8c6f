package views

import (
	"fmt"

	"billfold/billing"
)

// WhyArgs are what the planner has answered about one subscription.
type WhyArgs struct {
	billing.Subscription
	Customer billing.Customer
	// Group is the billing group it is in, or nil.
	Group *billing.Group
	Today billing.Date
	// Planned are all the invoices that will bill it, the next one first.
	Planned []billing.Draft
}

// Why says in sentences why the subscription is billed when it is. Every date is the
// planner's, or one that the contract has.
func Why(w WhyArgs) []string {
	if len(w.Planned) == 0 {
		return []string{w.nothing()}
	}
	sentences := []string{w.place()}
	if w.Group != nil && w.Group.Status == billing.GroupActive {
		sentences = append(sentences, "Its months are counted from the "+w.ownDay()+"; the group moves only the day that they are billed on.")
	}
	if w.Today.Before(w.Start) {
		sentences = append(sentences, "The contract begins on "+FormatDate(w.Start)+".")
	}
	sentences = append(sentences, w.next()...)
	if text := w.last(); text != "" {
		sentences = append(sentences, text)
	}
	if w.Start.Period().Before(w.OwedFrom) {
		sentences = append(sentences, "What lies before "+FormatPeriod(w.OwedFrom)+" was billed elsewhere.")
	}
	return sentences
}

// nothing says why there is nothing to bill any more.
func (w WhyArgs) nothing() string {
	switch {
	case w.Status != billing.SubscriptionActive:
		return w.ending() + " Nothing is left to bill."
	case !w.ActiveOn(w.Today):
		return "The contract has run its course: its " + Plural(w.Length, "month", "months") + " were over on " + FormatDate(w.EndDate()) + ". Nothing is left to bill."
	case w.End().AddMonths(-1).Period().Before(w.OwedFrom):
		return "All that it owes was billed elsewhere, so nothing is left to bill here. The contract runs until " + FormatDate(w.EndDate()) + "."
	}
	return "All its months are billed. The contract runs until " + FormatDate(w.EndDate()) + "."
}

// ending says when and how it ended, or will, and what that means.
func (w WhyArgs) ending() string {
	verb := "It ended on "
	if w.Today.Before(w.EndedOn) {
		verb = "It ends on "
	}
	return verb + FormatDate(w.EndedOn) + " (" + endedWords[w.Status] + "): no month that begins on or after that day is billed."
}

// place says where it is billed as a rule.
func (w WhyArgs) place() string {
	if w.Customer.Type == billing.Individual {
		return "A private person’s subscriptions are billed alone: this one every month on the " + w.ownDay() + "."
	}
	if w.Group == nil {
		return "It is in no group, so it is billed alone: every month on the " + w.ownDay() + "."
	}
	name := "It is in the group “" + w.Group.Name + "”"
	if w.Group.Status != billing.GroupActive {
		return name + ", which is inactive. Until the group is activated it is billed alone: every month on the " + w.ownDay() + "."
	}
	now, last := w.Group.Days.In(w.Today.Period()), w.Group.Days.Last()
	if now != last.Day {
		return fmt.Sprintf("%s, billed on the %s, and on the %s from %s on.", name, Ordinal(now), Ordinal(last.Day), FormatPeriod(last.From))
	}
	return name + ", billed on the " + Ordinal(now) + "."
}

// ownDay is the day of the month that its own dates fall on, and where that is from.
func (w WhyArgs) ownDay() string {
	text := Ordinal(w.Start.Day) + ", the day the contract began"
	if w.Today.Before(w.Start) {
		text = Ordinal(w.Start.Day) + ", the day the contract begins"
	}
	if w.Start.Day > billing.MaxBillingDay {
		text += " (in a shorter month on its last day)"
	}
	return text
}

// next says what comes next: what is overdue, what is billed alone although it is in a
// group, and from when on things are as they are as a rule.
func (w WhyArgs) next() (sentences []string) {
	var overdue []billing.Draft
	planned := w.Planned
	for len(planned) > 0 && w.isOverdue(planned[0]) {
		overdue, planned = append(overdue, planned[0]), planned[1:]
	}
	if len(overdue) > 0 {
		sentences = append(sentences, w.overdue(overdue))
	}
	exceptions := len(overdue)
	for len(planned) > 0 && isException(planned[0].Alone) {
		d := planned[0]
		sentences = append(sentences, fmt.Sprintf("%s is billed alone on %s, because %s.", w.month(d.Period), FormatDate(d.Date), aloneReason(d.Alone)))
		exceptions, planned = exceptions+1, planned[1:]
	}
	switch {
	case len(planned) == 0 && w.Group != nil && w.Group.Status == billing.GroupActive:
		return append(sentences, "Nothing of it is left for the group’s invoices after that.")
	case len(planned) == 0:
		return sentences
	case planned[0].GroupID == "":
		return append(sentences, "It is next billed on "+FormatDate(planned[0].Date)+".")
	case exceptions > 0:
		return append(sentences, "From "+FormatDate(planned[0].Date)+" on it is on the group’s invoice.")
	}
	return append(sentences, "It is next on the group’s invoice of "+FormatDate(planned[0].Date)+".")
}

// isException tells whether a reason to be billed alone holds for some months only.
func isException(a billing.Alone) bool {
	return a == billing.AloneBeforeGroup || a == billing.AloneFirst || a == billing.AloneGroupBilled
}

// due answers the day that a planned invoice falls on, overdue or not.
func (w WhyArgs) due(d billing.Draft) billing.Date {
	if d.GroupID != "" && w.Group != nil {
		return w.Group.Days.Date(d.Period)
	}
	return d.Lines[0].Instalment.From
}

func (w WhyArgs) isOverdue(d billing.Draft) bool { return w.due(d).Before(d.Date) }

func (w WhyArgs) overdue(drafts []billing.Draft) string {
	first, last := drafts[0], drafts[len(drafts)-1]
	if len(drafts) > 1 {
		return fmt.Sprintf("%s are overdue, %s to %s: the next billing run bills them.",
			Plural(len(drafts), "month", "months"), FormatPeriod(first.Period), FormatPeriod(last.Period))
	}
	how := "with the group"
	if first.Alone != "" {
		how = "alone"
	}
	if isException(first.Alone) {
		how += ", because " + aloneReason(first.Alone)
	}
	return fmt.Sprintf("%s is overdue since %s: the next billing run bills it %s.", w.month(first.Period), FormatDate(w.due(first)), how)
}

// month names a month, with its year where that is not this one.
func (w WhyArgs) month(p billing.Period) string {
	if p.Year == w.Today.Year {
		return p.Month.String()
	}
	return fmt.Sprintf("%s %d", p.Month, p.Year)
}

// last says when billing ends, and why.
func (w WhyArgs) last() string {
	last := w.Planned[len(w.Planned)-1]
	switch {
	case w.Status != billing.SubscriptionActive:
		return w.ending()
	case len(w.Planned) == 1:
		return "That is the last of its " + Plural(w.Length, "month", "months") + "."
	}
	return fmt.Sprintf("The last of its %s is billed on %s.", Plural(w.Length, "month", "months"), FormatDate(last.Date))
}
