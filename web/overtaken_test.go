package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
	"billfold/db"
)

func TestSettleField(t *testing.T) {
	for _, c := range []struct {
		name, was, typed, now string
		want                  string
		both                  bool
	}{
		{"nobody", "a", "a", "a", "a", false},
		{"the other", "a", "a", "b", "b", false},
		{"the other, to nothing", "a", "a", "", "", false},
		{"the other, from nothing", "", "", "b", "b", false},
		{"this user", "a", "c", "a", "c", false},
		{"this user, to nothing", "a", "", "a", "", false},
		{"both", "a", "c", "b", "c", true},
		{"both, this user to nothing", "a", "", "b", "", true},
		{"both, the other to nothing", "a", "c", "", "c", true},
		{"both alike", "a", "b", "b", "b", false},
		{"space around does not count", "a", " a ", "b", "b", false},
		{"ends of lines do not count", "a\nb", "a\r\nb", "c", "c", false},
		{"as it was typed", "a", " c ", "a", " c ", false},
	} {
		if got, both := settleField(c.was, c.typed, c.now); got != c.want || both != c.both {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, both, c.want, c.both)
		}
	}
}

// Two people change a customer at once. What only one of them has touched holds, and
// what both have is said.
func TestEditCustomerByTwo(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		form := with(c.get(acmeEdit).filled(acmeEdit), "city", "Berlin", "email", "mine@acme.example", "vatTreatment", "exempt", "terms", "own", "paymentTerms", "30")
		s.advance(time.Second)
		theirs, none, charge, own := "theirs@acme.example", "", billing.VATReverseCharge, new(45)
		s.customer(billing.CustomerChange{Email: &theirs, Phone: new("+49 30 2"), LastName: &none, VATTreatment: &charge, PaymentTerms: &own})
		stale := c.post(acmeEdit, form).want(http.StatusConflict).shows("Fields that you left alone show what was saved meanwhile.",
			"Meanwhile changed to “theirs@acme.example”.", "Meanwhile changed to “Reverse charge”.", "Meanwhile changed to “net 45”.")
		checkPage(t, stale)
		if n := stale.byID("email"); attr(n, "aria-describedby") != "email-error" {
			t.Error("a screen reader does not hear what the e-mail is now")
		}
		if stale.byID("phone-error") != nil || stale.byID("city-error") != nil {
			t.Error("something is said beside a field that only one has changed")
		}
		got := stale.filled(acmeEdit)
		for name, want := range map[string]string{"city": "Berlin", "email": "mine@acme.example", "phone": "+49 30 2", "vatTreatment": "exempt", "paymentTerms": "30",
			"was.city": "", "was.email": theirs, "was.phone": "+49 30 2", "was.vatTreatment": "reverse charge", "was.terms": "own", "was.paymentTerms": "45"} {
			if got.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.Get(name), want)
			}
		}
		// A third change: what was typed at first is still known as this user's own.
		s.advance(time.Second)
		s.customer(billing.CustomerChange{Phone: new("+49 30 3")})
		stale = c.post(acmeEdit, got).want(http.StatusConflict).lacks("Meanwhile changed to")
		c.follow(c.post(acmeEdit, stale.filled(acmeEdit)), "/customers/acme").shows("Changes saved.")
		if a := s.acme(); a.Phone != "+49 30 3" || a.Email != "mine@acme.example" || a.Address.City != "Berlin" || a.VATTreatment != billing.VATExempt || *a.PaymentTerms != 30 {
			t.Errorf("stored %+v", a)
		}
	})
}

// The terms and their days are one answer: half of each would be a third.
func TestEditCustomerTermsByTwo(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin)
	s.customer(billing.CustomerChange{PaymentTerms: new(new(45))})
	form := with(c.get(acmeEdit).filled(acmeEdit), "paymentTerms", "60")
	s.advance(time.Second)
	var none *int
	s.customer(billing.CustomerChange{PaymentTerms: &none})
	stale := c.post(acmeEdit, form).want(http.StatusConflict).shows("Meanwhile changed to “The business unit’s: net 14”.")
	c.follow(c.post(acmeEdit, stale.filled(acmeEdit)), "/customers/acme").shows("Net 60, the customer’s own")
}

// An import changes customers as well, and tells nothing of each.
func TestEditCustomerOvertakenByImport(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		form := with(c.get(acmeEdit).filled(acmeEdit), "city", "Berlin")
		s.advance(time.Second)
		s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
			"s1,acme,new@acme.example,,Acme GmbH,SKU,ThinkPad X1,PF-1,active,2026-03-03,,24,129.00,EUR\n")
		stale := c.post(acmeEdit, form).want(http.StatusConflict).shows("The customer was changed since you opened this page", "Fields that you left alone")
		checkPage(t, stale)
		c.follow(c.post(acmeEdit, stale.filled(acmeEdit)), "/customers/acme")
		if a := s.acme(); a.Email != "new@acme.example" || a.Address.City != "Berlin" {
			t.Errorf("stored %+v", a)
		}
	})
}

// withoutOriginals is a form that does not say what its fields were.
func withoutOriginals(form url.Values) url.Values {
	for name := range form {
		if strings.HasPrefix(name, "was.") {
			form.Del(name)
		}
	}
	return form
}

