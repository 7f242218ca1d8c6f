package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"billfold/billing"
)

// rowsOf answers the first cell's link of each row of the list, in order.
func (a *answer) rowsOf() []string {
	a.t.Helper()
	rows := []string{}
	for n := range a.document().Descendants() {
		if n.Data == "th" && attr(n, "scope") == "row" {
			for link := range n.Descendants() {
				if link.Data == "a" {
					rows = append(rows, attr(link, "href"))
					break
				}
			}
		}
	}
	return rows
}

// link answers where the first link with a text leads.
func (a *answer) link(text string) string {
	a.t.Helper()
	for n := range a.document().Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && strings.Contains(textOf(n), text) {
			return attr(n, "href")
		}
	}
	a.t.Fatalf("%s: no link %q", a.request, text)
	return ""
}

// newListSite is a site with the fleet and with two groups of acme's.
func newListSite(t *testing.T) (s *site, first, second string) {
	t.Helper()
	s = newSite(t)
	s.addFleet()
	return s, s.group("Zentrale", 1, "s1").ID, s.group("Außendienst", 15, "s2").ID
}

// paths puts a list's path before ids.
func paths(list string, ids ...string) []string {
	all := []string{}
	for _, id := range ids {
		all = append(all, list+"/"+id)
	}
	return all
}

func TestLists(t *testing.T) {
	s, zentrale, aussen := newListSite(t)
	s.change(aussen, billing.GroupChange{Status: new(billing.GroupInactive)})
	c := s.as(billing.Member)
	for _, test := range []struct {
		path  string
		want  []string
		shows string
	}{
		{"/groups", paths("/groups", aussen, zentrale), "2 billing groups, €218.00 a month"},
		{"/groups?sort=name", paths("/groups", aussen, zentrale), "By name"},
		{"/groups?q=ausendienst", []string{}, "No billing group matches “ausendienst”"},
		{"/groups?q=AUSSEN", paths("/groups", aussen), "1 billing group, €89.00 a month"},
		{"/groups?q=acme", paths("/groups", aussen, zentrale), "2 billing groups"},
		{"/groups?status=inactive", paths("/groups", aussen), "Inactive"},
		{"/groups?day=1", paths("/groups", zentrale), "1 billing group, €129.00 a month"},
		{"/groups?customer=acme&day=15", paths("/groups", aussen), "Customer: Acme GmbH"},
		{"/groups?customer=beta", []string{}, "No billing group matches"},
		{"/groups?customer=nobody", []string{}, "Customer: nobody"},
		{"/customers", paths("/customers", "paula", "beta", "acme"), "3 customers, €595.00 a month"},
		{"/customers?sort=name", paths("/customers", "acme", "beta", "paula"), "By name"},
		{"/customers?q=bet", paths("/customers", "beta"), "1 customer, €129.00 a month"},
		{"/customers?type=individual", paths("/customers", "paula"), "Private person"},
		{"/customers?type=business&status=inactive", []string{}, "No customer matches"},
		{"/subscriptions", paths("/subscriptions", "p1", "b1", "s4", "s3", "s2", "s1"), "6 subscriptions, €595.00 a month"},
		{"/subscriptions?sort=serial", paths("/subscriptions", "s4", "s3", "s2", "p1", "s1", "b1"), "By serial number"},
		{"/subscriptions?sort=end&customer=acme", paths("/subscriptions", "s4", "s3", "s1", "s2"), "By contract end"},
		{"/subscriptions?q=thinkpad", paths("/subscriptions", "b1", "s1"), "2 subscriptions, €258.00 a month"},
		{"/subscriptions?status=ended_buyout", paths("/subscriptions", "s4"), "Ended 3 May 2026 (bought out)"},
		{"/subscriptions?billed=grouped", paths("/subscriptions", "s2", "s1"), "1st with Zentrale"},
		{"/subscriptions?billed=alone&status=active", paths("/subscriptions", "p1", "b1", "s3"), "Alone on the 25th"},
		{"/subscriptions?group=" + aussen, paths("/subscriptions", "s2"), "Group: Außendienst"},
		{"/subscriptions?group=" + aussen, paths("/subscriptions", "s2"), "Alone on the 20th Außendienst is inactive"},
	} {
		a := c.get(test.path).want(http.StatusOK).shows(test.shows)
		checkPage(t, a)
		if got := a.rowsOf(); !slices.Equal(got, test.want) {
			t.Errorf("%s lists %v, want %v", test.path, got, test.want)
		}
	}
}

