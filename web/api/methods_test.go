package api

import (
	"net/http"
	"strings"
	"testing"
)

// Every path under /v1 answers in the envelope, known or not, with a key or without.
func TestUnknownPaths(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/v1", "/v1/", "/v1/unknown", groups + "/", groups + "/bg_1/upcoming/", groups + "/bg_1/", groups + "/bg_1/upcoming/x", customers + "/", customers + "/c/d", rentals + "/s/", rentals + "/s/end/", payments + "/", payments + "/p/", payments + "/p/credits", payments + "/p/credits/", payments + "/p/q", "/v1/%2e%2e/", "/v1/openapi.json/x"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			w.call(method, path, "").refused(http.StatusNotFound, "NOT_FOUND")
			w.call(method, path, "", "Authorization:").refused(http.StatusNotFound, "NOT_FOUND")
		}
	}
	// The middleware leaves the rest of the server alone.
	response, err := http.Get(w.url + "/v1x")
	must(t, err)
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound || response.Header.Get("X-Request-Id") != "" {
		t.Errorf("/v1x: %d %v", response.StatusCode, response.Header)
	}
}

func TestOtherMethods(t *testing.T) {
	w := newWorld(t)
	for path, allowed := range map[string]string{
		groups:              "GET HEAD OPTIONS POST",
		groups + "/preview": "OPTIONS POST",
		groups + "/bg_1":    "DELETE GET HEAD OPTIONS PATCH",
		"/v1/openapi.json":  "GET HEAD OPTIONS",

		groups + "/bg_1/upcoming": "GET HEAD OPTIONS",

		customers:          "GET HEAD OPTIONS",
		customers + "/c":   "GET HEAD OPTIONS PUT",
		rentals:            "GET HEAD OPTIONS",
		rentals + "/s":     "GET HEAD OPTIONS PUT",
		rentals + "/s/end": "OPTIONS POST",

		payments:                         "GET HEAD OPTIONS",
		payments + "/p":                  "GET HEAD OPTIONS",
		payments + "/p/mark-paid":        "OPTIONS POST",
		payments + "/p/cancel":           "OPTIONS POST",
		payments + "/p/credit":           "OPTIONS POST",
		payments + "/p/status":           "OPTIONS POST",
		payments + "/p/reopen":           "OPTIONS POST",
		payments + "/p/invoice.pdf":      "GET HEAD OPTIONS",
		payments + "/p/credits/M-CN.pdf": "GET HEAD OPTIONS",
	} {
		for _, method := range []string{"PUT", "PATCH", "DELETE", "TRACE", "PURGE"} {
			if strings.Contains(allowed, method) {
				continue
			}
			if path == groups+"/preview" && (method == "PATCH" || method == "DELETE") {
				// It could be a group's id, but isn't.
				w.call(method, path, "").refused(http.StatusNotFound, "NOT_FOUND")
				continue
			}
			r := w.call(method, path, "")
			r.refused(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
			for name := range strings.FieldsSeq(allowed) {
				if !strings.Contains(r.header.Get("Allow"), name) {
					t.Errorf("%s %s allows %q, not %s", method, path, r.header.Get("Allow"), name)
				}
			}
		}
		r := w.call("OPTIONS", path, "", "Authorization:", "Origin: https://example.com", "Access-Control-Request-Method: POST")
		if r.status != http.StatusNoContent {
			t.Errorf("OPTIONS %s: %d", path, r.status)
		}
	}
}

// HEAD answers what GET does, but for the body.
func TestHead(t *testing.T) {
	w := newWorld(t)
	made := w.create(group("cus_holz", "1", `"sub_1"`))["billingGroupId"].(string)
	for _, path := range []string{groups, groups + "?limit=x", groups + "/" + made, groups + "/bg_x", groups + "/" + made + "/upcoming", "/v1/openapi.json", "/v1/unknown"} {
		get, head := w.call("GET", path, ""), w.call("HEAD", path, "")
		if head.status != get.status || head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.header.Get("ETag") != get.header.Get("ETag") {
			t.Errorf("%s: HEAD %d %v\nGET %d %v", path, head.status, head.header, get.status, get.header)
		}
	}
}
