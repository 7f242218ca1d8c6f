package web

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"billfold/db"
	"billfold/views"
)

// This file and errors.go alone know htmx's headers. A handler answers the same
// page or redirect whoever asks; htmx takes its part of a page by itself.

// render answers a page. It is drawn whole before the first byte is sent, so that a
// failure half way is an error page and not half a page.
func render(c echo.Context, status int, page templ.Component) error {
	var body bytes.Buffer
	session, _ := c.Get(sessionCookie).(db.Session)
	if err := page.Render(views.WithUnit(c.Request().Context(), session.Tenant.ID), &body); err != nil {
		return fmt.Errorf("web: render: %w", err)
	}
	// What was typed may be no text; it must not make the page none.
	text := bytes.ReplaceAll(bytes.ToValidUTF8(body.Bytes(), []byte("\uFFFD")), []byte{0}, []byte("\uFFFD"))
	if status == http.StatusUnprocessableEntity || status == http.StatusConflict {
		// Without a script, Back from the page that follows a corrected form comes to
		// this answer; one that must not be stored would be an error page there.
		c.Response().Header().Set(echo.HeaderCacheControl, "private, no-cache")
	}
	if h := c.Response().Header(); status == http.StatusTooManyRequests && isHTMX(c) && h.Get("HX-Retarget") == "" {
		// The form again, with how long to wait. It says so itself: a proxy may answer
		// this status too, with a page that must not take the form's place.
		h.Set("HX-Retarget", "#main")
	}
	return c.HTMLBlob(status, text)
}

// redirect sends the browser on to a path of the console after something was done.
// htmx gets a real navigation out of it, so that Back works as it does without.
func redirect(c echo.Context, path string) error {
	if !isHTMX(c) {
		return c.Redirect(http.StatusSeeOther, path)
	}
	c.Response().Header().Set("HX-Redirect", path)
	return c.NoContent(http.StatusNoContent)
}

// replaceURL has htmx show an address for what it swaps in, instead of the one it asked.
func replaceURL(c echo.Context, path string) { c.Response().Header().Set("HX-Replace-Url", path) }

// isHTMX tells whether a script asked, in order to swap a part of the page.
func isHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// currentPage answers the address of the page that a request was made from, or "".
func currentPage(c echo.Context) string {
	if isHTMX(c) {
		return c.Request().Header.Get("HX-Current-URL")
	}
	return c.Request().Referer()
}
