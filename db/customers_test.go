package db

import (
	"slices"
	"testing"

	"billfold/billing"
)

func TestBusinessOptions(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	brueckner := addCustomer(t, s, tenant, billing.Customer{ID: "cust_1", Company: "Brückner Logistik AG", Email: "rechnung@brueckner.example"})
	addCustomer(t, s, tenant, billing.Customer{ID: "cust_2", Company: "Straßenbau Ørsted & Söhne", FirstName: "Łucja", LastName: "Brand"})
	addCustomer(t, s, tenant, billing.Customer{ID: "cust_3", Company: "Logistikzentrum Brügge"})
	addCustomer(t, s, tenant, billing.Customer{ID: "cust_4", Type: billing.Individual, FirstName: "Bruno", LastName: "Brückner"})
	addCustomer(t, s, tenant, billing.Customer{ID: "cust_5", Company: "Brückner alt", Status: billing.CustomerInactive})
	addCustomer(t, s, newTenant(t, s), billing.Customer{ID: "cust_6", Company: "Brückner anderswo"})
	addSubscription(t, s, tenant, brueckner, "s1", 100_00, "2026-01-31")
	addSubscription(t, s, tenant, brueckner, "s2", 50_50, "2024-01-31") // its contract is over
	tests := []struct {
		query string
		want  []string
	}{
		{"", []string{"cust_1", "cust_2", "cust_3"}},
		{"bruckner", []string{"cust_1"}},
		{"BRÜCK", []string{"cust_1"}},
		{"bru", []string{"cust_1", "cust_3"}},
		{"logistik", []string{"cust_3", "cust_1"}}, // a name that begins with it comes first
		{"logistik brü", []string{"cust_1", "cust_3"}},
		{"logistik ag", []string{"cust_1"}},
		{"strassenbau", []string{"cust_2"}},
		{"orsted lucja", []string{"cust_2"}},
		{"rechnung@brueckner.example", []string{"cust_1"}},
		{"cust_3", []string{"cust_3"}},
		{"zentrum", []string{"cust_3"}}, // inside a word, as nothing begins with it
		{"nobody", nil},
		{"%", []string{"cust_1", "cust_2", "cust_3"}}, // no word at all
		{"a b c d e f g h i", nil},
	}
	for _, test := range tests {
		options, err := s.BusinessOptions(t.Context(), tenant, test.query, 10)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, o := range options {
			ids = append(ids, o.ID)
		}
		if !slices.Equal(ids, test.want) {
			t.Errorf("%q finds %v, want %v", test.query, ids, test.want)
		}
	}
	options, err := s.BusinessOptions(t.Context(), tenant, "cust_1", 1)
	if err != nil || len(options) != 1 || options[0].Active != 1 || options[0].Monthly.String() != "100.00" {
		t.Errorf("figures: %+v, err %v", options, err)
	}
}

// A renamed customer is found by its new name and no longer by the old one.
func TestSaveCustomerRenewsWords(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	c := billing.Customer{ID: "c", Type: billing.Business, Status: billing.CustomerActive, Company: "Old Ltd"}
	key := addCustomer(t, s, tenant, c)
	c.Company = "New Ltd"
	if _, _, err := saveCustomer(t.Context(), s.writer.db, tenant, s.Now(), key, c); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"old": 0, "new": 1, "ltd": 1} {
		if options, err := s.BusinessOptions(t.Context(), tenant, query, 5); err != nil || len(options) != want {
			t.Errorf("%q finds %d, err %v; want %d", query, len(options), err, want)
		}
	}
}
