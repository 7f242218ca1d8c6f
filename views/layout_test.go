package views

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"billfold/billing"
	"billfold/static"
)

func signedIn(role billing.Role) Page {
	return Page{Title: "Billing groups", Path: "/groups", UserName: "Mara Lindqvist", Role: role, TenantName: "Nordlicht Rental GmbH",
		Zone: "Europe/Berlin", Today: billing.Date{Year: 2026, Month: time.November, Day: 22}}
}

func TestLayout(t *testing.T) {
	html := render(t, Layout(signedIn(billing.Admin)), templ.Raw("<h1>Hello</h1>"))
	expect(t, html, "<!doctype html>", `<html lang="en-GB">`, "<title>Billing groups · Billfold</title>", `<a class="skip" href="#main">`,
		static.URL("app.css"), static.URL("plan.css"), static.URL("invoice.css"), static.URL("app.js"), static.URL("htmx.min.js"), static.URL("favicon.svg"), static.URL("favicon.ico"),
		"Nordlicht Rental GmbH", "Mara Lindqvist · admin", `<form method="post" action="/sign-out">`, "<h1>Hello</h1>")
	if alert, main := strings.Index(html, `<div id="alert" role="alert"></div>`), strings.Index(html, `<main id="main"`); alert < 0 || main < alert {
		t.Errorf("#alert stands at %d, <main> at %d", alert, main)
	}
	refuse(t, html, "Rehearsal", `id="tenant"`, `class="note`)
}

// htmx reads its settings from here: without them it adds a style sheet of its own.
func TestLayoutConfiguresHTMX(t *testing.T) {
	expect(t, render(t, Layout(signedIn(billing.Owner))), `<meta name="htmx-config" content="{&#34;includeIndicatorCSS&#34;:false,&#34;mode&#34;:&#34;same-origin&#34;}">`)
}

func TestNavigationOffersWhatOneMayDo(t *testing.T) {
	for role, want := range map[billing.Role]bool{billing.Owner: true, billing.Admin: true, billing.Member: false} {
		html := render(t, Layout(signedIn(role)))
		if got := strings.Contains(html, `href="/import"`); got != want {
			t.Errorf("%s: Import offered: %v, want %v", role, got, want)
		}
		expect(t, html, `<a href="/groups" aria-current="page">`)
	}
	p := signedIn(billing.Owner)
	for path, want := range map[string]string{"/groups/new": `<a href="/groups" aria-current="true">`, "/groupsx": `<a href="/groups">`, "/import": `<a href="/import" aria-current="page">`} {
		p.Path = path
		expect(t, render(t, Layout(p)), want)
	}
}

// The script finds its addresses in the list of shortcuts, and no list where they are
// switched off.
func TestLayoutOffersShortcuts(t *testing.T) {
	p := signedIn(billing.Member)
	refuse(t, render(t, Layout(p)), "<dialog", "data-search", "data-new")
	p.Shortcuts = true
	html := render(t, Layout(p))
	expect(t, html, `<dialog class="card" id="shortcut-help"`, `data-search="/groups"`, `href="/settings/keyboard"`)
	refuse(t, html, "data-new", "New billing group")
	p.Role = billing.Admin
	expect(t, render(t, Layout(p)), `data-new="/groups/new"`, "New billing group")
}

func TestLayoutShowsWhatIsSpecial(t *testing.T) {
	p := signedIn(billing.Owner)
	p.Frozen = true
	p.Flash = Flash{Tone: Good, Text: "Group created."}
	html := render(t, Layout(p))
	expect(t, html, `The business day is held at <time datetime="2026-11-22">Sun 22 Nov 2026</time> (Europe/Berlin).`,
		`<p class="note good" role="status">Group created.</p>`)
}

func TestSignInPage(t *testing.T) {
	html := render(t, SignInPage(Page{Title: "Sign in"}, SignInForm{Email: "a@b.c", Next: "/groups?x=1"}))
	expect(t, html, `method="post" action="/sign-in"`, `name="next" value="/groups?x=1"`, `type="email" value="a@b.c"`, `autocomplete="current-password"`, " autofocus")
	refuse(t, html, "https", `role="alert" tabindex`, "Sign out")

	html = render(t, SignInPage(Page{}, SignInForm{Problem: "Wrong.", Message: "You have been signed out.", NeedsTLS: true}))
	expect(t, html, "This address needs https.", "You have been signed out.", `id="problems" role="alert" tabindex="-1" autofocus`, "Wrong.")
	if strings.Count(html, " autofocus") != 1 {
		t.Errorf("two things want the focus: %s", html)
	}
}

