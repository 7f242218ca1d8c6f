package db

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// newInvoiced answers a store with four months of a demo's invoices, some of which were
// paid, failed or cancelled since, and beside it a tenant with an invoice of its own.
func newInvoiced(t testing.TB) (*Store, Tenant) {
	t.Helper()
	return copyShared(t, "invoiced", Clock{Frozen: frozen(t, "2026-08-20")}, func() (*Store, Tenant) { return fillInvoiced(t) })
}

func fillInvoiced(t testing.TB) (*Store, Tenant) {
	t.Helper()
	s, access := newDemoOn(t, "2026-08-20", DemoOptions{Subscriptions: 400, Seed: 5})
	tenant, err := s.Tenant(t.Context(), access.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	other := newTenant(t, s)
	acme := addCustomer(t, s, other, billing.Customer{ID: "cust_acme", Company: "Acme Other GmbH"})
	addSubscription(t, s, other, acme, "sub_other", 129_00, "2026-06-03")
	for _, day := range []string{"2026-08-20", "2026-09-16", "2026-10-01", "2026-11-07", testDay} {
		on, err := billing.ParseDate(day)
		if err != nil {
			t.Fatal(err)
		}
		for _, tenant := range []Tenant{tenant, other} {
			if _, err := s.bill(t.Context(), newScope(tenant), BillOptions{}, on, time.Now); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tenant, err = s.Tenant(t.Context(), access.Tenant); err != nil || s.Today(tenant).String() != testDay {
		t.Fatalf("today is %s, %v", s.Today(tenant), err)
	}
	for _, u := range []struct{ change, which string }{
		{`status = 'paid', paid_on = issued_on, paid_amount = total - credited`, `key % 5 = 0 AND issued_on < '2026-11-22' AND status = 'pending'`},
		{`status = 'paid', paid_on = '2026-11-03', paid_amount = total - credited`, `key % 7 = 0 AND issued_on < '2026-11' AND status = 'pending'`},
		{`status = 'processing'`, `key % 11 = 0 AND status = 'pending'`},
		{`status = 'failed'`, `key % 23 = 0 AND status = 'pending'`},
		{`status = 'cancelled', credited = total, live = 0`, `key % 29 = 0 AND status = 'pending'`},
		{`credited = total / 3, updated_at = updated_at + 1000`, `key % 13 = 0 AND status = 'pending'`},
	} {
		if _, err := s.writer.db.ExecContext(t.Context(), `UPDATE invoices SET `+u.change+` WHERE `+u.which); err != nil {
			t.Fatal(err)
		}
	}
	return s, tenant
}

// invoicesOf reads all invoices of a tenant, the newest first, one by one.
func invoicesOf(t testing.TB, s *Store, tenant Tenant) (all []billing.Invoice) {
	t.Helper()
	err := eachRow(t.Context(), s.readers, `SELECT id FROM invoices WHERE tenant = ?1 ORDER BY key DESC`, []any{tenant.Key}, func(row scanner) error {
		var id string
		if err := row.Scan(&id); err != nil {
			return err
		}
		invoice, err := s.Invoice(t.Context(), tenant, id)
		all = append(all, invoice)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func invoiceMatches(i billing.Invoice, f InvoiceFilter, today billing.Date) bool {
	between := func(d, from, to billing.Date) bool { return !d.Before(from) && (to.IsZero() || !to.Before(d)) }
	return (f.Status == "" || i.Status == f.Status) && (f.CustomerID == "" || i.CustomerID == f.CustomerID) && (f.GroupID == "" || i.GroupID == f.GroupID) &&
		(f.SubscriptionID == "" || slices.ContainsFunc(i.Lines, func(l billing.InvoiceLine) bool { return l.SubscriptionID == f.SubscriptionID })) &&
		(f.RunID == "" || i.RunID == f.RunID) && (f.Kind == "" || (f.Kind == Consolidated) == i.Consolidated()) && (f.Period.IsZero() || i.Period == f.Period) &&
		(!f.Open || i.Status != billing.InvoicePaid && i.Status != billing.InvoiceCancelled) && (!f.Overdue || i.Overdue(today)) &&
		between(i.Due, f.DueFrom, f.DueTo) && (!f.paidBetween() || i.Status == billing.InvoicePaid && between(i.Payment.On, f.PaidFrom, f.PaidTo))
}

// Every filter in every order lists what a look at each invoice finds, page by page, and
// adds it up.
func TestInvoiceLists(t *testing.T) {
	s, tenant := newInvoiced(t)
	today, all := s.Today(tenant), invoicesOf(t, s, tenant)
	grouped := all[slices.IndexFunc(all, billing.Invoice.Consolidated)]
	november := today.Period()
	filters := []InvoiceFilter{{}, {Open: true}, {Overdue: true}, {Overdue: true, Status: billing.InvoiceFailed}, {Overdue: true, Status: billing.InvoicePaid},
		{Kind: Individual}, {Kind: Consolidated}, {Kind: Consolidated, Open: true}, {CustomerID: grouped.CustomerID}, {CustomerID: grouped.CustomerID, Overdue: true, Kind: Consolidated},
		{CustomerID: "nobody"}, {GroupID: grouped.GroupID}, {GroupID: "bg_nothing"}, {SubscriptionID: grouped.Lines[0].SubscriptionID}, {SubscriptionID: "sub_other"},
		{RunID: grouped.RunID}, {RunID: all[len(all)/2].RunID, Status: billing.InvoicePaid}, {RunID: "run_nothing"}, {Period: november}, {Period: november.Add(-2), Kind: Consolidated},
		{Period: november, Overdue: true}, {Period: november.Add(3)}, {DueFrom: november.Date(10)}, {DueTo: november.Date(10)},
		{DueFrom: november.Date(3), DueTo: november.Date(21), Kind: Individual}, {DueFrom: november.Date(3), DueTo: november.Date(21), Status: billing.InvoicePaid}, {DueFrom: november.Date(9), DueTo: november.Date(8)},
		{PaidFrom: november.First(), PaidTo: november.Date(30)}, {PaidTo: november.Add(-1).Date(31), Kind: Consolidated},
		{PaidFrom: november.First(), DueTo: november.First()}, {PaidFrom: november.First(), Status: billing.InvoicePending}}
	for _, status := range billing.InvoiceStatuses {
		filters = append(filters, InvoiceFilter{Status: status}, InvoiceFilter{Status: status, Kind: Consolidated}, InvoiceFilter{Status: status, Period: november})
	}
	empty := 0
	for _, filter := range filters {
		for _, sort := range []InvoiceSort{"", ByDue} {
			filter.Sort, filter.Limit = sort, 37
			want, sum := []string{}, billing.Money{Currency: tenant.Currency}
			sorted := slices.Clone(all)
			if sort == ByDue {
				slices.Reverse(sorted) // of two that are due on one day, the older comes first
				slices.SortStableFunc(sorted, func(a, b billing.Invoice) int { return a.Due.Compare(b.Due) })
			}
			for _, i := range sorted {
				if invoiceMatches(i, filter, today) {
					want, sum.Minor = append(want, i.ID), sum.Minor+i.Open()
				}
			}
			if len(want) == 0 {
				empty++
			}
			t.Run(fmt.Sprintf("%+v", filter), func(t *testing.T) {
				got := allPages(t, func(after string) (ids []string, next string, err error) {
					filter.After = after
					rows, next, err := s.Invoices(t.Context(), tenant, filter)
					for _, r := range rows {
						ids = append(ids, r.ID)
						if r.Customer.ID != r.CustomerID || r.Customer.Email != r.Buyer.Email {
							t.Errorf("%s is of %q, and went to %q", r.ID, r.Customer.ID, r.Buyer.CustomerID)
						}
					}
					return ids, next, err
				})
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("listed:\n%s", diff)
				}
				totals, err := s.InvoiceTotals(t.Context(), tenant, filter)
				if diff := gocmp.Diff(Totals{Count: len(want), Open: &sum}, totals); err != nil || diff != "" {
					t.Errorf("totals: %v\n%s", err, diff)
				}
			})
		}
	}
	if empty != 2*8 || len(all) < 500 {
		t.Errorf("%d of the filters find nothing among %d invoices", empty/2, len(all))
	}
}

// A row has the line that is meant: the only one, or that of the subscription asked for.
// A deleted group's invoices stay.
func TestInvoiceRows(t *testing.T) {
	s, tenant := newInvoiced(t)
	all := invoicesOf(t, s, tenant)
	for _, i := range all[:60] {
		line := i.Lines[len(i.Lines)-1]
		rows, _, err := s.Invoices(t.Context(), tenant, InvoiceFilter{SubscriptionID: line.SubscriptionID, Limit: 50})
		at := slices.IndexFunc(rows, func(r InvoiceRow) bool { return r.ID == i.ID })
		if err != nil || at < 0 || rows[at].Line.Amount != line.Amount || rows[at].Line.Product != line.Product {
			t.Fatalf("%s lists %v of %s, %v", line.SubscriptionID, rows, i.ID, err)
		}
		byID, err := s.InvoicesByID(t.Context(), tenant, []string{i.ID, "pay_nothing", all[0].ID, i.ID})
		if err != nil || byID[0].ID != i.ID || len(byID) > 2 || (byID[0].Line.SubscriptionID != "") == i.Consolidated() {
			t.Fatalf("%s by id: %v, %v", i.ID, byID, err)
		}
	}
	grouped := all[slices.IndexFunc(all, billing.Invoice.Consolidated)]
	for _, deleted := range []bool{false, true} {
		rows, _, err := s.Invoices(t.Context(), tenant, InvoiceFilter{GroupID: grouped.GroupID, Limit: 50})
		if err != nil || len(rows) < 2 || rows[0].GroupName != grouped.GroupName || rows[0].GroupDeleted != deleted {
			t.Errorf("deleted is %v: %+v, %v", deleted, rows, err)
		}
		if !deleted {
			if err := s.DeleteGroup(t.Context(), newScope(tenant), grouped.GroupID, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestInvoiceSearch(t *testing.T) {
	s, tenant := newInvoiced(t)
	all := invoicesOf(t, s, tenant)
	newest := all[0]
	sequence := newest.Number[strings.LastIndex(newest.Number, "-")+1:]
	digits := strings.TrimLeft(sequence, "0")
	prefix := strings.TrimSuffix(newest.Number, "-2026-"+sequence)
	numbered := func(begin string) func(billing.Invoice) bool {
		return func(i billing.Invoice) bool { return strings.HasPrefix(i.Number, begin) }
	}
	only := func(i billing.Invoice) bool { return i.ID == newest.ID }
	of := func(id string) func(billing.Invoice) bool {
		return func(i billing.Invoice) bool { return i.CustomerID == id }
	}
	nothing := func(billing.Invoice) bool { return false }
	for query, want := range map[string]func(billing.Invoice) bool{
		newest.Number: only, strings.ToLower(newest.Number): only, " " + sequence + " ": only, digits: only, "2026-" + sequence: only, "2026-" + digits: only,
		prefix + "-2026-" + digits: only, prefix + "-" + digits: only, newest.ID: only, newest.ID[:len(newest.ID)-1]: only,
		newest.Number[:len(newest.Number)-2]: numbered(newest.Number[:len(newest.Number)-2]), "ZZ-2026-" + sequence: nothing, "2025-" + sequence: nothing,
		prefix + "-2026": numbered(prefix), "2026-": numbered(prefix), "2026-0000000001": nothing, "999999": nothing,
		"werkzeugbau": of("cust_acme"), "Süß WERKZ": of("cust_acme"), "cust_acme": of("cust_acme"), "nobody at all": nothing, "%": nothing, "-": nothing, "'": nothing,
	} {
		for _, f := range []InvoiceFilter{{}, {Status: billing.InvoicePaid}, {CustomerID: newest.CustomerID}, {CustomerID: newest.CustomerID, Overdue: true}, {Kind: Consolidated, Sort: ByDue}} {
			var wanted []string
			for _, i := range all {
				if want(i) && invoiceMatches(i, f, s.Today(tenant)) {
					wanted = append(wanted, i.ID)
				}
			}
			cut := len(wanted) > maxMatches
			wanted = wanted[:min(len(wanted), maxMatches)]
			f.Query, f.Search, f.Limit = query, new(Search), 40
			got := allPages(t, func(after string) (ids []string, next string, err error) {
				f.After = after
				rows, next, err := s.Invoices(t.Context(), tenant, f)
				for _, r := range rows {
					ids = append(ids, r.ID)
				}
				return ids, next, err
			})
			slices.Sort(wanted)
			slices.Sort(got)
			if !slices.Equal(wanted, got) {
				t.Errorf("search for %q among %+v finds %d, want %d", query, f, len(got), len(wanted))
			}
			totals, err := s.InvoiceTotals(t.Context(), tenant, f)
			if err != nil || totals.Count != len(wanted) || totals.More != cut || f.Search.Cut() != cut {
				t.Errorf("totals of %q: %+v, %v", query, totals, err)
			}
		}
	}
}

// A number is found by the zeros it is printed with, and beyond them.
func TestSequencesOf(t *testing.T) {
	for digits, want := range map[string][][2]int{
		"":        {{1, maxSequence}},
		"000123":  {{123, 123}},
		"0001":    {{100, 199}},
		"12":      {{12, 12}, {120_000, 129_999}, {1_200_000, 1_299_999}, {12_000_000, 12_999_999}, {120_000_000, 129_999_999}},
		"1234567": {{1234567, 1234567}, {12_345_670, 12_345_679}, {123_456_700, 123_456_799}},
		"0123456": nil,
	} {
		if diff := gocmp.Diff(want, sequencesOf(digits)); diff != "" {
			t.Errorf("%q:\n%s", digits, diff)
		}
	}
}

// Of many customers who match, a search says that it has not looked at all invoices.
func TestInvoiceSearchThatWasCut(t *testing.T) {
	s, tenant := newInvoiced(t)
	f := InvoiceFilter{Query: "cust", Search: new(Search), Limit: 50}
	if rows, _, err := s.Invoices(t.Context(), tenant, f); err != nil || len(rows) != 50 || !f.Search.Cut() {
		t.Errorf("%d rows, cut %v, %v", len(rows), f.Search.Cut(), err)
	}
	if totals, err := s.InvoiceTotals(t.Context(), tenant, f); err != nil || !totals.More || totals.Open != nil {
		t.Errorf("totals %+v, %v", totals, err)
	}
}

// figuresOf works out the figures from the invoices.
func figuresOf(t testing.TB, s *Store, tenant Tenant) (want InvoiceFigures) {
	t.Helper()
	today := s.Today(tenant)
	for _, f := range []*InvoiceFigure{&want.Outstanding, &want.Overdue, &want.PaidThisMonth} {
		f.Amount.Currency = tenant.Currency
	}
	count := func(f *InvoiceFigure, is bool, amount int64) {
		if is {
			f.Invoices, f.Amount.Minor = f.Invoices+1, f.Amount.Minor+amount
		}
	}
	for _, i := range invoicesOf(t, s, tenant) {
		count(&want.Outstanding, i.Status != billing.InvoicePaid && i.Status != billing.InvoiceCancelled, i.Open())
		count(&want.Overdue, i.Overdue(today), i.Open())
		count(&want.PaidThisMonth, i.Status == billing.InvoicePaid && i.Payment.On.Period() == today.Period(), i.Payment.Amount)
	}
	return want
}

// The figures are those of the invoices, whatever becomes of these.
func TestInvoiceFigures(t *testing.T) {
	s, tenant := newInvoiced(t)
	check := func(what string) {
		t.Helper()
		want := figuresOf(t, s, tenant)
		got, err := s.InvoiceFigures(t.Context(), tenant)
		if diff := gocmp.Diff(want, got); err != nil || diff != "" || want.Overdue.Invoices == 0 || want.PaidThisMonth.Invoices == 0 {
			t.Errorf("figures, %s: %v\n%s", what, err, diff)
		}
	}
	check("as issued")
	at, scope, all := 0, newScope(tenant), invoicesOf(t, s, tenant)
	for what, act := range map[string]func(i billing.Invoice) error{
		"paid": func(i billing.Invoice) error {
			_, err := s.MarkPaid(t.Context(), scope, i.ID, billing.MarkPaid{On: s.Today(tenant)})
			return err
		},
		"cancelled": func(i billing.Invoice) error {
			_, err := s.CancelInvoice(t.Context(), scope, i.ID, billing.CreditInput{Reason: "Wrong address", Again: true})
			return err
		},
		"failed": func(i billing.Invoice) error {
			_, err := s.SetInvoiceStatus(t.Context(), scope, i.ID, billing.InvoiceFailed, "No cover")
			return err
		},
		"paid and reopened": func(i billing.Invoice) error {
			if _, err := s.MarkPaid(t.Context(), scope, i.ID, billing.MarkPaid{On: s.Today(tenant)}); err != nil {
				return err
			}
			_, err := s.ReopenInvoice(t.Context(), scope, i.ID, "Another’s payment")
			return err
		},
	} {
		for all[at].Status != billing.InvoicePending || all[at].Credited > 0 || what == "failed" && all[at].Status == billing.InvoicePaid {
			at++
		}
		if err := act(all[at]); err != nil && what != "failed" {
			t.Fatalf("%s: %v", what, err)
		}
		at++
		check(what)
	}
}

// What is credited of an invoice is open no more, and the note's number finds it.
func TestInvoiceOfCreditNote(t *testing.T) {
	s, tenant := newInvoiced(t)
	all := invoicesOf(t, s, tenant)
	i := all[slices.IndexFunc(all, func(i billing.Invoice) bool {
		return i.Consolidated() && i.Status == billing.InvoicePending && i.Credited == 0
	})]
	credited, err := s.CreditInvoice(t.Context(), newScope(tenant), i.ID, billing.CreditInput{SubscriptionIDs: []string{i.Lines[0].SubscriptionID}, Reason: "Broken"})
	if err != nil {
		t.Fatal(err)
	}
	number := credited.Credits[0].Number
	for _, query := range []string{number, strings.ToLower(number)} {
		f := InvoiceFilter{Query: query, Limit: 10}
		rows, _, err := s.Invoices(t.Context(), tenant, f)
		if err != nil || len(rows) != 1 || rows[0].ID != i.ID || rows[0].Open() != i.Total-credited.Credited {
			t.Errorf("search for %q: %+v, %v", query, rows, err)
		}
		totals, err := s.InvoiceTotals(t.Context(), tenant, f)
		if err != nil || totals.Open == nil || totals.Open.Minor != i.Total-credited.Credited {
			t.Errorf("totals of %q: %+v, %v", query, totals, err)
		}
	}
}

// What was billed is told by day, and the months that it was for.
func TestIssuedIn(t *testing.T) {
	s, tenant := newInvoiced(t)
	today := s.Today(tenant)
	days, periods := make(map[billing.Date]IssuedDay), make(map[billing.Period]bool)
	for _, i := range invoicesOf(t, s, tenant) {
		day := days[i.Issued]
		day.Date, day.Invoices, day.Total = i.Issued, day.Invoices+1, billing.Money{Minor: day.Total.Minor + i.Total, Currency: tenant.Currency}
		day.Credited = billing.Money{Minor: day.Credited.Minor + i.Credited, Currency: tenant.Currency}
		if i.Consolidated() {
			day.Consolidated++
		}
		days[i.Issued] = day
		periods[i.Period] = true
	}
	wantDays := slices.SortedFunc(maps.Values(days), func(a, b IssuedDay) int { return a.Date.Compare(b.Date) })
	issued, err := s.IssuedIn(t.Context(), tenant, wantDays[1].Date, today)
	if diff := gocmp.Diff(wantDays[1:], issued); err != nil || diff != "" || len(issued) < 4 {
		t.Errorf("issued: %v\n%s", err, diff)
	}
	wantPeriods := slices.SortedFunc(maps.Keys(periods), func(a, b billing.Period) int { return b.Sub(a) })
	gotPeriods, err := s.InvoicePeriods(t.Context(), tenant)
	if diff := gocmp.Diff(wantPeriods, gotPeriods); err != nil || diff != "" {
		t.Errorf("periods: %v\n%s", err, diff)
	}
}
