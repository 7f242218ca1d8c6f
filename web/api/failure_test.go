package api

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// What goes wrong inside is told by a request id only, and logged once with it.
func TestInternalErrors(t *testing.T) {
	w := newWorld(t)
	made := w.create(group("cus_holz", "1", `"sub_1"`))["billingGroupId"].(string)
	w.exec(`DROP TABLE group_days`)
	for _, c := range []struct{ method, path, body string }{
		{"GET", groups + "/" + made, ""},
		{"POST", groups, group("cus_holz", "1", `"sub_2"`)},
	} {
		w.log.Reset()
		r := w.call(c.method, c.path, c.body)
		r.refused(http.StatusInternalServerError, "INTERNAL")
		id := r.header.Get("X-Request-Id")
		if !strings.Contains(r.refusal().Message, id) {
			t.Errorf("no request id in %s", r.body)
		}
		for _, inside := range []string{"group_days", "table", "SQL", "db:", ".go", w.path} {
			if strings.Contains(string(r.body), inside) {
				t.Errorf("%q in %s", inside, r.body)
			}
		}
		if log := w.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "group_days") || !strings.Contains(log, id) {
			t.Errorf("log %s", log)
		}
	}
}

// While another process holds the database nothing is stored and the answer says so.
func TestUnavailable(t *testing.T) {
	w := newWorld(t)
	w.withLock(func() {
		r := w.call("POST", groups, group("cus_holz", "1", `"sub_1"`)) // waits 5 s for the lock
		r.refused(http.StatusServiceUnavailable, "UNAVAILABLE")
		if strings.Contains(string(r.body), "lock") {
			t.Errorf("%s", r.body)
		}
		if log := w.log.String(); strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("log %s", log)
		}
	})
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
	w.create(group("cus_holz", "1", `"sub_1"`))
}

// withLock calls fn while another connection holds the lock for writing.
func (w *world) withLock(fn func()) {
	w.t.Helper()
	file, err := sql.Open("sqlite3", "file:"+w.path+"?_txlock=immediate&_timeout=5000")
	must(w.t, err)
	defer file.Close()
	tx, err := file.BeginTx(w.t.Context(), nil)
	must(w.t, err)
	defer tx.Rollback()
	fn()
}

// Errors and panics of any handler under /v1 become refusals.
func TestFailuresBecomeRefusals(t *testing.T) {
	w := newWorld(t)
	failures := map[string]struct {
		fail   func() error
		status int
		code   billing.Code
		logged int
	}{
		"panics":   {func() error { panic("secret") }, 500, "INTERNAL", 1},
		"errors":   {func() error { return errors.New("secret") }, 500, "INTERNAL", 1},
		"full":     {func() error { return fmt.Errorf("db: secret: %w", db.ErrUnavailable) }, 503, "UNAVAILABLE", 1},
		"closed":   {func() error { return fmt.Errorf("secret: %w", db.ErrClosed) }, 503, "UNAVAILABLE", 1},
		"late":     {func() error { return fmt.Errorf("secret: %w", context.DeadlineExceeded) }, 503, "UNAVAILABLE", 1},
		"refuses":  {func() error { return fmt.Errorf("secret: %w", billing.NotFound("thing")) }, 404, "NOT_FOUND", 0},
		"newcode":  {func() error { return &billing.Error{Code: "NOBODY_KNOWS", Message: "secret"} }, 500, "INTERNAL", 1},
		"teapot":   {func() error { return echo.NewHTTPError(http.StatusTeapot, "secret") }, 500, "INTERNAL", 1},
		"canceled": {func() error { return fmt.Errorf("secret: %w", context.Canceled) }, 500, "INTERNAL", 1},
	}
	for name, f := range failures {
		w.echo.GET("/v1/test/"+name, func(echo.Context) error { return f.fail() })
	}
	for name, f := range failures {
		w.log.Reset()
		recorder := httptest.NewRecorder()
		w.echo.ServeHTTP(recorder, httptest.NewRequest("GET", "/v1/test/"+name, nil))
		r := reply{t: t, status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}
		r.refused(f.status, f.code)
		if strings.Contains(string(r.body), "secret") || r.header.Get("X-Request-Id") == "" || r.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v", name, r.body, r.header)
		}
		if wait := r.header.Get("Retry-After"); (wait != "") != (f.status == http.StatusServiceUnavailable) {
			t.Errorf("%s: Retry-After: %q", name, wait)
		}
		if n := strings.Count(w.log.String(), "level=ERROR"); n != f.logged {
			t.Errorf("%s: logged %d times: %s", name, n, w.log)
		}
	}
}

// A caller who has gone gets no answer and is no failure.
func TestCallerHasGone(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequest("GET", groups, nil).WithContext(ctx)
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Tenant-ID", w.mietwerk.ID)
	recorder := httptest.NewRecorder()
	w.echo.ServeHTTP(recorder, r)
	if recorder.Body.Len() > 0 || w.log.Len() > 0 {
		t.Errorf("%s %s", recorder.Body, w.log)
	}
}

// Another middleware's request id is kept, so that its log and the answer agree.
func TestRequestID(t *testing.T) {
	w := newWorld(t)
	a, b := w.call("GET", groups, "", "X-Request-Id: mine").header.Get("X-Request-Id"), w.call("GET", groups, "").header.Get("X-Request-Id")
	if a == b || a == "mine" {
		t.Errorf("%q %q", a, b)
	}
	w.echo.Pre(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("X-Request-Id", "outer")
			return next(c)
		}
	})
	if id := w.call("GET", groups, "").header.Get("X-Request-Id"); id != "outer" {
		t.Errorf("%q", id)
	}
}

// Every code of the domain has a status: one that is new there is missed here.
func TestEveryCodeHasAStatus(t *testing.T) {
	files, err := parser.ParseFile(token.NewFileSet(), "../../billing/error.go", nil, 0)
	must(t, err)
	found := 0
	ast.Inspect(files, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		must(t, err)
		found++
		if statuses[billing.Code(code)] == 0 {
			t.Errorf("%s has no status", code)
		}
		return true
	})
	if found < 11 {
		t.Errorf("only %d codes found", found)
	}
}
