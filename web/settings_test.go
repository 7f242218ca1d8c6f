package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
	"billfold/db"
)

// allSettings is a change of everything there is to change.
var allSettings = billing.TenantChange{
	Name: "Nord AG", InvoicePrefix: "NL", PaymentTerms: "30", VATMode: "inclusive", VATRate: "7.7", Zone: "Europe/Zurich", CutOver: "2026-11-01", AddressRequired: true, Automatic: true,
	Seller: billing.Seller{Name: "Nord Verleih AG", Address: billing.Address{Street: "Weg 1", PostalCode: "8001", City: "Zürich", Country: "CH"}, VATID: "CHE123456789MWST", TaxNumber: "12/345",
		Email: "bills@nord.example", Phone: "+41 44 1", Bank: "Bank", IBAN: "DE89370400440532013000", BIC: "COBADEFF"},
}

// unit answers the business unit as it is stored.
func (s *site) unit() db.Tenant {
	s.t.Helper()
	tenant, err := s.store.Tenant(s.t.Context(), s.tenant.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return tenant
}

// settings changes the settings behind the page's back.
func (s *site) settings(change func(*billing.TenantChange)) {
	s.t.Helper()
	now := s.unit()
	form := make(map[string][]string)
	for name, value := range settingsFields(now.Tenant) {
		form[name] = []string{value}
	}
	in := tenantChange(readSettingsForm(form))
	change(&in)
	if _, err := s.store.ChangeTenant(s.t.Context(), s.scope(), now.Version, in); err != nil {
		s.t.Fatal(err)
	}
}

// bothAsOwner runs a test of the settings with the plain form and with htmx.
func bothAsOwner(t *testing.T, test func(t *testing.T, s *site, c *client)) {
	both(t, func(t *testing.T, s *site, c *client) {
		owner := s.as(billing.Owner)
		owner.script, owner.page = c.script, "/settings"
		test(t, s, owner)
	})
}

func TestSettings(t *testing.T) {
	bothAsOwner(t, func(t *testing.T, s *site, c *client) {
		page := c.get("/settings").want(http.StatusOK).shows("Settings", "Next come invoice DR-2026-000001 and credit note DR-CN-2026-000001.",
			"Today is Sun 22 Nov 2026.", "The cut-over day can be moved until the first invoice is issued.", "The currency is EUR and can’t be changed.", "Your invoices lack the address, the VAT id or tax number and the IBAN.", "Keyboard shortcuts")
		checkPage(t, page)
		form := page.filled("/settings")
		for name, want := range map[string]string{"name": "Demo Rental", "terms": "14", "vatMode": "exclusive", "vatRate": "19", "timezone": "Europe/Berlin", "cutOver": "2026-11-22",
			"invoicePrefix": "DR", "automatic": "no", "addressRequired": "no", "version": "2"} {
			if form.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, form.Get(name), want)
			}
		}
		c.follow(c.post("/settings", form), "/settings").shows("Nothing was changed.")
		form = with(form, "name", " Nord AG ", "sellerName", "Nord Verleih AG", "street", "Weg 1", "postalCode", "10115", "city", "Berlin", "country", "DE", "vatId", "DE 123.456.789", "taxNumber", "12/345",
			"email", "bills@nord.example", "phone", "+49 30 1", "bank", "Bank", "iban", "de89370400440532013000", "bic", "cobadeff", "invoicePrefix", "nl-2", "terms", "30",
			"vatMode", "inclusive", "vatRate", "7.7", "timezone", "Pacific/Kiritimati", "addressRequired", "yes", "automatic", "yes")
		c.follow(c.post("/settings", form), "/settings").shows("Settings saved. Today is now Mon 23 Nov 2026.", "Nord AG", "Next come invoice NL-2-2026-000001 and credit note NL-2-CN-2026-000001.").lacks("Your invoices lack")
		got := s.unit()
		zone, _ := billing.ParseZone("Pacific/Kiritimati")
		want := billing.Tenant{ID: got.ID, Name: "Nord AG", Currency: "EUR", Zone: zone, VAT: billing.VAT{Mode: billing.VATInclusive, Rate: 770}, PaymentTerms: 30, InvoicePrefix: "NL-2",
			CutOver: got.CutOver, AddressRequired: true, Automatic: true, Version: 3, Seller: billing.Seller{Name: "Nord Verleih AG",
				Address: billing.Address{Street: "Weg 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, VATID: "DE123456789", TaxNumber: "12/345",
				Email: "bills@nord.example", Phone: "+49 30 1", Bank: "Bank", IBAN: "DE89370400440532013000", BIC: "COBADEFF"}}
		if diff := cmp.Diff(want, got.Tenant, cmp.Comparer(func(a, b billing.Tenant) bool { a.Zone, b.Zone = nil, nil; return a == b })); diff != "" || got.Zone.String() != zone.String() {
			t.Error(diff)
		}
		if iban := strings.ReplaceAll(c.get("/settings").field("iban"), "\u00a0", " "); iban != "DE89 3704 0044 0532 0130 00" {
			t.Errorf("the IBAN is shown as %q", iban)
		}
		c.get("/activity?kind=tenant").shows("The owner", "Changed the name from “Demo Rental” to “Nord AG”", "set the IBAN to “…3000”").lacks("0532 0130", "053201")
		// All of it holds at once.
		c.get("/customers/acme").shows("Net 30, the business unit’s")
	})
}

