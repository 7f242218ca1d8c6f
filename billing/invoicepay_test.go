package billing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// theInvoice is one of three lines, exclusive of 19 % VAT: case 12.
func theInvoice(status InvoiceStatus) Invoice {
	i := Invoice{
		ID: "pay_1", Number: "M-2026-000001", CustomerID: "acme", GroupID: "bg_1", Period: Period{2026, 12}, Turn: 1,
		Issued: Date{2026, 12, 1}, Due: Date{2026, 12, 15}, Currency: "EUR", VAT: VAT{VATExclusive, 19_00},
		Totals: Totals{99_99, 19_00, 118_99}, LineCount: 3, Status: status,
	}
	for n, tax := range []int64{6_34, 6_33, 6_33} {
		i.Lines = append(i.Lines, InvoiceLine{SubscriptionID: "sub_" + string(rune('1'+n)), Amount: 33_33, Tax: tax, Live: true,
			From: Date{2026, 12, 3 + 10*n}, To: Date{2027, 1, 3 + 10*n}})
	}
	if status == InvoicePaid {
		i.Payment = InvoicePayment{On: Date{2026, 12, 9}, Amount: 118_99, ByHand: true, MarkedBy: "Ada", Method: "cash"}
	}
	if status == InvoiceCancelled {
		note, err := theInvoice(InvoicePending).Cancel(CreditInput{Reason: "Wrong"}, Date{2026, 12, 2})
		if err != nil {
			panic(err)
		}
		note.Number = "M-CN-2026-000001"
		return theInvoice(InvoicePending).With(note)
	}
	return i
}

// Every way from one state to another, and the code of every refusal.
func TestInvoiceStates(t *testing.T) {
	today := Date{2026, 12, 10}
	acts := map[string]func(Invoice) (Invoice, error){
		"mark paid": func(i Invoice) (Invoice, error) { return i.MarkPaid(MarkPaid{}, today) },
		"reopen":    func(i Invoice) (Invoice, error) { return i.Reopen("A mistake") },
		"cancel": func(i Invoice) (Invoice, error) {
			note, err := i.Cancel(CreditInput{Reason: "Wrong"}, today)
			if err != nil {
				return i, err
			}
			return i.With(note), nil
		},
	}
	for _, status := range ProviderStatuses {
		acts["set "+string(status)] = func(i Invoice) (Invoice, error) { return i.SetStatus(status, "", today) }
	}
	type outcomes map[InvoiceStatus]string // the state after, or the code
	for act, want := range map[string]outcomes{
		"mark paid":      {"pending": "paid", "processing": "PAYMENT_PROCESSING", "paid": "ALREADY_PAID", "failed": "paid", "cancelled": "PAYMENT_CANCELLED"},
		"reopen":         {"pending": "NOT_PAID_BY_HAND", "processing": "NOT_PAID_BY_HAND", "paid": "pending", "failed": "NOT_PAID_BY_HAND", "cancelled": "NOT_PAID_BY_HAND"},
		"cancel":         {"pending": "cancelled", "processing": "PAYMENT_PROCESSING", "paid": "ALREADY_PAID", "failed": "cancelled", "cancelled": "ALREADY_CANCELLED"},
		"set processing": {"pending": "processing", "processing": "processing", "paid": "ALREADY_PAID", "failed": "processing", "cancelled": "PAYMENT_CANCELLED"},
		"set failed":     {"pending": "failed", "processing": "failed", "paid": "ALREADY_PAID", "failed": "failed", "cancelled": "PAYMENT_CANCELLED"},
		"set paid":       {"pending": "paid", "processing": "paid", "paid": "ALREADY_PAID", "failed": "paid", "cancelled": "PAYMENT_CANCELLED"},
	} {
		for _, status := range InvoiceStatuses {
			before := theInvoice(status)
			after, err := acts[act](before)
			got := string(after.Status)
			if err != nil {
				got = string(CodeOf(err))
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("%s of a %s invoice is refused and changes it:\n%s", act, status, diff)
				}
			}
			if got != want[status] {
				t.Errorf("%s of a %s invoice: %s, want %s", act, status, got, want[status])
			}
			if paid := after.Status == InvoicePaid; paid == after.Payment.On.IsZero() {
				t.Errorf("%s of a %s invoice: it is %s, paid on %q", act, status, after.Status, after.Payment.On)
			}
		}
	}
}

