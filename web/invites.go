package web

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/views"
)

// newInvite shows the form that invites somebody.
func (s *server) newInvite(c echo.Context) error {
	return s.renderNewInvite(c, http.StatusOK, views.InviteForm{Role: string(billing.Member)})
}

// invitePerson invites somebody and shows the link, this once: only its hash is kept.
func (s *server) invitePerson(c echo.Context) error {
	session, v := s.session(c), c.Request().PostForm
	form := views.InviteForm{Email: v.Get("email"), Role: v.Get("role")}
	invite, token, err := s.store.InvitePerson(c.Request().Context(), session.Scope(), form.Email, billing.Role(form.Role))
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		form.Problems = refusal.Problems
		return s.renderNewInvite(c, http.StatusUnprocessableEntity, form)
	}
	if err != nil {
		return err
	}
	base := s.base
	if base == "" {
		base = c.Scheme() + "://" + c.Request().Host
	}
	return render(c, http.StatusOK, views.InvitedPage(s.page(c, "Invite "+invite.Email), views.Invited{
		InviteRow: inviteRow(invite, session.Tenant), Tenant: session.Tenant.Name, Link: base + views.InviteURL(token),
	}))
}

func (s *server) renderNewInvite(c echo.Context, status int, form views.InviteForm) error {
	form.Tenant = s.session(c).Tenant.Name
	return render(c, status, views.NewInvitePage(s.page(c, "Invite somebody"), form))
}

// askWithdraw asks before an invite is taken back.
func (s *server) askWithdraw(c echo.Context) error {
	invite, err := s.store.OpenInvite(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	ask := views.ConfirmArgs{
		Crumbs: views.PeopleCrumbs("Withdraw invite"), Title: "Withdraw the invite of " + invite.Email + "?",
		Consequences: []string{"The link stops working at once.", "You can invite " + invite.Email + " again, with a new link."},
		Action:       views.WithdrawInviteURL(invite.ID), Verb: "Withdraw invite", Cancel: "Keep the invite", CancelURL: views.PeopleURL(),
	}
	return render(c, http.StatusOK, views.PersonActPage(s.page(c, ask.Title), views.PersonAct{Confirm: ask}))
}

// withdrawInvite takes an open invite back.
func (s *server) withdrawInvite(c echo.Context) error {
	invite, err := s.store.WithdrawInvite(c.Request().Context(), s.session(c).Scope(), c.Param("id"))
	if err != nil {
		return err
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "The invite of " + invite.Email + " is withdrawn."}, views.PeopleURL())
}