func TestSettingsRefused(t *testing.T) {
	bothAsOwner(t, func(t *testing.T, s *site, c *client) {
		form := with(c.get("/settings").filled("/settings"), "name", "", "invoicePrefix", "NL-CN", "iban", "DE88 3704 0044 0532 0130 00", "bic", "x", "vatMode", "exclusive", "vatRate", "",
			"timezone", "Berlin", "cutOver", "soon", "vatId", "hello!", "city", "Köln", "automatic", "yes", "terms", "30")
		refused := c.post("/settings", form).want(http.StatusUnprocessableEntity).shows("There are 8 problems", "CN marks those of credit notes", "its check digits don't fit",
			"Next come invoice DR-2026-000001")
		checkPage(t, refused)
		at := 0
		for _, field := range []string{"name", "vatId", "iban", "bic", "invoicePrefix", "vatRate", "timezone", "cutOver"} {
			next := strings.Index(refused.body, `href="#`+field+`"`)
			if next <= at {
				t.Errorf("the summary does not have %s in the order of the page", field)
			}
			at = next
			if n := refused.byID(field); n == nil || attr(n, "aria-invalid") != "true" {
				t.Errorf("nothing is said beside %s", field)
			}
		}
		if diff := cmp.Diff(form, refused.filled("/settings")); diff != "" {
			t.Errorf("what was typed: %s", diff)
		}
		if got := s.unit(); got.Version != 2 || got.Seller.Address.City != "" {
			t.Errorf("stored %+v", got)
		}
	})
}

