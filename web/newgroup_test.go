package web

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/db"
)

// addFleet takes in the customers of the tests: acme with subscriptions of 129, 89
// and 159 on the 3rd, 20th and 25th and one that has ended, beta with one, a person
// and an inactive company.
func (s *site) addFleet() {
	s.t.Helper()
	s.takeIn(`subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency
s1,acme,rechnung@acme.example,Petra Brand,Acme GmbH,X1,ThinkPad X1,PF-1,active,2026-03-03,,24,129.00,EUR
s2,acme,rechnung@acme.example,Petra Brand,Acme GmbH,IP,iPhone 17,G6-2,active,2026-05-20,,24,89.00,EUR
s3,acme,rechnung@acme.example,Petra Brand,Acme GmbH,MB,MacBook Pro,C0-3,active,2026-01-25,,24,159.00,EUR
s4,acme,rechnung@acme.example,Petra Brand,Acme GmbH,SP,Surface Pro,0F-4,ended_buyout,2025-05-04,2026-05-03,24,74.50,EUR
b1,beta,ap@beta.example,Bo Beta,Beta Ltd,X1,ThinkPad X1,PF-9,active,2026-03-07,,24,129.00,EUR
p1,paula,paula@example.com,Paula Person,,IP,iPhone 17,G6-9,active,2026-03-07,,24,89.00,EUR
`)
}

// takeIn imports a subscription export.
func (s *site) takeIn(csv string) {
	s.t.Helper()
	result, err := s.store.Import(s.t.Context(), db.Scope{Tenant: s.tenant, Actor: db.Actor{Kind: db.ActorSystem, Name: "test"}}, strings.NewReader(csv), "fleet.csv")
	if err != nil || result.Problems.Total > 0 {
		s.t.Fatalf("import: %v, %+v", err, result.Problems)
	}
}

func groupValues(ids ...string) url.Values {
	return url.Values{"customer": {"acme"}, "s": ids, "billingDay": {"1"}, "name": {"IT"}, "token": {"abcdefghijklmnopqrstuvwxyz"}}
}

