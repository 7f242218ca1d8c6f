package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// askRun says what a billing run would issue, before it is started.
func (s *server) askRun(c echo.Context) error {
	due, err := s.due(c)
	if err != nil {
		return err
	}
	return s.startPage(c, http.StatusOK, due, false)
}

func (s *server) startPage(c echo.Context, status int, due db.Due, changed bool) error {
	session := s.session(c)
	tenant, today := session.Tenant, s.store.Today(session.Tenant)
	first, _, err := s.store.NextNumbers(c.Request().Context(), tenant)
	if err != nil {
		return err
	}
	return render(c, status, views.StartRunPage(s.page(c, "Run now"), views.StartRun{
		Today: today, Due: dueSums(due, today), First: first, Missing: tenant.MissingDetails(),
		MaySet: session.Role.Includes(billing.Owner), Changed: changed,
	}))
}

// startRun starts a billing run and leads to its page; where one is under way, to that
// one's. It issues no other invoices than the page has told that asked; what it would set aside does not count.
func (s *server) startRun(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	if id, err := s.store.BillingUnderWay(ctx, session.Tenant); id != "" || err != nil {
		return leadOn(c, id, err)
	}
	due, err := s.due(c)
	if err != nil {
		return err
	}
	if len(due.Invoices) == 0 {
		return s.done(c, views.Flash{Tone: views.Info, Text: "Nothing was left to issue: all that is due is billed."}, views.BillingURL())
	}
	if told := views.RunTold(dueSums(due, s.store.Today(session.Tenant))); c.Request().PostForm.Encode() != told.Encode() {
		return s.startPage(c, http.StatusConflict, due, true)
	}
	id, err := s.store.StartBilling(ctx, session.Scope(), func(run db.BillingRun, err error) { LogRun(s.log, session.Tenant, run, err) })
	return leadOn(c, id, err)
}

// leadOn leads to the page of a run, unless there is none because of an error.
func leadOn(c echo.Context, id string, err error) error {
	if err != nil {
		return err
	}
	return redirect(c, views.BillingRunURL(id))
}

// askAutomatic says what follows of switching automatic billing on, or off.
func (s *server) askAutomatic(c echo.Context) error {
	due, err := s.due(c)
	if err != nil {
		return err
	}
	tenant := s.session(c).Tenant
	return render(c, http.StatusOK, views.AutomaticPage(s.page(c, "Automatic billing"), views.Automatic{
		On: tenant.Automatic, Due: dueSums(due, s.store.Today(tenant)), Missing: tenant.MissingDetails(), MaySet: true,
	}))
}

// setAutomatic switches automatic billing on or off.
func (s *server) setAutomatic(c echo.Context) error {
	choice := c.Request().PostForm.Get("automatic")
	if choice != "on" && choice != "off" {
		return billing.Refuse([]billing.Problem{{Path: "automatic", Code: billing.CodeValidation, Message: "Choose on or off."}})
	}
	if err := s.store.SetAutomatic(c.Request().Context(), s.session(c).Scope(), choice == "on"); err != nil {
		return err
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "Automatic billing is " + choice + "."}, views.BillingURL())
}
