package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"billfold/db"
	"billfold/views"
)

// The cookies. The prefix makes the browser refuse them unless they are secure, for
// this host only and for every path, so that no neighbouring host can plant one.
const (
	sessionCookie = "__Host-billfold"
	noteCookie    = "__Host-billfold-note"
)

// How long the cookies' signatures hold. The store ends sessions on its own terms,
// never later than this.
const (
	sessionLifetime = 10 * time.Hour
	noteLifetime    = time.Minute
)

// newCookies answers a store that keeps its values in the cookie itself, signed and
// encrypted.
func newCookies(keys []byte, lifetime time.Duration) *sessions.CookieStore {
	store := sessions.NewCookieStore(keys[:keysLength/2], keys[keysLength/2:])
	// This sets how old a signature may be as well as the cookie's age; the age is
	// taken back, so that the cookie goes when the browser is closed.
	store.MaxAge(int(lifetime.Seconds()))
	store.Options = &sessions.Options{Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return store
}

// begin makes the browser hold a session's token, and nothing else.
func (s *server) begin(c echo.Context, token string) error {
	return setCookie(c, s.cookies, sessionCookie, map[any]any{"token": token})
}

// token answers the session's token that the browser brought, or "".
func (s *server) token(c echo.Context) string {
	token, _ := cookieValues(c, s.cookies, sessionCookie)["token"].(string)
	return token
}

// resume looks up the session of a request, once; see [server.session]. That there is
// none is not an error.
func (s *server) resume(c echo.Context) error {
	if c.Get(sessionCookie) != nil {
		return nil
	}
	var session db.Session
	if token := s.token(c); token != "" {
		var err error
		if session, err = s.store.Session(c.Request().Context(), token); err != nil && !errors.Is(err, db.ErrNoSession) {
			return fmt.Errorf("web: session: %w", err)
		}
	}
	c.Set(sessionCookie, session)
	return nil
}

// session answers who is signed in, and where. It is zero where nobody is, which a
// page that needs a role never sees.
func (s *server) session(c echo.Context) db.Session {
	session, _ := c.Get(sessionCookie).(db.Session)
	return session
}

// note keeps a sentence about what an action came to for the page that follows it.
// It travels in a cookie, as a URL would say it again on every reload.
func (s *server) note(c echo.Context, tone views.Tone, text string) error {
	return s.keepFlash(c, views.Flash{Tone: tone, Text: text})
}

// keepFlash is note for a sentence that may come with a form to take the action back.
func (s *server) keepFlash(c echo.Context, f views.Flash) error {
	values := map[any]any{"tone": string(f.Tone), "text": f.Text}
	if f.Undo != nil {
		values["verb"], values["url"], values["hidden"] = f.Undo.Verb, f.Undo.URL, f.Undo.Hidden.Encode()
	}
	return setCookie(c, s.notes, noteCookie, values)
}

// takeNote answers the sentence that was kept, and forgets it. What htmx fetches in
// the background leaves it to the page it was meant for.
func (s *server) takeNote(c echo.Context) views.Flash {
	if _, err := c.Cookie(noteCookie); err != nil || isHTMX(c) {
		return views.Flash{}
	}
	values := cookieValues(c, s.notes, noteCookie)
	dropCookie(c, noteCookie)
	tone, _ := values["tone"].(string)
	text, _ := values["text"].(string)
	flash := views.Flash{Tone: views.Tone(tone), Text: text}
	if verb, offered := values["verb"].(string); offered {
		address, _ := values["url"].(string)
		encoded, _ := values["hidden"].(string)
		hidden, err := url.ParseQuery(encoded)
		if err != nil {
			return flash
		}
		flash.Undo = &views.Undo{Verb: verb, URL: address, Hidden: hidden}
	}
	return flash
}

// page answers what every page needs, with a title of its own.
func (s *server) page(c echo.Context, title string) views.Page {
	p := views.Page{Title: title, Path: c.Request().URL.Path, Flash: s.takeNote(c)}
	session := s.session(c)
	if session.Role == anyone {
		return p
	}
	p.UserName, p.Role = session.User.Name, session.Role
	p.TenantID, p.TenantName, p.Zone = session.Tenant.ID, session.Tenant.Name, session.Tenant.Zone.String()
	for _, unit := range session.Units {
		p.Units = append(p.Units, views.Unit(unit))
	}
	p.Shortcuts, p.MustSetUp = session.Shortcuts, session.MustSetUp()
	p.Today, p.Frozen = s.store.Today(session.Tenant), !s.store.Frozen().IsZero()
	return p
}

// setCookie sends values in a cookie of a store.
func setCookie(c echo.Context, store *sessions.CookieStore, name string, values map[any]any) error {
	session := sessions.NewSession(store, name)
	session.Options, session.Values = store.Options, values
	if err := store.Save(c.Request(), c.Response(), session); err != nil {
		return fmt.Errorf("web: cookie %s: %w", name, err)
	}
	return nil
}

// cookieValues answers what a cookie holds; nothing where it is missing, too old or
// not signed by us.
func cookieValues(c echo.Context, store *sessions.CookieStore, name string) map[any]any {
	session, err := store.New(c.Request(), name)
	if err != nil {
		return nil
	}
	return session.Values
}

// dropCookie makes the browser forget a cookie.
func dropCookie(c echo.Context, name string) {
	c.SetCookie(&http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// returnAddress answers where to go on after signing in again: the page that was
// asked for, or the one that something was sent from.
func returnAddress(c echo.Context) string {
	r := c.Request()
	if r.Method == http.MethodGet && !isHTMX(c) {
		return inside(r.URL.RequestURI())
	}
	from, err := url.Parse(currentPage(c))
	if err != nil {
		return ""
	}
	return inside(from.RequestURI())
}

// maxNext is how long an address to go on to may be, in bytes: written into another one,
// three times as long at worst, it must still fit into a request.
const maxNext = 64 << 10

// inside answers an address to go on to if it is a page of the console, else "". It
// came through the browser, so it may be anything: browsers read "//host" and
// "/\host" as another host, and drop tabs and line breaks before they look.
func inside(address string) string {
	if len(address) > maxNext || !utf8.ValidString(address) || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") ||
		strings.ContainsRune(address, '\\') || strings.ContainsFunc(address, unicode.IsControl) {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" {
		return ""
	}
	switch u.Path {
	case views.HomeURL(), views.SignInURL(""), views.SignInCodeURL(""), views.SetupURL(""):
		return "" // home is where one lands anyway, the others are the way in
	}
	return address
}
