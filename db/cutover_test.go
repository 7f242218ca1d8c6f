package db

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"billfold/billing"
)

const headerWithNext = exportHeader + ",nextBillingDate\n"

// owedFrom tells what subscriptions of a customer are owed from.
func owedFrom(t testing.TB, s *Store, tenant Tenant, customer string) map[string]string {
	t.Helper()
	owed := make(map[string]string)
	for _, u := range subscriptionsOf(t, s, tenant, customer) {
		owed[u.ID] = u.OwedFrom.String()
	}
	return owed
}

func cutOver(day string) func(*billing.TenantChange) {
	return func(in *billing.TenantChange) { in.CutOver = day }
}

func TestMoveCutOver(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	takeIn(t, s, tenant, headerWithNext+
		exportRow("S-1", "startDate", "2026-01-25")+",\n"+ // owed from November
		exportRow("S-2", "startDate", "2026-01-03")+",\n"+ // from December
		exportRow("S-3", "startDate", "2026-01-03")+",2026-10-03\n"+ // the cut-over day is later
		exportRow("S-4", "startDate", "2026-01-03")+",2027-02-03\n"+ // billed elsewhere until February
		exportRow("S-5", "startDate", "2026-11-24")+",\n"+ // from its start
		exportRow("S-6", "startDate", "2026-01-31", "status", "cancelled", "endDate", "2026-10-15")+",\n")
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{CustomerID: "C-1", Name: "IT", BillingDay: 28, SubscriptionIDs: []string{"S-1", "S-3"}}, ""); err != nil {
		t.Fatal(err)
	}
	tenant, err := s.Tenant(t.Context(), tenant.ID)
	if err != nil || tenant.CutOver.String() != testDay || tenant.Version != 2 {
		t.Fatalf("%+v, %v", tenant, err)
	}
	sameForecast(t, s, tenant)
	in := settings(tenant)
	in.CutOver = "2026-09-20"
	check, err := s.CheckTenant(t.Context(), tenant, in)
	if err != nil {
		t.Fatal(err)
	}
	// September to November of S-1 but for 28 November, which the group bills; October and November of
	// S-2 and S-3, whose group bills November on the 28th; 30 September of S-6.
	instalments := func(n int, of int64) Instalments {
		return Instalments{n, billing.Money{Minor: int64(n) * of, Currency: "EUR"}}
	}
	want := CutOverMove{Subscriptions: 4, Due: instalments(6, 129_00), Dropped: instalments(0, 0)}
	if diff := cmp.Diff(want, check.CutOver); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	before := map[string]string{"S-1": "2026-11", "S-2": "2026-12", "S-3": "2026-12", "S-4": "2027-02", "S-5": "2026-11", "S-6": "2026-11"}
	if diff := cmp.Diff(before, owedFrom(t, s, tenant, "C-1")); diff != "" {
		t.Errorf("a look changes something (-want +got):\n%s", diff)
	}
	tenant = changeTenant(t, s, tenant, cutOver("2026-09-20"))
	if diff := cmp.Diff(map[string]string{"S-1": "2026-09", "S-2": "2026-10", "S-3": "2026-10", "S-4": "2027-02", "S-5": "2026-11", "S-6": "2026-09"}, owedFrom(t, s, tenant, "C-1")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := sameForecast(t, s, tenant); diff != "" {
		t.Errorf("the forecast: %s", diff)
	}
	if faults := faultsOf(t, s.path); faults != "" {
		t.Error(faults)
	}
	// And back.
	in.CutOver = testDay
	if check, err = s.CheckTenant(t.Context(), tenant, in); err != nil {
		t.Fatal(err)
	}
	want.Due, want.Dropped = want.Dropped, want.Due
	if diff := cmp.Diff(want, check.CutOver); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	tenant = changeTenant(t, s, tenant, cutOver(testDay))
	if diff := cmp.Diff(before, owedFrom(t, s, tenant, "C-1")); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	if _, err := s.writer.db.Exec(`UPDATE tenants SET last_issued = ?1`, testDay); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CheckTenant(t.Context(), tenant, in); err != nil {
		t.Errorf("as it is: %v", err)
	}
	in.CutOver = "2026-09-20"
	if _, err := s.ChangeTenant(t.Context(), newScope(tenant), tenant.Version, in); billing.CodeOf(err) != billing.CodeHasInvoices {
		t.Errorf("with invoices: %v", err)
	}
}

