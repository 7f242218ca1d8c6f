package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"billfold/billing"
)

// requireTwoFactor switches the setting on behind the page's back.
func (s *site) requireTwoFactor() {
	s.t.Helper()
	s.settings(func(in *billing.TenantChange) { in.TwoFactorRequired = true })
}

func TestRequireTwoFactor(t *testing.T) {
	bothAsOwner(t, func(t *testing.T, s *site, c *client) {
		member := s.as(billing.Member)
		form := with(c.get("/settings").filled("/settings"), "twoFactorRequired", "yes", "city", "Berlin")
		refused := c.post("/settings", form).want(http.StatusUnprocessableEntity).shows("Set up two-factor sign-in for yourself first")
		if !strings.Contains(refused.body, `<a href="/account#two-factor">Set up`) {
			t.Error("it does not lead to where that is done")
		}
		if checkPage(t, refused); s.unit().TwoFactorRequired || attr(refused.byID("twoFactorRequired"), "name") == "" {
			t.Error("it is required by who has none")
		}
		c.setUpApp()
		asked := c.post("/settings", form).want(http.StatusUnprocessableEntity).shows("2 people have no two-factor sign-in yet", "before it is set up: The ", "Save all the same")
		if checkPage(t, asked); s.unit().TwoFactorRequired {
			t.Error("it is saved before the answer")
		}
		c.follow(c.post("/settings", asked.filled("/settings")), "/settings").shows("Settings saved.")
		if !s.unit().TwoFactorRequired {
			t.Error("it is not saved")
		}
		c.get("/activity?kind=tenant").shows("changed the two-factor requirement from off to on")
		member.get("/groups").leadsTo("/account/two-factor?next=%2Fgroups")
		c.get("/account").shows("Demo Rental requires it, so it can't be switched off.").lacks("Switch off")
		c.get("/account/two-factor/off").want(http.StatusOK).shows("Demo Rental requires two-factor sign-in, so it stays on.")
		c.post("/account/two-factor/off", url.Values{"proof": {testPassword}}).want(http.StatusUnprocessableEntity).shows("Demo Rental requires two-factor sign-in, so it stays on.")
	})
}

// Who has none where it is required opens nothing but its set-up, whatever the role.
func TestMustSetUpTwoFactor(t *testing.T) {
	s := newSite(t)
	ids := s.things()
	key, err := s.store.CreateKey(t.Context(), s.scope(), "Shop", true)
	if err != nil {
		t.Fatal(err)
	}
	c := s.as(billing.Owner)
	s.requireTwoFactor()
	for _, r := range allRoutes() {
		if r.need == anyone || slices.Contains(withoutTwoFactor, r.path) {
			continue
		}
		for _, asked := range []*client{c, c.htmx("/groups")} {
			a := asked.do(asked.request(r.method, r.of(ids), nil))
			to := a.header.Get("Location") + a.header.Get("HX-Redirect")
			if !strings.HasPrefix(to, "/account/two-factor") {
				t.Errorf("%s %s: status %d, leads to %q", r.method, r.path, a.status, to)
			}
		}
	}
	again := s.client()
	again.signIn(billing.Owner).leadsTo("/")
	again.get("/groups?sort=name").leadsTo("/account/two-factor?next=%2Fgroups%3Fsort%3Dname")
	page := again.get("/account/two-factor?next=%2Fgroups%3Fsort%3Dname").want(http.StatusOK).shows("Demo Rental requires two-factor sign-in. Set it up to go on.", "Sign out").lacks("Billing groups")
	checkPage(t, page)
	to := "/account/two-factor/app?next=%2Fgroups%3Fsort%3Dname"
	again.post("/account/two-factor", with(page.filled("/account/two-factor"), "proof", testPassword)).leadsTo(to)
	app := again.get(to).want(http.StatusOK).lacks("Billing groups")
	checkPage(t, app)
	again.get("/account/two-factor/app/qr.png").want(http.StatusOK)
	codes := again.post("/account/two-factor/app", with(app.filled("/account/two-factor/app"), "code", s.appCode(app.secret()))).want(http.StatusOK)
	if checkPage(t, codes); codes.linkTo("I have kept them") != "/groups?sort=name" {
		t.Errorf("it goes on to %q", codes.linkTo("I have kept them"))
	}
	again.get("/groups?sort=name").want(http.StatusOK)

	request := s.client().request(http.MethodGet, "/v1/billing-groups", nil)
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Tenant-ID", s.tenant.ID)
	s.client().do(request).want(http.StatusOK)
}

func TestResetTwoFactor(t *testing.T) {
	both(t, func(t *testing.T, s *site, member *client) {
		member.script = false
		id := s.userID(billing.Admin)
		path := "/settings/people/" + id + "/two-factor"
		c := s.as(billing.Owner)
		checkPage(t, c.get(path).want(http.StatusOK).shows("The admin has no second factor").lacks("Reset the"))
		member.setUpApp()
		page := c.get(path).want(http.StatusOK).shows("Reset the two-factor sign-in of The admin?", "All sessions of The admin end.", "whoever knows the password of admin@example.com can sign in")
		checkPage(t, page)
		member.get(path).want(http.StatusForbidden)
		own := "/settings/people/" + s.userID(billing.Owner) + "/two-factor"
		c.setUpApp()
		checkPage(t, c.get(own).want(http.StatusOK).shows("This is you.").lacks("All sessions of"))
		c.post(own, nil).want(http.StatusBadRequest).shows("This is you.")
		c.follow(c.post(path, page.filled(path)), "/settings/people").shows("The two-factor sign-in of The admin is reset")
		member.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
		member.signIn(billing.Admin).leadsTo("/")
		c.get("/activity?kind=user").shows("Reset the user’s two-factor sign-in, which signed the user out")
	})
}

// userID answers the id of the user with a role, who has no second factor yet.
func (s *site) userID(role billing.Role) string {
	s.t.Helper()
	token, err := s.store.SignIn(s.t.Context(), s.email(role), testPassword)
	if err != nil {
		s.t.Fatal(err)
	}
	session, err := s.store.Session(s.t.Context(), token)
	if err != nil {
		s.t.Fatal(err)
	}
	return session.User.ID
}
