package web

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"billfold/billing"
)

// A customer with 5,000 subscriptions: ticks survive paging, filtering and a reload.
func TestBrowserFiveThousand(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addRow(5000)
	b := s.tab(t, billing.Admin)
	b.open("/groups/new?customer=row")
	b.shows("#selected", "0 selected of 5,000 available, 5,000 in all")
	b.shows("#rows", "Page 1 of 100")
	b.click("#select-all")
	b.shows("#selected", "5,000 selected", "€50,000.00 a month")
	b.stays("#select-all")
	b.shows("#preview", "Now 5,000 invoices a month, on 28 different days", "From December 1 invoice a month, on the 1st")
	b.click("#next-page")
	b.shows("#rows", "Subscriptions 51 to 100 of 5,000")
	b.stays("#next-page")
	out := evaluate[string](b, `document.querySelector("#rows [name=s]").value`)
	b.click("#row-" + out)
	b.shows("#selected", "4,999 selected", "€49,990.00 a month")

	b.click("#filter")
	b.write("macbook")
	b.shows("#select-all", "Select all 1,250 that match")
	b.shows("#selected", "4,999 selected")
	b.stays("#filter")
	b.rests()
	b.click("#select-none")
	b.shows("#selected", "3,749 selected")
	b.until(`![...document.querySelectorAll("[name=s]")].some(e => e.checked)`)
	b.click("#select-all")
	b.shows("#selected", "4,999 selected")

	b.do(chromedp.Reload())
	b.holds("#filter", "macbook")
	b.shows("#selected", "4,999 selected", "€49,990.00 a month")
	b.click("#filter")
	b.rewrite("")
	b.shows("#rows", "Page 1 of 100")
	b.shows("#selected", "4,999 selected")
	b.rests()
	b.leads(func() { b.click(createButton) })
	b.until(`location.pathname.startsWith("/groups/bg_")`)
	b.shows("main", "Group created: 4,999 subscriptions", "€49,990.00")
	members := s.wantGroups(1)[0].Members
	if len(members) != 4999 || slices.ContainsFunc(members, func(m billing.Subscription) bool { return m.ID == out }) {
		t.Errorf("the group has %d members, with %s: want 4,999 without", len(members), out)
	}
}
