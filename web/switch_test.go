package web

import (
	"bytes"
	"mime/multipart"
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

// twoUnits is a site with a second business unit, Süd Rental, and an owner who works in
// both and is signed in to the first.
func twoUnits(t *testing.T) (s *site, c *client, south string) {
	t.Helper()
	s = newSite(t)
	c = s.as(billing.Owner)
	unit := s.tenant.Tenant
	unit.Name = "Süd Rental"
	other, err := s.store.CreateTenant(t.Context(), testActor, unit)
	if err != nil {
		t.Fatal(err)
	}
	scope := s.scope()
	scope.Tenant = other
	if _, err := s.store.AddMember(t.Context(), scope, s.email(billing.Owner), billing.Owner); err != nil {
		t.Fatal(err)
	}
	return s, c, other.ID
}

func TestSwitchUnit(t *testing.T) {
	s, c, south := twoUnits(t)
	lone := s.as(billing.Admin)
	if lone.get("/groups").byID("switch-to") != nil {
		t.Error("who works in one business unit is offered others")
	}
	u, _ := url.Parse(s.url)
	stolen := c.http.Jar.Cookies(u)
	a := c.get("/groups")
	checkPage(t, a)
	if a.byID("switch-to") == nil || !strings.Contains(a.body, `<option value="`+s.tenant.ID+`" selected>Demo Rental</option>`) {
		t.Error("the business units are not offered")
	}
	unknown := c.post("/business-unit", url.Values{"to": {"ten_unknown"}}).want(http.StatusNotFound)
	theirs := lone.post("/business-unit", url.Values{"to": {south}}).want(http.StatusNotFound)
	if c.post("/business-unit", nil).want(http.StatusNotFound).body != unknown.body || !strings.Contains(theirs.body, "There is no such page") {
		t.Error("it tells which business units there are")
	}
	s.advance(time.Second)
	c.post("/business-unit", url.Values{"to": {south}}).leadsTo("/")
	c.get("/groups").want(http.StatusOK).shows("Süd Rental is open.", "The owner · owner")
	old := s.client()
	old.http.Jar.SetCookies(u, stolen)
	old.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	again := s.client()
	again.signIn(billing.Owner).leadsTo("/")
	again.get("/settings").shows("How Süd Rental bills")
}

// A form of one business unit, left open in a tab, does nothing in another, whichever it
// is and however it is sent.
func TestFormsStayInTheirUnit(t *testing.T) {
	s, c, south := twoUnits(t)
	north := s.tenant.ID
	ids := s.things()
	own := (&server{}).accountRoutes()
	before, err := s.store.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.post("/business-unit", url.Values{"to": {south}}).leadsTo("/")
	c.get("/groups") // takes the flash
	for _, r := range allRoutes() {
		if r.method != http.MethodPost || slices.ContainsFunc(own, func(o route) bool { return o.path == r.path }) {
			continue
		}
		for _, said := range []string{north, "", "ten_unknown"} {
			path := r.of(ids) + "?unit=" + said
			c.post(path, nil).want(http.StatusPreconditionFailed).shows("Süd Rental is open now", "Nothing was done.")
			background := c.htmx("/groups").post(path, nil).want(http.StatusPreconditionFailed)
			if background.header.Get("HX-Retarget") != "#alert" || background.byID("message") == nil {
				t.Errorf("%s: in the background the page is not told", path)
			}
		}
	}
	a := c.post("/settings?unit="+north, nil)
	checkPage(t, a.shows("this page is of Demo Rental", "switch back to Demo Rental"))
	if after, err := s.store.Tenants(t.Context()); err != nil || after[0].Version != before[0].Version || after[1].Version != before[1].Version {
		t.Errorf("settings were saved: %v", err)
	}
	// A file goes another way in.
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, _ := form.CreateFormFile("file", "fleet.csv")
	file.Write([]byte("subscriptionId\n1\n"))
	form.Close()
	r := c.request(http.MethodPost, "/import?unit="+north, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	c.do(r).want(http.StatusPreconditionFailed)
	// A script must not fetch rows of one into a page of the other.
	fetch := c.htmx("/customers").request(http.MethodGet, "/customers?q=acme", nil)
	fetch.Header.Set("Billfold-Unit", north)
	c.do(fetch).want(http.StatusPreconditionFailed)
	fetch = c.htmx("/customers").request(http.MethodGet, "/customers?q=acme", nil)
	fetch.Header.Set("Billfold-Unit", south)
	c.do(fetch).want(http.StatusOK)
	// What is one person's own is done in any.
	c.post("/settings/keyboard?unit="+north, url.Values{"shortcuts": {"on"}}).leadsTo("/settings/keyboard")
}

// checkForm refuses a form that does not say which business unit its page is of, save
// those of one person, which are of any.
func checkForm(t *testing.T, a *answer, form *html.Node) {
	t.Helper()
	action, err := url.Parse(attr(form, "action"))
	if err != nil || attr(form, "method") != "post" {
		return
	}
	own := slices.ContainsFunc((&server{}).accountRoutes(), func(r route) bool { return r.method == http.MethodPost && r.path == action.Path })
	if !own && !action.Query().Has(views.UnitParam) {
		t.Errorf("%s: a form to %s names no business unit", a.request, action)
	}
	if background := attr(form, "hx-post"); background != "" && background != action.String() {
		t.Errorf("%s: a form to %s is sent to %s in the background", a.request, action, background)
	}
}
