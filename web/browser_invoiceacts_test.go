package web

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// decemberSite is acme on 1 December, when its group was billed for s1, s2 and s3.
func decemberSite(t *testing.T) (*site, billing.Invoice) {
	t.Helper()
	s := newSite(t)
	s.addFleet()
	s.group("IT", 1, "s1", "s2", "s3")
	s.setClock(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC))
	s.bill()
	return s, s.invoiceOf("s1")
}

// An invoice is paid, reopened, credited in part and cancelled by keyboard only.
func TestBrowserInvoiceActs(t *testing.T) {
	t.Parallel()
	s, i := decemberSite(t)
	home := "/invoices/" + i.ID
	b := s.tab(t, billing.Admin)
	b.open(home)
	b.tabTo(`a[href$="/pay"]`)
	b.leads(func() { b.press(kb.Enter) })
	b.tabTo("#reference")
	b.write(strings.Repeat("R", 141))
	b.tabTo(`button[form=group-form]`)
	b.expect("status 422")
	b.press(kb.Enter)
	b.focuses("#problems")
	b.shows("#problems", "Correct the reference")
	b.tabTo(`#problems a[href="#reference"]`)
	b.press(kb.Enter)
	b.tabTo("#reference")
	b.rewrite("Statement 7")
	b.leads(func() { b.press(kb.Enter) })
	b.arrives(home)
	b.shows("[role=status]", "Marked as paid: €448.63 on 1 Dec 2026.")

	b.tabTo(`a[href$="/reopen"]`)
	b.leads(func() { b.press(kb.Enter) })
	b.focuses("#reason")
	b.write("The cheque bounced")
	b.tabTo(`main form button`)
	b.leads(func() { b.press(kb.Enter) })
	b.shows("[role=status]", "Invoice reopened")

	b.tabTo(`a[href$="/credit"]`)
	b.leads(func() { b.press(kb.Enter) })
	b.tabTo("#row-s2")
	b.press(" ")
	b.shows("#preview", "Credit note", "€105.91", "€342.72 of €448.63 stays open.")
	b.shows("#selected", "1 selected of 3 not credited")
	b.tabTo("#reason")
	b.write("Delivered late")
	b.tabTo("#again")
	b.press(" ")
	b.shows("#preview", "The line is waived")
	b.holds("#reason", "Delivered late")
	b.tabTo(`.danger[form=group-form]`)
	b.leads(func() { b.press(kb.Enter) })
	b.shows("[role=status]", "Credit note DR-CN-2026-000001 of €105.91.")

	b.tabTo(`a[href$="/cancel"]`)
	b.leads(func() { b.press(kb.Enter) })
	b.shows("main", "the 2 lines that are left today: €342.72")
	b.focuses("#reason")
	b.write("Wrong address")
	b.press(kb.Enter) // begins a line, and does not cancel anything
	b.tabTo("[name=again]")
	b.press(kb.ArrowDown)
	b.tabTo(`main form button`)
	b.leads(func() { b.press(kb.Enter) })
	b.shows("[role=status]", "Invoice cancelled, by credit note DR-CN-2026-000002 of €342.72. They are billed again: 1 line alone on 3 Dec 2026 and 1 line alone on 25 Dec 2026.")
	if got := s.invoiceOf("s1"); got.Status != billing.InvoiceCancelled || got.Credits[1].Kind != billing.CreditAgain {
		t.Errorf("%s, %+v", got.Status, got.Credits)
	}
}

// Two clicks credit once.
func TestBrowserDoubleClickCreditsOnce(t *testing.T) {
	t.Parallel()
	s, i := decemberSite(t)
	b := s.tab(t, billing.Admin)
	b.open("/invoices/" + i.ID + "/credit?s=s1&again=waive&reason=Late")
	b.leads(func() { b.doubleClick(`.danger[form=group-form]`) })
	b.shows("[role=status]", "Credit note DR-CN-2026-000001 of €153.51.")
	if got := s.invoiceOf("s1"); len(got.Credits) != 1 {
		t.Errorf("%d credit notes", len(got.Credits))
	}
}

