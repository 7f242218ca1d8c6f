package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// paymentOf answers the path of the newest payment with a line for a rental.
func (w *world) paymentOf(rental string) string {
	w.t.Helper()
	return payments + "/" + w.payment("rentalId=" + rental)["paymentId"].(string)
}

func TestMarkPaid(t *testing.T) {
	w := billed(t)
	paid := w.post(w.paymentOf("sub_a")+"/mark-paid", "") // no body is {}
	holds(t, paid, map[string]string{"status": "paid", "paidAt": "2026-11-22", "manuallyMarked": "true", "markedBy": "test"})
	paid = w.post(w.paymentOf("sub_b")+"/mark-paid", `{"paidAt":"2026-11-20","paymentReference":"R-1","reference":"not read","paymentMethod":"cash","notes":"at the door"}`)
	holds(t, paid, map[string]string{"paidAt": "2026-11-20", "paymentReference": "R-1", "paymentMethod": "cash", "notes": "at the door"})
	holds(t, w.post(w.paymentOf("sub_c")+"/mark-paid", `{"paidAt":"2026-11-21T23:30:00Z","reference":"R-2","notes":null}`), map[string]string{"paidAt": "2026-11-22", "paymentReference": "R-2"})

	w.call("POST", w.paymentOf("sub_a")+"/mark-paid", "{}").refused(http.StatusBadRequest, "ALREADY_PAID")
	w.call("POST", payments+"/pay_none/mark-paid", "{}").refused(http.StatusNotFound, "NOT_FOUND")
	path := w.paymentOf("sub_d")
	for body, details := range map[string][]string{
		`{"paidAt":"2026-11-23"}`:                      {"paidAt VALIDATION_ERROR"},
		`{"paidAt":"2025-10-31"}`:                      {"paidAt VALIDATION_ERROR"},
		`{"paidAt":"soon","paymentReference":5}`:       {"paymentReference VALIDATION_ERROR", "paidAt VALIDATION_ERROR"},
		`{"paidAt":"soon","reference":"a\nb"}`:         {"paidAt VALIDATION_ERROR", "reference VALIDATION_ERROR"},
		`{"paymentReference":"a\nb","notes":["many"]}`: {"notes VALIDATION_ERROR", "paymentReference VALIDATION_ERROR"},
		`{"paymentMethod":"` + strings.Repeat("a", 61) + `","notes":"` + strings.Repeat("a", 2001) + `"}`: {"paymentMethod VALIDATION_ERROR", "notes VALIDATION_ERROR"},
	} {
		w.call("POST", path+"/mark-paid", body).refused(http.StatusBadRequest, "VALIDATION_ERROR", details...)
	}
	w.post(path+"/status", `{"status":"processing"}`)
	w.call("POST", path+"/mark-paid", "{}").refused(http.StatusBadRequest, "PAYMENT_PROCESSING")
	w.post(w.paymentOf("sub_e")+"/cancel", `{"reason":"Wrong"}`)
	w.call("POST", w.paymentOf("sub_e")+"/mark-paid", "{}").refused(http.StatusBadRequest, "PAYMENT_CANCELLED")
}

func TestCancelPayment(t *testing.T) {
	w := billed(t)
	path := w.paymentOf("sub_1")
	for body, detail := range map[string]string{`{}`: "reason", `{"reason":" "}`: "reason", `{"reason":7}`: "reason", `{"reason":"x","billAgain":"yes"}`: "billAgain"} {
		w.call("POST", path+"/cancel", body).refused(http.StatusBadRequest, "VALIDATION_ERROR", detail+" VALIDATION_ERROR")
	}
	cancelled := w.post(path+"/cancel", `{"reason":"Wrong address","billAgain":true}`)
	holds(t, cancelled, map[string]string{"status": "cancelled", "creditedAmount": "448.63",
		"credits": "[map[amount:448.63 billAgain:true creditNumber:M-CN-2026-000001 issueDate:2026-11-22 reason:Wrong address rentalIds:[sub_1 sub_2 sub_3]]]"})
	w.call("POST", path+"/cancel", `{"reason":"Again"}`).refused(http.StatusBadRequest, "ALREADY_CANCELLED")
	holds(t, w.post(w.paymentOf("sub_a")+"/cancel", `{"reason":"Gesture"}`)["credits"].([]any)[0].(map[string]any), map[string]string{"billAgain": "false"})

	w.post(w.paymentOf("sub_b")+"/mark-paid", "")
	w.call("POST", w.paymentOf("sub_b")+"/cancel", `{"reason":"x"}`).refused(http.StatusBadRequest, "ALREADY_PAID")
	w.post(w.paymentOf("sub_c")+"/status", `{"status":"processing"}`)
	w.call("POST", w.paymentOf("sub_c")+"/cancel", `{"reason":"x"}`).refused(http.StatusBadRequest, "PAYMENT_PROCESSING")
	w.call("POST", payments+"/pay_none/cancel", `{"reason":"x"}`).refused(http.StatusNotFound, "NOT_FOUND")
}

