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
