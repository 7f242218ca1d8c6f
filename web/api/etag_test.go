package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// Every answer that holds a group has the same strong tag, until something about the
// group is different.
func TestGroupTag(t *testing.T) {
	w := newWorld(t)
	created := w.call("POST", groups, group("cus_holz", "25", `"sub_1","sub_2"`))
	path, tag := created.header.Get("Location"), created.header.Get("ETag")
	if !strings.HasPrefix(tag, `"`+path[len(groups)+1:]+`.1.`) {
		t.Errorf("ETag %s", tag)
	}
	if got := w.call("GET", path, "").header.Get("ETag"); got != tag {
		t.Errorf("created %s, read %s", tag, got)
	}
	seen := []string{tag}
	differs := func(name, tag string) {
		t.Helper()
		if slices.Contains(seen, tag) {
			t.Errorf("%s: %s again", name, tag)
		}
		seen = append(seen, tag)
		if got := w.call("GET", path, "").header.Get("ETag"); got != tag {
			t.Errorf("%s: answered %s, read %s", name, tag, got)
		}
	}
	for _, body := range []string{`{"groupName":"x"}`, `{"groupName":"Name"}`, `{"billingDay":3}`, `{"rentalIds":["sub_1"]}`, `{"status":"inactive"}`} {
		differs(body, w.call("PATCH", path, body).header.Get("ETag"))
	}
	// A price that changes elsewhere makes another answer, though the group is the same.
	w.exec(`UPDATE subscriptions SET amount = 1 WHERE id = 'sub_1'`)
	differs("price", w.call("GET", path, "").header.Get("ETag"))
	// So does a member that another group takes over.
	other := w.made("1", `"sub_a"`)
	w.patch(other, `{"rentalIds":["sub_a","sub_1"],"moveRentals":true}`)
	differs("moved away", w.call("GET", path, "").header.Get("ETag"))
}

func TestIfNoneMatch(t *testing.T) {
	w := newWorld(t)
	path := w.made("25", `"sub_1"`)
	tag := w.call("GET", path, "").header.Get("ETag")
	for _, known := range []string{tag, "W/" + tag, `"a,b" ,, ` + tag, `W/"x",` + tag, "*"} {
		if r := w.call("GET", path, "", "If-None-Match: "+known); r.status != http.StatusNotModified || len(r.body) > 0 || r.header.Get("ETag") != tag {
			t.Errorf("%s: %d %s", known, r.status, r.body)
		}
	}
	for _, other := range []string{`"x"`, strings.Trim(tag, `"`), strings.Replace(tag, ".1.", ".2.", 1), `"x` + tag, "nonsense"} {
		if r := w.call("GET", path, "", "If-None-Match: "+other); r.status != http.StatusOK {
			t.Errorf("%s: %d", other, r.status)
		}
	}
	w.call("GET", groups+"/bg_x", "", "If-None-Match: *").refused(http.StatusNotFound, "NOT_FOUND")
	w.exec(`UPDATE subscriptions SET amount = 1 WHERE id = 'sub_1'`)
	if r := w.call("GET", path, "", "If-None-Match: "+tag); r.status != http.StatusOK {
		t.Errorf("after a price change: %d", r.status)
	}
}