// All of it goes without a script, from the list on.
func TestBrowserInvoiceActsWithoutScripts(t *testing.T) {
	t.Parallel()
	s, i := decemberSite(t)
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open("/invoices/" + i.ID + "/credit")
	b.click("#row-s1")
	b.click("#again")
	b.leads(func() { b.click("#show-preview") })
	b.shows("#preview", "€153.51", "The line is waived")
	b.ticked("[name=s]", "s1")
	b.expect("status 422")
	b.leads(func() { b.click(`.danger[form=group-form]`) })
	b.focuses("#problems")
	b.ticked("[name=s]", "s1")
	b.click("#reason")
	b.write("Late")
	b.leads(func() { b.click(`.danger[form=group-form]`) })
	b.shows("[role=status]", "Credit note DR-CN-2026-000001")

	b.open("/invoices")
	b.click("#row-" + i.ID)
	b.leads(func() { b.click("button[name=pay]") })
	b.shows("main", "Mark invoices as paid", "€295.12")
	b.leads(func() { b.click(`.primary[form=group-form]`) })
	b.arrives("/invoices")
	b.shows("[role=status]", "1 invoice marked as paid: €295.12.")
	b.open("/invoices/" + i.ID + "/reopen")
	b.click("#reason")
	b.write("Wrong one")
	b.leads(func() { b.click(`main form button`) })
	b.open("/invoices/" + i.ID + "/cancel")
	b.click("#reason")
	b.write("All of it")
	b.click("#again")
	b.leads(func() { b.click(`main form button`) })
	b.shows("[role=status]", "Invoice cancelled, by credit note DR-CN-2026-000002 of €295.12.")
}

// What a refused form was told goes once the preview finds nothing wrong, and not before.
func TestBrowserCreditProblemsGo(t *testing.T) {
	t.Parallel()
	s, i := decemberSite(t)
	b := s.tab(t, billing.Admin)
	b.open("/invoices/" + i.ID + "/credit")
	b.expect("status 422")
	b.click(`.danger[form=group-form]`)
	b.focuses("#problems")
	b.shows("#problems", "There are 3 problems")
	b.click("#row-s2")
	b.click("#again")
	b.shows("#preview", "The line is waived")
	b.shows("#problems", "There are 3 problems")
	b.click("#reason")
	b.write("Delivered late")
	b.tabTo("#again")
	b.until(`!document.querySelector("#problems, #group-form .error, #group-form [aria-invalid]")`)
	b.holds("#reason", "Delivered late")
	b.shows("#preview", "€105.91")
}

var looksOfInvoiceActs = invoiceActLooks()

func invoiceActLooks() []look {
	// long is an invoice of names that are long, as it is after something was done to it.
	long := func(b *tab, change func(s *site, i billing.Invoice) error) (*site, billing.Invoice) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2")
		s.setClock(time.Date(2027, 1, 5, 10, 0, 0, 0, time.UTC))
		s.bill()
		i := s.invoiceOf("l1")
		if change != nil {
			if err := change(s, i); err != nil {
				b.t.Fatal(err)
			}
		}
		return s, i
	}
	at := func(path string, change func(s *site, i billing.Invoice) error) func(b *tab) {
		return func(b *tab) {
			s, i := long(b, change)
			b.visit(s, billing.Admin, "/invoices/"+i.ID+path)
		}
	}
	paid := func(s *site, i billing.Invoice) error {
		_, err := s.store.MarkPaid(s.t.Context(), s.scope(), i.ID, billing.MarkPaid{Method: "Cash", Reference: longWord, Notes: longWord})
		return err
	}
	credited := func(s *site, i billing.Invoice) error {
		_, err := s.store.CreditInvoice(s.t.Context(), s.scope(), i.ID, billing.CreditInput{SubscriptionIDs: []string{"l1"}, Reason: longWord})
		return err
	}
	refused := func(path, button string) func(b *tab) {
		return func(b *tab) {
			at(path, credited)(b)
			b.expect("status 422")
			b.click(button)
			b.focuses("#problems")
		}
	}
	return []look{
		{"pay", at("/pay", nil)},
		{"pay, refused", refused("/pay?paidOn=2030-01-01&reference="+strings.Repeat("R", 141), `.primary[form=group-form]`)},
		{"pay, paid", at("/pay", paid)},
		{"pay, overtaken", func(b *tab) {
			s, i := long(b, nil)
			b.visit(s, billing.Admin, "/invoices/"+i.ID+"/pay")
			if err := credited(s, i); err != nil {
				b.t.Fatal(err)
			}
			b.expect("status 409")
			b.click(`.primary[form=group-form]`)
			b.focuses("#problems")
		}},
		{"reopen", at("/reopen", paid)},
		{"reopen, nothing", at("/reopen", nil)},
		{"credit", at("/credit", credited)},
		{"credit, preview", at("/credit?s=l2&again=bill", credited)},
		{"credit, paid", at("/credit?s=l1&s=l2&again=waive", paid)},
		{"credit, refused", refused("/credit?s=l1&s=l2", `.danger[form=group-form]`)},
		{"cancel", at("/cancel", credited)},
		{"cancel, refused", refused("/cancel", "main form button")},
		{"pay several", func(b *tab) {
			s, i := long(b, nil)
			b.visit(s, billing.Admin, "/invoices/pay?i="+i.ID+"&i="+s.invoiceOf("l2").ID+"&i="+longWord)
		}},
		{"pay several, none", func(b *tab) {
			s, i := long(b, paid)
			b.visit(s, billing.Admin, "/invoices/pay?i="+i.ID)
		}},
	}
}
