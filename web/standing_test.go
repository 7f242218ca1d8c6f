package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"billfold/billing"
)

// These tests walk the route table, so that a page that is added is held to the same
// rules without anybody thinking of it.

// at answers an address for a route.
func (r route) at() string { return strings.ReplaceAll(r.path, ":id", "unknown") }

// of answers the address of one thing, given the ids by the word before them in the path.
func (r route) of(ids map[string]string) string {
	before, _, _ := strings.Cut(r.path, "/:id")
	path := strings.ReplaceAll(r.path, ":id", url.PathEscape(ids[before[strings.LastIndexByte(before, '/')+1:]]))
	return strings.ReplaceAll(path, ":number", url.PathEscape(ids["number"]))
}

// allRoutes answers the route table.
func allRoutes() []route { return (&server{}).routes() }

// open are the routes that are there for who has not signed in.
var open = []string{"GET /setup", "POST /setup", "GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "POST /sign-out", "GET /invite", "POST /invite"}

// leaves tells whether a route would end a walk: nobody is signed in after it.
func (r route) leaves() bool {
	return r.method == http.MethodPost && strings.HasSuffix(r.path, "/sign-out")
}

func TestSignedOutLeadsToSignIn(t *testing.T) {
	c := newSite(t).client()
	var found []string
	for _, r := range allRoutes() {
		if r.need == anyone {
			found = append(found, r.method+" "+r.path)
			continue
		}
		for _, asked := range []*client{c, c.htmx("/groups")} {
			a := asked.do(asked.request(r.method, r.at(), nil))
			to := a.header.Get("Location")
			if asked.script {
				a.want(http.StatusNoContent)
				to = a.header.Get("HX-Redirect")
			} else {
				a.want(http.StatusSeeOther)
			}
			if to != "/sign-in" && !strings.HasPrefix(to, "/sign-in?next=%2F") {
				t.Errorf("%s %s leads to %q", r.method, r.path, to)
			}
		}
	}
	if !slices.Equal(found, open) {
		t.Errorf("open to anyone: %v, want %v", found, open)
	}
}

func TestRoles(t *testing.T) {
	s := newSite(t)
	roles := []billing.Role{billing.Member, billing.Admin, billing.Owner}
	for _, role := range roles {
		c := s.as(role)
		for _, r := range allRoutes() {
			if r.need == anyone || r.leaves() {
				continue
			}
			a := c.do(c.request(r.method, r.at(), nil))
			if allowed := role.Includes(r.need); allowed == (a.status == http.StatusForbidden) {
				t.Errorf("%s %s as %s: status %d", r.method, r.path, role, a.status)
			}
			if a.status == http.StatusForbidden {
				a.shows("You can't do this", "Your role does not allow it.")
			}
		}
	}
}

// What the table says is what it should: owners alone come to the settings, save each
// one's own, and members change nothing but what is their own.
func TestNeeds(t *testing.T) {
	own := []string{"/settings/keyboard", "/account", "/business-unit"}
	for _, r := range allRoutes() {
		isOwn := r.need == anyone || slices.ContainsFunc(own, func(path string) bool { return r.path == path || strings.HasPrefix(r.path, path+"/") })
		below := strings.HasPrefix(r.path, "/settings/") || strings.HasPrefix(r.path, "/billing/automatic")
		if !isOwn && (below || r.method == http.MethodPost && r.path == "/settings") && r.need != billing.Owner {
			t.Errorf("%s %s is open to a %s", r.method, r.path, r.need)
		}
		if !isOwn && r.method == http.MethodPost && !r.need.Includes(billing.Admin) {
			t.Errorf("%s %s changes something for a %s", r.method, r.path, r.need)
		}
	}
}

func TestCrossSite(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	for _, r := range allRoutes() {
		if r.method == http.MethodGet {
			continue
		}
		modern := c.request(r.method, r.at(), nil)
		modern.Header.Set("Sec-Fetch-Site", "cross-site")
		neighbour := c.request(r.method, r.at(), nil)
		neighbour.Header.Set("Sec-Fetch-Site", "same-site")
		old := c.request(r.method, r.at(), nil)
		old.Header.Del("Sec-Fetch-Site")
		old.Header.Set("Origin", "https://evil.example")
		sandboxed := c.request(r.method, r.at(), nil)
		sandboxed.Header.Del("Sec-Fetch-Site")
		sandboxed.Header.Set("Origin", "null")
		for _, request := range []*http.Request{modern, neighbour, old, sandboxed} {
			c.do(request).want(http.StatusForbidden).shows("This was sent from another site, so nothing was done.")
		}
	}
	c.get("/groups").want(http.StatusOK) // still signed in
}

func TestTrustedOrigin(t *testing.T) {
	s := newSite(t, func(cfg *Config) { cfg.BaseURL = "https://billing.example.com" })
	s.addUser(billing.Owner)
	c := s.client()
	r := c.request(http.MethodPost, "/sign-out", nil)
	r.Header.Del("Sec-Fetch-Site")
	r.Header.Set("Origin", "https://billing.example.com")
	c.do(r).want(http.StatusSeeOther)
}

// thingsMade counts them, so that no two business units have one of the same id.
var thingsMade atomic.Int64

// things answers the id of one thing of the business unit for each kind of address,
// made by a test's user. Those of customers and subscriptions are other systems' ids,
// which may hold anything.
func (s *site) things() map[string]string {
	s.t.Helper()
	ctx, name := s.t.Context(), fmt.Sprintf("a/%d 100%% %%41", thingsMade.Add(1))
	s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		name + ",acme,ap@acme.example,Petra Brand,Acme GmbH,X1,ThinkPad X1,PF-1,active,2026-03-03,,24,129.00,EUR\n" +
		"of-" + name + "," + name + ",ap@other.example,Olga Other,Other AG,X1,ThinkPad X1,PF-1,active,2026-03-22,,24,129.00,EUR\n")
	group, err := s.store.CreateGroup(ctx, s.scope(), billing.GroupInput{CustomerID: "acme", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{name}}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	upload, err := s.store.CreateUpload(ctx, s.scope(), "fleet.csv", []byte("subscriptionId\n1\n"))
	if err != nil {
		s.t.Fatal(err)
	}
	invoice := s.credited("of-" + name)
	return map[string]string{"groups": group.ID, "import": upload, "customers": name, "subscriptions": name,
		"invoices": invoice.ID, "number": invoice.Credits[0].Number, "runs": invoice.RunID,
		"people": s.colleague(), "invites": s.invited().ID, "keys": s.key("Shop").ID}
}

// credited bills what is due and credits what a subscription is billed alone for.
func (s *site) credited(subscription string) billing.Invoice {
	s.t.Helper()
	s.bill()
	invoice, err := s.store.CreditInvoice(s.t.Context(), s.scope(), s.invoiceOf(subscription).ID, billing.CreditInput{SubscriptionIDs: []string{subscription}, Reason: "Wrong"})
	if err != nil {
		s.t.Fatal(err)
	}
	return invoice
}

func TestPages(t *testing.T) {
	s := newSite(t)
	ids := s.things()
	signedOut, owner := s.client(), s.as(billing.Owner)
	for _, c := range []*client{signedOut, owner} {
		for _, r := range allRoutes() {
			if r.leaves() {
				continue
			}
			for _, path := range []string{r.at(), r.of(ids)} {
				if a := c.do(c.request(r.method, path, nil)); isPage(a) {
					checkPage(t, a)
				}
			}
		}
		checkPage(t, c.get("/nothing"))
		checkPage(t, c.post("/groups/new", nil))
	}
	checkPage(t, owner.get("/groups/new?customer=acme").want(http.StatusOK))
	unset := newEmptySite(t)
	link, _ := setupLink(unset)
	checkPage(t, unset.client().get(link))
	checkPage(t, unset.client().get("/sign-in"))
}

// isPage leaves out what is no page by design: redirects and downloads.
func isPage(a *answer) bool {
	return a.status != http.StatusSeeOther && a.header.Get("Content-Disposition") == ""
}

// Another business unit's things are as unknown as those that nobody has.
func TestOtherTenants(t *testing.T) {
	s := newSite(t)
	ids := s.things()
	own := s.tenant
	other, err := s.store.CreateTenant(t.Context(), testActor, own.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	s.tenant = other
	c := s.as(billing.Owner)
	for _, r := range allRoutes() {
		if !strings.Contains(r.path, ":id") {
			continue
		}
		unknown := c.do(c.request(r.method, r.at(), nil)).want(http.StatusNotFound)
		theirs := c.do(c.request(r.method, r.of(ids), nil)).want(http.StatusNotFound)
		if theirs.body != unknown.body {
			t.Errorf("%s %s tells another's from an unknown one:\n%s\n%s", r.method, r.path, theirs.body, unknown.body)
		}
		switch ours := c.do(c.request(r.method, r.of(s.things()), nil)); ours.status {
		case http.StatusNotFound:
			t.Errorf("%s %s does not find one's own", r.method, r.path)
		case http.StatusSeeOther:
			c.get("/settings") // takes what it came to
		}
	}
}

// Whatever is typed into a form comes back as text.
func TestFormsEscape(t *testing.T) {
	const script = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	s := newSite(t)
	ids := s.things()
	group := "/groups/" + ids["groups"]
	s.addFleet()
	s.group("Due today", 22, "s1", "s2", "s3")
	s.advance(30 * 24 * time.Hour)
	s.bill()
	invoice := "/invoices/" + s.invoiceOf("s1").ID
	owner := s.as(billing.Owner)
	unset := newEmptySite(t)
	link, token := setupLink(unset)
	for path, c := range map[string]*client{
		"/sign-in": s.client(), "/groups/new": owner, "/groups/new?customer=acme": owner, link: unset.client(),
		group + "/edit": owner, group + "/add": owner, "/customers/acme/edit": owner,
		"/settings": owner, "/settings/people/invite": owner, "/settings/keys": owner,
		invoice + "/pay": owner, invoice + "/credit": owner, invoice + "/cancel": owner, "/invoices/pay?i=" + s.invoiceOf("s1").ID: owner,
	} {
		page := c.get(path).want(http.StatusOK)
		checkPage(t, page)
		typed := url.Values{"token": {token}}
		for n := range page.document().Descendants() {
			switch name := attr(n, "name"); {
			case n.Type != html.ElementNode || name == "" || name == "token" || name == "viewport":
			case name == "version":
				typed.Set(name, attr(n, "value"))
			default:
				typed.Set(name, script)
			}
		}
		address, _, _ := strings.Cut(path, "?")
		refused := c.post(strings.TrimSuffix(address, "/new"), typed).want(http.StatusUnprocessableEntity)
		if !strings.Contains(refused.body, "&lt;script&gt;alert(1)") {
			t.Errorf("%s does not come back", refused.request)
		}
		for _, a := range []*answer{refused, c.get(address + "?" + typed.Encode())} {
			checkPage(t, a)
			if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
				t.Errorf("%s: a script gets through:\n%s", a.request, a.body)
			}
		}
	}
}

// checkPage holds an answer to what every page must be: one h1, a title, a label on
// each control, no markup that the policy would refuse, and the headers.
func checkPage(t *testing.T, a *answer) {
	t.Helper()
	checkHeaders(t, a)
	document := a.document()
	var headings, titles, mains int
	ids, labelled := map[string]bool{}, map[string]bool{}
	var controls []*html.Node
	for n := range document.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		checkElement(t, a, n)
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: two elements have the id %q", a.request, id)
			}
			ids[id] = true
		}
		switch n.Data {
		case "h1":
			headings++
		case "main":
			mains++
		case "form":
			checkForm(t, a, n)
		case "title":
			if n.Parent.Data == "head" {
				titles++
				if text := textOf(n); !strings.HasSuffix(text, " · Billfold") || strings.HasPrefix(text, " ·") {
					t.Errorf("%s: title %q", a.request, text)
				}
			}
		case "label":
			labelled[attr(n, "for")] = true
		case "input", "select", "textarea":
			if kind := attr(n, "type"); kind != "hidden" && kind != "submit" {
				controls = append(controls, n)
			}
		case "a", "button":
			if textOf(n) == "" && attr(n, "aria-label") == "" {
				t.Errorf("%s: a %s says nothing", a.request, n.Data)
			}
		}
	}
	if headings != 1 || titles != 1 || mains != 1 {
		t.Errorf("%s: %d h1, %d titles, %d main", a.request, headings, titles, mains)
	}
	for _, n := range controls {
		if !labelled[attr(n, "id")] && attr(n, "aria-label") == "" && attr(n, "aria-labelledby") == "" && !within(n, "label") {
			t.Errorf("%s: no label on %s %s", a.request, n.Data, attr(n, "name"))
		}
	}
}

