package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// Somebody is invited, joins, sees what a member sees, becomes an admin, and is signed
// out by that at the next request; with and without JavaScript.
func TestBrowserPeople(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			owner, grace := s.tab(t, billing.Owner), newTab(t, s, s.url)
			if !scripts {
				owner.withoutScripts()
				grace.withoutScripts()
			}
			owner.open("/settings")
			owner.leads(func() { owner.click(`.tabs a[href="/settings/people"]`) })
			owner.shows("#invites", "No open invites")
			owner.leads(func() { owner.click(`.page-head .primary`) })
			owner.expect("status 422")
			owner.leads(func() { owner.click("main form .primary") })
			owner.focuses("#problems")
			owner.click("#email")
			owner.write("grace@example.com")
			owner.leads(func() { owner.press(kb.Enter) })
			owner.focuses("#link")
			link, err := url.Parse(evaluate[string](owner, `document.querySelector("#link").value`))
			if err != nil {
				t.Fatal(err)
			}

			grace.open(link.RequestURI())
			grace.click("#userName")
			grace.write("Grace Hopper")
			grace.tabTo("#password")
			grace.write(testPassword)
			grace.leads(func() { grace.press(kb.Enter) })
			grace.arrives("/")
			grace.shows("main", "You have joined Demo Rental as a member.")
			grace.open("/settings")
			if grace.is(`document.querySelector(".tabs, main form[method=post]") !== null`) {
				t.Error("a member is offered what owners do")
			}

			owner.leads(func() { owner.click("main .actions .primary") })
			owner.shows("#people", "Grace Hopper")
			owner.leads(func() { owner.click(`#people a[href$="/role"]`) })
			owner.shows("main", "Grace Hopper is signed out of Demo Rental at once")
			owner.click(`[name=role][value=admin]`)
			owner.leads(func() { owner.click("main form button") })
			owner.shows("main", "Grace Hopper is an admin now")

			grace.open("/groups")
			grace.arrives("/sign-in")
			grace.click("#email")
			grace.write("grace@example.com")
			grace.tabTo("#password")
			grace.write(testPassword)
			grace.leads(func() { grace.press(kb.Enter) })
			grace.arrives("/groups")
			grace.shows(".who", "Grace Hopper · admin")
		})
	}
}

// elsewhere opens another business unit as from another tab of the same browser.
func (b *tab) elsewhere(unit string) {
	b.t.Helper()
	if !evaluate[bool](b, `fetch("/business-unit", {method: "POST", body: new URLSearchParams({to: "`+unit+`"})}).then(answer => answer.ok)`) {
		b.t.Fatal("the business unit is not opened")
	}
}

// A page of one business unit, left open while another tab opens another: its form is
// refused and keeps what was typed, and its list fetches nothing.
func TestBrowserTwoUnits(t *testing.T) {
	t.Parallel()
	s, c, south := twoUnits(t)
	s.addFleet()
	b := newTab(t, s, s.url)
	b.take(c)
	b.open("/settings")
	b.click("#city")
	b.write("Hamburg")
	b.elsewhere(south)
	b.expect("status 412")
	b.click("#outlook .primary")
	b.shows("#alert", "Süd Rental is open now, but this page is of Demo Rental. Nothing was done.")
	b.holds("#city", "Hamburg")
	b.elsewhere(s.tenant.ID)
	b.leads(func() { b.click("#outlook .primary") })
	b.shows("main", "Settings saved.")
	if city := s.unit().Seller.Address.City; city != "Hamburg" {
		t.Errorf("stored is %q", city)
	}
	b.open("/customers")
	b.elsewhere(south)
	b.expect("status 412")
	b.click("#q")
	b.write("acme")
	b.shows("#alert", "Süd Rental is open now")
	b.withoutScripts()
	b.open("/groups")
	b.choose("#switch-to", s.tenant.ID)
	b.leads(func() { b.click(".who form .button") })
	b.arrives("/")
	b.shows("main", "Demo Rental is open.")
}

// visitPeople opens a page of a business unit with several people and invites, of long
// names, as somebody who works in another one too.
func (b *tab) visitPeople(path func(s *site) string) {
	b.t.Helper()
	s := newSite(b.t)
	b.site, b.base = s, s.url
	b.enter(billing.Owner)
	unit := s.tenant.Tenant
	unit.Name = longWord
	other, err := s.store.CreateTenant(b.t.Context(), testActor, unit)
	if err != nil {
		b.t.Fatal(err)
	}
	scope := s.scope()
	scope.Tenant = other
	if _, err := s.store.AddMember(b.t.Context(), scope, s.email(billing.Owner), billing.Admin); err != nil {
		b.t.Fatal(err)
	}
	for _, name := range []string{"accepted", "open"} {
		_, link := s.invite(name+"."+longWord+"@"+longWord+".example", billing.Admin)
		if name == "open" {
			break
		}
		if _, err := s.store.AcceptInvite(b.t.Context(), strings.TrimPrefix(link, "/invite?token="), "Ångström-"+longWord, testPassword); err != nil {
			b.t.Fatal(err)
		}
	}
	b.open(path(s))
}

// personAt answers the path of a page about the person of the long name.
func personAt(act string) func(s *site) string {
	return func(s *site) string {
		people, err := s.store.People(s.t.Context(), s.tenant)
		if err != nil {
			s.t.Fatal(err)
		}
		return "/settings/people/" + people[0].ID + act
	}
}

func at(path string) func(*site) string { return func(*site) string { return path } }

var looksOfPeople = []look{
	{"alone", func(b *tab) { b.visit(newSite(b.t), billing.Owner, "/settings/people") }},
	{"many", func(b *tab) { b.visitPeople(at("/settings/people")) }},
	{"role", func(b *tab) { b.visitPeople(personAt("/role")) }},
	{"role refused", func(b *tab) {
		b.visitPeople(personAt("/role"))
		b.is(`document.querySelector("[name=role]:checked").checked = false`)
		b.expect("status 422")
		b.click("main form button")
		b.focuses("#problems")
	}},
	{"removal", func(b *tab) { b.visitPeople(personAt("/remove")) }},
	{"invite refused", func(b *tab) {
		b.visitPeople(at("/settings/people/invite"))
		b.click("#email")
		b.write(longWord)
		b.expect("status 422")
		b.leads(func() { b.click("main form .primary") })
		b.focuses("#problems")
	}},
	{"invited", func(b *tab) {
		b.visitPeople(at("/settings/people/invite"))
		b.click("#email")
		b.write(longWord + "@" + longWord + ".example")
		b.leads(func() { b.press(kb.Enter) })
		b.focuses("#link")
	}},
	{"join", func(b *tab) {
		s := newSite(b.t)
		_, link := s.invite(longWord+"@"+longWord+".example", billing.Owner)
		b.visit(s, "", link)
	}},
	{"join as somebody else", func(b *tab) {
		s := newSite(b.t)
		_, link := s.invite(longWord+"@"+longWord+".example", billing.Owner)
		b.visit(s, billing.Member, link)
	}},
	{"no such invite", func(b *tab) {
		b.expect("status 404")
		b.visit(newSite(b.t), "", "/invite?token="+longWord)
	}},
}
