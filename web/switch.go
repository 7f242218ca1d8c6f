package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"billfold/db"
	"billfold/views"
)

// switchUnit opens another business unit that the user works in.
func (s *server) switchUnit(c echo.Context) error {
	to := c.Request().PostForm.Get("to")
	token, err := s.store.SwitchUnit(c.Request().Context(), s.token(c), to)
	if err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: unitName(s.session(c), to) + " is open."}, views.HomeURL())
}

// unitName answers what a business unit of the user is called, "" for any other.
func unitName(session db.Session, id string) string {
	units := append(session.Units, db.Unit{ID: session.Tenant.ID, Name: session.Tenant.Name})
	if i := slices.IndexFunc(units, func(u db.Unit) bool { return u.ID == id }); i >= 0 {
		return units[i].Name
	}
	return ""
}

// inUnit has routes do nothing, and tell nothing to a script, for a page of another
// business unit than the one that is open: it may have been left in another tab. Each
// form says which one its page is of; one that does not is refused.
func (s *server) inUnit(routes []route) []route {
	for i, r := range routes {
		routes[i].handler = func(c echo.Context) error {
			open, said := s.session(c).Tenant.ID, c.Request().Header.Get(views.UnitHeader)
			if r.method == http.MethodPost {
				said = c.QueryParam(views.UnitParam)
			}
			if said != open && (said != "" || r.method == http.MethodPost) {
				return s.refuseUnit(c, said)
			}
			return r.handler(c)
		}
	}
	return routes
}

// refuseUnit says which business unit is open, and how to go on in the one that was meant.
func (s *server) refuseUnit(c echo.Context, meant string) error {
	open, name := s.session(c).Tenant.Name, cmp.Or(unitName(s.session(c), meant), "another business unit")
	message := fmt.Sprintf("%s is open now, but this page is of %s. Nothing was done.", open, name)
	if name != "another business unit" {
		message += fmt.Sprintf(" To go on, switch back to %s in another tab and send it again.", name)
	}
	return s.showError(c, http.StatusPreconditionFailed, message)
}