func TestCreditPayment(t *testing.T) {
	w := billed(t)
	path := w.paymentOf("sub_1")
	credited := w.post(path+"/credit", `{"rentalIds":["sub_3","sub_1","sub_3"],"reason":"Delivered late"}`)
	holds(t, credited, map[string]string{"status": "pending", "creditedAmount": "342.72", "total": "448.63"})
	w.call("POST", path+"/credit", `{"rentalIds":["sub_2","sub_1","sub_9"]}`).refused(http.StatusBadRequest, "VALIDATION_ERROR",
		"rentalIds[1] VALIDATION_ERROR", "rentalIds[2] SUBSCRIPTION_NOT_FOUND", "reason VALIDATION_ERROR")
	w.call("POST", path+"/credit", `{"rentalIds":["sub_9"],"reason":"x"}`).refused(http.StatusBadRequest, "SUBSCRIPTION_NOT_FOUND", "rentalIds[0] SUBSCRIPTION_NOT_FOUND")
	w.call("POST", path+"/credit", `{"rentalIds":[],"reason":"x"}`).refused(http.StatusBadRequest, "VALIDATION_ERROR", "rentalIds VALIDATION_ERROR")
	// A refund is owed of what is paid.
	w.post(path+"/mark-paid", "")
	holds(t, w.post(path+"/credit", `{"rentalIds":["sub_2"],"reason":"Broken","billAgain":true}`), map[string]string{"status": "paid", "creditedAmount": "448.63"})

	w.post(w.paymentOf("sub_c")+"/status", `{"status":"processing"}`)
	w.call("POST", w.paymentOf("sub_c")+"/credit", `{"rentalIds":["sub_c"],"reason":"x"}`).refused(http.StatusBadRequest, "PAYMENT_PROCESSING")
	w.post(w.paymentOf("sub_d")+"/cancel", `{"reason":"x"}`)
	w.call("POST", w.paymentOf("sub_d")+"/credit", `{"rentalIds":["sub_d"],"reason":"x"}`).refused(http.StatusBadRequest, "ALREADY_CANCELLED")
}

func TestPaymentStatus(t *testing.T) {
	w := billed(t)
	path := w.paymentOf("sub_1")
	for _, status := range []string{"processing", "processing", "failed", "processing", "paid"} {
		holds(t, w.post(path+"/status", `{"status":"`+status+`","reason":"told"}`), map[string]string{"status": status, "manuallyMarked": "false"})
	}
	holds(t, w.payment("rentalId=sub_1"), map[string]string{"paidAt": "2026-11-22"})
	w.call("POST", path+"/status", `{"status":"failed"}`).refused(http.StatusBadRequest, "ALREADY_PAID")
	w.call("POST", path+"/reopen", `{"reason":"x"}`).refused(http.StatusBadRequest, "NOT_PAID_BY_HAND")
	for _, body := range []string{`{}`, `{"status":"pending"}`, `{"status":"cancelled"}`, `{"status":1}`} {
		w.call("POST", w.paymentOf("sub_a")+"/status", body).refused(http.StatusBadRequest, "VALIDATION_ERROR", "status VALIDATION_ERROR")
	}
	w.post(w.paymentOf("sub_a")+"/cancel", `{"reason":"x"}`)
	w.call("POST", w.paymentOf("sub_a")+"/status", `{"status":"paid"}`).refused(http.StatusBadRequest, "PAYMENT_CANCELLED")
}

func TestReopenPayment(t *testing.T) {
	w := billed(t)
	path := w.paymentOf("sub_1")
	w.call("POST", path+"/reopen", `{"reason":"x"}`).refused(http.StatusBadRequest, "NOT_PAID_BY_HAND")
	w.post(path+"/mark-paid", `{"notes":"cheque"}`)
	w.call("POST", path+"/reopen", `{"reason":""}`).refused(http.StatusBadRequest, "VALIDATION_ERROR", "reason VALIDATION_ERROR")
	open := w.post(path+"/reopen", `{"reason":"The cheque bounced"}`)
	holds(t, open, map[string]string{"status": "pending", "paidAt": "<nil>", "manuallyMarked": "false", "notes": "<nil>"})
}

// Each act happens once for a key, and none for a key that may only read.
func TestPaymentActsOnce(t *testing.T) {
	w := billed(t)
	path := w.paymentOf("sub_1")
	for i, act := range []struct{ path, body string }{
		{"/status", `{"status":"failed"}`}, {"/mark-paid", `{"notes":"n"}`}, {"/reopen", `{"reason":"r"}`},
		{"/credit", `{"rentalIds":["sub_1"],"reason":"r"}`}, {"/cancel", `{"reason":"r"}`},
	} {
		w.call("POST", path+act.path, act.body, "Authorization: Bearer "+w.readKey).refused(http.StatusForbidden, "INSUFFICIENT_PERMISSIONS")
		key := fmt.Sprint("Idempotency-Key: act-", i)
		first := w.call("POST", path+act.path, act.body, key)
		again := w.call("POST", path+act.path, act.body, key)
		if first.status != http.StatusOK || again.status != http.StatusOK || string(first.body) != string(again.body) || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: %d %s\nagain %d %s", act.path, first.status, first.body, again.status, again.body)
		}
		w.call("POST", path+act.path, `{"reason":"another"}`, key).refused(http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	}
	if credits := w.payment("rentalId=sub_1")["credits"].([]any); len(credits) != 2 {
		t.Errorf("credits %v", credits)
	}
}

// What is ended from before its billed service began is credited with the end.
func TestEndCredits(t *testing.T) {
	w := billed(t)
	if r := w.call("POST", rentals+"/sub_2/end", `{"status":"ended_early_return","endedOn":"2026-11-20"}`); r.status != http.StatusOK {
		t.Fatalf("%d %s", r.status, r.body)
	}
	holds(t, w.payment("rentalId=sub_2"), map[string]string{"status": "pending", "creditedAmount": "105.91",
		"credits": "[map[amount:105.91 billAgain:false creditNumber:M-CN-2026-000001 issueDate:2026-11-22 reason:The contract ended on 20 Nov 2026. rentalIds:[sub_2]]]"})
}
