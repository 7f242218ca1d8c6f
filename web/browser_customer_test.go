package web

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

var looksOfCustomers = []look{
	{"business", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2")
		b.visit(s, billing.Admin, "/customers/long")
		b.is(`document.querySelectorAll("#plan details").forEach((d, i) => d.open = i < 3) === undefined`)
	}},
	{"inactive, without groups", func(b *tab) {
		s := newLongSite(b.t)
		inactive := billing.CustomerInactive
		if _, err := s.store.UpdateCustomer(b.t.Context(), s.scope(), "long", s.now(), billing.CustomerChange{Status: &inactive}); err != nil {
			b.t.Fatal(err)
		}
		b.visit(s, billing.Admin, "/customers/long")
	}},
	{"person", func(b *tab) {
		s := newSite(b.t)
		s.addFleet()
		b.visit(s, billing.Member, "/customers/paula")
	}},
	{"without subscriptions", func(b *tab) {
		s := newSite(b.t)
		company := longWord
		if _, _, err := s.store.PutCustomer(b.t.Context(), s.scope(), "new", billing.CustomerChange{Company: &company}); err != nil {
			b.t.Fatal(err)
		}
		b.visit(s, billing.Admin, "/customers/new")
		b.shows("#subscriptions", "No subscriptions")
	}},
	{"edit", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1")
		b.visit(s, billing.Admin, "/customers/long/edit")
	}},
	{"edit refused", func(b *tab) {
		b.visit(newLongSite(b.t), billing.Admin, "/customers/long/edit")
		b.click("#email")
		b.rewrite("nobody")
		b.expect("status 422")
		b.press(kb.Enter)
		b.focuses("#problems")
	}},
	{"edit stale", func(b *tab) {
		s := newLongSite(b.t)
		b.visit(s, billing.Admin, "/customers/long/edit")
		b.click("#phone")
		b.write("+49 30 1")
		s.phone("long", longWord)
		b.expect("status 409")
		b.click("#outlook .primary")
		b.focuses("#problems")
		b.shows("#phone-error", longWord)
	}},
}

var looksOfSubscriptions = []look{
	{"alone", func(b *tab) { b.visit(newLongSite(b.t), billing.Admin, "/subscriptions/l1") }},
	{"in a group", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l3")
		s.addGroup("l1")
		b.visit(s, billing.Admin, "/subscriptions/l3")
		b.shows("#why", "is billed alone on 25 Nov 2026")
	}},
	{"ended", func(b *tab) {
		s := newSite(b.t)
		s.addFleet()
		b.visit(s, billing.Admin, "/subscriptions/s4")
	}},
	{"overdue", func(b *tab) {
		s := newLongSite(b.t)
		s.advance(5 * 24 * time.Hour)
		b.visit(s, billing.Member, "/subscriptions/l3")
		b.shows("main", "Overdue", "November is overdue since 25 Nov 2026")
	}},
}

// phone gives a customer another phone number behind somebody's back.
func (s *site) phone(customer, phone string) {
	s.t.Helper()
	if _, err := s.store.UpdateCustomer(s.t.Context(), s.scope(), customer, time.Time{}, billing.CustomerChange{Phone: &phone}); err != nil {
		s.t.Fatal(err)
	}
}

// The form of a customer, by keyboard: refused, corrected, and saved.
func TestBrowserEditCustomer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	b := s.tab(t, billing.Admin)
	b.open("/customers/acme")
	b.leads(func() { b.click(`main a[href="/customers/acme/edit"]`) })
	b.click("#city")
	b.write("Berlin")
	b.click("#email")
	b.rewrite("nobody")
	b.expect("status 422")
	b.press(kb.Enter)
	b.focuses("#problems")
	b.arrives("/customers/acme/edit")
	b.holds("#city", "Berlin")
	b.tabTo(`#problems a[href="#email"]`)
	b.press(kb.Enter)
	b.focuses("#email")
	b.rewrite("ap@acme.example")

	// Meanwhile somebody else changes the customer.
	s.phone("acme", "+49 30 2")
	b.expect("status 409")
	b.press(kb.Enter)
	b.shows("#problems", "The customer was changed since you opened this page", "set the phone number to “+49 30 2”")
	b.focuses("#problems")
	b.holds("#city", "Berlin")
	b.holds("#email", "ap@acme.example")
	b.tabTo("#outlook .primary")
	b.leads(func() { b.press(kb.Enter) })
	b.arrives("/customers/acme")
	b.shows("main", "Changes saved.", "Berlin", "ap@acme.example")
	if got := s.acme(); got.Address.City != "Berlin" || got.Email != "ap@acme.example" {
		t.Errorf("stored %+v", got)
	}
}

// The same without JavaScript.
func TestBrowserEditCustomerWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open("/customers/acme/edit")
	b.click("#city")
	b.write("Berlin")
	b.click("[name=terms][value=own]")
	b.expect("status 422")
	b.leads(func() { b.press(kb.Enter) })
	b.focuses("#problems")
	b.holds("#city", "Berlin")
	b.ticked("[name=terms]", "own")
	b.click("#paymentTerms")
	b.write("45")
	s.phone("acme", "+49 30 2")
	b.expect("status 409")
	b.leads(func() { b.click("#outlook .primary") })
	b.shows("#problems", "set the phone number to “+49 30 2”")
	b.holds("#paymentTerms", "45")
	b.leads(func() { b.click("#outlook .primary") })
	b.arrives("/customers/acme")
	b.shows("main", "Changes saved.", "Net 45, the customer’s own")
	b.shows("#plan summary", "on the 25th")
	b.click("#plan summary")
	b.shows("#plan .schedule", "MacBook Pro alone")
}
