package db

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// billedAcme is acme on 1 December, with its group's invoice of December over s1, s2, s3.
func billedAcme(t testing.TB) (*Store, Tenant, *stepClock, billing.Invoice) {
	t.Helper()
	s, tenant, clock := newAcmeOn(t, "2026-11-30")
	bill(t, s, tenant) // November, alone
	create(t, s, tenant, 1, "s1", "s2", "s3")
	clock.step(24 * time.Hour)
	wantBilled(t, bill(t, s, tenant), "2026-12-01 group s1 s2 s3")
	return s, tenant, clock, invoiceOf(t, s, tenant, "s1")
}

// invoiceOf answers the newest invoice that a subscription is on.
func invoiceOf(t testing.TB, s *Store, tenant Tenant, subscription string) billing.Invoice {
	t.Helper()
	var id string
	if err := s.readers.QueryRowContext(t.Context(), `SELECT i.id FROM invoices i JOIN invoice_lines l ON l.tenant = i.tenant AND l.invoice = i.key
		JOIN subscriptions u ON u.key = l.subscription WHERE i.tenant = ?1 AND u.id = ?2 ORDER BY i.key DESC LIMIT 1`, tenant.Key, subscription).Scan(&id); err != nil {
		t.Fatal(err)
	}
	invoice, err := s.Invoice(t.Context(), tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	return invoice
}

// told answers the newest entry about an invoice: what was done, before and after.
func toldOf(t testing.TB, s *Store, tenant Tenant, id string) string {
	t.Helper()
	entries, err := s.Activity(t.Context(), tenant, "invoice", id, 1)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	return entries[0].Action + " " + string(entries[0].Before) + " " + string(entries[0].After)
}

func TestMarkPaidAndReopen(t *testing.T) {
	s, tenant, clock, invoice := billedAcme(t)
	clock.step(time.Hour)
	paid, err := s.MarkPaid(t.Context(), newScope(tenant), invoice.ID, billing.MarkPaid{On: billing.Date{Year: 2026, Month: 11, Day: 28}, Method: "cash", Reference: "R-1", Notes: "thanks"})
	want := billing.InvoicePayment{On: billing.Date{Year: 2026, Month: 11, Day: 28}, Amount: invoice.Total, ByHand: true, MarkedBy: testActor.Name, Method: "cash", Reference: "R-1", Notes: "thanks"}
	if err != nil || paid.Status != billing.InvoicePaid || paid.Payment != want || !paid.UpdatedAt.After(invoice.UpdatedAt) || len(paid.Lines) != 3 {
		t.Errorf("paid %+v, %v", paid.Payment, err)
	}
	stored, err := s.Invoice(t.Context(), tenant, invoice.ID)
	if diff := cmp.Diff(stored, paid); diff != "" || err != nil {
		t.Errorf("stored, answered: %v\n%s", err, diff)
	}
	if got := toldOf(t, s, tenant, invoice.ID); got != `invoice.paid {"method":"","notes":"","paidOn":"","reference":"","status":"pending"} {"method":"cash","notes":"thanks","paidOn":"2026-11-28","reference":"R-1","status":"paid"}` {
		t.Error(got)
	}
	if _, err := s.MarkPaid(t.Context(), newScope(tenant), invoice.ID, billing.MarkPaid{}); billing.CodeOf(err) != billing.CodeAlreadyPaid {
		t.Errorf("marked twice: %v", err)
	}
	open, err := s.ReopenInvoice(t.Context(), newScope(tenant), invoice.ID, " The cheque\nbounced ")
	if err != nil || open.Status != billing.InvoicePending || open.Payment != (billing.InvoicePayment{}) {
		t.Errorf("reopened %s %+v, %v", open.Status, open.Payment, err)
	}
	if got := toldOf(t, s, tenant, invoice.ID); !strings.HasPrefix(got, "invoice.reopened ") || !strings.Contains(got, `"reason":"The cheque bounced"`) {
		t.Error(got)
	}
	if _, err := s.ReopenInvoice(t.Context(), newScope(tenant), invoice.ID, "Again"); billing.CodeOf(err) != billing.CodeNotPaidByHand {
		t.Errorf("reopened twice: %v", err)
	}
}

func TestSetInvoiceStatus(t *testing.T) {
	s, tenant, _, invoice := billedAcme(t)
	for _, step := range []struct {
		status billing.InvoiceStatus
		reason string
		told   string
	}{
		{billing.InvoiceProcessing, "", `invoice.status {"status":"pending"} {"status":"processing"}`},
		{billing.InvoiceFailed, "No funds", `invoice.status {"status":"processing"} {"reason":"No funds","status":"failed"}`},
		{billing.InvoiceFailed, "No funds", `invoice.status {"status":"processing"} {"reason":"No funds","status":"failed"}`}, // nothing new
		{billing.InvoicePaid, "", `invoice.status {"paidOn":"","status":"failed"} {"paidOn":"2026-12-01","status":"paid"}`},
	} {
		got, err := s.SetInvoiceStatus(t.Context(), newScope(tenant), invoice.ID, step.status, step.reason)
		if err != nil || got.Status != step.status {
			t.Fatalf("%s: %s, %v", step.status, got.Status, err)
		}
		if told := toldOf(t, s, tenant, invoice.ID); told != step.told {
			t.Errorf("%s: told %s", step.status, told)
		}
	}
	if list := actions(t, s, tenant, "invoice", invoice.ID); len(list) != 3 {
		t.Errorf("told %v", list)
	}
	if got, err := s.Invoice(t.Context(), tenant, invoice.ID); err != nil || got.Payment != (billing.InvoicePayment{On: billing.Date{Year: 2026, Month: 12, Day: 1}, Amount: invoice.Total}) {
		t.Errorf("paid by the provider: %+v, %v", got.Payment, err)
	}
}

func TestMarkPaidMany(t *testing.T) {
	s, tenant, clock, december := billedAcme(t)
	november := billing.Invoice{}
	clock.step(31 * 24 * time.Hour)
	wantBilled(t, bill(t, s, tenant), "2027-01-01 group s1 s2 s3")
	january := invoiceOf(t, s, tenant, "s1")
	november.ID = "pay_none"
	if _, err := s.SetInvoiceStatus(t.Context(), newScope(tenant), december.ID, billing.InvoiceProcessing, ""); err != nil {
		t.Fatal(err)
	}
	ids := []string{december.ID, january.ID, january.ID, november.ID}
	if _, _, err := s.MarkPaidMany(t.Context(), newScope(tenant), ids, billing.MarkPaid{On: billing.Date{Year: 2027, Month: 1, Day: 2}}); !cmp.Equal(paths(err), []string{"paidOn"}) {
		t.Errorf("a day ahead: %v", err)
	}
	done, refused, err := s.MarkPaidMany(t.Context(), newScope(tenant), ids, billing.MarkPaid{Reference: "SEPA 1"})
	if err != nil || len(done) != 1 || done[0].ID != january.ID || done[0].Payment.MarkedBy != testActor.Name {
		t.Fatalf("done %+v, %v", done, err)
	}
	if len(refused) != 2 || refused[0].Reason.Code != billing.CodePaymentProcessing || refused[0].Invoice.Number != december.Number || refused[1].Reason.Code != billing.CodeNotFound || refused[1].Invoice.ID != "pay_none" {
		t.Errorf("refused %+v", refused)
	}
	if stored, err := s.Invoice(t.Context(), tenant, january.ID); err != nil || stored.Status != billing.InvoicePaid || stored.Payment.Reference != "SEPA 1" {
		t.Errorf("stored %s %+v, %v", stored.Status, stored.Payment, err)
	}
	if list := actions(t, s, tenant, "invoice", january.ID); !cmp.Equal(list, []string{"invoice.paid"}) {
		t.Errorf("told %v", list)
	}
	other := newTenant(t, s)
	if done, refused, err := s.MarkPaidMany(t.Context(), newScope(other), []string{december.ID}, billing.MarkPaid{}); err != nil || len(done) > 0 || len(refused) != 1 || refused[0].Reason.Code != billing.CodeNotFound || refused[0].Invoice.Number != "" {
		t.Errorf("another business unit's: %+v %+v, %v", done, refused, err)
	}
	if _, _, err := s.MarkPaidMany(t.Context(), newScope(tenant), make([]string, MaxMarkPaid+1), billing.MarkPaid{}); billing.CodeOf(err) != billing.CodeValidation {
		t.Errorf("too many: %v", err)
	}
}

// What is asked for with a name happens once, and a refusal is not kept under it.
func TestInvoiceActsOnce(t *testing.T) {
	s, tenant, _, invoice := billedAcme(t)
	scope := newScope(tenant)
	number := func(i billing.Invoice) ([]byte, error) { return []byte(i.Number), nil }
	once := func(name string) Once { return Once{Key: name, Request: sha256.Sum256([]byte(name))} }
	for name, act := range map[string]func(id string, o Once) ([]byte, bool, error){
		"1 processing": func(id string, o Once) ([]byte, bool, error) {
			return s.SetInvoiceStatusOnce(t.Context(), scope, id, billing.InvoiceFailed, "", o, number)
		},
		"2 credit": func(id string, o Once) ([]byte, bool, error) {
			return s.CreditInvoiceOnce(t.Context(), scope, id, billing.CreditInput{SubscriptionIDs: []string{"s1"}, Reason: "Wrong"}, o, number)
		},
	} {
		if _, again, err := act("pay_none", once(name)); again || billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s of none: %v, %v", name, again, err)
		}
		for i := range 2 {
			if got, again, err := act(invoice.ID, once(name)); err != nil || again != (i == 1) || string(got) != invoice.Number {
				t.Errorf("%s: %s, again %v, %v", name, got, again, err)
			}
		}
	}
	for i := range 2 {
		if _, again, err := s.MarkPaidOnce(t.Context(), scope, invoice.ID, billing.MarkPaid{}, once("3 pay"), number); err != nil || again != (i == 1) {
			t.Errorf("pay: again %v, %v", again, err)
		}
	}
	for i := range 2 {
		if _, again, err := s.ReopenInvoiceOnce(t.Context(), scope, invoice.ID, "Wrong", once("4 reopen"), number); err != nil || again != (i == 1) {
			t.Errorf("reopen: again %v, %v", again, err)
		}
	}
	for i := range 2 {
		if _, again, err := s.CancelInvoiceOnce(t.Context(), scope, invoice.ID, billing.CreditInput{Reason: "Wrong"}, once("5 cancel"), number); err != nil || again != (i == 1) {
			t.Errorf("cancel: again %v, %v", again, err)
		}
	}
	if _, _, err := s.MarkPaidOnce(t.Context(), scope, invoice.ID, billing.MarkPaid{}, Once{Key: "3 pay"}, number); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another request by that name: %v", err)
	}
	if got, err := s.Invoice(t.Context(), tenant, invoice.ID); err != nil || got.Status != billing.InvoiceCancelled || len(got.Credits) != 2 {
		t.Errorf("%s with %d credit notes, %v", got.Status, len(got.Credits), err)
	}
}

