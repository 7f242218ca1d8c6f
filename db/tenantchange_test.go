package db

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// settings are a business unit's as its form has them.
func settings(t Tenant) billing.TenantChange {
	return billing.TenantChange{Name: t.Name, Seller: t.Seller, InvoicePrefix: t.InvoicePrefix, PaymentTerms: "14", VATMode: string(t.VAT.Mode), VATRate: t.VAT.Percent(),
		Zone: t.Zone.String(), CutOver: t.CutOver.String(), AddressRequired: t.AddressRequired, Automatic: t.Automatic, TwoFactorRequired: t.TwoFactorRequired}
}

// changeTenant changes settings, which must succeed.
func changeTenant(t testing.TB, s *Store, tenant Tenant, change func(*billing.TenantChange)) Tenant {
	t.Helper()
	return changeTenantAs(t, s, testActor, tenant, change)
}

// changeTenantAs is changeTenant by somebody else.
func changeTenantAs(t testing.TB, s *Store, actor Actor, tenant Tenant, change func(*billing.TenantChange)) Tenant {
	t.Helper()
	in := settings(tenant)
	change(&in)
	after, err := s.ChangeTenant(t.Context(), Scope{tenant, actor}, tenant.Version, in)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

func TestChangeTenant(t *testing.T) {
	s := newStore(t)
	tenant, other := newTenant(t, s), newTenant(t, s)
	newUser(t, s, tenant, "ulla@example.com", billing.Owner)
	token, err := s.SignIn(t.Context(), "ulla@example.com", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	same := changeTenant(t, s, tenant, func(*billing.TenantChange) {})
	if diff := cmp.Diff(tenant, same, sameZone); diff != "" {
		t.Errorf("saved as it is (-want +got):\n%s", diff)
	}
	after := changeTenant(t, s, tenant, func(in *billing.TenantChange) {
		in.Name, in.Zone, in.VATMode, in.VATRate, in.PaymentTerms, in.InvoicePrefix, in.CutOver = "Nord AG", "Asia/Tokyo", "inclusive", "7.7", "30", "nl", "2026-10-01"
		in.AddressRequired, in.Automatic = true, true
		in.Seller = billing.Seller{Name: "Nord Verleih AG", Address: billing.Address{Street: "Weg 1", City: "Berlin"}, IBAN: "DE89 3704 0044 0532 0130 00"}
	})
	want := tenant
	want.Name, want.VAT, want.PaymentTerms, want.InvoicePrefix, want.CutOver = "Nord AG", billing.VAT{Mode: billing.VATInclusive, Rate: 770}, 30, "NL", billing.Date{Year: 2026, Month: 10, Day: 1}
	want.Zone, _ = billing.ParseZone("Asia/Tokyo")
	want.AddressRequired, want.Automatic, want.Version = true, true, 2
	want.Seller = billing.Seller{Name: "Nord Verleih AG", Address: billing.Address{Street: "Weg 1", City: "Berlin"}, IBAN: "DE89370400440532013000"}
	read, err := s.Tenant(t.Context(), tenant.ID)
	if diff := cmp.Diff(want, after, sameZone) + cmp.Diff(want, read, sameZone); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	// They hold at once for whoever is signed in already, and for nobody else.
	session, err := s.Session(t.Context(), token)
	if diff := cmp.Diff(want, session.Tenant, sameZone); diff != "" || err != nil {
		t.Errorf("the session: %v (-want +got):\n%s", err, diff)
	}
	if read, err := s.Tenant(t.Context(), other.ID); err != nil || read.Name != other.Name || read.Version != 1 {
		t.Errorf("the other unit: %+v, %v", read, err)
	}
	entries, err := s.Activity(t.Context(), tenant, "tenant", tenant.ID, 10)
	if err != nil || len(entries) != 2 || entries[0].Action != "tenant.changed" || entries[0].Actor != testActor {
		t.Fatalf("%d entries, %v: %+v", len(entries), err, entries)
	}
	wantBefore := `{"addressRequired":false,"automatic":false,"city":"","cutOver":"","iban":"","invoicePrefix":"M","name":"Mietwerk GmbH","paymentTerms":14,"sellerName":"","street":"","timezone":"Europe/Berlin","vatMode":"exclusive","vatRate":"19"}`
	wantAfter := `{"addressRequired":true,"automatic":true,"city":"Berlin","cutOver":"2026-10-01","iban":"…3000","invoicePrefix":"NL","name":"Nord AG","paymentTerms":30,"sellerName":"Nord Verleih AG","street":"Weg 1","timezone":"Asia/Tokyo","vatMode":"inclusive","vatRate":"7.7"}`
	if string(entries[0].Before) != wantBefore || string(entries[0].After) != wantAfter {
		t.Errorf("%s\n%s", entries[0].Before, entries[0].After)
	}
}

// An account whose number ends alike is told as a change all the same.
func TestChangeTenantIBAN(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	tenant = changeTenant(t, s, tenant, func(in *billing.TenantChange) { in.Seller.IBAN = "DE89370400440532013000" })
	tenant = changeTenant(t, s, tenant, func(in *billing.TenantChange) { in.Seller.IBAN = "AT673200000012343000" })
	entries, err := s.Activity(t.Context(), tenant, "tenant", tenant.ID, 1)
	if err != nil || string(entries[0].Before) != `{"iban":"…3000"}` || string(entries[0].After) != `{"iban":"…3000"}` {
		t.Errorf("%v: %s, %s", err, entries[0].Before, entries[0].After)
	}
	if faults := faultsOf(t, s.path); faults != "" {
		t.Error(faults)
	}
}

func TestChangeTenantRefuses(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	in := settings(tenant)
	in.Name = "Theirs"
	if _, err := s.ChangeTenant(t.Context(), newScope(tenant), tenant.Version, in); err != nil {
		t.Fatal(err)
	}
	in.Name = "Mine"
	for _, version := range []int{0, 1, 3} {
		if _, err := s.ChangeTenant(t.Context(), newScope(tenant), version, in); billing.CodeOf(err) != billing.CodeStaleTenant {
			t.Errorf("from version %d: %v", version, err)
		}
	}
	in.Name, in.InvoicePrefix = "", "NL-CN"
	if _, err := s.ChangeTenant(t.Context(), newScope(tenant), 2, in); !cmp.Equal(paths(err), []string{"name", "invoicePrefix"}) {
		t.Errorf("%v", err)
	}
	if _, err := s.CheckTenant(t.Context(), tenant, in); !cmp.Equal(paths(err), []string{"name", "invoicePrefix"}) {
		t.Errorf("%v", err)
	}
	if read, err := s.Tenant(t.Context(), tenant.ID); err != nil || read.Name != "Theirs" || read.Version != 2 {
		t.Errorf("%+v, %v", read, err)
	}
	if got := actions(t, s, tenant, "tenant", tenant.ID); len(got) != 2 {
		t.Errorf("activity %v", got)
	}
}

// The day of a unit that moves west stays at what it has issued last.
func TestChangeTimeZone(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), Clock{Frozen: frozen(t, "2026-11-30T11:00:00Z")})
	tenant := newTenant(t, s)
	to := func(zone string) func(*billing.TenantChange) {
		return func(in *billing.TenantChange) { in.Zone = zone }
	}
	tenant = changeTenant(t, s, tenant, to("Pacific/Kiritimati"))
	if today := s.Today(tenant).String(); today != "2026-12-01" {
		t.Errorf("on Kiritimati it is %s", today)
	}
	if _, err := s.writer.db.Exec(`UPDATE tenants SET last_issued = '2026-12-01'`); err != nil {
		t.Fatal(err)
	}
	in := settings(tenant)
	in.Zone = "America/Los_Angeles"
	check, err := s.CheckTenant(t.Context(), tenant, in)
	if err != nil || check.Today.String() != "2026-12-01" || check.After.Zone.String() != in.Zone {
		t.Errorf("%+v, %v", check, err)
	}
	if tenant = changeTenant(t, s, tenant, to(in.Zone)); s.Today(tenant).String() != "2026-12-01" {
		t.Errorf("the day went back to %s", s.Today(tenant))
	}
}

