package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// These tests walk the route table, so that a call that is added is held to the same
// rules without anybody thinking of it.

// bodies are what each call that takes one can be sent, with every field it knows.
var bodies = map[string]string{
	"POST /v1/billing-groups":                    `{"customerId":"cus_holz","groupName":"N","billingDay":1,"rentalIds":["sub_a"],"reference":"R","notes":"N"}`,
	"POST /v1/billing-groups/preview":            `{"customerId":"cus_holz","groupName":"N","billingDay":1,"rentalIds":["sub_a"],"months":3}`,
	"PATCH /v1/billing-groups/:billingGroupId":   `{"groupName":"N","billingDay":2,"rentalIds":["sub_1"],"moveRentals":true,"status":"active","reference":"R","notes":"N"}`,
	"DELETE /v1/billing-groups/:billingGroupId":  ``,
	"PUT /v1/customers/:customerId":              `{"customerType":"business","status":"active","company":"C","firstName":"F","lastName":"L","email":"a@example.com","phone":"1","billingAddress":{"streetAddress":"S","postalCode":"1","city":"C","country":"DE"},"vatId":"","vatTreatment":"standard","paymentTerms":14}`,
	"PUT /v1/subscriptions/:subscriptionId":      `{"customerId":"cus_bau","monthlyAmount":33.33,"startDate":"2026-11-25","contractLength":24,"productName":"P","sku":"S","assetSerialNumber":"A","orderId":"O","nextBillingDate":"2026-12-25","currency":"EUR"}`,
	"POST /v1/subscriptions/:subscriptionId/end": `{"status":"cancelled","endedOn":"2026-11-22"}`,
	"POST /v1/payments/:paymentId/mark-paid":     `{"paidAt":"2026-11-22","paymentReference":"R","paymentMethod":"cash","notes":"N"}`,
	"POST /v1/payments/:paymentId/cancel":        `{"reason":"R","billAgain":false}`,
	"POST /v1/payments/:paymentId/credit":        `{"rentalIds":["sub_1"],"reason":"R","billAgain":false}`,
	"POST /v1/payments/:paymentId/status":        `{"status":"processing","reason":"R","paidAt":"2026-11-22","paymentReference":"R","paymentMethod":"card"}`,
	"POST /v1/payments/:paymentId/reopen":        `{"reason":"R"}`,
}

// nonsense is what no field expects, as JSON.
var nonsense = []string{
	`null`, `true`, `[]`, `{}`, `-1`, `0`, `1.5`, `1e308`, `-1e308`, `1e999999999`, `99999999999999999999999999`, `-9223372036854775808`, `0.000000000000000000001`,
	`""`, `" "`, `"\u0000"`, `"a\u0000b"`, `"\ud800"`, `"\u202e\u2028"`, `"\r\nSet-Cookie: a=b"`, `"` + strings.Repeat("x", 100_000) + `"`, `"NaN"`, `"0000-00-00"`, `"9999-12-31"`, `"9999-12-31T23:59:59+14:00"`,
	`["\u0000"]`, `[null]`, `[[[[]]]]`, `[` + strings.Repeat(`"x",`, 20_000) + `"x"]`, strings.Repeat("[", 5000) + strings.Repeat("]", 5000), `{"streetAddress":"\u0000","country":5}`,
}

// parameter is a route's, such as :customerId.
var parameter = regexp.MustCompile(`:[A-Za-z]+`)

// own are things of mietwerk, by parameter.
func (w *world) own() map[string]string {
	payment := strings.TrimPrefix(w.paymentOf("sub_1"), payments+"/")
	group := w.call("GET", groups, "").object()["billingGroups"].([]any)[0].(map[string]any)["billingGroupId"].(string)
	return map[string]string{":customerId": "cus_holz", ":subscriptionId": "sub_1", ":paymentId": payment, ":billingGroupId": group, ":creditNumber": "M-CN-2026-000001"}
}

func (r route) at(ids map[string]string) string {
	return parameter.ReplaceAllStringFunc(r.path, func(name string) string { return url.PathEscape(ids[name]) })
}

func allRoutes() []route { return (&server{}).routes() }

