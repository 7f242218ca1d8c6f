package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
)

const payments = "/v1/payments"

// billed is a world where all that is due on 22 November was issued: cus_holz has a
// group of sub_1, sub_2 and sub_3 that was billed for November, and 21 invoices alone.
func billed(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.create(group("cus_holz", "22", `"sub_1", "sub_2", "sub_3"`))
	for _, tenant := range []db.Tenant{w.mietwerk, w.other} {
		run, err := w.store.Bill(t.Context(), db.Scope{Tenant: tenant, Actor: db.Actor{Kind: db.ActorSystem, Name: "Billfold"}}, db.BillOptions{})
		must(t, err)
		if run.SetAside > 0 || run.Invoices == 0 {
			t.Fatalf("%+v", run)
		}
	}
	return w
}

// payment answers the one payment that a query lists.
func (w *world) payment(query string) map[string]any {
	w.t.Helper()
	r := w.call("GET", payments+"?"+query, "")
	list, _ := r.object()["payments"].([]any)
	if r.status != http.StatusOK || len(list) != 1 {
		w.t.Fatalf("%s: %d %s", query, r.status, r.body)
	}
	return list[0].(map[string]any)
}

// post sends a body that must be granted, and answers the payment.
func (w *world) post(path, body string, headers ...string) map[string]any {
	w.t.Helper()
	r := w.call("POST", path, body, headers...)
	if r.status != http.StatusOK || r.object()["success"] != true {
		w.t.Fatalf("%s %s: %d %s", path, body, r.status, r.body)
	}
	return r.object()["payment"].(map[string]any)
}

// holds compares fields of an object to what they should print as.
func holds(t *testing.T, got map[string]any, want map[string]string) {
	t.Helper()
	for field, value := range want {
		if text := fmt.Sprint(got[field]); text != value {
			t.Errorf("%s is %s, want %s", field, text, value)
		}
	}
}

func TestPayment(t *testing.T) {
	w := billed(t)
	alone := w.payment("rentalId=sub_bau")
	id := alone["paymentId"].(string)
	holds(t, alone, map[string]string{
		"tenantId": w.mietwerk.ID, "customerId": "cus_bau", "subtotal": "33.33", "taxAmount": "6.33", "taxRate": "19", "total": "39.66", "amount": "39.66",
		"currency": "EUR", "paymentType": "individual", "billingPeriod": "2026-11", "status": "pending", "idempotencyKey": "2026-11:sub_bau",
		"issueDate": "2026-11-22", "dueDate": "2026-12-06", "rentalId": "sub_bau", "manuallyMarked": "false", "paidAt": "<nil>", "creditedAmount": "0", "credits": "[]",
		"lineItems": "[map[amount:33.33 description:Tablet (SN-sub_bau) rentalId:sub_bau serviceFrom:2026-11-01 serviceTo:2026-11-30 taxAmount:6.33]]",
	})
	for _, left := range []string{"billingGroupId", "markedBy", "paymentReference", "paymentMethod", "notes"} {
		if value, told := alone[left]; told {
			t.Errorf("%s: %v", left, value)
		}
	}
	if !strings.HasPrefix(fmt.Sprint(alone["invoiceNumber"]), "M-2026-0000") {
		t.Errorf("number %v", alone["invoiceNumber"])
	}
	read := w.call("GET", payments+"/"+id, "").object()
	if read["success"] != true || fmt.Sprint(read["payment"]) != fmt.Sprint(alone) {
		t.Errorf("read   %v\nlisted %v", read, alone)
	}
	together := w.payment("rentalId=sub_2")
	holds(t, together, map[string]string{"paymentType": "consolidated", "total": "448.63", "subtotal": "377", "idempotencyKey": "2026-11:" + fmt.Sprint(together["billingGroupId"])})
	if lines := together["lineItems"].([]any); len(lines) != 3 {
		t.Errorf("%d lines", len(lines))
	}
	w.call("GET", payments+"/pay_none", "").refused(http.StatusNotFound, "NOT_FOUND")
	other := []string{"Authorization: Bearer " + w.otherKey, "Tenant-ID: " + w.other.ID}
	w.call("GET", payments+"/"+id, "", other...).refused(http.StatusNotFound, "NOT_FOUND")
}

