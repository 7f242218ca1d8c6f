package api

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// replayed checks that an answer is the first one again, to the byte.
func replayed(t *testing.T, first, again reply) {
	t.Helper()
	if again.status != first.status || string(again.body) != string(first.body) {
		t.Errorf("%d %s\nfirst %d %s", again.status, again.body, first.status, first.body)
	}
	for _, name := range []string{"Location", "ETag", "Content-Type"} {
		if got, want := again.header.Get(name), first.header.Get(name); got != want || got == "" {
			t.Errorf("%s %q, first %q", name, got, want)
		}
	}
	if first.header.Get("Idempotency-Replayed") != "" || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("Idempotency-Replayed %q, then %q", first.header.Get("Idempotency-Replayed"), again.header.Get("Idempotency-Replayed"))
	}
}

func TestIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	body, key := group("cus_holz", "1", `"sub_1"`), "Idempotency-Key: 6fa459ea-ee8a-3ca4-894e-db77e160355e"
	first := w.call("POST", groups, body, key)
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	replayed(t, first, w.call("POST", groups, body, key))

	// Another body is another request, right or wrong.
	for _, other := range []string{group("cus_holz", "2", `"sub_1"`), group("cus_holz", "1", `"sub_2"`), body + " ", `{}`, `{"groupName":5}`} {
		w.call("POST", groups, other, key).refused(http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	}
	// It is still the first answer after the group has changed, and when it is gone.
	path := first.header.Get("Location")
	w.patch(path, `{"groupName":"changed"}`)
	replayed(t, first, w.call("POST", groups, body, key))
	w.call("DELETE", path, "")
	replayed(t, first, w.call("POST", groups, body, key))
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}

	// Another API key has names of its own, as has another tenant.
	second := "Authorization: Bearer " + w.newKey(w.mietwerk, false)
	if r := w.call("POST", groups, body, key, second); r.status != http.StatusCreated || r.header.Get("Idempotency-Replayed") != "" {
		t.Errorf("another API key: %d %v", r.status, r.header)
	}
	r := w.call("POST", groups, group("cus_fremd", "1", `"sub_fremd"`), key, "Authorization: Bearer "+w.otherKey, "Tenant-ID: "+w.other.ID)
	if r.status != http.StatusCreated {
		t.Errorf("another tenant: %d %s", r.status, r.body)
	}
	// Without a key, or with another, the same body is a new request.
	for _, header := range []string{"Idempotency-Key:", "Idempotency-Key: other"} {
		w.call("POST", groups, body, header).refused(http.StatusConflict, "SUBSCRIPTION_ALREADY_GROUPED", "rentalIds[0] SUBSCRIPTION_ALREADY_GROUPED")
	}
}

// A refusal is not kept: the same request is granted once nothing is in its way, and
// the same key takes a corrected one.
func TestRefusalsAreNotKept(t *testing.T) {
	w := newWorld(t)
	path := w.made("1", `"sub_1"`)
	body, key := group("cus_holz", "5", `"sub_1"`), "Idempotency-Key: k"
	for range 2 {
		w.call("POST", groups, body, key).refused(http.StatusConflict, "SUBSCRIPTION_ALREADY_GROUPED", "rentalIds[0] SUBSCRIPTION_ALREADY_GROUPED")
	}
	w.call("POST", groups, `{"groupName":5}`, key) // refused before the rules are asked
	w.call("DELETE", path, "")
	first := w.call("POST", groups, body, key)
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	replayed(t, first, w.call("POST", groups, body, key))

	w.call("POST", groups, group("cus_holz", "99", `"sub_2"`), "Idempotency-Key: l").refused(http.StatusBadRequest, "INVALID_BILLING_DAY", "billingDay INVALID_BILLING_DAY")
	if r := w.call("POST", groups, group("cus_holz", "9", `"sub_2"`), "Idempotency-Key: l"); r.status != http.StatusCreated {
		t.Errorf("corrected: %d %s", r.status, r.body)
	}
}

