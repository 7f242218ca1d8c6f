package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// upcoming answers what is planned for a group.
func upcoming(t testing.TB, s *Store, tenant Tenant, g Group, months int) []billing.Draft {
	t.Helper()
	planned, err := s.Upcoming(t.Context(), tenant, g, months)
	if err != nil {
		t.Fatal(err)
	}
	return planned
}

// newAcmeOn is newAcme on a day that moves by the clock.
func newAcmeOn(t testing.TB, day string) (*Store, Tenant, *stepClock) {
	t.Helper()
	clock := newStepClock()
	noon, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	clock.ms.Store(noon.Add(12 * time.Hour).UnixMilli())
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	tenant := newTenant(t, s)
	acme := addCustomer(t, s, tenant, billing.Customer{ID: "acme", Company: "Acme GmbH"})
	addSubscription(t, s, tenant, acme, "s1", 129_00, "2026-03-03")
	addSubscription(t, s, tenant, acme, "s2", 89_00, "2026-05-20")
	addSubscription(t, s, tenant, acme, "s3", 159_00, "2026-01-25")
	return s, tenant, clock
}

// bill runs the billing run and tells what it issued, an invoice a line.
func bill(t testing.TB, s *Store, tenant Tenant) []string {
	t.Helper()
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil || run.SetAside > 0 {
		t.Fatalf("billed with %d set aside, %v", run.SetAside, err)
	}
	return issuedLines(issuedBy(t, s, tenant, run))
}

// issuedBy reads the invoices of a run, as they were issued.
func issuedBy(t testing.TB, s *Store, tenant Tenant, run BillingRun) (list []billing.Invoice) {
	t.Helper()
	err := eachRow(t.Context(), s.readers, `SELECT i.id FROM invoices i JOIN billing_runs r ON r.key = i.run WHERE r.id = ?1 ORDER BY i.key`, []any{run.ID}, func(row scanner) error {
		var id string
		if err := row.Scan(&id); err != nil {
			return err
		}
		invoice, err := s.Invoice(t.Context(), tenant, id)
		list = append(list, invoice)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// issuedLines tells invoices as plan tells drafts.
func issuedLines(invoices []billing.Invoice) (lines []string) {
	for _, i := range invoices {
		line := i.Issued.String() + " alone"
		if i.Consolidated() {
			line = i.Issued.String() + " group"
		}
		for _, l := range i.Lines {
			line += " " + l.SubscriptionID
		}
		lines = append(lines, line)
	}
	return lines
}

func wantBilled(t testing.TB, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("billed (-want +got):\n%s", diff)
	}
}

// Case 5: day 1 to 28 with November billed on the 1st.
func TestCase05LaterDayOnceBilled(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-10-30")
	group := create(t, s, tenant, 1, "s1", "s2", "s3")
	clock.step(2 * 24 * time.Hour)
	wantBilled(t, bill(t, s, tenant), "2026-11-01 group s1 s2 s3")
	clock.step(21 * 24 * time.Hour)
	group = update(t, s, tenant, group.ID, billing.GroupChange{BillingDay: ptr(28)})
	wantPlan(t, s, tenant, group, "2027-02-01", "2026-12-28 group s1 s2 s3", "2027-01-28 group s1 s2 s3")
	wantBilled(t, bill(t, s, tenant))
}

// Case 14: a contract over in November is extended on 5 February; its group has billed
// December to February.
func TestCase14ExtendedAfterTheGroupsInvoices(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-22")
	file := func(length string) string {
		return "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
			"s4,acme,,,Acme GmbH,,Product of s4,,active,2026-06-03,," + length + ",79.00,EUR\n"
	}
	takeIn := func(length string) {
		t.Helper()
		if _, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(file(length)), "fleet.csv"); err != nil {
			t.Fatal(err)
		}
	}
	takeIn("6")
	create(t, s, tenant, 1, "s1", "s2", "s3", "s4")
	for range 75 { // to 5 February
		bill(t, s, tenant)
		clock.step(24 * time.Hour)
	}
	group := onlyGroup(t, s, tenant)
	wantPlan(t, s, tenant, group, "2027-04-01", "2027-03-01 group s1 s2 s3")
	takeIn("10")
	wantPlan(t, s, tenant, onlyGroup(t, s, tenant), "2027-04-01", "2027-02-05 alone s4", "2027-02-05 alone s4", "2027-02-05 alone s4", "2027-03-01 group s1 s2 s3 s4")
	wantBilled(t, bill(t, s, tenant), "2027-02-05 alone s4", "2027-02-05 alone s4", "2027-02-05 alone s4")
}

func onlyGroup(t testing.TB, s *Store, tenant Tenant) Group {
	t.Helper()
	groups, _, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 2})
	if err != nil || len(groups) != 1 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	return groups[0]
}