func TestSetupPageKeepsWhatWasTyped(t *testing.T) {
	html := render(t, SetupPage(Page{Title: "Set up"}, NewSetupForm("secret")))
	expect(t, html, `name="token" value="secret"`, `value="exclusive" checked`, `<option value="30" selected>30 days</option>`, `value="EUR"`, `value="Europe/Berlin"`)
	refuse(t, html, `id="problems"`)

	f := SetupForm{Token: "secret", User: billing.UserInput{Name: "Mara", Email: "mara@", Password: "never sent back"},
		Tenant:   billing.TenantInput{Name: "Nordlicht", Currency: "XXX", Zone: "Mars", VATMode: "none", VATRate: "7.7", PaymentTerms: "7"},
		Problems: Problems{{Path: "currency", Message: "Not a currency."}, {Path: "email", Message: "Not an address."}, {Path: "vatMode", Message: "Choose."}, {Path: "terms", Message: "Choose terms."}}}
	html = render(t, SetupPage(Page{Title: "Set up"}, f))
	expect(t, html, `value="Mara"`, `value="mara@"`, `value="Nordlicht"`, `value="XXX"`, `value="Mars"`, `value="none" checked`, `value="7.7"`, `<option value="7" selected>`,
		`<a href="#currency">`, `id="currency-error"`, `id="email-error"`, `id="vatMode-error"`, `id="terms-error"`)
	refuse(t, html, "never sent back")
	for _, path := range []string{"email", "userName", "password", "name", "currency", "timezone", "vatMode", "vatRate", "terms"} {
		if strings.Count(html, `id="`+path+`"`) != 1 || !strings.Contains(html, `name="`+path+`"`) {
			t.Errorf("there is not one field %s", path)
		}
	}
}

func TestErrorPages(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 409, 413, 418, 429, 500, 502, 503, 999} {
		for _, p := range []Page{signedIn(billing.Member), {Title: "x"}} {
			html := render(t, ErrorPage(p, ErrorArgs{Status: status, RequestID: "req-1"}))
			expect(t, html, `<p id="message">`, templ.EscapeString(ErrorTitle(status)))
			if got, want := strings.Contains(html, "req-1"), status >= 500; got != want {
				t.Errorf("%d: request id shown: %v, want %v", status, got, want)
			}
			if strings.Count(html, "<h1>") != 1 {
				t.Errorf("%d: not one h1: %s", status, html)
			}
		}
	}
	expect(t, render(t, ErrorPage(Page{}, ErrorArgs{Status: 404, Message: "No such group."})), "No such group.", `href="/sign-in"`)
}

// Every page: one h1, one main, no id twice, a name for every field.
func TestPagesAreWellFormed(t *testing.T) {
	ids := regexp.MustCompile(` id="([^"]+)"`)
	for name, c := range map[string]templ.Component{
		"sign-in": SignInPage(Page{Title: "x"}, SignInForm{Problem: "x", NeedsTLS: true}),
		"setup":   SetupPage(Page{Title: "x"}, SetupForm{Problems: Problems{{Path: "name", Message: "x"}}}),
		"error":   ErrorPage(signedIn(billing.Owner), ErrorArgs{Status: 500}),
		"gate":    ErrorPage(Page{}, ErrorArgs{Status: 404}),
	} {
		html := render(t, c)
		for _, one := range []string{"<h1>", "<main ", "<title>", `id="alert"`} {
			if strings.Count(html, one) != 1 {
				t.Errorf("%s: %s is there %d times", name, one, strings.Count(html, one))
			}
		}
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(html, -1) {
			if seen[m[1]] {
				t.Errorf("%s: id %s is there twice", name, m[1])
			}
			seen[m[1]] = true
		}
		for _, field := range regexp.MustCompile(`<(?:input|select|textarea) [^>]*>`).FindAllString(html, -1) {
			m := ids.FindStringSubmatch(field)
			hidden, radio := strings.Contains(field, `type="hidden"`), strings.Contains(field, `type="radio"`)
			if !hidden && !radio && (m == nil || !strings.Contains(html, `<label for="`+m[1]+`"`)) {
				t.Errorf("%s: no label for %s", name, field)
			}
		}
	}
}
