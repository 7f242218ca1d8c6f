package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// Everything that is wrong is said at once; the summary has the focus and leads to
// each field.
func TestBrowserRefusal(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	b := s.tab(t, billing.Admin)
	b.open("/groups/new?customer=acme")
	b.tabTo("#day-1")
	b.press(kb.ArrowRight)
	b.tabTo("#name")
	b.rewrite("")
	b.tabTo("#reference")
	b.write("PO 4711")
	b.tabTo("#notes")
	b.write("Net 14 agreed")
	b.tabTo(createButton)
	b.expect("status 422")
	b.press(kb.Enter)
	b.focuses("#problems")
	b.shows("#problems", "There are 2 problems", "Choose at least one subscription.", "Give the group a name")
	b.arrives("/groups/new") // the address is still the form's, so that a reload is harmless
	b.ticked("[name=billingDay]", "2")
	b.holds("#reference", "PO 4711")
	b.holds("#notes", "Net 14 agreed")
	b.shows("#subscriptions", "Choose at least one subscription.")
	b.until(`document.querySelector("#name").ariaInvalid === "true"`)
	b.until(`document.getElementById(document.querySelector("#name").getAttribute("aria-describedby")).textContent.includes("Give the group a name")`)

	b.tabTo(`#problems a[href="#subscriptions"]`)
	b.press(kb.Enter, kb.Tab)
	b.until(`document.activeElement.closest("#subscriptions")`)
	b.seesFocus()
	b.tabTo("#row-s3")
	b.press(" ")
	b.shows("#selected", "1 selected")
	b.is(`(document.querySelector("#problems").focus(), true)`)
	b.tabTo(`#problems a[href="#name"]`)
	b.press(kb.Enter)
	b.focuses("#name")
	b.write("IT")
	b.tabTo(createButton)
	b.leads(func() { b.press(kb.Enter) })
	group := s.wantGroups(1)[0]
	if group.Reference != "PO 4711" || group.Notes != "Net 14 agreed" || group.Days.Last().Day != 2 || len(group.Members) != 1 {
		t.Errorf("stored %+v", group)
	}
}

// Somebody else takes one of the subscriptions while the form is filled in.
func TestBrowserTakenMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	b := s.tab(t, billing.Admin)
	b.open(filled)
	in := billing.GroupInput{CustomerID: "acme", Name: "Vertrieb", BillingDay: 5, SubscriptionIDs: []string{"s1"}}
	if _, err := s.store.CreateGroup(t.Context(), s.scope(), in, ""); err != nil {
		t.Fatal(err)
	}
	b.expect("status 422")
	b.tabTo(createButton)
	b.press(kb.Enter)
	b.focuses("#problems")
	b.shows("#problems", "Vertrieb")
	b.shows("tr:has(#row-s1) .bad", "Vertrieb")
	b.ticked("[name=s]", "s1", "s2")
	b.holds("#name", "IT")
	s.wantGroups(1)

	b.tabTo(`#problems a[href="#row-s1"]`)
	b.press(kb.Enter)
	b.focuses("#row-s1")
	b.press(" ")
	b.shows("#selected", "1 selected")
	b.tabTo(createButton)
	b.leads(func() { b.press(kb.Enter) })
	if members := s.wantGroups(2)[0].Members; len(members) != 1 || members[0].ID != "s2" {
		t.Errorf("the group has %+v", members)
	}
}

// While the server is gone the form stays as it is, and it can be sent when the
// server is there again.
func TestBrowserServerGone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	d := newDoor(t, s)
	b := newTab(t, s, d.url)
	b.enter(billing.Admin)
	b.open(filled)
	b.click("#reference")
	b.write("PO 4711")
	d.keep(slam)
	b.expect("a request failed: net::ERR_EMPTY_RESPONSE")
	b.expect("htmx:error: Failed to fetch") // htmx tells the console, beside us
	b.click("#row-s3")
	b.shows("#alert", "Billfold does not answer. What you entered is still here")
	b.click(createButton)
	b.poll(func() bool { return d.creating.Load() > 0 }, func() string { return "nothing was sent" })
	b.rests()
	b.shows("#alert", "Billfold does not answer. What you entered is still here")
	b.stays(createButton)
	b.ticked("[name=s]", "s3", "s1", "s2")
	b.holds("#reference", "PO 4711")
	b.holds("#name", "IT")
	s.wantGroups(0)

	d.keep(nil)
	b.leads(func() { b.press(kb.Enter) })
	if group := s.wantGroups(1)[0]; len(group.Members) != 3 || group.Reference != "PO 4711" {
		t.Errorf("stored %+v", group)
	}
}

// A session that ends under a half-filled form leads to the sign-in page, and from
// there back to the choices.
func TestBrowserSessionEnded(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]string{"following a tick": "#row-s3", "creating": createButton} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.addFleet()
			b := s.tab(t, billing.Admin)
			b.open(filled)
			if err := s.store.SetPassword(t.Context(), testActor, s.email(billing.Admin), testPassword); err != nil {
				t.Fatal(err) // a new password ends all sessions
			}
			b.leads(func() { b.click(act) })
			b.arrives("/sign-in")
			s.wantGroups(0)
			b.focuses("#email")
			b.write(s.email(billing.Admin))
			b.tabTo("#password")
			b.write(testPassword)
			b.leads(func() { b.press(kb.Enter) })
			if at := b.location(); at != filled {
				t.Errorf("signing in leads to %s, want %s", at, filled)
			}
			b.ticked("[name=s]", "s1", "s2")
			b.holds("#name", "IT")
			b.until(fmt.Sprintf(`document.querySelector(%q) !== null`, createButton))
		})
	}
}
