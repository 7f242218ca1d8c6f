package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// bill issues what is due.
func (s *site) bill() db.BillingRun {
	s.t.Helper()
	run, err := s.store.Bill(s.t.Context(), s.scope(), db.BillOptions{})
	if err != nil || run.SetAside > 0 {
		s.t.Fatalf("billed %+v, %v", run, err)
	}
	return run
}

// invoiceOf answers the newest invoice that a subscription is on, as it is now.
func (s *site) invoiceOf(subscription string) billing.Invoice {
	s.t.Helper()
	rows, _, err := s.store.Invoices(s.t.Context(), s.tenant, db.InvoiceFilter{SubscriptionID: subscription, Limit: 1})
	if err != nil || len(rows) == 0 {
		s.t.Fatalf("%d invoices of %s, %v", len(rows), subscription, err)
	}
	invoice, err := s.store.Invoice(s.t.Context(), s.tenant, rows[0].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return invoice
}

// billed runs a test with the plain form and with htmx, on 1 December: acme's group was
// billed for s1, s2 and s3, 448.63, as DR-2026-000002; before that s3 alone.
func billed(t *testing.T, test func(t *testing.T, s *site, c *client, i billing.Invoice)) {
	for name, script := range map[string]bool{"plain": false, "htmx": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.addFleet()
			s.group("IT", 1, "s1", "s2", "s3")
			s.setClock(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC))
			s.bill()
			c := s.as(billing.Admin)
			if script {
				c = c.htmx("/invoices")
			}
			test(t, s, c, s.invoiceOf("s1"))
		})
	}
}

func TestPayInvoice(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		path := "/invoices/" + i.ID + "/pay"
		page := c.get(path).want(http.StatusOK).shows("Mark DR-2026-000002 as paid", "€448.63 from Acme GmbH counts as received", "No money is moved", "reopen").lacks("overdue")
		if day := page.field("paidOn"); day != "2026-12-01" {
			t.Errorf("proposed %s", day)
		}
		form := page.filled(path)
		form.Set("method", "Cash")
		for field, text := range map[string]string{"paidOn": "2026-12-02", "reference": strings.Repeat("R", 141), "notes": strings.Repeat("n", 2001)} {
			form.Set(field, text)
		}
		refused := c.post(path, form).want(http.StatusUnprocessableEntity).shows("There are 3 problems", "2 Dec 2026 lies ahead.", "Correct the reference", "Correct the notes")
		if refused.field("paidOn") != "2026-12-02" || refused.field("reference") != strings.Repeat("R", 141) || !strings.Contains(refused.body, `<option value="Cash" selected>`) {
			t.Errorf("what was typed is gone:\n%s", refused.body)
		}
		form.Set("paidOn", "soon")
		form.Set("reference", "Statement 7")
		c.post(path, form).want(http.StatusUnprocessableEntity).shows("There are 2 problems", "Enter the day the money came", "Correct the notes")
		form.Set("paidOn", "2026-11-30")
		form.Set("notes", "two\r\nlines")
		done := c.post(path, form)
		c.follow(done, "/invoices/"+i.ID).shows("Marked as paid: €448.63 on 30 Nov 2026, before it was issued.", "Paid", "Statement 7", "marked the invoice as paid on 30 Nov 2026, Cash, reference “Statement 7”")
		if got := s.invoiceOf("s1").Payment; got != (billing.InvoicePayment{On: billing.Date{Year: 2026, Month: 11, Day: 30}, Amount: 448_63, ByHand: true, MarkedBy: "The admin", Method: "Cash", Reference: "Statement 7", Notes: "two\nlines"}) {
			t.Errorf("stored %+v", got)
		}
		// Two clicks: the second is told what the first has done.
		c.post(path, form).want(http.StatusConflict).shows("The invoice was changed since you opened this page", "The admin marked the invoice as paid", "It is paid already", "It was paid on 30 Nov 2026.")
		c.get(path).want(http.StatusOK).shows("It is paid already", "Back to the invoice")
		c.get("/activity").shows("Marked the invoice as paid", "DR-2026-000002")
	})
}

