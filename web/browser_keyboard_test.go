package web

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

const createButton = `button[form=group-form][name=token]`

// The main job from the sign-in page to the group's, without a mouse.
func TestBrowserMainJobByKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	s.addUser(billing.Admin)
	b := newTab(t, s, s.url)
	b.open("/groups")
	b.focuses("#email")
	b.write(s.email(billing.Admin))
	b.tabTo("#password")
	b.write(testPassword)
	b.leads(func() { b.press(kb.Enter) })
	b.arrives("/groups")

	b.tabTo(`main a[href="/groups/new"]`)
	b.leads(func() { b.press(kb.Enter) })
	chooseAcme(b)
	tickThree(b)
	pickDay(b)

	b.tabTo("#name")
	b.holds("#name", "Acme GmbH")
	b.rewrite("Konferenzräume")
	b.tabTo(createButton)
	b.until(`new URLSearchParams(location.search).get("name") === "Konferenzräume"`)
	b.stays(createButton)

	chosen := b.location()
	b.do(chromedp.Reload())
	if now := b.location(); now != chosen {
		t.Errorf("reload leads from %s to %s", chosen, now)
	}
	b.ticked(`[name=s]`, "s3", "s1", "s2")
	b.ticked(`[name=billingDay]`, "1")
	b.holds("#name", "Konferenzräume")
	b.shows("#preview", "€377.00", "Tue 1 Dec 2026")

	b.tabTo(createButton)
	b.leads(func() { b.press(kb.Enter) })
	groups := s.groups()
	if len(groups) != 1 || groups[0].Name != "Konferenzräume" {
		t.Fatalf("stored %+v", groups)
	}
	b.arrives("/groups/" + groups[0].ID)
	b.shows("main", "Group created: 3 subscriptions, one invoice a month on the 1st.", "Konferenzräume",
		"€377.00", "Tue 1 Dec 2026, in 9 days", "November is billed alone, on 25 Nov")

	b.back()
	if now := b.location(); now != chosen {
		t.Errorf("back leads to %s, want %s", now, chosen)
	}
	b.holds("#name", "Konferenzräume")
	b.back()
	b.arrives("/groups/new")
	b.shows("main", "Business customer")
	b.back()
	b.arrives("/groups")
}

// chooseAcme finds the customer in the combobox and chooses it.
func chooseAcme(b *tab) {
	b.t.Helper()
	const open, closed = `document.querySelector("#customer").ariaExpanded === "true"`, `document.querySelector("#customer").ariaExpanded === "false"`
	b.arrives("/groups/new")
	b.until(`document.querySelector("#customer").role === "combobox"`)
	b.focuses("#customer")
	b.is(`document.querySelector("#customer-status").kept = true`)
	b.write("gmb")
	b.answered("q=gmb")
	b.shows("#customer-status", "1 customer matches.")
	b.until(open)
	b.stays("#customer")
	b.press(kb.ArrowDown)
	b.until(`document.getElementById(document.querySelector("#customer").getAttribute("aria-activedescendant")).textContent.includes("Acme GmbH")`)
	b.press(kb.Escape)
	b.until(closed)
	b.holds("#customer", "gmb")
	b.press(kb.Escape)
	b.holds("#customer", "")
	b.shows("#customer-status", "2 customers match.")
	b.stays("#customer")
	if !b.is(`document.querySelector("#customer-status").kept === true`) {
		b.t.Error("the status is another element after a search, so that screen readers do not hear it change")
	}
	b.write("acm")
	b.answered("q=acm")
	b.shows("#customer-status", "1 customer matches.")
	b.shows("#customer-options", "Acme GmbH", "€377.00 a month", "3 subscriptions")
	b.press(kb.ArrowDown)
	b.leads(func() { b.press(kb.Enter) })
	if at := b.location(); !strings.Contains(at, "customer=acme") {
		b.t.Fatalf("Enter leads to %s", at)
	}
}

// tickThree ticks the three subscriptions that can be chosen; the focus stays where
// it was while the page follows.
func tickThree(b *tab) {
	b.t.Helper()
	b.shows("#selected", "0 selected of 3 available, 4 in all")
	b.is(`document.querySelector("#selected").kept = true`)
	b.tabTo("#row-s1, #row-s2, #row-s3")
	first := evaluate[string](b, `"#" + document.activeElement.id`)
	b.press(" ")
	b.shows("#selected", "1 selected")
	b.stays(first)
	b.press(kb.Tab, " ", kb.Tab, " ")
	b.shows("#selected", "3 selected", "€377.00 a month")
	b.shows("#preview", "€377.00", "€448.63", "Tue 1 Dec 2026", "Now 3 invoices a month, on the 3rd, 20th and 25th",
		"From December 1 invoice a month, on the 1st", "MacBook Pro’s November instalment is still billed alone, on 25 Nov")
	b.stays("#row-s1, #row-s2, #row-s3")
	b.ticked(`[name=s]`, "s3", "s1", "s2")
	if !b.is(`document.querySelector("#selected").kept === true`) {
		b.t.Error("the count is another element after a tick, so that screen readers do not hear it change")
	}
}

// pickDay goes along the billing days and comes back to the 1st.
func pickDay(b *tab) {
	b.t.Helper()
	b.tabTo("#day-1")
	b.press(kb.ArrowRight)
	b.shows("#preview", "on the 2nd", "Wed 2 Dec 2026")
	b.stays("#day-2")
	b.press(kb.ArrowLeft, kb.ArrowLeft)
	b.shows("#preview", "on the 28th")
	b.stays("#day-28")
	b.press(kb.ArrowRight)
	b.shows("#preview", "on the 1st")
	b.stays("#day-1")
}
