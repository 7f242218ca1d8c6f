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

// bill records as billed what is planned for a customer up to today, as its rows
// stand, and tells what that is.
func bill(t testing.TB, s *Store, tenant Tenant, customer string) []string {
	t.Helper()
	planned, err := s.billNow(t.Context(), tenant, customer)
	if err != nil {
		t.Fatal(err)
	}
	return plan(planned, "9999")
}

// billNow writes the invoices that are due as the tables of what is billed take them.
func (s *Store) billNow(ctx context.Context, tenant Tenant, customer string) (due []billing.Draft, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		key, c, err := findCustomer(ctx, tx, tenant, customer)
		if err != nil {
			return err
		}
		list, err := querySubscriptions(ctx, tx, tenant, `WHERE u.tenant = ?1 AND u.customer = ?2 ORDER BY u.key`, key)
		if err != nil {
			return err
		}
		subscriptions := values(list)
		groups, err := groupsOf(ctx, tx, tenant, subscriptions)
		if err != nil {
			return err
		}
		billed, err := billedOf(ctx, tx, tenant, subscriptions, groupIDsOf(subscriptions)...)
		if err != nil {
			return err
		}
		today := s.Today(tenant)
		due = drafts(tenant, c, billing.Plan(subscriptions, groups, billed, today, today.AddDays(1)))
		for _, d := range due {
			if err := issue(ctx, tx, tenant, d, today); err != nil {
				return err
			}
		}
		return planChanged(ctx, tx, tenant, customer)
	})
	return due, err
}

func issue(ctx context.Context, tx querier, tenant Tenant, d billing.Draft, today billing.Date) error {
	result, err := tx.ExecContext(ctx, `INSERT INTO invoices (tenant, id, customer, grp, period, issued_on, live) SELECT ?1, ?2,
		(SELECT key FROM customers WHERE tenant = ?1 AND id = ?3), (SELECT key FROM groups WHERE tenant = ?1 AND id = ?4), ?5, ?6, 1`,
		tenant.Key, newID("pay"), d.CustomerID, d.GroupID, d.Period.String(), today.String())
	if err != nil {
		return fmt.Errorf("%s of %s: %w", d.GroupID, d.Period, err)
	}
	invoice, err := result.LastInsertId()
	if err != nil {
		return err
	}
	for _, line := range d.Lines {
		if _, err := tx.ExecContext(ctx, `INSERT INTO invoice_lines (tenant, invoice, subscription, period, amount, live)
			SELECT ?1, ?2, key, ?4, ?5, 1 FROM subscriptions WHERE tenant = ?1 AND id = ?3`,
			tenant.Key, invoice, line.Subscription.ID, d.Period.String(), line.Subscription.MonthlyAmount.Minor); err != nil {
			return fmt.Errorf("%s in %s: %w", line.Subscription.ID, d.Period, err)
		}
	}
	return nil
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
	wantBilled(t, bill(t, s, tenant, "acme"), "2026-11-01 group s1 s2 s3")
	clock.step(21 * 24 * time.Hour)
	group = update(t, s, tenant, group.ID, billing.GroupChange{BillingDay: ptr(28)})
	wantPlan(t, s, tenant, group, "2027-02-01", "2026-12-28 group s1 s2 s3", "2027-01-28 group s1 s2 s3")
	wantBilled(t, bill(t, s, tenant, "acme"))
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
		bill(t, s, tenant, "acme")
		clock.step(24 * time.Hour)
	}
	group := onlyGroup(t, s, tenant)
	wantPlan(t, s, tenant, group, "2027-04-01", "2027-03-01 group s1 s2 s3")
	takeIn("10")
	wantPlan(t, s, tenant, onlyGroup(t, s, tenant), "2027-04-01", "2027-02-05 alone s4", "2027-02-05 alone s4", "2027-02-05 alone s4", "2027-03-01 group s1 s2 s3 s4")
	wantBilled(t, bill(t, s, tenant, "acme"), "2027-02-05 alone s4", "2027-02-05 alone s4", "2027-02-05 alone s4")
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
			for _, line := range bill(t, s, tenant, "acme") {
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
	due, err := s.billNow(t.Context(), tenant, "acme")
	if err != nil || len(due) != 4 { // November of each, and the group's December
		t.Fatalf("billed %v, %v", plan(due, "9999"), err)
	}
	for _, d := range due {
		for _, again := range []billing.Draft{d, {PlannedInvoice: billing.PlannedInvoice{CustomerID: "acme", Period: d.Period, Lines: d.Lines[:1]}}} {
			if err := issue(t.Context(), s.writer.db, tenant, again, s.Today(tenant)); err == nil {
				t.Errorf("%s of %s is billed twice", again.GroupID, again.Period)
			}
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
