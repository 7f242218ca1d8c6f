package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

// manyBusinesses is an export of businesses with two ungrouped subscriptions each.
func manyBusinesses(n int) string {
	var csv strings.Builder
	csv.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	for i := range 2 * n {
		fmt.Fprintf(&csv, "m%d,c%d,ap@many.example,Max Many,Many %d GmbH,SKU,Dock WD22,M-%d,active,2026-03-%02d,,24,10.00,EUR\n", i, i/2, i/2, i, 1+i%28)
	}
	return csv.String()
}

func TestOverview(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	c.get("/").want(http.StatusOK).shows("Nothing to bill yet", "Import subscriptions")
	s.addFleet()
	// In November only the 25th is left, of 159.00; December has 129 + 89 + 159, 129 and 89.
	c.get("/").want(http.StatusOK).shows("Still to come, with VAT€1891 invoice until 30 Nov", "December, with VAT€7085 invoices, 0 consolidated",
		"0 of 5 active subscriptions", "Could be saved2invoices a month, by grouping for 1 customer",
		"25 Nov1€189.21", "3 invoices become 13 subscriptions on 3 days, €377.00 a monthGroup the subscriptions of Acme GmbH").lacks("Beta Ltd", "All 1")
	c.get("/?month=2026-12").want(http.StatusOK).shows("December 2026", "3 Dec1€153.51", "7 Dec2€259.42", "Total5€708.05")
	c.get("/?month=2026-11").want(http.StatusOK).shows("25 Nov1€189.21")
	for _, month := range []string{"2026-10", "2027-01", "December", "2026-13"} {
		c.get("/?month=" + month).want(http.StatusNotFound)
	}
	s.as(billing.Member).get("/").want(http.StatusOK).shows("3 → 1").lacks("Group the", "New billing group")
}

// The link of a customer that is worth grouping leads to the form with just the
// subscriptions ticked that were counted, and the group then shows on the overview.
func TestOverviewLeadsToTheGroup(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	// Two more can be chosen but are not billed in December: one begins then, and a
	// group's day may lie before it; the other ends this month.
	s.takeIn(strings.Split(manyBusinesses(0), "\n")[0] + "\n" +
		"s5,acme,,,Acme GmbH,X1,ThinkPad X1,PF-5,active,2026-12-10,,24,10.00,EUR\ns6,acme,,,Acme GmbH,X1,ThinkPad X1,PF-6,active,2025-11-25,,12,10.00,EUR\n")
	c := s.as(billing.Admin)
	ticking := c.get("/groups/new?customer=acme&worth=1").want(http.StatusSeeOther).header.Get("Location")
	c.get(ticking).want(http.StatusOK).shows("3 selected of 5 available", "€377.00 a month")
	c.post("/groups", groupValues("s1", "s2", "s3")).want(http.StatusSeeOther)
	c.get("/?month=2026-12").want(http.StatusOK).shows("1 Dec1€448.63", "4 invoices, 1 consolidated", "3 of 7 active subscriptions",
		"No business customer has several ungrouped subscriptions").lacks("Could be saved")
	ticking = c.get("/groups/new?customer=nobody&worth=1").want(http.StatusSeeOther).header.Get("Location")
	c.get(ticking).want(http.StatusOK).shows("There is no such customer")
}

func TestWorthGrouping(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	c.get("/worth-grouping").want(http.StatusOK).shows("Nothing to gain")
	s.takeIn(manyBusinesses(60))
	c.get("/").shows("All 60", "60invoices a month, by grouping for 60 customers")
	c.get("/worth-grouping").want(http.StatusOK).shows("Customers 1 to 50 of 60", "Many 0 GmbH2 → 1", "Next").lacks("Previous", "Many 50 GmbH")
	for _, page := range []string{"2", "3"} {
		c.get("/worth-grouping?page="+page).want(http.StatusOK).shows("Customers 51 to 60 of 60", "Many 50 GmbH", "Previous").lacks("Next", "Many 49 GmbH")
	}
	c.get("/worth-grouping?page=x").want(http.StatusOK).shows("Customers 1 to 50 of 60")
	s.as(billing.Member).get("/worth-grouping").want(http.StatusOK).shows("Many 0 GmbH").lacks("Group the")
}

// Numbers that take long are waited for on the page; they are not shown half done.
func TestOverviewInTheMaking(t *testing.T) {
	s := newImpatientSite(t)
	c := s.as(billing.Admin)
	c.get("/?month=2026-12").want(http.StatusOK).shows("The numbers are being worked out", "Look again").lacks("Nothing to bill", "Still to come")
	s.workOut()
	c.get("/").want(http.StatusOK).shows("Still to come", "Acme GmbH")
	s.advance(24 * time.Hour) // which ends the session, too
	c = s.client()
	c.signIn(billing.Admin)
	c.get("/worth-grouping?page=7").want(http.StatusOK).shows("The numbers are being worked out").lacks("Acme GmbH", "Customers 301")
	s.workOut()
	c.get("/worth-grouping").want(http.StatusOK).shows("Acme GmbH")
}

// newImpatientSite is a site with subscriptions whose pages never wait for numbers.
func newImpatientSite(t *testing.T) *site {
	t.Helper()
	s := newSite(t, func(cfg *Config) { cfg.impatient = true })
	s.addFleet()
	return s
}

// workOut waits until the numbers are there.
func (s *site) workOut() {
	s.t.Helper()
	if _, ready, err := s.store.Forecast(s.t.Context(), s.tenant, time.Minute); err != nil || !ready {
		s.t.Fatalf("forecast: ready %v, %v", ready, err)
	}
}
