package web

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

const importHeader = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber," +
	"status,startDate,endDate,contractLength,monthlyAmount,currency\n"

// importRow writes a row under importHeader.
func importRow(id, company, start, amount string) string {
	return fmt.Sprintf("%s,C-1,it@acme.example,Ada Lovelace,%s,TP-X1,ThinkPad X1,SN-1,active,%s,,24,%s,EUR\n", id, company, start, amount)
}

// upload sends a file by the import form and answers the path of its page.
func (c *client) upload(name, file string) string {
	c.t.Helper()
	a := c.send(name, file).want(http.StatusSeeOther)
	path := a.header.Get("Location")
	if !strings.HasPrefix(path, "/import/imp_") {
		c.t.Fatalf("the upload leads to %q", path)
	}
	return path
}

func (c *client) send(name, file string) *answer {
	c.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		c.t.Fatal(err)
	}
	part.Write([]byte(file))
	if err := w.Close(); err != nil {
		c.t.Fatal(err)
	}
	r := c.request(http.MethodPost, "/import", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return c.do(r)
}

// buttons answers what the page's buttons say, those of the navigation left out.
func buttons(a *answer) (texts []string) {
	main := a.byID("main")
	for n := range main.Descendants() {
		if n.Type == html.ElementNode && n.Data == "button" {
			texts = append(texts, textOf(n))
		}
	}
	return texts
}

func TestImportCheckThenTakeIn(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	c.get("/import").want(http.StatusOK).shows("Nothing taken in yet", "The first import makes today, 22 Nov 2026, the cut-over day", "subscriptionId", "paymentTerms", "up to 32")

	file := importHeader + importRow("S-1", "Acme GmbH", "2026-01-22", "129.00") + importRow("S-2", "Acme GmbH", "2026-01-03", "89,00") // ragged: the decimal comma
	file = strings.Replace(file, "89,00", `"89,00"`, 1)
	path := c.upload("fleet.csv", file)
	page := c.get(path).want(http.StatusOK).shows("Check before taking it in", "fleet.csv", "New21 new customer", "Changed0", "Unchanged0", "Refused0",
		"1 instalment falls due at once, €129.00 before tax.")
	checkPage(t, page)
	if got := buttons(page); !slices.Equal(got, []string{"Take in 2 subscriptions"}) {
		t.Errorf("buttons %q", got)
	}
	if list := s.subscriptions("C-1"); len(list) != 0 {
		t.Fatalf("the check took in %d subscriptions", len(list))
	}

	c.post(path, nil).leadsTo(path)
	if list := s.subscriptions("C-1"); len(list) != 2 || list[1].MonthlyAmount.Minor != 8900 {
		t.Errorf("subscriptions %+v", list)
	}
	done := c.get(path).want(http.StatusOK).shows("Taken in: 2 new subscriptions, 0 changed.", "Taken in 22 Nov 2026 by The admin", "New2")
	checkPage(t, done)
	c.get("/import").shows("fleet.csv", "22 Nov 2026", "The admin").lacks("cut-over day")

	again := c.get(c.upload("fleet.csv", file)).shows("Nothing to take in", "Everything in this file is here already.", "Unchanged2")
	checkPage(t, again)
	if got := buttons(again); len(got) != 0 {
		t.Errorf("buttons %q where nothing would change", got)
	}
}

