package db

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// addCustomer stores a customer; type and status may be left out.
func addCustomer(t testing.TB, s *Store, tenant Tenant, c billing.Customer) int64 {
	t.Helper()
	if c.Type == "" {
		c.Type = billing.Business
	}
	if c.Status == "" {
		c.Status = billing.CustomerActive
	}
	key, _, err := saveCustomer(t.Context(), s.writer.db, tenant, time.Now(), 0, c)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// addSubscription stores a subscription that is owed from its first month.
func addSubscription(t testing.TB, s *Store, tenant Tenant, customer int64, id string, amount int64, start string) {
	t.Helper()
	first, err := billing.ParseDate(start)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.writer.db.ExecContext(t.Context(), `INSERT INTO subscriptions (tenant, id, customer, order_id, product, sku, serial,
		amount, start, length, contract_end, status, owed_from, created_at, updated_at)
		VALUES (?1, ?2, ?3, '', 'Product of ' || ?2, 'SKU', 'SN-' || ?2, ?4, ?5, 24, ?6, 'active', '2026-11', 0, 0)`,
		tenant.Key, id, customer, amount, start, first.AddMonths(24).String())
	if err != nil {
		t.Fatal(err)
	}
}

// newAcme makes a tenant whose customer "acme" has subscriptions s1, s2, s3 on the
// 3rd, 20th and 25th, of 129, 89 and 159.
func newAcme(t testing.TB) (*Store, Tenant) {
	t.Helper()
	s := newStore(t)
	tenant := newTenant(t, s)
	acme := addCustomer(t, s, tenant, billing.Customer{ID: "acme", Company: "Acme GmbH"})
	addSubscription(t, s, tenant, acme, "s1", 129_00, "2026-03-03")
	addSubscription(t, s, tenant, acme, "s2", 89_00, "2026-05-20")
	addSubscription(t, s, tenant, acme, "s3", 159_00, "2026-01-25")
	return s, tenant
}

func acmeInput() billing.GroupInput {
	return billing.GroupInput{CustomerID: "acme", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"s1", "s2", "s3"}}
}

