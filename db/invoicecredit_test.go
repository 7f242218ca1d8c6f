package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// Case 16: December's consolidated invoice of three lines is cancelled to be billed again.
func TestCase16CancelledToBeBilledAgain(t *testing.T) {
	s, tenant, clock, invoice := billedAcme(t)
	clock.step(2 * 24 * time.Hour)
	cancelled, err := s.CancelInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{Reason: "Wrong address", Again: true})
	if err != nil {
		t.Fatal(err)
	}
	note := cancelled.Credits[0]
	if cancelled.Status != billing.InvoiceCancelled || len(note.Lines) != 3 || note.Total != invoice.Total || note.Number != "M-CN-2026-000001" ||
		note.Kind != billing.CreditAgain || note.Issued.String() != "2026-12-03" || note.CreatedBy != testActor.Name {
		t.Errorf("%s, note %+v", cancelled.Status, note)
	}
	if got := toldOf(t, s, tenant, invoice.ID); got != `invoice.cancelled {"status":"pending"} {"kind":"bill again","number":"M-CN-2026-000001","reason":"Wrong address","status":"cancelled","subscriptions":["s1","s2","s3"],"total":448.63}` {
		t.Error(got)
	}
	wantPlan(t, s, tenant, onlyGroup(t, s, tenant), "2027-01-02", "2026-12-03 group s1 s2 s3", "2027-01-01 group s1 s2 s3")
	wantBilled(t, bill(t, s, tenant), "2026-12-03 group s1 s2 s3")
	again := invoiceOf(t, s, tenant, "s1")
	if again.Turn != 2 || again.Totals != invoice.Totals || again.Number == invoice.Number {
		t.Errorf("billed again: turn %d, %+v, %s", again.Turn, again.Totals, again.Number)
	}
	wantBilled(t, bill(t, s, tenant))
}

// Had one line been credited, that one would be billed alone.
func TestCase16OneLineBilledAgain(t *testing.T) {
	s, tenant, _, invoice := billedAcme(t)
	credited, err := s.CreditInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s2"}, Reason: "Wrong amount", Again: true})
	if err != nil || credited.Status != billing.InvoicePending || credited.Credited != 105_91 || credited.Open() != invoice.Total-105_91 {
		t.Fatalf("%s, credited %d, %v", credited.Status, credited.Credited, err)
	}
	wantBilled(t, bill(t, s, tenant)) // its own date is the 20th
	wantPlan(t, s, tenant, onlyGroup(t, s, tenant), "2027-01-02", "2026-12-20 alone s2", "2027-01-01 group s1 s2 s3")
}

// What is waived is never asked for again, and the invoice keeps its place.
func TestWaivedIsNotBilledAgain(t *testing.T) {
	s, tenant, clock, invoice := billedAcme(t)
	if _, err := s.CreditInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s1", "s3"}, Reason: "Gesture"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreditInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s3"}, Reason: "Twice"}); !cmp.Equal(paths(err), []string{"subscriptions[0]"}) {
		t.Errorf("credited twice: %v", err)
	}
	cancelled, err := s.CancelInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{Reason: "All of it"})
	if err != nil || cancelled.Status != billing.InvoiceCancelled || len(cancelled.Credits) != 2 || len(cancelled.Credits[1].Lines) != 1 {
		t.Fatalf("%s, %+v, %v", cancelled.Status, cancelled.Credits, err)
	}
	clock.step(30 * 24 * time.Hour)
	wantBilled(t, bill(t, s, tenant))
	wantPlan(t, s, tenant, onlyGroup(t, s, tenant), "2027-01-02", "2027-01-01 group s1 s2 s3")
}

