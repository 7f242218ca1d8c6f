package views

import (
	"time"

	"billfold/billing"
)

// FurtherArgs lead through a list whose pages have no numbers. First and Next are
// addresses, or ""; Order says how it is sorted.
type FurtherArgs struct{ Order, First, Next string }

// RunList is one page of all billing runs.
type RunList struct {
	Rows    []RunRow
	Further FurtherArgs
}

// RunRow is one billing run.
type RunRow struct {
	ID, By          string
	On              billing.Date // began, at Time
	Time            string
	Took            time.Duration // up to now, while it is under way
	DueBy, IssuedOn billing.Date

	Due, Done, Invoices, Lines, SetAside int
	Total                                billing.Money
	First, Last                          string
	State                                RunState
	Problem                              string
}

// RunView is the page of a billing run.
type RunView struct {
	RunRow
	// List are the newest of its invoices.
	List InvoiceCard
}

// RunState says how far a billing run is.
type RunState int

// The states of a billing run.
const (
	RunDone RunState = iota
	RunUnderWay
	RunInterrupted
	RunFailed
)

func (r RunRow) badge() (Tone, string) {
	switch {
	case r.State == RunUnderWay:
		return Info, "Under way"
	case r.State == RunInterrupted:
		return Warn, "Interrupted"
	case r.State == RunFailed:
		return Bad, "Stopped"
	case r.SetAside > 0:
		return Warn, "Some set aside"
	}
	return Good, "Done"
}

// Title calls a run on its page.
func (r RunRow) Title() string { return "Billing run of " + FormatDate(r.IssuedOn) }

// numbers says which numbers the invoices have: "NL-2026-000001 to NL-2026-000012".
func (r RunRow) numbers() string {
	if r.First == r.Last {
		return r.First
	}
	return r.First + " to " + r.Last
}

// daysText says what a run billed and on which day, where that is not the day it began.
func (r RunRow) daysText() string {
	text := "issued on " + FormatDate(r.IssuedOn)
	if r.DueBy != r.IssuedOn {
		text = "what fell due by " + FormatDate(r.DueBy) + ", " + text
	}
	return text
}

func (r RunRow) subtitle() string {
	return "Begun at " + r.Time + " by " + r.By + " · what fell due by " + FormatDate(r.DueBy) + ", issued on " + FormatDate(r.IssuedOn)
}

// reachedText says how far a run came that did not come to its end, or "".
func (r RunRow) reachedText() string {
	if r.Due == 0 {
		return ""
	}
	return " It got through " + r.progressText() + "."
}

func (r RunRow) progressText() string {
	return FormatNumber(r.Done) + " of " + Plural(r.Due, "invoice", "invoices")
}

func (r RunRow) figures() []Figure {
	aside := Figure{Label: "Set aside", Value: FormatNumber(r.SetAside), Note: "nothing left out"}
	if r.SetAside > 0 {
		aside.Note, aside.Tone = "could not be billed", Bad
	}
	numbers := r.numbers()
	if numbers == "" {
		numbers = "none issued"
	}
	took := Figure{Label: "Took", Value: spanText(r.Took), Note: "begun " + FormatDate(r.On) + ", " + r.Time}
	switch r.State {
	case RunUnderWay:
		took.Label = "So far"
	case RunInterrupted:
		took.Label = "Last heard of after"
	}
	return []Figure{
		{Label: "Invoices", Value: FormatNumber(r.Invoices), Note: numbers},
		{Label: "Total", Value: FormatMoney(r.Total), Note: Plural(r.Lines, "line", "lines")},
		aside, took,
	}
}

// spanText writes how long something took: "1 h 2 min", "3 min 5 s", "12 s".
func spanText(d time.Duration) string {
	whole := func(n time.Duration, unit string) string { return FormatNumber(int(n)) + noBreak + unit }
	switch d = d.Round(time.Second); {
	case d < time.Second:
		return "under " + whole(1, "s")
	case d < time.Minute:
		return whole(d/time.Second, "s")
	case d < time.Hour:
		return whole(d/time.Minute, "min") + " " + whole(d%time.Minute/time.Second, "s")
	}
	return whole(d/time.Hour, "h") + " " + whole(d%time.Hour/time.Minute, "min")
}
