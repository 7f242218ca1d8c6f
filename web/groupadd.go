package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// addToGroup shows the customer's other subscriptions, with the choice in the URL.
func (s *server) addToGroup(c echo.Context) error {
	group, err := s.store.Group(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	v := c.QueryParams()
	if !v.Has("version") {
		v.Set("version", strconv.Itoa(group.Version))
	}
	return s.showAdd(c, http.StatusOK, v, refusal{group: group})
}

// addMembers adds the chosen subscriptions, or shows the form again.
func (s *server) addMembers(c echo.Context) error {
	v := c.Request().PostForm
	group, err := s.formGroup(c, v)
	if err == nil {
		var members []string
		if members, err = s.withChosen(c, group, readGroupForm(v)); err == nil {
			change := billing.GroupChange{SubscriptionIDs: &members}
			if _, err = s.store.UpdateGroup(c.Request().Context(), s.session(c).Scope(), group.ID, group.Version, change); err == nil {
				text := views.Plural(len(members)-len(group.Members), "subscription", "subscriptions") + " added."
				return s.done(c, views.Flash{Tone: views.Good, Text: text}, views.GroupURL(group.ID))
			}
		}
	}
	refused, err := s.refused(c, v, err)
	if err != nil {
		return err
	}
	v.Set("version", strconv.Itoa(refused.group.Version))
	return s.showAdd(c, refused.status, v, refused)
}

// withChosen answers the group's members and those to add, as ids.
func (s *server) withChosen(c echo.Context, g db.Group, f groupForm) ([]string, error) {
	subscriptions, _, err := s.store.CustomerSubscriptions(c.Request().Context(), s.session(c).Tenant, g.CustomerID)
	if err != nil {
		return nil, err
	}
	sel, unknown, err := newSelection(subscriptions, f.kept, f.ticks)
	if err != nil {
		return nil, billing.Refuse([]billing.Problem{staleProblem(err)})
	}
	members := ids(g.Members)
	added := append(without(sel.ids(), members), unknown...)
	if len(added) == 0 {
		return nil, billing.Refuse([]billing.Problem{{Path: "subscriptions", Code: billing.CodeValidation, Message: "Choose at least one subscription."}})
	}
	return append(members, added...), nil
}

func (s *server) showAdd(c echo.Context, status int, v url.Values, r refusal) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	form := readGroupForm(v)
	form.at, form.except = views.AddMembersURL(r.group.ID), r.group.ID
	subscriptions, names, err := s.store.CustomerSubscriptions(ctx, tenant, r.group.CustomerID)
	if err != nil {
		return err
	}
	page := views.GroupAdd{Group: r.group.Group, Version: formVersion(v, "version"), Changes: r.changes, Problems: r.problems}
	sel, _, err := newSelection(subscriptions, form.kept, form.ticks)
	if err != nil && len(page.Problems) == 0 {
		page.Problems = views.Problems{staleProblem(err)}
	}
	page.Table = newMemberTable(form, sel, names, page.Problems, s.store.Today(tenant), tenant.Currency)
	page.Problems = withoutRows(page.Problems, page.Table.Rows)
	if chosen := sel.ids(); len(chosen) == 0 {
		page.Preview.Missing = "Tick subscriptions to see what will happen."
	} else {
		members := append(ids(r.group.Members), chosen...)
		if page.Preview, err = s.foresee(c, r.group, billing.GroupChange{SubscriptionIDs: &members}); err != nil {
			return err
		}
	}
	return render(c, status, views.GroupAddPage(s.page(c, "Add subscriptions to "+r.group.Name), page))
}