// The note of a number belongs to its invoice.
func TestCreditNote(t *testing.T) {
	s, tenant, _, invoice := billedAcme(t)
	if _, err := s.CreditInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s1"}, Reason: "Wrong"}); err != nil {
		t.Fatal(err)
	}
	got, note, err := s.CreditNote(t.Context(), tenant, invoice.ID, "M-CN-2026-000001")
	if err != nil || got.ID != invoice.ID || len(note.Lines) != 1 || note.Total != 153_51 {
		t.Errorf("%s %+v, %v", got.ID, note, err)
	}
	for id, number := range map[string]string{invoice.ID: "M-CN-2026-000002", "pay_none": "M-CN-2026-000001"} {
		if _, _, err := s.CreditNote(t.Context(), tenant, id, number); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%s %s: %v", id, number, err)
		}
	}
}

// Case 9: own date the 10th, early return on 10 December. Entered on 22 November,
// December is never billed; entered on 10 December, it was billed on the 1st and is
// credited on the 10th.
func TestCase09EarlyReturn(t *testing.T) {
	for _, entered := range []string{"2026-11-22", "2026-12-10"} {
		for _, way := range []string{"end", "put", "import"} {
			t.Run(entered+" "+way, func(t *testing.T) {
				s, tenant, clock := newAcmeOn(t, "2026-11-22")
				takeIn(t, s, tenant, exportFile(exportRow("S-10", "startDate", "2026-05-10"), exportRow("S-1", "startDate", "2026-05-01")))
				group, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{CustomerID: "C-1", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"S-1", "S-10"}}, "")
				if err != nil {
					t.Fatal(err)
				}
				late := entered == "2026-12-10"
				for range 20 { // to 11 December
					if s.Today(tenant).String() == entered {
						endEarly(t, s, tenant, way, late)
					}
					bill(t, s, tenant)
					clock.step(24 * time.Hour)
				}
				if !late {
					endEarly(t, s, tenant, way, late) // once more changes nothing
				}
				of := group.ID
				invoice := invoiceOf(t, s, tenant, "S-1")
				if invoice.GroupID != of || invoice.Issued.String() != "2026-12-01" {
					t.Fatalf("the group's invoice: %+v", invoice)
				}
				if !late {
					if len(invoice.Lines) != 1 || len(invoice.Credits) != 0 {
						t.Errorf("%d lines, credits %+v", len(invoice.Lines), invoice.Credits)
					}
					return
				}
				note := invoice.Credits[0]
				if len(invoice.Lines) != 2 || note.Kind != billing.CreditEnded || note.Issued.String() != entered || note.Reason != "The contract ended on 10 Dec 2026." ||
					len(note.Lines) != 1 || note.Lines[0].SubscriptionID != "S-10" || note.Total != 153_51 || note.Lines[0].Live || invoice.Status != billing.InvoicePending {
					t.Errorf("%s, %d lines, note %+v", invoice.Status, len(invoice.Lines), note)
				}
				if n := numberOf(t, s, `SELECT count(*) FROM invoice_lines l JOIN subscriptions u ON u.key = l.subscription WHERE u.id = 'S-10' AND l.live = 1 AND l.period >= '2026-12'`); n != 0 {
					t.Errorf("%d live lines", n)
				}
				if to := textOf(t, s, `SELECT ifnull(billed_to, '') FROM subscriptions WHERE id = 'S-10'`); to != "2026-12" && to != "" {
					t.Errorf("billed up to %s", to)
				}
			})
		}
	}
}

