package web

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// makeKey makes an API key on the page of keys, which shows it.
func (b *tab) makeKey() {
	b.t.Helper()
	b.click("#name")
	b.write("Shop")
	b.click(`[name=access][value=full]`)
	b.leads(func() { b.click("#make .primary") })
	b.shows("#new-key", "Copy it now.")
}

// An API key is made, gone after a reload, and revoked, with and without JavaScript.
func TestBrowserAPIKeys(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.tab(t, billing.Owner)
			if !scripts {
				b.withoutScripts()
			}
			b.open("/settings")
			b.leads(func() { b.click(`.tabs a[href="/settings/keys"]`) })
			b.makeKey()
			b.is(`document.querySelector("#secret").value.startsWith("bf_") && document.querySelector("#headers").value.includes("Tenant-ID: ")`)
			b.open("/settings/keys")
			b.is(`document.querySelector("#secret") === null`)
			b.leads(func() { b.click(`#keys a[href$="/revoke"]`) })
			b.is(`document.activeElement.textContent === "Keep the key"`)
			b.tabTo(".danger")
			b.leads(func() { b.press(kb.Enter) })
			b.shows("main", "API key revoked: Shop.")
			b.shows("#keys", "Revoked")
		})
	}
}
