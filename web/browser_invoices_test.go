package web

import (
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// The list of invoices follows while somebody types and chooses, by keyboard alone, and
// what is ticked lasts.
func TestBrowserInvoices(t *testing.T) {
	t.Parallel()
	s, _ := newInvoicedSite(t)
	four := s.invoice("4")
	b := s.tab(t, billing.Admin)
	b.open("/invoices")
	b.press("/")
	b.write("acme")
	b.shows("#totals", "4 invoices, €897.26 open")
	b.stays("#q")
	b.choose("#by-status", "overdue")
	b.shows("#totals", "2 invoices, €448.63 open")
	b.choose("[name=due-from]", "2026-11-10")
	b.shows("#rows", "No invoice matches “acme”")
	b.choose("[name=due-from]", "2026-11-09")
	b.shows("#totals", "2 invoices, €448.63 open")
	b.rests()
	b.tabTo("#row-" + four)
	b.press(" ")
	b.shows("#ticked", "1 selected, €342.72 open")
	b.stays("#row-" + four)
	b.rests()
	want := url.Values{"q": {"acme"}, "status": {"overdue"}, "due-from": {"2026-11-09"}, "s": {four}}
	if got := b.location(); got != "/invoices?"+want.Encode() {
		t.Errorf("the address is %s, want %s", got, want.Encode())
	}
	b.do(chromedp.Reload())
	b.shows("#ticked", "1 selected, €342.72 open")
	b.holds("[name=due-from]", "2026-11-09")
	b.tabTo("#narrowed .quiet")
	b.leads(func() { b.press(kb.Enter) })
	b.shows("#totals", "10 invoices, €1,416.10 open")
	b.shows("#ticked", "1 selected, €342.72 open")
	b.leads(func() { b.click("dl.figures a[href*=paid]") })
	b.shows("#narrowed", "Paid in: Nov 2026")
	b.shows("#totals", "1 invoice")
	b.back()
	b.shows("#ticked", "1 selected, €342.72 open")
	b.tabTo("#list .bar button")
	b.leads(func() { b.press(kb.Enter) })
	b.arrives("/invoices/pay")
	b.shows("main", "€342.72")
}

// The same without scripts: the button searches, and the heads take the ticks along.
func TestBrowserInvoicesWithoutScripts(t *testing.T) {
	t.Parallel()
	s, _ := newInvoicedSite(t)
	ten := s.invoice("10")
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open("/invoices")
	b.choose("#by-status", "open")
	b.click("#q")
	b.write("acme")
	b.leads(func() { b.press(kb.Enter) })
	if got := b.location(); got != "/invoices?q=acme&status=open" {
		t.Errorf("the address is %s", got)
	}
	b.click("#row-" + ten)
	b.leads(func() { b.click("thead button") })
	b.shows("#ticked", "1 selected, €105.91 open")
	if got := b.location(); got != "/invoices?q=acme&s="+ten+"&sort=due&status=open" {
		t.Errorf("sorted, the list is at %s", got)
	}
}

// newLongInvoicedSite is a site with the customer of the long names, whose subscriptions
// were billed alone and by a group, and its id.
func newLongInvoicedSite(t *testing.T) (s *site, group string) {
	t.Helper()
	s = newLongSite(t)
	group = s.addGroup("l1", "l2")
	s.billOn(20, time.December)
	s.billOn(31, time.December)
	return s, group
}

// looksAt is the look of a page of that site; group stands for its group's id.
func looksAt(role billing.Role, path func(group string) string) func(b *tab) {
	return func(b *tab) {
		s, group := newLongInvoicedSite(b.t)
		b.visit(s, role, path(group))
	}
}

var looksOfInvoices = []look{
	{"none", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/invoices") }},
	{"list", func(b *tab) {
		s, _ := newLongInvoicedSite(b.t)
		b.visit(s, billing.Admin, "/invoices?status=open&s="+s.invoice("1"))
	}},
	{"filtered", looksAt(billing.Member, func(group string) string { return "/invoices?sort=due&customer=long&group=" + group })},
	{"no match", looksAt(billing.Member, func(string) string { return "/invoices?paid=2026-12&q=" + longWord })},
	{"group", looksAt(billing.Admin, func(group string) string { return "/groups/" + group })},
	{"customer", looksAt(billing.Member, func(string) string { return "/customers/long" })},
	{"subscription", looksAt(billing.Member, func(string) string { return "/subscriptions/l3" })},
	{"overview", func(b *tab) {
		s, _ := newInvoicedSite(b.t)
		b.visit(s, billing.Admin, "/")
		b.is(`document.querySelector(".twin").open = true`)
	}},
}
