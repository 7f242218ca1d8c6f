package web

import (
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// policy lets a page use what Billfold itself serves, from files, and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured sets the headers that tell the browser what the answer may do.
func (s *server) secured(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set(echo.HeaderContentSecurityPolicy, policy)
		h.Set(echo.HeaderXContentTypeOptions, "nosniff")
		h.Set(echo.HeaderXFrameOptions, "DENY") // for browsers that don't know frame-ancestors
		// Our own pages still learn where a form was sent from; nobody else does.
		h.Set(echo.HeaderReferrerPolicy, "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		// Pages hold other people's data. The static files say otherwise for themselves.
		h.Set(echo.HeaderCacheControl, "no-store")
		if s.https || c.IsTLS() {
			h.Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
		}
		return next(c)
	}
}

// sameOrigin refuses what another site's page makes a browser send. It takes the
// place of tokens in forms. The API is left out: it knows no cookies, so a browser
// brings it nothing that a forged request could use.
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isAPI(c.Request()) {
			return next(c)
		}
		if err := s.origins.Check(c.Request()); err != nil {
			return fmt.Errorf("%w: %w", errCrossSite, err)
		}
		return next(c)
	}
}

// isAPI tells whether a request is for the API, which has its own door.
func isAPI(r *http.Request) bool {
	return r.URL.Path == "/v1" || strings.HasPrefix(r.URL.Path, "/v1/")
}

// maxForm is how large a plain form may be, in bytes. The largest is a new group with
// its ticks; see the selection. net/url allows 10,000 fields in it.
const maxForm = 1 << 20

// receive takes in the body of a POST within its limits. A plain form is parsed
// here, since what a handler's PostFormValue can't read would look like a field left
// empty. A file of up to upload bytes is left for the handler to read.
func receive(upload int64) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if r.Method != http.MethodPost {
				return next(c)
			}
			kind, _, _ := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
			switch {
			case kind == echo.MIMEMultipartForm && upload > 0:
				r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, upload)
				return next(c)
			case kind == echo.MIMEApplicationForm, kind == "" && r.ContentLength == 0:
				r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, maxForm)
				if err := r.ParseForm(); err != nil {
					return fmt.Errorf("%w: %w", errUnreadable, err)
				}
				return next(c)
			}
			return echo.ErrUnsupportedMediaType
		}
	}
}

// needsTLS tells whether the browser will drop the session's cookie without a word:
// over plain http it keeps a secure cookie only of the machine it runs on.
func (s *server) needsTLS(c echo.Context) bool {
	return !s.https && !c.IsTLS() && !isLocal(c.Request().Host)
}

func isLocal(hostport string) bool {
	host := (&url.URL{Host: hostport}).Hostname()
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}

// ParseBaseURL reads the address that browsers reach the server by: a scheme and a
// host, such as https://billing.example.com. It answers it without a slash at the
// end, and "" for "".
func ParseBaseURL(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is not a base URL. Write the scheme and the host only, for example https://billing.example.com", s)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}
