package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"billfold/billing"
)

// The scenario an operator meets first: a spreadsheet's file with mistakes in it, the
// corrected file, and that file again.
func TestImportOfASpreadsheetsFile(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	file := func(amount, status, id string) string {
		rows := []string{exportRow("S-2"), exportRow("S-3"), exportRow("S-4"), exportRow("S-5"), exportRow("S-6"),
			exportRow("S-7", "monthlyAmount", amount), exportRow("S-8"), exportRow("S-9", "status", status), exportRow(id)}
		text := strings.ReplaceAll(exportFile(rows...), ",", ";")
		return "\ufeff" + strings.ReplaceAll(strings.ReplaceAll(text, "\n", "\r\n"), ".00", ",00")
	}
	before := imported(t, s)
	bad := file("12o.00", "rented", "S-3")
	for name, take := range map[string]func() (ImportResult, error){
		"check": func() (ImportResult, error) {
			return s.CheckImport(t.Context(), tenant, strings.NewReader(bad))
		},
		"import": func() (ImportResult, error) {
			return s.Import(t.Context(), newScope(tenant), strings.NewReader(bad), "export.csv")
		},
	} {
		result, err := take()
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			`line 7, column monthlyAmount: "12o,00" is not an amount. Write it like 129.50.`,
			`line 9, column status: "rented" is not a status. Use active, cancelled, ended_completed, ended_buyout, ended_upgrade or ended_early_return.`,
			`line 10, column subscriptionId: S-3 is in line 3 already. Keep one of the two rows.`,
		}
		var got []string
		for _, p := range result.Problems.Listed {
			got = append(got, p.String())
		}
		if diff := cmp.Diff(want, got); diff != "" || result.Problems.Total != 3 || result.ChangesAnything() {
			t.Errorf("%s: result %+v; problems (-want +got):\n%s", name, result, diff)
		}
		if diff := cmp.Diff(before, imported(t, s)); diff != "" {
			t.Errorf("%s of an unreadable file changed something (-before +after):\n%s", name, diff)
		}
	}
	good := file("99.00", "active", "S-10")
	wantResult(t, takeIn(t, s, tenant, good), ImportResult{Rows: 9, New: 9, CustomersNew: 1})
	if list := subscriptionsOf(t, s, tenant, "C-1"); len(list) != 9 || list[5].MonthlyAmount.Minor != 9900 || list[5].ID != "S-7" {
		t.Errorf("the customer has %d subscriptions: %+v", len(list), list)
	}
	taken := imported(t, s)
	wantResult(t, takeIn(t, s, tenant, good), ImportResult{Rows: 9, Unchanged: 9})
	if diff := cmp.Diff(taken, imported(t, s)); diff != "" {
		t.Errorf("the same file again changed something (-before +after):\n%s", diff)
	}
}

func TestImportKeepsWhatTheRowsTell(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	takeIn(t, s, tenant, exportHeader+",orderId,vatId,street,postalCode,city,country,paymentTerms,nextBillingDate\n"+
		exportRow("S-1")+",O-1,DE1,Hauptstraße 1,10115,Berlin,DE,45,2027-01-05\n"+
		exportRow("S-2", "status", "ended_buyout", "endDate", "2026-10-01", "company", "")+",,,,,,,,\n")
	customer, err := s.Customer(t.Context(), tenant, "C-1")
	if err != nil {
		t.Fatal(err)
	}
	terms := 45
	wantCustomer := billing.Customer{
		ID: "C-1", Type: billing.Business, Status: billing.CustomerActive, Company: "Acme GmbH", FirstName: "Ada", LastName: "Lovelace",
		Email: "it@acme.example", Address: billing.Address{Street: "Hauptstraße 1", PostalCode: "10115", City: "Berlin", Country: "DE"},
		VATID: "DE1", VATTreatment: billing.VATStandard, PaymentTerms: &terms, CreatedBy: testActor.ID,
	}
	if diff := cmp.Diff(wantCustomer, customer, cmpopts.IgnoreFields(billing.Customer{}, "CreatedAt", "UpdatedAt")); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	amount := billing.Money{Minor: 12900, Currency: "EUR"}
	start := billing.Date{Year: 2026, Month: 3, Day: 3}
	want := []billing.Subscription{
		{ID: "S-1", CustomerID: "C-1", OrderID: "O-1", Product: "ThinkPad X1", SKU: "TP-X1", Serial: "SN-S-1", MonthlyAmount: amount, Start: start, Length: 24, OriginalLength: 24, CreatedBy: testActor.ID,
			Status: billing.SubscriptionActive, OwedFrom: billing.Period{Year: 2027, Month: 2}, ToldNext: billing.Date{Year: 2027, Month: 1, Day: 5}},
		{ID: "S-2", CustomerID: "C-1", Product: "ThinkPad X1", SKU: "TP-X1", Serial: "SN-S-2", MonthlyAmount: amount, Start: start, Length: 24, OriginalLength: 24, CreatedBy: testActor.ID,
			Status: billing.SubscriptionEndedBuyout, EndedOn: billing.Date{Year: 2026, Month: 10, Day: 1}, OwedFrom: billing.Period{Year: 2026, Month: 12}},
	}
	if diff := cmp.Diff(want, subscriptionsOf(t, s, tenant, "C-1"), cmpopts.IgnoreFields(billing.Subscription{}, "CreatedAt", "UpdatedAt")); diff != "" {
		t.Errorf("subscriptions (-want +got):\n%s", diff)
	}
}

