package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// withRoutes answers a browser for the site's store behind a server with other routes.
func (s *site) withRoutes(routes ...route) *client {
	s.t.Helper()
	server, err := newServer(Config{Store: s.store, Keys: NewKeys(), Log: slog.New(slog.NewTextHandler(s.log, nil))})
	if err != nil {
		s.t.Fatal(err)
	}
	running := httptest.NewServer(headAsGet(server.echo(append(server.routes(), routes...))))
	s.t.Cleanup(running.Close)
	s.url = running.URL
	return s.client()
}

func TestErrorPages(t *testing.T) {
	s := newSite(t)
	for _, test := range []struct {
		err    error
		status int
		shows  string
	}{
		{billing.NotFound("billing group"), 404, "There is no such page"},
		{&billing.Error{Code: billing.CodeValidation, Message: "Choose a day."}, 400, "Choose a day."},
		{errNotAllowed, 403, "You can't do this"},
		{fmt.Errorf("db: create group: %w", db.ErrUnavailable), 503, "Billfold can't reach its data right now"},
		{db.ErrBusy, 503, "Too many people are signing in at this moment."},
		{&http.MaxBytesError{Limit: 1}, 413, "This is too large"},
		{echo.ErrUnsupportedMediaType, 415, "Unsupported Media Type"},
		{errors.New("the secret inside"), 500, "Something went wrong on our side"},
	} {
		failing := func(echo.Context) error { return test.err }
		c := s.withRoutes(route{http.MethodGet, "/fail", anyone, failing, 0}, route{http.MethodPost, "/fail", anyone, failing, 0})
		a := c.get("/fail").want(test.status).shows(test.shows)
		a.lacks("the secret inside")
		if title := a.header.Get("HX-Retarget"); title != "" {
			t.Errorf("%v: HX-Retarget without htmx", test.err)
		}
		a = c.htmx("/groups").post("/fail", nil).want(test.status)
		for name, want := range map[string]string{
			"HX-Retarget": "#alert", "HX-Reselect": "#message", "HX-Reswap": "innerHTML ignoreTitle:true", "HX-Replace-Url": "false",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%v: %s is %q, want %q", test.err, name, got, want)
			}
		}
		if a.byID("message") == nil {
			t.Errorf("%v: nothing for htmx to show:\n%s", test.err, a.body)
		}
		if retry := a.header.Get("Retry-After"); (retry != "") != (test.status == 503) {
			t.Errorf("%v: Retry-After: %q", test.err, retry)
		}
	}
	if log := s.log.String(); strings.Contains(log, "Choose a day.") || !strings.Contains(log, "the secret inside") {
		t.Errorf("the log has a refusal's words, or not the failure's:\n%s", log)
	}
}

func TestPanicIsLoggedOnce(t *testing.T) {
	s := newSite(t)
	c := s.withRoutes(route{http.MethodGet, "/panic/:id", anyone, func(echo.Context) error { panic("the secret inside") }, 0})
	a := c.get("/panic/42?q=Ada").want(http.StatusInternalServerError).lacks("the secret inside", "goroutine")
	id := a.header.Get("X-Request-Id")
	if id == "" {
		t.Fatal("no request id")
	}
	a.shows(id)
	log := s.log.String()
	if n := strings.Count(log, "the secret inside"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log)
	}
	for _, want := range []string{"level=ERROR", "status=500", "method=GET", "route=/panic/:id", "id=" + id, "errors_test.go"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "/panic/42") || strings.Contains(log, "Ada") {
		t.Errorf("the log names the URL:\n%s", log)
	}
}

func TestRequestIDIsOurOwn(t *testing.T) {
	c := newSite(t).client()
	r := c.request(http.MethodGet, "/sign-in", nil)
	r.Header.Set("X-Request-Id", "forged")
	if id := c.do(r).header.Get("X-Request-Id"); id == "forged" || id == "" {
		t.Errorf("request id %q", id)
	}
	if log := c.log.String(); strings.Contains(log, "forged") || strings.Count(log, "\n") != 1 {
		t.Errorf("log:\n%s", log)
	}
}

