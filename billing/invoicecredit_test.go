package billing

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestCredit(t *testing.T) {
	today := Date{2026, 12, 10}
	pending := theInvoice(InvoicePending)
	for _, again := range []bool{false, true} {
		note, err := pending.Credit(CreditInput{SubscriptionIDs: []string{"sub_3", "sub_1", "sub_3"}, Reason: " Wrong\n amount ", Again: again}, today)
		if err != nil {
			t.Fatal(err)
		}
		note.Number = "M-CN-2026-000001"
		kind := map[bool]CreditKind{false: CreditWaived, true: CreditAgain}[again]
		if note.Totals != (Totals{66_66, 12_67, 79_33}) || note.Kind != kind || note.Reason != "Wrong amount" || note.Issued != today || note.InvoiceID != "pay_1" {
			t.Errorf("again %v: the note is %+v", again, note)
		}
		after := pending.With(note)
		for n, line := range after.Lines {
			credited := n != 1
			if (line.CreditNumber != "") != credited || line.Live != (!credited || !again) {
				t.Errorf("again %v: line %d is credited by %q, live %v", again, n, line.CreditNumber, line.Live)
			}
		}
		if after.Status != InvoicePending || after.Open() != 39_66 || len(after.Credits) != 1 || pending.Credited != 0 || !pending.Lines[0].Live {
			t.Errorf("again %v: %s, open %d, before %d", again, after.Status, after.Open(), pending.Credited)
		}
		// Each line once.
		if _, err := after.Credit(CreditInput{SubscriptionIDs: []string{"sub_2", "sub_3"}, Reason: "Wrong"}, today); pathsOf(err) != "subscriptions[1]" || CodeOf(err) != CodeValidation {
			t.Errorf("again %v: credited twice: %v", again, err)
		}
		// Cancel takes what is left, and then nothing is.
		rest, err := after.Cancel(CreditInput{Reason: "Wrong", Again: again}, today)
		if err != nil || rest.Total != 39_66 || len(rest.Lines) != 1 {
			t.Errorf("again %v: cancel: %+v, %v", again, rest, err)
		}
		rest.Number = "M-CN-2026-000002"
		if after = after.With(rest); after.Status != InvoiceCancelled || after.Live() == again {
			t.Errorf("again %v: cancelled: %s, live %v", again, after.Status, after.Live())
		}
		if _, err := after.Credit(CreditInput{SubscriptionIDs: []string{"sub_2"}, Reason: "Wrong"}, today); CodeOf(err) != CodeAlreadyCancelled {
			t.Errorf("again %v: credit of a cancelled one: %v", again, err)
		}
	}
}

func TestCreditRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		in   CreditInput
		want string
		code Code
	}{
		{"no line", CreditInput{Reason: "Wrong"}, "subscriptions", CodeValidation},
		{"no reason", CreditInput{SubscriptionIDs: []string{"sub_1"}, Reason: " "}, "reason", CodeValidation},
		{"a line it has not", CreditInput{SubscriptionIDs: []string{"sub_1", "sub_9"}, Reason: "Wrong"}, "subscriptions[1]", CodeSubscriptionNotFound},
		{"both", CreditInput{SubscriptionIDs: []string{"sub_9"}}, "subscriptions[0] reason", CodeValidation},
	} {
		if _, err := theInvoice(InvoicePending).Credit(test.in, Date{2026, 12, 10}); pathsOf(err) != test.want || CodeOf(err) != test.code {
			t.Errorf("%s: got %q %s, want %q %s", test.name, pathsOf(err), CodeOf(err), test.want, test.code)
		}
	}
	in := CreditInput{SubscriptionIDs: []string{"sub_1"}, Reason: "Wrong"}
	for status, want := range map[InvoiceStatus]Code{InvoicePaid: "", InvoiceFailed: "", InvoiceProcessing: CodePaymentProcessing, InvoiceCancelled: CodeAlreadyCancelled} {
		if _, err := theInvoice(status).Credit(in, Date{2026, 12, 10}); CodeOf(err) != want {
			t.Errorf("of a %s invoice: %v", status, err)
		}
	}
	if _, err := theInvoice(InvoicePending).Cancel(CreditInput{}, Date{2026, 12, 10}); pathsOf(err) != "reason" {
		t.Errorf("cancel without a reason: %v", err)
	}
}

