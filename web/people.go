package web

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// listPeople shows who works in the business unit, and who is invited.
func (s *server) listPeople(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	people, err := s.store.People(ctx, session.Tenant)
	if err != nil {
		return err
	}
	invites, err := s.store.Invites(ctx, session.Tenant)
	if err != nil {
		return err
	}
	page := views.People{Tenant: session.Tenant.Name, Zone: session.Tenant.Zone.String()}
	for _, p := range people {
		page.People = append(page.People, personRow(p, session))
	}
	for _, i := range invites {
		page.Invites = append(page.Invites, inviteRow(i, session.Tenant))
	}
	return render(c, http.StatusOK, views.PeoplePage(s.page(c, "People"), page))
}

// personRow is a person as the list shows them to somebody.
func personRow(p db.Person, viewer db.Session) views.PersonRow {
	row := views.PersonRow{
		ID: p.ID, Name: p.Name, Email: p.Email, Role: p.Role, You: p.ID == viewer.User.ID, OnlyOwner: p.OnlyOwner, TwoFactor: p.TwoFactor,
		Since: billing.DateOf(p.Since, viewer.Tenant.Zone),
	}
	if !p.Seen.IsZero() {
		row.Seen, row.SeenAt = billing.DateOf(p.Seen, viewer.Tenant.Zone), clock(p.Seen, viewer.Tenant)
	}
	return row
}

// clock writes the time of day in a business unit.
func clock(at time.Time, t db.Tenant) string { return at.In(t.Zone).Format("15:04") }

func inviteRow(i db.Invite, t db.Tenant) views.InviteRow {
	return views.InviteRow{
		ID: i.ID, Email: i.Email, Role: i.Role, By: i.By, On: billing.DateOf(i.At, t.Zone),
		Until: billing.DateOf(i.Until, t.Zone), UntilAt: clock(i.Until, t),
	}
}

// downloadPeople answers who works in the business unit as a CSV file.
func (s *server) downloadPeople(c echo.Context) error {
	session := s.session(c)
	people, err := s.store.People(c.Request().Context(), session.Tenant)
	if err != nil {
		return err
	}
	return download(c, "people.csv", []string{"Name", "E-mail address", "Role", "Two-factor", "Since", "Last seen"}, func(yield func([]string, error) bool) {
		for _, p := range people {
			row, seen := personRow(p, session), ""
			if row.SeenAt != "" {
				seen = row.Seen.String() + " " + row.SeenAt
			}
			if !yield([]string{row.Name, row.Email, string(row.Role), row.TwoFactorText(), row.Since.String(), seen}, nil) {
				return
			}
		}
	})
}
