package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

func TestSignIn(t *testing.T) {
	s := newSite(t)
	s.addUser(billing.Member)
	c := s.client()
	c.get("/").leadsTo("/sign-in")
	c.get("/groups?after=7").leadsTo("/sign-in?next=%2Fgroups%3Fafter%3D7")
	page := c.get("/sign-in?next=%2Fgroups%3Fafter%3D7").want(http.StatusOK)
	if next := page.field("next"); next != "/groups?after=7" {
		t.Errorf("next is %q", next)
	}
	a := c.post("/sign-in", url.Values{"email": {" Member@Example.com "}, "password": {testPassword}, "next": {"/groups?after=7"}})
	a.leadsTo("/groups?after=7")
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if cookie.Name != "__Host-billfold" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode ||
		cookie.Path != "/" || cookie.MaxAge != 0 || !cookie.Expires.IsZero() || cookie.Domain != "" {
		t.Errorf("cookie %v", cookie)
	}
	c.get("/groups").want(http.StatusOK).shows("The member", "Demo Rental")
	c.get("/sign-in").leadsTo("/")
}

func TestSignInRefused(t *testing.T) {
	s := newSite(t)
	s.addUser(billing.Member)
	c := s.client()
	const message = "The e-mail address or the password is wrong."
	wrong := c.post("/sign-in", url.Values{"email": {s.email(billing.Member)}, "password": {"wrong"}, "next": {"/groups"}})
	unknown := c.post("/sign-in", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}, "next": {"/groups"}})
	for _, a := range []*answer{wrong, unknown} {
		a.want(http.StatusUnprocessableEntity).shows(message)
		if a.field("password") != "" {
			t.Error("the password came back")
		}
		if next := a.field("next"); next != "/groups" {
			t.Errorf("next is %q", next)
		}
		if cache := a.header.Get("Cache-Control"); cache != "private, no-cache" {
			t.Errorf("Cache-Control: %s", cache)
		}
	}
	if email := wrong.field("email"); email != s.email(billing.Member) {
		t.Errorf("the e-mail address is %q", email)
	}
	if same := strings.ReplaceAll(unknown.body, "nobody@example.com", s.email(billing.Member)); same != wrong.body {
		t.Error("the answers tell a wrong password from an unknown address")
	}
	c.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
}

func TestSignInSlowsDown(t *testing.T) {
	s := newSite(t)
	s.addUser(billing.Member)
	c := s.client()
	for range freeByAccount {
		c.post("/sign-in", url.Values{"email": {s.email(billing.Member)}, "password": {"wrong"}}).want(http.StatusUnprocessableEntity)
	}
	a := c.signIn(billing.Member).want(http.StatusTooManyRequests).shows("too many failed attempts. Wait")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.advance(time.Second)
	c.signIn(billing.Member).leadsTo("/")
}

func TestSignOut(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	u, _ := url.Parse(s.url)
	stolen := c.http.Jar.Cookies(u)
	c.get("/groups").want(http.StatusOK)
	c.post("/sign-out", nil).leadsTo("/sign-in")
	c.get("/sign-in").shows("You have signed out.")
	c.get("/sign-in").lacks("You have signed out.")
	c.http.Jar.SetCookies(u, stolen)
	c.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
}

func TestSignInAgainEndsTheFormerSession(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	u, _ := url.Parse(s.url)
	former := c.http.Jar.Cookies(u)
	c.signIn(billing.Owner).leadsTo("/")
	other := s.client()
	other.http.Jar.SetCookies(u, former)
	other.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	c.get("/groups").want(http.StatusOK)
}

func TestSessionEnds(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	s.advance(29 * time.Minute)
	c.get("/groups").want(http.StatusOK)
	s.advance(31 * time.Minute)
	c.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	// A form is not sent again, but its page is where one comes back to; htmx makes it
	// a real navigation.
	c.htmx("/groups/new?customer=c1").post("/groups", nil).want(http.StatusNoContent).leadsTo("/sign-in?next=%2Fgroups%2Fnew%3Fcustomer%3Dc1")
	c.htmx("/groups/new?customer=c1").get("/groups/new?q=acme").leadsTo("/sign-in?next=%2Fgroups%2Fnew%3Fcustomer%3Dc1")
	plain := c.request(http.MethodPost, "/groups", nil)
	plain.Header.Set("Referer", s.url+"/groups/new?customer=c1")
	c.do(plain).leadsTo("/sign-in?next=%2Fgroups%2Fnew%3Fcustomer%3Dc1")
}

func TestInside(t *testing.T) {
	for address, want := range map[string]string{
		"/groups":                   "/groups",
		"/groups/new?customer=a&s=": "/groups/new?customer=a&s=",
		"/groups?q=https://x.y":     "/groups?q=https://x.y",
		"":                          "",
		"/":                         "",
		"/sign-in?next=/groups":     "",
		"/setup?token=x":            "",
		"groups":                    "",
		"//evil.example":            "",
		"///evil.example":           "",
		`/\evil.example`:            "",
		`\\evil.example`:            "",
		`/groups\..\..`:             "",
		"/\t/evil.example":          "",
		"/\n/evil.example":          "",
		"/\r\nSet-Cookie: a=b":      "",
		"/\x00":                     "",
		"/\u0085":                   "",
		"https://evil.example":      "",
		"https:/evil.example":       "",
		"https:evil.example":        "",
		"javascript:alert(1)":       "",
		" /groups":                  "",
		"/%":                        "",
	} {
		if got := inside(address); got != want {
			t.Errorf("inside(%q) is %q, want %q", address, got, want)
		}
	}
}

func TestSignInNeverLeadsOutside(t *testing.T) {
	s := newSite(t)
	s.addUser(billing.Member)
	for _, next := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "/\t/evil.example"} {
		c := s.client()
		if kept := c.get("/sign-in?next=" + url.QueryEscape(next)).field("next"); kept != "" {
			t.Errorf("the page keeps %q", kept)
		}
		c.post("/sign-in", url.Values{"email": {s.email(billing.Member)}, "password": {testPassword}, "next": {next}}).leadsTo("/")
		c.get("/sign-in?next=" + url.QueryEscape(next)).leadsTo("/")
	}
}

func TestNeedsTLS(t *testing.T) {
	const warning = "This address needs https."
	s := newSite(t)
	for host, warns := range map[string]bool{
		"": false, "localhost:8080": false, "127.0.0.1": false, "[::1]:8080": false,
		"billing.example.com": true, "192.168.0.7:8080": true, "localhost.example.com": true,
	} {
		c := s.client()
		r := c.request(http.MethodGet, "/sign-in", nil)
		r.Host = host
		a := c.do(r).want(http.StatusOK)
		if warns {
			a.shows(warning)
		} else {
			a.lacks(warning)
		}
	}
	behindProxy := newSite(t, func(cfg *Config) { cfg.BaseURL = "https://billing.example.com" }).client()
	r := behindProxy.request(http.MethodGet, "/sign-in", nil)
	r.Host = "billing.example.com"
	a := behindProxy.do(r).want(http.StatusOK).lacks(warning)
	if a.header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	if s.client().get("/sign-in").header.Get("Strict-Transport-Security") != "" {
		t.Error("Strict-Transport-Security over http")
	}
}
