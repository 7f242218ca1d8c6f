package web

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// The settings by keyboard: refused, corrected, asked about and saved, with and without
// JavaScript.
func TestBrowserSettings(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.addFleet()
			b := s.tab(t, billing.Owner)
			send := func() { b.press(kb.Enter) }
			if !scripts {
				b.withoutScripts()
				send = func() { b.leads(func() { b.press(kb.Enter) }) }
			}
			b.open("/")
			b.leads(func() { b.click(`nav a[href="/settings"]`) })
			b.click("#city")
			b.write("Berlin")
			b.click("#iban")
			b.write("DE88 3704 0044 0532 0130 00")
			b.expect("status 422")
			send()
			b.focuses("#problems")
			b.holds("#city", "Berlin")
			b.tabTo(`#problems a[href="#iban"]`)
			b.press(kb.Enter)
			b.focuses("#iban")
			b.rewrite("DE89 3704 0044 0532 0130 00")
			b.is(`(document.querySelector("#cutOver").value = "2026-10-01") !== ""`)
			b.expect("status 422")
			send()
			b.focuses("#problems")
			b.shows("#problems", "9 instalments fall due at once", "€1,031.00")
			b.holds("#iban", "DE89 3704 0044 0532 0130 00")
			b.tabTo("#outlook .primary")
			b.leads(func() { b.press(kb.Enter) })
			b.shows("main", "Settings saved.")
			if got := s.unit(); got.Seller.IBAN != "DE89370400440532013000" || got.Seller.Address.City != "Berlin" || got.CutOver.String() != "2026-10-01" {
				t.Errorf("stored %+v", got)
			}
		})
	}
}
