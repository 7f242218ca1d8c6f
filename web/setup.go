package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// SetupLink answers a new one-time link to set Billfold up, below the address that
// browsers reach it by, or "" where somebody has set it up already. The link before
// it no longer works.
func SetupLink(ctx context.Context, store *db.Store, base string) (string, error) {
	needed, err := store.NeedsSetup(ctx)
	if err != nil || !needed {
		return "", err
	}
	token, err := store.NewSetupLink(ctx)
	if err != nil {
		return "", err
	}
	return base + views.SetupURL(token), nil
}

// showSetup shows the page behind the one-time link, that makes the first owner.
func (s *server) showSetup(c echo.Context) error {
	token := c.QueryParam("token")
	valid, err := s.store.SetupLinkValid(c.Request().Context(), token)
	if err != nil {
		return err
	}
	if !valid {
		return s.refuseSetup(c)
	}
	return s.renderSetup(c, http.StatusOK, views.NewSetupForm(token))
}

// setUp makes the owner and the business unit, and signs the owner in.
func (s *server) setUp(c echo.Context) error {
	field := c.Request().PostFormValue
	form := views.SetupForm{
		Token: field("token"),
		User:  billing.UserInput{Email: field("email"), Name: field("userName"), Password: field("password")},
		Tenant: billing.TenantInput{
			Name: field("name"), Currency: field("currency"), Zone: field("timezone"),
			VATMode: field("vatMode"), VATRate: field("vatRate"), PaymentTerms: field("terms"),
		},
	}
	token, err := s.store.Setup(c.Request().Context(), form.Token, form.Tenant, form.User)
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		if refusal.Code == billing.CodeNotFound {
			return s.refuseSetup(c)
		}
		form.Problems = refusal.Problems
		return s.renderSetup(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	if err := s.note(c, views.Good, "Billfold is set up, and you are signed in."); err != nil {
		return err
	}
	return redirect(c, views.HomeURL())
}

func (s *server) renderSetup(c echo.Context, status int, form views.SetupForm) error {
	return render(c, status, views.SetupPage(s.page(c, "Set up"), form))
}

// refuseSetup says how to get a link that works.
func (s *server) refuseSetup(c echo.Context) error {
	next := "If somebody has set up Billfold already, sign in. If nobody has, restart it: it prints a new link at every start until then."
	if s.session(c).Role != anyone {
		next = "Billfold is set up, and you are signed in."
	}
	return s.showErrorAs(c, http.StatusNotFound, "This set-up link can't be used", "This set-up link has been used or replaced. "+next)
}