func (s *site) groups() []db.Group {
	s.t.Helper()
	groups, _, err := s.store.Groups(s.t.Context(), s.tenant, db.GroupFilter{Limit: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	return groups
}

// The main job: three subscriptions of 129, 89 and 159 become one bill of 377.
func TestMainJob(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin)
	c.get("/groups").want(http.StatusOK).shows("No billing groups yet", "New billing group")
	c.htmx("/groups/new").get("/groups/new?q=acm").want(http.StatusOK).shows("Acme GmbH", "3 subscriptions", "€377.00 a month").lacks("Paula", "Beta")
	c.get("/groups/new?q=acm").leadsTo("/groups/new?billingDay=1&customer=acme")

	chosen := c.get("/groups/new?customer=acme").want(http.StatusOK)
	chosen.shows("3 active subscriptions", "Ended 3 May 2026 (bought out)", "0 selected of 3 available, 4 in all", "Tick subscriptions to see what will happen.")
	if !strings.Contains(chosen.body, "<noscript>") || !strings.Contains(chosen.body, "Show what will happen") {
		t.Error("without a script there is no way to see what will happen")
	}
	if got := chosen.field("name"); got != "Acme GmbH" {
		t.Errorf("the proposed name is %q", got)
	}

	foreseen := c.get("/groups/new?customer=acme&s=s1&s=s2&s=s3&billingDay=1").want(http.StatusOK)
	foreseen.shows("3 selected of 3 available", "€377.00 a month",
		"Now 3 invoices a month, on the 3rd, 20th and 25th", "From December 1 invoice a month, on the 1st",
		"First consolidated invoice€448.63Tue 1 Dec 2026 · due 15 Dec (net 14)", "VAT 19 %€71.63", "Total€448.63",
		"MacBook Pro’s November instalment is still billed alone, on 25 Nov: the 1st has passed.", "25 NovMacBook Pro alone €189.21")

	form := groupValues("s1", "s2", "s3")
	form.Set("reference", "PO 4711")
	form.Set("notes", "Net 14 agreed")
	done := c.post("/groups", form)
	groups := s.groups()
	if len(groups) != 1 || groups[0].Total.String() != "377.00" || groups[0].Reference != "PO 4711" || groups[0].CreatedBy == "" {
		t.Fatalf("stored %+v", groups)
	}
	page := c.get(done.leadsTo("/groups/" + groups[0].ID).header.Get("Location")).want(http.StatusOK)
	page.shows("Group created: 3 subscriptions, one invoice a month on the 1st.", "One invoice a month on the 1st · since 22 Nov 2026",
		"Next invoice, with VAT€448.63Tue 1 Dec 2026, in 9 days", "Monthly total€377.003 subscriptions", "from Dec 2026", "November is billed alone, on 25 Nov", "PO 4711", "Net 14 agreed",
		"The admin created the group with 3 subscriptions, billed on the 1st")
	c.get("/groups").want(http.StatusOK).shows("IT", "Acme GmbH", "1 Dec 2026", "€377.00")
	c.get("/groups/new?customer=acme").want(http.StatusOK).shows("In group IT", "0 selected of 0 available")
}

// Each refusal keeps what was typed, says what to do, and stores nothing.
func TestCreateGroupRefusals(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin)
	tests := map[string]struct {
		change func(url.Values)
		says   []string
	}{
		"unknown customer":                {func(v url.Values) { v.Set("customer", "nobody") }, []string{"There is no such customer."}},
		"no customer":                     {func(v url.Values) { v.Del("customer") }, []string{"There is no such customer."}},
		"a person":                        {func(v url.Values) { v.Set("customer", "paula"); v["s"] = []string{"p1"} }, []string{"Paula Person is a person."}},
		"unknown subscription":            {func(v url.Values) { v.Add("s", "s9") }, []string{"There is no subscription “s9”."}},
		"another customer's subscription": {func(v url.Values) { v.Add("s", "b1") }, []string{"Subscription b1 belongs to another customer."}},
		"ended subscription":              {func(v url.Values) { v.Add("s", "s4") }, []string{"Surface Pro (s4) has ended"}},
		"no subscription":                 {func(v url.Values) { v.Del("s") }, []string{"Choose at least one subscription."}},
		"day 0":                           {func(v url.Values) { v.Set("billingDay", "0") }, []string{"Choose a billing day from 1 to 28."}},
		"day 29":                          {func(v url.Values) { v.Set("billingDay", "29") }, []string{"Choose a billing day from 1 to 28."}},
		"day 1.5":                         {func(v url.Values) { v.Set("billingDay", "1.5") }, []string{"Choose a billing day from 1 to 28."}},
		"no day":                          {func(v url.Values) { v.Del("billingDay") }, []string{"Choose a billing day from 1 to 28."}},
		"blank name":                      {func(v url.Values) { v.Set("name", " ") }, []string{"Give the group a name"}},
		"long name":                       {func(v url.Values) { v.Set("name", strings.Repeat("ü", 121)) }, []string{"121 characters, at most 120"}},
		"long notes":                      {func(v url.Values) { v.Set("notes", strings.Repeat("n", 2001)) }, []string{"2001 characters, at most 2000"}},
		"stale ticks":                     {func(v url.Values) { v.Set("kept", "AAAAAAAAAAT_") }, []string{"please choose again"}},
		"four at once": {func(v url.Values) {
			v["s"] = []string{"s9", "b1"}
			v.Set("billingDay", "31")
			v.Set("name", "")
		}, []string{"There are 4 problems", "There is no subscription “s9”.", "b1 belongs to another customer", "Choose a billing day", "Give the group a name"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			form := groupValues("s1")
			form.Set("notes", "kept <b>notes</b>")
			form.Set("reference", "PO 1")
			test.change(form)
			refused := c.post("/groups", form).want(http.StatusUnprocessableEntity).shows(test.says...)
			if summary := refused.byID("problems"); summary == nil || attr(summary, "tabindex") != "-1" {
				t.Error("no summary that can take the focus")
			}
			for _, field := range []string{"name", "notes", "reference"} {
				if got := refused.field(field); got != strings.TrimSpace(form.Get(field)) && got != form.Get(field) {
					t.Errorf("%s: %q was typed, %q is left", field, form.Get(field), got)
				}
			}
			checkAnchors(t, refused)
			if n := len(s.groups()); n != 0 {
				t.Errorf("%d groups are stored", n)
			}
		})
	}
}

// checkAnchors follows the summary's links: each leads to something on the page.
func checkAnchors(t *testing.T, a *answer) {
	t.Helper()
	for n := range a.byID("problems").Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" {
			if target := strings.TrimPrefix(attr(n, "href"), "#"); a.byID(target) == nil {
				t.Errorf("the summary leads to #%s, which is not there", target)
			}
		}
	}
}

// Somebody else grouped a subscription meanwhile: the row says who has it.
func TestCreateGroupTooLate(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin)
	first := groupValues("s1")
	first.Set("name", "Faster")
	c.post("/groups", first).want(http.StatusSeeOther)
	late := groupValues("s1", "s2")
	late.Set("token", strings.Repeat("z", 26))
	refused := c.post("/groups", late).want(http.StatusUnprocessableEntity)
	refused.shows("ThinkPad X1 (s1) is already in the group “Faster”", "Untick: In group Faster")
	box := refused.byID("row-s1")
	if box == nil || !slices.ContainsFunc(box.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
		t.Error("the tick at fault is gone")
	}
}

