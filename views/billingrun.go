package views

import (
	"net/url"
	"strconv"
	"strings"

	"billfold/billing"
)

// DueURL is a page of what is due, from 1 on, on the page of the billing run.
func DueURL(page int) string { return numberedURL(BillingURL(), page) }

func numberedURL(path string, page int) string {
	if page <= 1 {
		return path
	}
	return withQuery(path, url.Values{"page": {strconv.Itoa(page)}})
}

// DueCSVURL is all that is due as a CSV file.
func DueCSVURL() string { return "/billing/due.csv" }

// StartRunURL is the page that asks before a billing run is started.
func StartRunURL() string { return "/billing/run" }

// AutomaticURL is the page that switches automatic billing on and off.
func AutomaticURL() string { return "/billing/automatic" }

// SetAsideURL is a page of the list of what can't be billed, from 1 on.
func SetAsideURL(page int) string { return numberedURL("/billing/set-aside", page) }

// BillingRunsURL is the list of billing runs, from where a page ended on.
func BillingRunsURL(after string) string { return pageURL("/billing/runs", after) }

func pageURL(path, after string) string {
	if after == "" {
		return path
	}
	return withQuery(path, url.Values{"after": {after}})
}

// RunInvoicesURL is the list of the invoices that a billing run issued.
func RunInvoicesURL(id string) string { return InvoicesURL(url.Values{"run": {id}}) }

// Billing is the page of the billing run: what is due, what is set aside, and how it
// gets billed.
type Billing struct {
	Today billing.Date
	Due   DueSums
	// Rows are the page that is shown of what a run would issue; Pages leads to the others.
	Rows  []DueRow
	Pages PagesArgs
	// SetAside is what it would set aside, or the first of it.
	SetAside []SetAsideRow
	// Runs are the newest runs; MoreRuns tells that there are more.
	Runs     []RunRow
	MoreRuns bool
	// UnderWay is the run that is under way, or nil.
	UnderWay *RunRow
	// Missing is what invoices lack about who sends them.
	Missing   []string
	Automatic bool
	// MayRun, MaySwitch and MaySet tell whether the user may start a run, switch
	// automatic billing and change the settings.
	MayRun, MaySwitch, MaySet bool
}

// DueSums is what is due, added up: what a run would issue and, apart from that, what it
// would set aside.
type DueSums struct {
	Invoices, Consolidated, Lines int
	Total                         billing.Money
	// Late counts those that were due before today, the oldest since Oldest.
	Late   int
	Oldest billing.Date
	// SetAside counts what would be set aside, AsideTotal is what that comes to, and
	// AsideNames tell whose it is and why, "Beta AG, address missing", but for AsideOthers.
	SetAside    int
	AsideTotal  billing.Money
	AsideNames  []string
	AsideOthers bool
}

// DueRow is one invoice that is due.
type DueRow struct {
	Since  billing.Date
	Late   string // how late it is: "3 days ago"; "" where it is due today
	Period billing.Period
	Lines  int
	Total  billing.Money
	Billed
}

// Billed is whom an invoice goes to, and what it is about: a group, or a subscription.
type Billed struct {
	CustomerID, CustomerName                                string
	GroupID, GroupName, SubscriptionID, Product, SerialText string
}

func (b Billed) url() string {
	if b.GroupID != "" {
		return GroupURL(b.GroupID)
	}
	return SubscriptionURL(b.SubscriptionID)
}

func (b Billed) text() string {
	if b.GroupID != "" {
		return b.GroupName
	}
	if b.Product == "" {
		return b.SubscriptionID
	}
	return b.Product
}

// SetAsideRow is one invoice that can't be issued.
type SetAsideRow struct {
	Since           billing.Date
	Period          billing.Period
	Total           billing.Money
	Reason          string
	FirstOn, LastOn billing.Date // tried; zero where it was not
	// EditURL changes the customer; "" where the user may not.
	EditURL string
	Billed
}

func (r SetAsideRow) triedText() string {
	if r.LastOn.IsZero() {
		return "not tried yet"
	}
	if r.FirstOn == r.LastOn {
		return "tried on " + FormatDate(r.LastOn)
	}
	return "tried since " + FormatDate(r.FirstOn) + ", last on " + FormatDate(r.LastOn)
}

// SetAsideList is one page of all that can't be billed.
type SetAsideList struct {
	Rows  []SetAsideRow
	Pages PagesArgs
}

func (b Billing) figures() []Figure {
	aside := Figure{Label: "Set aside", Value: "None", Note: "nothing was left out"}
	if n := b.Due.SetAside; n > 0 {
		aside.Value, aside.Note, aside.Tone = FormatNumber(n), FormatMoney(b.Due.AsideTotal)+" can’t be billed", Bad
	}
	automatic := Figure{Label: "Automatic billing", Value: "Off", Note: "nothing is issued by itself"}
	if b.Automatic {
		automatic.Value, automatic.Note = "On", "at start and every hour"
	}
	return []Figure{
		{Label: "Due now", Value: FormatNumber(b.Due.Invoices), Note: b.Due.kinds()},
		{Label: "Comes to", Value: FormatMoney(b.Due.Total), Note: Plural(b.Due.Lines, "line", "lines")},
		aside, automatic,
	}
}

// kinds says what the invoices are: "3 consolidated, 21 individual".
func (d DueSums) kinds() string {
	if d.Invoices == 0 && d.SetAside > 0 {
		return "all else is billed"
	}
	if d.Invoices == 0 {
		return "everything due is billed"
	}
	return FormatNumber(d.Consolidated) + " consolidated, " + FormatNumber(d.Invoices-d.Consolidated) + " individual"
}

// lateText says how much of it is late, or "".
func (d DueSums) lateText() string {
	switch {
	case d.Late == 0:
		return ""
	case d.Invoices == 1:
		return "It fell due on " + FormatDate(d.Oldest) + "."
	case d.Late == d.Invoices:
		return "All " + FormatNumber(d.Late) + " fell due before today, the oldest on " + FormatDate(d.Oldest) + "."
	}
	return FormatNumber(d.Late) + " of " + FormatNumber(d.Invoices) + " fell due before today, the oldest on " + FormatDate(d.Oldest) + "."
}

// issuedText says what a run would issue: "4 invoices over €118.98 are issued".
func (d DueSums) issuedText() string {
	return Plural(d.Invoices, "invoice", "invoices") + " over " + FormatMoney(d.Total) + " " + Word(d.Invoices, "is", "are") + " issued"
}

// asideText says what a run would set aside, or "": "1 over €23.68 is set aside: Beta AG,
// address missing".
func (d DueSums) asideText() string {
	if d.SetAside == 0 {
		return ""
	}
	text := FormatNumber(d.SetAside) + " over " + FormatMoney(d.AsideTotal) + " " + Word(d.SetAside, "is", "are") + " set aside: " + strings.Join(d.AsideNames, "; ")
	if d.AsideOthers {
		text += "; and others"
	}
	return text
}

// runText says what a run would do where it would set something aside, or "".
func (d DueSums) runText() string {
	switch aside := d.asideText(); {
	case aside == "":
		return ""
	case d.Invoices == 0:
		return "The next run: nothing can be issued; " + aside + "."
	default:
		return "The next run: " + d.issuedText() + "; " + aside + "."
	}
}

// missingText says what invoices lack: "Invoices lack the address and the IBAN".
func missingText(missing []string) string { return "Your invoices lack " + List(missing) + "." }