// Case 15: a contract begins on 20 December and joined today; the group's day is the 1st.
func TestCase15StartsAfterTheGroupDay(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-22")
	acme, _, err := findCustomer(t.Context(), s.readers, tenant, "acme")
	if err != nil {
		t.Fatal(err)
	}
	addSubscription(t, s, tenant, acme, "s4", 79_00, "2026-12-20")
	group := create(t, s, tenant, 1, "s4")
	wantPlan(t, s, tenant, group, "2027-02-02", "2026-12-20 alone s4", "2027-01-01 group s4", "2027-02-01 group s4")
	for _, want := range [][]string{{"2026-12-20 alone s4"}, {"2027-01-01 group s4"}} {
		var billed []string
		for len(billed) == 0 {
			clock.step(24 * time.Hour)
			for _, line := range bill(t, s, tenant) {
				if strings.HasSuffix(line, " s4") {
					billed = append(billed, line)
				}
			}
		}
		wantBilled(t, billed, want...)
	}
}

// What has been billed can't be billed once more, whoever writes it.
func TestTheDatabaseBillsOnce(t *testing.T) {
	s, tenant, _ := newAcmeOn(t, "2026-12-01")
	create(t, s, tenant, 1, "s1", "s2")
	if issued := bill(t, s, tenant); len(issued) != 4 { // November of each, and the group's December
		t.Fatalf("billed %v", issued)
	}
	again := func(columns, from, to string) error {
		_, err := s.writer.db.ExecContext(t.Context(), `INSERT INTO invoices (`+columns+`) SELECT `+strings.Replace(columns, from, to, 1)+` FROM invoices WHERE grp IS NOT NULL`)
		return err
	}
	columns := `tenant, id, number, year, sequence, customer, grp, subscription, period, turn, issued_on, due_on, seller, buyer,
		group_name, reference, vat_mode, vat_rate, subtotal, tax, total, lines, run, created_at, live, status, updated_at`
	fresh := strings.NewReplacer("id, number, year, sequence", "id || 'x', number || 'x', year, sequence + 100")
	if err := again(columns, "id, number, year, sequence", fresh.Replace("id, number, year, sequence")); err == nil || !strings.Contains(err.Error(), "invoices.grp") {
		t.Errorf("a second live invoice of a group for a month: %v", err)
	}
	if _, err := s.writer.db.ExecContext(t.Context(), `INSERT INTO invoice_lines (tenant, invoice, position, subscription, period, product, serial, service_from, service_to, amount, tax, live)
		SELECT tenant, invoice, position + 10, subscription, period, product, serial, service_from, service_to, amount, tax, 1 FROM invoice_lines`); err == nil || !strings.Contains(err.Error(), "invoice_lines.subscription") {
		t.Errorf("a second live line of an instalment: %v", err)
	}
	for _, statement := range []string{
		`UPDATE invoices SET total = total + 1, tax = tax + 1`, `UPDATE invoices SET number = 'X'`, `DELETE FROM invoices`,
		`UPDATE invoice_lines SET amount = 0`, `DELETE FROM invoice_lines`, `UPDATE parties SET details = '{}'`, `DELETE FROM parties`,
	} {
		if _, err := s.writer.db.ExecContext(t.Context(), statement); err == nil {
			t.Errorf("%s was not refused", statement)
		}
	}
}

// customerPlan answers the invoices planned for all of a customer's subscriptions.
func (s *Store) customerPlan(ctx context.Context, t Tenant, id string, months int) (planned []billing.Draft, err error) {
	err = s.read(ctx, func(q querier) error {
		key, customer, err := findCustomer(ctx, q, t, id)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("customer")
		}
		if err != nil {
			return err
		}
		list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.customer = ?2 ORDER BY u.key`, key)
		if err != nil {
			return err
		}
		subscriptions := values(list)
		groups, err := groupsOf(ctx, q, t, subscriptions)
		if err != nil {
			return fmt.Errorf("billing groups: %w", err)
		}
		planned, err = s.plan(ctx, q, t, customer, subscriptions, groups, months)
		return err
	})
	return planned, wrap("plan of a customer", err)
}
