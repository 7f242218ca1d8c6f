package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

var (
	// errNotAllowed says that the user's role does not reach.
	errNotAllowed = errors.New("web: the role does not allow it")
	// errMustSetUp says that the user has to set up a second factor first.
	errMustSetUp = errors.New("web: a second factor is required")
	// errCrossSite says that another site's page sent the request.
	errCrossSite = errors.New("web: sent by another site")
	// errUnreadable says that a form can't be parsed.
	errUnreadable = errors.New("web: unreadable form")
)

// statusGone is logged where nobody is left to be answered. No client ever sees it.
const statusGone = 499

// explain is the table from errors to answers: the status, and a sentence where the
// page of that status has not the right one already.
func explain(err error) (status int, message string) {
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		switch refusal.Code {
		case billing.CodeNotFound:
			return http.StatusNotFound, ""
		case billing.CodeStaleCustomer, billing.CodeStaleTenant, billing.CodeCustomerHasGroups:
			return http.StatusConflict, refusal.Message
		}
		return http.StatusBadRequest, refusal.Message
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge, ""
	}
	switch {
	case errors.Is(err, errNotAllowed):
		return http.StatusForbidden, ""
	case errors.Is(err, errCrossSite):
		return http.StatusForbidden, "This was sent from another site, so nothing was done. Open Billfold itself and try again there."
	case errors.Is(err, errUnreadable):
		return http.StatusBadRequest, ""
	case errors.Is(err, db.ErrBusy):
		return http.StatusServiceUnavailable, "Too many people are signing in at this moment. Wait a little, then try again."
	case errors.Is(err, db.ErrUnavailable), errors.Is(err, db.ErrClosed):
		return http.StatusServiceUnavailable, ""
	}
	if refusal, ok := errors.AsType[*echo.HTTPError](err); ok {
		return refusal.Code, ""
	}
	return http.StatusInternalServerError, ""
}

// fail answers a request that a handler, or what stands before it, returned an
// error for. It is the only place where an error becomes an answer; the request log
// is the only one where it is written down.
func (s *server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		c.NoContent(statusGone)
		return
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		// With its body the whole request was given up, and no page can be drawn for it.
		c.String(http.StatusRequestTimeout, "What you sent did not arrive in time. Go back and send it again.")
		return
	}
	if errors.Is(err, db.ErrNoSession) {
		redirect(c, views.SignInURL(returnAddress(c)))
		return
	}
	if errors.Is(err, errMustSetUp) {
		redirect(c, views.TwoFactorURL(returnAddress(c)))
		return
	}
	status, message := explain(err)
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set(echo.HeaderRetryAfter, "10")
	}
	if err := s.showError(c, status, message); err != nil {
		s.log.Error("error page", "id", requestID(c), "error", err)
		c.String(status, http.StatusText(status))
	}
}

// showError answers the page of an error. A request of htmx gets it too, but shows
// its message in #alert and leaves the rest of the page, with all that was typed into
// it, as it is.
func (s *server) showError(c echo.Context, status int, message string) error {
	return s.showErrorAs(c, status, views.ErrorTitle(status), message)
}

// showErrorAs is showError under a title of its own.
func (s *server) showErrorAs(c echo.Context, status int, title, message string) error {
	if isHTMX(c) {
		h := c.Response().Header()
		h.Set("HX-Retarget", "#alert")
		h.Set("HX-Reselect", "#message")
		h.Set("HX-Reswap", "innerHTML ignoreTitle:true")
		h.Set("HX-Replace-Url", "false")
	}
	// An unknown address has no route that would have looked for the session. Where
	// that fails too, the page is the one for those who have not signed in.
	if err := s.resume(c); err != nil {
		s.log.Warn("error page without its user", "id", requestID(c), "error", err)
	}
	return render(c, status, views.ErrorPage(s.page(c, title), views.ErrorArgs{
		Status: status, Title: title, Message: message, RequestID: requestID(c),
	}))
}

// level tells how much an answer matters to whoever watches the log.
func level(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}
