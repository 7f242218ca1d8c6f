package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

func TestAccountPage(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Member)
	s.advance(5 * time.Minute)
	other := s.client()
	other.signIn(billing.Member).leadsTo("/")
	a := c.get("/account").want(http.StatusOK).shows("Your account", "You sign in as member@example.com.", "2 sessions are open.", "Times are those of Europe/Berlin.",
		"This oneDemo Rental22 Nov 2026 11:0022 Nov 2026 11:0", "Another oneDemo Rental22 Nov 2026 11:0522 Nov 2026 11:05", "Two-factor sign-inOff")
	checkPage(t, a)
	if a.linkTo("Keyboard shortcuts") != "/settings/keyboard" {
		t.Error("it does not lead to the keyboard shortcuts")
	}
	if home := c.get("/"); home.linkTo("Your account") != "/account" || home.linkTo("Keyboard shortcuts") != "" {
		t.Error("the navigation does not lead here, or still to the keyboard shortcuts")
	}
	form := a.filled("/account")
	c.follow(c.post("/account", form), "/account").shows("Nothing was changed.")
	refused := c.post("/account", with(form, "userName", " ")).want(http.StatusUnprocessableEntity).shows("Enter a name")
	checkPage(t, refused)
	c.follow(c.post("/account", with(form, "userName", "Mia Member")), "/account").shows("Your name is saved.", "Mia Member · member")
	s.as(billing.Owner).get("/activity?kind=user").shows("The member", "Changed the name from “The member” to “Mia Member”")
}

func TestChangePassword(t *testing.T) {
	const next = "another long password"
	s := newSite(t)
	c := s.as(billing.Member)
	u, _ := url.Parse(s.url)
	before := c.http.Jar.Cookies(u)
	other := s.client()
	other.signIn(billing.Member).leadsTo("/")
	checkPage(t, c.get("/account/password").want(http.StatusOK).shows("All your other sessions end"))
	refused := c.post("/account/password", url.Values{"current": {"wrong password"}, "password": {"short"}, "again": {"shorter"}}).
		want(http.StatusUnprocessableEntity).shows("There are 3 problems", "The password is wrong.", "at least 12 characters", "The two new passwords differ.")
	checkPage(t, refused)
	for _, typed := range []string{"wrong password", "shorter"} {
		if strings.Contains(refused.body, typed) {
			t.Errorf("%q comes back", typed)
		}
	}
	for same, words := range map[string]string{testPassword: "differs from the present one", s.email(billing.Member): "must not be the e-mail address"} {
		c.post("/account/password", url.Values{"current": {testPassword}, "password": {same}, "again": {same}}).want(http.StatusUnprocessableEntity).shows(words)
	}
	other.get("/groups").want(http.StatusOK)
	done := c.post("/account/password", url.Values{"current": {testPassword}, "password": {next}, "again": {next}})
	c.follow(done, "/account").shows("Your password is changed.", "1 session is open.")
	other.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	stolen := s.client()
	stolen.http.Jar.SetCookies(u, before)
	stolen.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	s.client().signIn(billing.Member).want(http.StatusUnprocessableEntity)
	s.client().post("/sign-in", url.Values{"email": {s.email(billing.Member)}, "password": {next}}).leadsTo("/")
}

// A password can't be guessed in a session that somebody left open.
func TestOwnPasswordSlowsDown(t *testing.T) {
	for path, field := range map[string]string{"/account/password": "current", "/account/two-factor": "proof"} {
		s := newSite(t)
		c := s.as(billing.Member)
		for range freeByAccount {
			c.post(path, url.Values{field: {"wrong"}}).want(http.StatusUnprocessableEntity)
		}
		a := c.post(path, url.Values{field: {testPassword}}).want(http.StatusTooManyRequests).shows("too many failed attempts. Wait")
		if checkPage(t, a); a.header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		if a.header.Get("HX-Retarget") != "" {
			t.Error("without a script it says where a script would put it")
		}
		c.script, c.page = true, path
		if a := c.post(path, url.Values{field: {testPassword}}).want(http.StatusTooManyRequests); a.header.Get("HX-Retarget") != "#main" {
			t.Error("a script takes it for the page of somebody else")
		}
		c.script = false
		s.client().signIn(billing.Member).want(http.StatusTooManyRequests)
		s.advance(time.Second)
		s.client().signIn(billing.Member).leadsTo("/")
	}
}

func TestSignOutEverywhere(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		other := s.client()
		other.signIn(billing.Admin).leadsTo("/")
		a := c.get("/account/sign-out").want(http.StatusOK).shows("Sign out everywhere?", "All 2 open sessions end, this one too.")
		checkPage(t, a)
		c.follow(c.post("/account/sign-out", a.filled("/account/sign-out")), "/sign-in").shows("You have signed out everywhere.")
		for _, gone := range []*client{c, other} {
			gone.script = false
			gone.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
		}
	})
}
