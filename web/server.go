// Package web is the console: an Echo server that reads forms, asks the store and
// draws pages. Every handler goes the same five steps: read the form into strings,
// parse them to a domain input, call the store, on a refusal show the form again
// with every problem beside its field, else redirect.
package web

import (
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"billfold/db"
	"billfold/static"
	"billfold/web/api"
)

// Config is what the server is made of.
type Config struct {
	Store *db.Store
	// Keys sign and encrypt the cookies; see [LoadKeys].
	Keys []byte
	// BaseURL is the address that browsers reach the server by, where that is not the
	// address it listens on; see [ParseBaseURL]. "" where it is.
	BaseURL string
	// Proxies are believed when they say where a request came from; see [ParseProxies].
	// Where there are none and browsers come by BaseURL, those on this machine are.
	Proxies []netip.Prefix
	Log     *slog.Logger
	// Metrics counts the requests; nil counts none.
	Metrics *Metrics
	// Stopping is closed when the server begins to stop; nil never is.
	Stopping <-chan struct{}
	// RateLimit is how many requests a minute each API key has; 0 means no limit.
	RateLimit int

	// impatient makes no page wait for numbers that are being worked out. Only tests set it.
	impatient bool
}

type server struct {
	store    *db.Store
	cookies  *sessions.CookieStore // the session's token
	notes    *sessions.CookieStore // what the last action came to
	origins  http.CrossOriginProtection
	attempts *attempts
	press    press
	log      *slog.Logger
	metrics  *Metrics
	proxies  []netip.Prefix
	patience time.Duration // how long a page waits for numbers that are being worked out
	base     string        // the address that browsers reach it by, where that was said
	https    bool          // browsers come by https, whatever arrives here
}

// New answers the handler for everything Billfold serves: the console, its static
// files, and the API below /v1.
func New(cfg Config) (http.Handler, error) {
	s, err := newServer(cfg)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	e := s.echo(s.routes())
	api.Mount(e, api.Config{Store: cfg.Store, RateLimit: cfg.RateLimit, Log: cfg.Log, PDF: s.press.invoice, CreditNotePDF: s.press.creditNote})
	return headAsGet(newHealth(cfg).before(e)), nil
}

func newServer(cfg Config) (*server, error) {
	if len(cfg.Keys) != keysLength {
		return nil, fmt.Errorf("the keys have %d bytes, not %d", len(cfg.Keys), keysLength)
	}
	base, err := ParseBaseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	s := &server{
		store:    cfg.Store,
		cookies:  newCookies(cfg.Keys, sessionLifetime),
		notes:    newCookies(cfg.Keys, noteLifetime),
		attempts: newAttempts(cfg.Store.Now),
		press:    newPress(),
		log:      cfg.Log,
		metrics:  cfg.Metrics,
		proxies:  cfg.Proxies,
		patience: forecastPatience,
		base:     base,
		https:    strings.HasPrefix(base, "https:"),
	}
	if cfg.impatient {
		s.patience = 0
	}
	if base != "" {
		if len(s.proxies) == 0 {
			s.proxies = loopback
		}
		// A proxy may pass the requests on under another host than browsers know.
		if err := s.origins.AddTrustedOrigin(base); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// echo answers the router over a table of routes, with what every request goes
// through on its way.
func (s *server) echo(routes []route) *echo.Echo {
	e := echo.New()
	// Echo's own loggers would write past ours.
	e.Logger.SetOutput(io.Discard)
	e.StdLogger = stdlog.New(io.Discard, "", 0)
	e.IPExtractor = clientAddress(s.proxies)
	e.HTTPErrorHandler = s.fail
	if s.metrics != nil {
		e.Use(s.metrics.counted)
	}
	e.Use(numbered, s.logged(), recovered(), s.secured, s.sameOrigin)

	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	for _, r := range routes {
		// Who asks is looked at once the form is there: it may be minutes on its way, and
		// who sends it be removed meanwhile.
		e.Add(r.method, r.path, r.handler, unescaped, receive(r.upload), s.require(r.need))
	}
	return e
}

// unescaped gives handlers the parts of the path as they are meant. Echo leaves them as
// they were written where the path can't be told otherwise, as with an id's slash,
// written %2F.
func unescaped(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if c.Request().URL.RawPath == "" {
			return next(c)
		}
		values := slices.Clone(c.ParamValues())
		for i, value := range values {
			if plain, err := url.PathUnescape(value); err == nil {
				values[i] = plain
			}
		}
		c.SetParamValues(values...)
		return next(c)
	}
}

// recovered makes an error of a panic, stack and all, and leaves it to the request
// log around it: a panic is reported once, like any other error.
func recovered() echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		DisableStackAll:     true,
		DisableErrorHandler: true,
		LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
			return fmt.Errorf("panic: %w\n%s", err, stack)
		},
	})
}

// headAsGet answers HEAD as GET without a body, which Echo would refuse on every
// route. net/http knows what was asked and drops the body by itself.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			get := *r
			get.Method = http.MethodGet
			r = &get
		}
		next.ServeHTTP(w, r)
	})
}
