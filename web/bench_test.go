package web

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

const (
	// benchSmall and benchLarge are how many subscriptions the databases have that a page
	// is measured on, one as the control of the other.
	benchSmall = 10_000
	benchLarge = 1_000_000
)

// benchPages are lists, searches and pages, each with its last page where it has some.
var benchPages = []string{
	"/", "/worth-grouping",
	"/groups", "/groups?sort=name", "/groups?day=20", "/groups?q=einkauf", "/groups?after=" + endOf("groups "),
	"/customers", "/customers?sort=name", "/customers?type=business", "/customers?q=acme", "/customers?q=nobody", "/customers?after=" + endOf("customers "),
	"/subscriptions", "/subscriptions?sort=serial", "/subscriptions?sort=end", "/subscriptions?status=active&billed=alone",
	"/subscriptions?q=PF-4K2", "/subscriptions?q=thinkpad", "/subscriptions?q=nobody", "/subscriptions?after=" + endOf("subscriptions "),
	"/customers/cust_acme", "/activity", "/activity?kind=group", "/groups/new?customer=cust_acme",
}

// endOf answers the cursor of a list's last page, which is not full.
func endOf(list string) string { return cursorAt(list, 30) }

// BenchmarkPages measures each page on a large database against the same page on a
// small one. Filling the large one takes minutes:
//
//	go test ./web -run '^$' -bench Pages -benchtime 20x -timeout 30m
func BenchmarkPages(b *testing.B) {
	small, large := newBenchSite(b, benchSmall), newBenchSite(b, benchLarge)
	for _, path := range benchPages {
		b.Run(path, func(b *testing.B) {
			var took, control []time.Duration
			for b.Loop() {
				control = append(control, small.time(b, path))
				took = append(took, large.time(b, path))
			}
			b.ReportMetric(0, "ns/op") // the sum of both says nothing
			b.ReportMetric(milliseconds(took), "ms")
			b.ReportMetric(milliseconds(control), "control-ms")
			b.ReportMetric(milliseconds(took)/milliseconds(control), "ratio")
		})
	}
}

// BenchmarkNewGroupPage measures the page of a new group, for a customer with some 50
// subscriptions, against "hello world" through a router of the same kind.
func BenchmarkNewGroupPage(b *testing.B) {
	site := newBenchSite(b, benchSmall)
	e := echo.New()
	e.GET("/", func(c echo.Context) error { return c.String(http.StatusOK, "hello world") })
	server := httptest.NewServer(e)
	b.Cleanup(server.Close)
	hello := &benchSite{url: server.URL, http: server.Client()}
	path := "/groups/new?customer=" + site.customerOf(b, 50)
	var took, control []time.Duration
	for b.Loop() {
		control = append(control, hello.time(b, "/"))
		took = append(took, site.time(b, path))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(took), "ms")
	b.ReportMetric(milliseconds(took)/milliseconds(control), "ratio")
}

// milliseconds answers the median.
func milliseconds(list []time.Duration) float64 {
	slices.Sort(list)
	return list[len(list)/2].Seconds() * 1000
}

// benchSite is a server over a demo, and a browser that has signed in to it.
type benchSite struct {
	url    string
	http   *http.Client
	store  *db.Store
	tenant db.Tenant
}

func newBenchSite(b *testing.B, subscriptions int) *benchSite {
	b.Helper()
	store, err := db.Open(b.Context(), filepath.Join(b.TempDir(), "bench.db"), db.Clock{})
	if err != nil {
		b.Fatal(err)
	}
	access, err := store.FillDemo(b.Context(), db.DemoOptions{Subscriptions: subscriptions, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	tenant, err := store.Tenant(b.Context(), access.Tenant)
	if err != nil {
		b.Fatal(err)
	}
	handler, err := New(Config{Store: store, Keys: NewKeys(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(handler)
	b.Cleanup(func() {
		server.Close()
		store.Close()
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.Fatal(err)
	}
	s := &benchSite{url: server.URL, http: &http.Client{Jar: jar}, store: store, tenant: tenant}
	s.signIn(b, access)
	if _, ready, err := store.Forecast(b.Context(), tenant, 10*time.Minute); err != nil || !ready {
		b.Fatalf("forecast: %v, %v", ready, err)
	}
	return s
}

func (s *benchSite) signIn(b *testing.B, access db.DemoAccess) {
	b.Helper()
	form := fmt.Sprintf("email=%s&password=%s", access.Email, access.Password)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.url+"/sign-in", strings.NewReader(form))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := s.http.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	answer.Body.Close()
}

// time answers how long a page takes, uncompressed and read to its end.
func (s *benchSite) time(b *testing.B, path string) time.Duration {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	began := time.Now()
	answer, err := s.http.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK || answer.Request.URL.Path == "/sign-in" {
		b.Fatalf("%s: status %d of %s, %v", path, answer.StatusCode, answer.Request.URL, err)
	}
	return time.Since(began)
}

// customerOf answers an active business with about so many active subscriptions.
func (s *benchSite) customerOf(b *testing.B, subscriptions int) string {
	b.Helper()
	f := db.CustomerFilter{Type: billing.Business, Status: billing.CustomerActive, Limit: 1000}
	rows, _, err := s.store.Customers(b.Context(), s.tenant, f)
	if err != nil {
		b.Fatal(err)
	}
	best := slices.MinFunc(rows, func(a, c db.CustomerRow) int {
		return max(a.Active-subscriptions, subscriptions-a.Active) - max(c.Active-subscriptions, subscriptions-c.Active)
	})
	b.Logf("%s has %d active subscriptions", best.ID, best.Active)
	return best.ID
}
