// Package views draws the console's pages: templ components over plain values.
// It decides nothing; what it needs to know is in the values it is given.
package views

//go:generate go run github.com/a-h/templ/cmd/templ@v0.3.1020 generate

import (
	"net/url"
	"slices"
	"strings"

	"billfold/billing"
)

// Page is what every page needs besides its own content.
type Page struct {
	// Title names the page in the browser's tab, before "Billfold".
	Title string
	// Path is the request's path. It tells which entry of the navigation is current.
	Path string
	// UserName and Role are empty where nobody is signed in.
	UserName string
	Role     billing.Role
	// TenantID, TenantName and Zone describe the business unit that is open.
	TenantID, TenantName, Zone string
	// Units are the business units that the user works in, where there are several.
	Units []Unit
	// Today is the business day. Frozen says that a rehearsal holds it still.
	Today  billing.Date
	Frozen bool
	// MustSetUp tells that a second factor has to be set up before anything else.
	MustSetUp bool
	// Shortcuts tells whether single keys do something; see static/app.js.
	Shortcuts bool
	// Flash is what the last action came to, shown once. Zero shows nothing.
	Flash Flash
}

// SignedIn tells whether the page is shown to somebody who has signed in.
func (p Page) SignedIn() bool { return p.Role != "" }

// Tone is what a badge, note or flash wants to say by its colour. Its words must
// say the same, for whoever does not see the colour.
type Tone string

// The tones there are.
const (
	Plain Tone = ""
	Good  Tone = "good"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
	Info  Tone = "info"
)

// toned answers the class of a part, with its tone where it has one.
func toned(class string, tone Tone) string {
	if tone == Plain {
		return class
	}
	return class + " " + string(tone)
}

// Flash is a sentence about what the last action came to.
type Flash struct {
	Tone Tone
	Text string
	// Undo takes the action back, where that is cheap; else nil.
	Undo *Undo
}

// Undo is a small form that takes back what was just done.
type Undo struct {
	// Verb is on the button, URL takes the POST.
	Verb, URL string
	Hidden    url.Values
}

// navItem is one entry of the navigation.
type navItem struct {
	label string
	url   string
	// role is the least one that may open the page; others are not offered it.
	role billing.Role
}

// navItems are the console's parts in the order of the navigation: a part that is
// added is one line here.
var navItems = []navItem{
	{"Overview", HomeURL(), billing.Member},
	{"Billing groups", GroupsURL(nil), billing.Member},
	{"Customers", CustomersURL(nil), billing.Member},
	{"Subscriptions", SubscriptionsURL(nil), billing.Member},
	{"Invoices", InvoicesURL(nil), billing.Member},
	{"Billing run", BillingURL(), billing.Member},
	{"Import", ImportURL(), billing.Admin},
	{"Activity", ActivityURL(ActivityFilter{}, ""), billing.Member},
	{"Settings", SettingsURL(), billing.Member},
}

// nav answers the entries that the page's user may open.
func (p Page) nav() []navItem {
	var shown []navItem
	for _, item := range navItems {
		if p.Role.Includes(item.role) {
			shown = append(shown, item)
		}
	}
	return shown
}

// part is the part of the console that the page is of; where there is none, or the user may
// not open it, the overview.
func (p Page) part() navItem {
	i := slices.IndexFunc(p.nav(), func(item navItem) bool { return p.current(item) != "" && item.url != HomeURL() })
	if i < 0 {
		return navItems[0]
	}
	return p.nav()[i]
}

// current answers the value of aria-current for an entry: "page" on the page
// itself, "true" on a page below it, "" elsewhere.
func (p Page) current(item navItem) string {
	switch {
	case p.Path == item.url:
		return "page"
	case strings.HasPrefix(p.Path, item.url+"/"):
		return "true"
	}
	return ""
}