// Whatever day it is moved to, and back and forth: subscriptions are owed as if they had
// been taken in under that cut-over day, also where a start was corrected on the way.
func TestMoveCutOverIsAsTakenIn(t *testing.T) {
	s := newStore(t)
	rapid.Check(t, func(rt *rapid.T) {
		moved, straight := newTenant(t, s), newTenant(t, s)
		day := func(label string) string {
			return mustDate(t, testDay).AddDays(rapid.IntRange(-150, 60).Draw(rt, label)).String()
		}
		wrong, right := headerWithNext, headerWithNext
		for i := range rapid.IntRange(1, 12).Draw(rt, "subscriptions") {
			id, next := fmt.Sprintf("S-%d", i), ""
			if rapid.Bool().Draw(rt, "told") {
				next = day("next billing date")
			}
			right += exportRow(id, "startDate", day("start")) + "," + next + "\n"
			wrong += exportRow(id, "startDate", day("wrong start")) + "," + next + "\n"
		}
		final := day("cut-over")
		if rapid.Bool().Draw(rt, "corrected after the move") {
			takeIn(t, s, moved, wrong)
			moved, _ = s.Tenant(t.Context(), moved.ID)
			moved = changeTenant(t, s, moved, cutOver(final))
			takeIn(t, s, moved, right)
		} else {
			takeIn(t, s, moved, wrong)
			takeIn(t, s, moved, right)
			moved, _ = s.Tenant(t.Context(), moved.ID)
			moved = changeTenant(t, s, moved, cutOver(day("other cut-over")))
			moved = changeTenant(t, s, moved, cutOver(final))
		}
		straight = changeTenant(t, s, straight, cutOver(final))
		takeIn(t, s, straight, right)
		if diff := cmp.Diff(owedFrom(t, s, straight, "C-1"), owedFrom(t, s, moved, "C-1")); diff != "" {
			rt.Fatalf("cut-over day %s (-as taken in +moved):\n%s\n%s", final, diff, right)
		}
	})
}

func mustDate(t testing.TB, text string) billing.Date {
	t.Helper()
	d, err := billing.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A database from before the next billing date was kept gives away that one was told.
func TestMigrateInfersWhatWasTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "older.db")
	db, err := sql.Open("sqlite3", dsn(path, writerOptions))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(t.Context(), db, olderMigrations(t, 9), false); err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO tenants (key, id, name, currency, timezone, vat_mode, vat_rate, payment_terms, invoice_prefix, cut_over, created_at)
		VALUES (1, 'ten_1', 'Nord', 'EUR', 'Europe/Berlin', 'none', 0, 14, 'N', '2026-11-30', 0)`)
	exec(`INSERT INTO customers (key, tenant, id, type, status, company, first_name, last_name, email, phone, street, postal_code, city, country, vat_id, vat_treatment, created_at, updated_at)
		VALUES (1, 1, 'C-1', 'business', 'active', 'Acme', '', '', '', '', '', '', '', '', '', 'standard', 0, 0)`)
	want := make(map[string]string)
	for start := mustDate(t, "2026-01-01"); start.Before(mustDate(t, "2027-02-03")); start = start.AddDays(5) {
		for _, next := range []string{"", "2026-10-30", "2026-11-30", "2026-12-01", "2027-01-31", "2027-02-03"} {
			told := billing.Date{}
			if next != "" {
				told = mustDate(t, next)
			}
			id, owed := start.String()+" "+next, billing.FirstOwed(start, told, mustDate(t, "2026-11-30"))
			exec(`INSERT INTO subscriptions (tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status, owed_from, created_at, updated_at)
				VALUES (1, ?1, 1, '', '', '', '', 1, ?2, 24, '2029-01-01', 'active', ?3, 0, 0)`, id, start.String(), owed.String())
			want[id] = owed.String()
		}
	}
	if err := migrate(t.Context(), db, migrations, false); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, path, Clock{Now: func() time.Time { return time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC) }})
	list := subscriptionsOf(t, s, mustTenant(t, s), "C-1")
	told := 0
	for _, u := range list {
		if got := u.OwedSince(mustDate(t, "2026-11-30")).OwedFrom.String(); got != want[u.ID] {
			t.Errorf("%s: owed from %s, told %s: that makes %s", u.ID, want[u.ID], u.ToldNext, got)
		}
		if !u.ToldNext.IsZero() {
			told++
		}
	}
	if len(list) != len(want) || told < len(list)/5 || told > len(list)/2 {
		t.Errorf("of %d subscriptions %d were told a date", len(list), told)
	}
}