// An import leaves one entry with its counts, and one for each known thing that it
// changed, with what changed about it.
func TestImportIsInTheActivity(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	takeIn(t, s, tenant, exportFile(exportRow("S-1"), exportRow("S-2"), exportRow("S-3")))
	result := takeIn(t, s, tenant, exportFile(
		exportRow("S-1", "monthlyAmount", "99.50"), exportRow("S-2", "status", "cancelled"), exportRow("S-3"), exportRow("S-4", "customerName", "Ada King")))
	wantResult(t, result, ImportResult{Rows: 4, New: 1, Changed: 2, Unchanged: 1, CustomersChanged: 1})
	for _, test := range []struct{ kind, id, action, before, after string }{
		{"subscription", "S-1", "subscription.changed", `{"monthlyAmount":129}`, `{"monthlyAmount":99.5}`},
		{"subscription", "S-2", "subscription.ended", `{"endedOn":"","status":"active"}`, `{"endedOn":"2026-11-22","status":"cancelled"}`},
		{"customer", "C-1", "customer.changed", `{"lastName":"Lovelace"}`, `{"lastName":"King"}`},
	} {
		entries, err := s.Activity(t.Context(), tenant, test.kind, test.id, 10)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%s has %d entries, error %v", test.id, len(entries), err)
		}
		e := entries[0]
		if e.Action != test.action || string(e.Before) != test.before || string(e.After) != test.after || e.Actor != testActor {
			t.Errorf("%s: %s by %v, %s → %s", test.id, e.Action, e.Actor, e.Before, e.After)
		}
	}
	imports, err := s.Imports(t.Context(), tenant, 10)
	if err != nil || len(imports) != 2 {
		t.Fatalf("%d imports, error %v; want 2", len(imports), err)
	}
	if newest := imports[0]; newest.File != "export.csv" || newest.Actor != testActor || newest.At.IsZero() {
		t.Errorf("newest import %+v", newest)
	}
	wantResult(t, imports[0].ImportResult, result)
	if one, err := s.ImportTakenIn(t.Context(), tenant, imports[1].ID); err != nil || one.New != 3 {
		t.Errorf("import %s: %+v, error %v", imports[1].ID, one, err)
	}
	if list, err := s.Imports(t.Context(), tenant, 1); err != nil || len(list) != 1 || list[0].ID != imports[0].ID {
		t.Errorf("the newest import alone: %v, error %v", list, err)
	}
	takeIn(t, s, tenant, exportFile(exportRow("S-2", "status", "ended_buyout")))
	if entries, err := s.Activity(t.Context(), tenant, "subscription", "S-2", 1); err != nil || entries[0].Action != "subscription.changed" {
		t.Errorf("ended in another way: %+v, error %v", entries, err)
	}
	other := newTenant(t, s)
	if _, err := s.ImportTakenIn(t.Context(), other, imports[0].ID); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("another business unit's import: error %v", err)
	}
}

// What the rules refuse is listed and left, with its customer, while the others go in.
func TestImportRefusesARowAndGoesOn(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	takeIn(t, s, tenant, exportFile(exportRow("S-1"), exportRow("S-2")))
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{
		CustomerID: "C-1", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"S-1"},
	}, ""); err != nil {
		t.Fatal(err)
	}
	file := exportFile(exportRow("S-1", "customerId", "C-2", "monthlyAmount", "1.00"), exportRow("S-2", "customerId", "C-3"), exportRow("S-3"))
	check, err := s.CheckImport(t.Context(), tenant, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	result := takeIn(t, s, tenant, file)
	if diff := cmp.Diff(check, result); diff != "" {
		t.Errorf("the check said otherwise (-check +import):\n%s", diff)
	}
	wantResult(t, result, ImportResult{Rows: 3, New: 1, Changed: 1, Refused: 1, CustomersNew: 1})
	want := billing.RowProblems{Total: 1, Listed: []billing.RowProblem{{Line: 2, Column: "customerId", Code: billing.CodeSubscriptionAlreadyGrouped}}}
	if diff := cmp.Diff(want, result.Refusals, cmpopts.IgnoreFields(billing.RowProblem{}, "Message")); diff != "" {
		t.Errorf("refusals (-want +got):\n%s", diff)
	}
	if list := subscriptionsOf(t, s, tenant, "C-1"); len(list) != 2 || list[0].ID != "S-1" || list[0].MonthlyAmount.Minor != 12900 || list[0].GroupID == "" {
		t.Errorf("the customer's subscriptions: %+v", list)
	}
	if list := subscriptionsOf(t, s, tenant, "C-3"); len(list) != 1 || list[0].ID != "S-2" {
		t.Errorf("the other customer's subscriptions: %+v", list)
	}
	if _, err := s.Customer(t.Context(), tenant, "C-2"); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("the refused row's customer: error %v, want it unknown", err)
	}
}