// A form that does not say what it was made from is taken as it is.
func TestEditWithoutOriginals(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		form := withoutOriginals(with(c.get(acmeEdit).filled(acmeEdit), "city", "Berlin"))
		s.advance(time.Second)
		s.customer(billing.CustomerChange{Phone: new("+49 30 2")})
		stale := c.post(acmeEdit, form).want(http.StatusConflict).shows("what you entered is still here").lacks("left alone")
		if stale.field("phone") != "" || stale.field("city") != "Berlin" {
			t.Error("what was sent is gone")
		}
		g := s.group("IT", 25, "s1")
		path := "/groups/" + g.ID + "/edit"
		form = withoutOriginals(with(c.get(path).filled(path), "notes", "mine"))
		s.change(g.ID, billing.GroupChange{Name: new("Theirs")})
		stale = c.post(path, form).want(http.StatusConflict).lacks("left alone")
		if stale.field("name") != "IT" || stale.field("notes") != "mine" {
			t.Error("what was sent is gone")
		}
	})
}

// A refused form carries on what its fields were, and so does one that only asked what
// would follow.
func TestEditGroupByTwo(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 25, "s1")
		path := "/groups/" + g.ID + "/edit"
		asked := c.get(path + "?" + with(c.get(path).filled(path), "notes", "mine\r\nof two lines").Encode())
		form := with(asked.filled(path), "name", "", "notes", "mine\r\nof two lines")
		s.change(g.ID, billing.GroupChange{BillingDay: new(10), Reference: new("PO 1"), Notes: new("theirs")})
		form = with(c.post(path, form).want(http.StatusConflict).shows("moved the billing day", "Fields that you left alone", "Meanwhile changed to “theirs”.").filled(path), "billingDay", "")
		refused := c.post(path, form).want(http.StatusUnprocessableEntity).lacks("Meanwhile").filled(path)
		if refused.Get("was.billingDay") != "10" || refused.Get("was.notes") != "theirs" {
			t.Errorf("the refused form says %v", refused)
		}
		s.change(g.ID, billing.GroupChange{BillingDay: new(12)})
		form = with(refused, "name", "Mine", "billingDay", "5")
		stale := c.post(path, form).want(http.StatusConflict).shows("Meanwhile changed to “12th”.")
		checkPage(t, stale)
		c.follow(c.post(path, stale.filled(path)), "/groups/"+g.ID).shows("Changes saved: billed on the 5th")
		if got, err := s.store.Group(t.Context(), s.tenant, g.ID); err != nil || got.Name != "Mine" || got.Reference != "PO 1" || !strings.HasPrefix(got.Notes, "mine") {
			t.Errorf("stored %+v, %v", got, err)
		}
	})
}

// second presses the button of an overtaken form, and again on the page that says so.
func second(b *tab, button string, scripts bool) {
	b.t.Helper()
	b.expect("status 409")
	if scripts {
		b.click(button)
	} else {
		b.leads(func() { b.click(button) })
	}
	b.focuses("#problems")
	b.shows("#problems", "Fields that you left alone show what was saved meanwhile.")
}

// Two people at the same forms: the second save keeps what the first person changed.
func TestBrowserEditedByTwo(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.addFleet()
			g := s.group("IT", 25, "s1", "s3")
			a, b := s.tab(t, billing.Owner), s.tab(t, billing.Admin)
			if !scripts {
				a.withoutScripts()
				b.withoutScripts()
			}
			a.open(acmeEdit)
			b.open(acmeEdit)
			a.click("[name=vatTreatment][value='reverse charge']")
			a.click("#phone")
			a.write("+49 30 1")
			s.advance(time.Second)
			a.leads(func() { a.click("#outlook .primary") })
			a.shows("main", "Changes saved.")
			b.click("#email")
			b.rewrite("mine@acme.example")
			b.click("#phone")
			b.write("+49 30 2")
			second(b, "#outlook .primary", scripts)
			b.ticked("[name=vatTreatment]", "reverse charge")
			b.shows("#phone-error", "Meanwhile changed to “+49 30 1”.")
			b.holds("#phone", "+49 30 2")
			b.leads(func() { b.click("#outlook .primary") })
			b.shows("main", "Changes saved.", "Reverse charge", "mine@acme.example", "+49 30 2")

			path := "/groups/" + g.ID + "/edit"
			a.open(path)
			b.open(path)
			a.click("#day-10")
			a.click("#reference")
			a.write("PO 1")
			a.leads(func() { a.click(".primary[form=group-form]") })
			b.click("#notes")
			b.write("two")
			b.press(kb.Enter)
			b.write("lines")
			second(b, ".primary[form=group-form]", scripts)
			b.ticked("[name=billingDay]", "10")
			b.leads(func() { b.click(".primary[form=group-form]") })
			b.shows("main", "Changes saved.", "10th", "PO 1", "two lines")
			s.wantDay(g, 10)
		})
	}
}

// wantDay fails the test unless a group is billed on a day.
func (s *site) wantDay(g db.Group, day int) {
	s.t.Helper()
	got, err := s.store.Group(s.t.Context(), s.tenant, g.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	if got.Days.Last().Day != day {
		s.t.Errorf("billed on the %d., want the %d.", got.Days.Last().Day, day)
	}
}
