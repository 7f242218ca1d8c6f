package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fleet is an export of two contracts that began on days that each month has.
const fleet = `subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency
S-1,C-1,ada@example.com,Ada Lovelace,Acme GmbH,TP,ThinkPad,PF1,active,2026-01-01,,120,129.00,EUR
S-2,C-2,bo@example.com,Bo Beta,,IP,iPhone,G6,active,2026-01-15,,120,89.50,EUR
`

// rehearsed is a place with a business unit that took the fleet in on 1 November 2026.
func rehearsed(t *testing.T) (p place, tenant string) {
	t.Helper()
	p = newPlace(t, "BILLFOLD_DATABASE=r.db")
	out, _ := p.run(0, "", "tenant", "add", "Nord", "--today", "2026-11-01")
	if err := os.WriteFile(filepath.Join(p.dir, "fleet.csv"), []byte(fleet), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(0, "", "import", "fleet.csv", "--today", "2026-11-01")
	return p, value(t, out, "tenant")
}

func TestBill(t *testing.T) {
	p, tenant := rehearsed(t)
	out, _ := p.run(0, "", "bill", "--dry-run", "--today", "2026-11-20")
	var lines []string
	for line := range strings.Lines(out) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	want := []string{
		"tenant: " + tenant + " Nord", "DUE SINCE MONTH CUSTOMER INVOICE LINES TOTAL",
		"2026-11-01 2026-11 Acme GmbH ThinkPad PF1 1 129.00", "2026-11-15 2026-11 Bo Beta iPhone G6 1 89.50",
		"invoices: 2", "lines: 2", "total: 218.50 EUR", "set aside: 0", "dry run: nothing was issued",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("the dry run prints\n%s", diff)
	}
	out, _ = p.run(0, "", "bill", "--on", "2026-11-10", "--today", "2026-11-20")
	for label, want := range map[string]string{"tenant": tenant + " Nord", "invoices": "1", "lines": "1", "total": "129.00 EUR", "set aside": "0", "first": "N-2026-000001", "last": "N-2026-000001"} {
		if got := value(t, out, label); got != want {
			t.Errorf("%s: %s, want %s", label, got, want)
		}
	}
	out, _ = p.run(0, "", "bill", "--today", "2026-11-20", "--tenant", tenant)
	if value(t, out, "first") != "N-2026-000002" {
		t.Errorf("it prints %q", out)
	}
	out, says := p.run(0, "", "bill", "--today", "2026-11-20")
	if value(t, out, "invoices") != "0" || strings.Contains(out, "first") || says != "" {
		t.Errorf("with nothing due it prints %q and says %q", out, says)
	}
	if _, says := p.run(exitFailed, "", "bill", "--on", "2026-11-21", "--today", "2026-11-20"); !strings.Contains(says, "2026-11-21 lies after today, 2026-11-20.") {
		t.Errorf("of a day ahead it says %q", says)
	}
	p.run(exitFailed, "", "bill", "--tenant", "ten_unknown")
	p.run(exitUsage, "", "bill", "--json")
	p.run(exitUsage, "", "bill", "--on", "tomorrow")
	if _, says := newPlace(t).run(exitFailed, "", "bill"); !strings.Contains(says, "there is no database billfold.db") {
		t.Errorf("without a database it says %q", says)
	}
}

// Without --tenant every business unit is billed, whatever befalls another.
func TestBillSeveral(t *testing.T) {
	p, nord := rehearsed(t)
	out, _ := p.run(0, "", "tenant", "add", "Süd", "--today", "2026-11-01")
	south := value(t, out, "tenant")
	p.run(0, "", "import", "fleet.csv", "--tenant", south, "--today", "2026-11-01")
	out, _ = p.run(0, "", "bill", "--dry-run", "--json", "--today", "2026-11-20")
	type object = map[string]any
	first := object{"dueSince": "2026-11-01", "period": "2026-11", "customerId": "C-1", "customer": "Acme GmbH", "subscriptionId": "S-1",
		"product": "ThinkPad", "serialNumber": "PF1", "lines": 1.0, "total": 129.0, "setAside": false}
	second := object{"dueSince": "2026-11-15", "period": "2026-11", "customerId": "C-2", "customer": "Bo Beta", "subscriptionId": "S-2",
		"product": "iPhone", "serialNumber": "G6", "lines": 1.0, "total": 89.5, "setAside": false}
	of := func(id, name string) object {
		return object{"tenantId": id, "tenant": name, "today": "2026-11-20", "currency": "EUR", "invoices": 2.0, "lines": 2.0, "total": 218.5, "setAsideInvoices": 0.0, "setAsideTotal": 0.0, "due": []any{first, second}}
	}
	var due []any
	if err := json.Unmarshal([]byte(out), &due); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{of(nord, "Nord"), of(south, "Süd")}, due); diff != "" {
		t.Errorf("as JSON it is\n%s", diff)
	}
	out, _ = p.run(0, "", "bill", "--today", "2026-11-20")
	if strings.Count(out, "invoices: 2\n") != 2 || !strings.Contains(out, "tenant: "+south+" Süd\n") {
		t.Errorf("it prints %q", out)
	}
}

// Any database can be looked ahead of, and only a rehearsal is billed ahead.
func TestBillAhead(t *testing.T) {
	p := newPlace(t)
	p.run(0, "", "tenant", "add", "Nord")
	p.run(0, "", "bill", "--dry-run", "--today", "2030-01-01")
	if _, says := p.run(exitFailed, "", "bill", "--today", "2030-01-01"); !strings.Contains(says, "not a rehearsal") {
		t.Errorf("it says %q", says)
	}
	out, _ := p.run(0, "", "bill")
	if value(t, out, "invoices") != "0" {
		t.Errorf("it prints %q", out)
	}
}

// A month rehearsed, as the README tells it: the demo bills by itself what fell due
// since the day before.
func TestRehearsedMonth(t *testing.T) {
	p := newPlace(t, "BILLFOLD_DATABASE=rehearsal.db")
	for _, day := range []string{"2026-11-22", "2026-12-01"} {
		server := p.serve("demo", "--subscriptions", "60", "--today", day)
		b := browser(t)
		var out strings.Builder
		for range 4 {
			out.WriteString(server.line() + "\n")
		}
		response, err := b.PostForm(server.url+"/sign-in", url.Values{"email": {value(t, out.String(), "email")}, "password": {value(t, out.String(), "password")}})
		wantPage(t, response, err, "Rehearsal")
		for deadline := time.Now().Add(20 * time.Second); ; {
			out, _ := p.run(0, "", "bill", "--dry-run", "--today", day)
			if value(t, out, "invoices") == "0" {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("on %s are still due:\n%s", day, out)
			}
		}
		response, err = b.Get(server.url + "/billing")
		wantPage(t, response, err, "Nothing is due")
		server.stop(syscall.SIGTERM)
		if day == "2026-12-01" && !strings.Contains(server.log.String(), `msg="billing run"`) {
			t.Errorf("the log does not tell of December's invoices:\n%s", server.log)
		}
	}
}
