package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"billfold/billing"
	"billfold/db"
)

const groups = "/v1/billing-groups"

func TestCreateGroup(t *testing.T) {
	w := newWorld(t)
	r := w.call("POST", groups, `{"customerId":"cus_holz","groupName":"  Büro Süd ","billingDay":1,"rentalIds":["sub_3","sub_1","sub_2","sub_1"],
		"notes":"Frau Albers", "reference":"PO 7", "unknown":[{}], "Notes":"names are taken to the letter"}`)
	if r.status != http.StatusCreated {
		t.Fatalf("%d %s", r.status, r.body)
	}
	answer := r.object()
	group := answer["billingGroup"].(map[string]any)
	id := group["billingGroupId"].(string)
	if got := r.header.Get("Location"); got != groups+"/"+id {
		t.Errorf("Location %q", got)
	}
	ids := group["rentalIds"].([]any)
	if len(ids) != 3 || !slices.Contains(ids, any("sub_1")) || !slices.Contains(ids, any("sub_2")) || !slices.Contains(ids, any("sub_3")) {
		t.Errorf("rentalIds %v", ids)
	}
	access, err := w.store.Access(t.Context(), w.key)
	must(t, err)
	want := map[string]string{
		"tenantId": w.mietwerk.ID, "customerId": "cus_holz", "groupName": "Büro Süd", "billingDay": "1", "totalMonthlyAmount": "377",
		"activeRentalCount": "3", "currency": "EUR", "status": "active", "createdBy": access.Actor.ID, "notes": "Frau Albers", "reference": "PO 7",
	}
	for field, value := range want {
		if got := fmt.Sprint(group[field]); got != value {
			t.Errorf("%s is %s, want %s", field, got, value)
		}
	}
	// The same group is read back and listed.
	read := w.call("GET", groups+"/"+id, "")
	if got, want := fmt.Sprint(read.object()["billingGroup"]), fmt.Sprint(group); read.status != http.StatusOK || got != want {
		t.Errorf("read  %s\nmade %s", got, want)
	}
	list := w.call("GET", groups, "")
	if got, want := fmt.Sprint(list.object()["billingGroups"]), fmt.Sprint([]any{group}); list.status != http.StatusOK || got != want {
		t.Errorf("listed %s\nmade  %s", got, want)
	}
	entries, err := w.store.Activity(t.Context(), w.mietwerk, "group", id, 10)
	must(t, err)
	if len(entries) != 1 || entries[0].Actor.Kind != db.ActorKey || entries[0].Actor.ID != access.Actor.ID {
		t.Errorf("activity %+v", entries)
	}
}

// Amounts come as the shortest exact number, and what is empty is left out.
func TestAmountsAreExact(t *testing.T) {
	w := newWorld(t)
	w.subscription(w.mietwerk, "cus_bau", "sub_129.5", 129_50, "2026-02-01", "")
	w.subscription(w.mietwerk, "cus_bau", "sub_large", billing.MaxAmount-1, "2026-02-01", "")
	for ids, amount := range map[string]string{`"sub_bau"`: "33.33", `"sub_129.5"`: "129.5", `"sub_large"`: "9999999999.99"} {
		r := w.call("POST", groups, `{"customerId":"cus_bau","groupName":"`+amount+`","billingDay":28,"rentalIds":[`+ids+`]}`)
		if !strings.Contains(string(r.body), `"totalMonthlyAmount":`+amount+`,`) {
			t.Errorf("want %s in %s", amount, r.body)
		}
		for _, absent := range []string{"notes", "reference"} {
			if _, there := r.object()["billingGroup"].(map[string]any)[absent]; there {
				t.Errorf("%s in %s", absent, r.body)
			}
		}
	}
}

