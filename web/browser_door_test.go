package web

import (
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"
)

// door stands between a browser and the site. As it is made it lets everything
// through; a test can make it hold a request back, or slam it.
type door struct {
	url string
	// creating counts the requests to create a group.
	creating atomic.Int32
	keeper   atomic.Pointer[keeper]
}

// keeper decides what becomes of a request. next passes it on to the site.
type keeper func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc)

func newDoor(t *testing.T, s *site) *door {
	t.Helper()
	inside, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	passage := &httputil.ReverseProxy{
		// The site compares where a form comes from with the host it is sent to.
		Rewrite:  func(r *httputil.ProxyRequest) { r.SetURL(inside); r.Out.Host = r.In.Host },
		ErrorLog: stdlog.New(io.Discard, "", 0),
	}
	d := &door{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/groups" {
			d.creating.Add(1)
		}
		if keep := d.keeper.Load(); keep != nil {
			(*keep)(w, r, passage.ServeHTTP)
			return
		}
		passage.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

// keep sets who keeps the door from now on; nil lets everything through.
func (d *door) keep(k keeper) {
	if k == nil {
		d.keeper.Store(nil)
		return
	}
	d.keeper.Store(&k)
}

// slam cuts every connection without an answer, as a server that is gone.
func slam(http.ResponseWriter, *http.Request, http.HandlerFunc) { panic(http.ErrAbortHandler) }
