package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// Each list follows while somebody types and chooses. The address says what is shown,
// so that a reload and Back show the same rows.
func TestBrowserLiveSearch(t *testing.T) {
	t.Parallel()
	s, _, _ := newListSite(t)
	b := s.tab(t, billing.Member)
	for _, list := range []struct{ path, word, totals, filter, value, narrowed, row string }{
		{"/groups", "acme", "2 billing groups", "#by-day", "15", "1 billing group, €89.00", "Außendienst"},
		{"/customers", "p", "3 customers", "#by-type", "individual", "1 customer, €89.00", "Paula Person"},
		{"/subscriptions", "thinkpad", "2 subscriptions", "#by-billed", "alone", "1 subscription, €129.00", "b1"},
	} {
		b.open(list.path)
		b.click("#q")
		b.write(list.word)
		b.shows("#totals", list.totals)
		b.stays("#q")
		b.choose(list.filter, list.value)
		b.shows("#totals", list.narrowed)
		b.shows("tbody", list.row)
		b.rests()
		address := b.location()
		want := url.Values{"q": {list.word}, strings.TrimPrefix(list.filter, "#by-"): {list.value}}
		if address != list.path+"?"+want.Encode() {
			t.Errorf("the address is %s, want %s", address, want.Encode())
		}
		b.do(chromedp.Reload())
		b.holds("#q", list.word)
		b.holds(list.filter, list.value)
		b.shows("#totals", list.narrowed)
		b.click("#q")
		b.rewrite("nothing at all")
		b.shows("#rows", "matches “nothing at all”")
		b.rests()
		b.leads(func() { b.click("#rows .empty a") })
		b.arrives(list.path)
		b.back()
		b.shows("#rows", "matches “nothing at all”")
		b.holds("#q", "nothing at all")
	}
}

// choose chooses an option as a person does, by keyboard or mouse.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.ready()
	b.is(`(e => { e.focus(); e.value = ` + "`" + value + "`" + `; return e.dispatchEvent(new Event("input", {bubbles: true})) && e.dispatchEvent(new Event("change", {bubbles: true})) })(document.querySelector("` + selector + `"))`)
}

// nextPage is the button that leads on where rows can be ticked.
const nextPage = "#pages button[value*=after]"

// Ticks last over searches and pages, and Back from the choice of a group brings them
// up again.
func TestBrowserAddTicked(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	s.addRow(60)
	group := s.group("Zentrale", 1, "s1").ID
	b := s.tab(t, billing.Admin)
	b.open("/subscriptions?q=pf-")
	b.shows("#ticked", "None ticked")
	b.click("#q")
	b.rewrite("c0-")
	b.shows("tbody", "MacBook Pro")
	b.rests()
	b.click("#row-s3")
	b.shows("#ticked", "1 ticked, €159.00 a month")
	b.stays("#row-s3")
	b.click("#q")
	b.rewrite("reihe")
	b.shows("#totals", "60 subscriptions")
	b.shows("#ticked", "1 ticked")
	b.rests()
	b.leads(func() { b.click(nextPage) })
	b.shows("#ticked", "1 ticked, €159.00 a month")
	if at := b.location(); !strings.HasPrefix(at, "/subscriptions?after=") || !strings.HasSuffix(at, "&q=reihe&s=s3") {
		t.Errorf("the next page is at %s", at)
	}
	b.click("#row-r1")
	b.shows("#ticked", "2 ticked, €169.00 a month")
	b.leads(func() { b.click("#list .bar button") })
	b.arrives("/groups/choose")
	b.shows("main", "Acme GmbH", "Reihe AG", "a group has one", "Zentrale")
	b.back()
	b.shows("#ticked", "2 ticked, €169.00 a month")
	b.ticked("[type=checkbox]", "on")
	b.until(`document.querySelector("#row-r1").checked`)
	b.leads(func() { b.click("#list .bar button") })
	b.leads(func() { b.click(`a[href^="/groups/` + group + `/add"]`) })
	b.shows("#selected", "1 selected", "€159.00")
	b.leads(func() { b.click("button.primary") })
	b.shows("main", "1 subscription added.")
	s.has(group, "s1", "s3")
}

