package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/static"
)

// Every kind of answer tells the browser what it may do: pages, errors, files, the
// API, redirects, and what never reached a handler.
func TestEveryAnswerHasTheHeaders(t *testing.T) {
	s, ids := furnished(t)
	secret, err := s.store.CreateKey(t.Context(), s.scope(), "Test", false)
	if err != nil {
		t.Fatal(err)
	}
	owner, out := s.as(billing.Owner), s.client()
	asked := map[string]*answer{}
	ask := func(c *client, method, path string, headers ...string) {
		r := c.request(method, path, nil)
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		a := c.do(r)
		asked[fmt.Sprintf("%s %s %v", method, path, headers)] = a
	}
	for _, r := range allRoutes() {
		if r.path != "/sign-out" {
			ask(out, r.method, r.of(ids))
			ask(owner, r.method, r.of(ids)+asks(r, ids))
			ask(owner, r.method, r.at())
		}
	}
	file := static.URL("app.css")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PURGE"} {
		for _, path := range []string{"/", "/groups", "/nothing", "/sign-in", "/sign-out", file, "/static/none.css", "/static/", "/v1", "/v1/", "/v1/nothing", "/v1/openapi.json", "//groups", "/%ff", "/groups/%00"} {
			if path != "/sign-out" || method != "POST" {
				ask(owner, method, path)
			}
		}
		ask(out, method, "/v1/billing-groups", "Authorization: Bearer "+secret, "Tenant-ID: "+s.tenant.ID)
		ask(out, method, "/v1/customers")
		ask(out, method, "/v1/billing-groups/unknown", "Authorization: Bearer "+secret)
	}
	ask(owner, "POST", "/groups", "Sec-Fetch-Site: cross-site")
	ask(owner, "POST", "/groups", "Content-Type: application/json")
	ask(owner, "POST", "/groups", "HX-Request: true")
	kinds := map[int]bool{}
	for request, a := range asked {
		kinds[a.status] = true
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := a.header.Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s (%d): %s is %q", request, a.status, name, got)
			}
		}
		if a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s (%d): no request id", request, a.status)
		}
		for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
			if a.header.Get(name) != "" {
				t.Errorf("%s (%d) has %s", request, a.status, name)
			}
		}
		cache := a.header.Get("Cache-Control")
		isFile := a.status == http.StatusOK && (strings.Contains(request, " "+file+" ") || strings.Contains(request, "/openapi.json "))
		switch refused := a.status == http.StatusUnprocessableEntity || a.status == http.StatusConflict; {
		case isFile && !strings.HasPrefix(cache, "public"),
			refused && cache != "private, no-cache" && cache != "no-store",
			!isFile && !refused && cache != "no-store":
			t.Errorf("%s (%d): Cache-Control is %q", request, a.status, cache)
		}
		if disposition := a.header.Get("Content-Disposition"); disposition != "" && !fileDisposition.MatchString(disposition) {
			t.Errorf("%s: Content-Disposition is %q", request, disposition)
		}
	}
	for _, status := range []int{200, 204, 303, 401, 403, 404, 405, 415, 422} {
		if !kinds[status] {
			t.Errorf("no answer with status %d among %d", status, len(asked))
		}
	}
}

// No method but those of the table does anything, whatever a request says it means.
func TestOtherMethods(t *testing.T) {
	s, ids := furnished(t)
	c := s.as(billing.Owner)
	before := fmt.Sprint(s.store.ActivityPage(t.Context(), s.tenant, activityAll))
	methods := make(map[string][]string)
	for _, r := range allRoutes() {
		methods[r.of(ids)] = append(methods[r.of(ids)], r.method)
	}
	for path, known := range methods {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PURGE", "GETT", "get"} {
			r := c.request(method, path, nil)
			r.Header.Set("X-Marked", "come back")
			if method == "CONNECT" {
				continue // no client sends it along with a path
			}
			a := c.do(r)
			if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") == "" || strings.Contains(a.body, "come back") {
				t.Errorf("%s %s: status %d, Allow %q", method, path, a.status, a.header.Get("Allow"))
			}
		}
		if a := c.do(c.request(http.MethodOptions, path, nil)); a.status != http.StatusNoContent || a.body != "" {
			t.Errorf("OPTIONS %s: status %d", path, a.status)
		}
		if path == "/sign-out" {
			continue
		}
		get, head := c.get(path), c.do(c.request(http.MethodHead, path, nil))
		if head.status != get.status || head.body != "" || head.header.Get("Content-Type") != get.header.Get("Content-Type") {
			t.Errorf("HEAD %s: status %d, GET %d", path, head.status, get.status)
		}
		if !slices.Contains(known, http.MethodGet) {
			continue
		}
		for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
			r := c.request(http.MethodGet, path+"?_method=POST&_method=DELETE", nil)
			r.Header.Set(name, "POST")
			if a := c.do(r); a.status != get.status && a.status != http.StatusSeeOther { // a list goes to its short address
				t.Errorf("%s with %s: status %d, not %d", path, name, a.status, get.status)
			}
		}
	}
	if now := fmt.Sprint(s.store.ActivityPage(t.Context(), s.tenant, activityAll)); now != before {
		t.Error("something was changed")
	}
}

