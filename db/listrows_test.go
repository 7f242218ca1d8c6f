package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"billfold/billing"
)

// Rows tell what the group they are in bills on, and those picked by id come in the
// order they were asked for.
func TestSubscriptionsByID(t *testing.T) {
	s, tenant := newListed(t)
	listed, _, err := s.Subscriptions(t.Context(), tenant, SubscriptionFilter{Limit: 600})
	if err != nil {
		t.Fatal(err)
	}
	wanted := []string{listed[7].ID, "nobody's", listed[2].ID, listed[7].ID, "sub_other", listed[400].ID}
	rows, err := s.SubscriptionsByID(t.Context(), tenant, wanted)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, r.ID)
	}
	if want := []string{listed[7].ID, listed[2].ID, listed[400].ID}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	grouped := 0
	for _, r := range listed {
		if r.GroupID == "" {
			if r.GroupName != "" || r.GroupDay != 0 || r.GroupActive {
				t.Errorf("%s is in no group, and has %+v", r.ID, r)
			}
			continue
		}
		grouped++
		g, err := s.Group(t.Context(), tenant, r.GroupID)
		if err != nil {
			t.Fatal(err)
		}
		if r.GroupName != g.Name || r.GroupDay != g.Days.Last().Day || r.GroupActive != (g.Status == billing.GroupActive) {
			t.Errorf("%s: %q on day %d (%v), want %q on day %d (%s)", r.ID, r.GroupName, r.GroupDay, r.GroupActive, g.Name, g.Days.Last().Day, g.Status)
		}
	}
	if grouped == 0 {
		t.Error("nothing is in a group")
	}
}

// UpcomingOf answers for many groups what Upcoming answers for each.
func TestUpcomingOfMany(t *testing.T) {
	s, tenant := newListed(t)
	groups, _, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	lists, err := s.UpcomingOf(t.Context(), tenant, groups, 3)
	if err != nil || len(lists) != len(groups) || len(groups) < 5 {
		t.Fatalf("%d lists for %d groups, %v", len(lists), len(groups), err)
	}
	for i, g := range groups {
		one, err := s.Upcoming(t.Context(), tenant, g, 3)
		if err != nil || len(one) == 0 || fmt.Sprint(one) != fmt.Sprint(lists[i]) {
			t.Errorf("%s: %v differs from %v (%v)", g.ID, lists[i], one, err)
		}
	}
}

// Of a search that found as many as it looks at, the totals say that there may be more.
func TestTotalsOfSearchThatWasCut(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	var file strings.Builder
	file.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	for i := range maxMatches + 1 {
		fmt.Fprintf(&file, "u%d,c%d,ap@many.example,Mia Many,Many GmbH,X,ThinkPad,PF-%d,active,2026-03-03,,24,1.00,EUR\n", i, i, i)
	}
	if _, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(file.String()), "many.csv"); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]Totals{"many": {Count: maxMatches, More: true}, "zzz": {Monthly: &billing.Money{Currency: tenant.Currency}}} {
		subscriptions, err := s.SubscriptionTotals(t.Context(), tenant, SubscriptionFilter{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		customers, err := s.CustomerTotals(t.Context(), tenant, CustomerFilter{Query: query})
		if err != nil {
			t.Fatal(err)
		}
		for what, got := range map[string]Totals{"subscriptions": subscriptions, "customers": customers} {
			if got.Count != want.Count || got.More != want.More || (got.Monthly == nil) != (want.Monthly == nil) {
				t.Errorf("%q, %s: %+v, want %+v", query, what, got, want)
			}
		}
	}
}

func TestMatcher(t *testing.T) {
	for _, c := range []struct {
		query, text string
		want        bool
	}{
		{"", "anything", true}, {"  ", "anything", true}, {"macbook", "MacBook Pro", true}, {"bruckner", "Brückner & Söhne", true},
		{"BRÜCKNER sohne", "Brückner & Söhne", true}, {"pf-4k", "ThinkPad PF-4K2L91", true}, {"pro book", "MacBook Pro", true}, {"air", "MacBook Pro", false},
		{"pro air", "MacBook Pro", false},
	} {
		if got := Matcher(c.query)(c.text); got != c.want {
			t.Errorf("%q in %q: %v, want %v", c.query, c.text, got, c.want)
		}
	}
}
