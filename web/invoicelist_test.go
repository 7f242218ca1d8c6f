package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
)

// newInvoicedSite is a site whose fleet was billed in October and in November, with a
// group of two of acme's subscriptions, and its id. Nothing was paid but an invoice of
// nothing, which is issued so.
func newInvoicedSite(t *testing.T) (s *site, group string) {
	t.Helper()
	s = newSite(t)
	s.setClock(time.Date(2026, 10, 1, 10, 0, 0, 0, time.UTC))
	s.addFleet()
	s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		"f1,beta,ap@beta.example,Bo Beta,Beta Ltd,CB,Cable,CB-1,active,2026-10-09,,24,0.00,EUR\n")
	group = s.group("Zentrale", 15, "s1", "s3").ID
	s.billOn(26, time.October)
	s.billOn(22, time.November)
	return s, group
}

// billOn runs the billing run at ten o'clock of a day of 2026.
func (s *site) billOn(day int, month time.Month) db.BillingRun {
	s.t.Helper()
	s.setClock(time.Date(2026, month, day, 10, 0, 0, 0, time.UTC))
	return s.bill()
}

// invoice answers the id of the invoice with the last digits of a number.
func (s *site) invoice(number string) string {
	s.t.Helper()
	rows, _, err := s.store.Invoices(s.t.Context(), s.tenant, db.InvoiceFilter{Query: number, Limit: 2})
	if err != nil || len(rows) != 1 {
		s.t.Fatalf("%d invoices have the number %s, %v", len(rows), number, err)
	}
	return rows[0].ID
}

// numbers answers the numbers of the invoices that a page lists, less what all begin with.
func (a *answer) numbers() string {
	a.t.Helper()
	var numbers []string
	for n := range a.document().Descendants() {
		if n.Data == "th" && attr(n, "scope") == "row" {
			number, _, _ := strings.Cut(textOf(n), " ")
			numbers = append(numbers, strings.TrimLeft(number[strings.LastIndex(number, "-")+1:], "0"))
		}
	}
	return strings.Join(numbers, " ")
}

// 1 and 2 are beta's and Paula's of 7 October, 3 is beta's of nothing, 4 the group's of
// the 15th, 5 acme's alone of the 20th; 6 to 10 are the same of November.
func TestInvoiceList(t *testing.T) {
	s, group := newInvoicedSite(t)
	c := s.as(billing.Member)
	for _, test := range []struct{ query, want, shows string }{
		{"", "10 9 8 7 6 5 4 3 2 1", "10 invoices, €1,416.10 open"},
		{"?sort=due", "2 1 3 4 5 7 6 8 9 10", "Due soonest"},
		{"?status=open", "10 9 7 6 5 4 2 1", "8 invoices, €1,416.10 open"},
		{"?status=overdue&sort=due", "2 1 4 5", "27 days late"},
		{"?status=pending", "10 9 7 6 5 4 2 1", "Pending"},
		{"?status=paid", "8 3", "2 invoices, €0.00 open"},
		{"?status=failed", "", "No invoice matches"},
		{"?kind=consolidated", "9 4", "consolidated, 2 lines"},
		{"?kind=individual&customer=acme", "10 5", "Customer: Acme GmbH"},
		{"?period=2026-10", "5 4 3 2 1", "Oct 2026"},
		{"?due-from=2026-11-09&due-to=2026-11-22", "7 5 4 3 1", ""},
		{"?paid=2026-11", "8", "Paid in: Nov 2026"},
		{"?group=" + group, "9 4", "Group: Zentrale"},
		{"?subscription=s3", "9 4", "Subscription: MacBook Pro C0-3"},
		{"?q=4", "4", "1 invoice, €342.72 open"},
		{"?q=2026-00000", "9 8 7 6 5 4 3 2 1", ""},
		{"?q=acme", "10 9 5 4", "4 invoices, €897.26 open"},
		{"?q=paula&status=overdue", "2", "1 invoice, €105.91 open"},
		{"?q=nobody", "", "No invoice matches “nobody”"},
	} {
		a := c.get("/invoices" + test.query).want(http.StatusOK).shows(test.shows)
		checkPage(t, a)
		if got := a.numbers(); got != test.want {
			t.Errorf("/invoices%s lists %s, want %s", test.query, got, test.want)
		}
		if h := c.htmx("/invoices").get("/invoices" + test.query).want(http.StatusOK); h.numbers() != test.want {
			t.Errorf("by htmx, /invoices%s lists %s", test.query, h.numbers())
		}
	}
	c.get("/invoices").shows("Outstanding€1,4168 invoices", "Overdue€7084 invoices", "Paid in November 2026€01 invoice").lacks("Mark paid")
	if got := c.get("/invoices").link("Overdue"); got != "/invoices?sort=due&status=overdue" {
		t.Errorf("what is overdue is at %s", got)
	}
	for _, query := range []string{"status=x", "kind=x", "period=2026-12", "period=x", "paid=2026", "sort=amount", "after=x"} {
		c.get("/invoices?" + query).want(http.StatusNotFound)
		if !strings.HasPrefix(query, "after") {
			c.get("/invoices.csv?" + query).want(http.StatusNotFound)
		}
	}
	if got := c.get("/invoices?status=x").link("Invoices"); got != "/invoices" {
		t.Errorf("a page that is not there leads to %s", got)
	}
	for query, wrong := range map[string]string{
		"due-from=x":                            "“x” is not a day and was left out.",
		"status=open&due-to=2026-13-01":         "“2026-13-01” is not a day and was left out.",
		"due-from=2026-11-09&due-to=2026-11-08": "Due from is after the last day, so no invoice is due in between.",
	} {
		c.get("/invoices?" + query).want(http.StatusOK).shows(wrong)
		c.get("/invoices.csv?" + query).want(http.StatusBadRequest).shows(wrong)
	}
	c.get("/invoices?due-from=2026-11-09&due-to=2026-11-09").lacks("is after")
	a := c.htmx("/invoices").get("/invoices?q=&status=open&kind=&period=&due-from=2026-11-01&due-to=").want(http.StatusOK)
	if got := a.header.Get("HX-Replace-Url"); got != "/invoices?due-from=2026-11-01&status=open" {
		t.Errorf("htmx shows the address %q", got)
	}
	c.get("/invoices?q=4&status=&kind=&sort=&due-to=").leadsTo("/invoices?q=4")
}