// What follows from another cut-over day is said before it does.
func TestSettingsMoveCutOver(t *testing.T) {
	bothAsOwner(t, func(t *testing.T, s *site, c *client) {
		form := with(c.get("/settings").filled("/settings"), "cutOver", "2026-10-01", "phone", "+49 30 1")
		asked := c.post("/settings", form).want(http.StatusUnprocessableEntity).shows("Check what follows before you save", "Nothing was saved yet.",
			"With the cut-over day 1 Oct 2026, 9 instalments fall due at once that were not due before: €1,031.00 before tax.", "Save all the same").lacks("Automatic billing issues")
		checkPage(t, asked)
		if got := s.unit(); got.CutOver.String() != "2026-11-22" {
			t.Errorf("the cut-over day is %s", got.CutOver)
		}
		// Another day is another question.
		c.post("/settings", with(asked.filled("/settings"), "cutOver", "2026-09-30")).want(http.StatusUnprocessableEntity).shows("With the cut-over day 30 Sep 2026")
		c.follow(c.post("/settings", asked.filled("/settings")), "/settings").shows("Settings saved.")
		if got := s.unit(); got.CutOver.String() != "2026-10-01" || got.Seller.Phone != "+49 30 1" {
			t.Errorf("stored %+v", got)
		}
		form = with(c.get("/settings").filled("/settings"), "cutOver", "2026-11-01", "automatic", "yes")
		asked = c.post("/settings", form).want(http.StatusUnprocessableEntity).shows(
			"With the cut-over day 1 Nov 2026, 5 instalments that are due now are never billed here: €595.00 before tax.",
			"Automatic billing issues what is due now within the hour: 9 invoices of €1,226.89 in all.")
		c.follow(c.post("/settings", asked.filled("/settings")), "/settings").shows("Settings saved.")
		// A day that changes nothing by today is not asked about.
		c.follow(c.post("/settings", with(c.get("/settings").filled("/settings"), "cutOver", "2026-11-02")), "/settings").shows("Settings saved.")
		// With automatic billing on, what falls due at once is issued soon.
		c.post("/settings", with(c.get("/settings").filled("/settings"), "cutOver", "2026-10-01")).want(http.StatusUnprocessableEntity).shows("Automatic billing issues the invoices within the hour.")
		if _, err := s.store.Bill(t.Context(), s.scope(), db.BillOptions{}); err != nil {
			t.Fatal(err)
		}
		page := c.get("/settings").shows("The cut-over day stays as it is from the first invoice on.", "Next come invoice DR-2026-000005 and credit note DR-CN-2026-000001.",
			"Another time zone never takes the day back behind the last invoice, 22 Nov 2026.")
		c.post("/settings", with(page.filled("/settings"), "cutOver", "2026-10-01")).want(http.StatusUnprocessableEntity).shows("The cut-over day stays 2 Nov 2026: invoices have been issued.")
	})
}

// Two owners change the settings at once.
func TestSettingsByTwo(t *testing.T) {
	bothAsOwner(t, func(t *testing.T, s *site, c *client) {
		form := with(c.get("/settings").filled("/settings"), "city", "Berlin", "vatRate", "7", "terms", "30", "phone", "+49 30 1", "timezone", "Europe/Paris")
		s.settings(func(in *billing.TenantChange) {
			in.Seller.Phone, in.Seller.Bank, in.VATMode, in.PaymentTerms = "+49 30 2", "Bank", "inclusive", "7"
		})
		stale := c.post("/settings", form).want(http.StatusConflict).shows("The business unit was changed since you opened this page", "Test set the phone number to “+49 30 2”",
			"Nothing was done yet", "Meanwhile changed to “+49 30 2”.", "Meanwhile changed to “7 days”.", "Meanwhile changed to “")
		checkPage(t, stale)
		got := stale.filled("/settings")
		for name, want := range map[string]string{"city": "Berlin", "bank": "Bank", "phone": "+49 30 1", "terms": "30", "vatMode": "exclusive", "vatRate": "7", "version": "3", "was.phone": "+49 30 2"} {
			if got.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.Get(name), want)
			}
		}
		c.follow(c.post("/settings", got), "/settings").shows("Settings saved.")
		if u := s.unit(); u.Seller.Bank != "Bank" || u.Seller.Phone != "+49 30 1" || u.PaymentTerms != 30 || u.VAT != (billing.VAT{Mode: billing.VATExclusive, Rate: 700}) {
			t.Errorf("stored %+v", u)
		}
		// The first import fixes the cut-over day; a form from before it says nothing else.
		form.Del("version")
		c.post("/settings", form).want(http.StatusConflict)
	})
}

// Everybody reads the settings, and owners change them.
func TestSettingsByRole(t *testing.T) {
	s := newSite(t)
	s.settings(func(in *billing.TenantChange) { *in = allSettings })
	for _, role := range []billing.Role{billing.Member, billing.Admin} {
		c := s.as(role)
		page := c.get("/settings").want(http.StatusOK).shows("Nord Verleih AG", "Weg 1, 8001 Zürich, CH", "DE89 3704 0044 0532 0130 00", "NL-2026-000001", "Net 30", "Europe/Zurich", "1 Nov 2026",
			"Set their invoices aside", "An owner of the business unit can change this.").lacks("Save settings", "What will happen")
		checkPage(t, page)
		if strings.Contains(page.body, `action="/settings?`) {
			t.Errorf("a form is offered to the %s", role)
		}
		c.get("/groups").want(http.StatusOK).shows("Settings")
		c.post("/settings", nil).want(http.StatusForbidden)
	}
}
