package db

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// sameZone compares time zones by name.
var sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })

func TestTenants(t *testing.T) {
	s := newStore(t)
	first := newTenant(t, s)
	tokyo, err := billing.ParseZone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.CreateTenant(t.Context(), Actor{Kind: ActorSystem, Name: "command line"}, billing.Tenant{
		Name: "レンタル", Currency: "JPY", Zone: tokyo, VAT: billing.VAT{Mode: billing.VATInclusive, Rate: 1000},
		PaymentTerms: 30, InvoicePrefix: "INV", CutOver: billing.Date{Year: 2026, Month: 11, Day: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Tenant{first, second}, got, sameZone); diff != "" {
		t.Error(diff)
	}
	for _, want := range []Tenant{first, second} {
		got, err := s.Tenant(t.Context(), want.ID)
		if diff := cmp.Diff(want, got, sameZone); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if got := actions(t, s, want, "tenant", want.ID); !cmp.Equal(got, []string{"tenant.created"}) {
			t.Errorf("activity of %s: %v", want.ID, got)
		}
	}
	if _, err := s.Tenant(t.Context(), "ten_unknown"); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("an unknown tenant: %v, want NOT_FOUND", err)
	}
	if today := s.Today(first).String(); today != testDay {
		t.Errorf("today is %s, want %s", today, testDay)
	}
}

func TestActivity(t *testing.T) {
	s := newStore(t)
	tenant, other := newTenant(t, s), newTenant(t, s)
	at := time.Date(2026, 11, 22, 9, 30, 0, 5e6, time.UTC)
	add := func(tenant Tenant, action, id string, before, after any) {
		t.Helper()
		if err := appendActivity(t.Context(), s.writer.db, newScope(tenant), at, action, "group", id, before, after); err != nil {
			t.Fatal(err)
		}
	}
	add(tenant, "group.created", "bg_1", nil, map[string]any{"name": "Büro"})
	add(tenant, "group.created", "bg_2", nil, nil)
	add(other, "group.created", "bg_1", nil, nil)
	add(tenant, "group.renamed", "bg_1", map[string]any{"name": "Büro"}, map[string]any{"name": "Office"})
	want := []Entry{
		{At: at, Actor: testActor, Action: "group.renamed", SubjectKind: "group", SubjectID: "bg_1",
			Before: []byte(`{"name":"Büro"}`), After: []byte(`{"name":"Office"}`)},
		{At: at, Actor: testActor, Action: "group.created", SubjectKind: "group", SubjectID: "bg_1", After: []byte(`{"name":"Büro"}`)},
	}
	for limit := range 3 {
		got, err := s.Activity(t.Context(), tenant, "group", "bg_1", limit)
		if diff := cmp.Diff(want[:limit], append([]Entry{}, got...)); err != nil || diff != "" {
			t.Error(limit, err, diff)
		}
	}
}
