package web

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// From the account page to the sign-in with a code, by keyboard, with and without
// JavaScript.
func TestBrowserTwoFactor(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := s.tab(t, billing.Member)
			enter := func() { b.leads(func() { b.press(kb.Enter) }) }
			send := func() { b.press(kb.Enter) } // what stays on its page with a script
			if !scripts {
				b.withoutScripts()
				send = enter
			}
			b.open("/")
			b.leads(func() { b.click(`.who a[href="/account"]`) })
			b.tabTo(`main a[href="/account/two-factor"]`)
			enter()
			b.focuses("#proof")
			b.write(testPassword)
			enter()
			b.arrives("/account/two-factor/app")
			b.until(`document.querySelector("main img").naturalWidth === 480`)
			secret := strings.ReplaceAll(evaluate[string](b, `document.querySelector("main code").innerText`), " ", "")
			b.click("#code")
			b.write("000 000")
			b.expect("status 422")
			send()
			b.focuses("#problems")
			b.click("#code")
			b.write(s.appCode(secret))
			send()
			b.shows("main", "Your recovery codes", "They are shown only now.")
			recovery := evaluate[string](b, `document.querySelector("main ul.mono li").innerText`)
			b.leads(func() { b.click("main a.primary") })
			b.shows("#two-factor", "On", "10 not used")

			b.leads(func() { b.click(`.who form button`) })
			b.open("/groups?sort=name")
			b.signInAs(s.email(billing.Member))
			b.shows("h1", "Enter your code")
			b.focuses("#code")
			b.write(s.appCode(secret)) // it was used to switch it on
			b.expect("status 422")
			send()
			b.focuses("#problems")
			s.advance(30 * time.Second)
			b.click("#code")
			code := s.appCode(secret)
			b.write(code[:3] + " " + code[3:])
			enter()
			if at := b.location(); at != "/groups?sort=name" {
				t.Errorf("it leads to %s", at)
			}

			b.leads(func() { b.click(`.who form button`) })
			b.signInAs(s.email(billing.Member))
			b.click("summary")
			b.click("#recovery")
			b.write(strings.ToUpper(recovery))
			enter()
			b.shows("main", "You signed in with a recovery code; 9 are left.")
		})
	}
}

// signInAs fills in the sign-in page.
func (b *tab) signInAs(email string) {
	b.t.Helper()
	b.click("#email")
	b.write(email)
	b.tabTo("#password")
	b.write(testPassword)
	b.leads(func() { b.press(kb.Enter) })
}

// enterWithApp signs a new user in and sets up an app.
func (b *tab) enterWithApp(s *site, role billing.Role, path string) {
	b.t.Helper()
	b.visit(s, role, "/account/two-factor")
	b.focuses("#proof")
	b.write(testPassword)
	b.leads(func() { b.press(kb.Enter) })
	b.confirmApp(s)
	b.open(path)
}

// confirmApp types the code that the page's secret makes.
func (b *tab) confirmApp(s *site) {
	b.t.Helper()
	b.click("#code")
	b.write(s.appCode(strings.ReplaceAll(evaluate[string](b, `document.querySelector("main code").innerText`), " ", "")))
	b.press(kb.Enter)
	b.shows("main", "They are shown only now.")
}

