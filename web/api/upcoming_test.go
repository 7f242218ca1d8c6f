package api

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUpcoming(t *testing.T) {
	w := newWorld(t)
	path := w.made("1", `"sub_1","sub_2","sub_3"`)
	id := path[len(groups)+1:]
	r := w.call("GET", path+"/upcoming?months=2", "", "Authorization: Bearer "+w.readKey)
	if r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	want := []string{
		"2026-11-22 2026-12-06 individual 2026-11 153.51 sub_1/2026-11-03/2026-12-02",
		"2026-11-22 2026-12-06 individual 2026-11 105.91 sub_2/2026-11-20/2026-12-19",
		"2026-11-25 2026-12-09 individual 2026-11 189.21 sub_3/2026-11-25/2026-12-24",
		"2026-12-01 2026-12-15 consolidated 2026-12 448.63 sub_1/2026-12-03/2027-01-02 sub_2/2026-12-20/2027-01-19 sub_3/2026-12-25/2027-01-24",
		"2027-01-01 2027-01-15 consolidated 2027-01 448.63 sub_1/2027-01-03/2027-02-02 sub_2/2027-01-20/2027-02-19 sub_3/2027-01-25/2027-02-24",
	}
	answer := r.object()
	if diff := cmp.Diff(want, lines(answer["invoices"])); diff != "" || answer["success"] != true {
		t.Errorf("%s", diff)
	}
	var keys []string
	for _, p := range answer["invoices"].([]any) {
		p := p.(map[string]any)
		keys = append(keys, fmt.Sprint(p["idempotencyKey"], " ", p["billingGroupId"], " ", p["rentalId"]))
	}
	if diff := cmp.Diff([]string{
		"2026-11:sub_1 <nil> sub_1", "2026-11:sub_2 <nil> sub_2", "2026-11:sub_3 <nil> sub_3",
		"2026-12:" + id + " " + id + " <nil>", "2027-01:" + id + " " + id + " <nil>",
	}, keys); diff != "" {
		t.Errorf("%s", diff)
	}

	// An inactive group's rentals are billed alone; an empty group has nothing coming.
	w.patch(path, `{"status":"inactive"}`)
	for _, p := range w.call("GET", path+"/upcoming", "").object()["invoices"].([]any) {
		if p.(map[string]any)["paymentType"] != "individual" {
			t.Errorf("%v", p)
		}
	}
	w.patch(path, `{"rentalIds":[]}`)
	if got := string(w.call("GET", path+"/upcoming", "").body); got != `{"success":true,"invoices":[]}`+"\n" {
		t.Errorf("%s", got)
	}
}

func TestUpcomingMonths(t *testing.T) {
	w := newWorld(t)
	path := w.made("22", `"sub_1"`)
	for query, want := range map[string]int{"": 3, "?months=1": 1, "?months=4": 4, "?months=24": 16} { // sixteen instalments are left
		if got := len(w.call("GET", path+"/upcoming"+query, "").object()["invoices"].([]any)); got != want {
			t.Errorf("%s: %d invoices, want %d", query, got, want)
		}
	}
	for _, months := range []string{"0", "25", "-1", "1.5", "03", "+3", "x", "", "1&months=2"} {
		w.call("GET", path+"/upcoming?months="+months, "").refused(http.StatusBadRequest, "VALIDATION_ERROR", "months VALIDATION_ERROR")
	}
	w.call("GET", groups+"/bg_x/upcoming", "").refused(http.StatusNotFound, "NOT_FOUND")
}
