package web

import (
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"billfold/billing"
)

// newLongInvoice is a site with an invoice to the customer with the long names, and its
// address.
func newLongInvoice(t *testing.T) (*site, string) {
	t.Helper()
	s := newLongSite(t)
	s.addGroup("l1", "l2", "l3")
	s.setClock(time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC))
	s.bill()
	return s, "/invoices/" + s.invoiceOf("l1").ID
}

var looksOfInvoice = []look{
	{"pending", func(b *tab) {
		s, at := newLongInvoice(b.t)
		b.visit(s, billing.Admin, at)
	}},
	{"overdue and credited", func(b *tab) {
		s, at := newLongInvoice(b.t)
		s.credit(at[len("/invoices/"):], billing.CreditInput{SubscriptionIDs: []string{"l1"}, Reason: "Siehe " + longWord, Again: true})
		s.setClock(time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC))
		b.visit(s, billing.Member, at)
	}},
	{"credit note", func(b *tab) {
		s, at := newLongInvoice(b.t)
		note := s.credit(at[len("/invoices/"):], billing.CreditInput{SubscriptionIDs: []string{"l1", "l2"}, Reason: "Siehe " + longWord})
		b.visit(s, billing.Member, at+"/credits/"+note)
	}},
	{"paged", func(b *tab) {
		s, id := issued(b.t, 201)
		b.visit(s, billing.Member, "/invoices/"+id)
	}},
	{"no such invoice", func(b *tab) {
		b.expect("status 404")
		b.visit(newSite(b.t), billing.Member, "/invoices/unknown")
	}},
}

// prints answers the page as the browser prints it: how many pages, and of which size.
func (b *tab) prints() (pages int, size string) {
	b.t.Helper()
	var file []byte
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		result, err := cdp.Call(ctx, t, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: new(true)})
		if err == nil {
			file = result.Data
		}
		return err
	}))
	if box := regexp.MustCompile(`/MediaBox \[0 0 (\d+)\S* (\d+)`).FindSubmatch(file); box != nil {
		size = string(box[1]) + " by " + string(box[2])
	}
	return len(regexp.MustCompile(`/Type /Page\b`).FindAll(file, -1)), size
}

// A printed invoice is nothing but the invoice, on A4.
func TestBrowserPrint(t *testing.T) {
	t.Parallel()
	for lines, want := range map[int]int{3: 1, 40: 3, 201: 11} {
		s, id := issued(t, lines)
		b := s.tab(t, billing.Member)
		b.open("/invoices/" + id + "?lines=all")
		if pages, size := b.prints(); pages != want || size != "594 by 841" {
			t.Errorf("%d lines are printed on %d pages of %s points, want %d of A4", lines, pages, size, want)
		}
		b.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
		for _, part := range []string{".page-head", ".figures", ".side", ".sidebar", ".sheet-all"} {
			if b.is(`!!document.querySelector("` + part + `")?.checkVisibility()`) {
				t.Errorf("%s is printed", part)
			}
		}
		if top := evaluate[float64](b, `document.querySelector(".sheet address").getBoundingClientRect().top * 25.4 / 96`); top < 45 || top > 60 {
			t.Errorf("the address begins %.1f mm below the margin of 15 mm", top)
		}
	}
}