var looksOfAccount = []look{
	{"account", func(b *tab) {
		s := newSite(b.t)
		b.visit(s, billing.Member, "/account")
		s.client().signIn(billing.Member)
		b.open("/account")
		b.shows("#sessions", "Another one")
	}},
	{"account, name refused", func(b *tab) {
		b.visit(newSite(b.t), billing.Member, "/account")
		b.click("#userName")
		b.rewrite(" ")
		b.expect("status 422")
		b.leads(func() { b.press(kb.Enter) })
		b.focuses("#problems")
	}},
	{"two-factor on and required", func(b *tab) {
		s := newSite(b.t)
		s.requireTwoFactor()
		b.enterWithApp(s, billing.Member, "/account")
		b.shows("#two-factor", "requires it")
	}},
	{"password", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/account/password") }},
	{"password refused", func(b *tab) {
		b.visit(newSite(b.t), billing.Member, "/account/password")
		b.expect("status 422")
		b.leads(func() { b.click("main form .primary") })
		b.focuses("#problems")
	}},
	{"sign out everywhere", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/account/sign-out") }},
	{"set-up begins", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/account/two-factor") }},
	{"app", func(b *tab) {
		b.visit(newSite(b.t), billing.Member, "/account/two-factor")
		b.focuses("#proof")
		b.write(testPassword)
		b.leads(func() { b.press(kb.Enter) })
		b.shows("main", "Scan this picture")
	}},
	{"recovery codes", func(b *tab) {
		b.visit(newSite(b.t), billing.Member, "/account/two-factor")
		b.focuses("#proof")
		b.write(testPassword)
		b.leads(func() { b.press(kb.Enter) })
		b.confirmApp(b.site)
	}},
}

var looksOfTwoFactor = []look{
	{"new recovery codes", func(b *tab) { b.enterWithApp(newSite(b.t), billing.Member, "/account/two-factor/codes") }},
	{"new recovery codes refused", func(b *tab) {
		b.enterWithApp(newSite(b.t), billing.Member, "/account/two-factor/codes")
		b.focuses("#proof")
		b.write("wrong")
		b.expect("status 422")
		b.press(kb.Enter)
		b.focuses("#problems")
	}},
	{"new recovery codes shown", func(b *tab) {
		b.enterWithApp(newSite(b.t), billing.Member, "/account/two-factor/codes")
		b.focuses("#proof")
		b.write(testPassword)
		b.press(kb.Enter)
		b.shows("main", "They are shown only now.")
	}},
	{"switch off", func(b *tab) { b.enterWithApp(newSite(b.t), billing.Member, "/account/two-factor/off") }},
	{"must set up", func(b *tab) {
		s := newSite(b.t)
		s.requireTwoFactor()
		b.visit(s, billing.Member, "/groups")
		b.shows("main", "requires two-factor sign-in")
	}},
	{"code", func(b *tab) { b.visitSecondStep() }},
	{"code refused", func(b *tab) {
		b.visitSecondStep()
		b.click("summary")
		b.click("#recovery")
		b.write(longWord)
		b.expect("status 422")
		b.press(kb.Enter)
		b.focuses("#problems")
	}},
	{"reset", func(b *tab) {
		s := newSite(b.t)
		c := s.as(billing.Member)
		id := s.userID(billing.Member)
		c.setUpApp()
		b.visit(s, billing.Owner, "/settings/people/"+id+"/two-factor")
		b.shows("main", "All sessions of The member end.")
	}},
}

// visitSecondStep signs in with the password of a user who has an app.
func (b *tab) visitSecondStep() {
	b.t.Helper()
	s := newSite(b.t)
	s.as(billing.Member).setUpApp()
	b.visit(s, "", "/sign-in")
	b.signInAs(s.email(billing.Member))
	b.shows("h1", "Enter your code")
}

// Who has to wait is told so in the form, with a script as without one.
func TestBrowserCodeWaits(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.tab(t, billing.Member)
	other := s.client()
	other.signIn(billing.Member).leadsTo("/")
	secret, _ := other.setUpApp() // which ends the session of the browser
	b.open("/groups?sort=name")
	b.signInAs(s.email(billing.Member))
	b.shows("h1", "Enter your code")
	for range freeByAccount {
		s.client().post("/sign-in", url.Values{"email": {s.email(billing.Member)}, "password": {"wrong password"}})
	}
	b.write(s.appCode(secret))
	b.expect("status 429")
	b.press(kb.Enter)
	b.focuses("#problems")
	b.shows("#problems", "There were too many failed attempts. Wait")
}
