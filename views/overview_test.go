package views

import (
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

// newOverview is an overview of 22 November 2026 with 18 invoices this month, 5 of
// them on the last two days, and 30 on 1 December.
func newOverview() Overview {
	o := Overview{Today: billing.Date{Year: 2026, Month: time.November, Day: 22}, VAT: billing.VAT{Mode: billing.VATExclusive, Rate: 1900},
		Customers: 9, Active: 201, Grouped: 200, MayGroup: true}
	for i := range o.Months {
		o.Months[i] = billing.NewCalendarMonth(o.Today.Period().Add(i), "EUR")
	}
	o.Billed = billing.NewCalendarMonth(o.Today.Period(), "EUR")
	for _, f := range []*InvoiceFigure{&o.Invoices.Outstanding, &o.Invoices.Overdue} {
		f.Amount.Currency = "EUR"
	}
	plan := func(month, day, invoices int, amount int64) {
		d := &o.Months[month].Days[day-1]
		d.Invoices, d.Amount.Minor = invoices, amount
	}
	plan(0, 22, 1, 100_00)
	plan(0, 28, 12, 6_400_49)
	plan(0, 29, 2, 200_00)
	plan(0, 30, 3, 300_50)
	plan(1, 1, 30, 1_234_567_89)
	o.Months[1].Days[0].Consolidated = 11
	return o
}

func TestOverviewPage(t *testing.T) {
	o := newOverview()
	o.Worth = []WorthRow{{Name: "Brückner AG", Subscriptions: 31, Days: 19, Monthly: billing.Money{Minor: 3870_10, Currency: "EUR"}, GroupURL: GroupWorthURL("c 1")}}
	o.Candidates, o.Fewer = 23, 312
	html := render(t, OverviewPage(signedIn(billing.Admin), o))
	expect(t, html, "Still to come, with VAT", "€7,001", "18 invoices until 30 Nov", "€1,234,568", "30 invoices, 11 consolidated",
		"99\u00a0%", "200 of 201 active subscriptions", "312", "invoices a month, by grouping for 23 customers",
		"Today is Sunday, 22 Nov 2026", `<a href="/?month=2026-12" rel="next">December 2026</a>`,
		`aria-label="Calendar of November 2026: 18 invoices, €7,000.99 in all. The table that follows has every day."`,
		`<td class="num">€6,400.49</td>`, `<a href="/worth-grouping">All 23`,
		`<span aria-hidden="true">31 → 1</span><span class="visually-hidden">31 invoices become 1</span>`,
		"31 subscriptions on 19 days, €3,870.10 a month", `href="/groups/new?customer=c+1&amp;worth=1"`)
	refuse(t, html, "<time datetime=\"2026-11-23\">", "hx-trigger")

	o.ShowNext, o.VAT.Mode = true, billing.VATNone
	html = render(t, OverviewPage(signedIn(billing.Admin), o))
	expect(t, html, `<a href="/" rel="prev">November 2026</a>`, "Calendar of December 2026: 30 invoices, €1,234,567.89 in all")
	refuse(t, html, "with VAT")
}

func TestOverviewCells(t *testing.T) {
	o := newOverview()
	cells := o.cells()
	if len(cells) != 29 {
		t.Fatalf("%d cells", len(cells))
	}
	for at, want := range map[int]calendarCell{
		0:  {label: "1", class: "tone-0 past"},
		21: {label: "22 today", amount: "€100", count: "1 invoice", class: "tone-1 today"},
		22: {label: "23", class: "tone-0"},
		27: {label: "28", amount: "€6,400", count: "12 invoices", class: "tone-4"},
		28: {label: "29–30", amount: "€501", count: "5 invoices", class: "tone-2", inline: true},
	} {
		got := cells[at]
		got.x, got.y, got.width, got.height = 0, 0, 0, 0
		if got != want {
			t.Errorf("cell %d is %+v, want %+v", at, got, want)
		}
	}
	o.Today = billing.Date{Year: 2028, Month: time.February, Day: 29}
	for month, want := range map[string]string{"2028-02": "29 today", "2027-02": "", "2028-01": "29–31", "2028-03": "29–31"} {
		p, err := billing.ParsePeriod(month)
		if err != nil {
			t.Fatal(err)
		}
		o.Months[0] = billing.NewCalendarMonth(p, "EUR")
		last := ""
		if cells := o.cells(); len(cells) == 29 {
			last = cells[28].label
		}
		if last != want || strings.HasSuffix(o.calendarBox(), " 281") != (want == "") {
			t.Errorf("%s ends with %q in a box of %s, want %q", month, last, o.calendarBox(), want)
		}
	}
}

func TestOverviewWithoutNumbers(t *testing.T) {
	o := Overview{Today: newOverview().Today, Working: true, ShowNext: true}
	html := render(t, OverviewPage(signedIn(billing.Admin), o))
	expect(t, html, "being worked out", `hx-get="/?month=2026-12"`, `hx-trigger="load delay:1s"`, `<a class="button" id="again" href="/?month=2026-12">`)
	refuse(t, html, "Nothing to bill", `class="calendar"`)

	o.Working, o.MayGroup = false, true
	expect(t, render(t, OverviewPage(signedIn(billing.Admin), o)), "Nothing to bill yet", `href="/import"`)
	o.MayGroup = false
	html = render(t, OverviewPage(signedIn(billing.Member), o))
	expect(t, html, "An admin of this business unit can do that.")
	refuse(t, html, `class="button primary"`)

	expect(t, render(t, WorthGroupingPage(signedIn(billing.Admin), WorthGrouping{Working: true, URL: WorthGroupingURL(3)})), `hx-get="/worth-grouping?page=3"`)
	expect(t, render(t, WorthGroupingPage(signedIn(billing.Admin), WorthGrouping{})), "Nothing to gain")
}

// What is credited of this month's invoices is not billed any more; its days stay.
func TestOverviewAfterCredits(t *testing.T) {
	o := newOverview()
	d := &o.Billed.Days[1]
	d.Invoices, d.Amount.Minor = 4, 2_000_00
	o.Credited = billing.Money{Minor: 500_00, Currency: "EUR"}
	html := render(t, OverviewPage(signedIn(billing.Admin), o))
	expect(t, html, "€1,500", "4 invoices so far, after credits of €500", "€8,501", "22 invoices, after credits",
		"Of it credited since", "€500.00", `<td class="num">€2,000.00</td>`)
	o.Credited.Minor = 0
	html = render(t, OverviewPage(signedIn(billing.Admin), o))
	expect(t, html, "€2,000", "4 invoices so far", "€9,001")
	refuse(t, html, "credit")
}
