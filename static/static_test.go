package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

var names = []string{"app.css", "plan.css", "invoice.css", "app.js", "htmx.min.js", "favicon.svg", "favicon.ico"}

func get(t *testing.T, method, url string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestURLNamesTheContent(t *testing.T) {
	if got := URL("app.css"); !regexp.MustCompile(`^/static/app\.[0-9a-f]{12}\.css$`).MatchString(got) {
		t.Errorf("URL(app.css) = %s", got)
	}
	if URL("app.css") == URL("app.js") {
		t.Error("two files share a URL")
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown name does not panic")
		}
	}()
	URL("nothing.css")
}

func TestHandlerServesEveryFile(t *testing.T) {
	for _, name := range names {
		res := get(t, "GET", URL(name))
		want := contents()[name]
		if got := body(t, res); res.StatusCode != 200 || !bytes.Equal(got, want) {
			t.Errorf("%s: status %d, %d bytes; want 200, %d bytes", name, res.StatusCode, len(got), len(want))
		}
		for header, want := range map[string]string{
			"Cache-Control": "public, max-age=31536000, immutable",
			"Content-Type":  contentTypes[name[strings.LastIndex(name, "."):]],
			"Vary":          "Accept-Encoding",
		} {
			if got := res.Header.Get(header); got != want || want == "" {
				t.Errorf("%s: %s = %q, want %q", name, header, got, want)
			}
		}
	}
}

func TestHandlerCompressesWhereAccepted(t *testing.T) {
	for accept, want := range map[string]bool{
		"gzip, deflate, br": true, "br;q=1.0, gzip;q=0.5": true, "*": true, "GZIP": true,
		"": false, "br": false, "gzip;q=0": false, "gzip; q=0.0": false, "gzip;q=x": false,
	} {
		res := get(t, "GET", URL("app.css"), "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("Accept-Encoding %q: compressed %v, want %v", accept, got, want)
		}
		if !want {
			continue
		}
		zr, err := gzip.NewReader(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := io.ReadAll(zr); err != nil || !bytes.Equal(plain, contents()["app.css"]) {
			t.Errorf("Accept-Encoding %q: the content differs once unpacked (%v)", accept, err)
		}
	}
	if res := get(t, "GET", URL("favicon.ico"), "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("an image that is compressed already is compressed again")
	}
}

func TestHandlerRefuses(t *testing.T) {
	for _, url := range []string{"/static/", "/static/app.css", "/static/app.000000000000.css", "/static/static.go", "/static/../go.mod", "/app.css"} {
		if res := get(t, "GET", url); res.StatusCode != 404 || res.Header.Get("Cache-Control") != "" {
			t.Errorf("%s: %d, Cache-Control %q; want 404 that is not kept", url, res.StatusCode, res.Header.Get("Cache-Control"))
		}
	}
	if res := get(t, "POST", URL("app.css")); res.StatusCode != 405 {
		t.Errorf("POST: %d, want 405", res.StatusCode)
	}
	if res := get(t, "HEAD", URL("app.css")); res.StatusCode != 200 || len(body(t, res)) != 0 {
		t.Errorf("HEAD: %d, want 200 without a body", res.StatusCode)
	}
	etag := get(t, "GET", URL("app.css")).Header.Get("ETag")
	if res := get(t, "GET", URL("app.css"), "If-None-Match", etag); res.StatusCode != 304 {
		t.Errorf("If-None-Match: %d, want 304", res.StatusCode)
	}
}

// The first view of a page must stay small: what is not gzipped here counts in full.
func TestFilesStaySmall(t *testing.T) {
	for name, limit := range map[string]int{"app.css": 8_000, "plan.css": 2_000, "invoice.css": 2_000, "app.js": 2_600, "htmx.min.js": 15_000, "favicon.svg": 1_000} {
		if size := len(compress(contents()[name])); size == 0 || size > limit {
			t.Errorf("%s is %d bytes compressed, want 1 to %d", name, size, limit)
		}
	}
}

// The pages run under a Content-Security-Policy that allows nothing but these files.
func TestFilesKeepToThePolicy(t *testing.T) {
	for _, name := range []string{"app.css", "plan.css", "invoice.css", "app.js", "htmx.min.js"} {
		content := string(contents()[name])
		for _, bad := range []string{"sourceMappingURL", "data:", "@import", "//fonts."} {
			if strings.Contains(content, bad) {
				t.Errorf("%s holds %q", name, bad)
			}
		}
	}
	script := string(contents()["app.js"])
	for _, bad := range []string{"eval(", "Function(", "innerHTML", ".style", "setTimeout(\""} {
		if strings.Contains(script, bad) {
			t.Errorf("app.js uses %s", bad)
		}
	}
	if !strings.HasPrefix(string(contents()["htmx.min.js"]), "/*! htmx 4.0.1 | Zero-Clause BSD") {
		t.Error("htmx.min.js has lost its licence line")
	}
}

func BenchmarkHandler(b *testing.B) {
	r := httptest.NewRequest("GET", URL("app.css"), nil)
	r.Header.Set("Accept-Encoding", "gzip")
	for b.Loop() {
		Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
}
