package web

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

const helpOpen, helpClosed = `document.querySelector("#shortcut-help").open`, `!document.querySelector("#shortcut-help").open`

// Each key does its one thing, and none of them in a field or with Ctrl, Alt or Meta.
func TestBrowserShortcuts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	if _, err := s.store.CreateGroup(t.Context(), s.scope(), billing.GroupInput{CustomerID: "acme", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"s1"}}, ""); err != nil {
		t.Fatal(err)
	}
	b := s.tab(t, billing.Admin)
	b.open("/activity")
	b.press("/")
	b.focuses("#id")
	b.write("c?/")
	b.holds("#id", "c?/")
	b.press(kb.Escape)
	b.holds("#id", "")
	b.stays("#id")
	b.press(kb.Escape)
	b.until(`document.activeElement === document.body`)
	b.click("#who")
	b.press("c")
	b.stays("#who")
	b.press(kb.Escape)
	b.is(`document.activeElement.blur(), true`)

	b.press("?")
	b.until(helpOpen)
	b.shows("#shortcut-help", "New billing group", "Show this list")
	b.press("c", "/", "?")
	b.until(helpOpen)
	b.press(kb.Escape)
	b.until(helpClosed)
	for _, modifier := range []chromedp.Modifier{chromedp.ModifierCtrl, chromedp.ModifierAlt, chromedp.ModifierMeta} {
		for _, key := range []string{"c", "?", "/"} {
			b.do(chromedp.KeyEvent(key, asKeyboard, chromedp.KeyModifiers(modifier)))
		}
	}
	b.until(helpClosed + ` && document.activeElement === document.body`)
	b.arrives("/activity")

	b.leads(func() { b.press("c") })
	b.arrives("/groups/new")
	b.focuses("#customer")
	b.write("acme?")
	b.holds("#customer", "acme?")
	b.press(kb.Escape, kb.Escape) // the combobox has its own way
	b.open("/settings/keyboard")
	b.leads(func() { b.press("/") })
	b.arrives("/groups")
	b.focuses("#q")

	// What is typed or ticked is not left behind.
	b.open("/customers/acme/edit")
	b.click("[name=status]")
	b.press("c", "/")
	b.arrives("/customers/acme/edit")
	b.open("/subscriptions")
	b.click("td.check input:enabled")
	b.rests()
	b.press("c")
	b.arrives("/subscriptions")
}

// A member makes no groups, and the key for it does nothing.
func TestBrowserShortcutsOfAMember(t *testing.T) {
	t.Parallel()
	b := newSite(t).tab(t, billing.Member)
	b.open("/settings/keyboard")
	b.press("c", "?")
	b.until(helpOpen)
	b.arrives("/settings/keyboard")
	if b.is(textJS("#shortcut-help") + `.includes("New billing group")`) {
		t.Error("the list offers a new group")
	}
}

// Switched off, which takes no script, keys do nothing.
func TestBrowserShortcutsOff(t *testing.T) {
	t.Parallel()
	b := newSite(t).tab(t, billing.Admin)
	b.open("/groups")
	b.press("?")
	b.until(helpOpen)
	b.leads(func() { b.click(`#shortcut-help a`) })
	b.arrives("/settings/keyboard")
	b.withoutScripts()
	b.open("/groups")
	b.leads(func() { b.click(`.who a`) })
	b.leads(func() { b.click(`.page-head a[href="/settings/keyboard"]`) })
	b.arrives("/settings/keyboard")
	b.click(`[name=shortcuts][value=off]`)
	b.leads(func() { b.click(`main form .primary`) })
	b.shows("[role=status]", "Keyboard shortcuts are off.")
	b.ticked(`[name=shortcuts]`, "off")

	b.withScripts()
	b.open("/activity")
	b.press("?", "/", "c")
	b.until(`document.activeElement === document.body && !document.querySelector("dialog")`)
	b.arrives("/activity")
}
