package web

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// hostile is a text that is a script for a browser and a formula for a spreadsheet.
const hostile = `=1+"'><script>alert(1)</script><img src=x onerror=alert(1)>`

// fileDisposition is what a file may be called.
var fileDisposition = regexp.MustCompile(`^(attachment|inline); filename="[A-Za-z0-9_-]+\.(csv|pdf)"$`)

// hostileSite is a furnished site in which every text that anybody can give is hostile.
func hostileSite(t *testing.T) (*site, map[string]string) {
	t.Helper()
	s := newSite(t)
	ids := s.things()
	s.tenant = s.hostileUnit()
	var row strings.Builder
	w := csv.NewWriter(&row)
	w.Write(strings.Split("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,orderId,street,postalCode,city,country,status,startDate,endDate,contractLength,monthlyAmount,currency", ","))
	short := `="><script>alert(1)</script>`
	for _, id := range []string{"a", "b", "c"} {
		w.Write([]string{id + hostile, hostile, "ap@acme.example", hostile, hostile, short, hostile, hostile, short, hostile, "=1", hostile, "=2", "active", "2026-03-03", "", "24", "129.00", "EUR"})
	}
	w.Flush()
	s.takeIn(row.String())
	group, err := s.store.CreateGroup(t.Context(), s.scope(), billing.GroupInput{CustomerID: hostile, Name: short, Reference: short, Notes: hostile, BillingDay: 22, SubscriptionIDs: []string{"a" + hostile, "b" + hostile}}, "")
	if err != nil {
		t.Fatal(err)
	}
	s.advance(30 * 24 * time.Hour)
	s.bill()
	invoice := s.invoiceOf("a" + hostile)
	if invoice, err = s.store.CreditInvoice(t.Context(), s.scope(), invoice.ID, billing.CreditInput{SubscriptionIDs: []string{"b" + hostile}, Reason: hostile}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.MarkPaid(t.Context(), s.scope(), invoice.ID, billing.MarkPaid{Method: hostile[:50], Reference: hostile, Notes: hostile}); err != nil {
		t.Fatal(err)
	}
	upload, err := s.store.CreateUpload(t.Context(), s.scope(), hostile, []byte("subscriptionId,"+strings.ReplaceAll(hostile, `"`, "")+"\n"+strings.ReplaceAll(hostile, `"`, "")+",1\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.inviteAgain(ids)
	ids["customers"], ids["subscriptions"], ids["groups"], ids["import"] = hostile, "a"+hostile, group.ID, upload
	ids["invoices"], ids["number"], ids["keys"] = invoice.ID, invoice.Credits[0].Number, s.key(hostile).ID
	return s, ids
}

// hostileUnit makes everything hostile that the settings hold.
func (s *site) hostileUnit() db.Tenant {
	s.t.Helper()
	now, err := s.store.Tenant(s.t.Context(), s.tenant.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	in := billing.TenantChange{
		Name: hostile, Seller: billing.Seller{Name: hostile, Address: billing.Address{Street: hostile, PostalCode: "=1", City: hostile, Country: "=2"}, Phone: "=3", Bank: hostile},
		InvoicePrefix: now.InvoicePrefix, PaymentTerms: "14", VATMode: "exclusive", VATRate: "19", Zone: "Europe/Berlin", CutOver: now.CutOver.String(),
	}
	after, err := s.store.ChangeTenant(s.t.Context(), s.scope(), now.Version, in)
	if err != nil {
		s.t.Fatal(err)
	}
	return after
}

// What anybody can give is text wherever it comes out: in pages, in files for
// spreadsheets, in the names of files.
func TestHostileTexts(t *testing.T) {
	s, ids := hostileSite(t)
	in := billing.UserInput{Email: "hostile@example.com", Name: hostile, Password: testPassword}
	if _, err := s.store.CreateUser(t.Context(), s.scope(), in, billing.Owner); err != nil {
		t.Fatal(err)
	}
	c := s.client()
	c.post("/sign-in", url.Values{"email": {in.Email}, "password": {testPassword}}).leadsTo("/")
	c.halfway()
	shown, files := 0, 0
	for address, a := range c.pagesOf(ids) {
		disposition := a.header.Get("Content-Disposition")
		switch {
		case a.status == http.StatusSeeOther || strings.HasPrefix(address, "/setup"):
		case a.status != http.StatusOK:
			t.Errorf("%s: status %d", address, a.status)
		case disposition != "" && !fileDisposition.MatchString(disposition):
			t.Errorf("%s: Content-Disposition is %q", address, disposition)
		case strings.HasPrefix(a.header.Get("Content-Type"), "text/csv"):
			files++
			a.hasNoFormula()
		case a.header.Get("Content-Type") == "image/png": // a QR code
		case disposition == "":
			checkPage(t, a)
			if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") || a.hasScript() {
				t.Errorf("%s: a script gets through", address)
			}
			if strings.Contains(a.body, "&lt;script&gt;alert(1)") {
				shown++
			}
		}
	}
	if shown < 20 || files < 6 {
		t.Errorf("only %d pages show it and %d files", shown, files)
	}
}

// hasScript tells whether a browser would find one of its own in the page.
func (a *answer) hasScript() bool {
	for n := range a.document().Descendants() {
		if n.Type == html.ElementNode && (n.Data == "script" && attr(n, "src") == "" || n.Data == "img" && attr(n, "src") != views.QRCodeURL()) {
			return true
		}
	}
	return false
}

// hasNoFormula reads a file as spreadsheets do that cut at commas, and as those that cut
// at semicolons.
func (a *answer) hasNoFormula() {
	a.t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
	if err != nil {
		a.t.Fatal(a.request, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			for part := range strings.SplitSeq(cell, ";") {
				begin := strings.TrimLeftFunc(part, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
				if begin != "" && strings.ContainsRune("=+-@\t\r", rune(begin[0])) && !plainNumber.MatchString(cell) {
					a.t.Errorf("%s: %q begins a formula", a.request, cell)
				}
			}
		}
	}
}
