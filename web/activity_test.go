package web

import (
	"encoding/json"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
)

func TestActivityText(t *testing.T) {
	const before = `{"name":"IT","billingDay":15,"status":"active","reference":"","notes":"","subscriptions":["a","b"]}`
	tests := map[string]struct{ action, before, after, want string }{
		"created":        {"group.created", "", before, "created the group with 2 subscriptions, billed on the 15th"},
		"deleted":        {"group.deleted", before, "", "deleted the group with 2 subscriptions"},
		"renamed":        {"group.changed", before, `{"name":"Büro","billingDay":15,"status":"active","subscriptions":["a","b"]}`, "renamed the group from “IT” to “Büro”"},
		"day":            {"group.changed", before, `{"name":"IT","billingDay":1,"status":"active","subscriptions":["a","b"]}`, "moved the billing day from the 15th to the 1st, from July 2026"},
		"day since lost": {"group.changed", before, `{"name":"IT","billingDay":3,"status":"active","subscriptions":["a","b"]}`, "moved the billing day from the 15th to the 3rd"},
		"day sooner":     {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["b","a"]}`, "changed from when the billing day holds, from June 2026"},
		"deactivated":    {"group.changed", before, `{"name":"IT","billingDay":15,"status":"inactive","subscriptions":["a","b"]}`, "deactivated the group"},
		"reference":      {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","reference":"PO 1","subscriptions":["a","b"]}`, "set the reference to “PO 1”"},
		"notes":          {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","notes":"x","subscriptions":["a","b"]}`, "changed the notes"},
		"added two":      {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["a","b","c","d"]}`, "added 2 subscriptions: Cable 3 and Dock 4"},
		"removed":        {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["b"]}`, "removed 1 subscription: Adapter 1"},
		"added many":     {"group.changed", before, `{"name":"IT","billingDay":15,"status":"active","subscriptions":["a","b","c","d","e","f","g"]}`, "added 5 subscriptions: Cable 3, Dock 4, e and 2 more"},
		"several":        {"group.changed", before, `{"name":"X","billingDay":1,"status":"inactive","subscriptions":["b","c"]}`, "renamed the group from “IT” to “X”; moved the billing day from the 15th to the 1st, from July 2026; deactivated the group; added 1 subscription: Cable 3; removed 1 subscription: Adapter 1"},
		"reference gone": {"group.changed", `{"name":"IT","billingDay":15,"status":"inactive","reference":"PO 1"}`, `{"name":"IT","billingDay":15,"status":"active"}`, "activated the group; took out the reference “PO 1”"},
		"unknown":        {"group.sung", "", "", "group.sung"},
		"unreadable":     {"group.changed", "[]", "[]", "group.changed"},
	}
	h := groupHistory{
		tenant: db.Tenant{Tenant: billing.Tenant{Zone: time.UTC}},
		days:   billing.Days{{From: billing.Period{Year: 2026, Month: 1}, Day: 3}, {From: billing.Period{Year: 2026, Month: 6}, Day: 15}, {From: billing.Period{Year: 2026, Month: 7}, Day: 1}},
		names:  map[string]string{"a": "Adapter 1", "c": "Cable 3", "d": "Dock 4"},
	}
	for name, test := range tests {
		e := db.Entry{At: time.Date(2026, 6, 20, 9, 5, 0, 0, time.UTC), Action: test.action}
		if test.before != "" {
			e.Before = json.RawMessage(test.before)
		}
		if test.after != "" {
			e.After = json.RawMessage(test.after)
		}
		if got := h.text(e); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
