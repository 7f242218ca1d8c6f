package db

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// The worked cases of the rules, by their numbers, as the store bills them. Those that
// change a group are in groupchange_test.go, those that rest on what was billed in
// billed_test.go.

// runDaily bills on each day up to and including one, and answers all that was issued.
func runDaily(t testing.TB, s *Store, tenant Tenant, clock *stepClock, to string) (issued []billing.Invoice) {
	t.Helper()
	for !mustDate(t, to).Before(s.Today(tenant)) {
		run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
		if err != nil || run.SetAside > 0 {
			t.Fatalf("billed with %d set aside, %v", run.SetAside, err)
		}
		issued = append(issued, issuedBy(t, s, tenant, run)...)
		clock.step(24 * time.Hour)
	}
	return issued
}

// billDaily is runDaily, told an invoice a line.
func billDaily(t testing.TB, s *Store, tenant Tenant, clock *stepClock, to string) []string {
	t.Helper()
	return issuedLines(runDaily(t, s, tenant, clock, to))
}

// Case 1: billed up to today, then grouped on day 1.
func TestCase01FirstInvoiceNextMonth(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	wantBilled(t, bill(t, s, tenant), "2026-11-22 alone s1", "2026-11-22 alone s2")
	create(t, s, tenant, 1, "s1", "s2", "s3")
	wantBilled(t, billDaily(t, s, tenant, clock, "2027-01-31"), "2026-11-25 alone s3", "2026-12-01 group s1 s2 s3", "2027-01-01 group s1 s2 s3")
}

// Case 2: the same with a day that is still to come.
func TestCase02GroupDayStillToCome(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	bill(t, s, tenant)
	create(t, s, tenant, 28, "s1", "s2", "s3")
	wantBilled(t, billDaily(t, s, tenant, clock, "2026-12-31"), "2026-11-28 group s3", "2026-12-28 group s1 s2 s3")
}

// Case 3: 129 + 89 + 159 without VAT are one invoice of 377.
func TestCase03OneSum(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-26")
	tenant = changeTenant(t, s, tenant, func(in *billing.TenantChange) { in.VATMode = "none" })
	bill(t, s, tenant)
	create(t, s, tenant, 1, "s1", "s2", "s3")
	issued := runDaily(t, s, tenant, clock, "2026-12-02")
	if len(issued) != 1 || issued[0].Totals != (billing.Totals{Subtotal: 377_00, Total: 377_00}) || issued[0].VAT.Mode != billing.VATNone || issued[0].Currency != "EUR" {
		t.Errorf("issued %+v", issued)
	}
}

// Case 8: a contract that begins on the 31st is billed on the last day of each month,
// twelve times in all, and serves a whole year.
func TestCase08MonthEnds(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-01-01")
	takeIn(t, s, tenant, exportFile(exportRow("S-1", "startDate", "2026-01-31", "contractLength", "12")))
	var dates []string
	from := mustDate(t, "2026-01-31")
	for _, i := range runDaily(t, s, tenant, clock, "2027-02-28") {
		if i.CustomerID != "C-1" {
			continue
		}
		dates = append(dates, i.Issued.String())
		if line := i.Lines[0]; line.From != from || i.Issued != from {
			t.Errorf("issued on %s for a service from %s, want %s", i.Issued, line.From, from)
		} else {
			from = line.To
		}
	}
	want := []string{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
		"2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"}
	if diff := cmp.Diff(want, dates); diff != "" || from.String() != "2027-01-31" {
		t.Errorf("served to %s, billed on (-want +got):\n%s", from, diff)
	}
}

// Case 10: no run from 30 November to 3 February.
func TestCase10MissedMonths(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-29")
	bill(t, s, tenant)
	create(t, s, tenant, 1, "s1", "s2", "s3")
	clock.step(66 * 24 * time.Hour)
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range issuedBy(t, s, tenant, run) {
		line := strings.Join([]string{i.Number, i.Period.String(), "issued", i.Issued.String(), "due", i.Due.String()}, " ")
		for _, l := range i.Lines {
			line += ", " + l.SubscriptionID + " " + l.From.String() + " to " + l.To.String()
		}
		got = append(got, line)
	}
	want := []string{
		"M-2027-000001 2026-12 issued 2027-02-03 due 2027-02-17, s1 2026-12-03 to 2027-01-03, s2 2026-12-20 to 2027-01-20, s3 2026-12-25 to 2027-01-25",
		"M-2027-000002 2027-01 issued 2027-02-03 due 2027-02-17, s1 2027-01-03 to 2027-02-03, s2 2027-01-20 to 2027-02-20, s3 2027-01-25 to 2027-02-25",
		"M-2027-000003 2027-02 issued 2027-02-03 due 2027-02-17, s1 2027-02-03 to 2027-03-03, s2 2027-02-20 to 2027-03-20, s3 2027-02-25 to 2027-03-25",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("issued (-want +got):\n%s", diff)
	}
	wantBilled(t, bill(t, s, tenant))
}

// Case 11: at one instant it is 1 December on Kiritimati, and November in Los Angeles.
func TestCase11EachItsOwnToday(t *testing.T) {
	clock := newStepClock()
	clock.ms.Store(time.Date(2026, 11, 29, 11, 0, 0, 0, time.UTC).UnixMilli())
	s := copyStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	zones := []string{"Pacific/Kiritimati", "America/Los_Angeles"}
	var tenants []Tenant
	for _, zone := range zones {
		tenant := changeTenant(t, s, newTenant(t, s), func(in *billing.TenantChange) { in.Zone = zone })
		acme := addCustomer(t, s, tenant, billing.Customer{ID: "acme", Company: "Acme GmbH"})
		addSubscription(t, s, tenant, acme, "s1", 129_00, "2026-03-03")
		addSubscription(t, s, tenant, acme, "s2", 89_00, "2026-05-20")
		bill(t, s, tenant)
		create(t, s, tenant, 1, "s1", "s2")
		tenants = append(tenants, tenant)
	}
	clock.step(24 * time.Hour) // to 2026-11-30T11:00Z
	wantBilled(t, bill(t, s, tenants[0]), "2026-12-01 group s1 s2")
	wantBilled(t, bill(t, s, tenants[1]))
	clock.step(21 * time.Hour)
	wantBilled(t, bill(t, s, tenants[1]), "2026-12-01 group s1 s2")
}

// Case 12: the tax is rounded once, on the sum, and shared so that it adds up.
func TestCase12TaxIsRoundedOnce(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, testDay)
	row := func(id string) string { return exportRow(id, "startDate", "2026-11-30", "monthlyAmount", "33.33") }
	takeIn(t, s, tenant, exportFile(row("a"), row("b"), row("c")))
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{CustomerID: "C-1", Name: "Three", BillingDay: 1, SubscriptionIDs: []string{"a", "b", "c"}}, ""); err != nil {
		t.Fatal(err)
	}
	issued := slices.DeleteFunc(runDaily(t, s, tenant, clock, "2026-12-01"), func(i billing.Invoice) bool { return !i.Consolidated() })
	if len(issued) != 1 || issued[0].Totals != (billing.Totals{Subtotal: 99_99, Tax: 19_00, Total: 118_99}) {
		t.Fatalf("issued %+v", issued)
	}
	var taxes []int64
	for _, line := range issued[0].Lines {
		taxes = append(taxes, line.Tax)
	}
	if !slices.Equal(taxes, []int64{6_34, 6_33, 6_33}) {
		t.Errorf("line taxes %v", taxes)
	}
}
