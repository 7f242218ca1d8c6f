package db

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// What is billed again is found from the invoice before, from its credit note and from
// the invoice after.
func TestInvoiceTrail(t *testing.T) {
	s, tenant, clock, first := billedAcme(t)
	scope := newScope(tenant)
	trail := func(id string, want InvoiceTrail) {
		t.Helper()
		got, err := s.InvoiceTrail(t.Context(), tenant, id)
		if want.Again == nil {
			want.Again = map[string][]InvoiceLink{}
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
	again := func(i billing.Invoice) string {
		t.Helper()
		cancelled, err := s.CancelInvoice(t.Context(), scope, i.ID, billing.CreditInput{Reason: "Wrong", Again: true})
		if err != nil {
			t.Fatal(err)
		}
		return cancelled.Credits[len(cancelled.Credits)-1].Number
	}
	link := func(i billing.Invoice, lines int) []InvoiceLink { return []InvoiceLink{{i.ID, i.Number, lines}} }

	// One line alone, which is due on the 20th, and then the others.
	credited, err := s.CreditInvoice(t.Context(), scope, first.ID, billing.CreditInput{SubscriptionIDs: []string{"s2"}, Reason: "Wrong", Again: true})
	if err != nil {
		t.Fatal(err)
	}
	note := credited.Credits[0].Number
	rest := again(first)
	trail(first.ID, InvoiceTrail{})
	planned, err := s.BilledAgain(t.Context(), tenant, credited, credited.Credits[0])
	if want := []billing.BilledAgain{{GroupID: first.GroupID, GroupName: first.GroupName, Date: s.Today(tenant), Lines: 1}}; err != nil || !cmp.Equal(planned, want) {
		t.Errorf("planned %+v, %v", planned, err)
	}
	bill(t, s, tenant)
	second := invoiceOf(t, s, tenant, "s1")
	trail(first.ID, InvoiceTrail{Again: map[string][]InvoiceLink{note: link(second, 1), rest: link(second, 2)}})
	trail(second.ID, InvoiceTrail{Replaced: link(first, 3)})

	// A third takes the place of the second; the first leads to what stands.
	clock.step(24 * time.Hour)
	secondNote := again(second)
	bill(t, s, tenant)
	third := invoiceOf(t, s, tenant, "s1")
	trail(first.ID, InvoiceTrail{Again: map[string][]InvoiceLink{note: link(third, 1), rest: link(third, 2)}})
	trail(second.ID, InvoiceTrail{Replaced: link(first, 3), Again: map[string][]InvoiceLink{secondNote: link(third, 3)}})
	trail(third.ID, InvoiceTrail{Replaced: link(second, 3)})

	// What is waived leads nowhere.
	if _, err := s.CancelInvoice(t.Context(), scope, third.ID, billing.CreditInput{Reason: "Gesture"}); err != nil {
		t.Fatal(err)
	}
	trail(third.ID, InvoiceTrail{Replaced: link(second, 3)})
	trail("pay_none", InvoiceTrail{})
}

// The note that is only looked at says what the issued one comes to.
func TestBilledAgainAheadAndAfter(t *testing.T) {
	for name, lines := range map[string][]string{"a line": {"s2"}, "all lines": {"s1", "s2", "s3"}} {
		t.Run(name, func(t *testing.T) {
			s, tenant, _, i := billedAcme(t)
			in := billing.CreditInput{SubscriptionIDs: lines, Reason: "Wrong", Again: true}
			note, err := i.Credit(in, s.Today(tenant))
			if err != nil {
				t.Fatal(err)
			}
			ahead, err := s.BilledAgain(t.Context(), tenant, i, note)
			if err != nil || len(ahead) != 1 || ahead[0].Lines != len(lines) {
				t.Fatalf("%+v, %v", ahead, err)
			}
			credited, err := s.CreditInvoice(t.Context(), newScope(tenant), i.ID, in)
			if err != nil {
				t.Fatal(err)
			}
			after, err := s.BilledAgain(t.Context(), tenant, credited, credited.Credits[0])
			if diff := cmp.Diff(ahead, after); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}