func TestReopenInvoice(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		path := "/invoices/" + i.ID + "/reopen"
		c.get(path).want(http.StatusOK).shows("It can’t be reopened", "Only an invoice that somebody marked as paid by hand can be.")
		if _, err := s.store.MarkPaid(t.Context(), s.scope(), i.ID, billing.MarkPaid{Method: "Cash", Reference: "R-7"}); err != nil {
			t.Fatal(err)
		}
		page := c.get(path).want(http.StatusOK).shows("Reopen DR-2026-000002?", "Test marked it as paid on 1 Dec 2026, Cash, R-7.", "€448.63 is to be paid again, due on 15 Dec 2026.", "Date, method, reference and notes are cleared; the activity keeps them.", "Leave it paid", "Reopen invoice")
		form := page.filled(path)
		refused := c.post(path, form).want(http.StatusUnprocessableEntity).shows("There is a problem", "Give a reason")
		form = refused.filled(path)
		form.Set("reason", "The cheque bounced")
		done := c.post(path, form)
		c.follow(done, "/invoices/"+i.ID).shows("Invoice reopened: €448.63 is to be paid.", "reopened the invoice: “The cheque bounced”").lacks("R-7, ")
		if got := s.invoiceOf("s1"); got.Status != billing.InvoicePending {
			t.Errorf("it is %s", got.Status)
		}
	})
}

func TestCreditInvoice(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		path := "/invoices/" + i.ID + "/credit"
		page := c.get(path).want(http.StatusOK).shows("Credit lines of DR-2026-000002", "ThinkPad X1", "iPhone 17", "MacBook Pro", "3 Dec – 2 Jan 2027", "0 selected of 3 not credited, 3 in all", "Tick lines to see what is credited.")
		form := page.filled(path)
		c.post(path, form).want(http.StatusUnprocessableEntity).shows("There are 3 problems", "Choose at least one line to credit.", "Give a reason", "Choose what becomes of the credited lines.")
		// What follows is seen while the form is filled in.
		form["s"] = []string{"s2", "s3"}
		c.get(path+"?"+form.Encode()).want(http.StatusOK).shows("2 selected of 3", "2 lines, net€248.00", "VAT 19 %€47.12", "Credit note€295.12", "€153.51 of €448.63 stays open.").shows("If you waive them: nobody is asked for them again.", "If you bill them again: 1 line alone on 20 Dec 2026 and 1 line alone on 25 Dec 2026.")
		form.Set("again", views.AgainBill)
		c.get(path + "?" + form.Encode()).shows("They are billed again: 1 line alone on 20 Dec 2026 and 1 line alone on 25 Dec 2026.")
		form["s"] = []string{"s1", "s2", "s3"}
		c.get(path+"?"+form.Encode()).shows("They are billed again by the group “IT” in the next billing run.", "the invoice becomes cancelled")
		form["s"], form["reason"] = []string{"s2"}, []string{"Delivered late"}
		form.Set("again", views.AgainWaive)
		done := c.post(path, form)
		c.follow(done, "/invoices/"+i.ID).shows("Credit note DR-CN-2026-000001 of €105.91.", "credited 1 line, €105.91, waived, by DR-CN-2026-000001: “Delivered late”")
		if got := s.invoiceOf("s2"); got.Credited != 105_91 || got.Status != billing.InvoicePending || !got.Lines[1].Live && !got.Lines[0].Live {
			t.Errorf("%s, credited %d, %+v", got.Status, got.Credited, got.Lines)
		}
		// A form from before is told of it, keeps what was typed, and then each line at fault.
		form["s"] = []string{"s2", "s1", "nowhere"}
		stale := c.post(path, form).want(http.StatusConflict).shows("The invoice was changed since you opened this page", "The admin credited 1 line", "Credited by DR-CN-2026-000001")
		if stale.field("reason") != "Delivered late" {
			t.Error("the reason is gone")
		}
		form.Set("version", stale.field("version"))
		c.post(path, form).want(http.StatusUnprocessableEntity).shows("There are 2 problems", "s2 was credited already, by DR-CN-2026-000001.", "nowhere is not on DR-2026-000002.", "Untick: Credited by")
	})
}

func TestCreditPaidInvoice(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		if _, err := s.store.MarkPaid(t.Context(), s.scope(), i.ID, billing.MarkPaid{}); err != nil {
			t.Fatal(err)
		}
		path := "/invoices/" + i.ID + "/credit"
		page := c.get(path+"?s=s1&again=bill").want(http.StatusOK).shows("The invoice is paid: Acme GmbH is owed €153.51 back.", "It is billed again alone on 3 Dec 2026.")
		form := page.filled(path)
		form.Set("reason", "Wrong amount")
		c.follow(c.post(path, form), "/invoices/"+i.ID).shows("Credit note DR-CN-2026-000001 of €153.51. It is billed again alone on 3 Dec 2026.", "to be billed again")
		c.get("/invoices/"+i.ID+"/cancel").want(http.StatusOK).shows("It is paid", "Credit its lines instead; then a refund is owed.")
	})
}

