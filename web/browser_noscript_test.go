package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
	"billfold/db"
)

// wantGroups fails the test unless that many groups are stored, and answers them.
func (s *site) wantGroups(n int) []db.Group {
	s.t.Helper()
	groups := s.groups()
	if len(groups) != n {
		s.t.Fatalf("%d groups are stored, want %d: %+v", len(groups), n, groups)
	}
	return groups
}

// addRow takes in a customer, Reihe AG, with n subscriptions of 10.00 that differ in
// product, serial number r-1 to r-n and start.
func (s *site) addRow(n int) {
	s.t.Helper()
	products := []string{"Dock WD22", "MacBook Pro", "ThinkPad X1", "iPhone 17"}
	var csv strings.Builder
	csv.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	for i := range n {
		fmt.Fprintf(&csv, "r%d,row,ap@reihe.example,Rita Reihe,Reihe AG,SKU,%s,R-%04d,active,2026-03-%02d,,24,10.00,EUR\n", i+1, products[i%len(products)], i+1, i%28+1)
	}
	s.takeIn(csv.String())
}

// The main job with JavaScript switched off: each step is a reload with the choices
// in the address.
func TestBrowserMainJobWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	s.addRow(60)
	s.addUser(billing.Admin)
	b := newTab(t, s, s.url)
	b.withoutScripts()
	b.open("/groups")
	b.focuses("#email")
	b.write(s.email(billing.Admin))
	b.tabTo("#password")
	b.write(testPassword)
	b.leads(func() { b.press(kb.Enter) })
	b.leads(func() { b.click(`main a[href="/groups/new"]`) })

	b.click("#customer")
	b.write("reihe")
	b.leads(func() { b.press(kb.Enter) })
	b.arrives("/groups/new") // with the one customer that was found
	b.shows("main", "Reihe AG", "60 active subscriptions, €600.00 a month", "0 selected of 60 available")
	chooseOverPages(b)

	b.click("#day-15")
	b.click("#reference")
	b.write("PO 4711")
	b.click("#notes")
	b.write("Net 14 agreed")
	b.click("#name")
	b.rewrite(" ")
	b.expect("status 422")
	b.leads(func() { b.click(createButton) })
	b.focuses("#problems")
	b.shows("#problems", "There is a problem", "Give the group a name")
	b.shows("#selected", "3 selected")
	b.shows("#preview", "on the 15th", "Tue 15 Dec 2026", "€35.70")
	b.ticked("[name=billingDay]", "15")
	b.holds("#reference", "PO 4711")
	b.holds("#notes", "Net 14 agreed")
	s.wantGroups(0)

	b.click(`#problems a[href="#name"]`)
	b.focuses("#name")
	b.rewrite("Ohne Skript")
	b.leads(func() { b.click(createButton) })
	group := s.wantGroups(1)[0]
	b.arrives("/groups/" + group.ID)
	b.shows("main", "Group created: 3 subscriptions, one invoice a month on the 15th.", "Ohne Skript", "€30.00", "PO 4711", "Net 14 agreed")
	var ids []string
	for _, m := range group.Members {
		ids = append(ids, m.ID)
	}
	if got := strings.Join(ids, " "); got != "r1 r4 r60" {
		t.Errorf("the group has %s, want r1, r4 and r60", got)
	}
	b.back() // to the refused form, which must not be an error page
	b.shows("#problems", "Give the group a name")
	b.holds("#reference", "PO 4711")
}

// chooseOverPages ticks r1 on the first page, r60 on the second and r4 after filtering.
func chooseOverPages(b *tab) {
	b.t.Helper()
	b.click("#row-r1")
	b.leads(func() { b.click("#next-page") })
	b.shows("#rows", "Subscriptions 51 to 60 of 60", "Page 2 of 2")
	b.shows("#selected", "1 selected", "€10.00")
	b.click("#row-r60")
	b.leads(func() { b.click("#previous-page") })
	b.shows("#selected", "2 selected")
	b.ticked("[name=s]", "r1")
	b.click("#filter")
	b.write("iphone 0004")
	b.leads(func() { b.press(kb.Enter) })
	b.shows("#rows", "Subscriptions 1 to 1 of 1")
	b.shows("#selected", "2 selected")
	b.click("#row-r4")
	b.click("#filter")
	b.rewrite("")
	b.leads(func() { b.click(`button[name=go][value="1"]`) })
	b.shows("#rows", "Subscriptions 1 to 50 of 60")
	b.shows("#selected", "3 selected of 60 available, 60 in all", "€30.00 a month")
	b.ticked("[name=s]", "r1", "r4")
	b.shows("#preview", "From December 1 invoice a month, on the 1st")
}
