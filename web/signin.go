package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/db"
	"billfold/views"
)

// showSignIn shows the sign-in page. Who is signed in already goes straight on.
func (s *server) showSignIn(c echo.Context) error {
	next := inside(c.QueryParam("next"))
	if s.session(c).Role != anyone {
		return redirect(c, orHome(next))
	}
	form := views.SignInForm{Next: next}
	needed, err := s.store.NeedsSetup(c.Request().Context())
	if err != nil {
		return err
	}
	if needed {
		form.Message = "Nobody can sign in yet. Open the set-up link that Billfold printed when it was started; a restart prints a new one."
	}
	return s.renderSignIn(c, http.StatusOK, form)
}

// signIn begins a session. An unknown address and a wrong password get the same
// answer, so that nobody learns who has an account.
func (s *server) signIn(c echo.Context) error {
	r := c.Request()
	form := views.SignInForm{Email: r.PostFormValue("email"), Next: inside(r.PostFormValue("next"))}
	if wait := s.attempts.begin(form.Email, c.RealIP()); wait > 0 {
		seconds := int(wait.Seconds()) + 1
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(seconds))
		form.Problem = "There were too many failed attempts. Wait " + views.Plural(seconds, "second", "seconds") + ", then try again."
		return s.renderSignIn(c, http.StatusTooManyRequests, form)
	}
	token, err := s.store.SignIn(r.Context(), form.Email, r.PostFormValue("password"))
	if errors.Is(err, db.ErrWrongPassword) {
		form.Problem = "The e-mail address or the password is wrong. Check both and try again."
		return s.renderSignIn(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		s.attempts.undo(form.Email, c.RealIP())
		return err
	}
	s.attempts.succeeded(form.Email, c.RealIP())
	if err := s.end(c); err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	return redirect(c, orHome(form.Next))
}

// signOut ends the session, here and in the store.
func (s *server) signOut(c echo.Context) error {
	if err := s.end(c); err != nil {
		return err
	}
	dropCookie(c, sessionCookie)
	if err := s.note(c, views.Plain, "You have signed out."); err != nil {
		return err
	}
	return redirect(c, views.SignInURL(""))
}

// end ends the session that the browser brought, if it brought one.
func (s *server) end(c echo.Context) error {
	if token := s.token(c); token != "" {
		return s.store.SignOut(c.Request().Context(), token)
	}
	return nil
}

func (s *server) renderSignIn(c echo.Context, status int, form views.SignInForm) error {
	form.NeedsTLS = s.needsTLS(c)
	return render(c, status, views.SignInPage(s.page(c, "Sign in"), form))
}

// orHome answers where to land: at an address inside, else at home.
func orHome(next string) string {
	if next == "" {
		return views.HomeURL()
	}
	return next
}
