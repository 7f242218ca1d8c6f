package web

import (
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/db"
)

// cellsOf answers the texts of a list's rows, a line each.
func (a *answer) cellsOf() (rows []string) {
	a.t.Helper()
	for n := range a.document().Descendants() {
		if n.Type == html.ElementNode && n.Data == "tr" && n.Parent.Data == "tbody" {
			rows = append(rows, textOf(n))
		}
	}
	return rows
}

// linkTo answers the address of the page's link with a text, "" where there is none.
func (a *answer) linkTo(text string) string {
	a.t.Helper()
	for n := range a.document().Descendants() {
		if n.Type == html.ElementNode && n.Data == "a" && textOf(n) == text {
			return attr(n, "href")
		}
	}
	return ""
}

func TestActivityPage(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	it, gone := s.group("IT", 1, "s1", "s2"), s.group("Gone", 1, "s3")
	s.change(it.ID, billing.GroupChange{BillingDay: new(28)})
	if err := s.store.DeleteGroup(t.Context(), s.scope(), gone.ID, 0); err != nil {
		t.Fatal(err)
	}
	c := s.as(billing.Member)
	a := c.get("/activity").want(http.StatusOK).shows("Who did what, the newest first. Times are those of Europe/Berlin.")
	checkPage(t, a)
	rows := a.cellsOf()
	for i, want := range []string{"added the user member@example.com as member", "deleted the group with 1 subscription", "Moved the billing day from the 1st to the 28th, from "} {
		if !strings.Contains(strings.ToLower(rows[i]), strings.ToLower(want)) || !strings.HasPrefix(rows[i], "22 Nov 202611:00Test system") {
			t.Errorf("row %d is %q, not of %q", i, rows[i], want)
		}
	}
	if got := a.linkTo("IT"); got != "/groups/"+it.ID {
		t.Errorf("the group's link is %q", got)
	}
	if got := a.linkTo("Gone"); got != "" {
		t.Errorf("a deleted group has the link %q", got)
	}
	if all := c.get("/groups/" + it.ID).linkTo("All"); all != "/activity?id="+it.ID+"&kind=group" {
		t.Errorf("all of a group are at %q", all)
	}
	for query, want := range map[string]int{
		"kind=group": 4, "kind=group&id=" + it.ID: 2, "id=" + gone.ID: 2, "action=group.created": 2, "who=system&action=group.deleted": 1,
		"id=+" + it.ID + "+": 2,
	} {
		a := c.get("/activity?" + query).want(http.StatusOK)
		if rows := a.cellsOf(); len(rows) != want {
			t.Errorf("%s: %d rows, want %d: %q", query, len(rows), want, rows)
		}
		if download := a.linkTo("Download CSV"); !strings.HasPrefix(download, "/activity.csv?") {
			t.Errorf("%s: the file is at %s", query, download)
		} else if records := c.csv(download); len(records) != want+1 {
			t.Errorf("%s: %d records, want %d", query, len(records), want+1)
		}
	}
	a = c.get("/activity?who=usr_none&kind=group&id=%22x&action=none").want(http.StatusOK).shows("No entry matches", "Show all")
	checkPage(t, a)
	if a.field("id") != `"x` || !strings.Contains(a.body, `<option value="usr_none" selected>`) || !strings.Contains(a.body, `<option value="none" selected>`) {
		t.Errorf("the filter does not come back:\n%s", a.body)
	}
	c.get("/activity?after=x").want(http.StatusNotFound)
	c.get("/activity?after=" + beyond("activity")).want(http.StatusOK).shows("Nothing more")
}

// csv answers the records of a download.
func (c *client) csv(path string) [][]string {
	c.t.Helper()
	a := c.get(path).want(http.StatusOK)
	text, marked := strings.CutPrefix(a.body, "\ufeff")
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || a.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment; filename=") {
		c.t.Fatalf("%s: %v, header %v", path, err, a.header)
	}
	return records
}