// endEarly ends S-10 on 10 December, in one of the ways there are.
func endEarly(t *testing.T, s *Store, tenant Tenant, way string, credits bool) {
	t.Helper()
	day := billing.Date{Year: 2026, Month: 12, Day: 10}
	var err error
	switch way {
	case "end":
		_, _, err = s.EndSubscriptionOnce(t.Context(), newScope(tenant), "S-10", billing.SubscriptionEndedEarlyReturn, day, Once{}, func(SubscriptionRow, billing.Date) ([]byte, error) { return nil, nil })
		if billing.CodeOf(err) == billing.CodeAlreadyEnded {
			err = nil
		}
	case "put":
		_, _, err = s.PutSubscription(t.Context(), newScope(tenant), "S-10", billing.SubscriptionChange{Status: ptr(billing.SubscriptionEndedEarlyReturn), EndedOn: &day})
	case "import":
		file := exportFile(exportRow("S-10", "startDate", "2026-05-10", "status", "ended_early_return", "endDate", "2026-12-10"))
		foreseen, checked := s.CheckImport(t.Context(), tenant, strings.NewReader(file))
		result := takeIn(t, s, tenant, file)
		want := EndedCredit{Total: billing.Money{Currency: "EUR"}}
		if credits {
			want.Lines, want.Total.Minor = 1, 153_51
		}
		if checked != nil || foreseen.Credited != want || result.Credited != want {
			t.Errorf("foreseen %+v, %v; done %+v", foreseen.Credited, checked, result.Credited)
		}
		if list, err := s.Imports(t.Context(), tenant, 1); err != nil || result.ChangesAnything() && list[0].Credited != want {
			t.Errorf("remembered %+v, %v", list, err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func textOf(t testing.TB, s *Store, query string) (text string) {
	t.Helper()
	if err := s.readers.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// What was billed of an ended contract is looked up, however much was billed of others.
func TestEndedLinesAreFoundByTheirIndex(t *testing.T) {
	s := newStore(t)
	query := &clause{args: []any{1, "{}"}}
	query.text.WriteString(endedInvoices)
	if plan := explain(t, s.readers, query); !strings.Contains(plan, "invoice_lines_period") {
		t.Errorf("it looks through all lines:\n%s", plan)
	}
}

// A file that ends several contracts makes one credit note for each invoice, over all its
// batches; a line that was waived before is not credited again, and lives on.
func TestEndedByAFileIsCreditedOncePerInvoice(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-22")
	var rows []string
	var ids []string
	for i := range importBatch + 20 {
		ids = append(ids, fmt.Sprint("S-", i))
		rows = append(rows, exportRow(ids[i], "startDate", "2026-05-20"))
	}
	takeIn(t, s, tenant, exportFile(rows...))
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{CustomerID: "C-1", Name: "IT", BillingDay: 1, SubscriptionIDs: ids[:importBatch+10]}, ""); err != nil {
		t.Fatal(err)
	}
	clock.step(28 * 24 * time.Hour) // 20 December
	bill(t, s, tenant)
	grouped, alone := invoiceOf(t, s, tenant, "S-0"), invoiceOf(t, s, tenant, ids[importBatch+15])
	if _, err := s.CreditInvoice(t.Context(), newScope(tenant), grouped.ID, billing.CreditInput{SubscriptionIDs: []string{"S-1"}, Reason: "Gesture"}); err != nil {
		t.Fatal(err)
	}
	ended := []int{0, 1, importBatch + 5, importBatch + 15}
	for _, i := range ended {
		rows[i] = exportRow(ids[i], "startDate", "2026-05-20", "status", "ended_buyout", "endDate", "2026-12-15")
	}
	result := takeIn(t, s, tenant, exportFile(rows...))
	if result.Credited != (EndedCredit{Lines: 3, Total: billing.Money{Minor: 3 * 153_51, Currency: "EUR"}}) {
		t.Errorf("credited %+v", result.Credited)
	}
	grouped, alone = invoiceOf(t, s, tenant, "S-0"), invoiceOf(t, s, tenant, ids[importBatch+15])
	if len(grouped.Credits) != 2 || grouped.Credits[1].Kind != billing.CreditEnded || len(grouped.Credits[1].Lines) != 2 || grouped.Credits[1].Reason != "The contracts ended on 15 Dec 2026." {
		t.Errorf("the group's: %+v", grouped.Credits)
	}
	if len(alone.Credits) != 1 || alone.Status != billing.InvoiceCancelled || alone.Live() {
		t.Errorf("the one alone: %s, %+v", alone.Status, alone.Credits)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM invoice_lines WHERE live = 0`); n != len(ended)-1 {
		t.Errorf("%d lines live no more", n)
	}
	if n := numberOf(t, s, `SELECT live FROM invoices WHERE id = ?1`, alone.ID); n != 0 {
		t.Error("an invoice without a live line lives")
	}
	wantBilled(t, bill(t, s, tenant))
	if again := takeIn(t, s, tenant, exportFile(rows...)); again.Credited.Lines != 0 || again.Changed != 0 {
		t.Errorf("the same file again: %+v", again)
	}
}

// What was billed on a day keeps count of what of it is credited; what was received stays,
// whatever is credited after that.
func TestFiguresAfterCredits(t *testing.T) {
	s, tenant, clock, invoice := billedAcme(t)
	issued := invoice.Issued
	at, err := s.InvoiceFigures(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	others := at.Outstanding.Amount.Minor - invoice.Total
	figures := func(credited, outstanding, received int64) {
		t.Helper()
		days, err := s.IssuedIn(t.Context(), tenant, issued, issued)
		if err != nil || len(days) != 1 || days[0].Credited.Minor != credited || days[0].Total.Minor != invoice.Total {
			t.Errorf("issued %+v, %v; want %d credited", days, err, credited)
		}
		f, err := s.InvoiceFigures(t.Context(), tenant)
		if err != nil || f.Outstanding.Amount.Minor != others+outstanding || f.PaidThisMonth.Amount.Minor != received {
			t.Errorf("figures %+v, %v; want %d outstanding, %d received", f, err, outstanding, received)
		}
	}
	credit := func(id string) {
		t.Helper()
		if _, err := s.CreditInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{id}, Reason: "Wrong"}); err != nil {
			t.Fatal(err)
		}
	}
	clock.step(2 * 24 * time.Hour)
	credit("s2")
	left := invoice.Total - 105_91
	figures(105_91, left, 0)
	if _, err := s.MarkPaid(t.Context(), newScope(tenant), invoice.ID, billing.MarkPaid{On: issued, Method: "Cash"}); err != nil {
		t.Fatal(err) // the money came before the credit note was made
	}
	figures(105_91, 0, left)
	credit("s1")
	figures(105_91+153_51, 0, left)
	if faults := faultsOf(t, copyOf(t, s)); faults != "" {
		t.Error(faults)
	}
	if _, err := s.ReopenInvoice(t.Context(), newScope(tenant), invoice.ID, "Bounced"); err != nil {
		t.Fatal(err)
	}
	figures(105_91+153_51, left-153_51, 0)
	if faults := faultsOf(t, copyOf(t, s)); faults != "" {
		t.Error(faults)
	}
}

// What was waived stays waived, also when its contract's end is set before it and then
// corrected: the customer holds a credit note that says so.
func TestWaivedStaysWaivedWhateverTheEnd(t *testing.T) {
	s, tenant, clock, invoice := billedAcme(t)
	if _, err := s.CreditInvoice(t.Context(), newScope(tenant), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"s2"}, Reason: "Gesture"}); err != nil {
		t.Fatal(err)
	}
	status := billing.SubscriptionEndedEarlyReturn
	for _, end := range []string{"2026-12-01", "2027-01-15"} {
		day := mustDate(t, end)
		if _, _, err := s.PutSubscription(t.Context(), newScope(tenant), "s2", billing.SubscriptionChange{Status: &status, EndedOn: &day}); err != nil {
			t.Fatal(err)
		}
	}
	clock.step(24 * time.Hour)
	for _, line := range bill(t, s, tenant) {
		if strings.Contains(line, "s2") {
			t.Errorf("what was waived is billed again: %s", line)
		}
	}
	if faults := faultsOf(t, copyOf(t, s)); faults != "" {
		t.Error(faults)
	}
}
