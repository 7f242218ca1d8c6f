package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "unsafe" // for go:linkname

	"github.com/alexedwards/argon2id"
	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// site is a whole server over a database of its own: the router, the pages and the
// store as they are in earnest, at 11 o'clock of Sunday, 22 November 2026 in Berlin.
type site struct {
	t      testing.TB
	url    string
	store  *db.Store
	tenant db.Tenant
	log    *logged
	file   string // the database's
	clock  atomic.Pointer[time.Time]
}

// testActor is who sets a site up.
var testActor = db.Actor{Kind: db.ActorSystem, Name: "Test"}

const testPassword = "correct horse battery"

// hashParams is what db hashes passwords with. Tests hash with next to nothing, or they
// would spend most of their time on it.
//
//go:linkname hashParams billfold/db.hashParams
var hashParams *argon2id.Params

func init() {
	hashParams = &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// newSite starts a server with one business unit, Demo Rental in EUR with 19 % VAT.
func newSite(t testing.TB, changes ...func(*Config)) *site {
	t.Helper()
	s := newEmptySite(t, changes...)
	unit, err := billing.NewTenant(billing.TenantInput{
		Name: "Demo Rental", Currency: "EUR", Zone: "Europe/Berlin", VATMode: "exclusive", VATRate: "19", PaymentTerms: "14",
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.tenant, err = s.store.CreateTenant(t.Context(), testActor, unit); err != nil {
		t.Fatal(err)
	}
	return s
}

// newEmptySite starts a server that nobody has set up.
func newEmptySite(t testing.TB, changes ...func(*Config)) *site {
	t.Helper()
	s := &site{t: t, log: &logged{}}
	s.setClock(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC))
	s.file = filepath.Join(t.TempDir(), "billfold.db")
	empty, err := emptyDatabase()
	if err == nil {
		err = os.WriteFile(s.file, empty, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	store, err := db.Open(t.Context(), s.file, db.Clock{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	s.store = store
	cfg := Config{Store: store, Keys: NewKeys(), Log: slog.New(slog.NewTextHandler(s.log, nil))}
	for _, change := range changes {
		change(&cfg)
	}
	handler, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		server.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.url = server.URL
	return s
}

// emptyDatabase is the file of a database that nobody has set up. Each site has a copy:
// to make one takes longer than most tests do.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "billfold-test-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "empty.db")
	store, err := db.Open(context.Background(), path, db.Clock{})
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func (s *site) now() time.Time              { return *s.clock.Load() }
func (s *site) setClock(now time.Time)      { s.clock.Store(&now) }
func (s *site) advance(d time.Duration)     { s.setClock(s.now().Add(d)) }
func (s *site) email(r billing.Role) string { return string(r) + "@example.com" }

// scope answers the business unit, for calls of the store.
func (s *site) scope() db.Scope { return db.Scope{Tenant: s.tenant, Actor: testActor} }

// addUser makes a user of the business unit, whose name and address tell the role.
func (s *site) addUser(role billing.Role) {
	s.t.Helper()
	in := billing.UserInput{Email: s.email(role), Name: "The " + string(role), Password: testPassword}
	if _, err := s.store.CreateUser(s.t.Context(), s.scope(), in, role); err != nil {
		s.t.Fatal(err)
	}
}

// client answers a browser that has not been here before.
func (s *site) client() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &client{site: s, http: &http.Client{
		Jar: jar,
		// Each answer is looked at by itself.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as answers a browser in which a new user with the role has signed in.
func (s *site) as(role billing.Role) *client {
	s.t.Helper()
	s.addUser(role)
	c := s.client()
	c.signIn(role).want(http.StatusSeeOther)
	return c
}

// client is one browser: it keeps its cookies and says, as browsers do, that its
// requests come from the site's own pages.
type client struct {
	*site
	http *http.Client
	// script is whether htmx sends the requests, from the page it is on.
	script bool
	page   string
}

// htmx answers the same browser sending requests by htmx, from the page at path.
func (c *client) htmx(path string) *client {
	return &client{site: c.site, http: c.http, script: true, page: path}
}

func (c *client) signIn(role billing.Role) *answer {
	c.t.Helper()
	return c.post("/sign-in", url.Values{"email": {c.email(role)}, "password": {testPassword}})
}

func (c *client) get(path string) *answer {
	c.t.Helper()
	return c.do(c.request(http.MethodGet, path, nil))
}

func (c *client) post(path string, form url.Values) *answer {
	c.t.Helper()
	r := c.request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

// request answers a request as the browser would send it.
func (c *client) request(method, path string, body io.Reader) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if query := r.URL.Query(); method == http.MethodPost && !query.Has(views.UnitParam) {
		query.Set(views.UnitParam, c.tenant.ID) // as each form does
		r.URL.RawQuery = query.Encode()
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if c.script {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", c.url+c.page)
	}
	return r
}

func (c *client) do(r *http.Request) *answer {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return &answer{t: c.t, request: r.Method + " " + r.URL.RequestURI(), status: response.StatusCode, header: response.Header, body: string(body)}
}

// answer is what came back.
type answer struct {
	t       testing.TB
	request string
	status  int
	header  http.Header
	body    string
}

// want fails the test unless the answer has the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%s", a.request, a.status, status, a.body)
	}
	return a
}

// leadsTo fails the test unless the answer sends the browser to path, in the way
// that suits who asked.
func (a *answer) leadsTo(path string) *answer {
	a.t.Helper()
	to := a.header.Get("Location")
	if a.status == http.StatusNoContent {
		to = a.header.Get("HX-Redirect")
	} else {
		a.want(http.StatusSeeOther)
	}
	if to != path {
		a.t.Fatalf("%s: leads to %q, want %q", a.request, to, path)
	}
	return a
}

// shows fails the test unless the page's text, without any markup, has each of words.
func (a *answer) shows(words ...string) *answer {
	a.t.Helper()
	text := textOf(a.document())
	for _, w := range words {
		if !strings.Contains(text, w) {
			a.t.Fatalf("%s: the page does not show %q:\n%s", a.request, w, text)
		}
	}
	return a
}

// lacks fails the test if the page's text has one of words.
func (a *answer) lacks(words ...string) *answer {
	a.t.Helper()
	text := textOf(a.document())
	for _, w := range words {
		if strings.Contains(text, w) {
			a.t.Fatalf("%s: the page shows %q:\n%s", a.request, w, text)
		}
	}
	return a
}

// lacksLink fails the test if the page has a link to path.
func (a *answer) lacksLink(path string) {
	a.t.Helper()
	for n := range a.document().Descendants() {
		if attr(n, "href") == path {
			a.t.Fatalf("%s: the page leads to %s", a.request, path)
		}
	}
}

// document parses the page.
func (a *answer) document() *html.Node {
	a.t.Helper()
	document, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		a.t.Fatal(err)
	}
	return document
}

// field answers the value of the page's first control with a name.
func (a *answer) field(name string) string {
	a.t.Helper()
	for n := range a.document().Descendants() {
		if n.Type == html.ElementNode && attr(n, "name") == name && (n.Data == "input" || n.Data == "textarea") {
			if n.Data == "textarea" {
				return textOf(n)
			}
			return attr(n, "value")
		}
	}
	a.t.Fatalf("%s: the page has no field %q:\n%s", a.request, name, a.body)
	return ""
}

// byID answers the page's element with an id, nil where there is none.
func (a *answer) byID(id string) *html.Node {
	a.t.Helper()
	for n := range a.document().Descendants() {
		if n.Type == html.ElementNode && attr(n, "id") == id {
			return n
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf answers what a node says, with each run of white space as one space.
func textOf(node *html.Node) string {
	var b strings.Builder
	for n := range node.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// logged is what the server has written to its log.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a line of the log.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String answers the log so far.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