func TestUnknownAddress(t *testing.T) {
	s := newSite(t)
	signedOut, signedIn := s.client(), s.as(billing.Member)
	signedOut.get("/nothing").want(http.StatusNotFound).shows("There is no such page", "Sign in")
	signedIn.get("/nothing").want(http.StatusNotFound).shows("There is no such page", "The member")
	for _, c := range []*client{signedOut, signedIn} {
		a := c.post("/groups/new", nil).want(http.StatusMethodNotAllowed)
		if allow := a.header.Get("Allow"); !strings.Contains(allow, "GET") {
			t.Errorf("Allow: %s", allow)
		}
	}
	signedOut.get("/static/app.css").want(http.StatusNotFound)
}

func TestErrorPageWithoutDatabase(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Member)
	// Reading goes on after this, for who has read before; the session does not.
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	c.get("/nothing").want(http.StatusNotFound).shows("There is no such page")
	if status := c.get("/groups").status; status != http.StatusInternalServerError && status != http.StatusServiceUnavailable {
		t.Errorf("status %d", status)
	}
}

func TestHead(t *testing.T) {
	c := newSite(t).client()
	for path, want := range map[string]int{"/sign-in": 200, "/groups": 303, "/nothing": 404, "/sign-out": 405} {
		a := c.do(c.request(http.MethodHead, path, nil)).want(want)
		if a.body != "" {
			t.Errorf("HEAD %s has a body", path)
		}
	}
}

func TestFormLimits(t *testing.T) {
	c := newSite(t).client()
	c.post("/sign-in", url.Values{"email": {strings.Repeat("a", maxForm)}}).want(http.StatusRequestEntityTooLarge).shows("This is too large")
	send := func(contentType, body string) *answer {
		r := c.request(http.MethodPost, "/sign-in", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		return c.do(r)
	}
	const form = "application/x-www-form-urlencoded"
	send(form, strings.Repeat("a&", 10_001)).want(http.StatusBadRequest)
	send(form, "email=%zz").want(http.StatusBadRequest).shows("This request can't be read")
	send(form+"; charset=utf-8", "email=a").want(http.StatusUnprocessableEntity)
	send("application/json", `{"email":"a"}`).want(http.StatusUnsupportedMediaType)
	send("", "email=a").want(http.StatusUnsupportedMediaType)
	send("multipart/form-data; boundary=x", "--x--").want(http.StatusUnsupportedMediaType)
}

func TestUploadLimit(t *testing.T) {
	s := newSite(t)
	c := s.withRoutes(route{http.MethodPost, "/upload", anyone, func(c echo.Context) error {
		parts, err := c.Request().MultipartReader()
		if err != nil {
			return err
		}
		part, err := parts.NextPart()
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, part)
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, fmt.Sprint(n))
	}, 2 * maxForm})
	upload := func(size int) *answer {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, _ := form.CreateFormFile("file", "export.csv")
		part.Write(make([]byte, size))
		form.Close()
		r := c.request(http.MethodPost, "/upload", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		return c.do(r)
	}
	if a := upload(maxForm + 1).want(http.StatusOK); a.body != fmt.Sprint(maxForm+1) {
		t.Errorf("read %s", a.body)
	}
	upload(2 * maxForm).want(http.StatusRequestEntityTooLarge)
}

func TestParseBaseURL(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "https://Billing.example.com": "https://billing.example.com", "http://localhost:8080/": "http://localhost:8080",
	} {
		if got, err := ParseBaseURL(text); err != nil || got != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"billing.example.com", "//billing.example.com", "ftp://a.b", "https://", "https://a.b/billing", "https://a.b?x", "https://a.b#x",
		"https://user@a.b", "https://:8080", "https://a.b:x",
	} {
		if got, err := ParseBaseURL(text); err == nil || !strings.Contains(err.Error(), "for example https://") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}

func TestNewRefusesBadConfig(t *testing.T) {
	if _, err := New(Config{Keys: []byte("short")}); err == nil {
		t.Error("short keys are taken")
	}
	if _, err := New(Config{Keys: NewKeys(), BaseURL: "nowhere"}); err == nil {
		t.Error("a bad base URL is taken")
	}
}
