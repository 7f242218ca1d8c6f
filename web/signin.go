package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

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

// signIn begins a session, or leads on to the second factor. An unknown address and a
// wrong password get the same answer, so that nobody learns who has an account.
func (s *server) signIn(c echo.Context) error {
	r := c.Request()
	form := views.SignInForm{Email: r.PostFormValue("email"), Next: inside(r.PostFormValue("next"))}
	var token string
	var waits bool
	err := s.guarded(c, form.Email, func() (in bool, err error) {
		if token, err = s.store.SignIn(r.Context(), form.Email, r.PostFormValue("password")); err != nil {
			return false, err
		}
		waits, err = s.waits(c, token)
		return !waits, err
	})
	if status, problem := refused(c, err); problem != "" {
		if form.Problem = problem; status == http.StatusUnprocessableEntity {
			form.Problem = "The e-mail address or the password is wrong. Check both and try again."
		}
		return s.renderSignIn(c, status, form)
	}
	if err != nil {
		return err
	}
	if err := s.end(c); err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	if waits {
		return redirect(c, views.SignInCodeURL(form.Next))
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
