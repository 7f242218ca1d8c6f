package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// act is something done to a group after a page of its own has said what follows.
type act struct {
	// page says what would follow of the choices.
	page func(s *server, c echo.Context, g db.Group, v url.Values) (views.GroupAct, error)
	// do does it, to the group as it was when the page was made, and answers what to
	// say about it and where to go on.
	do func(s *server, c echo.Context, g db.Group, v url.Values) (views.Flash, string, error)
}

// The acts, each at an address of its own.
var (
	statusAct = act{(*server).statusPage, (*server).setStatus}
	deleteAct = act{(*server).deletePage, (*server).deleteGroup}
	removeAct = act{(*server).removePage, (*server).removeMembers}
	moveAct   = act{(*server).movePage, (*server).moveMembers}
)

// errStale says that a form was made from another version of a group than there is.
var errStale = &billing.Error{Code: billing.CodeStaleGroup, Message: "The group was changed since you opened it."}

// ask shows the page of an act.
func (s *server) ask(a act) echo.HandlerFunc {
	return func(c echo.Context) error {
		group, err := s.store.Group(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
		if err != nil {
			return err
		}
		page, err := a.page(s, c, group, c.QueryParams())
		if err != nil {
			return err
		}
		return render(c, http.StatusOK, views.GroupActPage(s.page(c, page.Confirm.Title), page))
	}
}

// carryOut does an act, or shows its page again with what stands against it.
func (s *server) carryOut(a act) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := c.Request().PostForm
		group, err := s.formGroup(c, v)
		if err == nil {
			var flash views.Flash
			var next string
			if flash, next, err = a.do(s, c, group, v); err == nil {
				return s.done(c, flash, next)
			}
		}
		refused, err := s.refused(c, v, err)
		if err != nil {
			return err
		}
		page, err := a.page(s, c, refused.group, v)
		if err != nil {
			return err
		}
		page.Changes = append(refused.changes, page.Changes...)
		page.Problems = append(page.Problems, withoutRows(refused.problems, nil)...)
		return render(c, refused.status, views.GroupActPage(s.page(c, page.Confirm.Title), page))
	}
}

// done keeps what to say for the page that follows.
func (s *server) done(c echo.Context, flash views.Flash, next string) error {
	if err := s.keepFlash(c, flash); err != nil {
		return err
	}
	return redirect(c, next)
}