func TestCreditEnded(t *testing.T) {
	today, none := Date{2026, 12, 10}, Date{}
	for _, test := range []struct {
		name    string
		ended   [3]Date // the services begin on the 3rd, the 13th and the 23rd
		waived  string
		credits int
		reason  string
		dead    int
	}{
		{name: "the day after its service began", ended: [3]Date{{2026, 12, 4}, none, none}},
		{name: "the day its service began", ended: [3]Date{{2026, 12, 3}, none, none}, credits: 1, reason: "The contract ended on 3 Dec 2026.", dead: 1},
		{name: "before it began", ended: [3]Date{none, {2026, 12, 1}, none}, credits: 1, reason: "The contract ended on 1 Dec 2026.", dead: 1},
		{name: "two on a day", ended: [3]Date{none, {2026, 12, 9}, {2026, 12, 9}}, credits: 2, reason: "The contracts ended on 9 Dec 2026.", dead: 2},
		{name: "two days", ended: [3]Date{{2026, 12, 3}, {2026, 12, 4}, {2026, 12, 24}}, credits: 2, reason: "The contracts ended from 3 Dec 2026 to 4 Dec 2026.", dead: 2},
		{name: "waived before", ended: [3]Date{{2026, 12, 3}, none, none}, waived: "sub_1"},
		{name: "one of two waived before", ended: [3]Date{{2026, 12, 3}, {2026, 12, 3}, none}, waived: "sub_1", credits: 1, reason: "The contract ended on 3 Dec 2026.", dead: 1},
	} {
		for _, status := range []InvoiceStatus{InvoicePending, InvoiceProcessing, InvoicePaid, InvoiceFailed} {
			i := theInvoice(status)
			if test.waived != "" {
				i.Lines[0].CreditNumber = "M-CN-2026-000001" // and it lives
			}
			endedOn := map[string]Date{"sub_1": test.ended[0], "sub_2": test.ended[1], "sub_3": test.ended[2]}
			note, any := i.CreditEnded(endedOn, today)
			if any != (test.credits > 0) || len(note.Lines) != test.credits || note.Reason != test.reason {
				t.Errorf("%s, %s: %v over %d lines: %q", test.name, status, any, len(note.Lines), note.Reason)
			}
			note.Number = "M-CN-2026-000002"
			after := i
			if any {
				after = i.With(note)
			}
			dead := slices.DeleteFunc(slices.Clone(after.Lines), func(l InvoiceLine) bool { return l.Live })
			if len(dead) != test.dead || !i.Lines[0].Live {
				t.Errorf("%s, %s: %d lines are dead, want %d", test.name, status, len(dead), test.dead)
			}
			if _, any := after.CreditEnded(endedOn, today); any {
				t.Errorf("%s, %s: credited twice", test.name, status)
			}
		}
	}
}

// However an invoice is credited, its notes add up to it, to the cent; and each adds up
// by itself.
func TestCreditsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := Invoice{ID: "pay_1", Number: "M-2026-000001", Status: rapid.SampledFrom([]InvoiceStatus{InvoicePending, InvoiceFailed, InvoicePaid}).Draw(t, "status"),
			VAT: VAT{rapid.SampledFrom([]VATMode{VATNone, VATExclusive, VATInclusive}).Draw(t, "mode"), rapid.IntRange(0, MaxVATRate).Draw(t, "rate")}}
		amounts := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, 500_00)), 1, 12).Draw(t, "amounts")
		var taxes []int64
		i.Totals, taxes = i.VAT.Totals(amounts)
		var left []string
		for n, amount := range amounts {
			left = append(left, fmt.Sprintf("s%d", n))
			i.Lines = append(i.Lines, InvoiceLine{SubscriptionID: left[n], Amount: amount, Tax: taxes[n], Live: true})
		}
		want, unpaid := i, i.Status != InvoicePaid
		if i.Total == 0 {
			t.Skip("issued as paid")
		}
		for n := 1; len(left) > 0; n++ {
			take := rapid.IntRange(1, len(left)).Draw(t, "lines")
			note, err := i.Credit(CreditInput{SubscriptionIDs: left[:take], Reason: "Wrong", Again: rapid.Bool().Draw(t, "again")}, Date{2026, 12, 10})
			if err != nil {
				t.Fatal(err)
			}
			if note.Subtotal+note.Tax != note.Total || note.Subtotal < 0 || note.Tax < 0 || len(note.Lines) != take {
				t.Fatalf("a note over %d of %v lines: %+v", take, left, note.Totals)
			}
			note.Number = fmt.Sprintf("N-%d", n)
			i, left = i.With(note), left[take:]
			if (i.Status == InvoiceCancelled) != (unpaid && i.Credited == i.Total) {
				t.Fatalf("%d of %d credited: it is %s", i.Credited, i.Total, i.Status)
			}
		}
		var sum Totals
		for _, note := range i.Credits {
			sum.Subtotal, sum.Tax, sum.Total = sum.Subtotal+note.Subtotal, sum.Tax+note.Tax, sum.Total+note.Total
		}
		if sum != want.Totals || i.Credited != i.Total || i.Open() != 0 {
			t.Fatalf("the notes come to %+v, the invoice to %+v; %d credited", sum, want.Totals, i.Credited)
		}
	})
}
