package web

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// attempts slows down whoever guesses passwords: after some failures in a row an
// account, or an address, has to wait before the next one is even looked at, longer
// each time. Nobody is ever locked out for good: the wait has an end, and all is
// forgotten after an hour without a failure or when the server restarts. Nor can
// others keep somebody out by guessing: who has signed in from an address before is
// counted there alone.
type attempts struct {
	mu       sync.Mutex
	now      func() time.Time
	failures map[string]failures
	// known has the addresses that accounts have signed in from, and when they last did.
	known map[string]time.Time
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
	// longestWait bounds the wait, which doubles from one second on: not ten attempts at
	// an account are looked at in any minute.
	longestWait = 64 * time.Second
	// forgetAfter is how long a failure counts.
	forgetAfter = time.Hour
	// knownFor is how long an address is remembered as an account's.
	knownFor = 30 * 24 * time.Hour
	// maxRemembered bounds the memory that a flood of made-up accounts can take.
	maxRemembered = 20_000
)

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, failures: make(map[string]failures), known: make(map[string]time.Time)}
}

// counter is what an attempt counts in, and the failures that are free there.
type counter struct {
	key  string
	free int
}

// counters answers what an attempt counts in.
func (a *attempts) counters(email, address string, now time.Time) []counter {
	if here := byBoth(email, address); now.Sub(a.known[here]) < knownFor {
		return []counter{{here, freeByAccount}}
	}
	return []counter{{byAccount(email), freeByAccount}, {byAddress(address), freeByAddress}}
}

// begin counts an attempt before the password is looked at, so that many sent at the
// same moment don't all count as the first. It answers how long to wait instead,
// without counting, where the account or the address has failed too often.
func (a *attempts) begin(email, address string) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	counters := a.counters(email, address, now)
	for _, c := range counters {
		wait = max(wait, a.left(c, now))
	}
	if wait > 0 {
		return wait
	}
	if len(a.failures) >= maxRemembered {
		a.forget(now)
	}
	for _, c := range counters {
		f := a.failures[c.key]
		if now.Sub(f.last) > forgetAfter {
			f.count = 0
		}
		a.failures[c.key] = failures{f.count + 1, now}
	}
	return 0
}

// succeeded takes the attempt back, and from now on knows the address as one of the
// account's. It is for when nothing more is asked of who signs in. Account and address
// keep their other failures: somebody else may be guessing.
func (a *attempts) succeeded(email, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.takeBack(a.counters(email, address, now))
	here := byBoth(email, address)
	delete(a.failures, here)
	if len(a.known) >= maxRemembered {
		forgetFirst(a.known, time.Time.Compare)
	}
	a.known[here] = now
}

// undo takes an attempt back that was never decided: the server was too busy, or the
// browser went away.
func (a *attempts) undo(email, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.takeBack(a.counters(email, address, a.now()))
}

func (a *attempts) takeBack(counters []counter) {
	for _, c := range counters {
		if f, found := a.failures[c.key]; found {
			a.failures[c.key] = failures{max(0, f.count-1), f.last}
		}
	}
}

// left answers how long a counter has to wait from now on.
func (a *attempts) left(c counter, now time.Time) time.Duration {
	f, found := a.failures[c.key]
	over := f.count - c.free
	if !found || over < 0 {
		return 0
	}
	wait := longestWait
	if over < 6 {
		wait = time.Second << over
	}
	return max(0, wait-now.Sub(f.last))
}

// forget makes room: what no longer counts goes, and if that is not enough, those with
// the fewest failures, the oldest of them first. A flood of made-up accounts pushes out
// its own kind, and not the account that is being guessed at.
func (a *attempts) forget(now time.Time) {
	maps.DeleteFunc(a.failures, func(_ string, f failures) bool { return now.Sub(f.last) > forgetAfter })
	if len(a.failures) >= maxRemembered {
		forgetFirst(a.failures, func(f, g failures) int { return cmp.Or(cmp.Compare(f.count, g.count), f.last.Compare(g.last)) })
	}
}

// forgetFirst deletes the tenth of the entries that comes first in an order.
func forgetFirst[V any](m map[string]V, order func(a, b V) int) {
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return order(m[a], m[b]) })
	for _, key := range keys[:(len(keys)+9)/10] {
		delete(m, key)
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

// byBoth is an account at an address. Neither part can make one look like another: an
// address has no spaces.
func byBoth(email, address string) string { return byAddress(address) + " " + byAccount(email) }
