package web

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// look is one page in one state.
type look struct {
	name string
	show func(b *tab)
}

// TestBrowserLooks holds every page in every state to the same: it fits at 1280 and
// at 320 pixels, and axe finds nothing, in the light and the dark scheme.
func TestBrowserLooks(t *testing.T) {
	for subject, looks := range map[string][]look{
		"signed out":    looksSignedOut,
		"account":       looksOfAccount,
		"two-factor":    looksOfTwoFactor,
		"overview":      looksOfOverview,
		"groups":        looksOfGroups,
		"new group":     looksOfNewGroup,
		"group acts":    looksOfGroupActs,
		"invoice acts":  looksOfInvoiceActs,
		"import":        looksOfImport,
		"people":        looksOfPeople,
		"billing run":   looksOfBilling,
		"lists":         looksOfLists,
		"invoices":      looksOfInvoices,
		"activity":      looksOfActivity,
		"customers":     looksOfCustomers,
		"subscriptions": looksOfSubscriptions,
		"invoice":       looksOfInvoice,
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			b := newTab(t, nil, "")
			for _, l := range looks {
				t.Run(l.name, func(t *testing.T) {
					b.begin(t)
					l.show(b)
					b.rests()
					b.checkLooks()
					b.end()
				})
			}
		})
	}
}

// begin lets another test use the tab.
func (b *tab) begin(t *testing.T) {
	t.Helper()
	b.t = t
	b.do(command(network.ClearBrowserCookies, cdp.Empty{}), chromedp.EmulateViewport(1280, 1600))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults, b.expected = nil, nil
}

// end leaves the pages of the test that used the tab.
func (b *tab) end() {
	b.t.Helper()
	b.checkFaults()
	b.do(chromedp.Navigate(nowhere().URL))
}

// nowhere is a server with an empty page, for a tab to be on between two sites. They have
// the same host, so that the browser does not start a process for each.
var nowhere = sync.OnceValue(func() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "<!doctype html><title>Nowhere</title>")
	}))
})

// visit opens a path of a site, signed in with the role, or not for "".
func (b *tab) visit(s *site, role billing.Role, path string) {
	b.t.Helper()
	b.mu.Lock()
	b.site, b.base = s, s.url
	b.mu.Unlock()
	if role != "" {
		b.enter(role)
	}
	b.open(path)
}

var looksSignedOut = []look{
	{"sign-in", func(b *tab) { b.visit(newSite(b.t), "", "/sign-in") }},
	{"sign-in before set-up", func(b *tab) { b.visit(newEmptySite(b.t), "", "/sign-in") }},
	{"sign-in refused", func(b *tab) {
		b.visit(newSite(b.t), "", "/sign-in")
		b.write("nobody@example.com")
		b.expect("status 422")
		b.leads(func() { b.press(kb.Enter) })
		b.shows("#problems", "is wrong")
	}},
	{"set-up", func(b *tab) {
		s := newEmptySite(b.t)
		path, _ := setupLink(s)
		b.visit(s, "", path)
	}},
	{"set-up refused", func(b *tab) {
		s := newEmptySite(b.t)
		path, _ := setupLink(s)
		b.visit(s, "", path)
		b.expect("status 422")
		b.leads(func() { b.click("form .primary") })
		b.focuses("#problems")
	}},
	{"no such page", func(b *tab) {
		b.expect("status 404")
		b.visit(newSite(b.t), "", "/nothing")
	}},
}

var looksOfGroups = []look{
	{"none", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/groups") }},
	{"list", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2")
		b.visit(s, billing.Member, "/groups")
	}},
	{"menu", func(b *tab) {
		b.visit(newSite(b.t), billing.Admin, "/groups")
		b.is(`document.querySelector(".menu").open = true`)
	}},
	{"group", func(b *tab) {
		s := newLongSite(b.t)
		b.visit(s, billing.Member, "/groups/"+s.addGroup("l1", "l2", "l3"))
	}},
	{"no subscription matches", func(b *tab) {
		s := newLongSite(b.t)
		b.visit(s, billing.Member, "/groups/"+s.addGroup("l1")+"?f=nothing")
	}},
	{"no such page", func(b *tab) {
		b.expect("status 404")
		b.visit(newSite(b.t), billing.Member, "/groups/nothing")
	}},
	{"not allowed", func(b *tab) {
		b.expect("status 403")
		b.visit(newSite(b.t), billing.Member, "/groups/new")
	}},
}