// checkElement refuses what the policy would not run or not show, and other hosts.
func checkElement(t *testing.T, a *answer, n *html.Node) {
	t.Helper()
	switch n.Data {
	case "style", "iframe", "base", "object", "embed":
		t.Errorf("%s: a %s element", a.request, n.Data)
	case "script":
		if n.FirstChild != nil || !strings.HasPrefix(attr(n, "src"), "/static/") {
			t.Errorf("%s: a script of its own", a.request)
		}
	}
	for _, at := range n.Attr {
		switch {
		case at.Key == "style", strings.HasPrefix(at.Key, "on"), strings.HasPrefix(at.Key, "hx-on"):
			t.Errorf("%s: %s has %s", a.request, n.Data, at.Key)
		case at.Key == "src", at.Key == "href", at.Key == "action", at.Key == "formaction":
			if !strings.HasPrefix(at.Val, "/") && !strings.HasPrefix(at.Val, "#") || strings.HasPrefix(at.Val, "//") {
				t.Errorf("%s: %s leads outside: %s", a.request, n.Data, at.Val)
			}
		}
	}
}

func checkHeaders(t *testing.T, a *answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=UTF-8",
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
			"font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "same-origin",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-store",
	} {
		if (a.status == http.StatusUnprocessableEntity || a.status == http.StatusConflict) && name == "Cache-Control" {
			want = "private, no-cache"
		}
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", a.request, name, got, want)
		}
	}
}

func within(n *html.Node, tag string) bool {
	for p := range n.Ancestors() {
		if p.Data == tag {
			return true
		}
	}
	return false
}
