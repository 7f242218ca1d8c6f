package api

import (
	"net/http"
	"strconv"
	"testing"
	"time"
)

func TestRateLimitPerKey(t *testing.T) {
	w := newWorldLimited(t, 3)
	for range 3 {
		if r := w.call("GET", groups, ""); r.status != http.StatusOK {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	r := w.call("POST", groups, group("cus_holz", "1", `"sub_1"`))
	r.refused(http.StatusTooManyRequests, "RATE_LIMITED")
	if seconds, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || seconds < 1 || seconds > 20 {
		t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
	}
	w.call("GET", "/v1/unknown", "").refused(http.StatusTooManyRequests, "RATE_LIMITED")
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
	// Another key has calls of its own, and so has an address without one.
	if r := w.call("GET", groups, "", "Authorization: Bearer "+w.readKey); r.status != http.StatusOK {
		t.Errorf("%d %s", r.status, r.body)
	}
	w.call("GET", groups, "", "Authorization:").refused(http.StatusUnauthorized, "AUTH_REQUIRED")
}

// Keys can't be tried out: wrong ones count against the address, whatever they are.
func TestRateLimitWithoutKey(t *testing.T) {
	w := newWorldLimited(t, 3)
	w.call("GET", groups, "", "Authorization: Bearer bf_a").refused(http.StatusUnauthorized, "INVALID_TOKEN")
	w.call("GET", groups, "", "Authorization: Bearer bf_b").refused(http.StatusUnauthorized, "INVALID_TOKEN")
	if r := w.call("GET", "/v1/openapi.json", "", "Authorization:"); r.status != http.StatusOK {
		t.Errorf("%d", r.status)
	}
	for _, path := range []string{groups, "/v1/openapi.json", "/v1/unknown"} {
		w.call("GET", path, "", "Authorization: Bearer bf_c", "X-Forwarded-For: 10.9.8.7").refused(http.StatusTooManyRequests, "RATE_LIMITED")
	}
	if r := w.call("GET", groups, ""); r.status != http.StatusOK {
		t.Errorf("a valid key from there: %d %s", r.status, r.body)
	}
}

func TestBuckets(t *testing.T) {
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	l := newLimits(60)
	for i := range 60 {
		if wait := l.take("a", start); wait != 0 {
			t.Fatalf("call %d waits %v", i, wait)
		}
	}
	// A refused call costs nothing: however often it is tried, a second is enough.
	for range 100 {
		if wait := l.take("a", start); wait != time.Second {
			t.Fatalf("wait %v", wait)
		}
	}
	if wait := l.take("a", start.Add(time.Second)); wait != 0 {
		t.Errorf("after a second: %v", wait)
	}
	if wait := l.take("a", start.Add(time.Second)); wait != time.Second {
		t.Errorf("a second one: %v", wait)
	}
	// The idle are forgotten, the busy are not.
	l.take("idle", start.Add(2*time.Second))
	later := start.Add(61 * time.Second)
	l.take("a", later)
	l.sweep(later)
	if len(l.buckets) != 1 || l.buckets["a"] == nil {
		t.Errorf("kept %v", l.buckets)
	}
	if wait := newLimits(0).take("a", start); wait != 0 {
		t.Errorf("no limit: %v", wait)
	}
}

// Buckets are swept by the calls themselves: what comes from ever new addresses
// does not pile up.
func TestBucketsDoNotPileUp(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	l := newLimits(600)
	for i := range 10_000 {
		l.take(strconv.Itoa(i), now)
		now = now.Add(100 * time.Millisecond)
	}
	if n := len(l.buckets); n > 1000 {
		t.Errorf("%d buckets", n)
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::1":      "2001:db8:1:2::/64",
		"2001:db8:1:3::1":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
	} {
		if got := network(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
