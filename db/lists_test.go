package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// newListed answers a store with a demo's data, and beside it a tenant with data of its
// own, of which no list may show anything.
func newListed(t *testing.T) (*Store, Tenant) {
	t.Helper()
	return copyShared(t, "listed", Clock{Frozen: frozen(t, testDay)}, func() (*Store, Tenant) { return fillListed(t) })
}

func fillListed(t *testing.T) (*Store, Tenant) {
	t.Helper()
	s, access := newDemoOn(t, testDay, DemoOptions{Subscriptions: 600, Seed: 5})
	tenant, err := s.Tenant(t.Context(), access.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	other := newTenant(t, s)
	file := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		"sub_other,cust_other,buchhaltung@acme-werkzeugbau.example,Other,Acme Other GmbH,X,ThinkPad X1,PF-4K2L91,active,2026-03-03,,24,129.00,EUR\n"
	if _, err := s.Import(t.Context(), newScope(other), strings.NewReader(file), "other.csv"); err != nil {
		t.Fatal(err)
	}
	return s, tenant
}

// allPages goes through all pages of a list and answers the ids of its rows.
func allPages(t *testing.T, page func(after string) (ids []string, next string, err error)) []string {
	t.Helper()
	all := []string{}
	for after, n := "", 0; ; n++ {
		ids, next, err := page(after)
		if err != nil {
			t.Fatal(err)
		}
		if n > 1000 || next != "" && len(ids) == 0 {
			t.Fatalf("page %d of a list that has no end", n)
		}
		all = append(all, ids...)
		if after = next; next == "" {
			return all
		}
	}
}

// Every filter in every order lists what a look at each subscription finds, page by page.
func TestSubscriptionLists(t *testing.T) {
	s, tenant := newListed(t)
	today := s.Today(tenant)
	stored, err := querySubscriptions(t.Context(), s.readers, tenant, `WHERE u.tenant = ?1 ORDER BY u.key DESC`)
	if err != nil {
		t.Fatal(err)
	}
	all := values(stored)
	grouped := all[slices.IndexFunc(all, func(s billing.Subscription) bool { return s.GroupID != "" })]
	filters := []SubscriptionFilter{{}, {CustomerID: "cust_acme"}, {CustomerID: "cust_nordhafen", Status: billing.SubscriptionActive},
		{CustomerID: "nobody"}, {GroupID: grouped.GroupID}, {GroupID: "bg_nothing"}, {OrderID: grouped.OrderID}, {OrderID: "nothing"},
		{Serial: strings.ToLower(grouped.Serial)}, {Grouping: Grouped}, {Grouping: Alone}, {Grouping: Alone, Status: billing.SubscriptionActive},
		{CustomerID: grouped.CustomerID, GroupID: grouped.GroupID, Grouping: Grouped, Status: billing.SubscriptionActive}}
	for _, status := range billing.SubscriptionStatuses {
		filters = append(filters, SubscriptionFilter{Status: status})
	}
	orders := map[SubscriptionSort]func(a, b billing.Subscription) int{
		"": func(a, b billing.Subscription) int { return 0 },
		BySerial: func(a, b billing.Subscription) int {
			return cmp.Compare(strings.ToLower(a.Serial), strings.ToLower(b.Serial))
		},
		ByEnd: func(a, b billing.Subscription) int { return a.End().Compare(b.End()) },
	}
	for _, filter := range filters {
		for sort, order := range orders {
			filter.Sort, filter.Limit = sort, 7
			want := []string{}
			sum := billing.Money{Currency: tenant.Currency}
			sorted := slices.Clone(all)
			if sort != "" {
				slices.Reverse(sorted) // where the order leaves two equal, the older comes first
			}
			slices.SortStableFunc(sorted, order)
			for _, sub := range sorted {
				if matchesFilter(sub, filter, today) {
					want = append(want, sub.ID)
					if sub.ActiveOn(today) {
						sum = sum.Add(sub.MonthlyAmount)
					}
				}
			}
			t.Run(fmt.Sprintf("%+v", filter), func(t *testing.T) {
				got := allPages(t, func(after string) (ids []string, next string, err error) {
					filter.After = after
					rows, next, err := s.Subscriptions(t.Context(), tenant, filter)
					for _, r := range rows {
						ids = append(ids, r.ID)
						if r.Customer.ID != r.CustomerID || (r.GroupName == "") != (r.GroupID == "") {
							t.Errorf("%s is of %q and in %q", r.ID, r.Customer.ID, r.GroupName)
						}
					}
					return ids, next, err
				})
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("listed:\n%s", diff)
				}
				totals, err := s.SubscriptionTotals(t.Context(), tenant, filter)
				if diff := gocmp.Diff(Totals{Count: len(want), Monthly: &sum}, totals); err != nil || diff != "" {
					t.Errorf("totals: %v\n%s", err, diff)
				}
			})
		}
	}
}

