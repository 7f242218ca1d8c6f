package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

const rentals = "/v1/subscriptions"

// newRental is the body of a new subscription of cus_bau.
const newRental = `{"customerId":"cus_bau","monthlyAmount":33.33,"startDate":"2026-11-25","contractLength":24}`

func TestShowRental(t *testing.T) {
	w := newWorld(t)
	w.exec(`UPDATE customers SET email = 'a@example.com' WHERE id = 'cus_holz'`)
	made := w.create(group("cus_holz", "28", `"sub_1","sub_3"`))["billingGroupId"].(string)
	wantFields(t, w.call("GET", rentals+"/sub_3", "").object(), map[string]string{
		"rentalId": "sub_3", "tenantId": w.mietwerk.ID, "customerId": "cus_holz", "customerName": "Firma cus_holz", "customerEmail": "a@example.com", "orderId": "",
		"productName": "Tablet", "sku": "", "assetSerialNumber": "SN-sub_3", "monthlyAmount": "159", "currency": "EUR", "startDate": "2026-05-25",
		"originalContractLength": "24", "contractLength": "24", "endDate": "2028-05-24", "status": "active", "endedOn": "<nil>", "nextBillingDate": "2026-11-28",
		"billingGroupId": made, "createdBy": "import", "createdAt": "1970-01-01T00:00:00.000Z", "success": "<nil>",
	})
	w.exec(`UPDATE subscriptions SET start = '2024-01-10', contract_end = '2026-01-10' WHERE id = 'sub_a'`)
	for id, want := range map[string]map[string]string{
		"sub_2":     {"nextBillingDate": "2026-11-22", "billingGroupId": "<nil>"}, // overdue
		"sub_ended": {"nextBillingDate": "<nil>", "status": "cancelled", "endDate": "2026-06-30", "endedOn": "2026-06-30"},
		"sub_a":     {"nextBillingDate": "<nil>", "status": "ended_completed", "endDate": "2026-01-09", "endedOn": "<nil>"}, // it has run its course
	} {
		wantFields(t, w.call("GET", rentals+"/"+id, "").object(), want)
	}
	unknown := w.call("GET", rentals+"/sub_x", "")
	for _, path := range []string{"/sub_x", "/sub_fremd"} {
		r := w.call("GET", rentals+path, "")
		r.refused(http.StatusNotFound, "NOT_FOUND")
		if string(r.body) != string(unknown.body) {
			t.Errorf("%s: %s", path, r.body)
		}
	}
}

func TestPutRental(t *testing.T) {
	w := newWorld(t)
	path := rentals + "/sub_neu"
	r := w.call("PUT", path, `{"customerId":"cus_bau","orderId":"ord_1","productName":" Tablet ","sku":"T","assetSerialNumber":"SN","monthlyAmount":3.3330e1,"currency":"EUR",
		"startDate":"2026-11-25","contractLength":24.0,"nextBillingDate":"2026-12-26","billingGroupId":"bg_1","endDate":"2026-11-30","unknown":[]}`)
	created := r.object()
	if r.status != http.StatusCreated || r.header.Get("Location") != path {
		t.Fatalf("%d at %q %s", r.status, r.header.Get("Location"), r.body)
	}
	wantFields(t, created, map[string]string{"customerName": "Firma cus_bau", "orderId": "ord_1", "productName": "Tablet", "sku": "T", "assetSerialNumber": "SN", "monthlyAmount": "33.33",
		"startDate": "2026-11-25", "contractLength": "24", "endDate": "2028-11-24", "status": "active", "nextBillingDate": "2027-01-25", "billingGroupId": "<nil>"})
	if diff := cmp.Diff(created, w.call("GET", path, "").object()); diff != "" {
		t.Errorf("answered, read\n%s", diff)
	}
	for _, body := range []string{`{}`, `{"monthlyAmount":33.330,"status":"active","endedOn":null,"nextBillingDate":"2028-01-01","currency":"EUR","customerId":"cus_bau"}`, string(r.body)} {
		if diff := cmp.Diff(created, w.put(path, body, http.StatusOK)); diff != "" {
			t.Errorf("%s\n%s", body, diff)
		}
	}
	changed := w.put(path, `{"orderId":null,"assetSerialNumber":"","monthlyAmount":20,"contractLength":36}`, http.StatusOK)
	wantFields(t, changed, map[string]string{"orderId": "", "assetSerialNumber": "", "sku": "T", "monthlyAmount": "20", "contractLength": "36", "originalContractLength": "24"})
	wantFields(t, w.put(path, `{"customerId":"cus_person"}`, http.StatusOK), map[string]string{"customerId": "cus_person"})
	ended := w.put(path, `{"status":"ended_buyout","endedOn":"2027-03-01"}`, http.StatusOK)
	wantFields(t, ended, map[string]string{"status": "ended_buyout", "endedOn": "2027-03-01", "endDate": "2027-03-01", "nextBillingDate": "2027-01-25"})
	if diff := cmp.Diff(ended, w.put(path, `{"status":"ended_buyout"}`, http.StatusOK)); diff != "" {
		t.Errorf("ended again\n%s", diff)
	}
	// One that has run its course may be told as it is answered.
	over := w.put(rentals+"/sub_alt", strings.Replace(newRental, "2026-11-25", "2024-01-10", 1), http.StatusCreated)
	wantFields(t, w.put(rentals+"/sub_alt", `{"status":"ended_completed"}`, http.StatusOK), map[string]string{"updatedAt": over["updatedAt"].(string), "endedOn": "<nil>"})
}