// longChosen is the page with subscriptions of the long names ticked.
const longChosen = "/groups/new?customer=long&s=l1&s=l2&s=l3&billingDay=1&name=" + longWord

var looksOfNewGroup = []look{
	{"empty", func(b *tab) { b.visit(newLongSite(b.t), billing.Admin, "/groups/new") }},
	{"customers offered", func(b *tab) {
		b.visit(newLongSite(b.t), billing.Admin, "/groups/new")
		b.click("#customer")
		b.press(kb.ArrowDown)
		b.until(`document.querySelector("#customer-options a[aria-selected=true]")`)
	}},
	{"no customer matches", func(b *tab) { b.visit(newLongSite(b.t), billing.Admin, "/groups/new?q=nobody") }},
	{"customer", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1")
		b.visit(s, billing.Admin, "/groups/new?customer=long")
	}},
	{"preview", func(b *tab) {
		b.visit(newLongSite(b.t), billing.Admin, longChosen)
		b.shows("#preview", "First consolidated invoice")
	}},
	{"no subscription matches", func(b *tab) { b.visit(newLongSite(b.t), billing.Admin, longChosen+"&f=nothing") }},
	{"refused", func(b *tab) {
		s := newLongSite(b.t)
		b.visit(s, billing.Admin, longChosen)
		s.addGroup("l1")
		b.click("#name")
		b.rewrite("")
		b.expect("status 422")
		b.click(createButton)
		b.shows("#problems", "There are 2 problems")
	}},
	{"server gone", func(b *tab) {
		s := newLongSite(b.t)
		d := newDoor(b.t, s)
		s.url = d.url
		b.visit(s, billing.Admin, longChosen)
		d.keep(slam)
		b.expect("net::ERR_EMPTY_RESPONSE")
		b.expect("htmx:error: Failed to fetch")
		b.click(createButton)
		b.shows("#alert", "does not answer")
	}},
}

