package views

import (
	"strings"
	"testing"

	"billfold/billing"
)

// invoicePage draws an invoice's page, on 3 December, for somebody who may change it.
func invoicePage(t *testing.T, inv billing.Invoice, changes ...func(*InvoiceView)) string {
	t.Helper()
	v := InvoiceView{Invoice: inv, Today: date(2026, 12, 3), MayChange: true, Shown: PaperShown{To: len(inv.Lines)}}
	for _, change := range changes {
		change(&v)
	}
	return render(t, InvoicePage(Page{Title: inv.Number, Role: billing.Admin}, v))
}

func TestInvoicePage(t *testing.T) {
	html := invoicePage(t, testInvoice(3))
	expect(t, html, `<h1>NL-2026-000123</h1>`, `Pending</span>`, `<a href="/customers/acme">Acme Deutschland GmbH</a>`, `Acme Deutschland GmbH · IT department · December 2026`,
		`<dt>Open</dt><dd class="figure">€460.53</dd><dd>nothing paid yet</dd>`, `<dt>Total</dt><dd class="figure">€460.53</dd><dd>3 lines · VAT 19`+noBreak+`%</dd>`,
		`<dt>Due</dt><dd class="figure">15 Dec 2026</dd><dd>in 12 days</dd>`,
		`href="/invoices/inv-1/pay"`, `href="/invoices/inv-1/credit"`, `href="/invoices/inv-1/cancel"`, `href="/invoices/inv-1/invoice.pdf"`, `href="/invoices/inv-1/lines.csv"`,
		`aria-label="Invoice NL-2026-000123"`, `<h2>Invoice <span class="whole">NL-2026-000123</span></h2>`, `<dt>Your VAT ID</dt><dd>DE123456789</dd>`,
		`<a href="/subscriptions/sub-0002">MacBook Pro 16-inch, M4 Max</a> <span class="sub">Serial PF-4K0002 · Subscription sub-0002</span>`,
		`2 Dec 2026 – 1 Jan 2027`, `Please pay €460.53 by 15 Dec 2026.`, `<a href="/groups/g1">IT department</a>`, `<span>Issued by <a href="/billing/runs/">billing run of 1 Dec 2026</a></span>`)
	refuse(t, html, "/reopen", `id="payment"`, `id="credits"`, "This invoice lacks", "All 3 lines", `class="figure bad"`)

	html = invoicePage(t, testInvoice(3), func(v *InvoiceView) { v.MayChange = false })
	expect(t, html, `href="/invoices/inv-1/invoice.pdf"`)
	refuse(t, html, "/pay", "/credit", "/cancel", "/reopen")
}