// What no control of a list leads to is a page that does not exist.
func TestListsRefuse(t *testing.T) {
	s, _, _ := newListSite(t)
	c := s.as(billing.Member)
	for _, query := range []string{
		"/groups?status=x", "/groups?day=40", "/groups?day=0", "/groups?day=01", "/groups?sort=size", "/groups?after=nonsense", "/customers?type=x", "/customers?status=gone",
		"/customers?sort=city", "/customers?after=%00", "/subscriptions?status=active%20", "/subscriptions?billed=x", "/subscriptions?sort=x", "/subscriptions?after=WzFd",
	} {
		c.get(query).want(http.StatusNotFound)
		if path, filter, _ := strings.Cut(query, "?"); !strings.HasPrefix(filter, "after") {
			c.get(path + ".csv?" + filter).want(http.StatusNotFound)
		}
	}
}

// A form sends along what is empty; the address leaves it out.
func TestListsHaveShortAddresses(t *testing.T) {
	s, _, _ := newListSite(t)
	c := s.as(billing.Admin)
	c.get("/customers?q=acme&type=&status=&sort=").leadsTo("/customers?q=acme")
	c.get("/subscriptions?s=b&q=&status=active&billed=&sort=&s:a=on").leadsTo("/subscriptions?s=a&s=b&status=active")
	c.get("/subscriptions?s=b&q=other&status=&sort=end&s:a=on&go=q%3Dz%26after%3DX").leadsTo("/subscriptions?after=X&q=z&s=a&s=b")
	c.get("/subscriptions?q=&go=").leadsTo("/subscriptions")
	c.get("/subscriptions?go=%25").want(http.StatusNotFound)
	a := c.htmx("/groups").get("/groups?q=z&status=&day=15&sort=name").want(http.StatusOK)
	if got := a.header.Get("HX-Replace-Url"); got != "/groups?day=15&q=z&sort=name" {
		t.Errorf("htmx shows the address %q", got)
	}
}

func TestListPages(t *testing.T) {
	s := newSite(t)
	s.addRow(120)
	c := s.as(billing.Member)
	var all []string
	path := "/subscriptions?q=reihe&sort=serial"
	for page := 1; ; page++ {
		a := c.get(path).want(http.StatusOK).shows("120 subscriptions, €1,200.00 a month", "By serial number")
		rows := a.rowsOf()
		all = append(all, rows...)
		if page > 1 && a.link("First page") != "/subscriptions?q=reihe&sort=serial" {
			t.Errorf("the first page is at %s", a.link("First page"))
		}
		if len(rows) < listPerPage {
			a.lacks("Next ")
			break
		}
		path = a.link("Next")
	}
	if len(all) != 120 || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 120 || all[0] != "/subscriptions/r1" || all[119] != "/subscriptions/r120" {
		t.Errorf("the pages list %d: %v", len(all), all)
	}
	// Rows that are gone leave a page behind the end.
	c.get(path+"&status=cancelled").want(http.StatusOK).shows("Nothing more", "To the first page")
	// Sorted by serial, another list's position means nothing.
	c.get(strings.Replace(path, "sort=serial", "sort=end", 1)).want(http.StatusNotFound)
}

func TestListHeads(t *testing.T) {
	s, _, _ := newListSite(t)
	c := s.as(billing.Member)
	a := c.get("/customers?q=a&type=business")
	if got := a.link("Name"); got != "/customers?q=a&sort=name&type=business" {
		t.Errorf("the head sorts by %s", got)
	}
	sorted := c.get(a.link("Name")).want(http.StatusOK)
	if !strings.Contains(sorted.body, `aria-sort="ascending"`) || sorted.link("Name") != "/customers?q=a&type=business" {
		t.Errorf("sorted by name, the head leads to %s", sorted.link("Name"))
	}
	chips := c.get("/subscriptions?customer=acme&q=think&sort=end")
	if got := chips.link("Customer: Acme GmbH"); got != "/subscriptions?q=think&sort=end" {
		t.Errorf("the chip leads to %s", got)
	}
	if got := chips.link("Clear the filters"); got != "/subscriptions?sort=end" {
		t.Errorf("clearing leads to %s", got)
	}
	if got := chips.field("customer"); got != "acme" {
		t.Errorf("the form forgets the customer: %q", got)
	}
}

func TestListsThatAreEmpty(t *testing.T) {
	s := newSite(t)
	admin, member := s.as(billing.Admin), s.as(billing.Member)
	for path, words := range map[string]string{"/groups": "No billing groups yet", "/customers": "No customers yet", "/subscriptions": "No subscriptions yet"} {
		admin.get(path).want(http.StatusOK).shows(words, "Import subscriptions")
		member.get(path).want(http.StatusOK).shows(words).lacks("Import subscriptions")
		member.get(path+"?q=x").want(http.StatusOK).shows("matches “x”", "Clear the filters")
	}
}

