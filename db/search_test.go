package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

// What a search leaves out, because there is too much of it, is not what was asked for:
// the rest of the filter counts before.
func TestSearchLooksAtTheWholeFilter(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	rows := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		"first,small,,,Small GmbH,,Mass phone,MP-x,active,2026-03-03,,24,10.00,EUR\n" +
		"second,small,,,Small GmbH,,Mass phone,MP-y,cancelled,2026-03-03,2026-09-01,24,10.00,EUR\n"
	for i := range maxMatches + 200 {
		rows += fmt.Sprintf("m%d,many%d,,,Many GmbH,,Mass phone,MP-%d,active,2026-03-03,,24,10.00,EUR\n", i, i, i)
	}
	for _, kind := range []string{"phone", "laptop"} { // of another product, one with the word in it
		rows += fmt.Sprintf("z%s,late,,,Late GmbH,,Mass %s,Z,active,2026-03-03,,24,10.00,EUR\n", kind, kind)
	}
	if result, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(rows), "mass.csv"); err != nil || result.Problems.Total > 0 {
		t.Fatalf("%v, %v", err, result.Problems)
	}
	for _, test := range []struct {
		f    SubscriptionFilter
		want string
		cut  bool
	}{
		{SubscriptionFilter{Query: "mass", CustomerID: "small"}, "second first", false},
		{SubscriptionFilter{Query: "mass phone", CustomerID: "small", Status: billing.SubscriptionActive}, "first", false},
		{SubscriptionFilter{Query: "mass", Status: billing.SubscriptionCancelled}, "second", false},
		{SubscriptionFilter{Query: "MP-", Status: billing.SubscriptionCancelled}, "second", false},
		{SubscriptionFilter{Query: "small", Status: billing.SubscriptionActive}, "first", false},
		{SubscriptionFilter{Query: "mall", Status: billing.SubscriptionActive}, "first", false},
		{SubscriptionFilter{Query: "mass phone", Limit: 1}, "zphone", true}, // the newest
		{SubscriptionFilter{Query: "gmbh", CustomerID: "small"}, "second first", false},
		{SubscriptionFilter{Query: "gmbh", CustomerID: "late", Limit: 1}, "zlaptop", false},
		{SubscriptionFilter{Query: "gmbh mass", CustomerID: "small"}, "", false},
		{SubscriptionFilter{Query: "%", CustomerID: "small"}, "", false},
		{SubscriptionFilter{Query: "gmbh", Status: billing.SubscriptionCancelled}, "second", true}, // not all customers are looked at
		{SubscriptionFilter{Query: "FIRS"}, "first", false},
	} {
		test.f.Search = new(Search)
		if test.f.Limit == 0 {
			test.f.Limit = 10
		}
		list, _, err := s.Subscriptions(t.Context(), tenant, test.f)
		var ids []string
		for _, r := range list {
			ids = append(ids, r.ID)
		}
		if got := strings.Join(ids, " "); err != nil || got != test.want || test.f.Search.Cut() != test.cut {
			t.Errorf("%+v: %q, cut %v, %v; want %q, %v", test.f, got, test.f.Search.Cut(), err, test.want, test.cut)
		}
	}
	inactive := billing.CustomerInactive
	if _, err := s.UpdateCustomer(t.Context(), newScope(tenant), "small", time.Time{}, billing.CustomerChange{Status: &inactive}); err != nil {
		t.Fatal(err)
	}
	customers := func(f CustomerFilter) (n int, cut bool) {
		f.Search, f.Limit = new(Search), 2000
		list, _, err := s.Customers(t.Context(), tenant, f)
		if err != nil {
			t.Fatal(err)
		}
		return len(list), f.Search.Cut()
	}
	if n, cut := customers(CustomerFilter{Query: "gmbh", Status: billing.CustomerInactive}); n != 1 || cut {
		t.Errorf("%d inactive customers with a word that all have, cut %v", n, cut)
	}
	if n, cut := customers(CustomerFilter{Query: "gmbh"}); n != maxMatches || !cut {
		t.Errorf("%d customers, cut %v", n, cut)
	}
	if n, _ := customers(CustomerFilter{Query: "at"}); n != 1 { // L-at-e
		t.Errorf("%d customers have the part", n)
	}
	if n, _ := customers(CustomerFilter{Query: "ma"}); n != maxMatches { // begins Many, is part of Small
		t.Errorf("%d customers begin so or have the part", n)
	}
}

// A search that looks only at some of the customers, or at some of a product's
// subscriptions, says so.
func TestSearchSaysWhatItMayHaveMissed(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	rows := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i := range maxMatches {
		rows += fmt.Sprintf("m%d,exact%d,,,Exact AG,,Thing %d,T%d,active,2026-03-03,,24,10.00,EUR\n", i, i, i%40, i)
	}
	rows += "one,other,,,Other KG,,Phone,P,active,2026-03-03,,24,10.00,EUR\n"
	if result, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(rows), "mass.csv"); err != nil || result.Problems.Total > 0 {
		t.Fatalf("%v, %v", err, result.Problems)
	}
	for _, id := range []string{"m1", "m999"} {
		in := billing.GroupInput{CustomerID: "exact" + id[1:], Name: "Group", BillingDay: 1, SubscriptionIDs: []string{id}}
		if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, ""); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, n, want int, cut, wantCut bool, err error) {
		t.Helper()
		if err != nil || n != want || cut != wantCut {
			t.Errorf("%s: %d, cut %v, %v; want %d, %v", what, n, cut, err, want, wantCut)
		}
	}
	customers := CustomerFilter{Query: "exact", Search: new(Search), Limit: 2000}
	list, _, err := s.Customers(t.Context(), tenant, customers)
	check("exactly as many as are looked at", len(list), maxMatches, customers.Search.Cut(), false, err)
	groups := GroupFilter{Query: "exact", Search: new(Search), Limit: 50}
	found, _, err := s.Groups(t.Context(), tenant, groups)
	check("groups of exactly as many customers", len(found), 2, groups.Search.Cut(), false, err)
	if _, _, err := s.PutCustomer(t.Context(), newScope(tenant), "exact-more", billing.CustomerChange{Company: ptr("Exact more")}); err != nil {
		t.Fatal(err)
	}
	groups.Search = new(Search)
	_, _, err = s.Groups(t.Context(), tenant, groups)
	check("groups of more customers", 0, 0, groups.Search.Cut(), true, err)
	things := SubscriptionFilter{Query: "thing", Search: new(Search), Limit: 2000}
	subscriptions, _, err := s.Subscriptions(t.Context(), tenant, things)
	check("many products", len(subscriptions), maxMatches, things.Search.Cut(), true, err)
	phone := SubscriptionFilter{Query: "phone", Search: new(Search), Limit: 2000}
	subscriptions, _, err = s.Subscriptions(t.Context(), tenant, phone)
	check("one product", len(subscriptions), 1, phone.Search.Cut(), false, err)
}
