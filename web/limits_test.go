package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"billfold/billing"
)

// A few PDF files are printed at once, however many are asked for, and none for who has
// gone away.
func TestPress(t *testing.T) {
	p := newPress()
	release := make(chan struct{})
	var working, most atomic.Int64
	begun := make(chan struct{}, 20)
	print := func() ([]byte, error) {
		now := working.Add(1)
		defer working.Add(-1)
		for {
			if m := most.Load(); now <= m || most.CompareAndSwap(m, now) {
				break
			}
		}
		begun <- struct{}{}
		<-release
		return []byte("%PDF"), nil
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if file, err := p.inTurn(t.Context(), print); err != nil || string(file) != "%PDF" {
				t.Errorf("%s, %v", file, err)
			}
		})
	}
	for range presses {
		<-begun
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 20 { // or chance would let one through where there is room
		if _, err := p.inTurn(gone, func() ([]byte, error) { t.Error("printed for nobody"); return nil, nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("who has gone away: %v", err)
		}
	}
	close(release)
	wg.Wait()
	if most.Load() != presses {
		t.Errorf("%d were printed at once, want %d", most.Load(), presses)
	}
}

// Headers, and with them addresses, are as long as the largest page needs, and no longer.
func TestHeaderLimit(t *testing.T) {
	s := newSite(t)
	handler, err := New(Config{Store: s.store, Keys: NewKeys(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	listener, err := Listen("--addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, handler, slog.New(slog.DiscardHandler)) }()
	s.url = AddressOf(listener)
	c := s.client()
	c.get("/sign-in?next=/groups?q=" + strings.Repeat("x", 200_000)).want(http.StatusOK)
	c.get("/sign-in?next=/groups?q=" + strings.Repeat("x", 300_000)).want(http.StatusRequestHeaderFieldsTooLarge)
	r := c.request(http.MethodGet, "/sign-in", nil)
	r.Header.Set("Cookie", strings.Repeat("a=b; ", 60_000))
	c.do(r).want(http.StatusRequestHeaderFieldsTooLarge)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// An address that is too long to be sent along is not.
func TestLongReturnAddress(t *testing.T) {
	s := newSite(t)
	c := s.client()
	c.get("/groups?q=" + strings.Repeat("x", maxNext)).leadsTo("/sign-in")
	long := "/groups?q=" + strings.Repeat("x", maxNext-20)
	if to := c.get(long).want(http.StatusSeeOther).header.Get("Location"); !strings.HasPrefix(to, "/sign-in?next=%2Fgroups") {
		t.Errorf("leads to %.60s", to)
	}
}

// A form of more fields than any page has, or of a size that none has, is refused where
// it is read, for who has signed in as for who has not.
func TestFormLimitsOnEveryRoute(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	for _, r := range allRoutes() {
		if r.method != http.MethodPost || r.path == "/sign-out" {
			continue
		}
		for body, want := range map[string]int{
			"a=" + strings.Repeat("x", maxForm): http.StatusRequestEntityTooLarge,
			strings.Repeat("a&", 10_001):        http.StatusBadRequest,
		} {
			if r.upload > 0 {
				want = http.StatusUnsupportedMediaType // unless it comes as a file
			}
			request := c.request(http.MethodPost, r.at(), strings.NewReader(body))
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if a := c.do(request); a.status != want && !(r.upload > 0 && a.status < 500 && a.status >= 400) {
				t.Errorf("%s with %.4s…: status %d, want %d", a.request, body, a.status, want)
			}
		}
		large := c.request(http.MethodPost, r.at(), strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n"+strings.Repeat("x", int(max(r.upload, maxForm)))+"\r\n--x--"))
		large.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		if a := c.do(large); a.status < 400 || a.status >= 500 {
			t.Errorf("%s with a file that is too large: status %d", a.request, a.status)
		}
	}
	if log := s.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("%.500s", log)
	}
}