// table reads an answer as a CSV file.
func (a *answer) table(name string) [][]string {
	a.t.Helper()
	a.want(http.StatusOK)
	if got := a.header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
		a.t.Errorf("%s: %s", a.request, got)
	}
	if got := a.header.Get("Content-Disposition"); got != `attachment; filename="`+name+`"` {
		a.t.Errorf("%s: %s", a.request, got)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\ufeff"))).ReadAll()
	if err != nil {
		a.t.Fatal(err)
	}
	return rows
}

func TestListDownloads(t *testing.T) {
	s, zentrale, _ := newListSite(t)
	c := s.as(billing.Member)
	for path, want := range map[string]string{
		"/groups.csv?day=1":                      zentrale + " Zentrale active  acme Acme GmbH 1 1 1 2026-12-01 129.00 EUR",
		"/customers.csv?q=beta":                  "beta business active Beta Ltd Beta Ltd Bo Beta ap@beta.example       1 1 0 129.00 EUR",
		"/subscriptions.csv?q=PF-1&sort=end":     "s1 X1 ThinkPad X1 PF-1 acme Acme GmbH active 2026-03-03 2028-03-02  24 " + zentrale + " Zentrale 1 129.00 EUR",
		"/subscriptions.csv?status=cancelled":    "",
		"/subscriptions.csv?status=ended_buyout": "s4 SP Surface Pro 0F-4 acme Acme GmbH ended_buyout 2025-05-04 2027-05-03 2026-05-03 24   4 74.50 EUR",
	} {
		list, _, _ := strings.Cut(path[1:], ".")
		rows := c.get(path).table(list + "-2026-11-22.csv")
		got := []string{}
		for _, row := range rows[1:] {
			got = append(got, strings.Join(row, " "))
			if len(row) != len(rows[0]) {
				t.Errorf("%s: %d cells below %d heads", path, len(row), len(rows[0]))
			}
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%s:\n%s\nwant\n%s", path, strings.Join(got, "\n"), want)
		}
	}
}

// A download goes on behind the first part that is read, and no text in it is a formula.
func TestListDownloadsOfMany(t *testing.T) {
	s := newSite(t)
	s.addRow(2*downloadBatch + 1)
	s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		"=x,@c,+1@example.com,-Ann,=HYPERLINK(1),+sku,\"=1+1\",-serial,active,2026-03-03,,24,1.00,EUR\n")
	c := s.as(billing.Member)
	rows := c.get("/subscriptions.csv").table("subscriptions-2026-11-22.csv")
	ids := make(map[string]bool)
	for _, row := range rows[1:] {
		ids[row[0]] = true
	}
	if len(rows) != 2*downloadBatch+3 || len(ids) != len(rows)-1 {
		t.Errorf("%d rows with %d ids", len(rows), len(ids))
	}
	if got := strings.Join(rows[1][:6], " "); got != "'=x '+sku '=1+1 '-serial '@c '=HYPERLINK(1)" {
		t.Errorf("the row is %s", got)
	}
	customer := c.get("/customers.csv?type=business&q=hyperlink").table("customers-2026-11-22.csv")[1]
	if got := strings.Join(customer[:8], "|"); got != "'@c|business|active|'=HYPERLINK(1)|'=HYPERLINK(1)|'-Ann||'+1@example.com" {
		t.Errorf("the customer is %s", got)
	}
}

// chosen answers the address of the page for ticked subscriptions.
func chosen(ids ...string) string {
	return "/groups/choose?" + url.Values{"s": ids}.Encode()
}

func TestChooseGroup(t *testing.T) {
	s, zentrale, aussen := newListSite(t)
	admin := s.as(billing.Admin)
	list := admin.get("/subscriptions?q=PF&s=s3&s=b1").want(http.StatusOK).shows("2 ticked, €288.00 a month")
	checkPage(t, list)
	if !strings.Contains(list.body, `name="go" value="">Clear the filters</button>`) {
		t.Error("clearing the filters drops the ticks")
	}
	a := admin.get(chosen("s3")+"&q=PF&sort=end").want(http.StatusOK).shows("Acme GmbH", "1 subscription, €159.00 a month", "Add 1 subscription to", "Zentrale", "Außendienst", "A new billing group")
	checkPage(t, a)
	for text, want := range map[string]string{
		"Zentrale": "/groups/" + zentrale + "/add?s=s3", "Außendienst": "/groups/" + aussen + "/add?s=s3",
		"A new billing group": "/groups/new?customer=acme&s=s3", "Change what is ticked": "/subscriptions?q=PF&s=s3&sort=end",
	} {
		if got := a.link(text); got != want {
			t.Errorf("%s leads to %s, want %s", text, got, want)
		}
	}
	admin.get(a.link("Zentrale")).want(http.StatusOK).shows("1 selected")
	admin.get(a.link("A new billing group")).want(http.StatusOK).shows("1 selected")
	mixed := admin.get(chosen("s1", "s3", "s4", "b1", "p1", "nobody")).want(http.StatusOK).shows(
		"a group has one", "1 of 3 can be added, €159.00 a month", "In Zentrale already.", "Ended 3 May 2026 (bought out): only an active subscription can be added.",
		"Beta Ltd", "A private person can’t have a billing group")
	checkPage(t, mixed)
	if got := mixed.link("Move it"); got != "/groups/"+zentrale+"/move?s=s1" {
		t.Errorf("moving leads to %s", got)
	}
	admin.get("/groups/choose").want(http.StatusOK).shows("No subscription is ticked")
	member := s.as(billing.Member)
	member.get(chosen("s3")).want(http.StatusForbidden)
	member.get("/subscriptions?s=s3").want(http.StatusOK).lacks("ticked", "Choose")
}

