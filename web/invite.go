package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// showInvite shows the page behind an invite's one-time link, to whoever has it.
func (s *server) showInvite(c echo.Context) error {
	return s.renderInvite(c, http.StatusOK, views.Joining{Token: c.QueryParam("token")})
}

// acceptInvite lets the one who is invited in: as a new user, or as the one who is signed in.
func (s *server) acceptInvite(c echo.Context) error {
	ctx, field := c.Request().Context(), c.Request().PostForm.Get
	form := views.Joining{Token: field("token"), UserName: field("userName")}
	invited, err := s.store.Invited(ctx, form.Token)
	var token string
	session := s.session(c)
	switch {
	case err != nil:
	case session.Role != anyone && session.User.Email != invited.Email:
		return s.renderInvite(c, http.StatusConflict, form)
	case session.Role != anyone:
		token, _, err = s.store.JoinUnit(ctx, form.Token, s.token(c))
	default:
		token, err = s.store.AcceptInvite(ctx, form.Token, form.UserName, field("password"))
	}
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		if refusal.Code == billing.CodeHasAccount {
			return s.renderInvite(c, http.StatusConflict, form)
		}
		form.Problems = refusal.Problems // none where the invite is gone, which the page says
		return s.renderInvite(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	if err := s.begin(c, token); err != nil {
		return err
	}
	text := "You have joined " + invited.Tenant.Name + " as " + views.RoleWord(invited.Role) + "."
	return s.done(c, views.Flash{Tone: views.Good, Text: text}, views.HomeURL())
}

// renderInvite shows what the one who has a link can do with it.
func (s *server) renderInvite(c echo.Context, status int, form views.Joining) error {
	invited, err := s.store.Invited(c.Request().Context(), form.Token)
	if billing.CodeOf(err) == billing.CodeNotFound {
		return s.showErrorAs(c, http.StatusNotFound, "This invite can't be used", "The link is not whole, or it was used, withdrawn, replaced by a newer one, "+
			"or more than 7 days have passed. If you have an account, sign in. Otherwise ask whoever invited you for a new link.")
	}
	if err != nil {
		return err
	}
	session := s.session(c)
	form.Tenant, form.Email, form.Role, form.By = invited.Tenant.Name, invited.Email, invited.Role, invited.By
	form.Until = inviteRow(invited.Invite, invited.Tenant).Until
	form.Next, form.NeedsTLS = joiningStep(invited, session), s.needsTLS(c)
	if form.Next == views.SwitchUser {
		form.SignedInAs = session.User.Email
	}
	return render(c, status, views.JoinPage(s.page(c, "Join "+invited.Tenant.Name), form))
}

// joiningStep is what has to be done next to accept an invite.
func joiningStep(in db.Invited, session db.Session) views.JoinStep {
	switch {
	case session.Role != anyone && session.User.Email != in.Email:
		return views.SwitchUser
	case session.Role != anyone:
		return views.JoinAsUser
	case in.Account:
		return views.SignInToJoin
	}
	return views.JoinAnew
}
