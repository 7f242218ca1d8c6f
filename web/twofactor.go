package web

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/pquerna/otp"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// twoFactor is how it stands with a second factor, for a page.
func twoFactor(t db.Tenant, state db.TwoFactor) views.TwoFactor {
	shown := views.TwoFactor{On: state.On, CodesLeft: state.CodesLeft, RequiredBy: state.RequiredBy}
	if state.On {
		shown.Since = billing.DateOf(state.Since, t.Zone)
	}
	return shown
}

// twoFactorForm reads what every change of the second factor starts from.
func (s *server) twoFactorForm(c echo.Context) (form views.TwoFactorForm, err error) {
	state, err := s.store.TwoFactor(c.Request().Context(), s.token(c))
	form.TwoFactor, form.Next = twoFactor(s.session(c).Tenant, state), inside(c.FormValue("next"))
	return form, err
}

// proved does something that the user has to prove for to be at the keyboard. It answers
// what is wrong with the proof, and how to answer it.
func (s *server) proved(c echo.Context, do func(proof string) error) (status int, problems views.Problems, err error) {
	err = s.guarded(c, s.session(c).User.Email, func() (in bool, err error) {
		err = do(c.Request().PostForm.Get("proof"))
		return err == nil, err
	})
	if status, problem := refused(c, err); problem != "" {
		return status, views.Problems{{Path: "proof", Code: billing.CodeValidation, Message: problem}}, nil
	}
	if refusal, ok := errors.AsType[*billing.Error](err); ok && refusal.Code == billing.CodeValidation {
		return http.StatusUnprocessableEntity, refusal.Problems, nil
	}
	return http.StatusOK, nil, err
}

// showTwoFactor shows the form that begins to set up an app.
func (s *server) showTwoFactor(c echo.Context) error {
	form, err := s.twoFactorForm(c)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.TwoFactorPage(s.page(c, "Two-factor sign-in"), form))
}

// beginTwoFactor begins to set up an app.
func (s *server) beginTwoFactor(c echo.Context) error {
	form, err := s.twoFactorForm(c)
	if err != nil {
		return err
	}
	status, problems, err := s.proved(c, func(proof string) error {
		return s.store.BeginTwoFactor(c.Request().Context(), s.token(c), proof)
	})
	if err != nil {
		return err
	}
	if form.Problems = problems; problems != nil {
		return render(c, status, views.TwoFactorPage(s.page(c, "Two-factor sign-in"), form))
	}
	return redirect(c, views.AppURL(form.Next))
}

// showApp shows what the app has to be told. Where none is being set up that begins first.
func (s *server) showApp(c echo.Context) error {
	return s.renderApp(c, http.StatusOK, inside(c.QueryParam("next")), "")
}

func (s *server) renderApp(c echo.Context, status int, next, problem string) error {
	setup, err := s.store.TwoFactorSetup(c.Request().Context(), s.token(c))
	if errors.Is(err, db.ErrNoSetup) {
		return redirect(c, views.TwoFactorURL(next))
	}
	if err != nil {
		return err
	}
	form := views.AppForm{Secret: setup.Secret, Next: next}
	if problem != "" {
		form.Problems = views.Problems{{Path: "code", Code: billing.CodeValidation, Message: problem}}
	}
	return render(c, status, views.AppPage(s.page(c, "Set up your app"), form))
}

// confirmApp switches the second factor on, and shows the recovery codes.
func (s *server) confirmApp(c echo.Context) error {
	v := c.Request().PostForm
	next := inside(v.Get("next"))
	var codes []string
	err := s.guarded(c, s.session(c).User.Email, func() (in bool, err error) {
		codes, err = s.store.ConfirmTwoFactor(c.Request().Context(), s.token(c), v.Get("code"))
		return err == nil, err
	})
	switch {
	case errors.Is(err, db.ErrNoSetup) && s.session(c).TwoFactor: // sent twice
		return s.done(c, views.Flash{Tone: views.Info, Text: "Two-factor sign-in is on. If you have not seen your recovery codes, make new ones."}, views.AccountURL())
	case errors.Is(err, db.ErrNoSetup):
		return redirect(c, views.TwoFactorURL(next))
	}
	if status, problem := refused(c, err); problem != "" {
		if status == http.StatusUnprocessableEntity {
			problem = "This is not the code that the app shows now. Check that the phone's clock is right, then type the next one."
		}
		return s.renderApp(c, status, next, problem)
	}
	if err != nil {
		return err
	}
	return s.showCodes(c, codes, next)
}

