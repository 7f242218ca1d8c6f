package web

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/db"
	"billfold/views"
)

// errWait says that there were too many wrong passwords or codes: how long to wait.
type errWait time.Duration

func (e errWait) Error() string { return "web: too many failed attempts" }

// guarded lets somebody try a password or a code of an account, unless there were too many
// wrong ones before; then it fails with [errWait]. in tells that whoever tries has proved
// all there is to prove, which makes up for what was wrong before: a right password alone
// does not where a code is asked for too, or whoever knows it could go on guessing codes.
func (s *server) guarded(c echo.Context, email string, try func() (in bool, err error)) error {
	if wait := s.attempts.begin(email, c.RealIP()); wait > 0 {
		return errWait(wait)
	}
	in, err := try()
	switch {
	case errors.Is(err, db.ErrWrongPassword), errors.Is(err, db.ErrWrongCode): // stays counted
	case err == nil && in:
		s.attempts.succeeded(email, c.RealIP())
	default:
		s.attempts.undo(email, c.RealIP())
	}
	return err
}

// refused answers how a page says that a try of [server.guarded] was refused: the status
// and a sentence, "" for anything else.
func refused(c echo.Context, err error) (status int, problem string) {
	if wait, is := errors.AsType[errWait](err); is {
		seconds := int(time.Duration(wait).Seconds()) + 1
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
		return http.StatusTooManyRequests, "There were too many failed attempts. Wait " + views.Plural(seconds, "second", "seconds") + ", then try again."
	}
	switch {
	case errors.Is(err, db.ErrWrongPassword):
		return http.StatusUnprocessableEntity, "The password is wrong. Try again."
	case errors.Is(err, db.ErrWrongCode):
		return http.StatusUnprocessableEntity, "The code is wrong, or was used before. Wait until the app shows the next one and try that."
	}
	return 0, ""
}
