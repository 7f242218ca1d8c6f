package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"billfold/billing"
	"billfold/db"
)

// requireAddress lets the settings require an address of each customer.
func (p place) requireAddress(database, tenant string) {
	p.t.Helper()
	store, err := db.Open(p.t.Context(), filepath.Join(p.dir, database), db.Clock{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer store.Close()
	t, err := store.Tenant(p.t.Context(), tenant)
	if err != nil {
		p.t.Fatal(err)
	}
	in := billing.TenantChange{Name: t.Name, Seller: t.Seller, InvoicePrefix: t.InvoicePrefix, PaymentTerms: "30", VATMode: string(t.VAT.Mode),
		Zone: t.Zone.String(), CutOver: t.CutOver.String(), AddressRequired: true}
	if _, err := store.ChangeTenant(p.t.Context(), db.Scope{Tenant: t, Actor: operator}, t.Version, in); err != nil {
		p.t.Fatal(err)
	}
}

// What is set aside is told by name and with the reason, before a run and after it, and
// is not counted as what is issued.
func TestBillTellsWhatIsSetAside(t *testing.T) {
	p, tenant := rehearsed(t)
	const complete = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency,street,city,country\n" +
		"S-1,C-1,ada@example.com,Ada Lovelace,Acme GmbH,TP,ThinkPad,PF1,active,2026-01-01,,120,129.00,EUR,Weg 1,Berlin,DE\n"
	if err := os.WriteFile(filepath.Join(p.dir, "complete.csv"), []byte(complete), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(0, "", "import", "complete.csv", "--today", "2026-11-01")
	p.requireAddress("r.db", tenant)
	const line = "  Bo Beta, iPhone G6, 2026-11: The customer's address is not complete, and the settings require one. Enter street, city and country on the customer's page.\n"
	out, says := p.run(0, "", "bill", "--dry-run", "--today", "2026-11-20")
	for label, want := range map[string]string{"invoices": "1", "lines": "1", "total": "129.00 EUR", "set aside": "1", "set aside total": "89.50 EUR"} {
		if got := value(t, out, label); got != want {
			t.Errorf("%s: %s, want %s", label, got, want)
		}
	}
	if !strings.Contains(out, "89.50  address missing\n") || says != "Nord: 1 would be set aside:\n"+line {
		t.Errorf("the dry run prints %q and says %q", out, says)
	}
	out, _ = p.run(0, "", "bill", "--dry-run", "--json", "--today", "2026-11-20")
	var units []struct {
		Invoices, SetAsideInvoices int
		Total, SetAsideTotal       float64
		Due                        []struct {
			SetAside bool
			Reason   string
		}
	}
	if err := json.Unmarshal([]byte(out), &units); err != nil {
		t.Fatal(err)
	}
	if u := units[0]; u.Invoices != 1 || u.Total != 129 || u.SetAsideInvoices != 1 || u.SetAsideTotal != 89.5 || len(u.Due) != 2 ||
		u.Due[0].SetAside || u.Due[0].Reason != "" || !u.Due[1].SetAside || !strings.HasPrefix(u.Due[1].Reason, "The customer's address") {
		t.Errorf("as JSON it is %s", out)
	}
	out, says = p.run(0, "", "bill", "--today", "2026-11-20")
	if value(t, out, "invoices") != "1" || value(t, out, "set aside") != "1" || says != "Nord: 1 could not be billed and will be tried again:\n"+line {
		t.Errorf("it prints %q and says %q", out, says)
	}
}

// Of very many the first are told.
func TestBillTellsTheFirst(t *testing.T) {
	p, tenant := rehearsed(t)
	var more strings.Builder
	more.WriteString(fleet)
	for i := range 30 {
		fmt.Fprintf(&more, "M-%d,C-2,bo@example.com,Bo Beta,,IP,iPhone,M%d,active,2026-01-15,,120,89.50,EUR\n", i, i)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "more.csv"), []byte(more.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(0, "", "import", "more.csv", "--today", "2026-11-01")
	p.requireAddress("r.db", tenant)
	for _, args := range [][]string{{"bill", "--dry-run"}, {"bill"}} {
		_, says := p.run(0, "", append(args, "--today", "2026-11-20")...)
		if strings.Count(says, "\n") != 22 || !strings.HasSuffix(says, "\n  and 12 more\n") {
			t.Errorf("%v says %q", args, says)
		}
	}
}
