package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// credit credits lines of an invoice and answers the number of the credit note.
func (s *site) credit(invoice string, in billing.CreditInput) string {
	s.t.Helper()
	after, err := s.store.CreditInvoice(s.t.Context(), s.scope(), invoice, in)
	if err != nil {
		s.t.Fatal(err)
	}
	return after.Credits[len(after.Credits)-1].Number
}

// fleet is an export of Acme with a number of subscriptions, all begun today.
func fleet(n int) string {
	csv := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i := range n {
		csv += fmt.Sprintf("s%03d,acme,ap@acme.example,Petra Brand,Acme GmbH,X1,=ThinkPad X1,PF-%03d,active,2026-11-22,,24,33.33,EUR\n", i+1, i+1)
	}
	return csv
}

// issued is a site with Acme's group IT, whose invoice of a number of lines was issued
// today, 22 November, and the invoice's id.
func issued(t *testing.T, lines int) (*site, string) {
	t.Helper()
	s := newSite(t)
	s.takeIn(fleet(lines))
	var ids []string
	for i := range lines {
		ids = append(ids, fmt.Sprintf("s%03d", i+1))
	}
	if _, err := s.store.CreateGroup(t.Context(), s.scope(), billing.GroupInput{CustomerID: "acme", Name: "IT", BillingDay: 22, SubscriptionIDs: ids, Reference: "PO 7"}, ""); err != nil {
		t.Fatal(err)
	}
	s.bill()
	return s, s.invoiceOf("s001").ID
}

func TestInvoice(t *testing.T) {
	s, id := issued(t, 3)
	at := "/invoices/" + id
	a := s.as(billing.Admin).get(at).want(http.StatusOK)
	a.shows("DR-2026-000001", "Pending", "Acme GmbH · IT · November 2026", "Open€118.99nothing paid yet", "Due6 Dec 2026in 14 days", "Your referencePO 7",
		"Subtotal, net€99.99", "VAT 19 %€19.00", "Total€118.99", "Please pay €118.99 by 6 Dec 2026.", "This invoice lacks the seller’s address")
	for _, path := range []string{at + "/pay", at + "/credit", at + "/cancel", at + "/invoice.pdf", at + "/lines.csv", "/customers/acme"} {
		if !strings.Contains(a.body, `href="`+path+`"`) {
			t.Errorf("the page does not lead to %s", path)
		}
	}
	member := s.as(billing.Member)
	member.get(at).want(http.StatusOK).lacksLink(at + "/pay")

	s.setClock(time.Date(2026, 12, 7, 10, 0, 0, 0, time.UTC))
	member.signIn(billing.Member)
	member.get(at).want(http.StatusOK).shows("Overdue", "yesterday")
	for _, unknown := range []string{"/invoices/unknown", "/invoices/unknown/invoice.pdf", "/invoices/unknown/lines.csv", at + "/credits/DR-CN-2026-000001"} {
		member.get(unknown).want(http.StatusNotFound)
	}
}

func TestInvoiceDownloads(t *testing.T) {
	s, id := issued(t, 3)
	note := s.credit(id, billing.CreditInput{SubscriptionIDs: []string{"s002"}, Reason: "Wrong price", Again: true})
	c := s.as(billing.Member)
	a := c.get("/invoices/" + id + "/credits/" + note).want(http.StatusOK)
	a.shows("DR-CN-2026-000001", "Takes back 1 line of DR-2026-000001", "Reason: Wrong price", "Total credited€39.66", "To be billed again")
	c.get("/invoices/"+id).want(http.StatusOK).shows("Credited by DR-CN-2026-000001", "Still to be paid€79.33", "Open€79.33")

	for path, name := range map[string]string{"/invoice.pdf": "DR-2026-000001.pdf", "/credits/" + note + "/credit-note.pdf": "DR-CN-2026-000001.pdf"} {
		a := c.get("/invoices/" + id + path).want(http.StatusOK)
		for header, want := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": `inline; filename="` + name + `"`, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
			if got := a.header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
		if !strings.HasPrefix(a.body, "%PDF-") {
			t.Errorf("%s is no PDF file", path)
		}
	}

	a = c.get("/invoices/" + id + "/lines.csv").want(http.StatusOK)
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix([]byte(a.body), []byte("\ufeff")))).ReadAll()
	want := [][]string{
		{"invoiceNumber", "position", "subscriptionId", "product", "serialNumber", "serviceFrom", "serviceTo", "amount", "tax", "currency", "creditedBy"},
		{"DR-2026-000001", "1", "s001", "'=ThinkPad X1", "PF-001", "2026-11-22", "2026-12-21", "33.33", "6.34", "EUR", ""},
		{"DR-2026-000001", "2", "s002", "'=ThinkPad X1", "PF-002", "2026-11-22", "2026-12-21", "33.33", "6.33", "EUR", "DR-CN-2026-000001"},
		{"DR-2026-000001", "3", "s003", "'=ThinkPad X1", "PF-003", "2026-11-22", "2026-12-21", "33.33", "6.33", "EUR", ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Errorf("lines (%v): %s", err, diff)
	}
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="DR-2026-000001.csv"` {
		t.Errorf("the file of lines is %s", got)
	}
}

// Long invoices are paged on the screen; one page has them all, to be printed.
func TestInvoicePages(t *testing.T) {
	s, id := issued(t, 450)
	c := s.as(billing.Member)
	for query, want := range map[string][]string{
		"":           {"Lines 1 to 200 of 450", "s001", "s200"},
		"?page=3":    {"Lines 401 to 450 of 450", "s401", "s450"},
		"?page=99":   {"Lines 401 to 450 of 450", "s450"},
		"?lines=all": {"s001", "s450", "Total€17,848.22"},
	} {
		a := c.get("/invoices/" + id + query).want(http.StatusOK)
		a.shows(append(want, "450 lines")...)
		if shown := strings.Count(a.body, "Subscription s"); query == "?lines=all" && shown != 450 || query != "?lines=all" && shown > 200 {
			t.Errorf("%q shows %d lines", query, shown)
		}
	}
}

func TestSafeName(t *testing.T) {
	for number, want := range map[string]string{
		"NL-2026-000001": "NL-2026-000001", "ÄB/..\\\"C\r\n\";x-2026-000001": "-B-----C----x-2026-000001", "": "",
	} {
		if got := safeName(number); got != want {
			t.Errorf("safeName(%q) = %q, want %q", number, got, want)
		}
	}
}
