package views

import (
	"testing"

	"billfold/billing"
)

func TestBilledAgainText(t *testing.T) {
	group := func(day, lines int) billing.BilledAgain {
		return billing.BilledAgain{GroupID: "bg", GroupName: "IT", Date: date(2026, 12, day), Lines: lines}
	}
	alone := func(day, lines int) billing.BilledAgain {
		return billing.BilledAgain{Date: date(2026, 12, day), Lines: lines}
	}
	for want, again := range map[string][]billing.BilledAgain{
		"They are billed again by the group “IT” on 9 Dec 2026.":                                                                                  {group(9, 9)},
		"They are billed again by the group “IT” in the next billing run.":                                                                        {group(8, 9)},
		"They are billed again each alone on 20 Dec 2026.":                                                                                        {alone(20, 9)},
		"They are billed again: 5 lines each alone in the next billing run, 3 lines each alone on 9 Dec 2026 and 1 line alone on 20 Dec 2026.":    {alone(8, 5), alone(9, 3), alone(20, 1)},
		"They are billed again: 5 lines each alone in the next billing run and 4 lines each alone on its own day from 9 Dec 2026 to 12 Dec 2026.": {alone(8, 5), alone(9, 1), alone(10, 1), alone(11, 1), alone(12, 1)},
		"They are billed again: 7 lines by the group “IT” in the next billing run. For 2 lines nothing is owed any more.":                         {group(8, 7)},
		"For 9 lines nothing is owed any more.":                                                                                                   nil,
	} {
		if got := BilledAgainText(9, again, date(2026, 12, 8)); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := BilledAgainText(1, []billing.BilledAgain{alone(20, 1)}, date(2026, 12, 8)); got != "It is billed again alone on 20 Dec 2026." {
		t.Error(got)
	}
}

// More invoices than there is room for are counted, and what is missing is told.
func TestCreditNoteBilledAgain(t *testing.T) {
	inv := testInvoice(9)
	note := testCredit(inv, 7, billing.CreditAgain)
	var links []InvoiceLink
	for _, number := range []string{"A-1", "A-2", "A-3", "A-4", "A-5"} {
		links = append(links, InvoiceLink{"inv-" + number, number, 1})
	}
	html := render(t, CreditNotePage(Page{Title: note.Number, Role: billing.Member}, CreditNoteView{Invoice: inv, Note: note, Shown: PaperShown{To: 1}, Again: links}))
	expect(t, html, `href="/invoices/inv-A-3"`, " and 2 others", ", 2 lines still to be", "To be billed again")
	refuse(t, html, "A-4")
	html = render(t, CreditNotePage(Page{Title: note.Number, Role: billing.Member}, CreditNoteView{Invoice: inv, Note: note, Shown: PaperShown{To: 1}, Again: []InvoiceLink{{"inv-2", "A-9", 7}}}))
	expect(t, html, "Billed again by ", `href="/invoices/inv-2"`)
	refuse(t, html, "still to be", "To be billed again")
}

func TestTaxText(t *testing.T) {
	for treatment, want := range map[billing.VATTreatment]string{billing.VATReverseCharge: "3 lines · Reverse charge", billing.VATExempt: "3 lines · Exempt", billing.VATStandard: "3 lines · No VAT"} {
		html := invoicePage(t, testInvoice(3, func(i *billing.Invoice) {
			i.Buyer.VATTreatment, i.VAT = treatment, billing.VAT{Mode: billing.VATNone}
		}))
		expect(t, html, want)
	}
}
