package views

import (
	"net/url"
	"strconv"

	"billfold/billing"
)

// StartRun is the page that asks before a billing run is started.
type StartRun struct {
	Today billing.Date
	Due   DueSums
	// First is the number that the first invoice gets.
	First   string
	Missing []string
	MaySet  bool
	// Changed tells that something else is due than when the page was made that the form
	// came from.
	Changed bool
}

func (r StartRun) consequences() []string {
	d := r.Due
	var sentences []string
	if d.Invoices == 0 {
		sentences = append(sentences, "Nothing can be issued as things are: "+d.asideText()+".")
	} else {
		issued := d.issuedText() + ", dated today, " + FormatDate(r.Today) + ": " + d.kinds() + "."
		sentences = append(sentences, issued, Word(d.Invoices, "Its number is ", "Their numbers begin with ")+r.First+".")
		if late := d.lateText(); late != "" {
			sentences = append(sentences, late)
		}
		if aside := d.asideText(); aside != "" {
			sentences = append(sentences, aside+".")
		}
	}
	sentences = append(sentences, "What can’t be billed is set aside with the reason, and every later run tries it again.")
	if d.Invoices > 0 {
		sentences = append(sentences, "An issued invoice stays: it can be credited, but neither changed nor deleted.")
	}
	return sentences
}

func (r StartRun) title() string { return r.verb() + "?" }

func (r StartRun) verb() string {
	if r.Due.Invoices == 0 {
		return "Try again what is set aside"
	}
	return "Issue " + Plural(r.Due.Invoices, "invoice", "invoices")
}

// RunTold is what the form that starts a run sends along of what its page has told, so
// that nothing else is issued.
func RunTold(due DueSums) url.Values {
	return url.Values{"invoices": {strconv.Itoa(due.Invoices)}, "total": {due.Total.String()}}
}

// Automatic is the page that switches automatic billing on or off.
type Automatic struct {
	On      bool // as it is now
	Due     DueSums
	Missing []string
	MaySet  bool
}

func (a Automatic) confirm() ConfirmArgs {
	crumbs := []Crumb{{"Billing run", BillingURL()}, {Text: "Automatic billing"}}
	due := Plural(a.Due.Invoices, "invoice", "invoices") + " over " + FormatMoney(a.Due.Total)
	if a.On {
		c := ConfirmArgs{
			Title: "Switch automatic billing off?", Crumbs: crumbs, Action: AutomaticURL(), Verb: "Switch off",
			Cancel: "Leave it on", CancelURL: BillingURL(), Hidden: url.Values{"automatic": {"off"}},
			Consequences: []string{"From now on nothing is issued until somebody presses Run now, or runs billfold bill.",
				"What falls due meanwhile waits here, and is billed late but once."},
		}
		if a.Due.Invoices > 0 {
			c.Consequences = append(c.Consequences, due+" "+Word(a.Due.Invoices, "is", "are")+" due now, and "+Word(a.Due.Invoices, "waits", "wait")+" too.")
		}
		return c
	}
	now := "Nothing is due now."
	if a.Due.SetAside > 0 {
		now = "Nothing else is due now."
	}
	if a.Due.Invoices > 0 {
		now = due + " " + Word(a.Due.Invoices, "is", "are") + " issued within the hour."
	}
	if aside := a.Due.asideText(); aside != "" {
		now += " " + aside + "."
	}
	return ConfirmArgs{
		Title: "Switch automatic billing on?", Crumbs: crumbs, Action: AutomaticURL(), Verb: "Switch on", Gentle: true,
		Cancel: "Leave it off", CancelURL: BillingURL(), Hidden: url.Values{"automatic": {"on"}},
		Consequences: []string{now, "From now on the server issues by itself what falls due: when it starts, and every hour.",
			"An issued invoice stays: it can be credited, but neither changed nor deleted."},
	}
}