func TestAnotherTenantsInvoiceIsNotFound(t *testing.T) {
	s, _, _, invoice := billedAcme(t)
	other := newScope(newTenant(t, s))
	for name, err := range map[string]error{
		"mark paid": errOf(s.MarkPaid(t.Context(), other, invoice.ID, billing.MarkPaid{})),
		"reopen":    errOf(s.ReopenInvoice(t.Context(), other, invoice.ID, "Wrong")),
		"status":    errOf(s.SetInvoiceStatus(t.Context(), other, invoice.ID, billing.InvoiceFailed, "")),
		"credit":    errOf(s.CreditInvoice(t.Context(), other, invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s1"}, Reason: "Wrong"})),
		"cancel":    errOf(s.CancelInvoice(t.Context(), other, invoice.ID, billing.CreditInput{Reason: "Wrong"})),
	} {
		if billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func errOf(_ billing.Invoice, err error) error { return err }

// What the provider collects is what was open when it began: a credit note since then is
// owed back, one before is not.
func TestCollectedAmount(t *testing.T) {
	s, tenant, _, invoice := billedAcme(t)
	scope := newScope(tenant)
	credited, err := s.CreditInvoice(t.Context(), scope, invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s2"}, Reason: "Gesture"})
	if err != nil {
		t.Fatal(err)
	}
	collecting, err := s.SetInvoiceStatus(t.Context(), scope, invoice.ID, billing.InvoiceProcessing, "")
	if want := (billing.InvoicePayment{Amount: credited.Open()}); err != nil || collecting.Payment != want {
		t.Errorf("being collected: %+v, %v", collecting.Payment, err)
	}
	if _, err := end(t, s, tenant, "s3", billing.SubscriptionEndedEarlyReturn, billing.Date{Year: 2026, Month: 12, Day: 1}); err != nil {
		t.Fatal(err)
	}
	paid, err := s.SetInvoiceStatus(t.Context(), scope, invoice.ID, billing.InvoicePaid, "")
	if err != nil || paid.Payment.Amount != credited.Open() || paid.Credited <= credited.Credited || paid.Refund() != paid.Credited-credited.Credited {
		t.Errorf("paid %d, credited %d, refund %d, %v", paid.Payment.Amount, paid.Credited, paid.Refund(), err)
	}
}
