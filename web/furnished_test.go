package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/views"
)

// furnished is a site in which every page has something to show and every form
// something to do, and the id of one thing for each kind of address.
func furnished(t *testing.T, changes ...func(*Config)) (*site, map[string]string) {
	t.Helper()
	s := newSite(t, changes...)
	ids := s.things()
	s.addFleet()
	ids["groups"] = s.group("Due today", 22, "s1", "s2").ID
	ids["other group"] = s.group("Another", 22, "s3").ID
	s.advance(30 * 24 * time.Hour)
	invoice := s.credited("s2")
	paid, err := s.store.MarkPaid(t.Context(), s.scope(), s.invoiceOf("b1").ID, billing.MarkPaid{})
	if err != nil {
		t.Fatal(err)
	}
	ids["paid invoice"] = paid.ID
	s.takeIn(importHeader + importRow("due", "Late GmbH", "2026-03-03", "10.00"))
	upload, err := s.store.CreateUpload(t.Context(), s.scope(), "fleet.csv", []byte(importHeader+importRow("n1", "Neu GmbH", "2026-03-03", "10.00")))
	if err != nil {
		t.Fatal(err)
	}
	ids["customers"], ids["subscriptions"], ids["import"] = "acme", "s1", upload
	ids["invoices"], ids["number"], ids["runs"] = invoice.ID, invoice.Credits[0].Number, invoice.RunID
	s.inviteAgain(ids)
	return s, ids
}

// inviteAgain makes an invite that is still open.
func (s *site) inviteAgain(ids map[string]string) {
	invited, path := s.invite("invited@example.com", billing.Member)
	ids["invites"], ids["invite token"] = invited.ID, strings.TrimPrefix(path, views.InviteURL("")+"?token=")
}

// halfway signs in with two factors and begins to set up another app, so that every page
// about them has something to show.
func (c *client) halfway() *client {
	c.t.Helper()
	c.setUpApp()
	c.post("/account/two-factor", url.Values{"proof": {testPassword}}).leadsTo("/account/two-factor/app")
	return c
}

// asks are what a page has to be asked with before its form has anything in it.
func asks(r route, ids map[string]string) string {
	switch r.path {
	case "/groups/new":
		return "?customer=acme"
	case "/groups/choose":
		return "?s=s3"
	case "/groups/:id/remove":
		return "?s=s1"
	case "/groups/:id/move":
		return "?s=s1&to=" + ids["other group"]
	case "/invite":
		return "?token=" + ids["invite token"]
	case "/invoices/pay":
		return "?i=" + ids["invoices"]
	}
	return ""
}

// form is a form of one page, and where it is sent.
type form struct{ page, address string }

// forms answers every plain form that is sent by who has signed in, save those that end
// the session, and the one that opens another business unit.
func forms(ids map[string]string) (all []form) {
	for _, r := range allRoutes() {
		if r.method != http.MethodPost || r.need == anyone || r.upload > 0 || r.leaves() || r.path == "/business-unit" {
			continue
		}
		page := r
		if r.path == "/groups" {
			page.path = "/groups/new"
		}
		of := maps.Clone(ids)
		if r.path == "/invoices/:id/reopen" {
			of["invoices"] = ids["paid invoice"]
		}
		all = append(all, form{page.of(of) + asks(page, of), r.of(of)})
	}
	return all
}

// everyField answers what a page's forms would send to an address, and each field that
// they might send with something in it.
func (a *answer) everyField(address string) url.Values {
	a.t.Helper()
	v := a.filled(address)
	for form := range a.document().Descendants() {
		if form.Data != "form" || attr(form, "action") != address {
			continue
		}
		for n := range form.Descendants() {
			if name := attr(n, "name"); n.Type == html.ElementNode && name != "" && !v.Has(name) {
				v.Set(name, attr(n, "value"))
			}
		}
	}
	return v
}

// queryNames answers every name that a page's links to itself and its fields put into
// an address.
func (a *answer) queryNames(path string) []string {
	names := map[string]bool{"page": true, "after": true, "q": true, "f": true, "s": true, "i": true, "id": true}
	for n := range a.document().Descendants() {
		if u, err := url.Parse(attr(n, "href")); err == nil && u.Path == path {
			for name := range u.Query() {
				names[name] = true
			}
		}
		if n.Data == "input" || n.Data == "select" || n.Data == "button" || n.Data == "textarea" {
			names[attr(n, "name")] = true
		}
	}
	delete(names, "")
	return slices.Sorted(maps.Keys(names))
}

// pagesOf answers every page that somebody sees of a site, by its address.
func (c *client) pagesOf(ids map[string]string) map[string]*answer {
	c.t.Helper()
	pages := make(map[string]*answer)
	for _, r := range allRoutes() {
		if r.method == http.MethodGet {
			address := r.of(ids) + asks(r, ids)
			pages[address] = c.get(address)
		}
	}
	return pages
}

// Every page of a furnished site is there, and every form of it has fields: the tests
// that walk it would find nothing otherwise.
func TestFurnished(t *testing.T) {
	s, ids := furnished(t)
	c := s.as(billing.Owner).halfway()
	for address, page := range c.pagesOf(ids) {
		if page.status != http.StatusOK && !strings.HasPrefix(address, "/setup") && !strings.HasPrefix(address, "/sign-in") {
			t.Errorf("%s: status %d", address, page.status)
		}
	}
	for _, f := range forms(ids) {
		c.get(f.page).everyField(f.address) // or it fails
	}
	// Nothing that is only looked at changes anything.
	head := fmt.Sprint(s.store.ActivityPage(t.Context(), s.tenant, activityAll))
	c.pagesOf(ids)
	if now := fmt.Sprint(s.store.ActivityPage(t.Context(), s.tenant, activityAll)); now != head {
		t.Error("looking at a page changed something")
	}
}
