package web

import (
	"bytes"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"billfold/billing"
)

// appCode answers what an app with a secret shows now.
func (s *site) appCode(secret string) string {
	s.t.Helper()
	code, err := totp.GenerateCode(secret, s.now())
	if err != nil {
		s.t.Fatal(err)
	}
	return code
}

var (
	secretShape   = regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`)
	recoveryShape = regexp.MustCompile(`<li>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</li>`)
)

// secret answers the secret that the page tells.
func (a *answer) secret() string {
	a.t.Helper()
	found := secretShape.FindStringSubmatch(a.body)
	if found == nil {
		a.t.Fatalf("%s: no secret\n%s", a.request, a.body)
	}
	return strings.ReplaceAll(found[1], " ", "")
}

// recoveryCodes answers the recovery codes that the page shows.
func (a *answer) recoveryCodes() (codes []string) {
	for _, found := range recoveryShape.FindAllStringSubmatch(a.body, -1) {
		codes = append(codes, found[1])
	}
	return codes
}

// setUpApp sets up an app, and lets half a minute go by so that its next code is good.
func (c *client) setUpApp() (secret string, recovery []string) {
	c.t.Helper()
	plain := &client{site: c.site, http: c.http}
	plain.post("/account/two-factor", url.Values{"proof": {testPassword}}).leadsTo("/account/two-factor/app")
	secret = plain.get("/account/two-factor/app").want(http.StatusOK).secret()
	recovery = plain.post("/account/two-factor/app", url.Values{"code": {c.appCode(secret)}}).want(http.StatusOK).recoveryCodes()
	c.advance(30 * time.Second)
	return secret, recovery
}

func TestSetUpTwoFactor(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Member)
	checkPage(t, c.get("/account/two-factor").want(http.StatusOK).shows("Set up two-factor sign-in", "You need an authenticator app", "Your password"))
	c.get("/account/two-factor/app").leadsTo("/account/two-factor")
	c.get("/account/two-factor/app/qr.png").want(http.StatusNotFound)
	c.post("/account/two-factor/app", url.Values{"code": {"123456"}}).leadsTo("/account/two-factor")
	for _, path := range []string{"/account/two-factor/codes", "/account/two-factor/off"} {
		c.get(path).leadsTo("/account/two-factor")
	}
	checkPage(t, c.post("/account/two-factor", url.Values{"proof": {"wrong"}}).want(http.StatusUnprocessableEntity).shows("The password is wrong."))
	c.post("/account/two-factor", url.Values{"proof": {testPassword}}).leadsTo("/account/two-factor/app")
	page := c.get("/account/two-factor/app").want(http.StatusOK).shows("Scan this picture", "Six digits")
	checkPage(t, page)
	secret := page.secret()
	if n := page.byID("code"); attr(n, "autocomplete") != "one-time-code" || attr(n, "inputmode") != "numeric" {
		t.Error("the field is not for a code")
	}
	qr := c.get("/account/two-factor/app/qr.png").want(http.StatusOK)
	if picture, err := png.Decode(bytes.NewReader([]byte(qr.body))); err != nil || picture.Bounds().Dx() != 480 || qr.header.Get("Content-Type") != "image/png" || qr.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the picture: %v, %v", err, qr.header)
	}
	wrong := c.post("/account/two-factor/app", url.Values{"code": {"000000"}}).want(http.StatusUnprocessableEntity).shows("This is not the code")
	if checkPage(t, wrong); wrong.secret() != secret {
		t.Error("a wrong code makes another secret")
	}
	code := s.appCode(secret)
	done := c.post("/account/two-factor/app", url.Values{"code": {code[:3] + " " + code[3:]}}).want(http.StatusOK).shows("Your recovery codes", "They are shown only now.")
	checkPage(t, done)
	if n := len(done.recoveryCodes()); n != 10 {
		t.Errorf("%d recovery codes", n)
	}
	c.follow(c.post("/account/two-factor/app", url.Values{"code": {code}}), "/account").shows("If you have not seen your recovery codes, make new ones.")
	account := c.get("/account").want(http.StatusOK).shows("Two-factor sign-inOn", "On since22 Nov 2026", "10 not used", "Switch off")
	for _, code := range done.recoveryCodes() {
		if strings.Contains(account.body, code) {
			t.Error("recovery codes are shown again")
		}
	}
	c.get("/account/two-factor/app/qr.png").want(http.StatusNotFound)
	c.get("/account/two-factor").shows("Use another app", "Your password, or a code of your app")
}

func TestSignInWithCode(t *testing.T) {
	s := newSite(t)
	secret, recovery := s.as(billing.Member).setUpApp()
	c := s.client()
	c.get("/sign-in/code?next=%2Fgroups").leadsTo("/sign-in?next=%2Fgroups")
	signIn := url.Values{"email": {s.email(billing.Member)}, "password": {testPassword}, "next": {"/groups?sort=name"}}
	c.post("/sign-in", signIn).leadsTo("/sign-in/code?next=%2Fgroups%3Fsort%3Dname")
	u, _ := url.Parse(s.url)
	waiting := c.http.Jar.Cookies(u)
	page := c.get("/sign-in/code?next=%2Fgroups%3Fsort%3Dname").want(http.StatusOK).shows("Enter your code")
	checkPage(t, page)
	if n := page.byID("code"); attr(n, "autocomplete") != "one-time-code" || attr(n, "inputmode") != "numeric" || page.field("next") != "/groups?sort=name" {
		t.Errorf("the form %s", page.body)
	}
	// Until then it opens nothing.
	for _, r := range allRoutes() {
		if r.need == anyone {
			continue
		}
		a := c.do(c.request(r.method, r.at(), nil)).want(http.StatusSeeOther)
		if to := a.header.Get("Location"); !strings.HasPrefix(to, "/sign-in") || strings.HasPrefix(to, "/sign-in/code") {
			t.Errorf("%s %s leads to %s", r.method, r.path, to)
		}
	}
	c.get("/sign-in").want(http.StatusOK).lacks("The member")
	wrong := c.post("/sign-in/code", url.Values{"code": {"000 000"}, "next": {"/groups?sort=name"}}).want(http.StatusUnprocessableEntity).shows("The code is wrong, or was used before.")
	if checkPage(t, wrong); wrong.field("next") != "/groups?sort=name" || wrong.field("code") != "" {
		t.Error("next is lost, or the code comes back")
	}
	code := s.appCode(secret)
	c.post("/sign-in/code", url.Values{"code": {" " + code[:3] + " " + code[3:]}, "next": {"/groups?sort=name"}}).leadsTo("/groups?sort=name")
	c.get("/groups").want(http.StatusOK).shows("The member")
	c.get("/sign-in/code").leadsTo("/")
	// The token from before the code, the code once more, an address outside.
	before := s.client()
	before.http.Jar.SetCookies(u, waiting)
	before.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	again := s.client()
	again.post("/sign-in", with(signIn, "next", "")).leadsTo("/sign-in/code")
	again.post("/sign-in/code", url.Values{"code": {code}}).want(http.StatusUnprocessableEntity)
	again.post("/sign-in/code", url.Values{"recovery": {"aaaa-aaaa-aaaa-aaaa"}}).want(http.StatusUnprocessableEntity).shows("The recovery code is wrong, or was used before.")
	again.follow(again.post("/sign-in/code", url.Values{"recovery": {strings.ToUpper(recovery[0])}, "next": {"//evil.example"}}), "/").shows("You signed in with a recovery code; 9 are left.")
	s.as(billing.Owner).get("/activity?kind=user").shows("Signed in with a recovery code; 9 are left", "Set up two-factor sign-in")
}

func TestSecondStepEnds(t *testing.T) {
	s := newSite(t)
	secret, _ := s.as(billing.Member).setUpApp()
	c := s.client()
	c.signIn(billing.Member).leadsTo("/sign-in/code")
	s.advance(5 * time.Minute)
	c.get("/sign-in/code").leadsTo("/sign-in")
	c.follow(c.post("/sign-in/code", url.Values{"code": {s.appCode(secret)}, "next": {"/groups"}}), "/sign-in?next=%2Fgroups").shows("That took longer than five minutes.")
	c.signIn(billing.Member).leadsTo("/sign-in/code")
	c.post("/sign-out", nil).leadsTo("/sign-in")
	c.get("/sign-in/code").leadsTo("/sign-in")
}

// Who knows the password can't guess codes: wrong ones count, and the right password in
// between takes none of them back.
func TestCodesSlowDown(t *testing.T) {
	s := newSite(t)
	secret, _ := s.as(billing.Member).setUpApp()
	c := s.client()
	for i := range freeByAccount {
		c.signIn(billing.Member).leadsTo("/sign-in/code")
		field := map[bool]string{true: "code", false: "recovery"}[i%2 == 0]
		c.post("/sign-in/code", url.Values{field: {"000000"}}).want(http.StatusUnprocessableEntity)
	}
	a := c.post("/sign-in/code", url.Values{"code": {s.appCode(secret)}}).want(http.StatusTooManyRequests).shows("too many failed attempts. Wait")
	if checkPage(t, a); a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	c.signIn(billing.Member).want(http.StatusTooManyRequests)
	s.advance(time.Second)
	c.post("/sign-in/code", url.Values{"code": {s.appCode(secret)}}).leadsTo("/")
}

func TestChangeTwoFactor(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		secret, recovery := c.setUpApp()
		for path, says := range map[string]string{"/account/two-factor/codes": "10 of them not used, open nothing any more.", "/account/two-factor/off": "Whoever knows your password can sign in as you."} {
			checkPage(t, c.get(path).want(http.StatusOK).shows(says))
			checkPage(t, c.post(path, url.Values{"proof": {"wrong"}}).want(http.StatusUnprocessableEntity).shows("The password is wrong."))
			checkPage(t, c.post(path, url.Values{"proof": {"000000"}}).want(http.StatusUnprocessableEntity).shows("The code is wrong"))
		}
		s.advance(time.Minute) // four were wrong
		renewed := c.post("/account/two-factor/codes", url.Values{"proof": {s.appCode(secret)}}).want(http.StatusOK).recoveryCodes()
		if len(renewed) != 10 || renewed[0] == recovery[0] {
			t.Errorf("new codes %v", renewed)
		}
		c.follow(c.post("/account/two-factor/off", url.Values{"proof": {testPassword}}), "/account").shows("Two-factor sign-in is off.", "Two-factor sign-inOff")
		s.client().signIn(billing.Admin).leadsTo("/")
	})
}

// Nothing that signs somebody in gets into the log.
func TestNoSecretIsLogged(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Member)
	secret, recovery := c.setUpApp()
	other := s.client()
	other.signIn(billing.Member)
	code := s.appCode(secret)
	other.post("/sign-in/code", url.Values{"code": {"000000"}})
	other.post("/sign-in/code", url.Values{"code": {code}}).leadsTo("/")
	s.client().get("/sign-in/code?code=" + code + "&recovery=" + recovery[0])
	c.post("/account/two-factor/off", url.Values{"proof": {testPassword}}).leadsTo("/account")
	log := s.log.String()
	if !strings.Contains(log, "route=/sign-in/code") {
		t.Fatalf("the log has nothing:\n%s", log)
	}
	for _, told := range append([]string{secret, code, testPassword, s.email(billing.Member)}, recovery...) {
		if strings.Contains(log, told) {
			t.Errorf("the log tells %q", told)
		}
	}
}
