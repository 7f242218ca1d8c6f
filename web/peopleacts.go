package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// askRole shows the page that gives a person another role.
func (s *server) askRole(c echo.Context) error {
	return s.renderPerson(c, http.StatusOK, "", nil, (*server).rolePage)
}

// changeRole gives a person another role, which signs them out.
func (s *server) changeRole(c echo.Context) error {
	role := billing.Role(c.Request().PostForm.Get("role"))
	before, err := s.store.ChangeRole(c.Request().Context(), s.session(c).Scope(), c.Param("id"), role)
	if refusal, ok := errors.AsType[*billing.Error](err); ok && refusal.Code != billing.CodeNotFound {
		return s.renderPerson(c, http.StatusUnprocessableEntity, role, refusal, (*server).rolePage)
	}
	switch {
	case err != nil:
		return err
	case before.Role == role:
		return s.done(c, views.Flash{Tone: views.Info, Text: "Nothing was changed."}, views.PeopleURL())
	case before.ID == s.session(c).User.ID:
		return s.done(c, views.Flash{Tone: views.Good, Text: "You are " + views.RoleWord(role) + " now. Sign in again to go on."}, views.SignInURL(""))
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: before.Name + " is " + views.RoleWord(role) + " now, and signs in again."}, views.PeopleURL())
}

// askRemovePerson shows the page that takes a person out of the business unit.
func (s *server) askRemovePerson(c echo.Context) error {
	return s.renderPerson(c, http.StatusOK, "", nil, (*server).removalPage)
}

// removePerson takes a person out of the business unit.
func (s *server) removePerson(c echo.Context) error {
	session := s.session(c)
	before, err := s.store.RemovePerson(c.Request().Context(), session.Scope(), c.Param("id"))
	if refusal, ok := errors.AsType[*billing.Error](err); ok && refusal.Code != billing.CodeNotFound {
		return s.renderPerson(c, http.StatusUnprocessableEntity, "", refusal, (*server).removalPage)
	}
	if err != nil {
		return err
	}
	if before.ID == session.User.ID {
		return s.done(c, views.Flash{Tone: views.Good, Text: "You no longer work in " + session.Tenant.Name + "."}, views.SignInURL(""))
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: before.Name + " no longer works in " + session.Tenant.Name + "."}, views.PeopleURL())
}

// personPage makes the page that asks before something is done to a person. role is the
// one that was chosen, or "".
type personPage func(s *server, session db.Session, p db.Person, role billing.Role, problems views.Problems) views.PersonAct

// renderPerson shows such a page: as a question, or again with what stands against it.
func (s *server) renderPerson(c echo.Context, status int, role billing.Role, refusal *billing.Error, page personPage) error {
	session := s.session(c)
	person, err := s.store.Person(c.Request().Context(), session.Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	var problems views.Problems
	if refusal != nil {
		if problems = refusal.Problems; len(problems) == 0 {
			problems = views.Problems{{Path: "consequences", Code: refusal.Code, Message: refusal.Message}}
		}
	}
	act := page(s, session, person, role, problems)
	return render(c, status, views.PersonActPage(s.page(c, act.Confirm.Title), act))
}

func (s *server) rolePage(session db.Session, p db.Person, role billing.Role, problems views.Problems) views.PersonAct {
	act := views.PersonAct{Problems: problems, Confirm: views.ConfirmArgs{
		Crumbs: views.PeopleCrumbs("Change role"), Title: "Change the role of " + p.Name + "?", Action: views.PersonRoleURL(p.ID),
		Cancel: "Keep the role", CancelURL: views.PeopleURL(), Gentle: true,
	}}
	ask := &act.Confirm
	if p.OnlyOwner {
		ask.Title, ask.Cancel, ask.Consequences = p.Name+" stays an owner", "Back to people", []string{billing.LastOwner(p.Name).Error()}
		return act
	}
	if role == "" {
		role = p.Role
	}
	ask.Verb, ask.Fields = "Change role", views.RoleChoice(role, problems)
	who := p.Name + " is signed out of " + session.Tenant.Name + " at once, and has the new role from the next sign-in on."
	if p.ID == session.User.ID {
		who = "You are signed out of " + session.Tenant.Name + " at once, and have the new role from the next sign-in on. Only another owner can take that back."
	}
	ask.Subtitle, ask.Consequences = p.Name+" ("+p.Email+") is "+views.RoleWord(p.Role)+".", append([]string{who}, ownersLeavings(p)...)
	return act
}

// ownersLeavings is what becomes of what only an owner makes, once the person is none.
func ownersLeavings(p db.Person) []string {
	if p.Role != billing.Owner {
		return nil
	}
	return []string{"Open invites made as an owner end. API keys go on working until they are revoked."}
}

func (s *server) removalPage(session db.Session, p db.Person, _ billing.Role, problems views.Problems) views.PersonAct {
	act := views.PersonAct{Problems: problems, Confirm: views.ConfirmArgs{
		Crumbs: views.PeopleCrumbs("Remove"), Title: "Remove " + p.Name + "?", Action: views.RemovePersonURL(p.ID),
		Cancel: "Keep the person", CancelURL: views.PeopleURL(),
	}}
	ask := &act.Confirm
	if p.OnlyOwner {
		ask.Title, ask.Cancel, ask.Consequences = p.Name+" stays an owner", "Back to people", []string{billing.LastOwner(p.Name).Error()}
		return act
	}
	if p.ID == session.User.ID {
		ask.Title, ask.Verb, ask.Cancel = "Leave "+session.Tenant.Name+"?", "Leave", "Stay"
		ask.Consequences = append([]string{
			"You are signed out of " + session.Tenant.Name + " at once, and can't open it any more.", "What you did stays, and the activity goes on naming you.",
			"If you work in other business units, you go on there.", "An owner can invite you again.",
		}, ownersLeavings(p)...)
		return act
	}
	ask.Verb = "Remove person"
	ask.Consequences = append([]string{
		p.Name + " (" + p.Email + ") is signed out of " + session.Tenant.Name + " at once, and can't open it any more.", "What they did stays, and the activity goes on naming them.",
		"If they work in other business units, they go on there.", "An owner can invite them again.",
	}, ownersLeavings(p)...)
	return act
}