func TestListPayments(t *testing.T) {
	w := billed(t)
	all := w.call("GET", payments+"?limit=100", "").object()
	list := all["payments"].([]any)
	if len(list) != 24 || fmt.Sprint(all["count"]) != "24" || all["hasMore"] != false || all["nextCursor"] != nil {
		t.Fatalf("%d payments, %v %v %v", len(list), all["count"], all["hasMore"], all["nextCursor"])
	}
	// Page by page it is the same list.
	var paged []any
	for cursor := ""; ; {
		page := w.call("GET", payments+"?limit=10"+cursor, "").object()
		paged = append(paged, page["payments"].([]any)...)
		if page["hasMore"] == false {
			break
		}
		cursor = "&startAfter=" + page["nextCursor"].(string)
	}
	if fmt.Sprint(paged) != fmt.Sprint(list) {
		t.Errorf("by pages %v\nat once  %v", paged, list)
	}
	group := fmt.Sprint(w.payment("rentalId=sub_1")["billingGroupId"])
	w.post(payments+"/"+w.payment("rentalId=sub_bau")["paymentId"].(string)+"/mark-paid", "")
	for query, want := range map[string]int{
		"status=paid": 1, "status=pending": 23, "status=failed": 0, "customerId=cus_holz&limit=100": 21, "customerId=nobody": 0, "billingGroupId=" + group: 1,
		"dueDateFrom=2026-12-06&customerId=cus_bau": 1, "dueDateFrom=2026-12-07": 0, "dueDateTo=2026-12-05&customerId=cus_bau": 0, "dueDateTo=2026-12-06T00:00:00.000Z&customerId=cus_bau": 1,
	} {
		got := w.call("GET", payments+"?"+query, "").object()
		if fmt.Sprint(got["count"]) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %d", query, got["count"], want)
		}
	}
	for query, path := range map[string]string{"status=open": "status", "limit=0": "limit", "limit=101": "limit", "startAfter=x": "startAfter", "dueDateFrom=soon": "dueDateFrom", "dueDateTo=2026-02-30": "dueDateTo", "customerId=": "customerId"} {
		w.call("GET", payments+"?"+query, "").refused(http.StatusBadRequest, "VALIDATION_ERROR", path+" VALIDATION_ERROR")
	}
}

// A page ends before it has too many lines, and goes on behind that.
func TestPaymentsWithManyLines(t *testing.T) {
	rows := func(lines ...int) (rows []db.InvoiceRow) {
		for _, n := range lines {
			rows = append(rows, db.InvoiceRow{Invoice: billing.Invoice{LineCount: n}})
		}
		return rows
	}
	for _, test := range []struct {
		lines []int
		want  int
	}{{nil, 0}, {[]int{1, 1}, 2}, {[]int{10_000, 10_000}, 2}, {[]int{10_000, 10_000, 1}, 2}, {[]int{30_000}, 1}, {[]int{30_000, 1}, 1}} {
		if got := fitting(rows(test.lines...)); got != test.want {
			t.Errorf("%v: %d, want %d", test.lines, got, test.want)
		}
	}
}

func TestParseDay(t *testing.T) {
	for zone, days := range map[string]map[string]string{
		"Europe/Berlin":       {"2026-12-04": "2026-12-04", "2026-12-04T00:00:00Z": "2026-12-04", "2026-12-04T23:30:00.000Z": "2026-12-05", "2026-12-04T23:30:00+01:00": "2026-12-04"},
		"America/Los_Angeles": {"2026-12-04": "2026-12-04", "2026-12-04T00:00:00.000Z": "2026-12-04", "2026-12-04T03:00:00Z": "2026-12-03"},
	} {
		in, err := time.LoadLocation(zone)
		must(t, err)
		for text, want := range days {
			if got, err := parseDay(text, in); err != nil || got.String() != want {
				t.Errorf("%s in %s: %s, %v; want %s", text, zone, got, err, want)
			}
		}
	}
	for _, text := range []string{"", "soon", "2026-02-30", "2026-12-04T25:00:00Z", "4.12.2026"} {
		if got, err := parseDay(text, time.UTC); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestPaymentPDFs(t *testing.T) {
	w := billed(t)
	p := w.payment("rentalId=sub_bau")
	path, number := payments+"/"+p["paymentId"].(string), p["invoiceNumber"].(string)
	w.post(path+"/credit", `{"rentalIds":["sub_bau"],"reason":"Wrong"}`)
	for file, want := range map[string]string{
		"/invoice.pdf":                  "%PDF of " + number,
		"/credits/M-CN-2026-000001.pdf": "%PDF of M-CN-2026-000001 to " + number,
	} {
		r := w.call("GET", path+file, "")
		if r.status != http.StatusOK || string(r.body) != want || r.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(r.header.Get("Content-Disposition"), `inline; filename="M-`) {
			t.Errorf("%s: %d %v %s", file, r.status, r.header, r.body)
		}
	}
	for _, file := range []string{"/credits/M-CN-2026-000002.pdf", "/credits/M-CN-2026-000001", "/credits/.pdf"} {
		w.call("GET", path+file, "").refused(http.StatusNotFound, "NOT_FOUND")
	}
	for _, file := range []string{"/invoice.pdf", "/credits/M-CN-2026-000001.pdf"} {
		w.call("GET", payments+"/pay_none"+file, "").refused(http.StatusNotFound, "NOT_FOUND")
		w.call("GET", path+file, "", "Authorization: Bearer "+w.otherKey, "Tenant-ID: "+w.other.ID).refused(http.StatusNotFound, "NOT_FOUND")
	}
	if got := fileName(`A/B "x"-2026`); got != "A_B__x_-2026" {
		t.Error(got)
	}
}
