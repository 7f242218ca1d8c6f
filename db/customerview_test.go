package db

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// addMany takes in a business customer with n subscriptions on 24 months, begun on
// every day of March, and puts every second one into one of 5 groups.
func addMany(t testing.TB, s *Store, tenant Tenant, n int) {
	t.Helper()
	var csv strings.Builder
	csv.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	members := make([][]string, 5)
	for i := range n {
		fmt.Fprintf(&csv, "m%d,many,ap@many.example,Maria Many,Many AG,SKU,Product %d,SN-%05d,active,2026-03-%02d,,24,10.00,EUR\n", i, i%7, i, i%31+1)
		if i%2 == 0 {
			members[i/2%5] = append(members[i/2%5], fmt.Sprintf("m%d", i))
		}
	}
	if result, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(csv.String()), "many.csv"); err != nil || result.Problems.Total > 0 {
		t.Fatalf("import: %v, %+v", err, result.Problems)
	}
	for i, ids := range members {
		in := billing.GroupInput{CustomerID: "many", Name: fmt.Sprintf("Group %d", i), BillingDay: i + 1, SubscriptionIDs: ids}
		if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, ""); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCustomerView(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	addMany(t, s, tenant, 60)
	if _, err := s.Import(t.Context(), newScope(tenant), strings.NewReader("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"+
		"m3,many,ap@many.example,Maria Many,Many AG,SKU,Product 3,SN-00003,ended_buyout,2026-03-04,2026-11-01,24,10.00,EUR\n"+
		"m4,many,ap@many.example,Maria Many,Many AG,SKU,Product 4,SN-00004,cancelled,2026-03-05,2026-11-01,24,10.00,EUR\n"), "ended.csv"); err != nil {
		t.Fatal(err)
	}
	view, err := s.CustomerView(t.Context(), tenant, "many", 12, 12)
	if err != nil {
		t.Fatal(err)
	}
	row, err := s.CustomerRow(t.Context(), tenant, "many")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(row, view.Row); diff != "" || view.Size != 60 || row.Active != 58 {
		t.Errorf("%d subscriptions, figures against the list's: %s", view.Size, diff)
	}
	checkShown(t, view.Subscriptions)
	for i, g := range view.Groups {
		want, err := s.Group(t.Context(), tenant, g.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(CustomerGroup{want.Group, len(want.Members), want.Active, want.Total}, g); diff != "" || g.Name != fmt.Sprintf("Group %d", i) {
			t.Errorf("group %d: %s", i, diff)
		}
	}
	// What is added up is what the planner answers, to the cent.
	planned, err := s.customerPlan(t.Context(), tenant, "many", 13)
	if err != nil {
		t.Fatal(err)
	}
	var want, got [3]int64 // invoices, of groups, amount
	for _, d := range planned {
		if d.Date.Before(s.Today(tenant).Period().Add(12).First()) {
			want[0]++
			want[2] += d.Total
			if d.GroupID != "" {
				want[1]++
			}
		}
	}
	for _, sum := range view.Planned {
		got[0] += int64(sum.Invoices)
		got[2] += sum.Total.Minor
		if sum.GroupID != "" {
			got[1]++
		}
	}
	if got != want || got[1] == 0 {
		t.Errorf("invoices, of groups, amount: %v, want %v", got, want)
	}
	if _, err := s.CustomerView(t.Context(), newTenant(t, s), "many", 12, 12); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("another tenant's: %v", err)
	}
}

// checkShown holds what is shown to be active and in the order of the lists.
func checkShown(t *testing.T, shown []billing.Subscription) {
	t.Helper()
	if len(shown) != 12 {
		t.Fatalf("%d shown", len(shown))
	}
	for i, s := range shown {
		if s.Status != billing.SubscriptionActive || i > 0 && shown[i-1].Compare(s) >= 0 {
			t.Errorf("%d is %s, %s", i, s.ID, s.Status)
		}
	}
}

// A customer's page must not take longer than 50 ms, however much it has.
func BenchmarkCustomerView(b *testing.B) {
	s := newStore(b)
	tenant := newTenant(b, s)
	addMany(b, s, tenant, 5000)
	for b.Loop() {
		view, err := s.CustomerView(b.Context(), tenant, "many", 12, 12)
		if err != nil || view.Size != 5000 {
			b.Fatal(err)
		}
	}
}
