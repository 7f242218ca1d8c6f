package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
)

func TestDescriptionIsValid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	must(t, err)
	must(t, doc.Validate(t.Context()))
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("it is OpenAPI %s", doc.OpenAPI)
	}
}

// What is mounted is described, and what is described is mounted.
func TestRoutesAreDescribed(t *testing.T) {
	w := newWorld(t)
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	must(t, err)
	var mounted, described []string
	for _, r := range w.echo.Routes() {
		var path []string
		for part := range strings.SplitSeq(r.Path, "/") {
			if name, parameter := strings.CutPrefix(part, ":"); parameter {
				name, extension, has := strings.Cut(name, ".")
				part = "{" + name + "}"
				if has {
					part += "." + extension
				}
			}
			path = append(path, part)
		}
		if r.Method != http.MethodHead && r.Method != echo.RouteNotFound {
			mounted = append(mounted, r.Method+" "+strings.Join(path, "/"))
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+path)
		}
	}
	slices.Sort(mounted)
	slices.Sort(described)
	if !slices.Equal(mounted, described) {
		t.Errorf("mounted   %q\ndescribed %q", mounted, described)
	}
}

func TestDescriptionIsServedToAnybody(t *testing.T) {
	w := newWorld(t)
	r := w.call("GET", "/v1/openapi.json", "", "Authorization:", "Tenant-ID:")
	if r.status != http.StatusOK || !json.Valid(r.body) || string(r.body) != string(openAPI) {
		t.Fatalf("%d %.100s", r.status, r.body)
	}
	tag := r.header.Get("ETag")
	for _, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if r := w.call("GET", "/v1/openapi.json", "", "If-None-Match: "+known); r.status != http.StatusNotModified || len(r.body) > 0 || r.header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %d with %d bytes", known, r.status, len(r.body))
		}
	}
	if r := w.call("GET", "/v1/openapi.json", "", `If-None-Match: "other"`); r.status != http.StatusOK {
		t.Errorf("another tag: %d", r.status)
	}
}