// What is ticked goes along, and leads to where it is marked as paid.
func TestInvoicesAreTicked(t *testing.T) {
	s, _ := newInvoicedSite(t)
	c := s.as(billing.Admin)
	four, five := s.invoice("4"), s.invoice("5")
	a := c.get("/invoices?q=acme&status=overdue&s="+four+"&s="+s.invoice("10")).want(http.StatusOK).shows("2 selected, €448.63 open", "Mark paid")
	if n := strings.Count(a.body, `type="checkbox"`); n != 2 || a.byID("row-"+five) == nil {
		t.Errorf("%d rows can be ticked", n)
	}
	if a := c.get("/invoices?status=paid"); strings.Contains(a.body, `type="checkbox"`) {
		t.Error("what is paid can be ticked")
	}
	ids := []string{four, five}
	slices.Sort(ids)
	c.get("/invoices?q=acme&s=" + five + "&s:" + four + "=on&pay=1").leadsTo("/invoices/pay?" + url.Values{"i": ids, "list": {"q=acme"}}.Encode())
	if _, err := s.store.CreditInvoice(t.Context(), s.scope(), four, billing.CreditInput{SubscriptionIDs: []string{"s1"}, Reason: "Broken"}); err != nil {
		t.Fatal(err)
	}
	c.get("/invoices?s="+four+"&s="+five).want(http.StatusOK).shows("2 selected, €295.12 open", "€342.72€189.21")
	c.get("/invoices/pay?" + url.Values{"i": ids}.Encode()).want(http.StatusOK).shows("€295.12")
	c.get("/invoices?q=acme&status=&pay=1").want(http.StatusOK).shows("Tick invoices first.")
	c.get("/invoices?q=acme").want(http.StatusOK).shows("None selected").lacks("Tick invoices first.")
	many := make(url.Values)
	for i := range maxTicks + 1 {
		many.Add("s", "pay_"+strings.Repeat("x", i%7)+string(rune('a'+i%26))+string(rune('a'+i/26)))
	}
	c.get("/invoices?" + many.Encode()).want(http.StatusBadRequest).shows("More than 500 invoices are ticked")
	s.as(billing.Member).get("/invoices?s=" + four + "&pay=1").want(http.StatusOK).lacks("selected")
}

