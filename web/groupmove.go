package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

func (s *server) movePage(c echo.Context, g db.Group, v url.Values) (views.GroupAct, error) {
	chosen, _, _ := picked(g, v["s"])
	page := views.GroupAct{Confirm: confirmation(g, "Move", views.MoveMembersURL(g.ID)), Members: chosen}
	ask := &page.Confirm
	ask.Cancel, ask.Title = "Keep in the group", "Move to another group"
	if len(chosen) == 0 {
		page.Nothing, page.NothingText = nothingPicked(v["s"])
		return page, nil
	}
	targets, err := s.otherGroups(c, g)
	if err != nil {
		return page, err
	}
	if len(targets) == 0 {
		page.Nothing, page.NothingText = "No other group", "The customer has no other group to move them to."
		return page, nil
	}
	i := slices.IndexFunc(targets, func(t db.Group) bool { return t.ID == v.Get("to") })
	if len(targets) == 1 && !v.Has("to") {
		i = 0 // there is no choice to be made
	}
	if i < 0 {
		ask.Title = fmt.Sprintf("Move %s to which group?", called(chosen))
		for _, t := range targets {
			address := views.MoveMembersURL(g.ID) + "?" + url.Values{"s": ids(chosen), "to": {t.ID}}.Encode()
			page.Targets = append(page.Targets, views.MoveTarget{Group: t.Group, Members: len(t.Members), URL: address})
		}
		return page, nil
	}
	return s.moveTo(c, page, g, targets[i], v)
}

// moveTo says what follows of moving the page's members to a group.
func (s *server) moveTo(c echo.Context, page views.GroupAct, g, to db.Group, v url.Values) (views.GroupAct, error) {
	ask := &page.Confirm
	ask.Title = fmt.Sprintf("Move %s to %s?", called(page.Members), to.Name)
	ask.Verb, ask.Gentle = "Move "+views.Plural(len(page.Members), "subscription", "subscriptions"), true
	ask.Hidden["s"] = ids(page.Members)
	ask.Hidden["to"], ask.Hidden["toVersion"] = []string{to.ID}, []string{strconv.Itoa(to.Version)}
	if v.Has("toVersion") && formVersion(v, "toVersion") != to.Version {
		changes, err := s.changesSince(c.Request().Context(), s.session(c).Tenant, to, formVersion(v, "toVersion"))
		if err != nil {
			return page, err
		}
		page.Changes = changes
	}
	comparison, err := s.compare(c, to, moveChange(g, to, page.Members))
	var rule *billing.Error
	if errors.As(err, &rule) && rule.Code != billing.CodeNotFound {
		page.Nothing, page.NothingText = "They can’t be moved", rule.Message
		return page, nil
	}
	if err != nil {
		return page, err
	}
	comparison.Names[g.ID] = g.Name
	page.Comparison = comparison
	ask.Consequences = append(comparison.Notes(), remaining(len(g.Members)-len(page.Members)))
	return page, nil
}

// moveChange is the change of the group that takes the members over. Somebody may
// have moved one elsewhere meanwhile; it is not taken from there.
func moveChange(from, to db.Group, chosen []billing.Subscription) billing.GroupChange {
	members := append(ids(to.Members), ids(chosen)...)
	return billing.GroupChange{SubscriptionIDs: &members, Move: true, MoveFrom: from.ID}
}

// maxTargets is how many groups are offered to move to.
const maxTargets = 100

// otherGroups answers the customer's groups but for one.
func (s *server) otherGroups(c echo.Context, g db.Group) ([]db.Group, error) {
	groups, _, err := s.store.Groups(c.Request().Context(), s.session(c).Tenant, db.GroupFilter{CustomerID: g.CustomerID, Limit: maxTargets})
	return slices.DeleteFunc(groups, func(other db.Group) bool { return other.ID == g.ID }), err
}

func (s *server) moveMembers(c echo.Context, g db.Group, v url.Values) (flash views.Flash, next string, err error) {
	chosen, _, err := pick(g, v["s"])
	if err != nil {
		return flash, "", err
	}
	to, err := s.store.Group(c.Request().Context(), s.session(c).Tenant, v.Get("to"))
	if billing.CodeOf(err) == billing.CodeNotFound || err == nil && to.ID == g.ID {
		return flash, "", billing.Refuse([]billing.Problem{{Code: billing.CodeValidation, Message: "Choose the group to move to."}})
	}
	if err == nil && to.Version != formVersion(v, "toVersion") {
		err = errStale
	}
	if err != nil {
		return flash, "", err
	}
	if _, err := s.store.UpdateGroup(c.Request().Context(), s.session(c).Scope(), to.ID, to.Version, moveChange(g, to, chosen)); err != nil {
		return flash, "", err
	}
	return views.Flash{Tone: views.Good, Text: fmt.Sprintf("%s moved to “%s”.", called(chosen), to.Name)}, views.GroupURL(g.ID), nil
}