func TestCancelInvoice(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		path := "/invoices/" + i.ID + "/cancel"
		page := c.get(path).want(http.StatusOK).shows("Cancel DR-2026-000002?", "Acme GmbH gets a credit note over all 3 lines today: €448.63.", "If you waive them: nobody", "If you bill them again: by the group “IT” in the next billing run.", "Keep the invoice", "Cancel invoice")
		form := page.filled(path)
		refused := c.post(path, form).want(http.StatusUnprocessableEntity).shows("There are 2 problems", "Give a reason", "Choose what becomes of the credited lines.")
		form = refused.filled(path)
		form.Set("reason", "Wrong\r\naddress")
		form.Set("again", views.AgainBill)
		c.follow(c.post(path, form), "/invoices/"+i.ID).shows("Invoice cancelled, by credit note DR-CN-2026-000001 of €448.63. They are billed again by the group “IT” in the next billing run.", "Cancelled",
			"cancelled the invoice: credited 3 lines, €448.63, to be billed again, by DR-CN-2026-000001: “Wrong address”")
		c.post(path, form).want(http.StatusConflict).shows("It is cancelled")
		for _, act := range []string{"/pay", "/cancel"} {
			c.get("/invoices/"+i.ID+act).want(http.StatusOK).shows("It is cancelled", "nothing is to be paid any more")
		}
		c.get("/invoices/" + i.ID + "/credit").want(http.StatusOK).shows("Nothing is left to credit")
		s.bill()
		if again := s.invoiceOf("s1"); again.Turn != 2 || len(again.Lines) != 3 {
			t.Errorf("billed again: turn %d over %d lines", again.Turn, len(again.Lines))
		}
		// The trail leads from each to the other.
		again := s.invoiceOf("s1")
		for path, want := range map[string]string{
			"/invoices/" + i.ID: "Billed again by " + again.Number, "/invoices/" + i.ID + "/credits/DR-CN-2026-000001": "Billed again by " + again.Number,
			"/invoices/" + again.ID: "Replaces " + i.Number,
		} {
			other := again.ID
			if strings.Contains(path, other) {
				other = i.ID
			}
			if page := c.get(path).want(http.StatusOK).shows(want).lacks("To be billed again"); !strings.Contains(page.body, `href="/invoices/`+other+`"`) {
				t.Errorf("%s does not lead to the other invoice", path)
			}
		}
	})
}

func TestActsOnWhatIsBeingCollected(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		forms := map[string]url.Values{}
		for _, act := range []string{"pay", "credit", "cancel"} {
			forms[act] = c.get("/invoices/" + i.ID + "/" + act).filled("/invoices/" + i.ID + "/" + act)
		}
		if _, err := s.store.SetInvoiceStatus(t.Context(), s.scope(), i.ID, billing.InvoiceProcessing, ""); err != nil {
			t.Fatal(err)
		}
		for act, form := range forms {
			c.get("/invoices/"+i.ID+"/"+act).want(http.StatusOK).shows("It is being collected", "Wait for it.")
			c.post("/invoices/"+i.ID+"/"+act, form).want(http.StatusConflict).shows("began to collect the invoice", "It is being collected")
		}
		c.get("/invoices/" + i.ID).shows("Processing")
	})
}

func TestPayManyInvoices(t *testing.T) {
	billed(t, func(t *testing.T, s *site, c *client, i billing.Invoice) {
		s.advance(7 * 24 * time.Hour)
		s.bill()
		collected := s.invoiceOf("p1")
		if _, err := s.store.SetInvoiceStatus(t.Context(), s.scope(), collected.ID, billing.InvoiceProcessing, ""); err != nil {
			t.Fatal(err)
		}
		c.signIn(billing.Admin)
		c.payMany(i, collected)
	})
}