func TestMarkPaid(t *testing.T) {
	today := Date{2026, 12, 10}
	got, err := theInvoice(InvoiceFailed).MarkPaid(MarkPaid{Method: " Bank transfer ", Reference: " RF-1 ", Notes: " two\nlines ", By: "Ada"}, today)
	want := InvoicePayment{On: today, Amount: 118_99, ByHand: true, MarkedBy: "Ada", Method: "Bank transfer", Reference: "RF-1", Notes: "two\nlines"}
	if err != nil || got.Payment != want {
		t.Errorf("got %+v, %v", got.Payment, err)
	}
	for _, test := range []struct {
		name  string
		in    MarkPaid
		paths string
	}{
		{"today", MarkPaid{On: today}, ""},
		{"before it was issued", MarkPaid{On: Date{2025, 12, 1}}, ""},
		{"long before", MarkPaid{On: Date{2025, 11, 30}}, "paidOn"},
		{"ahead", MarkPaid{On: Date{2026, 12, 11}}, "paidOn"},
		{"texts as long as may be", MarkPaid{Method: strings.Repeat("ä", 60), Reference: strings.Repeat("ä", 140), Notes: strings.Repeat("ä", 2000)}, ""},
		{"all wrong", MarkPaid{On: Date{2027, 1, 1}, Method: strings.Repeat("ä", 61), Reference: "a\nb", Notes: strings.Repeat("ä", 2001)}, "method reference notes paidOn"},
	} {
		_, err := theInvoice(InvoicePending).MarkPaid(test.in, today)
		if got := pathsOf(err); got != test.paths {
			t.Errorf("%s: got %q, want %q", test.name, got, test.paths)
		}
	}
}

// pathsOf answers where the problems of a refusal are, and its code where it has none.
func pathsOf(err error) string {
	if err == nil {
		return ""
	}
	rule := err.(*Error)
	if len(rule.Problems) == 0 {
		return string(rule.Code)
	}
	var paths []string
	for _, p := range rule.Problems {
		if !strings.HasSuffix(p.Message, ".") {
			return "no sentence: " + p.Message
		}
		paths = append(paths, p.Path)
	}
	return strings.Join(paths, " ")
}

func TestReopen(t *testing.T) {
	if got, err := theInvoice(InvoicePaid).Reopen("The money went back"); err != nil || got.Status != InvoicePending || got.Payment != (InvoicePayment{}) {
		t.Errorf("got %s, %+v, %v", got.Status, got.Payment, err)
	}
	for _, reason := range []string{"", " \n ", strings.Repeat("a", 501), "a\x00"} {
		if _, err := theInvoice(InvoicePaid).Reopen(reason); pathsOf(err) != "reason" {
			t.Errorf("the reason %q: %v", reason, err)
		}
	}
	byProvider := theInvoice(InvoicePaid)
	byProvider.Payment = InvoicePayment{On: Date{2026, 12, 9}}
	if _, err := byProvider.Reopen("A mistake"); CodeOf(err) != CodeNotPaidByHand {
		t.Errorf("a provider's payment: %v", err)
	}
	// Nobody has paid what was credited since: nothing is left to be paid.
	paid := theInvoice(InvoicePaid)
	note, err := paid.Credit(CreditInput{SubscriptionIDs: []string{"sub_1", "sub_2", "sub_3"}, Reason: "Broken"}, Date{2026, 12, 10})
	if err != nil {
		t.Fatal(err)
	}
	credited := paid.With(note)
	if credited.Status != InvoicePaid || credited.Refund() != 118_99 || credited.Open() != 0 {
		t.Errorf("paid, then credited: %s, refund %d, open %d", credited.Status, credited.Refund(), credited.Open())
	}
	if got, err := credited.Reopen("A mistake"); err != nil || got.Status != InvoiceCancelled || got.Refund() != 0 {
		t.Errorf("reopened then: %s, %v", got.Status, err)
	}
}