func TestIfMatch(t *testing.T) {
	w := newWorld(t)
	path := w.made("25", `"sub_1"`)
	first := w.call("GET", path, "").header.Get("ETag")
	second := w.call("PATCH", path, `{"groupName":"second"}`, "If-Match: "+first).header.Get("ETag")
	other := w.call("GET", w.made("1", `"sub_a"`), "").header.Get("ETag")
	id := path[len(groups)+1:]

	for _, stale := range []string{first, "W/" + second, other, `"x"`, `"` + id + `"`, `"` + id + `.0"`, `"` + id + `.-1"`, `"` + id + `.03"`, first + ", " + other, first + `,"` + id + `.9"`} {
		for _, c := range []struct{ method, body string }{{"PATCH", `{"groupName":"lost"}`}, {"PATCH", ``}, {"DELETE", ``}} {
			r := w.call(c.method, path, c.body, "If-Match: "+stale)
			r.refused(http.StatusPreconditionFailed, "STALE_GROUP")
		}
	}
	for _, malformed := range []string{`x`, `"x`, `x"`, strings.Trim(second, `"`), `*, ` + second, second + " " + second, `W/x`, `w/"x"`, `"a b"`, `,`, `"x";q=1`} {
		for _, method := range []string{"PATCH", "DELETE"} {
			w.call(method, path, "", "If-Match: "+malformed).refused(http.StatusBadRequest, billing.CodeValidation)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), "DELETE", w.url+path, nil)
	must(t, err)
	r.Header = http.Header{"Authorization": {"Bearer " + w.key}, "Tenant-Id": {w.mietwerk.ID}, "If-Match": {""}}
	w.send(r).refused(http.StatusBadRequest, billing.CodeValidation)

	// Of several tags the newest counts; the tag of an answer that says the same but for
	// a price is as good as the newest.
	tag := second
	w.exec(`UPDATE subscriptions SET amount = 1 WHERE id = 'sub_1'`)
	for i, match := range []func() string{
		func() string { return tag },
		func() string { return "*" },
		func() string { return first + `, W/"x",` + tag },
		func() string { return `"x", ` + tag + "," + tag },
		func() string { return tag[:strings.LastIndexByte(tag, '.')] + `"` }, // all that counts
	} {
		r := w.call("PATCH", path, `{"billingDay":`+string(rune('1'+i))+`}`, "If-Match: "+match())
		if r.status != http.StatusOK {
			t.Fatalf("%s: %d %s", match(), r.status, r.body)
		}
		tag = r.header.Get("ETag")
	}
	for _, method := range []string{"PATCH", "DELETE"} {
		for _, match := range []string{"*", first, first + ", " + second} {
			w.call(method, groups+"/bg_x", "", "If-Match: "+match).refused(http.StatusNotFound, "NOT_FOUND")
		}
	}
	// The rules are not asked about a change of what is no longer so.
	w.call("PATCH", path, `{"billingDay":99}`, "If-Match: "+first).refused(http.StatusPreconditionFailed, "STALE_GROUP")
	if r := w.call("DELETE", path, "", "If-Match: "+tag); r.status != http.StatusOK {
		t.Errorf("%d %s", r.status, r.body)
	}
	w.call("DELETE", path, "", "If-Match: "+tag).refused(http.StatusNotFound, "NOT_FOUND")
}

func TestParseTags(t *testing.T) {
	for _, test := range []struct {
		lines []string
		want  entityTags
		ok    bool
	}{
		{[]string{`*`}, entityTags{any: true}, true},
		{[]string{` "" `}, entityTags{strong: []string{`""`}}, true},
		{[]string{`"a","b,c"`, `W/"d"`}, entityTags{strong: []string{`"a"`, `"b,c"`}, weak: []string{`"d"`}}, true},
		{[]string{`, "a" ,	,"b",`}, entityTags{strong: []string{`"a"`, `"b"`}}, true},
		{[]string{"\"\xe9\""}, entityTags{strong: []string{"\"\xe9\""}}, true},
		{nil, entityTags{}, false},
		{[]string{"\"a\tb\""}, entityTags{}, false},
		{[]string{`"a" "b"`}, entityTags{}, false},
		{[]string{`"a`}, entityTags{}, false},
		{[]string{`W/`}, entityTags{}, false},
		{[]string{`"a", *`}, entityTags{}, false},
	} {
		got, ok := parseTags(test.lines)
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(entityTags{})); diff != "" || ok != test.ok {
			t.Errorf("%q: %t\n%s", test.lines, ok, diff)
		}
	}
}
