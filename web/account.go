package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// showAccount shows one's own account.
func (s *server) showAccount(c echo.Context) error {
	return s.renderAccount(c, http.StatusOK, views.Account{Name: s.session(c).User.Name})
}

// saveAccount changes one's own name.
func (s *server) saveAccount(c echo.Context) error {
	typed := c.Request().PostForm.Get("userName")
	changed, err := s.store.ChangeName(c.Request().Context(), s.token(c), typed)
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		return s.renderAccount(c, http.StatusUnprocessableEntity, views.Account{Name: typed, Problems: refusal.Problems})
	}
	switch {
	case err != nil:
		return err
	case !changed:
		return s.done(c, views.Flash{Tone: views.Info, Text: "Nothing was changed."}, views.AccountURL())
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "Your name is saved."}, views.AccountURL())
}

func (s *server) renderAccount(c echo.Context, status int, a views.Account) error {
	state, err := s.store.TwoFactor(c.Request().Context(), s.token(c))
	if err != nil {
		return err
	}
	open, err := s.store.OpenSessions(c.Request().Context(), s.token(c))
	if err != nil {
		return err
	}
	tenant := s.session(c).Tenant
	for _, one := range open {
		a.Sessions = append(a.Sessions, views.SessionRow{Tenant: one.Tenant, Began: dayTime(tenant, one.Began), Used: dayTime(tenant, one.LastUsed), Current: one.Current})
	}
	a.Email, a.TwoFactor = s.session(c).User.Email, twoFactor(tenant, state)
	return render(c, status, views.AccountPage(s.page(c, "Your account"), a))
}

// dayTime tells a moment by the clock of a business unit.
func dayTime(t db.Tenant, at time.Time) views.DayTime {
	return views.DayTime{On: billing.DateOf(at, t.Zone), Time: clock(at, t)}
}

// showPassword shows the form for another password.
func (s *server) showPassword(c echo.Context) error {
	return s.renderPassword(c, http.StatusOK, nil)
}

// changePassword changes one's own password. A wrong one counts as in signing in.
func (s *server) changePassword(c echo.Context) error {
	v := c.Request().PostForm
	in := billing.PasswordChange{Current: v.Get("current"), Password: v.Get("password"), Again: v.Get("again")}
	var token string
	err := s.guarded(c, s.session(c).User.Email, func() (right bool, err error) {
		token, err = s.store.ChangePassword(c.Request().Context(), s.token(c), in)
		return err == nil, err
	})
	var problems views.Problems
	status, problem := refused(c, err)
	if problem != "" {
		problems = views.Problems{{Path: "current", Code: billing.CodeValidation, Message: problem}}
	}
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		status, problems = http.StatusUnprocessableEntity, append(problems, refusal.Problems...)
	}
	if len(problems) > 0 {
		return s.renderPassword(c, status, problems)
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "Your password is changed. All your other sessions have ended."}, views.AccountURL())
}

func (s *server) renderPassword(c echo.Context, status int, problems views.Problems) error {
	form := views.PasswordForm{Email: s.session(c).User.Email, Problems: problems}
	return render(c, status, views.PasswordPage(s.page(c, "Change password"), form))
}

// askSignOutEverywhere says what follows of signing out everywhere.
func (s *server) askSignOutEverywhere(c echo.Context) error {
	open, err := s.store.OpenSessions(c.Request().Context(), s.token(c))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.SignOutEverywherePage(s.page(c, "Sign out everywhere"), views.SignOutEverywhere{
		Sessions: len(open), TwoFactor: s.session(c).TwoFactor,
	}))
}

// signOutEverywhere ends all sessions of the user.
func (s *server) signOutEverywhere(c echo.Context) error {
	if err := s.store.SignOutEverywhere(c.Request().Context(), s.token(c)); err != nil {
		return err
	}
	dropCookie(c, sessionCookie)
	return s.done(c, views.Flash{Text: "You have signed out everywhere."}, views.SignInURL(""))
}
