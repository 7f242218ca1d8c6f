package web

import (
	"net/netip"
	"strings"
	"sync"
	"time"
)

// attempts slows down whoever guesses passwords: after some failures in a row an
// account, or an address, has to wait before the next one is even looked at, longer
// each time. Nobody is ever locked out for good: the wait has an end, and all is
// forgotten after an hour without a failure or when the server restarts.
type attempts struct {
	mu       sync.Mutex
	now      func() time.Time
	failures map[string]failures
}

// failures are those in a row of one account or address.
type failures struct {
	count int
	last  time.Time
}

const (
	// freeByAccount and freeByAddress are the failures that cost no wait. Many people
	// can come from one address.
	freeByAccount = 4
	freeByAddress = 20
	// longestWait bounds the wait, which doubles from one second on.
	longestWait = 64 * time.Second
	// forgetAfter is how long a failure counts.
	forgetAfter = time.Hour
	// maxRemembered bounds the memory that a flood of made-up accounts can take.
	maxRemembered = 20_000
)

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, failures: make(map[string]failures)}
}

// begin counts an attempt before the password is looked at, so that many sent at the
// same moment don't all count as the first. It answers how long to wait instead,
// without counting, where the account or the address has failed too often.
func (a *attempts) begin(email, address string) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	account, network := byAccount(email), byAddress(address)
	if wait := max(a.left(account, freeByAccount, now), a.left(network, freeByAddress, now)); wait > 0 {
		return wait
	}
	if len(a.failures) >= maxRemembered {
		a.forget(now)
	}
	for _, key := range []string{account, network} {
		f := a.failures[key]
		if now.Sub(f.last) > forgetAfter {
			f.count = 0
		}
		a.failures[key] = failures{f.count + 1, now}
	}
	return 0
}

// succeeded takes the attempt back and forgets the account's failures. The address
// keeps its own, or somebody with one account could go on guessing those of others.
func (a *attempts) succeeded(email, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.failures, byAccount(email))
	if f, found := a.failures[byAddress(address)]; found {
		a.failures[byAddress(address)] = failures{max(0, f.count-1), f.last}
	}
}

// undo takes an attempt back that was never decided: the server was too busy, or the
// browser went away.
func (a *attempts) undo(email, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range []string{byAccount(email), byAddress(address)} {
		if f, found := a.failures[key]; found {
			a.failures[key] = failures{max(0, f.count-1), f.last}
		}
	}
}

// left answers how long a key has to wait from now on.
func (a *attempts) left(key string, free int, now time.Time) time.Duration {
	f, found := a.failures[key]
	over := f.count - free
	if !found || over < 0 {
		return 0
	}
	wait := longestWait
	if over < 6 {
		wait = time.Second << over
	}
	return max(0, wait-now.Sub(f.last))
}

// forget makes room: what no longer counts goes, and if that is not enough, all.
func (a *attempts) forget(now time.Time) {
	for key, f := range a.failures {
		if now.Sub(f.last) > forgetAfter {
			delete(a.failures, key)
		}
	}
	if len(a.failures) >= maxRemembered {
		clear(a.failures)
	}
}

// byAccount cuts off what can't be an address any more, so that no key is long.
func byAccount(email string) string {
	email = strings.ToLower(strings.TrimSpace(email))
	return "account " + email[:min(len(email), 254)]
}

// byAddress takes an IPv6 network for one address: whoever has one address of it has
// them all.
func byAddress(address string) string {
	ip, err := netip.ParseAddr(address)
	if err == nil && ip.Unmap().Is6() {
		network, _ := ip.WithZone("").Prefix(64)
		address = network.String()
	}
	return "address " + address
}
