package db

import (
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// toldSubscription is all that a new subscription of acme needs.
func toldSubscription() billing.SubscriptionChange {
	return billing.SubscriptionChange{CustomerID: ptr("acme"), MonthlyAmount: &billing.Money{Minor: 12900, Currency: "EUR"},
		Start: &billing.Date{Year: 2026, Month: 3, Day: 3}, Length: ptr(24)}
}

// putSubscription takes in what must be granted, and checks that the answer is what is
// stored.
func putSubscription(t *testing.T, s *Store, tenant Tenant, id string, in billing.SubscriptionChange) (billing.Subscription, bool) {
	t.Helper()
	if err := s.CheckPutSubscription(t.Context(), tenant, id, in); err != nil {
		t.Errorf("the check refuses: %v", err)
	}
	answered, created, err := s.PutSubscription(t.Context(), newScope(tenant), id, in)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.Subscription(t.Context(), tenant, id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(stored.Subscription, answered); diff != "" {
		t.Errorf("stored, answered:\n%s", diff)
	}
	return answered, created
}

func TestPutSubscription(t *testing.T) {
	s, tenant := newAcme(t)
	in := toldSubscription()
	in.Serial, in.NextBilling = ptr("SN-9"), billing.Date{Year: 2027, Month: 2, Day: 1}
	first, created := putSubscription(t, s, tenant, "S-1", in)
	if !created || first.CreatedBy != testActor.ID || first.OriginalLength != 24 || first.OwedFrom.String() != "2027-02" {
		t.Errorf("created %v: %+v", created, first)
	}
	longer, created := putSubscription(t, s, tenant, "S-1", billing.SubscriptionChange{Length: ptr(36), Serial: ptr("")})
	if created || longer.Length != 36 || longer.OriginalLength != 24 || longer.CreatedBy != testActor.ID || longer.End().String() != "2029-03-03" {
		t.Errorf("created %v: %+v", created, longer)
	}
	same, _ := putSubscription(t, s, tenant, "S-1", billing.SubscriptionChange{Length: ptr(36), CustomerID: ptr("acme"), NextBilling: billing.Date{Year: 2028, Month: 1, Day: 1}})
	if !same.UpdatedAt.Equal(longer.UpdatedAt) {
		t.Errorf("nothing changed, and yet: %+v", same)
	}
	ended, _ := putSubscription(t, s, tenant, "S-1", billing.SubscriptionChange{Status: ptr(billing.SubscriptionEndedBuyout)})
	if ended.EndedOn.String() != testDay {
		t.Errorf("ended %+v", ended)
	}
	entries, err := s.Activity(t.Context(), tenant, "subscription", "S-1", 10)
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, want := range []struct{ action, before, after string }{
		{"subscription.ended", `{"endedOn":"","status":"active"}`, `{"endedOn":"2026-11-22","status":"ended_buyout"}`},
		{"subscription.changed", `{"length":24,"serial":"SN-9"}`, `{"length":36,"serial":""}`},
	} {
		if e := entries[i]; e.Action != want.action || string(e.Before) != want.before || string(e.After) != want.after || e.Actor != testActor {
			t.Errorf("%s %s → %s", e.Action, e.Before, e.After)
		}
	}
	if e := entries[2]; e.Action != "subscription.created" || e.Before != nil || len(e.After) == 0 {
		t.Errorf("%s %s → %s", e.Action, e.Before, e.After)
	}
}

// What is first taken in fixes the cut-over day, whether by a file or alone, and a
// refusal doesn't.
func TestFirstSubscriptionFixesCutOver(t *testing.T) {
	s, tenant := newAcme(t)
	cutOver := func() string {
		t.Helper()
		found, err := s.Tenant(t.Context(), tenant.ID)
		if err != nil {
			t.Fatal(err)
		}
		return found.CutOver.String()
	}
	if _, _, err := s.PutSubscription(t.Context(), newScope(tenant), "S-1", billing.SubscriptionChange{}); billing.CodeOf(err) != billing.CodeValidation {
		t.Error(err)
	}
	if err := s.CheckPutSubscription(t.Context(), tenant, "S-1", toldSubscription()); err != nil {
		t.Error(err)
	}
	if got := cutOver(); got != "" {
		t.Errorf("nothing was taken in, and the cut-over day is %s", got)
	}
	if first, _ := putSubscription(t, s, tenant, "S-1", toldSubscription()); cutOver() != testDay || first.OwedFrom.String() != "2026-12" {
		t.Errorf("the cut-over day is %q, owed from %s", cutOver(), first.OwedFrom)
	}
	if _, err := s.writer.db.Exec(`UPDATE tenants SET cut_over = '2026-05-01' WHERE key = ?1`, tenant.Key); err != nil {
		t.Fatal(err)
	}
	if second, _ := putSubscription(t, s, tenant, "S-2", toldSubscription()); cutOver() != "2026-05-01" || second.OwedFrom.String() != "2026-05" {
		t.Errorf("the cut-over day is %q, owed from %s", cutOver(), second.OwedFrom)
	}
}

func TestPutSubscriptionRefuses(t *testing.T) {
	s, tenant := newAcme(t)
	addCustomer(t, s, tenant, billing.Customer{ID: "bcme"})
	other := newTenant(t, s)
	addCustomer(t, s, other, billing.Customer{ID: "theirs"})
	create(t, s, tenant, 1, "s1")
	elsewhere := toldSubscription()
	elsewhere.CustomerID = ptr("theirs")
	before := imported(t, s)
	for _, test := range []struct {
		tenant Tenant
		id     string
		in     billing.SubscriptionChange
		code   billing.Code
	}{
		{tenant, "s1", billing.SubscriptionChange{CustomerID: ptr("bcme"), Length: ptr(36)}, billing.CodeSubscriptionAlreadyGrouped},
		{tenant, "s2", billing.SubscriptionChange{CustomerID: ptr("theirs")}, billing.CodeCustomerNotFound},
		{tenant, "s2", billing.SubscriptionChange{Length: ptr(0)}, billing.CodeValidation},
		{tenant, "new", elsewhere, billing.CodeCustomerNotFound},
		{tenant, "new", billing.SubscriptionChange{Length: ptr(36)}, billing.CodeValidation},
		{other, "s2", billing.SubscriptionChange{Length: ptr(36)}, billing.CodeValidation}, // a new one, that tells too little
	} {
		_, _, err := s.PutSubscription(t.Context(), newScope(test.tenant), test.id, test.in)
		if check := s.CheckPutSubscription(t.Context(), test.tenant, test.id, test.in); billing.CodeOf(err) != test.code || billing.CodeOf(check) != test.code {
			t.Errorf("%q: %v, checked %v, want %s", test.id, err, check, test.code)
		}
	}
	if diff := cmp.Diff(before, imported(t, s)); diff != "" {
		t.Errorf("something was stored (-before +after):\n%s", diff)
	}
	if moved, _ := putSubscription(t, s, tenant, "s2", billing.SubscriptionChange{CustomerID: ptr("bcme")}); moved.CustomerID != "bcme" {
		t.Errorf("in no group: %+v", moved)
	}
	// Another business unit's subscription of the same id is another one.
	mine := toldSubscription()
	mine.CustomerID = ptr("theirs")
	if _, created := putSubscription(t, s, other, "s1", mine); !created {
		t.Error("another's subscription was changed")
	}
}

// end ends a subscription, whoever asks for it again, and answers it.
func end(t testing.TB, s *Store, tenant Tenant, id string, status billing.SubscriptionStatus, day billing.Date) (ended billing.Subscription, err error) {
	_, _, err = s.EndSubscriptionOnce(t.Context(), newScope(tenant), id, status, day, Once{}, func(row SubscriptionRow, _ billing.Date) ([]byte, error) {
		ended = row.Subscription
		return nil, nil
	})
	return ended, err
}

func TestEndSubscription(t *testing.T) {
	s, tenant := newAcme(t)
	other := newTenant(t, s)
	ended, err := end(t, s, tenant, "s1", billing.SubscriptionEndedEarlyReturn, billing.Date{})
	if err != nil || ended.EndedOn.String() != testDay || ended.Status != billing.SubscriptionEndedEarlyReturn {
		t.Fatalf("%+v, %v", ended, err)
	}
	if stored, err := s.Subscription(t.Context(), tenant, "s1"); err != nil || !cmp.Equal(stored.Subscription, ended) {
		t.Errorf("stored %v", cmp.Diff(stored.Subscription, ended))
	}
	if got := actions(t, s, tenant, "subscription", "s1"); !slices.Equal(got, []string{"subscription.ended"}) {
		t.Errorf("recorded %v", got)
	}
	before := imported(t, s)
	for _, test := range []struct {
		tenant Tenant
		id     string
		status billing.SubscriptionStatus
		code   billing.Code
	}{
		{tenant, "s1", billing.SubscriptionCancelled, billing.CodeAlreadyEnded},
		{tenant, "s2", billing.SubscriptionActive, billing.CodeValidation},
		{tenant, "s9", billing.SubscriptionCancelled, billing.CodeNotFound},
		{other, "s2", billing.SubscriptionCancelled, billing.CodeNotFound},
	} {
		if _, err := end(t, s, test.tenant, test.id, test.status, billing.Date{}); billing.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", test.id, err, test.code)
		}
	}
	if diff := cmp.Diff(before, imported(t, s)); diff != "" {
		t.Errorf("something was stored (-before +after):\n%s", diff)
	}
}

// An end that is asked for again happens once, and is answered as it was then.
func TestEndSubscriptionOnce(t *testing.T) {
	s, tenant := newAcme(t)
	group := create(t, s, tenant, 28, "s3")
	once := Once{Key: "k", Request: sha256.Sum256([]byte("a"))}
	ahead := billing.Date{Year: 2026, Month: 12, Day: 4}
	endOnce := func(once Once) ([]byte, bool, error) {
		return s.EndSubscriptionOnce(t.Context(), newScope(tenant), "s3", billing.SubscriptionCancelled, ahead, once, func(row SubscriptionRow, next billing.Date) ([]byte, error) {
			return []byte(row.EndedOn.String() + " " + row.Customer.ID + " " + row.GroupID + " " + next.String()), nil
		})
	}
	want := "2026-12-04 acme " + group.ID + " 2026-11-28"
	for i, again := range []bool{false, true} {
		if answer, replayed, err := endOnce(once); err != nil || string(answer) != want || replayed != again {
			t.Errorf("time %d: %q again %v, %v; want %q", i+1, answer, replayed, err, want)
		}
	}
	if _, _, err := endOnce(Once{Key: "k", Request: sha256.Sum256([]byte("b"))}); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another request: %v", err)
	}
	if _, _, err := endOnce(Once{}); billing.CodeOf(err) != billing.CodeAlreadyEnded {
		t.Errorf("without a name: %v", err)
	}
}

