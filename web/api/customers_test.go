package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

const customers = "/v1/customers"

// put puts a body, which must be granted with a status, and answers the object.
func (w *world) put(path, body string, status int) map[string]any {
	w.t.Helper()
	r := w.call("PUT", path, body)
	if r.status != status {
		w.t.Fatalf("PUT %s %s: %d %s, want %d", path, body, r.status, r.body, status)
	}
	return r.object()
}

// has checks fields of an object, as they are written.
func wantFields(t testing.TB, object map[string]any, want map[string]string) {
	t.Helper()
	for field, value := range want {
		if got := fmt.Sprint(object[field]); got != value {
			t.Errorf("%s is %s, want %s", field, got, value)
		}
	}
}

func TestShowCustomer(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE subscriptions SET order_id = 'ord_1' WHERE id IN ('sub_1', 'sub_2')`)
	w.exec(`UPDATE customers SET street = 'Weg 1', city = 'Ulm', first_name = 'Ada' WHERE id = 'cus_holz'`)
	holz := w.call("GET", customers+"/cus_holz", "").object()
	wantFields(t, holz, map[string]string{
		"customerId": "cus_holz", "tenantId": w.mietwerk.ID, "customerType": "business", "company": "Firma cus_holz", "firstName": "Ada", "lastName": "", "email": "",
		"status": "active", "totalOrders": "1", "orderIds": "[ord_1]", "totalDevicesRented": "23", "totalMonthlyRevenue": "577", "vatTreatment": "standard",
		"createdBy": "import", "createdAt": "1970-01-01T00:00:00.000Z", "phone": "<nil>", "paymentTerms": "<nil>", "success": "<nil>",
		"lastBillingAddress": "map[city:Ulm company:Firma cus_holz contactName:Ada country:DE streetAddress:Weg 1]",
	})
	if ids := holz["rentalIds"].([]any); len(ids) != 24 || !slices.Contains(ids, any("sub_ended")) {
		t.Errorf("rentals %v", ids)
	}
	for _, path := range []string{"/cus_x", "/cus_fremd", "/cus_holz%20", "/%00"} {
		r := w.call("GET", customers+path, "")
		r.refused(http.StatusNotFound, "NOT_FOUND")
		if unknown := w.call("GET", customers+"/cus_x", ""); string(r.body) != string(unknown.body) {
			t.Errorf("%s: %s", path, r.body)
		}
	}
}

func TestPutCustomer(t *testing.T) {
	w := newWorld(t)
	path := customers + "/cus_neu"
	r := w.call("PUT", path, `{"company":" Neu GmbH ","firstName":"Ada","email":"Ada@Example.com","phone":"+49 30 1","vatId":"DE1","vatTreatment":"reverse_charge",
		"paymentTerms":30.0,"billingAddress":{"streetAddress":"Weg 1","postalCode":"89073","city":"Ulm","country":"DE","unknown":1},"totalOrders":7,"unknown":{}}`)
	created := r.object()
	if r.status != http.StatusCreated || r.header.Get("Location") != path {
		t.Errorf("%d at %q", r.status, r.header.Get("Location"))
	}
	wantFields(t, created, map[string]string{
		"customerId": "cus_neu", "customerType": "business", "company": "Neu GmbH", "firstName": "Ada", "email": "ada@example.com", "phone": "+49 30 1", "status": "active",
		"vatId": "DE1", "vatTreatment": "reverse_charge", "paymentTerms": "30", "totalOrders": "0", "totalDevicesRented": "0", "totalMonthlyRevenue": "0", "orderIds": "[]", "rentalIds": "[]",
		"lastBillingAddress": "map[city:Ulm company:Neu GmbH contactName:Ada country:DE postalCode:89073 streetAddress:Weg 1]",
	})
	if by := created["createdBy"].(string); !strings.HasPrefix(by, "key_") {
		t.Errorf("created by %s", by)
	}
	if diff := cmp.Diff(created, w.call("GET", path, "").object()); diff != "" {
		t.Errorf("answered, read\n%s", diff)
	}
	// Nothing, and the same again, change nothing.
	for _, body := range []string{`{}`, `{"company":"Neu GmbH","email":"ada@example.com","paymentTerms":30,"billingAddress":{"city":"Ulm "},"customerType":"business","status":"active"}`} {
		if diff := cmp.Diff(created, w.put(path, body, http.StatusOK)); diff != "" {
			t.Errorf("%s\n%s", body, diff)
		}
	}
	// Null clears, and what is left out stays.
	cleared := w.put(path, `{"phone":null,"vatId":"","paymentTerms":null,"billingAddress":{"postalCode":null,"city":""},"email":null}`, http.StatusOK)
	wantFields(t, cleared, map[string]string{"phone": "<nil>", "vatId": "<nil>", "paymentTerms": "<nil>", "email": "", "company": "Neu GmbH", "vatTreatment": "reverse_charge",
		"lastBillingAddress": "map[city: company:Neu GmbH contactName:Ada country:DE streetAddress:Weg 1]"})
	wantFields(t, w.put(path, `{"billingAddress":null,"status":"inactive","firstName":null,"customerType":"individual"}`, http.StatusOK),
		map[string]string{"lastBillingAddress": "<nil>", "status": "inactive", "firstName": "", "customerType": "individual"})
	// An id is taken as it is.
	odd := customers + "/" + url.PathEscape("a/b c:ü")
	if r := w.call("PUT", odd, `{"lastName":"Öz"}`); r.status != http.StatusCreated || r.header.Get("Location") != odd || r.object()["customerId"] != "a/b c:ü" || r.object()["customerType"] != "individual" {
		t.Errorf("%d %v %s", r.status, r.header, r.body)
	}
	wantFields(t, w.call("GET", odd, "").object(), map[string]string{"customerId": "a/b c:ü", "lastName": "Öz"})
}

func TestPutCustomerRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(group("cus_holz", "1", `"sub_1"`))
	path := customers + "/cus_holz"
	before := w.call("GET", path, "")
	long := strings.Repeat("x", 201)
	const invalid = "VALIDATION_ERROR"
	for _, test := range []struct {
		body    string
		status  int
		code    billing.Code
		details []string
	}{
		{`{"customerType":"individual","company":"right"}`, 409, "CUSTOMER_HAS_GROUPS", []string{"customerType CUSTOMER_HAS_GROUPS"}},
		{`{"customerType":null}`, 400, invalid, []string{"customerType VALIDATION_ERROR"}},
		{`{"customerType":"firm","status":"gone"}`, 400, invalid, []string{"customerType VALIDATION_ERROR", "status VALIDATION_ERROR"}},
		{`{"status":null}`, 400, invalid, []string{"status VALIDATION_ERROR"}},
		{`{"vatTreatment":null}`, 400, invalid, []string{"vatTreatment VALIDATION_ERROR"}},
		{`{"vatTreatment":"reverse charge"}`, 400, invalid, []string{"vatTreatment VALIDATION_ERROR"}},
		{`{"vatTreatment":5}`, 400, invalid, []string{"vatTreatment VALIDATION_ERROR"}},
		{`{"paymentTerms":366}`, 400, invalid, []string{"paymentTerms VALIDATION_ERROR"}},
		{`{"paymentTerms":"14"}`, 400, invalid, []string{"paymentTerms VALIDATION_ERROR"}},
		{`{"paymentTerms":1.5}`, 400, invalid, []string{"paymentTerms VALIDATION_ERROR"}},
		{`{"email":"nobody","phone":"right"}`, 400, invalid, []string{"email VALIDATION_ERROR"}},
		{`{"company":"` + long + `"}`, 400, invalid, []string{"company VALIDATION_ERROR"}},
		{`{"company":"a\nb"}`, 400, invalid, []string{"company VALIDATION_ERROR"}},
		{`{"billingAddress":"Weg 1"}`, 400, invalid, []string{"billingAddress VALIDATION_ERROR"}},
		{`{"billingAddress":[]}`, 400, invalid, []string{"billingAddress VALIDATION_ERROR"}},
		{`{"billingAddress":{"city":5,"country":"` + long + `"}}`, 400, invalid, []string{"billingAddress.city VALIDATION_ERROR", "billingAddress.country VALIDATION_ERROR"}},
		{`{"company":5,"firstName":{},"customerType":"individual","billingAddress":{"streetAddress":"a\tb"}}`, 400, invalid, []string{
			"company VALIDATION_ERROR", "firstName VALIDATION_ERROR", "billingAddress.streetAddress VALIDATION_ERROR", "customerType CUSTOMER_HAS_GROUPS"}},
		{`[]`, 400, invalid, nil},
		{``, 415, "UNSUPPORTED_MEDIA_TYPE", nil},
	} {
		t.Run(test.body, func(t *testing.T) {
			r := w.call("PUT", path, test.body)
			r.t = t
			r.refused(test.status, test.code, test.details...)
		})
	}
	if after := w.call("GET", path, ""); string(after.body) != string(before.body) {
		t.Errorf("%s\nbecame %s", before.body, after.body)
	}
	w.call("PUT", customers+"/%20", `{"email":"nobody"}`).refused(400, invalid, "customerId VALIDATION_ERROR", "email VALIDATION_ERROR")
	w.call("PUT", customers+"/"+strings.Repeat("x", 101), `{}`).refused(400, invalid, "customerId VALIDATION_ERROR")
	w.call("PUT", path, `{}`, "Authorization: Bearer "+w.readKey).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
	// Another business unit's customer is not changed: its id is free here.
	w.put(customers+"/cus_fremd", `{"company":"Mine"}`, http.StatusCreated)
	theirs := w.call("GET", customers+"/cus_fremd", "", "Authorization: Bearer "+w.otherKey, "Tenant-ID: "+w.other.ID)
	wantFields(t, theirs.object(), map[string]string{"company": "Firma cus_fremd"})
}

// listed reads the ids of a list's answer.
func (r reply) listed(list, id string) string {
	r.t.Helper()
	var ids []string
	for _, item := range r.object()[list].([]any) {
		ids = append(ids, item.(map[string]any)[id].(string))
	}
	return strings.Join(ids, " ")
}

func TestListCustomers(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE customers SET email = 'Ada@example.com' WHERE id = 'cus_bau'`)
	w.put(customers+"/cus_neu", `{"company":"Brückner & Söhne"}`, http.StatusCreated)
	for query, want := range map[string]string{
		"":                                       "cus_neu cus_gone cus_person cus_bau cus_holz",
		"?status=inactive":                       "cus_gone",
		"?customerType=business":                 "cus_neu cus_gone cus_bau cus_holz",
		"?customerType=individual&status=active": "cus_person",
		"?email=ada@EXAMPLE.com":                 "cus_bau",
		"?email=ada":                             "",
		"?q=bruck%20sohn":                        "cus_neu",
		"?q=nobody":                              "",
		"?limit=2":                               "cus_neu cus_gone",
	} {
		r := w.call("GET", customers+query, "")
		if got := r.listed("customers", "customerId"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if r := w.call("GET", customers+"?q=nobody", ""); strings.TrimSpace(string(r.body)) != `{"customers":[],"count":0,"limit":50,"hasMore":false,"nextCursor":null}` {
		t.Errorf("none: %s", r.body)
	}
	first := w.call("GET", customers+"?limit=3", "").object()
	wantFields(t, first, map[string]string{"count": "3", "limit": "3", "hasMore": "true"})
	rest := w.call("GET", customers+"?limit=3&startAfter="+first["nextCursor"].(string), "")
	if got := rest.listed("customers", "customerId"); got != "cus_bau cus_holz" || rest.object()["nextCursor"] != nil || rest.object()["hasMore"] != false {
		t.Errorf("second page %s", rest.body)
	}
	// What the list says of one is what reading it says.
	for _, item := range rest.object()["customers"].([]any) {
		if diff := cmp.Diff(item, any(w.call("GET", customers+"/"+item.(map[string]any)["customerId"].(string), "").object())); diff != "" {
			t.Errorf("listed, read\n%s", diff)
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "startAfter=x", "startAfter=" + cursor(`["groups ",5]`), "status=gone", "customerType=firm", "email=", "q=", "q=a&q=b"} {
		name, _, _ := strings.Cut(query, "=")
		w.call("GET", customers+"?"+query, "").refused(400, "VALIDATION_ERROR", name+" VALIDATION_ERROR")
	}
}

// A customer that was read can be sent back as it is, and nothing is lost.
func TestPutCustomerAsItIsRead(t *testing.T) {
	w := newWorld(t)
	const path = "/v1/customers/as-read"
	w.put(path, `{"company":"Neu GmbH","lastBillingAddress":{"streetAddress":"Weg 1","city":"Ulm"}}`, http.StatusCreated)
	read := w.call("GET", path, "").object()
	body, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(read, w.put(path, string(body), http.StatusOK)); diff != "" {
		t.Errorf("sent back:\n%s", diff)
	}
	both := w.put(path, `{"billingAddress":{"city":"Bonn"},"lastBillingAddress":{"city":"Köln"}}`, http.StatusOK)
	if city := both["lastBillingAddress"].(map[string]any)["city"]; city != "Bonn" {
		t.Errorf("of two addresses %v is taken", city)
	}
}

// A search that finds more than it lists is refused, so that no list ends in silence.
func TestCustomerSearchThatFindsTooMuch(t *testing.T) {
	w := newWorld(t)
	for i := range 1001 {
		w.exec(fmt.Sprintf(`INSERT INTO customers (key, tenant, id, type, status, company, first_name, last_name, email, phone, street, postal_code, city, country, vat_id, vat_treatment, created_at, updated_at, words)
			VALUES (%d, %d, 'mass-%d', 'business', 'active', 'Mass', '', '', '', '', '', '', '', '', '', 'standard', 0, 0, 'mass %d')`, 5000+i, w.mietwerk.Key, i, i))
	}
	w.call("GET", "/v1/customers?q=mass&limit=5", "").refused(http.StatusBadRequest, "VALIDATION_ERROR", "q VALIDATION_ERROR")
	if list := w.call("GET", "/v1/customers?q=mass+77", "").object()["customers"].([]any); len(list) != 19 { // with 77 somewhere
		t.Errorf("%d found", len(list))
	}
}
