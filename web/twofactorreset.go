package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/views"
)

// askResetTwoFactor says what follows of resetting somebody's second factor, or why it
// may not be done.
func (s *server) askResetTwoFactor(c echo.Context) error {
	check, err := s.store.CheckTwoFactorReset(c.Request().Context(), s.session(c).Scope(), c.Param("id"))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.TwoFactorResetPage(s.page(c, "Reset two-factor sign-in"), views.TwoFactorReset{
		ID: check.User.ID, Name: check.User.Name, Email: check.User.Email, On: check.On, Refusal: check.Refusal, Required: s.session(c).Tenant.TwoFactorRequired,
	}))
}

// resetTwoFactor lets somebody who lost phone and codes in by the password alone.
func (s *server) resetTwoFactor(c echo.Context) error {
	user, err := s.store.ResetTwoFactor(c.Request().Context(), s.session(c).Scope(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "The two-factor sign-in of " + user.Name + " is reset, and all their sessions have ended."}, views.PeopleURL())
}