// The pages of what is billed show the newest invoices, and lead to all. Those of a
// deleted group stay.
func TestInvoicesWhereTheyMatter(t *testing.T) {
	s, group := newInvoicedSite(t)
	c := s.as(billing.Admin)
	for path, want := range map[string][]string{
		"/groups/" + group:  {"/invoices?group=" + group, "€342.72"},
		"/customers/acme":   {"/invoices?customer=acme", "€342.72"},
		"/subscriptions/s3": {"/invoices?subscription=s3", "€159.00"},
		"/subscriptions/s2": {"/invoices?subscription=s2", "€89.00"},
	} {
		a := c.get(path).want(http.StatusOK).shows("Invoices", "22 Nov", want[1], "Overdue", "Pending")
		if got := a.link("All invoices"); got != want[0] {
			t.Errorf("%s leads to %s, want %s", path, got, want[0])
		}
	}
	s.takeIn(longExport("l", "129.00"))
	c.get("/subscriptions/l1").want(http.StatusOK).shows("Nothing has been billed yet.").lacks("All invoices")
	if err := s.store.DeleteGroup(t.Context(), s.scope(), group, 0); err != nil {
		t.Fatal(err)
	}
	c.get("/groups/" + group).want(http.StatusNotFound)
	for _, path := range []string{"/invoices?group=" + group, "/invoices?customer=acme"} {
		a := c.get(path).want(http.StatusOK).shows("consolidated, 2 lines")
		a.lacksLink("/groups/" + group)
	}
	c.get("/invoices?group=" + group).shows("Group: Zentrale (deleted)")
	c.get("/customers/acme").shows("22 Nov", "€342.72")
}

func TestInvoiceDownload(t *testing.T) {
	s, group := newInvoicedSite(t)
	c := s.as(billing.Member)
	four, three := s.invoice("4"), s.invoice("3")
	rows := c.get("/invoices.csv?period=2026-10&sort=due").table("invoices-2026-11-22.csv")
	number := strings.TrimSuffix(rows[1][0], "2")
	for at, want := range map[int]string{
		0: "invoiceNumber invoiceId customerId customer type groupId group subscriptionId period issueDate dueDate status subtotal tax total credited open currency paidOn paymentMethod paymentReference",
		3: number + "3 " + three + " beta Beta Ltd individual   f1 2026-10 2026-10-26 2026-11-09 paid 0.00 0.00 0.00 0.00 0.00 EUR 2026-10-26  ",
		4: number + "4 " + four + " acme Acme GmbH consolidated " + group + " Zentrale  2026-10 2026-10-26 2026-11-09 pending 288.00 54.72 342.72 0.00 342.72 EUR   ",
	} {
		if got := strings.Join(rows[at], " "); len(rows) != 6 || got != want {
			t.Errorf("row %d of %d:\n%s\nwant\n%s", at, len(rows), got, want)
		}
	}
}

func TestNoInvoicesYet(t *testing.T) {
	s := newSite(t)
	s.as(billing.Admin).get("/invoices").want(http.StatusOK).shows("No invoices yet", "To the billing run").lacks("Outstanding")
	c := s.as(billing.Member)
	c.get("/invoices").want(http.StatusOK).shows("No invoices yet").lacks("To the billing run")
	c.get("/invoices?q=x").want(http.StatusOK).shows("No invoice matches “x”")
}

// What was billed and what is planned are the month together, whenever it is asked.
func TestOverviewOfBilledAndPlanned(t *testing.T) {
	s, _ := newInvoicedSite(t)
	s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		"b2,beta,ap@beta.example,Bo Beta,Beta Ltd,CB,Screen,SC-1,active,2026-11-22,,24,100.00,EUR\nb3,beta,ap@beta.example,Bo Beta,Beta Ltd,CB,Screen,SC-2,active,2026-11-27,,24,100.00,EUR\n")
	c := s.as(billing.Member)
	c.get("/").want(http.StatusOK).shows("Billed in November, with VAT€7085 invoices so far", "Still to come, with VAT€2382 invoices until 30 Nov", "November together, with VAT€9467 invoices",
		"Outstanding€1,4168 invoices", "Overdue€7084 invoices",
		"22 Nov, billed5€708.05", "22 Nov1€119.00", "27 Nov1€119.00", "Billed5€708.05", "Still to come2€238.00", "Total7€946.05")
	a := c.get("/")
	if got := a.link("Outstanding"); got != "/invoices?status=open" {
		t.Errorf("what is outstanding is at %s", got)
	}
	if !strings.Contains(a.body, "Calendar of November 2026: 7 invoices, €946.05 in all, of which 5 billed, €708.05. ") {
		t.Error("the calendar does not tell what is billed")
	}
	c.get("/?month=2026-12").want(http.StatusOK).lacks("Dec, billed", "Still to come2€")
	s.billOn(28, time.November)
	c.signIn(billing.Member) // the session is days old
	c.get("/").want(http.StatusOK).shows("Billed in November, with VAT€9467 invoices so far", "Still to come, with VAT€00 invoices", "November together, with VAT€9467 invoices", "28 Nov, billed2€238.00")
}