// What is first taken in begins to be billed here on that day, and not before.
func TestFirstRentalFixesCutOver(t *testing.T) {
	w := newWorld(t)
	first := w.put(rentals+"/sub_neu", strings.Replace(newRental, "2026-11-25", "2026-01-10", 1), http.StatusCreated)
	wantFields(t, first, map[string]string{"nextBillingDate": "2026-12-10"})
	if tenant, err := w.store.Tenant(t.Context(), w.mietwerk.ID); err != nil || tenant.CutOver.String() != "2026-11-22" {
		t.Errorf("cut-over %s, %v", tenant.CutOver, err)
	}
}

func TestPutRentalRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(group("cus_holz", "1", `"sub_1"`))
	const invalid = "VALIDATION_ERROR"
	var before []string
	for _, id := range []string{"sub_1", "sub_ended"} {
		before = append(before, string(w.call("GET", rentals+"/"+id, "").body))
	}
	for _, test := range []struct {
		id, body string
		status   int
		code     billing.Code
		details  []string
	}{
		{"sub_1", `{"customerId":"cus_bau"}`, 409, "SUBSCRIPTION_ALREADY_GROUPED", []string{"customerId SUBSCRIPTION_ALREADY_GROUPED"}},
		{"sub_1", `{"customerId":"cus_fremd"}`, 400, invalid, []string{"customerId SUBSCRIPTION_ALREADY_GROUPED", "customerId CUSTOMER_NOT_FOUND"}},
		{"sub_2", `{"customerId":"cus_fremd"}`, 400, "CUSTOMER_NOT_FOUND", []string{"customerId CUSTOMER_NOT_FOUND"}},
		{"sub_2", `{"customerId":null}`, 400, invalid, []string{"customerId VALIDATION_ERROR"}},
		{"sub_2", `{"customerId":7}`, 400, invalid, []string{"customerId VALIDATION_ERROR"}},
		{"sub_ended", `{"status":"active","productName":"right"}`, 400, "ALREADY_ENDED", []string{"status ALREADY_ENDED"}},
		{"sub_ended", `{"endedOn":null}`, 400, invalid, []string{"endedOn VALIDATION_ERROR"}},
		{"sub_ended", `{"endedOn":"2025-12-31"}`, 400, invalid, []string{"endedOn VALIDATION_ERROR"}},
		{"sub_1", `{"status":"cancelled","endedOn":"2062-01-01"}`, 400, invalid, []string{"endedOn VALIDATION_ERROR"}},
		{"sub_1", `{"endedOn":"2026-12-31"}`, 400, invalid, []string{"endedOn VALIDATION_ERROR"}},
		{"sub_1", `{"status":null}`, 400, invalid, []string{"status VALIDATION_ERROR"}},
		{"sub_1", `{"status":"lost"}`, 400, invalid, []string{"status VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":null}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":"129"}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":129.001}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":-1}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":10000000000.01}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":1e999999999}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"monthlyAmount":1e17}`, 400, invalid, []string{"monthlyAmount VALIDATION_ERROR"}},
		{"sub_1", `{"currency":"USD"}`, 400, invalid, []string{"currency VALIDATION_ERROR"}},
		{"sub_1", `{"currency":null}`, 400, invalid, []string{"currency VALIDATION_ERROR"}},
		{"sub_1", `{"currency":1}`, 400, invalid, []string{"currency VALIDATION_ERROR"}},
		{"sub_1", `{"startDate":null}`, 400, invalid, []string{"startDate VALIDATION_ERROR"}},
		{"sub_1", `{"startDate":"3.3.2026"}`, 400, invalid, []string{"startDate VALIDATION_ERROR"}},
		{"sub_1", `{"startDate":20260303}`, 400, invalid, []string{"startDate VALIDATION_ERROR"}},
		{"sub_1", `{"contractLength":null}`, 400, invalid, []string{"contractLength VALIDATION_ERROR"}},
		{"sub_1", `{"contractLength":"24"}`, 400, invalid, []string{"contractLength VALIDATION_ERROR"}},
		{"sub_1", `{"contractLength":121}`, 400, invalid, []string{"contractLength VALIDATION_ERROR"}},
		{"sub_1", `{"productName":{},"sku":"` + strings.Repeat("x", 101) + `","endedOn":"x"}`, 400, invalid, []string{
			"productName VALIDATION_ERROR", "endedOn VALIDATION_ERROR", "sku VALIDATION_ERROR"}},
		{"sub_neu", `{}`, 400, invalid, []string{"customerId VALIDATION_ERROR", "monthlyAmount VALIDATION_ERROR", "startDate VALIDATION_ERROR", "contractLength VALIDATION_ERROR"}},
		{"sub_neu", `{"customerId":"cus_x","monthlyAmount":"1","startDate":"2026-01-01","contractLength":0}`, 400, invalid, []string{
			"monthlyAmount VALIDATION_ERROR", "customerId CUSTOMER_NOT_FOUND", "contractLength VALIDATION_ERROR"}},
		{"sub_neu", strings.Replace(newRental, "{", `{"nextBillingDate":"2036-11-26",`, 1), 400, invalid, []string{"nextBillingDate VALIDATION_ERROR"}},
		{"%20", newRental, 400, invalid, []string{"rentalId VALIDATION_ERROR"}},
		{"sub_neu", `null`, 400, invalid, nil},
	} {
		t.Run(test.id+test.body, func(t *testing.T) {
			r := w.call("PUT", rentals+"/"+test.id, test.body)
			r.t = t
			r.refused(test.status, test.code, test.details...)
		})
	}
	for i, id := range []string{"sub_1", "sub_ended"} {
		if after := w.call("GET", rentals+"/"+id, ""); string(after.body) != before[i] {
			t.Errorf("%s\nbecame %s", before[i], after.body)
		}
	}
	w.call("GET", rentals+"/sub_neu", "").refused(http.StatusNotFound, "NOT_FOUND")
	w.call("PUT", rentals+"/sub_1", `{}`, "Authorization: Bearer "+w.readKey).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
	// Another business unit's subscription is not changed: its id is free here.
	w.put(rentals+"/sub_fremd", newRental, http.StatusCreated)
	theirs := w.call("GET", rentals+"/sub_fremd", "", "Authorization: Bearer "+w.otherKey, "Tenant-ID: "+w.other.ID)
	wantFields(t, theirs.object(), map[string]string{"customerId": "cus_fremd", "monthlyAmount": "10"})
}

