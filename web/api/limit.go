package api

import (
	"math"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits keeps a bucket of calls for each caller.
type limits struct {
	perMinute int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
}

func newLimits(perMinute int) *limits {
	return &limits{perMinute: perMinute, buckets: make(map[string]*rate.Limiter)}
}

// take counts a call and answers how long the caller has to wait before the next
// one is let in: 0 where this one is. A minute's calls may come all at once.
func (l *limits) take(who string, now time.Time) time.Duration {
	if l.perMinute <= 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) >= time.Minute {
		l.sweep(now)
	}
	bucket := l.buckets[who]
	if bucket == nil {
		bucket = rate.NewLimiter(rate.Limit(l.perMinute)/60, l.perMinute)
		l.buckets[who] = bucket
	}
	reservation := bucket.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now) // a refused call costs nothing
	}
	return wait
}

// sweep drops the buckets that are full again: a new one would be just the same, so
// only callers of the last minute take up room.
func (l *limits) sweep(now time.Time) {
	for who, bucket := range l.buckets {
		if bucket.TokensAt(now) >= float64(l.perMinute) {
			delete(l.buckets, who)
		}
	}
	l.swept = now
}

// retryAfter is a wait in whole seconds, rounded up, as the header wants it.
func retryAfter(wait time.Duration) int {
	return max(1, int(math.Ceil(wait.Seconds())))
}

// bucketOf names the bucket a call is counted in: its key's, or its address's where
// it has no valid key, so that keys can't be tried out faster than the limit.
func bucketOf(who caller, address string) string {
	if who.err == nil {
		return "key " + who.access.Actor.ID
	}
	return "address " + network(address)
}

// network is the part of an address that tells callers apart: whoever has one IPv6
// address usually has all of its /64.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap()
	if ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.WithZone("").Prefix(64) // can't fail: an IPv6 address has 128 bits
	return prefix.String()
}
