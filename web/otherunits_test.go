package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"billfold/billing"
)

// idNames are the names under which addresses and forms carry ids, and the kind of thing.
var idNames = map[string]string{
	"customer": "customers", "subscription": "subscriptions", "group": "groups", "s": "subscriptions", "i": "invoices", "to": "groups", "who": "users", "id": "groups", "run": "runs", "kept": "subscriptions",
}

// Another business unit's ids are as unknown as those that nobody has, wherever they are
// sent: in what an address asks for, and in every field of every form.
func TestOtherUnitsIDsAreUnknown(t *testing.T) {
	s := newSite(t)
	theirs := s.things()
	owner, err := s.store.CreateUser(t.Context(), s.scope(), billing.UserInput{Email: "their@example.com", Name: "Their Owner", Password: testPassword}, billing.Owner)
	if err != nil {
		t.Fatal(err)
	}
	theirs["users"] = owner.ID
	other, err := s.store.CreateTenant(t.Context(), testActor, s.tenant.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	s.tenant = other
	ids := s.thingsOf("mine")
	c := s.as(billing.Owner)
	compared := 0
	same := func(what, sent, unsent string, a, b *answer) {
		compared++
		// Each form has a token of its own, and the id comes back as it was sent.
		got, want := withoutTokens(a.body), withoutTokens(b.body)
		for _, spelt := range []func(string) string{func(s string) string { return s }, url.QueryEscape, url.PathEscape} {
			got, want = strings.ReplaceAll(got, spelt(sent), "ID"), strings.ReplaceAll(want, spelt(unsent), "ID")
		}
		to := func(a *answer, id string) string {
			return strings.ReplaceAll(a.header.Get("Location"), url.QueryEscape(id), "ID")
		}
		if a.status != b.status || got != want || to(a, sent) != to(b, unsent) {
			t.Errorf("%s: another's %s: %d %q\nunknown: %d %q\n%s", what, sent, a.status, to(a, sent), b.status, to(b, unsent), firstDifference(got, want))
		}
	}
	for _, r := range allRoutes() {
		if r.method != http.MethodGet || r.need == anyone {
			continue
		}
		for name, kind := range idNames {
			id := theirs[kind]
			get := func(id string) *answer { return c.get(r.of(ids) + "?" + url.Values{name: {id}}.Encode()) }
			same(r.path+"?"+name, id, unknown(id), get(id), get(unknown(id)))
		}
	}
	for _, f := range forms(ids) {
		page := c.get(f.page)
		if page.status != http.StatusOK || !strings.Contains(page.body, `action="`+f.address+`"`) {
			continue
		}
		good := page.everyField(f.address)
		for name, kind := range idNames {
			if !good.Has(name) && !(name == "s" && strings.HasSuffix(f.address, "/add")) {
				continue
			}
			id := theirs[kind]
			post := func(id string) *answer {
				v := maps.Clone(good)
				v.Set(name, id)
				delete(v, "token")
				return c.post(f.address, v)
			}
			same("POST "+f.address+" "+name, id, unknown(id), post(id), post(unknown(id)))
		}
	}
	if compared < 300 {
		t.Errorf("only %d answers were compared", compared)
	}
}

// unknown answers an id as long as another, that nobody has.
func unknown(id string) string { return "zq" + strings.Repeat("z", len(id)-2) }

// thingsOf is things with a customer of the unit's own.
func (s *site) thingsOf(customer string) map[string]string {
	s.t.Helper()
	s.takeIn(importHeader + strings.ReplaceAll(importRow(customer+"-1", "Mine GmbH", "2026-03-03", "10.00"), "C-1", customer))
	group, err := s.store.CreateGroup(s.t.Context(), s.scope(), billing.GroupInput{CustomerID: customer, Name: "Mine", BillingDay: 1, SubscriptionIDs: []string{customer + "-1"}}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return map[string]string{"groups": group.ID, "customers": customer, "subscriptions": customer + "-1", "keys": s.key("Mine").ID, "invoices": "none", "number": "none", "import": "none", "runs": "none"}
}

// withoutTokens takes out what is new in each answer.
func withoutTokens(body string) string {
	for _, before := range []string{`name="token" value="`, `<code>`} {
		for from := 0; ; {
			i := strings.Index(body[from:], before)
			if i < 0 {
				break
			}
			from += i + len(before)
			if end := strings.IndexAny(body[from:], `"<`); end >= 0 {
				body = body[:from] + body[from+end:]
			}
		}
	}
	return body
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	cut := func(s string) string { return s[max(0, min(i-80, len(s))):min(len(s), i+120)] }
	return fmt.Sprintf("… %s\n… %s", cut(a), cut(b))
}
