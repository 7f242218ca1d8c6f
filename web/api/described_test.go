package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// loadDescription reads the description and makes its objects closed, so that a
// field it doesn't know is found. Clients are told to expect new ones; tests are not.
var loadDescription = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	closed := false
	sent := []string{"BillingGroupChange", "CustomerToPut", "RentalToPut", "RentalEnd",
		"PaymentMark", "PaymentCancel", "PaymentCredit", "PaymentProgress", "PaymentReopen"} // what is not known in these is ignored
	for name, schema := range doc.Components.Schemas {
		if schema.Value.Type.Is("object") && !strings.HasPrefix(name, "NewBilling") && !slices.Contains(sent, name) {
			schema.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &closed}
		}
	}
	openapi3filter.RegisterBodyDecoder("application/pdf", openapi3filter.FileBodyDecoder)
	return gorillamux.NewRouter(doc)
})

// described is a transport that fails where an answer is not as described.
type described struct{}

func (described) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	asked := r.Clone(r.Context())
	asked.Body = io.NopCloser(bytes.NewReader(sent))
	if err := checkDescribed(asked, response.StatusCode, response.Header, body); err != nil {
		return nil, fmt.Errorf("the answer is not as described: %d %s: %w", response.StatusCode, body, err)
	}
	return response, nil
}

// checkDescribed holds an answer to the description. A request that was granted
// must be as described too.
func checkDescribed(r *http.Request, status int, header http.Header, body []byte) error {
	router, err := loadDescription()
	if err != nil {
		return err
	}
	for name := range header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
			return fmt.Errorf("header %s", name)
		}
	}
	head := r.Method == http.MethodHead
	if head {
		if len(body) > 0 {
			return errors.New("HEAD with a body")
		}
		r.Method = http.MethodGet
	}
	route, parameters, err := router.FindRoute(r)
	if err != nil {
		return checkUndescribed(r, err, status, header, body, head)
	}
	if route.Operation.Responses.Status(status) == nil {
		return errors.New("the status is not described")
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if status < 300 {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			return fmt.Errorf("granted, but not described as allowed: %w", err)
		}
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: head},
	})
}

// asPublished is the description, read once.
var asPublished = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(openAPI) })

// checkUndescribed holds an answer of a path or method that is not described to what
// the description says of those.
func checkUndescribed(r *http.Request, unknown error, status int, header http.Header, body []byte, head bool) error {
	wrongMethod := errors.Is(unknown, routers.ErrMethodNotAllowed)
	if r.Method == http.MethodOptions && wrongMethod && status == http.StatusNoContent && header.Get("Allow") != "" {
		return nil
	}
	responses := map[int]string{
		http.StatusNotFound:            "NotFound",
		http.StatusTooManyRequests:     "RateLimited",
		http.StatusInternalServerError: "Internal",
		http.StatusServiceUnavailable:  "Unavailable",
	}
	name := responses[status]
	if wrongMethod && status == http.StatusMethodNotAllowed {
		if header.Get("Allow") == "" {
			return errors.New("405 without Allow")
		}
		name = "NotFound" // but for its code
		body = bytes.Replace(body, []byte("METHOD_NOT_ALLOWED"), []byte("NOT_FOUND"), 1)
	}
	if name == "" {
		return fmt.Errorf("neither described nor refused: %w", unknown)
	}
	doc, err := asPublished()
	if err != nil {
		return err
	}
	described := openapi3.NewResponses(openapi3.WithStatus(status, doc.Components.Responses[name]))
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r,
			Route: &routers.Route{Spec: doc, Operation: &openapi3.Operation{Responses: described}}},
		Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: head},
	})
}

// A check that can't fail is worth nothing: what differs from the description in any
// way has to be found.
func TestDescribedFindsWhatDiffers(t *testing.T) {
	const group = `{"billingGroupId":"bg_1","tenantId":"t","customerId":"c","groupName":"n","rentalIds":[],"billingDay":1,"totalMonthlyAmount":0,` +
		`"activeRentalCount":0,"currency":"EUR","status":"active","createdBy":"k","createdAt":"2026-11-22T10:00:00.000Z","updatedAt":"2026-11-22T10:00:00.000Z"}`
	const refused = `{"error":{"code":"NOT_FOUND","message":"No."}}`
	tests := []struct {
		name, path, body string
		status           int
		noID, noTag      bool
		right            bool
	}{
		{name: "as described", path: "/v1/billing-groups/bg_1", status: 200, body: `{"success":true,"billingGroup":` + group + `}`, right: true},
		{name: "refused as described", path: "/v1/billing-groups/bg_1", status: 404, body: refused, right: true},
		{name: "unknown path", path: "/v1/unknown", status: 404, body: refused, right: true},
		{name: "status", path: "/v1/billing-groups/bg_1", status: 418, body: refused},
		{name: "code", path: "/v1/billing-groups/bg_1", status: 403, body: refused},
		{name: "header", path: "/v1/billing-groups/bg_1", status: 404, body: refused, noID: true},
		{name: "no tag", path: "/v1/billing-groups/bg_1", status: 200, body: `{"success":true,"billingGroup":` + group + `}`, noTag: true},
		{name: "extra field", path: "/v1/billing-groups/bg_1", status: 200, body: `{"success":true,"extra":1,"billingGroup":` + group + `}`},
		{name: "extra field inside", path: "/v1/billing-groups/bg_1", status: 200, body: `{"success":true,"billingGroup":` + strings.Replace(group, "{", `{"x":1,`, 1) + `}`},
		{name: "null", path: "/v1/billing-groups/bg_1", status: 200, body: `{"success":true,"billingGroup":` + strings.Replace(group, "[]", "null", 1) + `}`},
		{name: "microseconds", path: "/v1/billing-groups/bg_1", status: 200, body: `{"success":true,"billingGroup":` + strings.Replace(group, ".000Z", ".000000Z", 1) + `}`},
		{name: "unknown path found", path: "/v1/unknown", status: 200, body: `{}`},
		{name: "unknown path, not the envelope", path: "/v1/unknown", status: 404, body: `{"message":"Not Found"}`},
		{name: "unknown path without id", path: "/v1/unknown", status: 404, body: refused, noID: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Cache-Control", "no-store")
				if test.status == 200 && !test.noTag {
					w.Header().Set("ETag", `"bg_1.1.0123456789abcdef"`)
				}
				if !test.noID {
					w.Header().Set("X-Request-Id", "1")
				}
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			}))
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+test.path, nil)
			must(t, err)
			r.Header.Set("Tenant-ID", "t")
			response, err := described{}.RoundTrip(r)
			if (err == nil) != test.right {
				t.Errorf("got %v", err)
			}
			if err == nil {
				response.Body.Close()
			}
		})
	}
}