var looksOfImport = []look{
	{"empty", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/import") }},
	{"no file", func(b *tab) {
		b.visit(newSite(b.t), billing.Admin, "/import")
		b.expect("status 422")
		b.leads(func() { b.click("#upload .primary") })
		b.focuses("#problems")
	}},
	{"problems", func(b *tab) { b.upload(longExport("x", "twelve"), "3 problems") }},
	{"checked", func(b *tab) { b.upload(longExport("x", "12.00"), "Take in") }},
	{"nothing new", func(b *tab) { b.upload(longExport("l", "129.00"), "here already") }},
	{"taken in", func(b *tab) {
		b.upload(longExport("x", "12.00"), "Take in")
		b.leads(func() { b.click("main form .primary") })
		b.shows("main", "Taken in")
	}},
	{"list", func(b *tab) {
		b.upload(longExport("x", "12.00"), "Take in")
		b.leads(func() { b.click("main form .primary") })
		b.open("/import")
		b.shows("#past", longWord)
	}},
}

var looksOfActivity = []look{
	{"list", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2")
		s.takeIn(longExport("l", "99.00"))
		b.visit(s, billing.Admin, "/activity")
	}},
	{"filtered", func(b *tab) {
		s := newLongSite(b.t)
		b.visit(s, billing.Member, "/activity?kind=group&id="+s.addGroup("l1", "l2"))
	}},
	{"no match", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/activity?id="+longWord) }},
	{"settings", func(b *tab) { b.visit(newSite(b.t), billing.Owner, "/settings") }},
	{"settings, to be read", func(b *tab) {
		s := newSite(b.t)
		s.settings(func(in *billing.TenantChange) { *in = allSettings })
		b.visit(s, billing.Member, "/settings")
	}},
	{"settings refused", func(b *tab) {
		b.visit(newSite(b.t), billing.Owner, "/settings")
		for _, field := range []string{"#name", "#invoicePrefix", "#iban", "#vatRate"} {
			b.click(field)
			b.rewrite(longWord)
		}
		b.expect("status 422")
		b.click("#outlook .primary")
		b.focuses("#problems")
	}},
	{"settings asked about", func(b *tab) {
		s := newSite(b.t)
		s.addFleet()
		s.settings(func(in *billing.TenantChange) { in.CutOver = "2026-11-23" })
		b.visit(s, billing.Owner, "/settings")
		b.is(`(document.querySelector("#cutOver").value = "2026-08-01") !== ""`)
		b.expect("status 422")
		b.click("#outlook .primary")
		b.focuses("#problems")
	}},
	{"settings by two", func(b *tab) {
		s := newSite(b.t)
		b.visit(s, billing.Owner, "/settings")
		s.settings(func(in *billing.TenantChange) { *in = allSettings })
		b.click("#iban")
		b.write("x")
		b.expect("status 409")
		b.click("#outlook .primary")
		b.focuses("#problems")
	}},
	{"API keys", func(b *tab) {
		s := newSite(b.t)
		s.key(longWord)
		if _, err := s.store.RevokeKey(b.t.Context(), s.scope(), s.key("Shop").ID); err != nil {
			b.t.Fatal(err)
		}
		b.visit(s, billing.Owner, "/settings/keys")
		b.click(`#access`)
		b.expect("status 422")
		b.click("#make .primary")
		b.focuses("#problems")
	}},
	{"new API key", func(b *tab) { b.visit(newSite(b.t), billing.Owner, "/settings/keys"); b.makeKey() }},
	{"shortcuts refused", func(b *tab) {
		b.visit(newSite(b.t), billing.Member, "/settings/keyboard")
		b.is(`document.querySelector("[name=shortcuts]:checked").checked = false`)
		b.expect("status 422")
		b.leads(func() { b.click("main form .primary") })
		b.focuses("#problems")
	}},
	{"shortcut help", func(b *tab) {
		b.visit(newSite(b.t), billing.Admin, "/activity")
		b.press("?")
		b.until(helpOpen)
	}},
}

// upload has a file checked on a site with the long names, and waits for words on the
// page that this leads to.
func (b *tab) upload(csv, words string) {
	b.t.Helper()
	b.visit(newLongSite(b.t), billing.Admin, "/import")
	file := filepath.Join(b.t.TempDir(), longWord+".csv")
	if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	b.leads(func() { b.click("#upload .primary") })
	b.shows("main", words)
}

// longWord has nowhere to break, as file names, serial numbers and addresses do.
const longWord = "Veranstaltungstechnikgesellschaftsvertragsverwaltung-2026"

// longExport is an export of a customer with long names in everything, with three
// subscriptions at a price, whose ids begin with a prefix.
func longExport(prefix, amount string) string {
	csv := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i, start := range []string{"2026-03-03", "2026-05-20", "2026-01-25"} {
		csv += fmt.Sprintf("%s%d,long,rechnungseingang.%s@example.com,Dr. Friederike Ångström-Papadopoulou,Vereinigte %s mbH & Co. KG,SKU,MacBook Pro 16-inch M4 Max (128 GB) and three years of insurance,SN-2026-XK7Q9981LLDV-%d,active,%s,,24,%s,EUR\n",
			prefix, i+1, longWord, longWord, i+1, start, amount)
	}
	return csv
}

// newLongSite is a site with the customer of the long names.
func newLongSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t)
	s.takeIn(longExport("l", "129.00"))
	return s
}

// addGroup makes a group of the customer with the long names and answers its id.
func (s *site) addGroup(subscriptions ...string) string {
	s.t.Helper()
	group, err := s.store.CreateGroup(s.t.Context(), s.scope(), billing.GroupInput{
		CustomerID: "long", Name: "Gruppe " + longWord, BillingDay: 1, SubscriptionIDs: subscriptions,
		Reference: longWord, Notes: "Siehe https://example.com/" + longWord,
	}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return group.ID
}
