package db

import (
	"testing"
	"time"

	"billfold/billing"
)

// The first import fixes the day from which instalments are owed; what a later one
// brings late falls due at once.
func TestImportCountsWhatFallsDueAtOnce(t *testing.T) {
	clock := newStepClock() // 22 November 2026
	s := openStore(t, t.TempDir()+"/test.db", clock.clock())
	tenant := newTenant(t, s)
	// S-1's own day is today, S-2's was yesterday and S-3's is tomorrow.
	first := exportFile(exportRow("S-1", "startDate", "2026-01-22"), exportRow("S-2", "startDate", "2026-01-21"), exportRow("S-3", "startDate", "2026-01-23"))
	want := ImportResult{Rows: 3, New: 3, CustomersNew: 1, DueInstalments: 1}
	want.DueAmount.Minor = 12900
	wantResult(t, takeIn(t, s, tenant, first), want)

	clock.step(61 * 24 * time.Hour) // 22 January 2027
	// S-1 to S-3 have been due for months by now. S-4 began on 10 December and nobody
	// said so; S-5 began before the cut-over day.
	second := exportFile(exportRow("S-1", "startDate", "2026-01-22", "monthlyAmount", "1.00"), exportRow("S-4", "startDate", "2026-12-10", "monthlyAmount", "10.00"),
		exportRow("S-5", "startDate", "2026-06-30", "monthlyAmount", "20.00"))
	want = ImportResult{Rows: 3, New: 2, Changed: 1, DueInstalments: 4}
	want.DueAmount.Minor = 2*1000 + 2*2000 // S-4: 10 December and January; S-5: 30 November and December
	wantResult(t, takeIn(t, s, tenant, second), want)

	// A contract that was over goes on for two months.
	takeIn(t, s, tenant, exportFile(exportRow("S-6", "startDate", "2026-11-25", "contractLength", "1")))
	want = ImportResult{Rows: 1, Changed: 1, DueInstalments: 1} // 25 December; 25 January is to come
	want.DueAmount.Minor = 12900
	wantResult(t, takeIn(t, s, tenant, exportFile(exportRow("S-6", "startDate", "2026-11-25", "contractLength", "3"))), want)
}

// A member's extension is billed by its group, on the group's day.
func TestImportCountsWhatAGroupBills(t *testing.T) {
	clock := newStepClock() // 22 November 2026
	s := openStore(t, t.TempDir()+"/test.db", clock.clock())
	tenant := newTenant(t, s)
	row := func(length string) string {
		return exportFile(exportRow("S-1", "startDate", "2026-01-25", "contractLength", length))
	}
	takeIn(t, s, tenant, row("12"))
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{CustomerID: "C-1", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"S-1"}}, ""); err != nil {
		t.Fatal(err)
	}
	clock.step(40 * 24 * time.Hour) // 1 January 2027, before its own day
	want := ImportResult{Rows: 1, Changed: 1, DueInstalments: 1}
	want.DueAmount.Minor = 12900
	wantResult(t, takeIn(t, s, tenant, row("13")), want)
}