// Each rule of a new group has its code, its field and its status, here and in the
// preview, and nothing is stored after a refusal.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	taken := w.create(`{"customerId":"cus_holz","groupName":"Lager","billingDay":5,"rentalIds":["sub_t"]}`)
	long := strings.Repeat("ä", 2001)
	tests := []struct {
		name, body string
		status     int
		code       billing.Code
		details    []string
	}{
		{"unknown customer", group("cus_unknown", "1", `"sub_1"`), 400, "CUSTOMER_NOT_FOUND", []string{"customerId CUSTOMER_NOT_FOUND"}},
		{"another tenant's customer", group("cus_fremd", "1", `"sub_1"`), 400, "CUSTOMER_NOT_FOUND", []string{"customerId CUSTOMER_NOT_FOUND"}},
		{"a person", group("cus_person", "1", `"sub_person"`), 400, "CUSTOMER_NOT_BUSINESS", []string{"customerId CUSTOMER_NOT_BUSINESS"}},
		{"inactive customer", group("cus_gone", "1", `"sub_gone"`), 400, "CUSTOMER_INACTIVE", []string{"customerId CUSTOMER_INACTIVE"}},
		{"no customer", `{"groupName":"n","billingDay":1,"rentalIds":["sub_1"]}`, 400, "VALIDATION_ERROR", []string{"customerId VALIDATION_ERROR"}},
		{"unknown subscription", group("cus_holz", "1", `"sub_1","sub_unknown"`), 400, "SUBSCRIPTION_NOT_FOUND", []string{"rentalIds[1] SUBSCRIPTION_NOT_FOUND"}},
		{"another tenant's", group("cus_holz", "1", `"sub_fremd"`), 400, "SUBSCRIPTION_NOT_FOUND", []string{"rentalIds[0] SUBSCRIPTION_NOT_FOUND"}},
		{"another customer's", group("cus_holz", "1", `"sub_1","sub_2","sub_bau"`), 400, "SUBSCRIPTION_DIFFERENT_CUSTOMER", []string{"rentalIds[2] SUBSCRIPTION_DIFFERENT_CUSTOMER"}},
		{"ended", group("cus_holz", "1", `"sub_ended"`), 400, "SUBSCRIPTION_NOT_ACTIVE", []string{"rentalIds[0] SUBSCRIPTION_NOT_ACTIVE"}},
		{"grouped", group("cus_holz", "1", `"sub_1","sub_t"`), 409, "SUBSCRIPTION_ALREADY_GROUPED", []string{"rentalIds[1] SUBSCRIPTION_ALREADY_GROUPED"}},
		{"no subscription", group("cus_holz", "1", ``), 400, "VALIDATION_ERROR", []string{"rentalIds VALIDATION_ERROR"}},
		{"blank name", strings.Replace(group("cus_holz", "1", `"sub_1"`), "Name", " \\t ", 1), 400, "VALIDATION_ERROR", []string{"groupName VALIDATION_ERROR"}},
		{"long name", strings.Replace(group("cus_holz", "1", `"sub_1"`), "Name", long[:2*121], 1), 400, "VALIDATION_ERROR", []string{"groupName VALIDATION_ERROR"}},
		{"long notes", strings.Replace(group("cus_holz", "1", `"sub_1"`), "{", `{"notes":"`+long+`",`, 1), 400, "VALIDATION_ERROR", []string{"notes VALIDATION_ERROR"}},
		{"long reference", strings.Replace(group("cus_holz", "1", `"sub_1"`), "{", `{"reference":"`+long[:2*61]+`",`, 1), 400, "VALIDATION_ERROR", []string{"reference VALIDATION_ERROR"}},
		{"all at once", `{"customerId":"cus_holz","groupName":" ","billingDay":29,"rentalIds":["sub_x","sub_bau","sub_ended","sub_t"]}`, 400, "VALIDATION_ERROR", []string{
			"groupName VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY", "rentalIds[0] SUBSCRIPTION_NOT_FOUND",
			"rentalIds[1] SUBSCRIPTION_DIFFERENT_CUSTOMER", "rentalIds[2] SUBSCRIPTION_NOT_ACTIVE", "rentalIds[3] SUBSCRIPTION_ALREADY_GROUPED"}},
		{"empty object", `{}`, 400, "VALIDATION_ERROR", []string{
			"customerId VALIDATION_ERROR", "groupName VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY", "rentalIds VALIDATION_ERROR"}},
	}
	for _, day := range []string{"0", "29", "-1", `"15"`, "1.5", "null", "true", "[1]", "1e400", "99999999999999999999", "1e-1"} {
		body := group("cus_holz", day, `"sub_1"`)
		tests = append(tests, struct {
			name, body string
			status     int
			code       billing.Code
			details    []string
		}{"day " + day, body, 400, "INVALID_BILLING_DAY", []string{"billingDay INVALID_BILLING_DAY"}})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{groups, groups + "/preview"} {
				r := w.call("POST", path, test.body)
				r.t = t
				r.refused(test.status, test.code, test.details...)
			}
		})
	}
	if n := w.groups(); n != 1 {
		t.Errorf("%d groups", n)
	}
	subscriptions, _, err := w.store.CustomerSubscriptions(t.Context(), w.mietwerk, "cus_holz")
	must(t, err)
	for _, s := range subscriptions {
		if s.GroupID != "" && s.ID != "sub_t" {
			t.Errorf("%s is in %s", s.ID, s.GroupID)
		}
	}
	if r := w.call("GET", groups+"/"+taken["billingGroupId"].(string), ""); r.status != http.StatusOK {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// group writes a body; ids are JSON strings with commas between.
func group(customer, day, ids string) string {
	return fmt.Sprintf(`{"customerId":%q,"groupName":"Name","billingDay":%s,"rentalIds":[%s]}`, customer, day, ids)
}

// A number without a fraction is a whole number, however it is written.
func TestWholeBillingDays(t *testing.T) {
	w := newWorld(t)
	for i, day := range []string{"15", "15.0", "1.5e1", "150E-1"} {
		made := w.create(group("cus_holz", day, fmt.Sprintf(`"sub_%c"`, 'a'+i)))
		if got := fmt.Sprint(made["billingDay"]); got != "15" {
			t.Errorf("%s became %s", day, got)
		}
	}
}

// Another tenant's ids get the very answers that unknown ones get.
func TestAnotherTenantsThingsAreUnknown(t *testing.T) {
	w := newWorld(t)
	made := w.create(group("cus_holz", "1", `"sub_1"`))["billingGroupId"].(string)
	same := func(name string, a, b reply, id, unknown string) {
		t.Helper()
		if got, want := strings.ReplaceAll(string(a.body), id, unknown), string(b.body); a.status != b.status || got != want {
			t.Errorf("%s: %d %s\nunknown: %d %s", name, a.status, got, b.status, want)
		}
	}
	as := []string{"Authorization: Bearer " + w.otherKey, "Tenant-ID: " + w.other.ID}
	same("customer", w.call("POST", groups, group("cus_holz", "1", `"sub_fremd"`), as...), w.call("POST", groups, group("cus_x", "1", `"sub_fremd"`), as...), "cus_holz", "cus_x")
	same("subscription", w.call("POST", groups, group("cus_fremd", "1", `"sub_1"`), as...), w.call("POST", groups, group("cus_fremd", "1", `"sub_x"`), as...), "sub_1", "sub_x")
	same("group", w.call("GET", groups+"/"+made, "", as...), w.call("GET", groups+"/bg_x", "", as...), made, "bg_x")
	same("filter", w.call("GET", groups+"?customerId=cus_holz", "", as...), w.call("GET", groups+"?customerId=cus_x", "", as...), "cus_holz", "cus_x")
	if r := w.call("GET", groups, "", as...); fmt.Sprint(r.object()["billingGroups"]) != "[]" {
		t.Errorf("listed %s", r.body)
	}
	w.call("GET", groups+"/bg_x", "").refused(http.StatusNotFound, "NOT_FOUND")
}

// Twenty callers want the same subscription: one gets it, the others hear who has it.
func TestOneOfManyGetsASubscription(t *testing.T) {
	w := newWorld(t)
	const callers = 20
	replies := make([]reply, callers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			<-start
			replies[i] = w.call("POST", groups, fmt.Sprintf(`{"customerId":"cus_holz","groupName":"Caller %d","billingDay":1,"rentalIds":["sub_%c","sub_1"]}`, i, 'a'+i))
		})
	}
	close(start)
	wg.Wait()
	winner := ""
	for _, r := range replies {
		if r.status == http.StatusCreated {
			winner += r.object()["billingGroup"].(map[string]any)["groupName"].(string)
		}
	}
	for _, r := range replies {
		if r.status == http.StatusCreated {
			continue
		}
		r.refused(http.StatusConflict, "SUBSCRIPTION_ALREADY_GROUPED", "rentalIds[1] SUBSCRIPTION_ALREADY_GROUPED")
		if message := r.refusal().Message; !strings.Contains(message, "“"+winner+"”") {
			t.Errorf("%q does not name %q", message, winner)
		}
	}
	if n := w.groups(); n != 1 {
		t.Errorf("%d groups", n)
	}
	subscriptions, _, err := w.store.CustomerSubscriptions(t.Context(), w.mietwerk, "cus_holz")
	must(t, err)
	grouped := slices.DeleteFunc(subscriptions, func(s billing.Subscription) bool { return s.GroupID == "" })
	if len(grouped) != 2 {
		t.Errorf("%d subscriptions are grouped", len(grouped))
	}
}