// What a contract's end credits of an invoice that is being collected leaves that state
// to the provider.
func TestSetStatusOfWhatWasCredited(t *testing.T) {
	today := Date{2026, 12, 10}
	i, err := theInvoice(InvoicePending).SetStatus(InvoiceProcessing, "", today)
	if err != nil {
		t.Fatal(err)
	}
	start := Date{2026, 12, 1}
	note, any := i.CreditEnded(map[string]Date{"sub_1": start, "sub_2": start, "sub_3": start}, today)
	if i = i.With(note); !any || i.Status != InvoiceProcessing || i.Open() != 0 {
		t.Fatalf("credited %v: %s, open %d", any, i.Status, i.Open())
	}
	if got, err := i.SetStatus(InvoiceFailed, "No funds", today); err != nil || got.Status != InvoiceCancelled {
		t.Errorf("it fails: %s, %v", got.Status, err)
	}
	if got, err := i.SetStatus(InvoicePaid, "", today); err != nil || got.Status != InvoicePaid || got.Refund() != 118_99 {
		t.Errorf("it is paid: %s, refund %d, %v", got.Status, got.Refund(), err)
	}
	for status, paths := range map[InvoiceStatus]string{InvoicePending: "status", InvoiceCancelled: "status", "": "status"} {
		if _, err := i.SetStatus(status, "", today); pathsOf(err) != paths {
			t.Errorf("set %q: %v", status, err)
		}
	}
	if _, err := i.SetStatus(InvoiceFailed, strings.Repeat("a", 501), today); pathsOf(err) != "reason" {
		t.Errorf("a long reason: %v", err)
	}
}

// Only what is credited after the money came is owed back: what was credited before was
// not paid.
func TestRefund(t *testing.T) {
	today := Date{2026, 12, 10}
	credit := func(i Invoice, id string) Invoice {
		note, err := i.Credit(CreditInput{SubscriptionIDs: []string{id}, Reason: "Broken"}, today)
		if err != nil {
			t.Fatal(err)
		}
		return i.With(note)
	}
	told := func(statuses ...InvoiceStatus) func(Invoice) Invoice {
		return func(i Invoice) Invoice {
			for _, status := range statuses {
				var err error
				if i, err = i.SetStatus(status, "", today); err != nil {
					t.Fatal(err)
				}
			}
			return i
		}
	}
	for name, pay := range map[string]func(Invoice) Invoice{
		"by hand": func(i Invoice) Invoice {
			paid, err := i.MarkPaid(MarkPaid{}, today)
			if err != nil {
				t.Fatal(err)
			}
			return paid
		},
		"by the provider":       told(InvoicePaid),
		"collected":             told(InvoiceProcessing, InvoicePaid),
		"collected another day": told(InvoiceProcessing, InvoiceFailed, InvoiceProcessing, InvoiceProcessing, InvoicePaid),
	} {
		paid := pay(credit(theInvoice(InvoicePending), "sub_1"))
		if paid.Status != InvoicePaid || paid.Payment.Amount != 118_99-39_67 || paid.Refund() != 0 {
			t.Errorf("%s: %s, paid %d, refund %d", name, paid.Status, paid.Payment.Amount, paid.Refund())
		}
		if after := credit(paid, "sub_2"); after.Refund() != 39_66 {
			t.Errorf("%s, then credited: refund %d", name, after.Refund())
		}
	}
	failed := told(InvoiceProcessing, InvoiceFailed)(theInvoice(InvoicePending))
	if failed.Payment != (InvoicePayment{}) || failed.Refund() != 0 {
		t.Errorf("what could not be collected: %+v", failed.Payment)
	}
}