// A form that is sent twice makes one group, by htmx too.
func TestTwoClicksMakeOneGroup(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin).htmx("/groups/new")
	first, second := c.post("/groups", groupValues("s1", "s2")), c.post("/groups", groupValues("s1", "s2"))
	groups := s.groups()
	if len(groups) != 1 {
		t.Fatalf("%d groups", len(groups))
	}
	first.want(http.StatusNoContent).leadsTo("/groups/" + groups[0].ID)
	second.want(http.StatusNoContent).leadsTo("/groups/" + groups[0].ID)
}

// Ticks survive paging and filtering for a customer with thousands of subscriptions.
func TestLargeFleet(t *testing.T) {
	s := newSite(t)
	var csv strings.Builder
	csv.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	for i := range 5000 {
		fmt.Fprintf(&csv, "n%04d,big,a@big.example,Ann Big,Big AG,SKU,%s,SN%04d,active,2026-0%d-%02d,,24,10.00,EUR\n", i, []string{"Laptop", "Tablet", "Phone", "Screen"}[i%4], i, 1+i%9, 1+i%28)
	}
	s.takeIn(csv.String())
	c := s.as(billing.Admin)
	all := c.get("/groups/new?customer=big&all=1").want(http.StatusOK)
	all.shows("5,000 selected of 5,000 available", "€50,000.00 a month", "on 28 different days", "Page 1 of 100")
	kept := all.field("kept")
	if n := len(kept); n > 850 {
		t.Errorf("kept has %d characters", n)
	}
	// Page 2 with only one of the first page's fifty still ticked.
	second := c.get("/groups/new?" + url.Values{"customer": {"big"}, "kept": {kept}, "s": {"n0000"}, "go": {"2"}, "billingDay": {"1"}, "name": {"x"}}.Encode())
	second.want(http.StatusOK).shows("4,951 selected", "Page 2 of 100", "billed alone until 28 Nov", "Group, 4,951 lines")
	filtered := c.get("/groups/new?" + url.Values{"customer": {"big"}, "kept": {kept}, "f": {"tablet"}, "none": {"1"}, "billingDay": {"1"}, "name": {"x"}}.Encode())
	filtered.want(http.StatusOK).shows("3,700 selected", "Select all 1,250 that match")
	form := url.Values{"customer": {"big"}, "kept": {kept}, "s": {"n0000"}, "billingDay": {"28"}, "name": {"Everything"}}
	c.post("/groups", form).want(http.StatusSeeOther)
	group := s.groups()[0]
	if len(group.Members) != 4951 {
		t.Errorf("the group has %d members", len(group.Members))
	}
	c.get("/groups/"+group.ID+"?page=2").want(http.StatusOK).shows("Subscriptions 51 to 100 of 4,951", "€49,510.00 a month")
	c.get("/groups/"+group.ID+"?f=sn4999").want(http.StatusOK).shows("Screen", "4,951 subscriptions")
	c.get("/groups/" + group.ID + "?f=nothing").want(http.StatusOK).shows("No subscription matches “nothing”.")
}

// What a member may not do is not offered.
func TestMemberReadsOnly(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	s.as(billing.Admin).post("/groups", groupValues("s1"))
	c := s.as(billing.Member)
	c.get("/groups").want(http.StatusOK).shows("Acme GmbH").lacks("New billing group", "Import")
	c.get("/groups/" + s.groups()[0].ID).want(http.StatusOK).shows("IT")
	c.get("/groups/new").want(http.StatusForbidden)
	c.post("/groups", groupValues("s2")).want(http.StatusForbidden)
}

func TestUnknownGroupAndPage(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Member)
	c.get("/groups/bg_unknown").want(http.StatusNotFound)
	c.get("/groups?after=x").want(http.StatusNotFound)
	c.get("/groups?after=" + beyond("groups ")).want(http.StatusOK).shows("Nothing more")
}

// beyond answers the cursor of a page that begins where a list ends.
func beyond(list string) string { return cursorAt(list, 1) }

// cursorAt answers the cursor of the page that comes after a key.
func cursorAt(list string, key int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `[%q,%d]`, list, key))
}

// A contract that has not begun says so where it is ticked.
func TestNewGroupSaysWhatBeginsLater(t *testing.T) {
	s := newSite(t)
	s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		"a,acme,,,Acme GmbH,,Laptop,,active,2026-12-20,,24,129.00,EUR\nb,acme,,,Acme GmbH,,Phone,,active,2026-11-22,,24,9.00,EUR\n")
	c := s.as(billing.Admin)
	c.get("/groups/new?customer=acme").want(http.StatusOK).shows("Laptop Begins on 20 Dec 2026").lacks("Begins on 22 Nov 2026")
}