// Eight end one subscription at once: one does.
func TestEndedByManyAtOnce(t *testing.T) {
	s, tenant := newAcme(t)
	codes := make([]billing.Code, 8)
	var wg sync.WaitGroup
	for i := range codes {
		wg.Go(func() {
			_, err := end(t, s, tenant, "s1", billing.SubscriptionStatuses[1+i%5], billing.Date{})
			codes[i] = billing.CodeOf(err)
		})
	}
	wg.Wait()
	slices.Sort(codes)
	if want := slices.Concat([]billing.Code{""}, slices.Repeat([]billing.Code{billing.CodeAlreadyEnded}, 7)); !slices.Equal(codes, want) {
		t.Errorf("refused with %q", codes)
	}
	if got := actions(t, s, tenant, "subscription", "s1"); len(got) != 1 {
		t.Errorf("recorded %v", got)
	}
}

func TestNextBilling(t *testing.T) {
	s, tenant := newAcme(t)
	create(t, s, tenant, 28, "s3")
	if _, err := end(t, s, tenant, "s2", billing.SubscriptionCancelled, billing.Date{Year: 2026, Month: 11, Day: 1}); err != nil {
		t.Fatal(err)
	}
	list := subscriptionsOf(t, s, tenant, "acme")
	next, err := s.NextBilling(t.Context(), tenant, list)
	want := map[string]billing.Date{"s1": {Year: 2026, Month: 11, Day: 22}, "s3": {Year: 2026, Month: 11, Day: 28}}
	if diff := cmp.Diff(want, next); diff != "" || err != nil {
		t.Errorf("%v, billed next (-want +got):\n%s", err, diff)
	}
	if next, err := s.NextBilling(t.Context(), tenant, nil); err != nil || len(next) != 0 {
		t.Errorf("of nothing: %v, %v", next, err)
	}
}

