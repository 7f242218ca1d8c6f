package views

import (
	"net/url"
	"strconv"
	"strings"

	"billfold/billing"
)

// UploadURL is the page of an uploaded export: what taking it in would do and, once
// it was taken in, what it did.
func UploadURL(id string) string { return ImportURL() + "/" + url.PathEscape(id) }

// UploadProblemsURL is the list of an upload's problems as a CSV file.
func UploadProblemsURL(id string) string { return UploadURL(id) + "/problems.csv" }

// ImportForm is the page an export is uploaded on.
type ImportForm struct {
	Problems Problems
	// MaxBytes is how large the file may be.
	MaxBytes int64
	// Today would become the cut-over day where CutOver is zero.
	Today, CutOver billing.Date
	// Past are the imports that were taken in, the newest first.
	Past []PastImport
}

func (f ImportForm) hint() string {
	return "CSV in UTF-8, up to " + strconv.FormatInt(f.MaxBytes>>20, 10) + noBreak + "MB. You see what would change before anything does."
}

func statusNames() string {
	names := make([]string, len(billing.SubscriptionStatuses))
	for i, status := range billing.SubscriptionStatuses {
		names[i] = string(status)
	}
	return strings.Join(names, ", ")
}

// PastImport is one import that was taken in.
type PastImport struct {
	ID, File, By string
	On           billing.Date
	ImportCounts
}

// ImportCounts is what an import comes to.
type ImportCounts struct {
	New, Changed, Unchanged, Refused int
	CustomersNew, CustomersChanged   int
	// DueInstalments and DueAmount are what falls due at once, before tax.
	DueInstalments int
	DueAmount      billing.Money
	// CreditedLines and CreditedAmount are what was billed for months that are not owed any
	// more, with tax.
	CreditedLines  int
	CreditedAmount billing.Money
}

// changesAnything tells whether there is anything to take in.
func (c ImportCounts) changesAnything() bool {
	return c.New+c.Changed+c.CustomersNew+c.CustomersChanged > 0
}

// figures are the counts of subscriptions as a strip.
func (c ImportCounts) figures() []Figure {
	refused := Figure{Label: "Refused", Value: FormatNumber(c.Refused), Note: "nothing refused"}
	if c.Refused > 0 {
		refused.Note, refused.Tone = "left as they are", Bad
	}
	return []Figure{
		{Label: "New", Value: FormatNumber(c.New), Note: Plural(c.CustomersNew, "new customer", "new customers")},
		{Label: "Changed", Value: FormatNumber(c.Changed), Note: Plural(c.CustomersChanged, "customer changed", "customers changed")},
		{Label: "Unchanged", Value: FormatNumber(c.Unchanged), Note: "the same as here"},
		refused,
	}
}

// UploadView is an uploaded export and what taking it in would do.
type UploadView struct {
	ID, File string
	On       billing.Date
	// Unreadable counts the problems that keep the file out; the counts are zero then.
	Unreadable int
	ImportCounts
	Problems ImportProblems
}

// verb says on the button what it does.
func (u UploadView) verb() string {
	if n := u.New + u.Changed; n > 0 {
		return "Take in " + Plural(n, "subscription", "subscriptions")
	}
	return "Take in " + Plural(u.CustomersNew+u.CustomersChanged, "customer", "customers")
}

func (u UploadView) title() string {
	switch {
	case u.Unreadable > 0:
		return "This file can’t be taken in"
	case u.changesAnything():
		return "Check before taking it in"
	}
	return "Nothing to take in"
}

// ImportProblems is a page of the list of an upload's problems.
type ImportProblems struct {
	Rows []billing.RowProblem
	// First is the number of the first row shown, from 1, of Listed; Total are there.
	First, Listed, Total int
	// Prev and Next are the neighbouring pages, or "".
	Prev, Next string
}

func (l ImportProblems) text() string {
	text := FormatNumber(l.First) + " to " + FormatNumber(l.First+len(l.Rows)-1) + " of " + FormatNumber(l.Listed)
	if l.Total > l.Listed {
		text += ", the first of " + FormatNumber(l.Total)
	}
	return text
}