// Nonsense in any field, parameter or part of a path is refused in the envelope.
func TestNonsense(t *testing.T) {
	w := billed(t)
	own := w.own()
	check := func(r reply, method, path, sent string) {
		t.Helper()
		if r.status >= http.StatusInternalServerError || !utf8.Valid(r.body) {
			t.Errorf("%s %.80s with %.60s: %d %.200s", method, path, sent, r.status, r.body)
		}
	}
	for _, route := range allRoutes() {
		path := route.at(own)
		body, takesBody := bodies[route.method+" "+route.path]
		if !takesBody && route.method != http.MethodGet {
			t.Errorf("%s %s: no body is known", route.method, route.path)
		}
		var fields map[string]json.RawMessage
		if body != "" {
			must(t, json.Unmarshal([]byte(body), &fields))
		}
		for name := range fields {
			for _, value := range nonsense {
				bad := maps.Clone(fields)
				bad[name] = json.RawMessage("null")
				sent, err := json.Marshal(bad)
				must(t, err)
				text := strings.Replace(string(sent), `"`+name+`":null`, `"`+name+`":`+value, 1)
				check(w.call(route.method, path, text), route.method, path, name+": "+value)
			}
		}
		if route.method == http.MethodGet {
			for _, name := range []string{"limit", "startAfter", "q", "status", "customerId", "groupId", "billingGroupId", "rentalId", "months", "sort", "updatedSince", "from", "to"} {
				for _, value := range []string{"\x00", "\xff", "-1", "99999999999999999999", "1e9", strings.Repeat("x", 50_000), "%", "\r\n", "{}"} {
					check(w.call("GET", path+"?"+url.Values{name: {value}}.Encode(), ""), "GET", path, name)
				}
			}
			check(w.call("GET", path+"?%zz&;=%ff", ""), "GET", path, "no query")
		}
		for _, value := range []string{"\x00", "\xff", "..", "../..", "/", `\`, ";", "'\"--", strings.Repeat("x", 50_000)} {
			mad := maps.Clone(own)
			for name := range mad {
				mad[name] = value
			}
			if strings.Contains(route.path, ":") {
				check(w.call(route.method, route.at(mad), body), route.method, route.path, value)
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("log %.2000s", log)
	}
}

// Another tenant's things are as unknown as those that nobody has, to every call, with
// the very same answer; and they stay as they are.
func TestAnotherTenantsThings(t *testing.T) {
	w := billed(t)
	own := w.own()
	before := w.everything()
	as := []string{"Authorization: Bearer " + w.otherKey, "Tenant-ID: " + w.other.ID}
	same := func(method, path, other, body, otherBody string) {
		t.Helper()
		theirs, unknown := w.call(method, path, body, as...), w.call(method, other, otherBody, as...)
		strip := func(r reply) string {
			text := string(r.body)
			for name, id := range own {
				text = strings.NewReplacer(id, name, unknownID(id), name).Replace(text)
			}
			return text
		}
		if theirs.status != unknown.status || strip(theirs) != strip(unknown) {
			t.Errorf("%s %s: %d %s\nunknown: %d %s", method, path, theirs.status, theirs.body, unknown.status, unknown.body)
		}
	}
	nobodys := make(map[string]string)
	for name, id := range own {
		nobodys[name] = unknownID(id)
	}
	for _, route := range allRoutes() {
		body := bodies[route.method+" "+route.path]
		if strings.Contains(route.path, ":") && route.method != http.MethodPut { // which makes one's own
			same(route.method, route.at(own), route.at(nobodys), body, body)
		}
		for _, id := range []string{"cus_holz", "sub_1", "sub_a", own[":billingGroupId"]} {
			if route.method == http.MethodGet {
				for _, name := range []string{"customerId", "rentalId", "subscriptionId", "billingGroupId", "groupId", "q"} {
					if !strings.Contains(route.path, ":") {
						query := func(id string) string { return route.path + "?" + url.Values{name: {id}}.Encode() }
						same("GET", query(id), query(unknownID(id)), "", "")
					}
				}
			}
		}
	}
	// In bodies: the other's customers and rentals, among and in place of one's own.
	for _, change := range [][2]string{{`"cus_fremd"`, `"cus_holz"`}, {`"sub_fremd"`, `"sub_1"`}} {
		for _, call := range []string{"", "/preview"} {
			mine := strings.Replace(group("cus_fremd", "1", `"sub_fremd","sub_fremd2"`), change[0], change[1], 1)
			same("POST", groups+call, groups+call, mine, strings.Replace(mine, change[1], `"`+unknownID(strings.Trim(change[1], `"`))+`"`, 1))
		}
	}
	if after := w.everything(); after != before {
		t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
	}
}

// unknownID answers an id as long as another, that nobody has.
func unknownID(id string) string { return "zq" + strings.Repeat("z", len(id)-2) }

// everything answers what mietwerk has, as it reads it.
func (w *world) everything() string {
	var b strings.Builder
	for _, path := range []string{groups, customers, rentals, payments} {
		b.Write(w.call("GET", path+"?limit=100", "").body)
	}
	return b.String()
}

// Every call but the description needs a key, and writing one that may.
func TestNeeds(t *testing.T) {
	w := billed(t)
	own := w.own()
	before := w.everything()
	reading := []string{"POST /v1/billing-groups/preview"} // answers what would happen
	for _, r := range allRoutes() {
		path, body, name := r.at(own), bodies[r.method+" "+r.path], r.method+" "+r.path
		if r.path == "/v1/openapi.json" {
			continue
		}
		w.call(r.method, path, body, "Authorization:").refused(http.StatusUnauthorized, "AUTH_REQUIRED")
		w.call(r.method, path, body, "Authorization:", "Cookie: __Host-billfold="+w.key).refused(http.StatusUnauthorized, "AUTH_REQUIRED")
		w.call(r.method, path+"?key="+w.key+"&access_token="+w.key, body, "Authorization:").refused(http.StatusUnauthorized, "AUTH_REQUIRED")
		if r.method != http.MethodGet && !slices.Contains(reading, name) {
			w.call(r.method, path, body, "Authorization: Bearer "+w.readKey).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
		}
		w.call(r.method, path, body, "Authorization: Bearer "+w.otherKey).refused(http.StatusForbidden, "NO_TENANT_ACCESS")
	}
	if w.everything() != before {
		t.Error("something was changed")
	}
}
