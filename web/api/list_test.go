package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// names reads the names of the groups in a list's answer.
func (r reply) names() string {
	r.t.Helper()
	var names []string
	for _, g := range r.object()["billingGroups"].([]any) {
		names = append(names, g.(map[string]any)["groupName"].(string))
	}
	return strings.Join(names, " ")
}

func TestListPages(t *testing.T) {
	w := newWorld(t)
	r := w.call("GET", groups, "")
	if got, want := strings.TrimSpace(string(r.body)), `{"success":true,"billingGroups":[],"count":0,"hasMore":false,"nextCursor":null}`; got != want {
		t.Errorf("empty: %s", got)
	}
	for i := range 5 {
		w.create(fmt.Sprintf(`{"customerId":"cus_holz","groupName":"%d","billingDay":1,"rentalIds":["sub_%c"]}`, i, 'a'+i))
	}
	var pages []string
	cursor := ""
	for {
		r := w.call("GET", groups+"?limit=2"+cursor, "")
		pages = append(pages, r.names())
		answer := r.object()
		if got, want := fmt.Sprint(answer["count"]), fmt.Sprint(len(answer["billingGroups"].([]any))); got != want {
			t.Errorf("count %s of %s", got, want)
		}
		next, more := answer["nextCursor"].(string)
		if answer["hasMore"] != more {
			t.Errorf("hasMore %v with cursor %q", answer["hasMore"], next)
		}
		if !more {
			break
		}
		cursor = "&startAfter=" + next
		// What is created meanwhile does not move the pages.
		if len(pages) == 1 {
			w.create(group("cus_holz", "1", `"sub_j"`))
		}
	}
	if want := []string{"4 3", "2 1", "0"}; !slices.Equal(pages, want) {
		t.Errorf("pages %q, want %q", pages, want)
	}
	if r := w.call("GET", groups+"?limit=6", ""); r.object()["hasMore"] != false || r.object()["nextCursor"] != nil {
		t.Errorf("a page that is just full: %s", r.body)
	}
}

func TestListLimits(t *testing.T) {
	w := newWorld(t)
	for i := range 101 {
		id := fmt.Sprintf("sub_n%d", i)
		w.subscription(w.mietwerk, "cus_bau", id, 10_00, "2026-02-01", "")
		w.create(group("cus_bau", "1", `"`+id+`"`))
	}
	for query, want := range map[string]string{"": "50", "?limit=1": "1", "?limit=100": "100"} {
		r := w.call("GET", groups+query, "")
		if got := fmt.Sprint(r.object()["count"]); got != want || r.object()["hasMore"] != true {
			t.Errorf("%q: count %s, hasMore %v", query, got, r.object()["hasMore"])
		}
	}
}

func TestListFilters(t *testing.T) {
	w := newWorld(t)
	w.create(`{"customerId":"cus_holz","groupName":"holz","billingDay":1,"rentalIds":["sub_1"]}`)
	w.create(`{"customerId":"cus_bau","groupName":"bau","billingDay":1,"rentalIds":["sub_bau"]}`)
	w.create(`{"customerId":"cus_holz","groupName":"asleep","billingDay":1,"rentalIds":["sub_2"]}`)
	w.exec(`UPDATE groups SET status = 'inactive' WHERE name = 'asleep'`)
	for query, want := range map[string]string{
		"":                                       "asleep bau holz",
		"?customerId=cus_holz":                   "asleep holz",
		"?customerId=cus_unknown":                "",
		"?customerId=cus_fremd":                  "",
		"?customerId=%FF":                        "",
		"?status=active":                         "bau holz",
		"?status=inactive":                       "asleep",
		"?status=active&customerId=cus_holz":     "holz",
		"?status=active&customerId=cus_bau&_=12": "bau",
	} {
		if got := w.call("GET", groups+query, "").names(); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestBadParameters(t *testing.T) {
	w := newWorld(t)
	var queries []string
	for _, limit := range []string{"0", "101", "-1", "x", "", "1.0", "%2B5", "05", "5%20", "99999999999999999999"} {
		queries = append(queries, "limit="+limit)
	}
	for _, cursor := range []string{"", "x", "MQ", "%00", "bg_1",
		cursor(`["groups ",5]`) + "=", cursor(`["groups ",0]`), cursor(`["groups ",-5]`), cursor(`["groups ",5]`)[1:],
		cursor(`["groups ", 5]`), cursor(`["groups name",5]`), cursor(`["customers ",5]`), cursor(`["groups ",5,1]`)} {
		queries = append(queries, "startAfter="+cursor)
	}
	for _, status := range []string{"", "deleted", "Active", "active,inactive"} {
		queries = append(queries, "status="+status)
	}
	queries = append(queries, "customerId=", "limit=5&limit=6", "status=active&status=active")
	for _, query := range queries {
		name, _, _ := strings.Cut(query, "=")
		t.Run(query, func(t *testing.T) {
			r := w.call("GET", groups+"?"+query, "")
			r.t = t
			r.refused(http.StatusBadRequest, "VALIDATION_ERROR", name+" VALIDATION_ERROR")
		})
	}
	w.call("GET", groups+"?limit=0&status=x&startAfter=x", "").refused(http.StatusBadRequest, "VALIDATION_ERROR",
		"status VALIDATION_ERROR", "startAfter VALIDATION_ERROR", "limit VALIDATION_ERROR")
	w.call("GET", groups+"?limit=%zz", "").refused(http.StatusBadRequest, "VALIDATION_ERROR")
}

// cursor writes a text as the cursors of lists are written.
func cursor(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