// payMany marks one invoice as paid that can be, with one that can't.
func (c *client) payMany(open, collected billing.Invoice) {
	c.t.Helper()
	path := "/invoices/pay?" + url.Values{"i": {open.ID, collected.ID, "pay_none", open.ID}, "list": {"after=x&status=overdue"}}.Encode()
	page := c.get(path).want(http.StatusOK).shows("Mark invoices as paid", "1 invoice counts as paid: €448.63.", "2 ticked invoices stay as they are.",
		open.Number+"Acme GmbH", "Total€448.63", "Left as they are", collected.Number+": It is being collected.", "pay_none: There is no such invoice.", "Mark 1 invoice as paid")
	form := page.filled("/invoices/pay")
	if got, want := page.link("Cancel"), "/invoices?"+(url.Values{"after": {"x"}, "status": {"overdue"}, "s": form["i"]}).Encode(); got != want {
		c.t.Errorf("Cancel leads to %s, want %s", got, want)
	}
	if !slices.Equal(form["i"], []string{open.ID, collected.ID, "pay_none"}) {
		c.t.Errorf("the form has %v", form["i"])
	}
	form.Set("method", "Bank transfer")
	form.Set("reference", "SEPA 9")
	form.Set("paidOn", "2026-12-24")
	if refused := c.post("/invoices/pay", form).want(http.StatusUnprocessableEntity).shows("There is a problem", "24 Dec 2026 lies ahead.", "1 invoice counts"); refused.field("reference") != "SEPA 9" {
		c.t.Error("the reference is gone")
	}
	form.Set("paidOn", "")
	c.post("/invoices/pay", form).want(http.StatusUnprocessableEntity).shows("Enter the day the money came")
	form.Set("paidOn", "2026-12-05")
	c.follow(c.post("/invoices/pay", form), "/invoices?status=overdue").shows("1 invoice marked as paid: €448.63. 2 were not: "+collected.Number+" is being collected", "There is no such invoice.")
	if got := c.invoiceOf("s1"); got.Status != billing.InvoicePaid || got.Payment.Reference != "SEPA 9" || got.Payment.On.String() != "2026-12-05" {
		c.t.Errorf("%s, %+v", got.Status, got.Payment)
	}
	c.post("/invoices/pay", form).want(http.StatusUnprocessableEntity).shows("None of them can be marked as paid", open.Number+": It is paid already. It was paid on 5 Dec 2026.")
	c.get("/invoices/pay").want(http.StatusOK).shows("None of them can be marked as paid")
}

// The pages of an invoice with thousands of lines show some at a time, and keep the ticks
// of the others.
func TestCreditManyLines(t *testing.T) {
	s := newSite(t)
	var rows strings.Builder
	rows.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	var members []string
	for n := range 120 {
		members = append(members, fmt.Sprintf("n%03d", n))
		fmt.Fprintf(&rows, "%s,acme,,,Acme GmbH,X1,ThinkPad %03d,PF-%03d,active,2026-03-22,,24,10.00,EUR\n", members[n], n, n)
	}
	s.takeIn(rows.String())
	s.group("IT", 22, members...)
	s.bill()
	c := s.as(billing.Admin)
	path := "/invoices/" + s.invoiceOf("n000").ID + "/credit"
	first := c.get(path).want(http.StatusOK).shows("Lines 1 to 50 of 120", "Page 1 of 3", "Select all 120").lacks("ThinkPad 050")
	form := first.filled(path)
	form["s"] = []string{"n001", "n049"}
	form.Set("go", "2")
	second := c.get(path+"?"+form.Encode()).shows("Lines 51 to 100 of 120", "2 selected of 120", "Credit note€23.80", "ThinkPad 050")
	form = second.filled(path)
	form["s"] = []string{"n050"}
	form.Set("reason", "Late")
	form.Set("again", views.AgainWaive)
	c.follow(c.post(path, form), strings.TrimSuffix(path, "/credit")).shows("Credit note DR-CN-2026-000001 of €35.70.")
	var credited []string
	for _, line := range s.invoiceOf("n000").Lines {
		if line.CreditNumber != "" {
			credited = append(credited, line.SubscriptionID)
		}
	}
	if !slices.Equal(credited, []string{"n001", "n049", "n050"}) {
		t.Errorf("credited %v", credited)
	}
	c.get(path+"?all=1").shows("117 selected of 117 not credited, 120 in all", "Credit note€1,392.30")
	c.get(path+"?f=ThinkPad+11&all=1").shows("Lines 1 to 11 of 11", "11 selected")
	c.get(path + "?f=nothing").shows("No line matches “nothing”.")
}
