package web

import (
	"fmt"
	"testing"
	"time"
)

// timedAttempts answers attempts whose clock the test moves.
func timedAttempts() (*attempts, *time.Time) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	return newAttempts(func() time.Time { return now }), &now
}

func TestAttemptsOfAnAccount(t *testing.T) {
	a, now := timedAttempts()
	try := func(n int) time.Duration { return a.begin("ada@example.com", fmt.Sprintf("192.0.2.%d", n)) }
	for n := range freeByAccount {
		if wait := try(n); wait != 0 {
			t.Fatalf("attempt %d waits %v", n, wait)
		}
	}
	n := freeByAccount
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 64, 64} {
		want *= time.Second
		if wait := try(n); wait != want {
			t.Fatalf("attempt %d waits %v, want %v", n, wait, want)
		}
		if wait := a.begin(" ADA@Example.com", "198.51.100.1"); wait != want {
			t.Fatalf("spelt otherwise, attempt %d waits %v, want %v", n, wait, want)
		}
		*now = now.Add(want)
		if wait := try(n); wait != 0 {
			t.Fatalf("attempt %d still waits %v", n, wait)
		}
		n++
	}
	if wait := a.begin("grace@example.com", "203.0.113.1"); wait != 0 {
		t.Errorf("another account waits %v", wait)
	}
	*now = now.Add(forgetAfter + time.Second)
	for n := range freeByAccount {
		if wait := try(n); wait != 0 {
			t.Fatalf("after an hour, attempt %d waits %v", n, wait)
		}
	}
}

func TestAttemptsForgottenOnSuccess(t *testing.T) {
	a, _ := timedAttempts()
	for range 3 {
		for range freeByAccount {
			if wait := a.begin("ada@example.com", "192.0.2.1"); wait != 0 {
				t.Fatalf("waits %v", wait)
			}
		}
		a.succeeded("ada@example.com", "192.0.2.1")
	}
}

func TestAttemptsOfAnAddress(t *testing.T) {
	a, _ := timedAttempts()
	for n := range freeByAddress {
		if wait := a.begin(fmt.Sprintf("%d@example.com", n), "192.0.2.1"); wait != 0 {
			t.Fatalf("attempt %d waits %v", n, wait)
		}
	}
	if a.begin("ada@example.com", "192.0.2.1") == 0 {
		t.Error("many accounts from one address wait for nothing")
	}
	// One success of one's own does not clear the way.
	a.succeeded("0@example.com", "192.0.2.1")
	a.begin("ada@example.com", "192.0.2.1")
	if a.begin("ada@example.com", "192.0.2.1") == 0 {
		t.Error("a success forgets the failures of the address")
	}
	if wait := a.begin("ada@example.com", "192.0.2.2"); wait != 0 {
		t.Errorf("another address waits %v", wait)
	}
}

func TestAttemptsAreBounded(t *testing.T) {
	a, _ := timedAttempts()
	for n := range 3 * maxRemembered {
		a.begin(fmt.Sprintf("%d@example.com", n), fmt.Sprint(n))
	}
	if len(a.failures) > maxRemembered+1 {
		t.Errorf("%d are remembered", len(a.failures))
	}
}