func TestEndRental(t *testing.T) {
	w := newWorld(t)
	made := w.create(group("cus_holz", "28", `"sub_1","sub_3"`))["billingGroupId"].(string)
	key := "Idempotency-Key: k1"
	first := w.call("POST", rentals+"/sub_3/end", `{"status":"ended_early_return","endedOn":"2026-12-10"}`, key)
	wantFields(t, first.object(), map[string]string{"status": "ended_early_return", "endedOn": "2026-12-10", "endDate": "2026-12-10", "nextBillingDate": "2026-11-28", "billingGroupId": made})
	if first.status != http.StatusOK || first.header.Get("Idempotency-Replayed") != "" || len(first.header.Values("Location"))+len(first.header.Values("ETag")) > 0 {
		t.Errorf("%d %v", first.status, first.header)
	}
	if again := w.call("POST", rentals+"/sub_3/end", `{"status":"ended_early_return","endedOn":"2026-12-10"}`, key); string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again %d %s", again.status, again.body)
	}
	w.call("POST", rentals+"/sub_3/end", `{"status":"cancelled"}`, key).refused(http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	if diff := cmp.Diff(first.object(), w.call("GET", rentals+"/sub_3", "").object()); diff != "" {
		t.Errorf("answered, read\n%s", diff)
	}
	group := w.call("GET", groups+"/"+made, "").object()["billingGroup"].(map[string]any)
	wantFields(t, group, map[string]string{"activeRentalCount": "1", "totalMonthlyAmount": "129", "rentalIds": "[sub_1 sub_3]"})
	today := w.call("POST", rentals+"/sub_2/end", `{"status":"cancelled","endedOn":null}`)
	wantFields(t, today.object(), map[string]string{"endedOn": "2026-11-22", "nextBillingDate": "2026-11-22"})
}