func TestIdempotencyKeyForm(t *testing.T) {
	w := newWorld(t)
	longest := strings.Repeat("~", maxIdempotencyKey)
	send := func(keys ...string) reply {
		r := httptest.NewRequest("POST", groups, strings.NewReader(group("cus_holz", "1", `"sub_1"`)))
		r.Header = http.Header{"Authorization": {"Bearer " + w.key}, "Tenant-Id": {w.mietwerk.ID}, "Content-Type": {"application/json"}, "Idempotency-Key": keys}
		recorder := httptest.NewRecorder()
		w.echo.ServeHTTP(recorder, r)
		return reply{t: t, status: recorder.Code, header: recorder.Header(), body: recorder.Body.Bytes()}
	}
	for _, keys := range [][]string{{""}, {longest + "~"}, {"a b"}, {"ä"}, {"a\x7f"}, {"a\tb"}, {"\xff"}, {"a", "a"}} {
		send(keys...).refused(http.StatusBadRequest, billing.CodeValidation)
	}
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
	if r := send(longest); r.status != http.StatusCreated {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := send(longest); r.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// While the first call has no answer, the second is told so at once.
func TestIdempotencyInProgress(t *testing.T) {
	w := newWorld(t)
	body, key := group("cus_holz", "1", `"sub_1"`), "Idempotency-Key: k"
	replies := make(chan reply, 2)
	w.withLock(func() {
		for range 2 {
			go func() { replies <- w.call("POST", groups, body, key) }() // one waits for the lock
		}
		(<-replies).refused(http.StatusConflict, "IDEMPOTENCY_IN_PROGRESS")
	})
	first := <-replies
	if first.status != http.StatusCreated {
		t.Fatalf("%d %s", first.status, first.body)
	}
	replayed(t, first, w.call("POST", groups, body, key))
}

// Many send the same: one group is made, and everybody who is answered hears of it.
func TestManyWithOneIdempotencyKey(t *testing.T) {
	w := newWorld(t)
	for round := range 5 {
		body := group("cus_holz", "1", `"sub_`+string(rune('a'+round))+`"`)
		replies := make([]reply, 8)
		var wg sync.WaitGroup
		for i := range replies {
			wg.Go(func() { replies[i] = w.call("POST", groups, body, "Idempotency-Key: round"+string(rune('a'+round))) })
		}
		wg.Wait()
		firsts := 0
		var made []string
		for _, r := range replies {
			switch {
			case r.status == http.StatusConflict:
				r.refused(http.StatusConflict, "IDEMPOTENCY_IN_PROGRESS")
				continue
			case r.status != http.StatusCreated:
				t.Errorf("%d %s", r.status, r.body)
			case r.header.Get("Idempotency-Replayed") == "":
				firsts++
			}
			made = append(made, string(r.body))
		}
		if slices.Sort(made); firsts != 1 || len(slices.Compact(made)) != 1 || w.groups() != round+1 {
			t.Errorf("%d were first, answers %q, %d groups", firsts, made, w.groups())
		}
	}
}

// The first answer outlives the program that gave it.
func TestReplayAfterRestart(t *testing.T) {
	w := newWorld(t)
	body, key := group("cus_holz", "1", `"sub_1"`), "Idempotency-Key: k"
	first := w.call("POST", groups, body, key)
	must(t, w.store.Close())
	var day db.Frozen
	must(t, day.UnmarshalText([]byte("2026-12-24")))
	store, err := db.Open(t.Context(), w.path, db.Clock{Frozen: day})
	must(t, err)
	w.store, w.echo = store, echo.New()
	Mount(w.echo, Config{Store: store})
	server := httptest.NewServer(w.echo)
	defer server.Close()
	w.url = server.URL
	replayed(t, first, w.call("POST", groups, body, key))
	if n := w.groups(); n != 1 {
		t.Errorf("%d groups", n)
	}
}

// What can't be kept is not done: the group and the answer to it are stored together.
func TestAnswerAndGroupAreOne(t *testing.T) {
	w := newWorld(t)
	w.exec(`CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'full'); END`)
	w.call("POST", groups, group("cus_holz", "1", `"sub_1"`), "Idempotency-Key: k").refused(http.StatusInternalServerError, "INTERNAL")
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
	w.exec(`DROP TRIGGER full`)
	if r := w.call("POST", groups, group("cus_holz", "1", `"sub_1"`), "Idempotency-Key: k"); r.status != http.StatusCreated {
		t.Errorf("%d %s", r.status, r.body)
	}
}
