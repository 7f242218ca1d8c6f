package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// made creates a group of cus_holz and answers its path.
func (w *world) made(day, ids string) string {
	w.t.Helper()
	return groups + "/" + w.create(group("cus_holz", day, ids))["billingGroupId"].(string)
}

// patch changes a group, which must be granted, and answers it.
func (w *world) patch(path, body string, headers ...string) map[string]any {
	w.t.Helper()
	r := w.call("PATCH", path, body, headers...)
	if r.status != http.StatusOK {
		w.t.Fatalf("PATCH %s: %d %s", body, r.status, r.body)
	}
	return r.object()["billingGroup"].(map[string]any)
}

// ids answers a group's rentals, sorted.
func ids(group map[string]any) string {
	var list []string
	for _, id := range group["rentalIds"].([]any) {
		list = append(list, id.(string))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestUpdateGroup(t *testing.T) {
	w := newWorld(t)
	path := w.made("25", `"sub_1","sub_2"`)
	before := w.call("GET", path, "").object()["billingGroup"].(map[string]any)

	after := w.patch(path, `{"groupName":" Neu ","notes":"n","reference":"PO 9","status":"inactive","rentalIds":["sub_2","sub_3","sub_3"],"billingDay":10.0,
		"customerId":"cus_holz","moveRentals":null,"unknown":1}`)
	want := map[string]string{"groupName": "Neu", "notes": "n", "reference": "PO 9", "status": "inactive", "billingDay": "10", "billingDayFrom": "2026-12",
		"totalMonthlyAmount": "248", "activeRentalCount": "2", "customerId": "cus_holz", "createdBy": before["createdBy"].(string), "createdAt": before["createdAt"].(string)}
	for field, value := range want {
		if got := fmt.Sprint(after[field]); got != value {
			t.Errorf("%s is %s, want %s", field, got, value)
		}
	}
	if got := ids(after); got != "sub_2 sub_3" {
		t.Errorf("rentals %s", got)
	}
	read := w.call("GET", path, "").object()["billingGroup"].(map[string]any)
	if diff := cmp.Diff(after, read); diff != "" {
		t.Errorf("answered, read\n%s", diff)
	}

	// Null and "" clear a text, [] empties the group, and what is left out stays.
	cleared := w.patch(path, `{"notes":null,"reference":"","rentalIds":[]}`)
	if cleared["notes"] != nil || cleared["reference"] != nil || ids(cleared) != "" || cleared["groupName"] != "Neu" || fmt.Sprint(cleared["totalMonthlyAmount"]) != "0" {
		t.Errorf("%v", cleared)
	}
}

// No body, {}, and what it is already change nothing, not even the time of change.
func TestUpdateNothing(t *testing.T) {
	w := newWorld(t)
	path := w.made("25", `"sub_1","sub_2"`)
	before := w.call("GET", path, "")
	for _, body := range []string{``, `{}`, ` { } `, `{"billingDay":25,"rentalIds":["sub_2","sub_1"],"groupName":"Name ","status":"active","notes":null}`, `{"moveRentals":true}`} {
		if diff := cmp.Diff(before.object()["billingGroup"], any(w.patch(path, body))); diff != "" {
			t.Errorf("%s\n%s", body, diff)
		}
	}
	if after := w.call("GET", path, ""); after.header.Get("ETag") != before.header.Get("ETag") {
		t.Errorf("ETag %s became %s", before.header.Get("ETag"), after.header.Get("ETag"))
	}
	// A body that is not JSON is refused all the same.
	w.call("PATCH", path, `{}`, "Content-Type: text/plain").refused(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	w.call("PATCH", path, ` `).refused(http.StatusBadRequest, billing.CodeValidation)
	w.call("PATCH", path, `[]`).refused(http.StatusBadRequest, billing.CodeValidation)
	w.call("PATCH", path, strings.Repeat(" ", maxBody+1)).refused(http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
}

// Each rule of a change has its code, its field and its status; nothing is stored
// after a refusal, not even the part that is right.
func TestUpdateRefusals(t *testing.T) {
	w := newWorld(t)
	path := w.made("25", `"sub_1","sub_2"`)
	w.made("5", `"sub_t"`)
	before := w.call("GET", path, "")
	for _, test := range []struct {
		body    string
		status  int
		code    billing.Code
		details []string
	}{
		{`{"customerId":"cus_bau"}`, 400, "VALIDATION_ERROR", []string{"customerId VALIDATION_ERROR"}},
		{`{"customerId":"cus_fremd"}`, 400, "VALIDATION_ERROR", []string{"customerId VALIDATION_ERROR"}},
		{`{"customerId":null}`, 400, "VALIDATION_ERROR", []string{"customerId VALIDATION_ERROR"}},
		{`{"groupName":" "}`, 400, "VALIDATION_ERROR", []string{"groupName VALIDATION_ERROR"}},
		{`{"groupName":null}`, 400, "VALIDATION_ERROR", []string{"groupName VALIDATION_ERROR"}},
		{`{"status":"paused"}`, 400, "VALIDATION_ERROR", []string{"status VALIDATION_ERROR"}},
		{`{"status":null}`, 400, "VALIDATION_ERROR", []string{"status VALIDATION_ERROR"}},
		{`{"status":7}`, 400, "VALIDATION_ERROR", []string{"status VALIDATION_ERROR"}},
		{`{"rentalIds":null}`, 400, "VALIDATION_ERROR", []string{"rentalIds VALIDATION_ERROR"}},
		{`{"rentalIds":"sub_1"}`, 400, "VALIDATION_ERROR", []string{"rentalIds VALIDATION_ERROR"}},
		{`{"moveRentals":"yes"}`, 400, "VALIDATION_ERROR", []string{"moveRentals VALIDATION_ERROR"}},
		{`{"billingDay":null}`, 400, "INVALID_BILLING_DAY", []string{"billingDay INVALID_BILLING_DAY"}},
		{`{"billingDay":"15"}`, 400, "INVALID_BILLING_DAY", []string{"billingDay INVALID_BILLING_DAY"}},
		{`{"billingDay":29,"groupName":"right"}`, 400, "INVALID_BILLING_DAY", []string{"billingDay INVALID_BILLING_DAY"}},
		{`{"rentalIds":["sub_1","sub_x"],"notes":"right"}`, 400, "SUBSCRIPTION_NOT_FOUND", []string{"rentalIds[1] SUBSCRIPTION_NOT_FOUND"}},
		{`{"rentalIds":["sub_fremd"]}`, 400, "SUBSCRIPTION_NOT_FOUND", []string{"rentalIds[0] SUBSCRIPTION_NOT_FOUND"}},
		{`{"rentalIds":["sub_bau"]}`, 400, "SUBSCRIPTION_DIFFERENT_CUSTOMER", []string{"rentalIds[0] SUBSCRIPTION_DIFFERENT_CUSTOMER"}},
		{`{"rentalIds":["sub_ended"]}`, 400, "SUBSCRIPTION_NOT_ACTIVE", []string{"rentalIds[0] SUBSCRIPTION_NOT_ACTIVE"}},
		{`{"rentalIds":["sub_1","sub_t"],"moveRentals":false}`, 409, "SUBSCRIPTION_ALREADY_GROUPED", []string{"rentalIds[1] SUBSCRIPTION_ALREADY_GROUPED"}},
		{`{"customerId":"x","groupName":5,"billingDay":0,"status":"x","notes":{},"rentalIds":["sub_x",4,"sub_t"]}`, 400, "VALIDATION_ERROR", []string{
			"groupName VALIDATION_ERROR", "notes VALIDATION_ERROR", "rentalIds[1] VALIDATION_ERROR", "customerId VALIDATION_ERROR",
			"billingDay INVALID_BILLING_DAY", "status VALIDATION_ERROR", "rentalIds[0] SUBSCRIPTION_NOT_FOUND", "rentalIds[2] SUBSCRIPTION_ALREADY_GROUPED"}},
	} {
		t.Run(test.body, func(t *testing.T) {
			r := w.call("PATCH", path, test.body)
			r.t = t
			r.refused(test.status, test.code, test.details...)
		})
	}
	if after := w.call("GET", path, ""); string(after.body) != string(before.body) {
		t.Errorf("%s\nbecame %s", before.body, after.body)
	}
	// What a group that is not there is sent does not matter.
	for _, body := range []string{``, `{"groupName":"x"}`, `{"groupName":5}`} {
		w.call("PATCH", groups+"/bg_x", body).refused(http.StatusNotFound, "NOT_FOUND")
	}
}

func TestMoveRentals(t *testing.T) {
	w := newWorld(t)
	from, to := w.made("1", `"sub_1","sub_2","sub_3"`), w.made("10", `"sub_a"`)
	moved := w.patch(to, `{"rentalIds":["sub_a","sub_1","sub_3"],"moveRentals":true}`)
	left := w.call("GET", from, "").object()["billingGroup"].(map[string]any)
	if ids(moved) != "sub_1 sub_3 sub_a" || fmt.Sprint(moved["totalMonthlyAmount"]) != "298" || ids(left) != "sub_2" || fmt.Sprint(left["totalMonthlyAmount"]) != "89" {
		t.Errorf("moved %v\nleft %v", moved, left)
	}
	// Another customer's stay where they are.
	bau := groups + "/" + w.create(group("cus_bau", "1", `"sub_bau"`))["billingGroupId"].(string)
	w.call("PATCH", to, `{"rentalIds":["sub_bau"],"moveRentals":true}`).refused(400, "SUBSCRIPTION_DIFFERENT_CUSTOMER", "rentalIds[0] SUBSCRIPTION_DIFFERENT_CUSTOMER")
	if r := w.call("GET", bau, ""); ids(r.object()["billingGroup"].(map[string]any)) != "sub_bau" {
		t.Errorf("%s", r.body)
	}
}

// The day from which a new billing day holds is told until it does.
func TestBillingDayFrom(t *testing.T) {
	w := newWorld(t)
	path := w.made("25", `"sub_1"`)
	for _, step := range []struct{ day, from string }{{"28", ""}, {"10", "2026-12"}, {"28", ""}, {"1", "2026-12"}, {"2", "2026-12"}} {
		got := w.patch(path, `{"billingDay":`+step.day+`}`)
		from, _ := got["billingDayFrom"].(string)
		if fmt.Sprint(got["billingDay"]) != step.day || from != step.from {
			t.Errorf("day %v from %q, want %s from %q", got["billingDay"], from, step.day, step.from)
		}
	}
	listed := w.call("GET", groups, "").object()["billingGroups"].([]any)[0].(map[string]any)
	if listed["billingDayFrom"] != "2026-12" {
		t.Errorf("listed %v", listed)
	}
	// A month later it holds.
	w.exec(`UPDATE group_days SET from_period = '2026-10' WHERE from_period = '2026-11'`)
	w.exec(`UPDATE group_days SET from_period = '2026-11' WHERE from_period = '2026-12'`)
	if got := w.call("GET", path, "").object()["billingGroup"].(map[string]any); got["billingDayFrom"] != nil || fmt.Sprint(got["billingDay"]) != "2" {
		t.Errorf("a month later %v", got)
	}
}

func TestDeleteGroup(t *testing.T) {
	w := newWorld(t)
	path := w.made("1", `"sub_1","sub_2"`)
	as := []string{"Authorization: Bearer " + w.otherKey, "Tenant-ID: " + w.other.ID}
	w.call("DELETE", path, "", as...).refused(http.StatusNotFound, "NOT_FOUND")
	w.call("PATCH", path, "", as...).refused(http.StatusNotFound, "NOT_FOUND")
	w.call("GET", path+"/upcoming", "", as...).refused(http.StatusNotFound, "NOT_FOUND")
	reader := "Authorization: Bearer " + w.readKey
	w.call("DELETE", path, "", reader).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
	w.call("PATCH", path, `{"groupName":"x"}`, reader).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")

	r := w.call("DELETE", path, "")
	if answer := r.object(); r.status != http.StatusOK || answer["success"] != true || answer["message"] == "" {
		t.Errorf("%d %s", r.status, r.body)
	}
	for _, method := range []string{"DELETE", "GET", "PATCH"} {
		w.call(method, path, "").refused(http.StatusNotFound, "NOT_FOUND")
	}
	w.call("GET", path+"/upcoming", "").refused(http.StatusNotFound, "NOT_FOUND")
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
	w.made("5", `"sub_2","sub_1"`) // they are free again
}

// Eight callers have read the same version and change it: in each round one wins and
// the others hear that the group has changed.
func TestOneOfManyChangesAGroup(t *testing.T) {
	w := newWorld(t)
	path := w.made("1", `"sub_a"`)
	for round := range 10 {
		tag := w.call("GET", path, "").header.Get("ETag")
		replies := make([]reply, 8)
		start := make(chan struct{})
		var wg sync.WaitGroup
		for i := range replies {
			wg.Go(func() {
				<-start
				replies[i] = w.call("PATCH", path, fmt.Sprintf(`{"groupName":"Round %d of %d","rentalIds":["sub_%c"]}`, round, i, 'a'+i), "If-Match: "+tag)
			})
		}
		close(start)
		wg.Wait()
		var won []map[string]any
		for _, r := range replies {
			if r.status == http.StatusOK {
				won = append(won, r.object()["billingGroup"].(map[string]any))
				continue
			}
			r.refused(http.StatusPreconditionFailed, "STALE_GROUP")
		}
		now := w.call("GET", path, "").object()["billingGroup"].(map[string]any)
		if len(won) != 1 || cmp.Diff(won[0], now) != "" {
			t.Errorf("round %d: %d won; the group is %v", round, len(won), now)
		}
	}
	entries, err := w.store.Activity(t.Context(), w.mietwerk, "group", strings.TrimPrefix(path, groups+"/"), 100)
	must(t, err)
	if len(entries) != 11 {
		t.Errorf("%d entries, want one for the creation and each round", len(entries))
	}
}