func matchesFilter(s billing.Subscription, f SubscriptionFilter, today billing.Date) bool {
	return (f.CustomerID == "" || s.CustomerID == f.CustomerID) && (f.GroupID == "" || s.GroupID == f.GroupID) &&
		(f.OrderID == "" || s.OrderID == f.OrderID) && (f.Serial == "" || strings.EqualFold(s.Serial, f.Serial)) &&
		(f.Status == "" || s.StatusOn(today) == f.Status) && (f.Grouping == "" || (f.Grouping == Grouped) == (s.GroupID != ""))
}

func TestSubscriptionSearch(t *testing.T) {
	s, tenant := newListed(t)
	list := func(query string) []string {
		rows, _, err := s.Subscriptions(t.Context(), tenant, SubscriptionFilter{Query: query, CustomerID: "cust_acme", Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		ids := []string{}
		for _, r := range rows {
			ids = append(ids, r.Product+" "+r.Serial)
		}
		return ids
	}
	mac := []string{"MacBook Pro 14″ M5 C02ZK1Q8"}
	thinkPad := []string{"ThinkPad X1 Carbon Gen 13 PF-4K2L91"}
	for query, want := range map[string][]string{
		"PF-4K2": thinkPad, "pf-4k2l91": thinkPad, "4k2l": thinkPad, "C02": mac, " c02zk1q8 ": mac,
		"macbook": mac, "book pro": mac, "Thinkpad gen": thinkPad,
		"K2L91": thinkPad, "l91": thinkPad, "1q8": mac, "91": {}, "K2L9": {}, "nothing of the kind": {}, "%": {}, "'": {}, "": nil,
	} {
		if query == "" {
			continue
		}
		if diff := gocmp.Diff(want, list(query)); diff != "" {
			t.Errorf("search for %q:\n%s", query, diff)
		}
	}
	for _, query := range []string{"acme", "buchhaltung", "Süß", "werkz acme", "cust_acme"} {
		if got := list(query); len(got) != 10 {
			t.Errorf("search for %q finds %d of the customer's 10", query, len(got))
		}
	}
	rows, _, err := s.Subscriptions(t.Context(), tenant, SubscriptionFilter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	id := rows[0].ID
	for _, query := range []string{id, id[:len(id)-1], strings.TrimPrefix(id, "sub_")} {
		rows, _, err := s.Subscriptions(t.Context(), tenant, SubscriptionFilter{Query: query, Limit: 50})
		if err != nil || !slices.ContainsFunc(rows, func(r SubscriptionRow) bool { return r.ID == id }) {
			t.Errorf("search for %q does not find %s: %v", query, id, err)
		}
	}
}

func TestCustomerLists(t *testing.T) {
	s, tenant := newListed(t)
	all := allPages(t, func(after string) (ids []string, next string, err error) {
		rows, next, err := s.Customers(t.Context(), tenant, CustomerFilter{After: after, Limit: 9})
		for _, r := range rows {
			ids = append(ids, r.ID)
		}
		return ids, next, err
	})
	if n := len(dump(t, s, `SELECT 1 FROM customers WHERE tenant = `+fmt.Sprint(tenant.Key))); n != len(all) || n < 30 {
		t.Fatalf("%d customers listed of %d", len(all), n)
	}
	var names []string
	var business int
	allPages(t, func(after string) ([]string, string, error) {
		rows, next, err := s.Customers(t.Context(), tenant, CustomerFilter{Sort: ByName, Type: billing.Business, Status: billing.CustomerActive, After: after, Limit: 9})
		for _, r := range rows {
			names = append(names, customerWords(r.Customer))
			business++
			if r.Type != billing.Business || r.Status != billing.CustomerActive {
				t.Errorf("%s is %s and %s", r.ID, r.Type, r.Status)
			}
			checkFigures(t, s, tenant, r)
		}
		return make([]string, len(rows)), next, err
	})
	if !slices.IsSorted(names) {
		t.Errorf("not by name: %q", names)
	}
	totals, err := s.CustomerTotals(t.Context(), tenant, CustomerFilter{Type: billing.Business, Status: billing.CustomerActive})
	if err != nil || totals.Count != business || totals.More {
		t.Errorf("totals %+v for %d businesses: %v", totals, business, err)
	}
	for query, want := range map[string]int{"acme": 1, "werkzeug": 1, "zeugbau acme": 1, "BUCHHALTUNG@acme": 1, "suss": 1, "nobody at all": 0, "%": 0} {
		rows, _, err := s.Customers(t.Context(), tenant, CustomerFilter{Query: query, Limit: 50})
		n := len(slices.DeleteFunc(rows, func(r CustomerRow) bool { return r.ID != "cust_acme" }))
		if err != nil || n != want {
			t.Errorf("search for %q finds it %d times, want %d: %v", query, n, want, err)
		}
	}
	rows, _, err := s.Customers(t.Context(), tenant, CustomerFilter{Email: "Buchhaltung@acme-werkzeugbau.EXAMPLE", Limit: 50})
	if err != nil || len(rows) != 1 || rows[0].ID != "cust_acme" {
		t.Errorf("by e-mail: %v, %v", rows, err)
	}
}

// checkFigures holds a row's figures to the customer's subscriptions.
func checkFigures(t *testing.T, s *Store, tenant Tenant, r CustomerRow) {
	t.Helper()
	subscriptions, names, err := s.CustomerSubscriptions(t.Context(), tenant, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := CustomerRow{Customer: r.Customer, Groups: len(names)}
	want.Monthly, want.Active = billing.Total(subscriptions, s.Today(tenant), tenant.Currency)
	for _, sub := range subscriptions {
		if sub.GroupID == "" && sub.ActiveOn(s.Today(tenant)) {
			want.Alone++
		}
	}
	if diff := gocmp.Diff(want, r); diff != "" {
		t.Errorf("figures of %s:\n%s", r.ID, diff)
	}
}

func TestGroupLists(t *testing.T) {
	s, tenant := newListed(t)
	list := func(f GroupFilter) (groups []Group) {
		f.Limit = 4
		allPages(t, func(after string) ([]string, string, error) {
			f.After = after
			page, next, err := s.Groups(t.Context(), tenant, f)
			groups = append(groups, page...)
			return make([]string, len(page)), next, err
		})
		totals, err := s.GroupTotals(t.Context(), tenant, f)
		sum := billing.Money{Currency: tenant.Currency}
		for _, g := range groups {
			sum = sum.Add(g.Total)
		}
		if diff := gocmp.Diff(Totals{Count: len(groups), Monthly: &sum}, totals); err != nil || diff != "" {
			t.Errorf("totals of %+v: %v\n%s", f, err, diff)
		}
		return groups
	}
	all := list(GroupFilter{})
	if len(all) < 10 {
		t.Fatalf("only %d groups", len(all))
	}
	// One is paused, one is renamed and one deleted, so that all of this is listed as it is now.
	status, name, day := billing.GroupInactive, "Zzz Ärzte", 17
	if _, err := s.UpdateGroup(t.Context(), newScope(tenant), all[0].ID, 0, billing.GroupChange{Status: &status, Name: &name, BillingDay: &day}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteGroup(t.Context(), newScope(tenant), all[1].ID, 0); err != nil {
		t.Fatal(err)
	}
	named := list(GroupFilter{Sort: ByGroupName})
	if len(named) != len(all)-1 || named[len(named)-1].ID != all[0].ID ||
		!slices.IsSortedFunc(named, func(a, b Group) int { return cmp.Compare(groupWords(a.Group), groupWords(b.Group)) }) {
		t.Errorf("%d groups by name, the last is %q", len(named), named[len(named)-1].Name)
	}
	for f, want := range map[GroupFilter]func(g Group) bool{
		{Status: billing.GroupInactive}:            func(g Group) bool { return g.Status == billing.GroupInactive },
		{Day: 17, Sort: ByGroupName}:               func(g Group) bool { return g.Days.Last().Day == 17 },
		{Day: 1, Status: billing.GroupActive}:      func(g Group) bool { return g.Days.Last().Day == 1 && g.Status == billing.GroupActive },
		{CustomerID: "cust_acme"}:                  func(g Group) bool { return g.CustomerID == "cust_acme" },
		{CustomerID: "cust_acme", Sort: "name"}:    func(g Group) bool { return g.CustomerID == "cust_acme" },
		{Query: "zz arzt"}:                         func(g Group) bool { return g.ID == all[0].ID },
		{Query: "arzt nowhere"}:                    func(g Group) bool { return false },
		{Query: "ÄRZ zz", Sort: ByGroupName}:       func(g Group) bool { return g.ID == all[0].ID },
		{Query: all[0].ID}:                         func(g Group) bool { return g.ID == all[0].ID },
		{Query: all[1].ID}:                         func(g Group) bool { return false },
		{Query: "2026-00417"}:                      func(g Group) bool { return strings.Contains(g.Reference, "2026-00417") },
		{Query: "acme werkz"}:                      func(g Group) bool { return g.CustomerID == "cust_acme" },
		{Query: "acme", CustomerID: "cust_nobody"}: func(g Group) bool { return false },
	} {
		var ids, wanted []string
		for _, g := range list(f) {
			ids = append(ids, g.ID)
		}
		for _, g := range named {
			if want(g) {
				wanted = append(wanted, g.ID)
			}
		}
		slices.Sort(ids)
		slices.Sort(wanted)
		if diff := gocmp.Diff(wanted, ids); diff != "" {
			t.Errorf("%+v:\n%s", f, diff)
		}
	}
}

func TestCursorsOfOthersAreRefused(t *testing.T) {
	s, tenant := newListed(t)
	_, next, err := s.Subscriptions(t.Context(), tenant, SubscriptionFilter{Limit: 2})
	if err != nil || next == "" {
		t.Fatalf("next %q, %v", next, err)
	}
	for name, list := range map[string]func() error{
		"another order": func() error {
			_, _, err := s.Subscriptions(t.Context(), tenant, SubscriptionFilter{Sort: ByEnd, After: next, Limit: 2})
			return err
		},
		"another list": func() error {
			_, _, err := s.Customers(t.Context(), tenant, CustomerFilter{After: next, Limit: 2})
			return err
		},
		"groups": func() error {
			_, _, err := s.Groups(t.Context(), tenant, GroupFilter{After: next, Limit: 2})
			return err
		},
		"no cursor":     func() error { return SubscriptionFilter{After: "x"}.Check() },
		"no such order": func() error { return SubscriptionFilter{Sort: "amount"}.Check() },
		"customers":     func() error { return CustomerFilter{Sort: "amount"}.Check() },
	} {
		if err := list(); billing.CodeOf(err) != billing.CodeValidation {
			t.Errorf("%s: %v", name, err)
		}
	}
}

var testPeriod = billing.Period{Year: 2026, Month: 11}

// The lists over everything read an index in its order: nothing is sorted, and no
// table is looked through.
func TestListsAreReadInOrder(t *testing.T) {
	s, tenant := newListed(t)
	clauses := make(map[string]*clause)
	for _, f := range []SubscriptionFilter{{}, {Grouping: Alone}, {Status: "active"}, {Status: "cancelled"}, {Status: "ended_completed"}, {Sort: BySerial}, {Sort: ByEnd}, {Sort: ByEnd, Status: "active"}} {
		c, err := s.subscriptionClause(t.Context(), s.readers, tenant, f)
		clauses[fmt.Sprintf("subscriptions %+v", f)] = selecting(t, c, err, `SELECT u.key `)
		f.order(clauses[fmt.Sprintf("subscriptions %+v", f)], position{value: "x", key: 5})
	}
	for _, f := range []CustomerFilter{{}, {Sort: ByName}, {Type: "business"}, {Sort: ByName, Status: "active"}} {
		c, err := customerClause(t.Context(), s.readers, tenant, f, `SELECT c.key `)
		f.order(c, position{value: "x", key: 5})
		clauses[fmt.Sprintf("customers %+v", f)] = selecting(t, c, err, "")
	}
	for _, f := range []GroupFilter{{}, {Sort: ByGroupName}, {Status: "active"}, {Day: 3, Sort: ByGroupName}} {
		c, err := groupClause(t.Context(), s.readers, tenant, f, `SELECT g.key `)
		f.order(c, position{value: "x", key: 5})
		clauses[fmt.Sprintf("groups %+v", f)] = selecting(t, c, err, "")
	}
	for _, f := range []InvoiceFilter{{}, {Status: "paid"}, {Open: true}, {Kind: Individual}, {Kind: Consolidated}, {Period: testPeriod}, {Sort: ByDue}, {Sort: ByDue, Overdue: true}} {
		c, err := s.invoicePage(t.Context(), s.readers, tenant, f, position{value: "x", key: 5})
		clauses[fmt.Sprintf("invoices %+v", f)] = selecting(t, c, err, "")
	}
	for name, c := range clauses {
		plan := explain(t, s.readers, c)
		if strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, "COVERING INDEX") || strings.Contains(plan, "SCAN") || !strings.ContainsAny(plan, "<>") {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
}

func selecting(t *testing.T, c *clause, err error, what string) *clause {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	whole := &clause{args: c.args}
	whole.text.WriteString(what + c.text.String())
	return whole
}

func explain(t *testing.T, q querier, c *clause) string {
	t.Helper()
	rows, err := q.QueryContext(context.Background(), `EXPLAIN QUERY PLAN `+c.text.String(), c.args...)
	if err != nil {
		t.Fatalf("%s: %v", c.text.String(), err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(detail + "\n")
	}
	return plan.String()
}