// The same without scripts: the button searches, and Back brings up the ticks.
func TestBrowserListsWithoutScripts(t *testing.T) {
	t.Parallel()
	s, _, _ := newListSite(t)
	s.addUser(billing.Admin)
	b := newTab(t, s, s.url)
	b.withoutScripts()
	b.open("/subscriptions")
	b.focuses("#email")
	b.write(s.email(billing.Admin))
	b.tabTo("#password")
	b.write(testPassword)
	b.leads(func() { b.press(kb.Enter) })
	b.arrives("/subscriptions")
	b.click("#q")
	b.write("macbook")
	b.leads(func() { b.press(kb.Enter) })
	if got := b.location(); got != "/subscriptions?q=macbook" {
		t.Errorf("the address is %s", got)
	}
	b.shows("#totals", "1 subscription, €159.00 a month")
	b.click("#row-s3")
	b.leads(func() { b.click("#list .bar button") })
	b.shows("main", "Add 1 subscription to", "A new billing group")
	b.back()
	b.until(`document.querySelector("#row-s3").checked`)
	b.tabTo("#list .bar button")
	b.leads(func() { b.press(kb.Enter) })
	b.leads(func() { b.click(`a[href^="/groups/new"]`) })
	b.shows("#selected", "1 selected", "€159.00")
	b.open("/customers?sort=name")
	b.leads(func() { b.click("thead a") })
	b.arrives("/customers")
	b.shows("tbody tr", "Paula Person")
}

// Whatever leads through the list takes the ticks along, without scripts too, and not
// what was chosen but never sent.
func TestBrowserTicksTravelWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	s.addRow(60)
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open("/subscriptions?q=reihe&customer=row")
	b.choose("#by-sort", "serial")
	b.click("#row-r60")
	b.click("#row-r11")
	b.tabTo(nextPage)
	b.leads(func() { b.press(kb.Enter) })
	b.shows("#ticked", "2 ticked, €20.00 a month")
	b.shows("#pages", "Newest first")
	b.shows("tbody", "R-0010")
	second := b.location()
	if !strings.HasPrefix(second, "/subscriptions?after=") || !strings.HasSuffix(second, "&customer=row&q=reihe&s=r11&s=r60") {
		t.Errorf("the next page is at %s", second)
	}
	b.click("#row-r1")
	b.leads(func() { b.click("#pages button") })
	b.shows("#ticked", "3 ticked")
	b.until(`document.querySelector("#row-r60").checked && document.querySelector("#row-r11").checked`)
	b.back()
	b.until(`document.querySelector("#row-r1").checked`)
	b.tabTo("#pages button")
	b.leads(func() { b.press(kb.Enter) })

	b.click("#row-r60")
	b.click("#row-r58")
	b.leads(func() { b.click("thead button") })
	b.shows("#pages", "By serial number")
	b.shows("#ticked", "3 ticked")
	b.click("#row-r2")
	b.leads(func() { b.click("#narrowed button") })
	b.shows("#ticked", "4 ticked")
	if at := b.location(); at != "/subscriptions?q=reihe&s=r1&s=r11&s=r2&s=r58&sort=serial" {
		t.Errorf("without the customer the list is at %s", at)
	}
	b.click("#row-r3")
	b.leads(func() { b.click("#narrowed .quiet") })
	b.shows("#ticked", "5 ticked")
	if at := b.location(); at != "/subscriptions?s=r1&s=r11&s=r2&s=r3&s=r58&sort=serial" {
		t.Errorf("without filters the list is at %s", at)
	}
}

var looksOfLists = []look{
	{"customers", func(b *tab) { b.visit(newLongSite(b.t), billing.Member, "/customers") }},
	{"customers, no match", func(b *tab) { b.visit(newLongSite(b.t), billing.Member, "/customers?q="+longWord+"x") }},
	{"customers, none", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/customers") }},
	{"groups, filtered", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2")
		b.visit(s, billing.Admin, "/groups?customer=long&sort=name")
	}},
	{"groups, no match", func(b *tab) { b.visit(newLongSite(b.t), billing.Admin, "/groups?customer=long&status=inactive") }},
	{"subscriptions", func(b *tab) {
		s := newLongSite(b.t)
		s.addFleet()
		group := s.addGroup("l1", "l2")
		s.change(group, billing.GroupChange{Status: new(billing.GroupInactive)})
		b.visit(s, billing.Admin, "/subscriptions?s=l1&s=s1&sort=end")
	}},
	{"subscriptions, filtered", func(b *tab) {
		s := newLongSite(b.t)
		b.visit(s, billing.Member, "/subscriptions?customer=long&group="+s.addGroup("l1", "l2"))
	}},
	{"subscriptions, pages", func(b *tab) {
		s := newSite(b.t)
		s.addRow(120)
		b.visit(s, billing.Admin, "/subscriptions")
		b.leads(func() { b.click(nextPage) })
	}},
	{"subscriptions, no match", func(b *tab) { b.visit(newLongSite(b.t), billing.Admin, "/subscriptions?q=nothing&s=l1") }},
	{"subscriptions, none", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/subscriptions") }},
	{"choice of a group", func(b *tab) {
		s := newLongSite(b.t)
		s.addFleet()
		s.addGroup("l1")
		b.visit(s, billing.Admin, chosen("l1", "l2", "s1", "s4", "p1"))
	}},
	{"choice of nothing", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/groups/choose") }},
}