// formGroup answers the group of an address, provided that it still is as it was when
// the form was made.
func (s *server) formGroup(c echo.Context, v url.Values) (db.Group, error) {
	group, err := s.store.Group(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err == nil && group.Version != formVersion(v, "version") {
		err = errStale
	}
	return group, err
}

// refusal is what a form about a group is answered that was not carried out.
type refusal struct {
	status   int
	group    db.Group // as it is now
	changes  []views.ActivityLine
	problems views.Problems
}

// refused looks into an error: a form that is stale is told what was done meanwhile,
// one with problems these. Any other error is answered as it is.
func (s *server) refused(c echo.Context, v url.Values, err error) (refusal, error) {
	var rule *billing.Error
	if !errors.As(err, &rule) || rule.Code == billing.CodeNotFound {
		return refusal{}, err
	}
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	r := refusal{status: http.StatusUnprocessableEntity, problems: rule.Problems}
	if r.group, err = s.store.Group(ctx, tenant, c.Param("id")); err != nil {
		return r, err
	}
	if rule.Code == billing.CodeStaleGroup {
		r.status = http.StatusConflict
		if r.group.Version != formVersion(v, "version") {
			r.changes, err = s.changesSince(ctx, tenant, r.group, formVersion(v, "version"))
		}
	}
	return r, err
}

// confirmation begins the page of an act: where it is, how to go back and the version
// it is made from.
func confirmation(g db.Group, here, action string) views.ConfirmArgs {
	return views.ConfirmArgs{
		Crumbs: views.GroupCrumbs(g.Group, here), Action: action, CancelURL: views.GroupURL(g.ID),
		Hidden: url.Values{"version": {strconv.Itoa(g.Version)}},
	}
}

// compare foresees what a change of a group would do.
func (s *server) compare(c echo.Context, group db.Group, change billing.GroupChange) (*views.Comparison, error) {
	tenant := s.session(c).Tenant
	p, err := s.store.PreviewUpdate(c.Request().Context(), tenant, group.ID, change, outlookMonths)
	if err != nil {
		return nil, err
	}
	return &views.Comparison{
		Today: s.store.Today(tenant), Before: p.Before, After: p.After, Names: map[string]string{group.ID: group.Name},
		Days: p.Group.Days, NewDays: p.Result.Group.Days,
	}, nil
}

// foresee is what a change would do, or why that can't be said.
func (s *server) foresee(c echo.Context, g db.Group, change billing.GroupChange) (views.ChangePreview, error) {
	comparison, err := s.compare(c, g, change)
	var rule *billing.Error
	if errors.As(err, &rule) && rule.Code != billing.CodeNotFound {
		return views.ChangePreview{Missing: rule.Message}, nil
	}
	if err != nil {
		return views.ChangePreview{}, err
	}
	return views.ChangePreview{Comparison: *comparison}, nil
}

// wantedStatus is the state that a form asks for, else the one that the group has not.
func wantedStatus(g db.Group, v url.Values) billing.GroupStatus {
	switch wanted := billing.GroupStatus(v.Get("status")); {
	case wanted == billing.GroupActive, wanted == billing.GroupInactive:
		return wanted
	case g.Status == billing.GroupActive:
		return billing.GroupInactive
	}
	return billing.GroupActive
}

func (s *server) statusPage(c echo.Context, g db.Group, v url.Values) (views.GroupAct, error) {
	wanted := wantedStatus(g, v)
	page := views.GroupAct{Confirm: confirmation(g, "Deactivate", views.GroupStatusURL(g.ID))}
	ask := &page.Confirm
	ask.Title, ask.Verb, ask.Cancel = "Deactivate "+g.Name+"?", "Deactivate group", "Keep the group active"
	ask.Gentle = true // it can be activated again
	if wanted == billing.GroupActive {
		ask.Title, ask.Verb, ask.Cancel = "Activate "+g.Name+"?", "Activate group", "Leave it inactive"
		ask.Crumbs = views.GroupCrumbs(g.Group, "Activate")
	}
	if wanted == g.Status {
		page.Nothing, page.NothingText = "Done already", fmt.Sprintf("The group is %s already.", wanted)
		return page, nil
	}
	ask.Hidden.Set("status", string(wanted))
	comparison, err := s.compare(c, g, billing.GroupChange{Status: &wanted})
	if err != nil {
		return page, err
	}
	page.Comparison = comparison
	last := "The group keeps its subscriptions, and no other group can add them. You can activate it again at any time."
	if wanted == billing.GroupActive {
		last = "No contract and no amount changes."
	}
	ask.Consequences = append(comparison.Notes(), last)
	return page, nil
}

func (s *server) setStatus(c echo.Context, g db.Group, v url.Values) (views.Flash, string, error) {
	wanted := wantedStatus(g, v)
	group, err := s.store.UpdateGroup(c.Request().Context(), s.session(c).Scope(), g.ID, g.Version, billing.GroupChange{Status: &wanted})
	text := "Group deactivated: its subscriptions are billed alone."
	if group.Status == billing.GroupActive {
		text = fmt.Sprintf("Group activated: one invoice a month on the %s.", views.Ordinal(group.Days.Last().Day))
	}
	return views.Flash{Tone: views.Good, Text: text}, views.GroupURL(g.ID), err
}

func (s *server) deletePage(c echo.Context, g db.Group, _ url.Values) (views.GroupAct, error) {
	page := views.GroupAct{Confirm: confirmation(g, "Delete", views.DeleteGroupURL(g.ID))}
	ask := &page.Confirm
	ask.Title, ask.Verb, ask.Cancel = "Delete "+g.Name+"?", "Delete group", "Keep the group"
	tenant := s.session(c).Tenant
	p, err := s.store.PreviewDelete(c.Request().Context(), tenant, g.ID, outlookMonths)
	if err != nil {
		return page, err
	}
	page.Comparison = &views.Comparison{Today: s.store.Today(tenant), Before: p.Before, After: p.After, Names: map[string]string{g.ID: g.Name}}
	ask.Consequences = append(page.Comparison.Notes(), "No contract and no invoice is cancelled.",
		"The group can’t be brought back. A new one can take the same subscriptions.")
	return page, nil
}

func (s *server) deleteGroup(c echo.Context, g db.Group, _ url.Values) (views.Flash, string, error) {
	err := s.store.DeleteGroup(c.Request().Context(), s.session(c).Scope(), g.ID, g.Version)
	text := fmt.Sprintf("Group deleted: %s.", g.Name)
	if n := len(g.Members); n > 0 {
		text = fmt.Sprintf("Group deleted: %s. Its %s %s billed alone.", g.Name, views.Plural(n, "subscription", "subscriptions"), views.Word(n, "is", "are"))
	}
	return views.Flash{Tone: views.Good, Text: text}, views.GroupsURL(nil), err
}