// What somebody has chosen a customer to be stands until a file tells another company,
// and who has billing groups stays a business whatever the file says.
func TestImportKeepsTheTypeOfACustomer(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	file := exportFile(exportRow("S-1"), exportRow("S-2", "customerId", "C-2"))
	takeIn(t, s, tenant, file)
	if _, _, err := s.PutCustomer(t.Context(), newScope(tenant), "C-1", billing.CustomerChange{Type: ptr(billing.Individual)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{CustomerID: "C-2", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"S-2"}}, ""); err != nil {
		t.Fatal(err)
	}
	before := imported(t, s)
	wantResult(t, takeIn(t, s, tenant, file), ImportResult{Rows: 2, Unchanged: 2})
	if diff := cmp.Diff(before, imported(t, s)); diff != "" {
		t.Errorf("the same file again changed something (-before +after):\n%s", diff)
	}
	takeIn(t, s, tenant, exportFile(exportRow("S-1", "company", "Acme AG"), exportRow("S-2", "customerId", "C-2", "company", "")))
	for _, id := range []string{"C-1", "C-2"} {
		if c, err := s.Customer(t.Context(), tenant, id); err != nil || c.Type != billing.Business {
			t.Errorf("%+v, %v", c, err)
		}
	}
}

// A check says beforehand exactly what an import does, and writes nothing.
func TestCheckImportSaysWhatImportDoes(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	for _, file := range []string{
		exportFile(exportRow("S-1", "startDate", "2026-01-22"), exportRow("S-2", "customerId", "C-2", "company", ""), exportRow("S-3", "status", "cancelled")),
		exportFile(exportRow("S-1", "startDate", "2026-01-21"), exportRow("S-2", "customerId", "C-2"), exportRow("S-3", "endDate", "2026-05-03"), exportRow("S-4", "startDate", "2026-11-22")),
	} {
		before := imported(t, s)
		check, err := s.CheckImport(t.Context(), tenant, strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, imported(t, s)); diff != "" {
			t.Errorf("the check changed something (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(check, takeIn(t, s, tenant, file)); diff != "" {
			t.Errorf("the check said otherwise (-check +import):\n%s", diff)
		}
	}
}

// Nothing of a file goes in unless all of it does.
func TestImportIsAllOrNothing(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	rows := make([]string, importBatch+50)
	for i := range rows {
		rows[i] = exportRow(fmt.Sprint("S-", i), "customerId", fmt.Sprint("C-", i/10))
	}
	if err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TRIGGER fail BEFORE INSERT ON subscriptions WHEN NEW.id = 'S-520' BEGIN SELECT RAISE(ABORT, 'no'); END`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	before := imported(t, s)
	result, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(exportFile(rows...)), "export.csv")
	if err == nil || !strings.HasPrefix(err.Error(), "db: import: ") || result.ChangesAnything() {
		t.Errorf("result %+v, error %v", result, err)
	}
	if diff := cmp.Diff(before, imported(t, s)); diff != "" {
		t.Errorf("a failed import changed something (-before +after):\n%s", diff)
	}
}

func TestImportAnswersTheFilesError(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	broken := errors.New("disk gone")
	if _, err := s.Import(t.Context(), newScope(tenant), readerFunc(func([]byte) (int, error) { return 0, broken }), "x"); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Two business units may have the same ids; an import touches its own only.
func TestImportStaysInItsBusinessUnit(t *testing.T) {
	s := newStore(t)
	here, there := newTenant(t, s), newTenant(t, s)
	takeIn(t, s, there, exportFile(exportRow("S-1", "company", "Other GmbH")))
	before := imported(t, s)
	wantResult(t, takeIn(t, s, here, exportFile(exportRow("S-1"))), ImportResult{Rows: 1, New: 1, CustomersNew: 1})
	after := imported(t, s)
	for _, row := range before {
		var cells []any
		if err := json.Unmarshal([]byte(row), &cells); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(after, row) && cells[0] != float64(here.Key) { // the cut-over day is its own
			t.Errorf("the other's row is gone or changed: %s", row)
		}
	}
}

// Who was imported can be found, and by the new name once it has changed.
func TestImportedCustomersAreFound(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	found := func(query string) int {
		options, err := s.BusinessOptions(t.Context(), tenant, query, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(options)
	}
	takeIn(t, s, tenant, exportFile(exportRow("S-1", "company", "Brückner & Söhne")))
	if found("bruckner") != 1 || found("lovelace") != 1 {
		t.Error("a new customer is not found by its names")
	}
	takeIn(t, s, tenant, exportFile(exportRow("S-1", "company", "Nordlicht GmbH")))
	if found("nordlicht") != 1 || found("bruckner") != 0 {
		t.Error("a renamed customer is not found by its new name only")
	}
}
