package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"billfold/billing"
)

// The setting is each user's own, and lasts longer than a session.
func TestKeyboardSetting(t *testing.T) {
	s := newSite(t)
	c, other := s.as(billing.Member), s.as(billing.Admin)
	const path, help = "/settings/keyboard", "shortcut-help"
	chosen := func(a *answer) string {
		t.Helper()
		for n := range a.document().Descendants() {
			if attr(n, "name") == "shortcuts" && strings.Contains(a.body, `value="`+attr(n, "value")+`" checked`) {
				return attr(n, "value")
			}
		}
		return ""
	}
	if a := c.get(path).want(http.StatusOK); chosen(a) != "on" || a.byID(help) == nil {
		t.Errorf("at first they are %q", chosen(a))
	}
	for _, wrong := range []string{"", "maybe"} {
		a := c.post(path, url.Values{"shortcuts": {wrong}}).want(http.StatusUnprocessableEntity).shows("Choose on or off.")
		checkPage(t, a)
	}
	c.post(path, url.Values{"shortcuts": {"off"}}).leadsTo(path)
	a := c.get(path).want(http.StatusOK).shows("Keyboard shortcuts are off.")
	if chosen(a) != "off" || a.byID(help) != nil || strings.Contains(a.body, "data-search") {
		t.Errorf("switched off they are %q, %s", chosen(a), a.body)
	}
	if other.get("/groups").byID(help) == nil {
		t.Error("another user's are off too")
	}
	c.post("/sign-out", nil)
	c.signIn(billing.Member)
	if c.get("/groups").byID(help) != nil {
		t.Error("signing in switches them on")
	}
	c.post(path, url.Values{"shortcuts": {"on"}}).leadsTo(path)
	if a := c.get("/groups"); a.byID(help) == nil || strings.Contains(a.body, "data-new") {
		t.Error("a member's page has no list, or offers a new group")
	}
	if c.client().get("/sign-in").byID(help) != nil {
		t.Error("there are shortcuts before anybody has signed in")
	}
}