func TestCustomerSubscriptionIDs(t *testing.T) {
	s, tenant := newAcme(t)
	addCustomer(t, s, tenant, billing.Customer{ID: "bcme"})
	addCustomer(t, s, newTenant(t, s), billing.Customer{ID: "theirs"})
	for id, order := range map[string]string{"s1": "O-2", "s2": "O-1", "s3": "O-2"} {
		putSubscription(t, s, tenant, id, billing.SubscriptionChange{OrderID: &order})
	}
	in := toldSubscription()
	in.CustomerID = ptr("bcme")
	putSubscription(t, s, tenant, "b1", in)
	got, err := s.CustomerSubscriptionIDs(t.Context(), tenant, []string{"bcme", "nobody", "acme", "theirs"})
	want := map[string]CustomerSubscriptionIDs{
		"acme": {Subscriptions: []string{"s1", "s2", "s3"}, Orders: []string{"O-2", "O-1"}},
		"bcme": {Subscriptions: []string{"b1"}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, ids (-want +got):\n%s", err, diff)
	}
}

// What has been billed stands, and is not billed next.
func TestBilledSubscription(t *testing.T) {
	s, tenant := newAcme(t)
	addCustomer(t, s, tenant, billing.Customer{ID: "bcme"})
	bill(t, s, tenant)
	for _, test := range []struct {
		id   string
		in   billing.SubscriptionChange
		code billing.Code
	}{
		{"s1", billing.SubscriptionChange{CustomerID: ptr("bcme")}, billing.CodeHasInvoices},
		{"s1", billing.SubscriptionChange{Length: ptr(8)}, billing.CodeHasInvoices},
		{"s1", billing.SubscriptionChange{Start: &billing.Date{Year: 2026, Month: 3, Day: 4}}, billing.CodeHasInvoices},
		{"s1", billing.SubscriptionChange{Length: ptr(9), MonthlyAmount: &billing.Money{Minor: 1, Currency: "EUR"}}, ""},
		{"s3", billing.SubscriptionChange{CustomerID: ptr("bcme")}, ""}, // its own date is ahead
	} {
		if _, _, err := s.PutSubscription(t.Context(), newScope(tenant), test.id, test.in); billing.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %q", test.id, err, test.code)
		}
	}
	next, err := s.NextBilling(t.Context(), tenant, subscriptionsOf(t, s, tenant, "acme"))
	want := map[string]billing.Date{"s2": {Year: 2026, Month: 12, Day: 20}} // s1 is over with what has been billed
	if diff := cmp.Diff(want, next); diff != "" || err != nil {
		t.Errorf("%v, billed next (-want +got):\n%s", err, diff)
	}
}
