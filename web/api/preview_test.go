package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines writes payments one a line: issue date, due date, type, period, total and
// what is on it.
func lines(payments any) []string {
	var list []string
	for _, p := range payments.([]any) {
		p := p.(map[string]any)
		line := fmt.Sprint(p["issueDate"], " ", p["dueDate"], " ", p["paymentType"], " ", p["billingPeriod"], " ", p["total"])
		for _, item := range p["lineItems"].([]any) {
			item := item.(map[string]any)
			line += fmt.Sprint(" ", item["rentalId"], "/", item["serviceFrom"], "/", item["serviceTo"])
		}
		list = append(list, line)
	}
	return list
}

func TestPreview(t *testing.T) {
	w := newWorld(t)
	body := `{"customerId":"cus_holz","groupName":" Büro ","billingDay":1,"rentalIds":["sub_1","sub_2","sub_3","sub_1"],"months":1}`
	r := w.call("POST", groups+"/preview", body)
	if r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	answer := r.object()
	// The instalment of the 25th stays alone in November; the 3rd and the 20th have
	// passed unbilled, and are billed today.
	want := []string{
		"2026-11-22 2026-12-06 individual 2026-11 153.51 sub_1/2026-11-03/2026-12-02",
		"2026-11-22 2026-12-06 individual 2026-11 105.91 sub_2/2026-11-20/2026-12-19",
		"2026-11-25 2026-12-09 individual 2026-11 189.21 sub_3/2026-11-25/2026-12-24",
		"2026-12-01 2026-12-15 consolidated 2026-12 448.63 sub_1/2026-12-03/2027-01-02 sub_2/2026-12-20/2027-01-19 sub_3/2026-12-25/2027-01-24",
	}
	if diff := cmp.Diff(want, lines(answer["invoices"])); diff != "" {
		t.Errorf("invoices\n%s", diff)
	}
	before := append(want[:3:3],
		"2026-12-03 2026-12-17 individual 2026-12 153.51 sub_1/2026-12-03/2027-01-02",
		"2026-12-20 2027-01-03 individual 2026-12 105.91 sub_2/2026-12-20/2027-01-19")
	if diff := cmp.Diff(before, lines(answer["before"])); diff != "" {
		t.Errorf("before\n%s", diff)
	}
	if n := w.groups(); n != 0 {
		t.Errorf("the preview made %d groups", n)
	}
	// The group is the one that is then made, but for its id and time stamps.
	previewed := answer["billingGroup"].(map[string]any)
	made := w.create(body)
	for _, later := range []string{"billingGroupId", "createdAt", "updatedAt"} {
		if _, there := previewed[later]; there {
			t.Errorf("the preview has %s", later)
		}
		delete(made, later)
	}
	if diff := cmp.Diff(made, previewed); diff != "" {
		t.Errorf("made, previewed\n%s", diff)
	}
}

// The sums of a payment are exact: VAT is rounded once and shared out to the cent.
func TestPreviewAmounts(t *testing.T) {
	w := newWorld(t)
	for i := 1; i <= 3; i++ {
		w.subscription(w.mietwerk, "cus_bau", fmt.Sprintf("sub_33_%d", i), 33_33, "2026-02-01", "")
	}
	r := w.call("POST", groups+"/preview", `{"customerId":"cus_bau","groupName":"n","billingDay":28,"rentalIds":["sub_33_1","sub_33_2","sub_33_3"],"months":1}`)
	got, err := json.Marshal(r.object()["invoices"].([]any)[0]) // sorts the fields
	must(t, err)
	line := func(i int, tax string) string {
		return fmt.Sprintf(`{"amount":33.33,"description":"Tablet (SN-sub_33_%d)","rentalId":"sub_33_%d","serviceFrom":"2026-11-01","serviceTo":"2026-11-30","taxAmount":%s}`, i, i, tax)
	}
	want := `{"amount":118.99,"billingPeriod":"2026-11","currency":"EUR","customerId":"cus_bau","dueDate":"2026-12-12","issueDate":"2026-11-28","lineItems":[` +
		line(1, "6.34") + "," + line(2, "6.33") + "," + line(3, "6.33") + `],"paymentType":"consolidated","subtotal":99.99,"taxAmount":19,"taxRate":19,"tenantId":"` +
		w.mietwerk.ID + `","total":118.99}`
	if diff := cmp.Diff(strings.Split(want, ","), strings.Split(string(got), ",")); diff != "" {
		t.Error(diff)
	}

	// Without VAT, and of a payment for one rental.
	r = w.call("POST", groups+"/preview", `{"customerId":"cus_fremd","groupName":"n","billingDay":1,"rentalIds":["sub_fremd"],"months":1}`,
		"Authorization: Bearer "+w.otherKey, "Tenant-ID: "+w.other.ID)
	one := r.object()["before"].([]any)[0].(map[string]any)
	for field, value := range map[string]string{"taxRate": "0", "taxAmount": "0", "subtotal": "10", "rentalId": "sub_fremd", "idempotencyKey": "2026-11:sub_fremd", "paymentType": "individual"} {
		if got := fmt.Sprint(one[field]); got != value {
			t.Errorf("%s is %s, want %s", field, got, value)
		}
	}
}

func TestPreviewMonths(t *testing.T) {
	w := newWorld(t)
	body := func(months string) string {
		return strings.Replace(group("cus_holz", "22", `"sub_1"`), "{", "{"+months, 1)
	}
	for months, want := range map[string]int{"": 3, `"months":null,`: 3, `"months":1,`: 1, `"months":4.0,`: 4, `"months":24,`: 16} { // sixteen instalments are left
		r := w.call("POST", groups+"/preview", body(months))
		if got := len(r.object()["invoices"].([]any)); r.status != http.StatusOK || got != want {
			t.Errorf("%s %d with %d invoices, want %d", months, r.status, got, want)
		}
	}
	for _, months := range []string{"0", "25", "-1", "1.5", `"3"`, "[]", "false"} {
		w.call("POST", groups+"/preview", body(`"months":`+months+`,`)).refused(http.StatusBadRequest, "VALIDATION_ERROR", "months VALIDATION_ERROR")
	}
	w.call("POST", groups+"/preview", `{"months":0,"customerId":"cus_holz","groupName":"n","billingDay":0,"rentalIds":["sub_bau"]}`).refused(
		http.StatusBadRequest, "VALIDATION_ERROR", "months VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY", "rentalIds[0] SUBSCRIPTION_DIFFERENT_CUSTOMER")
}