// showCodes shows recovery codes, once: they are in no other answer.
func (s *server) showCodes(c echo.Context, codes []string, next string) error {
	if next == "" {
		next = views.AccountURL()
	}
	return render(c, http.StatusOK, views.RecoveryCodesPage(s.page(c, "Recovery codes"), views.RecoveryCodeList{Codes: codes, Next: next}))
}

// showQRCode answers the picture that tells an app its secret, while one is being set up.
func (s *server) showQRCode(c echo.Context) error {
	setup, err := s.store.TwoFactorSetup(c.Request().Context(), s.token(c))
	if errors.Is(err, db.ErrNoSetup) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	picture, err := qrCode(setup.URL)
	if err != nil {
		return fmt.Errorf("web: QR code: %w", err)
	}
	return c.Blob(http.StatusOK, "image/png", picture)
}

// qrCode draws a QR code with the white edge that readers need, whatever the page's colours.
func qrCode(address string) ([]byte, error) {
	const size, edge = 480, 40
	key, err := otp.NewKeyFromURL(address)
	if err != nil {
		return nil, err
	}
	code, err := key.Image(size-2*edge, size-2*edge)
	if err != nil {
		return nil, err
	}
	picture := image.NewGray(image.Rect(0, 0, size, size))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(picture, code.Bounds().Add(image.Pt(edge, edge)), code, code.Bounds().Min, draw.Src)
	var out bytes.Buffer
	err = png.Encode(&out, picture)
	return out.Bytes(), err
}

// showNewCodes asks before new recovery codes are made.
func (s *server) showNewCodes(c echo.Context) error {
	return s.showChange(c, views.NewRecoveryCodesPage)
}

// makeNewCodes makes new recovery codes and shows them.
func (s *server) makeNewCodes(c echo.Context) error {
	form, err := s.twoFactorForm(c)
	if err != nil {
		return err
	}
	var codes []string
	status, problems, err := s.proved(c, func(proof string) (err error) {
		codes, err = s.store.NewRecoveryCodes(c.Request().Context(), s.token(c), proof)
		return err
	})
	if err != nil {
		return err
	}
	if form.Problems = problems; problems != nil {
		return render(c, status, views.NewRecoveryCodesPage(s.page(c, "Two-factor sign-in"), form))
	}
	return s.showCodes(c, codes, "")
}

// showTwoFactorOff asks before the second factor is switched off.
func (s *server) showTwoFactorOff(c echo.Context) error {
	return s.showChange(c, views.TwoFactorOffPage)
}

// switchOffTwoFactor lets the user sign in with the password alone.
func (s *server) switchOffTwoFactor(c echo.Context) error {
	form, err := s.twoFactorForm(c)
	if err != nil {
		return err
	}
	status, problems, err := s.proved(c, func(proof string) error {
		return s.store.SwitchOffTwoFactor(c.Request().Context(), s.token(c), proof)
	})
	if err != nil {
		return err
	}
	if form.Problems = problems; problems != nil {
		return render(c, status, views.TwoFactorOffPage(s.page(c, "Two-factor sign-in"), form))
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "Two-factor sign-in is off."}, views.AccountURL())
}

// showChange shows a page that asks before a second factor is changed; who has none is led
// to set it up.
func (s *server) showChange(c echo.Context, page func(views.Page, views.TwoFactorForm) templ.Component) error {
	form, err := s.twoFactorForm(c)
	if err != nil {
		return err
	}
	if !form.On {
		return redirect(c, views.TwoFactorURL(""))
	}
	return render(c, http.StatusOK, page(s.page(c, "Two-factor sign-in"), form))
}