func TestCreateGroup(t *testing.T) {
	s, tenant := newAcme(t)
	in := acmeInput()
	in.Name, in.Notes, in.Reference = "  IT department ", "Net 30", "PO 4711"
	created, err := s.CreateGroup(t.Context(), newScope(tenant), in, "")
	if err != nil {
		t.Fatal(err)
	}
	group, err := s.Group(t.Context(), tenant, created.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(created, group); diff != "" {
		t.Errorf("what was answered is not what is stored:\n%s", diff)
	}
	if group.Name != "IT department" || group.Notes != "Net 30" || group.Reference != "PO 4711" || group.CustomerID != "acme" {
		t.Errorf("stored %+v", group.Group)
	}
	if group.Total.String() != "377.00" || group.Active != 3 || group.CreatedBy != testActor.ID || group.Version != 1 {
		t.Errorf("total %s, active %d, by %s, version %d", group.Total, group.Active, group.CreatedBy, group.Version)
	}
	for _, m := range group.Members {
		if m.GroupedFrom.String() != "2026-12" {
			t.Errorf("%s is grouped from %s, want 2026-12: the 1st has passed", m.ID, m.GroupedFrom)
		}
	}
	entries, err := s.Activity(t.Context(), tenant, "group", group.ID, 10)
	if err != nil || len(entries) != 1 || entries[0].Action != "group.created" || entries[0].Actor != testActor {
		t.Errorf("activity %+v, err %v", entries, err)
	}
}

// What the preview foresees is what the group then has coming.
func TestPreviewIsWhatFollows(t *testing.T) {
	s, tenant := newAcme(t)
	for _, day := range []int{1, 15, 28} {
		in := acmeInput()
		in.BillingDay = day
		preview, err := s.PreviewGroup(t.Context(), tenant, in, 6)
		if err != nil {
			t.Fatal(err)
		}
		group, err := s.CreateGroup(t.Context(), newScope(tenant), in, "")
		if err != nil {
			t.Fatal(err)
		}
		type brief struct{ date, lines, total, due string }
		briefs := func(drafts []billing.Draft) (list []brief) {
			for _, d := range drafts {
				list = append(list, brief{d.Date.String(), fmt.Sprint(len(d.Lines)), d.Money(d.Total).String(), d.Due.String()})
			}
			return list
		}
		got := briefs(upcoming(t, s, tenant, group, 6))
		if diff := cmp.Diff(briefs(preview.After), got, cmp.AllowUnexported(brief{})); diff != "" || len(got) < 5 {
			t.Errorf("day %d: preview and plan differ:\n%s", day, diff)
		}
		if _, err := s.writer.db.Exec(`UPDATE subscriptions SET grp = NULL, grouped_from = NULL`); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCreateGroupRefusals(t *testing.T) {
	s, tenant := newAcme(t)
	other := newTenant(t, s)
	foreign := addCustomer(t, s, other, billing.Customer{ID: "foreign", Company: "Foreign"})
	addSubscription(t, s, other, foreign, "f1", 100, "2026-01-01")
	beta := addCustomer(t, s, tenant, billing.Customer{ID: "beta", Company: "Beta"})
	addSubscription(t, s, tenant, beta, "b1", 100, "2026-01-01")
	tests := map[string]struct {
		change func(*billing.GroupInput)
		want   billing.Code
	}{
		"unknown customer":                {func(in *billing.GroupInput) { in.CustomerID = "nobody" }, billing.CodeCustomerNotFound},
		"another tenant's customer":       {func(in *billing.GroupInput) { in.CustomerID = "foreign" }, billing.CodeCustomerNotFound},
		"unknown subscription":            {func(in *billing.GroupInput) { in.SubscriptionIDs = []string{"s1", "s9"} }, billing.CodeSubscriptionNotFound},
		"another tenant's subscription":   {func(in *billing.GroupInput) { in.SubscriptionIDs = []string{"s1", "f1"} }, billing.CodeSubscriptionNotFound},
		"another customer's subscription": {func(in *billing.GroupInput) { in.SubscriptionIDs = []string{"s1", "b1"} }, billing.CodeSubscriptionDifferentCustomer},
		"day 29":                          {func(in *billing.GroupInput) { in.BillingDay = 29 }, billing.CodeInvalidBillingDay},
		"blank name":                      {func(in *billing.GroupInput) { in.Name = " " }, billing.CodeValidation},
	}
	for name, test := range tests {
		in := acmeInput()
		test.change(&in)
		if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, ""); billing.CodeOf(err) != test.want {
			t.Errorf("%s: refused with %v, want %s", name, err, test.want)
		}
		if _, err := s.PreviewGroup(t.Context(), tenant, in, 3); billing.CodeOf(err) != test.want {
			t.Errorf("%s: preview refused with %v, want %s", name, err, test.want)
		}
	}
	if n := count(t, s, `SELECT count(*) FROM groups`) + count(t, s, `SELECT count(*) FROM subscriptions WHERE grp IS NOT NULL`); n != 0 {
		t.Errorf("%d rows are left of refused groups", n)
	}
}

func count(t testing.TB, s *Store, query string) (n int) {
	t.Helper()
	if err := s.readers.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Twenty people take the same subscription at the same moment: one gets it.
func TestCreateGroupRace(t *testing.T) {
	s, tenant := newAcme(t)
	var wg sync.WaitGroup
	results := make(chan error, 20)
	for range cap(results) {
		wg.Go(func() {
			_, err := s.CreateGroup(t.Context(), newScope(tenant), acmeInput(), "")
			results <- err
		})
	}
	wg.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if billing.CodeOf(err) != billing.CodeSubscriptionAlreadyGrouped {
			t.Errorf("a loser is told %v", err)
		}
	}
	if n := count(t, s, `SELECT count(*) FROM groups`); won != 1 || n != 1 {
		t.Errorf("%d won and %d groups exist, want 1 and 1", won, n)
	}
}

// A form that is sent twice makes one group; the same page with another choice on
// it is another form.
func TestFormTokenMakesOneGroup(t *testing.T) {
	s, tenant := newAcme(t)
	in := acmeInput()
	in.SubscriptionIDs = []string{"s1"}
	first, err := s.CreateGroup(t.Context(), newScope(tenant), in, "token")
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.CreateGroup(t.Context(), newScope(tenant), in, "token")
	if err != nil || again.ID != first.ID {
		t.Errorf("sent again: group %s, err %v; want %s", again.ID, err, first.ID)
	}
	in.SubscriptionIDs = []string{"s2"}
	other, err := s.CreateGroup(t.Context(), newScope(tenant), in, "token")
	if err != nil || other.ID == first.ID {
		t.Errorf("another choice with the old token: group %s, err %v; want a new one", other.ID, err)
	}
}

func TestGroupsArePagedNewestFirst(t *testing.T) {
	s, tenant := newAcme(t)
	for _, id := range []string{"s1", "s2", "s3"} {
		in := acmeInput()
		in.Name, in.SubscriptionIDs = id, []string{id}
		if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, ""); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for after := ""; ; {
		groups, next, err := s.Groups(t.Context(), tenant, GroupFilter{After: after, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range groups {
			names = append(names, g.Name)
		}
		if after = next; next == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"s3", "s2", "s1"}, names); diff != "" {
		t.Errorf("pages:\n%s", diff)
	}
	if list, _, err := s.Groups(t.Context(), tenant, GroupFilter{CustomerID: "nobody", Limit: 5}); err != nil || len(list) > 0 {
		t.Errorf("groups of an unknown customer: %v, %v", list, err)
	}
	if list, _, err := s.Groups(t.Context(), tenant, GroupFilter{Status: billing.GroupInactive, Limit: 5}); err != nil || len(list) > 0 {
		t.Errorf("inactive groups: %v, %v", list, err)
	}
}

func TestAnotherTenantsGroupIsNotFound(t *testing.T) {
	s, tenant := newAcme(t)
	group, err := s.CreateGroup(t.Context(), newScope(tenant), acmeInput(), "")
	if err != nil {
		t.Fatal(err)
	}
	_, unknown := s.Group(t.Context(), tenant, "bg_nothing")
	_, foreign := s.Group(t.Context(), newTenant(t, s), group.ID)
	var e *billing.Error
	if !errors.As(foreign, &e) || e.Code != billing.CodeNotFound || foreign.Error() != unknown.Error() {
		t.Errorf("another tenant's group: %v; an unknown one: %v", foreign, unknown)
	}
}
