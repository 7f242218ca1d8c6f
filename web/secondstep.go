package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/db"
	"billfold/views"
)

// waits tells whether the sign-in of a token waits for its second factor.
func (s *server) waits(c echo.Context, token string) (bool, error) {
	_, err := s.store.SecondStep(c.Request().Context(), token)
	if errors.Is(err, db.ErrNoSession) {
		return false, nil
	}
	return err == nil, err
}

// showSecondStep asks for the second factor, where a sign-in waits for it.
func (s *server) showSecondStep(c echo.Context) error {
	next := inside(c.QueryParam("next"))
	waits, err := s.waits(c, s.token(c))
	switch {
	case err != nil:
		return err
	case s.session(c).Role != anyone:
		return redirect(c, orHome(next))
	case !waits:
		return redirect(c, views.SignInURL(next))
	}
	return render(c, http.StatusOK, views.SignInCodePage(s.page(c, "Enter your code"), views.SignInCodeForm{Next: next}))
}

// finishSignIn takes the second factor and begins the session, by a token of its own. A
// wrong code counts as a wrong password does.
func (s *server) finishSignIn(c echo.Context) error {
	ctx, v := c.Request().Context(), c.Request().PostForm
	form := views.SignInCodeForm{Next: inside(v.Get("next"))}
	typed := v.Get("code")
	if strings.TrimSpace(typed) == "" && v.Get("recovery") != "" {
		typed, form.Recovery = v.Get("recovery"), true
	}
	step, err := s.store.SecondStep(ctx, s.token(c))
	var token string
	var used db.SecondFactor
	if err == nil {
		err = s.guarded(c, step.Email, func() (in bool, err error) {
			token, used, err = s.store.FinishSignIn(ctx, s.token(c), typed)
			return err == nil, err
		})
	}
	if errors.Is(err, db.ErrNoSession) {
		return s.done(c, views.Flash{Tone: views.Warn, Text: "That took longer than five minutes. Sign in again."}, views.SignInURL(form.Next))
	}
	if status, problem := refused(c, err); problem != "" {
		if form.Problem = problem; form.Recovery && status == http.StatusUnprocessableEntity {
			form.Problem = "The recovery code is wrong, or was used before. Try another one."
		}
		return render(c, status, views.SignInCodePage(s.page(c, "Enter your code"), form))
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	if used.Recovery {
		return s.done(c, views.Flash{Tone: views.Warn, Text: "You signed in with a recovery code; " + codesLeft(used.CodesLeft) + ". Make new ones under “Your account”."}, orHome(form.Next))
	}
	return redirect(c, orHome(form.Next))
}