func TestVerifySettings(t *testing.T) {
	s := newStory(t)
	// What it is owed from is told, and follows the cut-over day all the same.
	in := billing.SubscriptionChange{CustomerID: ptr("acme"), MonthlyAmount: &billing.Money{Currency: "EUR"}, Start: ptr(mustDate(t, "2026-01-03")), Length: ptr(24), NextBilling: mustDate(t, "2026-10-03")}
	if _, _, err := s.PutSubscription(t.Context(), newScope(mustTenant(t, s)), "told", in); err != nil {
		t.Fatal(err)
	}
	changeTenant(t, s, mustTenant(t, s), func(in *billing.TenantChange) {
		in.Seller.IBAN, in.VATRate, in.CutOver, in.Automatic = "DE89370400440532013000", "7.7", "2026-11-01", true
	})
	if faults := faultsOf(t, s.path); faults != "" {
		t.Fatal(faults)
	}
	for statement, want := range map[string]string{
		`UPDATE subscriptions SET told_next = NULL WHERE id = 'told'`:                                `toldNext is "" in the tables, "2026-10-03" in the activity`,
		`UPDATE subscriptions SET owed_from = '2027-01' WHERE id = 'told'`:                           `owedFrom is "2027-01" in the tables, "2026-12" in the activity`,
		`UPDATE tenants SET vat_rate = 1900`:                                                         `vatRate is "19" in the tables, "7.7" in the activity`,
		`UPDATE tenants SET seller = replace(seller, '3000', '3001')`:                                `iban is "…3001" in the tables, "…3000" in the activity`,
		`UPDATE tenants SET payment_terms = 0, automatic = 0`:                                        `automatic is false in the tables, true in the activity; paymentTerms is 0 in the tables, 14 in the activity`,
		`UPDATE tenants SET cut_over = '2026-12-01'; SELECT 1 -- and what is owed from when with it`: `cutOver is "2026-12-01" in the tables, "2026-11-01" in the activity`,
	} {
		path := copyOf(t, s)
		tamper(t, path, statement)
		if faults := faultsOf(t, path); !strings.Contains(faults, want) {
			t.Errorf("%s\n%s\nwant %s", statement, faults, want)
		}
	}
}