func (s *site) subscriptions(customer string) []billing.Subscription {
	s.t.Helper()
	list, _, err := s.store.CustomerSubscriptions(s.t.Context(), s.tenant, customer)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

func TestImportOfAnUnreadableFile(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	path := c.upload("fleet.csv", importHeader+importRow("S-1", "Acme GmbH", "2026-01-22", "12o")+importRow("S-1", "Acme GmbH", "22.1.2026", "129.00"))
	page := c.get(path).want(http.StatusOK).shows("This file can’t be taken in", "3 problems, and nothing was changed.",
		`2monthlyAmount"12o" is not an amount.`, `3startDate"22.1.2026" is not a date.`, "3subscriptionIdS-1 is in line 2 already.")
	checkPage(t, page)
	if got := buttons(page); len(got) != 0 {
		t.Errorf("buttons %q on a file that can't be taken in", got)
	}
	c.post(path, nil).leadsTo(path) // whoever sends it all the same
	if list := s.subscriptions("C-1"); len(list) != 0 {
		t.Errorf("%d subscriptions were taken in", len(list))
	}
	c.get(path).want(http.StatusOK).shows("3 problems")
}

func TestImportShowsWhatIsRefused(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	s.takeIn(importHeader + importRow("S-1", "Acme GmbH", "2026-01-22", "129.00"))
	if _, err := s.store.CreateGroup(t.Context(), s.scope(), billing.GroupInput{CustomerID: "C-1", Name: "IT", BillingDay: 1, SubscriptionIDs: []string{"S-1"}}, ""); err != nil {
		t.Fatal(err)
	}
	moved := strings.Replace(importRow("S-1", "Acme GmbH", "2026-01-22", "129.00"), "C-1", "C-2", 1)
	c.get(c.upload("fleet.csv", importHeader+moved)).shows("Nothing to take in", "Every change in this file is refused", "Refused1", "2customerIdS-1 is in a billing group")
	path := c.upload("fleet.csv", importHeader+moved+importRow("S-2", "Acme GmbH", "2026-01-22", "129.00"))
	checkPage(t, c.get(path).shows("1 row is refused and stays as it is", "Take in 1 subscription", "Refused rows"))
	c.post(path, nil).leadsTo(path)
	c.get(path).shows("1 row was refused.", "Upload the file again to see why.")
}

func TestImportForm(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	for name, a := range map[string]*answer{
		"no form":      c.post("/import", nil),
		"no file":      c.send("", ""),
		"another form": c.post("/import", map[string][]string{"file": {"x"}}),
	} {
		a.want(http.StatusUnprocessableEntity).shows("There is a problem", "Choose the export’s CSV file.")
		checkPage(t, a)
		if a.byID("problems") == nil || attr(a.byID("file"), "type") != "file" {
			t.Errorf("%s: no summary or no field", name)
		}
	}
	c.send("big.csv", strings.Repeat("x", maxImport+1)).want(http.StatusUnprocessableEntity).shows("The file is larger than 32 MB.")
	c.get(c.upload("empty.csv", "")).shows("The file is empty.")
	c.get(c.upload("<b>bold.csv", "x")).want(http.StatusOK).shows("<b>bold.csv", "This column is missing.")
}

// Two clicks: one import, and both lead to what it did.
func TestImportTwoClicks(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	path := c.upload("fleet.csv", importHeader+importRow("S-1", "Acme GmbH", "2026-01-22", "129.00"))
	answers := make([]*answer, 6)
	var clicks sync.WaitGroup
	for i := range answers {
		clicks.Go(func() { answers[i] = c.post(path, nil) })
	}
	clicks.Wait()
	for _, a := range answers {
		a.leadsTo(path)
	}
	if imports, err := s.store.Imports(t.Context(), s.tenant, 10); err != nil || len(imports) != 1 {
		t.Errorf("%d imports, error %v", len(imports), err)
	}
}

// What somebody else has taken in meanwhile is not an import of its own.
func TestImportOfWhatIsHereByNow(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	file := importHeader + importRow("S-1", "Acme GmbH", "2026-01-22", "129.00")
	path := c.upload("fleet.csv", file)
	s.takeIn(file)
	c.post(path, nil).leadsTo("/import")
	c.get("/import").shows("Nothing was left to take in")
	c.get(path).want(http.StatusNotFound)
}

func TestImportOfAnotherBusinessUnit(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	other, err := s.store.CreateTenant(t.Context(), testActor, s.tenant.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.store.CreateUpload(t.Context(), db.Scope{Tenant: other, Actor: testActor}, "x.csv", []byte(importHeader+importRow("S-1", "Acme", "2026-01-22", "1")))
	if err != nil {
		t.Fatal(err)
	}
	unknown := c.get("/import/unknown").want(http.StatusNotFound)
	if theirs := c.get(views.UploadURL(id)).want(http.StatusNotFound); textOf(theirs.byID("main")) != textOf(unknown.byID("main")) {
		t.Errorf("another's upload: %s\nan unknown one: %s", textOf(theirs.byID("main")), textOf(unknown.byID("main")))
	}
	c.post(views.UploadURL(id), nil).want(http.StatusNotFound)
}

func TestImportProblemsArePaged(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	const n = 2*problemsPerPage + 1
	path := c.upload("fleet.csv", importHeader+strings.Repeat("x\n", n))
	for page, want := range map[string]struct {
		lines    int
		says     string
		prev, to string
	}{
		"":        {problemsPerPage, "1 to 100 of 201", "", path + "?page=2"},
		"?page=2": {problemsPerPage, "101 to 200 of 201", path + "?page=1", path + "?page=3"},
		"?page=3": {1, "201 to 201 of 201", path + "?page=2", ""},
	} {
		a := c.get(path+page).want(http.StatusOK).shows("201 problems", want.says)
		rows, links := 0, map[string]string{}
		for node := range a.byID("reasons").Descendants() {
			if node.Type == html.ElementNode && node.Data == "th" && attr(node, "scope") == "row" {
				rows++
			}
			if rel := attr(node, "rel"); rel != "" {
				links[rel] = attr(node, "href")
			}
		}
		if rows != want.lines || links["prev"] != want.prev || links["next"] != want.to {
			t.Errorf("page %q has %d rows, links %v; want %+v", page, rows, links, want)
		}
	}
	for _, page := range []string{"0", "4", "x", "-1"} {
		c.get(path + "?page=" + page).want(http.StatusNotFound)
	}
}

// The list of problems opens in a spreadsheet.
func TestImportProblemsDownload(t *testing.T) {
	s := newSite(t)
	admin := s.as(billing.Admin)
	path := admin.upload("fleet.csv", strings.Replace(importHeader, "subscriptionId", "subscription", 1))
	a := admin.get(path + "/problems.csv").want(http.StatusOK)
	if a.header.Get("Content-Type") != "text/csv; charset=utf-8" || a.header.Get("Content-Disposition") != `attachment; filename="problems.csv"` {
		t.Errorf("header %v", a.header)
	}
	text, marked := strings.CutPrefix(a.body, "\ufeff")
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	want := [][]string{{"line", "column", "reason"}, {"1", "subscriptionId", "This column is missing. Add it, with its name in the first line."}}
	if err != nil || !marked || len(records) != 2 || !slices.Equal(records[0], want[0]) || !slices.Equal(records[1], want[1]) {
		t.Errorf("marked %t, records %q, error %v", marked, records, err)
	}
}

func TestFileName(t *testing.T) {
	for name, want := range map[string]string{
		"fleet.csv": "fleet.csv", " \t": "export.csv", "": "export.csv", "a\x07b\xff.csv": "ab.csv", strings.Repeat("ü", 200): strings.Repeat("ü", maxFileName),
	} {
		if got := fileName(name); got != want {
			t.Errorf("fileName(%q) = %q, want %q", name, got, want)
		}
	}
}
