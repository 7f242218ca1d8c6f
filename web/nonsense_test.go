package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"billfold/billing"
	"billfold/db"
)

// activityAll is the newest of all that was done.
var activityAll = db.ActivityFilter{Limit: 50}

// nonsense is what no field expects.
var nonsense = []string{
	"a\x00b", "\xff\xfe", "\xed\xa0\x80", "\u202e\u2028", strings.Repeat("x", 100_000), "\x00", strings.Repeat("\u00e4", 300),
	"99999999999999999999999", "-9223372036854775808", "1e309", "NaN", "0x7fffffff", "-1", "999999999.99",
	"0000-00-00", "9999-12-31", "2026-02-30", "'\"--;", "%00%ff", "{}", "../../etc/passwd", "\r\nSet-Cookie: a=b",
}

// someNonsense answers an endless round of a few of the nonsense at a time, always with what is
// no text and what is long.
func someNonsense() func() []string {
	n := 0
	return func() []string {
		n += 3
		list := slices.Clone(nonsense[:5])
		for i := range 3 {
			list = append(list, nonsense[(n+i)%len(nonsense)])
		}
		return list
	}
}

// sane fails the test where an answer is a failure of ours, or no text.
func (a *answer) sane(sent string) {
	a.t.Helper()
	if a.status >= http.StatusInternalServerError || a.status == 0 {
		a.t.Errorf("%.100s with %.40q: status %d", a.request, sent, a.status)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/") && (!utf8.ValidString(a.body) || strings.ContainsRune(a.body, 0)) {
		a.t.Errorf("%.100s with %.40q: the answer is no text", a.request, sent)
	}
	if a.header.Get("Set-Cookie") == "a=b" {
		a.t.Errorf("%.100s with %.40q: a header is made up", a.request, sent)
	}
}

// Nonsense in any field of any form is refused in words, or taken for text.
func TestNonsenseInForms(t *testing.T) {
	s, ids := furnished(t)
	c, some := s.as(billing.Owner).halfway(), someNonsense()
	fields := make(map[string]url.Values)
	for _, f := range forms(ids) {
		fields[f.address] = c.get(f.page).everyField(f.address)
	}
	for _, f := range forms(ids) {
		address, good := f.address, fields[f.address]
		for _, name := range []string{"s", "i", "version", "confirmed", "to", "token", "status"} {
			if !good.Has(name) {
				good.Set(name, "")
			}
		}
		for name := range good {
			if now := c.get(f.page); strings.Contains(now.body, `name="version"`) { // or it would be refused as stale
				good.Set("version", now.field("version"))
			}
			for _, value := range some() {
				bad := maps.Clone(good)
				bad.Set(name, value)
				c.post(address, bad).sane(name + "=" + value)
			}
			twice := maps.Clone(good)
			twice[name] = []string{good.Get(name), "x", good.Get(name)}
			c.post(address, twice).sane(name + " three times")
		}
		for _, value := range nonsense {
			bad := make(url.Values)
			for name := range good {
				bad.Set(name, value)
			}
			c.post(address, bad).sane(value)
		}
	}
	s.nothingFailed()
}

// What opens the door takes nonsense as well as any other page.
func TestNonsenseAtTheDoor(t *testing.T) {
	s := newEmptySite(t)
	_, token := setupLink(s)
	c, some := s.client(), someNonsense()
	for _, name := range []string{"email", "userName", "password", "name", "currency", "timezone", "vatMode", "vatRate", "terms", "token"} {
		for _, value := range some() {
			c.post("/setup", url.Values{"token": {token}, name: {value}}).sane(name + "=" + value)
		}
	}
	for _, name := range []string{"email", "password", "next"} {
		for _, value := range nonsense {
			if len(value) < 1000 { // the wait for a wrong password is another test's
				c.post("/sign-in", url.Values{name: {value}}).sane(name + "=" + value)
			}
		}
	}
	s.nothingFailed()
}

// Nor does an address with nonsense in it, in its path or behind it, break anything.
func TestNonsenseInAddresses(t *testing.T) {
	s, ids := furnished(t)
	c := s.as(billing.Owner)
	n := 0
	for address, page := range c.pagesOf(ids) {
		path, _, _ := strings.Cut(address, "?")
		names := []string{"page", "after", "q", "sort", "customer", "status", "who", "id", "due-from", "lines"} // of a file
		if isPage(page) {
			names = page.queryNames(path)
		}
		all := make(url.Values)
		for _, name := range names {
			n++
			value := nonsense[n%len(nonsense)]
			all.Set(name, value[:min(len(value), 200)])
			c.get(path + "?" + url.Values{name: {value}}.Encode()).sane(name + "=" + value)
		}
		c.get(path + "?" + all.Encode()).sane("all")
		c.get(path + "?%zz=%ff&;=;").sane("no query")
	}
	if n < 300 {
		t.Errorf("only %d names", n)
	}
	for _, r := range allRoutes() {
		if !strings.Contains(r.path, ":") {
			continue
		}
		for _, value := range append(nonsense, ".", "..", "../..", "/", "//", `\`, "?", "#", "%2e%2e%2f") {
			mad := maps.Clone(ids)
			for kind := range mad {
				mad[kind] = value
			}
			c.do(c.request(r.method, r.of(mad), nil)).sane(fmt.Sprintf("%s %s", r.path, value))
		}
	}
	s.nothingFailed()
}

// Files of nonsense are refused with a page.
func TestNonsenseInFiles(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Admin)
	for _, content := range append(nonsense, "", "\"", "subscriptionId,\x00\n\xff,\"", strings.Repeat(",", 100_000), strings.Repeat("\n", 100_000)) {
		for _, name := range []string{"fleet.csv", "\x00\xff.csv", "../../x", `"; filename="y`} {
			a := c.send(name, content)
			a.sane(content)
			if to := a.header.Get("Location"); to != "" {
				c.get(to).sane(content)
				c.get(to + "/problems.csv").sane(content)
				c.post(to, nil).sane(content)
			}
		}
	}
	var parts strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&parts, "--x\r\nContent-Disposition: form-data; name=\"f%d\"\r\n\r\n1\r\n", i)
	}
	for _, body := range []string{parts.String() + "--x--", parts.String(), "--x\r\n", "", "--x--"} {
		r := c.request(http.MethodPost, "/import", strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		c.do(r).sane("parts")
	}
	s.nothingFailed()
}

// nothingFailed fails the test where the log has a failure.
func (s *site) nothingFailed() {
	s.t.Helper()
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "level=ERROR") {
			s.t.Errorf("the log has: %.400s", line)
		}
	}
}
