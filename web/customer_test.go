package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

// customer changes acme behind somebody's back.
func (s *site) customer(change billing.CustomerChange) billing.Customer {
	s.t.Helper()
	c, err := s.store.UpdateCustomer(s.t.Context(), s.scope(), "acme", time.Time{}, change)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func TestCustomerPage(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	g := s.group("IT department", 28, "s1", "s2")
	c := s.as(billing.Admin)
	page := c.get("/customers/acme").want(http.StatusOK).shows("Acme GmbH", "Business", "Active", "acme · Petra Brand · since 22 Nov 2026",
		"Next invoice, with VAT€189.21Wed 25 Nov 2026, in 3 days", "Monthly total€377.00plus VAT 19", "Active subscriptions31 in no group", "Billing groups1one invoice a month each",
		"MacBook Pro C0-3 alone on the 25th24 Jan 2028", "ThinkPad X1 PF-1 IT department", "Surface Pro 0F-4 Ended 3 May 2026 (bought out)–", "3 active of 4",
		"IT department 228th28 Dec 2026€218.00",
		"Nov 202610€189.21on the 25th25 NovMacBook Pro alone €189.21",
		"Dec 202621€448.63on the 25th and 28th25 DecMacBook Pro alone €189.2128 DecIT department, 2 lines €259.42", "Oct 2027", "12 months",
		"rechnung@acme.example", "Net 14, the business unit’s", "Standard: plus VAT 19", "Nothing was changed since it was taken in, on 22 Nov 2026.")
	page.lacks("Nov 2027", "All 4")
	for _, link := range []string{`href="/groups/new?customer=acme"`, `href="/customers/acme/edit"`, `href="/subscriptions/s3"`, `href="/groups/` + g.ID + `"`} {
		if !strings.Contains(page.body, link) {
			t.Errorf("no %s", link)
		}
	}
	checkPage(t, page)
	s.as(billing.Member).get("/customers/acme").want(http.StatusOK).shows("Acme GmbH").lacks("New billing group", "Edit")

	inactive := billing.CustomerInactive
	s.customer(billing.CustomerChange{Status: &inactive})
	c.get("/customers/acme").shows("Inactive", "This customer is inactive: it can get no new billing group.", "changed the status from active to inactive").lacksLink("/groups/new?customer=acme")
	// A person has no groups, and is due at once.
	c.get("/customers/paula").want(http.StatusOK).shows("Paula Person", "Private person", "Due at once, as for every private person", "each billed alone").lacks("Billing groups0", "Group them", "Consolidated")
	c.get("/customers/beta").want(http.StatusOK).shows("Its one subscription is billed alone.", "nothing is billed together").lacks("Group them")
}

// Other systems make the ids of customers and subscriptions, of whatever characters.
func TestIDsOfAnyCharacters(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	const header = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i, id := range []string{"K/100", "K 100", "100%", "K%41", "K%2F1", "K/100%41 ?#&+", "/", "Köln/2"} {
		company := fmt.Sprintf("Company %d", i)
		s.takeIn(header + id + "," + id + ",,," + company + ",X1," + company + " device,PF-1,active,2026-03-03,,24,129.00,EUR\n")
		customer := "/customers/" + url.PathEscape(id)
		if to := c.get("/customers?q=" + url.QueryEscape(company)).linkTo(company); to != customer {
			t.Errorf("the list leads to %s, not %s", to, customer)
		}
		c.get(customer).want(http.StatusOK).shows(company)
		c.get("/subscriptions/" + url.PathEscape(id)).want(http.StatusOK).shows(company + " device")
		form := with(c.get(customer+"/edit").want(http.StatusOK).filled(customer+"/edit"), "city", "Bonn")
		s.advance(time.Second)
		c.follow(c.post(customer+"/edit", form), customer).shows("Changes saved.", "Bonn")
	}
}

// Of a customer with very much the page shows the first of each, and leads to the rest.
func TestLargeCustomerPage(t *testing.T) {
	s := newSite(t)
	s.addRow(60)
	for i := range 9 {
		ids := []string{fmt.Sprintf("r%d", i+1)}
		in := billing.GroupInput{CustomerID: "row", Name: fmt.Sprintf("Group %d", i), BillingDay: 1, SubscriptionIDs: ids}
		if _, err := s.store.CreateGroup(t.Context(), s.scope(), in, ""); err != nil {
			t.Fatal(err)
		}
	}
	page := s.as(billing.Member).get("/customers/row").want(http.StatusOK).shows("All 60", "All 9", "Group 7",
		"1 DecGroup 0, 1 line €11.901 DecGroup 1, 1 line €11.90", "1 Dec51 billed alone until 28 Dec €606.90")
	for _, link := range []string{`href="/subscriptions?customer=row"`, `href="/groups?customer=row"`} {
		if !strings.Contains(page.body, link) {
			t.Errorf("no %s", link)
		}
	}
	if n := strings.Count(page.body, `href="/subscriptions/r`); n != customerShown {
		t.Errorf("%d subscriptions are shown", n)
	}
}

func TestSubscriptionPage(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin)
	alone := c.get("/subscriptions/s3").want(http.StatusOK).shows("MacBook Pro", "C0-3 · Acme GmbH", "Active", "Next billed25 Nov 2026in 3 days, alone",
		"Months begun10 of 24until 24 Jan 2028", "Left to bill€2,226.0014 months, plus VAT 19", "Why is it billed then?", "It is in no group",
		"Nov 202625 Nov 2026 – 24 Dec 202625 Nov 2026alone€159.00", "12 of 14 that are left", "Contract24 months from 25 Jan 2026", "Add to a group")
	alone.lacks("Remove from group", "Move to")
	checkPage(t, alone)
	if !strings.Contains(alone.body, `href="/groups/choose?s=s3"`) || !strings.Contains(alone.body, `href="/customers/acme"`) {
		t.Error("no way to a group or the customer")
	}
	c.get("/subscriptions/s4").want(http.StatusOK).shows("Bought out", "Why is nothing billed?", "It ended on 3 May 2026 (bought out)", "Next billedNever", "ended 3 May 2026").lacks("Next instalments", "Add to a group")
	c.get("/subscriptions/p1").want(http.StatusOK).shows("A private person’s subscriptions are billed alone").lacks("Add to a group")

	g := s.group("IT department", 1, "s3")
	joined := c.get("/subscriptions/s3").shows("Next billed25 Nov 2026in 3 days, alone", "It is in the group “IT department”, billed on the 1st.",
		"November is billed alone on 25 Nov 2026, because the group’s day had passed when it joined.", "From 1 Dec 2026 on it is on the group’s invoice.",
		"25 Nov 2026alone: the group’s day had passed when it joined", "1 Dec 2026with the group", "Remove from group").lacks("Add to a group", "Move to")
	for _, link := range []string{"/groups/" + g.ID, "/groups/" + g.ID + "/remove?s=s3"} {
		if !strings.Contains(joined.body, `href="`+link+`"`) {
			t.Errorf("no link to %s", link)
		}
	}
	s.group("Sales", 1, "s1")
	if page := c.get("/subscriptions/s3").shows("Move to another group"); !strings.Contains(page.body, `href="/groups/`+g.ID+`/move?s=s3"`) {
		t.Error("no link to the move")
	}
	s.as(billing.Member).get("/subscriptions/s3").want(http.StatusOK).lacks("Remove from group", "Move to", "Add to a group")
}

// What an import or anybody else has changed is told in words.
func TestSubscriptionActivity(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	s.takeIn(`subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency
s1,acme,rechnung@acme.example,Petra Brand,Acme GmbH,X1,ThinkPad X1,PF-2,cancelled,2026-03-03,2027-01-03,25,139.00,EUR
`)
	s.as(billing.Member).get("/subscriptions/s1").want(http.StatusOK).shows("Ends 3 Jan 2027",
		"test ended the subscription: cancelled, on 3 Jan 2027; changed the serial number from “PF-1” to “PF-2”; changed the monthly amount "+
			"from €129.00 to €139.00; changed the contract length from 24 months to 25 months",
		"It ends on 3 Jan 2027 (cancelled): no month that begins on or after that day is billed.")
}