func TestEndRentalRefusals(t *testing.T) {
	w := newWorld(t)
	const invalid = "VALIDATION_ERROR"
	w.exec(`UPDATE subscriptions SET start = '2024-01-10', contract_end = '2026-01-10' WHERE id = 'sub_a'`)
	for _, test := range []struct {
		id, body string
		status   int
		code     billing.Code
		details  []string
	}{
		{"sub_ended", `{"status":"cancelled"}`, 400, "ALREADY_ENDED", nil},
		{"sub_a", `{"status":"cancelled"}`, 400, "ALREADY_ENDED", nil},
		{"sub_1", `{}`, 400, invalid, []string{"status VALIDATION_ERROR"}},
		{"sub_1", `{"status":"active"}`, 400, invalid, []string{"status VALIDATION_ERROR"}},
		{"sub_1", `{"status":"cancelled","endedOn":"2062-01-01"}`, 400, invalid, []string{"endedOn VALIDATION_ERROR"}},
		{"sub_1", `{"status":null,"endedOn":"2026-03-02"}`, 400, invalid, []string{"status VALIDATION_ERROR", "endedOn VALIDATION_ERROR"}},
		{"sub_1", `{"status":7,"endedOn":"2026-03-02"}`, 400, invalid, []string{"status VALIDATION_ERROR", "endedOn VALIDATION_ERROR"}},
		{"sub_1", `{"status":"lost","endedOn":"soon"}`, 400, invalid, []string{"endedOn VALIDATION_ERROR", "status VALIDATION_ERROR"}},
		{"sub_x", `{"status":"cancelled"}`, 404, "NOT_FOUND", nil},
		{"sub_x", `{"status":7}`, 404, "NOT_FOUND", nil},
		{"sub_fremd", `{"status":"cancelled"}`, 404, "NOT_FOUND", nil},
		{"sub_1", `[]`, 400, invalid, nil},
		{"sub_1", ``, 415, "UNSUPPORTED_MEDIA_TYPE", nil},
	} {
		t.Run(test.id+test.body, func(t *testing.T) {
			r := w.call("POST", rentals+"/"+test.id+"/end", test.body)
			r.t = t
			r.refused(test.status, test.code, test.details...)
		})
	}
	w.call("POST", rentals+"/sub_1/end", `{"status":"cancelled"}`, "Idempotency-Key: ä").refused(400, invalid)
	w.call("POST", rentals+"/sub_1/end", `{"status":"cancelled"}`, "Authorization: Bearer "+w.readKey).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
	wantFields(t, w.call("GET", rentals+"/sub_1", "").object(), map[string]string{"status": "active"})
}

func TestListRentals(t *testing.T) {
	w := newWorld(t)
	made := w.create(group("cus_holz", "28", `"sub_1","sub_3"`))["billingGroupId"].(string)
	w.exec(`UPDATE subscriptions SET order_id = 'ord_1' WHERE id IN ('sub_1', 'sub_bau')`)
	w.exec(`UPDATE subscriptions SET start = '2024-01-10', contract_end = '2026-01-10' WHERE id = 'sub_person'`)
	for query, want := range map[string]string{
		"?customerId=cus_bau":               "sub_bau",
		"?customerId=cus_fremd":             "",
		"?orderId=ord_1":                    "sub_bau sub_1",
		"?orderId=ord_1&customerId=cus_bau": "sub_bau",
		"?serialNumber=sn-SUB_1":            "sub_1",
		"?serialNumber=SN-sub":              "",
		"?status=cancelled":                 "sub_ended",
		"?status=ended_completed":           "sub_person",
		"?billingGroupId=" + made:           "sub_3 sub_1",
		"?billingGroupId=bg_x":              "",
		"?limit=2":                          "sub_gone sub_person",
	} {
		if got := w.call("GET", rentals+query, "").listed("rentals", "rentalId"); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if r := w.call("GET", rentals+"?orderId=x", ""); strings.TrimSpace(string(r.body)) != `{"rentals":[],"count":0,"limit":50,"hasMore":false,"nextCursor":null}` {
		t.Errorf("none: %s", r.body)
	}
	// Every page, and what it says of each is what reading that one says.
	seen, after := 0, ""
	for {
		page := w.call("GET", rentals+"?limit=10"+after, "").object()
		list := page["rentals"].([]any)
		wantFields(t, page, map[string]string{"count": fmt.Sprint(len(list)), "limit": "10", "hasMore": fmt.Sprint(page["nextCursor"] != nil)})
		for _, item := range list {
			seen++
			if diff := cmp.Diff(item, any(w.call("GET", rentals+"/"+item.(map[string]any)["rentalId"].(string), "").object())); diff != "" {
				t.Errorf("listed, read\n%s", diff)
			}
		}
		if page["nextCursor"] == nil {
			break
		}
		after = "&startAfter=" + page["nextCursor"].(string)
	}
	if seen != 27 {
		t.Errorf("%d on all pages", seen)
	}
	for _, query := range []string{"limit=x", "startAfter=x", "startAfter=" + cursor(`["customers ",5]`), "status=lost", "customerId=", "orderId=", "serialNumber=", "billingGroupId="} {
		name, _, _ := strings.Cut(query, "=")
		w.call("GET", rentals+"?"+query, "").refused(400, "VALIDATION_ERROR", name+" VALIDATION_ERROR")
	}
}
