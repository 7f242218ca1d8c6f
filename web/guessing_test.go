package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"billfold/billing"
)

// tryPassword signs in as somebody whom a proxy on this machine says to come from an
// address.
func (c *client) tryPassword(email, password, from string) *answer {
	c.t.Helper()
	r := c.request(http.MethodPost, "/sign-in", strings.NewReader(url.Values{"email": {email}, "password": {password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-For", from)
	return c.do(r)
}

func behindProxy(cfg *Config) { cfg.BaseURL = "https://billing.example.com" }

// 1,000 wrong passwords for one account within a minute, each from an address of its
// own: ten are looked at, at most, and the right one gets in afterwards.
func TestGuessingFromManyAddresses(t *testing.T) {
	s := newSite(t, behindProxy)
	s.addUser(billing.Owner)
	c, email := s.client(), s.email(billing.Owner)
	evaluated := 0
	for n := range 1000 {
		a := c.tryPassword(email, "wrong", fmt.Sprintf("198.51.%d.%d", n/250, n%250))
		switch a.status {
		case http.StatusUnprocessableEntity:
			evaluated++
		case http.StatusTooManyRequests:
		default:
			t.Fatalf("status %d", a.status)
		}
		s.advance(60 * time.Millisecond)
	}
	if evaluated < freeByAccount || evaluated > 10 {
		t.Errorf("%d passwords were looked at within a minute", evaluated)
	}
	for waited := time.Duration(0); c.tryPassword(email, testPassword, "203.0.113.7").status != http.StatusSeeOther; waited += 10 * time.Second {
		if waited > 15*time.Minute {
			t.Fatal("the right password is kept out")
		}
		s.advance(10 * time.Second)
	}
	// From there one gets in at any time, however others go on.
	for n := range 20 {
		c.tryPassword(email, "wrong", fmt.Sprintf("198.51.100.%d", n))
	}
	c.tryPassword(email, testPassword, "203.0.113.7").want(http.StatusSeeOther)
}

// An account that nobody has is slowed down like any other, or the delays would tell
// which there are.
func TestGuessingAtNobody(t *testing.T) {
	s := newSite(t)
	s.addUser(billing.Owner)
	c := s.client()
	var statuses [2][]int
	for i, email := range []string{s.email(billing.Owner), "nobody@example.com"} {
		for range freeByAccount + 2 {
			statuses[i] = append(statuses[i], c.post("/sign-in", url.Values{"email": {email}, "password": {"wrong"}}).status)
		}
	}
	if fmt.Sprint(statuses[0]) != fmt.Sprint(statuses[1]) || statuses[0][freeByAccount] != http.StatusTooManyRequests {
		t.Errorf("%v", statuses)
	}
}

// Where no proxy is in front, what a request says of its origin is not believed; nor is
// what a caller put in front of what the proxy wrote.
func TestAddressIsNotMadeUp(t *testing.T) {
	for name, test := range map[string]struct {
		site *site
		from string
	}{"no proxy": {newSite(t), "198.51.100.%d"}, "proxy": {newSite(t, behindProxy), "198.51.100.%d, 203.0.113.7"}} {
		c, last := test.site.client(), 0
		for n := range freeByAddress + 1 {
			last = c.tryPassword(fmt.Sprintf("%d@example.com", n), "wrong", fmt.Sprintf(test.from, n)).status
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("%s: the last of many accounts from one address: status %d", name, last)
		}
	}
}

// Many at the same moment are not all the first.
func TestGuessingAtOnce(t *testing.T) {
	s := newSite(t)
	s.addUser(billing.Owner)
	var evaluated atomic.Int64
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if s.client().post("/sign-in", url.Values{"email": {s.email(billing.Owner)}, "password": {"wrong"}}).status == http.StatusUnprocessableEntity {
				evaluated.Add(1)
			}
		})
	}
	wg.Wait()
	if n := evaluated.Load(); n != freeByAccount {
		t.Errorf("%d of 30 were looked at, want %d", n, freeByAccount)
	}
}