// The pages and the file go through the same entries, in the same order.
func TestActivityPages(t *testing.T) {
	s := newSite(t)
	for i := range downloadBatch + 20 {
		if _, err := s.store.CreateKey(t.Context(), s.scope(), fmt.Sprintf("=Key %d", i), i%2 == 0); err != nil {
			t.Fatal(err)
		}
	}
	c := s.as(billing.Member)
	const path = "/activity?action=key.created"
	first := c.get(path)
	if rows := first.cellsOf(); len(rows) != activityPerPage || !strings.Contains(rows[0], "=Key 1019") || !strings.Contains(rows[49], "=Key 970") {
		t.Fatalf("%d rows: %q", len(rows), rows)
	}
	second := c.get(first.linkTo("Next"))
	if rows := second.cellsOf(); !strings.Contains(rows[0], "=Key 969") || second.linkTo("First page") != path {
		t.Errorf("the second page begins with %q", rows[0])
	}
	records := c.csv(first.linkTo("Download CSV"))
	if len(records) != downloadBatch+21 || records[1][4] != "'=Key 1019" || records[1020][4] != "'=Key 0" {
		t.Fatalf("%d records, %q to %q", len(records), records[1], records[len(records)-1])
	}
	want := []string{"2026-11-22T11:00:00+01:00", "Test", "API key", "'=Key 0", "Made the API key, which may only read"}
	if got := slices.Delete(slices.Clone(records[1020]), 3, 4); !slices.Equal(got, want) {
		t.Errorf("the first entry is %q, want %q", got, want)
	}
	if records := c.csv("/activity.csv?who=nobody"); len(records) != 1 || records[0][0] != "time" {
		t.Errorf("an empty list is %q", records)
	}
}

// A download of the activity holds little of it at a time.
func TestDownloadActivityInParts(t *testing.T) {
	s := newSite(t)
	for i := range 3 * activityBatch {
		if _, err := s.store.CreateKey(t.Context(), s.scope(), fmt.Sprint("Key ", i), true); err != nil {
			t.Fatal(err)
		}
	}
	server := &server{store: s.store}
	allocated := func(all bool) float64 {
		return testing.AllocsPerRun(1, func() {
			for _, err := range server.activityRows(t.Context(), db.Session{Tenant: s.tenant}, db.ActivityFilter{}) {
				if err != nil {
					t.Fatal(err)
				}
				if !all {
					break
				}
			}
		})
	}
	if first, all := allocated(false), allocated(true); first > all/2 {
		t.Errorf("%.0f allocations for the first row, %.0f for all", first, all)
	}
}

// A download that fails says so: with an error page where nothing is sent yet, else by
// breaking off.
func TestDownloadFails(t *testing.T) {
	failing := func(after int) iter.Seq2[[]string, error] {
		return func(yield func([]string, error) bool) {
			for range after {
				if !yield([]string{strings.Repeat("x", 100)}, nil) {
					return
				}
			}
			yield(nil, db.ErrUnavailable)
		}
	}
	s := newSite(t)
	route := func(path string, after int) route {
		return route{http.MethodGet, path, anyone, func(c echo.Context) error {
			return download(c, "x.csv", []string{"x"}, failing(after))
		}, 0}
	}
	c := s.withRoutes(route("/at-once", 0), route("/later", 2000))
	a := c.get("/at-once").want(http.StatusServiceUnavailable)
	if a.header.Get("Content-Disposition") != "" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("header %v", a.header)
	}
	response, err := c.http.Do(c.request(http.MethodGet, "/later", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	records, err := csv.NewReader(response.Body).ReadAll()
	if err == nil || errors.As(err, new(*csv.ParseError)) {
		t.Errorf("%d records come through, %v", len(records), err)
	}
}

// A filter that somebody types into the address comes back as text.
func TestActivityEscapes(t *testing.T) {
	const script = `"><script>alert(1)</script>`
	c := newSite(t).as(billing.Member)
	for _, name := range []string{"who", "kind", "id", "action"} {
		a := c.get("/activity?" + url.Values{name: {script}}.Encode()).want(http.StatusOK)
		checkPage(t, a)
		if strings.Contains(a.body, "<script>alert") {
			t.Errorf("%s: a script gets through", name)
		}
	}
}
