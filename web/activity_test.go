package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
	"billfold/db"
)

// testWords tell entries of a business unit in EUR.
func testWords() *entryWords {
	w := newEntryWords(db.Tenant{Tenant: billing.Tenant{Name: "Nord", Zone: time.UTC, Currency: "EUR"}})
	w.names = db.Names{"subscription": {"a": "Adapter 1", "c": "Cable 3", "d": "Dock 4"}, "customer": {"acme": "Acme GmbH"}, "group": {"bg_1": "IT"}}
	return w
}

// entry makes an entry of a test; "" is no state.
func entry(action, before, after string) db.Entry {
	kind, _, _ := strings.Cut(action, ".")
	e := db.Entry{At: time.Date(2026, 6, 20, 9, 5, 0, 0, time.UTC), Action: action, SubjectKind: kind, SubjectID: "x"}
	if before != "" {
		e.Before = json.RawMessage(before)
	}
	if after != "" {
		e.After = json.RawMessage(after)
	}
	return e
}

func TestGroupEntries(t *testing.T) {
	const before = `{"name":"IT","billingDay":15,"billingDayFrom":"2026-01","status":"active","reference":"","notes":"","subscriptions":["a","b"]}`
	for name, test := range map[string]struct{ action, before, after, want string }{
		"created":        {"group.created", "", before, "created the group with 2 subscriptions, billed on the 15th"},
		"deleted":        {"group.deleted", before, "", "deleted the group with 2 subscriptions"},
		"renamed":        {"group.changed", before, `{"name":"Büro","billingDay":15,"status":"active","subscriptions":["a","b"]}`, "renamed the group from “IT” to “Büro”"},
		"day":            {"group.changed", before, `{"name":"IT","billingDay":1,"billingDayFrom":"2026-07","status":"active","subscriptions":["a","b"]}`, "moved the billing day from the 15th to the 1st, from July 2026"},
		"day, older":     {"group.changed", before, `{"name":"IT","billingDay":3,"status":"active","subscriptions":["a","b"]}`, "moved the billing day from the 15th to the 3rd"},
		"day sooner":     {"group.changed", before, `{"name":"IT","billingDay":15,"billingDayFrom":"2026-06","status":"active","subscriptions":["b","a"]}`, "changed from when the billing day holds, from June 2026"},
		"deactivated":    {"group.changed", before, `{"name":"IT","billingDay":15,"status":"inactive","subscriptions":["a","b"]}`, "deactivated the group"},
		"reference":      {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","reference":"PO 1","subscriptions":["a","b"]}`, "set the reference to “PO 1”"},
		"notes":          {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","notes":"x","subscriptions":["a","b"]}`, "changed the notes"},
		"added two":      {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["a","b","c","d"]}`, "added 2 subscriptions: Cable 3 and Dock 4"},
		"removed":        {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["b"]}`, "removed 1 subscription: Adapter 1"},
		"added many":     {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["a","b","c","d","e","f","g"]}`, "added 5 subscriptions: Cable 3, Dock 4, e and 2 more"},
		"several":        {"group.changed", before, `{"name":"X","billingDay":1,"billingDayFrom":"2026-07","status":"inactive","subscriptions":["b","c"]}`, "renamed the group from “IT” to “X”; moved the billing day from the 15th to the 1st, from July 2026; deactivated the group; added 1 subscription: Cable 3; removed 1 subscription: Adapter 1"},
		"reference gone": {"group.changed", `{"name":"IT","billingDay":15,"status":"inactive","reference":"PO 1"}`, `{"name":"IT","billingDay":15,"status":"active"}`, "activated the group; took out the reference “PO 1”"},
		"unknown":        {"group.sung", "", "", "sung the billing group"},
		"unreadable":     {"group.changed", "[]", "[]", "changed the billing group; what exactly can’t be read any more"},
	} {
		if got := testWords().text(readEntry(entry(test.action, test.before, test.after))); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// The fields that can be told are those that entries have.
func TestEntryFields(t *testing.T) {
	s := newSite(t)
	customer, length := "C-1", 24
	if _, _, err := s.store.PutCustomer(t.Context(), s.scope(), customer, billing.CustomerChange{}); err != nil {
		t.Fatal(err)
	}
	in := billing.SubscriptionChange{CustomerID: &customer, MonthlyAmount: &billing.Money{Currency: "EUR"}, Start: &billing.Date{Year: 2026, Month: 3, Day: 3}, Length: &length}
	if _, _, err := s.store.PutSubscription(t.Context(), s.scope(), "S-1", in); err != nil {
		t.Fatal(err)
	}
	all := allSettings
	all.TwoFactorRequired = true
	if _, err := s.store.ChangeTenant(t.Context(), s.scope(), 2, all); err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for kind, id := range map[string]string{"customer": customer, "subscription": "S-1", "tenant": s.tenant.ID} {
		entries, err := s.store.Activity(t.Context(), s.tenant, kind, id, 1)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
		for key := range readEntry(entries[0]).after {
			known[key] = true
		}
	}
	told := make(map[string]bool)
	for _, f := range entryFields {
		told[f.key] = true
	}
	if diff := cmp.Diff(known, told); diff != "" {
		t.Errorf("in entries, and in words:\n%s", diff)
	}
}

func TestEntries(t *testing.T) {
	for name, test := range map[string]struct{ action, before, after, want string }{
		"user":                    {"user.created", "", `{"email":"ada@example.com","name":"Ada","role":"admin"}`, "added the user ada@example.com as admin"},
		"password":                {"user.password_changed", "", "", "set a new password"},
		"name":                    {"user.changed", `{"name":"Ada"}`, `{"name":"Ada Lovelace"}`, "changed the name from “Ada” to “Ada Lovelace”"},
		"out everywhere":          {"user.signed_out_everywhere", "", "", "signed out everywhere"},
		"two-factor":              {"user.two_factor_on", "", "", "set up two-factor sign-in"},
		"no two-factor":           {"user.two_factor_off", "", "", "switched off two-factor sign-in"},
		"two-factor reset":        {"user.two_factor_reset", "", "", "reset the user’s two-factor sign-in, which signed the user out"},
		"recovery codes":          {"user.recovery_codes_made", "", "", "made new recovery codes"},
		"recovery code":           {"user.recovery_code_used", "", `{"left":9}`, "signed in with a recovery code; 9 are left"},
		"last but one":            {"user.recovery_code_used", "", `{"left":1}`, "signed in with a recovery code; 1 is left"},
		"last recovery code":      {"user.recovery_code_used", "", `{"left":0}`, "signed in with a recovery code; none is left"},
		"two-factor for everyone": {"tenant.changed", `{"twoFactorRequired":false}`, `{"twoFactorRequired":true}`, "changed the two-factor requirement from off to on"},
		"key":                     {"key.created", "", `{"name":"Shop","readOnly":false}`, "made the API key, which may read and write"},
		"read-only key":           {"key.created", "", `{"name":"Shop","readOnly":true}`, "made the API key, which may only read"},
		"key revoked":             {"key.revoked", "", `{"name":"Shop"}`, "revoked the API key"},
		"tenant":                  {"tenant.created", "", `{"name":"Nord","currency":"EUR","timezone":"Europe/Berlin","vatMode":"exclusive","vatRate":"19","paymentTerms":14}`, "set up the business unit: EUR, Europe/Berlin, 19\u00a0% VAT on top, net 14"},
		"settings": {"tenant.changed", `{"iban":"…3000","vatMode":"none","vatRate":"0","automatic":false,"cutOver":"","sellerName":""}`,
			`{"iban":"…3000","vatMode":"inclusive","vatRate":"7.7","automatic":true,"cutOver":"2026-10-01","sellerName":"Nord AG"}`,
			"set the name on invoices to “Nord AG”; changed the IBAN; changed the VAT from none to included; changed the VAT rate from 0\u00a0% to 7.7\u00a0%; set the cut-over day to 1 Oct 2026; changed the automatic billing from off to on"},
		"tenant, no VAT": {"tenant.created", "", `{"currency":"CHF","timezone":"Europe/Zurich","vatMode":"none","vatRate":"0","paymentTerms":0}`, "set up the business unit: CHF, Europe/Zurich, no VAT, due at once"},
		"demo":           {"demo.filled", "", `{"subscriptions":2000}`, "made up the demo, with 2,000 subscriptions"},
		"import":         {"import.taken_in", "", `{"file":"fleet.csv","rows":12,"new":1,"changed":3,"unchanged":8,"refused":0,"customersNew":1,"customersChanged":2}`, "took in a subscription export: 1 new subscription, 3 changed, 1 new customer, 2 customers changed"},
		"import refused": {"import.taken_in", "", `{"new":0,"changed":3,"refused":2}`, "took in a subscription export: 0 new subscriptions, 3 changed, 2 refused"},
		"price":          {"subscription.changed", `{"monthlyAmount":129}`, `{"monthlyAmount":99.5}`, "changed the monthly amount from €129.00 to €99.50"},
		"contract":       {"subscription.changed", `{"length":12,"start":"2026-03-03","customer":"acme","serial":"","sku":"X1","owedFrom":"2026-12"}`, `{"length":1,"start":"2026-04-03","customer":"nord","serial":"PF-1","sku":"","owedFrom":"2027-01"}`, "changed the customer from “Acme GmbH” to “nord”; took out the SKU “X1”; set the serial number to “PF-1”; changed the start from 3 Mar 2026 to 3 Apr 2026; changed the contract length from 12 months to 1 month; changed the first month billed here from Dec 2026 to Jan 2027"},
		"ended":          {"subscription.ended", `{"status":"active","endedOn":"","monthlyAmount":10}`, `{"status":"ended_early_return","endedOn":"2026-05-03","monthlyAmount":11}`, "ended the subscription: returned early, on 3 May 2026; changed the monthly amount from €10.00 to €11.00"},
		"other end":      {"subscription.changed", `{"status":"ended_buyout","endedOn":"2026-05-03"}`, `{"status":"cancelled","endedOn":"2026-05-04"}`, "changed the status from bought out to cancelled; changed the end from 3 May 2026 to 4 May 2026"},
		"customer":       {"customer.changed", `{"paymentTerms":null,"type":"individual","vatId":"DE1"}`, `{"paymentTerms":30,"type":"business","vatId":""}`, "changed the type from individual to business; took out the VAT id “DE1”; set the payment terms to net 30"},
		"new customer":   {"customer.created", "", `{"company":"Acme GmbH","email":"ap@acme.example","vatId":""}`, "added the customer: company “Acme GmbH”, e-mail address “ap@acme.example”"},
		"new contract":   {"subscription.created", "", `{"product":"Dock","monthlyAmount":12,"start":"2026-03-03","length":24}`, "added the subscription: product “Dock”, monthly amount €12.00, start 3 Mar 2026, contract length 24 months"},
		"unknown field":  {"customer.changed", `{"favouriteColour":"red","tags":["a"],"limit":1,"vip":false}`, `{"favouriteColour":"blue","tags":["b"],"limit":2,"vip":true}`, "changed the favourite colour from “red” to “blue”; changed the limit from 1 to 2; changed the tags; changed the vip from no to yes"},
		"wrong values":   {"subscription.changed", `{"monthlyAmount":"much","start":"soon"}`, `{"monthlyAmount":{},"start":"later"}`, "changed the monthly amount; changed the start"},
		"nothing":        {"customer.changed", `{}`, `{}`, "saved without a visible change"},
		"unknown":        {"invoice.paid_late", `{"status":"pending"}`, `{"status":"active"}`, "paid late the invoice; set the status to active"},
		"unreadable":     {"customer.changed", `[]`, `{}`, "changed the customer; what exactly can’t be read any more"},
	} {
		if got := testWords().text(readEntry(entry(test.action, test.before, test.after))); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// An object is called by its name of today, else by the one it had; only what has a
// page is a link.
func TestEntryObjects(t *testing.T) {
	for _, test := range []struct {
		kind, id, after string
		role            billing.Role
		object, url     string
	}{
		{"group", "bg_1", `{"name":"Lab"}`, billing.Member, "IT", "/groups/bg_1"},
		{"group", "bg_gone", `{"name":"Lab"}`, billing.Member, "Lab", ""},
		{"customer", "acme", `{"company":"Acme AG"}`, billing.Member, "Acme GmbH", "/customers/acme"},
		{"subscription", "a", ``, billing.Member, "Adapter 1", "/subscriptions/a"},
		{"subscription", "gone", ``, billing.Member, "gone", ""},
		{"import", "imp_1", `{"file":"fleet.csv"}`, billing.Admin, "fleet.csv", "/import/imp_1"},
		{"import", "imp_1", `{"file":"fleet.csv"}`, billing.Member, "fleet.csv", ""},
		{"tenant", "ten_1", `{"name":"Old"}`, billing.Member, "Nord", "/settings"},
		{"key", "key_1", `{"name":"Shop"}`, billing.Owner, "Shop", "/settings/keys"},
		{"key", "key_1", `{"name":"Shop"}`, billing.Admin, "Shop", ""},
		{"user", "usr_1", `[]`, billing.Owner, "usr_1", ""},
	} {
		e := entry(test.kind+".changed", "", test.after)
		e.SubjectID = test.id
		row := testWords().row(readEntry(e), test.role)
		if row.Object != test.object || row.URL != test.url {
			t.Errorf("%s %s as %s: %q at %q, want %q at %q", test.kind, test.id, test.role, row.Object, row.URL, test.object, test.url)
		}
	}
}

// Each action that is recorded anywhere has a sentence of its own.
func TestEveryActionIsTold(t *testing.T) {
	files, err := filepath.Glob("../db/*.go")
	if err != nil {
		t.Fatal(err)
	}
	recorded := regexp.MustCompile(`"((?:` + strings.Join([]string{"demo", "group", "customer", "subscription", "import", "user", "invite", "key", "tenant"}, "|") + `)\.[a-z_]+)"`)
	found := make(map[string]bool)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range recorded.FindAllStringSubmatch(string(content), -1) {
			found[match[1]] = true
		}
	}
	if len(found) < 12 {
		t.Errorf("only %d actions found", len(found))
	}
	for action := range found {
		if _, told := tellings[action]; !told && !strings.HasPrefix(action, "group.") {
			t.Errorf("%s has no sentence", action)
		}
	}
}