// The filter of a group's page knows no accents, and its pages lead on.
func TestGroupMembersShown(t *testing.T) {
	s := newSite(t)
	var file strings.Builder
	file.WriteString("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n")
	var ids []string
	for i := range 60 {
		ids = append(ids, fmt.Sprintf("u%d", i))
		fmt.Fprintf(&file, "u%d,acme,ap@acme.example,Ann Acme,Acme GmbH,X,%s,R-%03d,active,2026-03-03,,24,1.00,EUR\n", i, []string{"Gerät", "Kamera"}[i%2], i)
	}
	s.takeIn(file.String())
	at := "/groups/" + s.group("Alle", 1, ids...).ID
	c := s.as(billing.Member)
	first := c.get(at).want(http.StatusOK).shows("Subscriptions 1 to 50 of 60", "Acme GmbH")
	if first.link("Acme GmbH") != "/customers/acme" || first.link("Gerät") != "/subscriptions/u0" || first.link("Next") != at+"?page=2" {
		t.Errorf("links: %s, %s, %s", first.link("Acme GmbH"), first.link("Gerät"), first.link("Next"))
	}
	c.get(at+"?page=9").want(http.StatusOK).shows("Subscriptions 51 to 60 of 60", "Previous")
	if rows := c.get(at + "?f=gerat").want(http.StatusOK).rowsOf(); len(rows) != 30 || rows[29] != "/subscriptions/u58" {
		t.Errorf("the filter finds %v", rows)
	}
	admin := s.as(billing.Admin)
	edit := admin.get(at + "/edit?billingDay=20").want(http.StatusOK)
	if edit.field("name") != "Alle" || !strings.Contains(edit.body, `value="20" checked`) {
		t.Error("the day of the address is not chosen")
	}
}

// A file never lacks rows in silence, and what can't be a page is none.
func TestListsRefuseWhatIsTooMuch(t *testing.T) {
	s := newSite(t)
	rows := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i := range 1001 {
		rows += fmt.Sprintf("m%d,many%d,,,Many %d GmbH,,Phone,,active,2026-03-03,,24,10.00,EUR\n", i, i, i)
	}
	s.takeIn(rows)
	c := s.as(billing.Admin)
	for _, list := range []string{"customers", "subscriptions"} {
		page := c.get("/" + list + "?q=many").want(http.StatusOK).shows("1,000 of more matches; type more to narrow them down").lacks("Download CSV")
		if page.byID("rows") == nil {
			t.Errorf("no %s", list)
		}
		c.get("/" + list + ".csv?q=many").want(http.StatusBadRequest).shows("Type more to narrow it down")
		c.get("/" + list + ".csv?q=many+7").want(http.StatusOK)
	}
	var ticks []string
	for i := range 501 {
		ticks = append(ticks, fmt.Sprintf("s=m%d", i))
	}
	c.get("/groups/choose?" + strings.Join(ticks, "&")).want(http.StatusBadRequest).shows("More than 500 subscriptions are ticked.")
	c.get("/groups/choose?" + strings.Join(ticks[1:], "&")).want(http.StatusOK)
	for _, page := range []string{"9223372036854775807", "-9223372036854775808", "0", "x"} {
		c.get("/worth-grouping?page=" + page).want(http.StatusOK)
	}
}

// An address with an empty tick has a shortest form, too.
func TestEmptyTicksAreNone(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	c := s.as(billing.Admin)
	for _, query := range []string{"s=", "s:=on", "s=&s=s1"} {
		path := "/subscriptions?" + query
		for n := 0; ; n++ {
			a := c.get(path)
			if a.status == http.StatusOK {
				break
			}
			if path = a.want(http.StatusSeeOther).header.Get("Location"); n > 2 {
				t.Fatalf("%s leads on to %s", query, path)
			}
		}
	}
}