// What is said of an invoice and what can be done follow its state.
func TestInvoicePageStates(t *testing.T) {
	paid := func(i *billing.Invoice) {
		i.Status = billing.InvoicePaid
		i.Payment = billing.InvoicePayment{On: date(2026, 12, 2), Amount: 460_53 - i.Credited, ByHand: true, MarkedBy: "Petra", Method: "Bank transfer", Reference: "SEPA 77", Notes: "with thanks"}
	}
	all := []string{"/pay", "/reopen", "/credit", "/cancel"}
	for name, tt := range map[string]struct {
		change func(*billing.Invoice)
		has    []string
		acts   []string
	}{
		"overdue": {
			func(i *billing.Invoice) { i.Due = date(2026, 12, 2) },
			[]string{`<span class="badge bad">Overdue</span>`, `class="figure bad">€460.53`, "yesterday"}, []string{"/pay", "/credit", "/cancel"},
		},
		"failed": {
			func(i *billing.Invoice) { i.Status, i.Due = billing.InvoiceFailed, date(2026, 12, 2) }, []string{"Overdue</span>", "Failed</span>"}, []string{"/pay", "/credit", "/cancel"},
		},
		"processing": {
			func(i *billing.Invoice) { i.Status = billing.InvoiceProcessing }, []string{"Processing</span>", "is being collected"}, nil,
		},
		"paid by hand": {
			paid, []string{"Paid</span>", `<dd class="figure">€0.00</dd><dd>paid on 2 Dec 2026</dd>`, "net 14", "Bank transfer", "SEPA 77", "<dt>Marked by</dt><dd class=\"lines-kept\">Petra</dd>", "with thanks"},
			[]string{"/reopen", "/credit"},
		},
		"paid to the provider": {
			func(i *billing.Invoice) {
				paid(i)
				i.Payment = billing.InvoicePayment{On: i.Payment.On, Amount: 460_53}
			}, []string{"Paid</span>", `id="payment"`}, []string{"/credit"},
		},
		"credited, then paid": {
			func(i *billing.Invoice) { i.Credited = 100; paid(i) }, []string{`<dd class="figure">€0.00</dd><dd>paid on 2 Dec 2026</dd>`}, []string{"/reopen", "/credit"},
		},
		"paid, then credited": {
			func(i *billing.Invoice) { paid(i); i.Credited = 100 }, []string{`<dd>paid on 2 Dec 2026, €1.00 owed back</dd>`}, []string{"/reopen", "/credit"},
		},
		"cancelled": {
			func(i *billing.Invoice) {
				i.Status = billing.InvoiceCancelled
				for n := range i.Lines {
					i.Lines[n].CreditNumber = "NL-CN-2026-000001"
				}
			}, []string{"Cancelled</span>", "all of it was credited", "Credited by NL-CN-2026-000001"}, nil,
		},
		"nothing known of the seller": {
			func(i *billing.Invoice) { i.Seller = billing.Seller{} }, []string{"This invoice lacks the seller’s address and the seller’s VAT ID or tax number, which the settings"}, []string{"/pay", "/credit", "/cancel"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			html := invoicePage(t, testInvoice(3, tt.change))
			expect(t, html, tt.has...)
			for _, act := range all {
				offered := strings.Contains(html, `href="/invoices/inv-1`+act+`"`)
				if want := strings.Contains(strings.Join(tt.acts, " "), act); offered != want {
					t.Errorf("%s is offered: %v, want %v", act, offered, want)
				}
			}
		})
	}
}

func TestInvoicePageCredits(t *testing.T) {
	inv := testInvoice(3)
	note := testCredit(inv, 1, billing.CreditAgain)
	inv.Credits, inv.Credited = []billing.CreditNote{note}, note.Total
	inv.Lines[0].CreditNumber = note.Number
	html := invoicePage(t, inv)
	expect(t, html, `<dt>Open</dt><dd class="figure">€307.02</dd><dd>€153.51 credited</dd>`, `href="/invoices/inv-1/credits/NL-CN-2026-000007"`, "To be billed again",
		"<dt>Still to be paid</dt><dd>€307.02</dd>", `href="/invoices/inv-1/credit"`)

	html = render(t, CreditNotePage(Page{Title: note.Number, Role: billing.Member}, CreditNoteView{Invoice: inv, Note: note, Shown: PaperShown{To: 1}}))
	expect(t, html, `<h1>NL-CN-2026-000007</h1>`, `href="/invoices/inv-1"`, `Takes back 1 line of NL-2026-000123 · issued 3 Dec 2026 by Petra`, `href="/invoices/inv-1/credits/NL-CN-2026-000007/credit-note.pdf"`,
		"Reason: Wrong price agreed for these devices.", "<dt>Total credited</dt><dd>€153.51</dd>", "To be billed again")
	refuse(t, html, "Please pay", "sub-0002")
}

// An invoice of many lines shows a page of them, with the numbers they have.
func TestInvoicePageLines(t *testing.T) {
	html := invoicePage(t, testInvoice(5), func(v *InvoiceView) {
		v.Shown = PaperShown{From: 2, To: 4, AllURL: "/invoices/inv-1?lines=all", Pages: PagesArgs{Text: "Lines 3 to 4 of 5", Prev: "/a", Next: "/b"}}
	})
	expect(t, html, "sub-0003", "sub-0004", `<td class="muted">3</td>`, `All 5 lines on one page`, "Lines 3 to 4 of 5", "<dt>Subtotal, net</dt><dd>€645.00</dd>")
	refuse(t, html, "sub-0002", "sub-0005")
}