// Nothing that a request says about the host it came by gets into an answer.
func TestHostIsNotBelieved(t *testing.T) {
	for name, changes := range map[string][]func(*Config){"": nil, "behind a proxy": {behindProxy}} {
		s, ids := furnished(t, changes...)
		owner, out := s.as(billing.Owner), s.client()
		for _, r := range allRoutes() {
			if r.path == "/sign-out" {
				continue
			}
			for _, c := range []*client{out, owner} {
				request := c.request(r.method, r.of(ids)+asks(r, ids), nil)
				request.Host = "poisoned.example"
				for _, header := range []string{"X-Forwarded-Host", "X-Host", "X-Original-URL", "X-Rewrite-URL"} {
					request.Header.Set(header, "poisoned.example")
				}
				request.Header.Set("Forwarded", "host=poisoned.example")
				request.Header.Set("X-Forwarded-Proto", "poisoned")
				if a := c.do(request); strings.Contains(a.body+fmt.Sprint(a.header), "poisoned") {
					t.Errorf("%s%s: the host comes back", a.request, name)
				}
			}
		}
	}
}

// No way of writing an address opens to the one who may not what the plain one does not.
func TestPathsAreNotTwisted(t *testing.T) {
	s, ids := furnished(t)
	out, member := s.client(), s.as(billing.Member)
	for _, path := range []string{"/settings/keys", "/groups/new", "/import", "/billing/run", "/groups/" + ids["groups"] + "/edit"} {
		first, rest, _ := strings.Cut(path[1:], "/")
		for _, twisted := range []string{
			"/" + path, "//" + path, path + "/", path + "//", path + "/.", path + "/..;/", "/..;" + path, "/;" + path, path + ";a=b", path + "%00", path + "%20", path + ".csv", path + ".json",
			"/%2e" + path, "/." + path, "/x/.." + path, "/x/%2e%2e" + path, "/static/.." + path, "/static/%2e%2e" + path, "/static/..%2f" + path[1:], "/sign-in/.." + path, "/sign-in/..;" + path, "/v1/.." + path, "/v1/%2e%2e" + path,
			"/" + strings.ToUpper(path[1:]), "/%" + fmt.Sprintf("%x", first[0]) + first[1:] + "/" + rest, "/" + first + "%2f" + rest, "/" + first + "%5c" + rest, "/" + first + `\` + rest, path + "?/sign-in", path + "#/sign-in", path + "/%2e%2e/%2e%2e/sign-in",
		} {
			for name, c := range map[string]*client{"signed out": out, "a member": member} {
				a := s.raw(c, twisted)
				if a.status == http.StatusOK || a.status >= http.StatusInternalServerError {
					t.Errorf("%s comes to %s: status %d", name, twisted, a.status)
				}
			}
		}
	}
}

// raw asks for an address as it is written, which a client of net/http would tidy up.
func (s *site) raw(c *client, target string) *answer {
	s.t.Helper()
	u, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	connection, err := net.Dial("tcp", u.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", target, u.Host)
	for _, cookie := range c.http.Jar.Cookies(u) {
		fmt.Fprintf(connection, "Cookie: %s\r\n", cookie)
	}
	io.WriteString(connection, "\r\n")
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		s.t.Fatal(target, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return &answer{t: s.t, request: "GET " + target, status: response.StatusCode, header: response.Header, body: string(body)}
}

// A session's cookie never opens the API, and a key never the console.
func TestCookieAndKeyKeepToTheirDoors(t *testing.T) {
	s, ids := furnished(t)
	secret, err := s.store.CreateKey(t.Context(), s.scope(), "Test", false)
	if err != nil {
		t.Fatal(err)
	}
	owner, out := s.as(billing.Owner), s.client()
	for _, path := range []string{"/v1/billing-groups", "/v1/customers", "/v1/subscriptions", "/v1/payments", "/v1/billing-groups/" + ids["groups"]} {
		r := owner.request(http.MethodGet, path, nil)
		r.Header.Set("Tenant-ID", s.tenant.ID)
		owner.do(r).want(http.StatusUnauthorized)
	}
	for _, r := range allRoutes() {
		if r.need == anyone {
			continue
		}
		request := out.request(r.method, r.of(ids), nil)
		request.Header.Set("Authorization", "Bearer "+secret)
		request.Header.Set("Tenant-ID", s.tenant.ID)
		request.AddCookie(&http.Cookie{Name: sessionCookie, Value: secret})
		request.AddCookie(&http.Cookie{Name: "token", Value: secret})
		if a := out.do(request); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/sign-in") {
			t.Errorf("%s: status %d with a key", a.request, a.status)
		}
	}
}

// A failure of ours has the headers too, and tells nothing.
func TestFailureHasTheHeaders(t *testing.T) {
	s := newSite(t)
	c := s.withRoutes(
		route{http.MethodGet, "/fail", anyone, func(echo.Context) error { return errors.New("the secret inside") }, 0},
		route{http.MethodGet, "/panic", anyone, func(echo.Context) error { panic("the secret inside") }, 0})
	for _, path := range []string{"/fail", "/panic"} {
		checkPage(t, c.get(path).want(http.StatusInternalServerError).lacks("the secret inside"))
	}
}
