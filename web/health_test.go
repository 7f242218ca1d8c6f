package web

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"billfold/billing"
	"billfold/db"
)

// asked answers what a handler says to a GET.
func asked(t *testing.T, h http.Handler, method, path string) (status int, says string, header http.Header) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w.Code, w.Body.String(), w.Header()
}

func wantSays(t *testing.T, h http.Handler, path string, status int, says string) {
	t.Helper()
	gotStatus, got, header := asked(t, h, http.MethodGet, path)
	if gotStatus != status || got != says+"\n" {
		t.Fatalf("%s: %d %q, want %d %q", path, gotStatus, got, status, says)
	}
	if header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(header.Get("Content-Type"), "text/plain") || header.Get("Set-Cookie") != "" {
		t.Errorf("%s: headers %v", path, header)
	}
}

// watched is a server and its watch, over a store in a folder of its own.
func watched(t *testing.T) (both map[string]http.Handler, cfg Config, log *logged) {
	t.Helper()
	log = &logged{}
	cfg = Config{Keys: NewKeys(), Log: NewLog(log, "text")}
	store, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "billfold.db"), db.Clock{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	cfg.Store = store
	cfg.Metrics = NewMetrics(store, cfg.Log)
	main, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]http.Handler{"main": main, "watch": NewWatch(cfg)}, cfg, log
}

func TestHealth(t *testing.T) {
	both, _, log := watched(t)
	for _, h := range both {
		wantSays(t, h, "/healthz", http.StatusOK, "ok")
		wantSays(t, h, "/readyz", http.StatusOK, "ready")
		for _, path := range []string{"/healthz", "/readyz"} {
			if status, _, _ := asked(t, h, http.MethodHead, path); status != http.StatusOK {
				t.Errorf("HEAD %s: %d", path, status)
			}
			if status, _, header := asked(t, h, http.MethodPost, path); status != http.StatusMethodNotAllowed || header.Get("Allow") == "" {
				t.Errorf("POST %s: %d", path, status)
			}
		}
	}
	if log.String() != "" {
		t.Errorf("it is logged:\n%s", log)
	}
	if status, _, _ := asked(t, both["main"], http.MethodGet, "/metrics"); status != http.StatusNotFound {
		t.Errorf("the metrics are there for all: %d", status)
	}
	if status, _, _ := asked(t, both["watch"], http.MethodGet, "/sign-in"); status != http.StatusNotFound {
		t.Errorf("the console is there, too: %d", status)
	}
}

func TestNotReadyWhileStopping(t *testing.T) {
	_, cfg, _ := watched(t)
	stopping := make(chan struct{})
	cfg.Stopping = stopping
	h := NewWatch(cfg)
	wantSays(t, h, "/readyz", http.StatusOK, "ready")
	close(stopping)
	wantSays(t, h, "/readyz", http.StatusServiceUnavailable, "stopping")
	wantSays(t, h, "/healthz", http.StatusOK, "ok")
}

func TestNotReadyWithoutDatabase(t *testing.T) {
	both, cfg, log := watched(t)
	if err := cfg.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		wantSays(t, both["main"], "/readyz", http.StatusServiceUnavailable, "the database can't be read")
		wantSays(t, both["main"], "/healthz", http.StatusOK, "ok")
	}
	if lines := strings.Count(log.String(), "not ready"); lines != 1 {
		t.Errorf("it is logged %d times:\n%s", lines, log)
	}
}

func TestAskHealth(t *testing.T) {
	both, cfg, _ := watched(t)
	server := httptest.NewServer(both["main"])
	defer server.Close()
	address := server.Listener.Addr().String()
	for _, ready := range []bool{false, true} {
		if says, err := AskHealth(t.Context(), address, ready); err != nil || says == "" {
			t.Fatalf("%q, %v", says, err)
		}
	}
	cfg.Store.Close()
	if _, err := AskHealth(t.Context(), address, true); err == nil || !strings.Contains(err.Error(), "the database can't be read") {
		t.Errorf("without a database: %v", err)
	}
	server.Close()
	if _, err := AskHealth(t.Context(), address, false); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("without a server: %v", err)
	}
}

func TestMetrics(t *testing.T) {
	var watch http.Handler
	s := newSite(t, func(c *Config) { c.Metrics = NewMetrics(c.Store, c.Log); watch = NewWatch(*c) })
	s.addUser(billing.Owner)
	c := s.client()
	c.post("/sign-in", map[string][]string{"email": {"nobody@example.com"}, "password": {"secret words"}}).want(http.StatusUnprocessableEntity)
	c.signIn(billing.Owner).want(http.StatusSeeOther)
	c.get("/customers/secret-id").want(http.StatusNotFound)
	c.get("/customers?q=secret").want(http.StatusOK)
	c.get("/secret/address").want(http.StatusNotFound)
	c.get("/v1/secret/address").want(http.StatusNotFound)
	c.do(c.request("SECRET", "/sign-in", nil))
	s.addFleet()
	s.bill()
	status, text, header := asked(t, watch, http.MethodGet, "/metrics")
	if status != http.StatusOK || header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", status, header)
	}
	for _, want := range []string{
		`billfold_http_requests_total{method="POST",route="/sign-in",status="4xx"} 1`,
		`billfold_http_requests_total{method="POST",route="/sign-in",status="3xx"} 1`,
		`billfold_http_requests_total{method="GET",route="/customers/:id",status="4xx"} 1`,
		`billfold_http_requests_total{method="GET",route="/customers",status="2xx"} 1`,
		`billfold_http_requests_total{method="GET",route="unknown",status="4xx"} 2`,
		`billfold_http_request_seconds_count{method="GET",route="/customers"} 1`,
		`billfold_sign_ins_refused_total{reason="wrong"} 1`,
		`billfold_sign_ins_refused_total{reason="delayed"} 0`,
		"billfold_billing_runs_total{result=\"done\"} 1\n",
		"billfold_sessions 1\n", "billfold_readable 1\n", "billfold_writable 1\n", "billfold_changes_failed_total 0\n",
		"billfold_invoices_issued_total ", "billfold_commits_total ", "billfold_wal_bytes ", "go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, never := range []string{"secret", "SECRET", "nobody@", s.tenant.ID, "billfold_billing_last_success"} {
		if strings.Contains(text, never) {
			t.Errorf("the metrics tell of %s", never)
		}
	}
	if t.Failed() {
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "billfold_") && !strings.Contains(line, "_bucket") {
				t.Log(line)
			}
		}
	}
	s.store.Close()
	if _, text, _ := asked(t, watch, http.MethodGet, "/metrics"); !strings.Contains(text, "billfold_readable 0\n") || !strings.Contains(text, "go_goroutines ") {
		t.Errorf("without a database:\n%s", text)
	}
}

// A body that comes too slowly is refused in words, and is not the server's fault.
func TestSlowForm(t *testing.T) {
	var cfg Config
	s := newSite(t, func(c *Config) { cfg = *c })
	handler, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := newPaced(t, quickPace, handler.ServeHTTP)
	conn := server.dial()
	if _, err := conn.Write([]byte("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail=")); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusRequestTimeout {
		t.Errorf("status %d", response.StatusCode)
	}
	if strings.Contains(s.log.String(), "ERROR") {
		t.Errorf("it is logged as an error:\n%s", s.log)
	}
}
