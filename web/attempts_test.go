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

// A flood of made-up accounts takes bounded memory, and does not make the server forget
// who is being guessed at.
func TestAttemptsAreBounded(t *testing.T) {
	a, now := timedAttempts()
	for range 10 {
		a.begin("ada@example.com", "192.0.2.1")
		*now = now.Add(longestWait)
	}
	a.succeeded("first@example.com", "192.0.2.2")
	for n := range 3 * maxRemembered {
		*now = now.Add(time.Microsecond)
		a.begin(fmt.Sprintf("%d@example.com", n), fmt.Sprint(n))
		a.succeeded(fmt.Sprintf("%d@example.org", n), fmt.Sprint(n))
	}
	if len(a.failures) > maxRemembered+1 || len(a.known) > maxRemembered {
		t.Errorf("%d failures and %d addresses are remembered", len(a.failures), len(a.known))
	}
	a.begin("ada@example.com", "192.0.2.1")
	if wait := a.begin("ada@example.com", "192.0.2.3"); wait != longestWait {
		t.Errorf("after the flood the account waits %v", wait)
	}
	if last := 3*maxRemembered - 1; a.known[byBoth(fmt.Sprintf("%d@example.org", last), fmt.Sprint(last))].IsZero() || !a.known[byBoth("first@example.com", "192.0.2.2")].IsZero() {
		t.Error("the address that was used last is not known, or the one used first still is")
	}
}

// However many guess, from however many addresses: not ten attempts at an account are
// looked at in a minute, and whoever knows the password is let in soon after.
func TestAttemptsOfManyAddresses(t *testing.T) {
	a, now := timedAttempts()
	var evaluated []time.Time
	for n := range 1000 {
		if a.begin("ada@example.com", fmt.Sprintf("2001:db8:%x::1", n)) == 0 {
			evaluated = append(evaluated, *now)
		}
		*now = now.Add(600 * time.Millisecond)
	}
	for i, first := range evaluated {
		n := 0
		for _, at := range evaluated[i:] {
			if at.Sub(first) < time.Minute {
				n++
			}
		}
		if n > 10 {
			t.Fatalf("%d attempts are looked at in the minute after %v", n, first)
		}
	}
	if wait := a.begin("ada@example.com", "198.51.100.1"); wait > 15*time.Minute {
		t.Errorf("afterwards the right password waits %v", wait)
	} else if *now = now.Add(wait); a.begin("ada@example.com", "198.51.100.1") != 0 && wait > 0 {
		t.Errorf("after %v the right password still waits", wait)
	}
}

// Others can't keep somebody out who has signed in from the same address before: not
// by guessing at the account, and not by guessing from the address.
func TestAttemptsFromAKnownAddress(t *testing.T) {
	a, now := timedAttempts()
	a.begin("ada@example.com", "192.0.2.1")
	a.succeeded("ada@example.com", "192.0.2.1")
	for n := range 100 {
		a.begin("ada@example.com", fmt.Sprintf("198.51.100.%d", n))
		a.begin(fmt.Sprintf("%d@example.com", n), "192.0.2.1")
	}
	if a.begin("ada@example.com", "203.0.113.1") == 0 || a.begin("grace@example.com", "192.0.2.1") == 0 {
		t.Error("the others don't wait")
	}
	for range freeByAccount {
		if wait := a.begin("ada@example.com", "192.0.2.1"); wait != 0 {
			t.Fatalf("at home the account waits %v", wait)
		}
	}
	if a.begin("ada@example.com", "192.0.2.1") == 0 {
		t.Error("at home nobody ever waits")
	}
	*now = now.Add(longestWait)
	a.begin("ada@example.com", "192.0.2.1")
	a.succeeded("ada@example.com", "192.0.2.1")
	a.begin("ada@example.com", "203.0.113.1")
	if a.begin("ada@example.com", "203.0.113.1") == 0 {
		t.Error("a success clears the way for those who guess")
	}
	*now = now.Add(knownFor)
	for n := range freeByAccount {
		a.begin("ada@example.com", fmt.Sprintf("198.51.100.%d", n))
	}
	if a.begin("ada@example.com", "192.0.2.1") == 0 {
		t.Error("the address is known for ever")
	}
}

// What is never decided costs nothing, wherever it was counted.
func TestAttemptsUndone(t *testing.T) {
	a, _ := timedAttempts()
	for range 100 {
		if wait := a.begin("ada@example.com", "192.0.2.1"); wait != 0 {
			t.Fatalf("waits %v", wait)
		}
		a.undo("ada@example.com", "192.0.2.1")
	}
	a.succeeded("ada@example.com", "192.0.2.1")
	for range 100 {
		if wait := a.begin("ada@example.com", "192.0.2.1"); wait != 0 {
			t.Fatalf("at home it waits %v", wait)
		}
		a.undo("ada@example.com", "192.0.2.1")
	}
}

// All addresses of one IPv6 network are one.
func TestAttemptsOfANetwork(t *testing.T) {
	a, _ := timedAttempts()
	for n := range freeByAddress {
		a.begin(fmt.Sprintf("%d@example.com", n), fmt.Sprintf("2001:db8::%x:1", n))
	}
	if a.begin("ada@example.com", "2001:db8::ffff") == 0 {
		t.Error("another address of the network waits for nothing")
	}
	if a.begin("ada@example.com", "2001:db8:0:1::1") != 0 {
		t.Error("another network waits")
	}
	for n := range freeByAddress {
		a.begin(fmt.Sprintf("%d@example.org", n), "::ffff:192.0.2.1")
	}
	if a.begin("grace@example.com", "::ffff:192.0.2.2") != 0 {
		t.Error("IPv4 addresses are taken for one IPv6 network")
	}
}
