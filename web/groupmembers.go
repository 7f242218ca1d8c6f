package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// picked splits a group's members into those that are ticked and the ids of the
// others, and answers the ticked ids that are none of its members.
func picked(g db.Group, ticks []string) (chosen []billing.Subscription, rest, unknown []string) {
	wanted := make(map[string]bool, len(ticks))
	for _, id := range ticks {
		wanted[id] = true
	}
	for _, m := range g.Members {
		if wanted[m.ID] {
			chosen = append(chosen, m)
			delete(wanted, m.ID)
		} else {
			rest = append(rest, m.ID)
		}
	}
	for _, id := range ticks {
		if wanted[id] && !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	return chosen, rest, unknown
}

// pick is picked for a form: ticks that don't belong there are refused.
func pick(g db.Group, ticks []string) (chosen []billing.Subscription, rest []string, err error) {
	chosen, rest, unknown := picked(g, ticks)
	var problems []billing.Problem
	for _, id := range unknown {
		problems = append(problems, billing.Problem{Code: billing.CodeSubscriptionNotFound, Message: fmt.Sprintf("Subscription %s is not in this group.", id)})
	}
	if len(chosen) == 0 && len(unknown) == 0 {
		problems = append(problems, billing.Problem{Code: billing.CodeValidation, Message: "Tick at least one subscription of the group."})
	}
	return chosen, rest, billing.Refuse(problems)
}

// nothingPicked says why there is nothing to do.
func nothingPicked(ticks []string) (title, text string) {
	if len(ticks) == 0 {
		return "No subscription is ticked", "Go back to the group and tick those you mean."
	}
	return "They are gone from the group", "None of the ticked subscriptions is in this group any more."
}

// called names what was ticked: a lone subscription by its product.
func called(chosen []billing.Subscription) string {
	if len(chosen) == 1 {
		return chosen[0].Product
	}
	return views.Plural(len(chosen), "subscription", "subscriptions")
}

func ids(subscriptions []billing.Subscription) []string {
	list := make([]string, len(subscriptions))
	for i, s := range subscriptions {
		list[i] = s.ID
	}
	return list
}

func (s *server) removePage(c echo.Context, g db.Group, v url.Values) (views.GroupAct, error) {
	chosen, rest, _ := picked(g, v["s"])
	page := views.GroupAct{Confirm: confirmation(g, "Remove", views.RemoveMembersURL(g.ID)), Members: chosen}
	ask := &page.Confirm
	ask.Title, ask.Verb, ask.Cancel = "Remove from "+g.Name, "Remove "+views.Plural(len(chosen), "subscription", "subscriptions"), "Keep in the group"
	ask.Gentle = true // it can be put back
	if len(chosen) == 0 {
		page.Nothing, page.NothingText = nothingPicked(v["s"])
		return page, nil
	}
	ask.Title = fmt.Sprintf("Remove %s from %s?", called(chosen), g.Name)
	ask.Hidden["s"] = ids(chosen)
	comparison, err := s.compare(c, g, billing.GroupChange{SubscriptionIDs: &rest})
	if err != nil {
		return page, err
	}
	page.Comparison = comparison
	ask.Consequences = append(comparison.Notes(), remaining(len(rest)))
	return page, nil
}

func remaining(n int) string {
	if n == 0 {
		return "The group has no subscriptions left then. It stays until you delete it."
	}
	return views.Plural(n, "subscription stays", "subscriptions stay") + " in the group. No contract is cancelled."
}

func (s *server) removeMembers(c echo.Context, g db.Group, v url.Values) (flash views.Flash, next string, err error) {
	chosen, rest, err := pick(g, v["s"])
	if err != nil {
		return flash, "", err
	}
	group, err := s.store.UpdateGroup(c.Request().Context(), s.session(c).Scope(), g.ID, g.Version, billing.GroupChange{SubscriptionIDs: &rest})
	if err != nil {
		return flash, "", err
	}
	text := fmt.Sprintf("%s removed; %s billed alone.", called(chosen), views.Word(len(chosen), "it is", "they are"))
	return views.Flash{Tone: views.Good, Text: text, Undo: putBack(group, chosen)}, views.GroupURL(g.ID), nil
}

// What can be put back from the message about it, which travels in a cookie.
const (
	maxPutBack      = 20
	maxPutBackBytes = 1500
)

// putBack offers to add again what was just removed, to the group as it is now; nil
// where it would not go into the message. What has ended can't come back.
func putBack(g db.Group, removed []billing.Subscription) *views.Undo {
	list := ids(removed)
	if len(list) > maxPutBack || len(strings.Join(list, " ")) > maxPutBackBytes {
		return nil
	}
	return &views.Undo{Verb: "Put back", URL: views.AddMembersURL(g.ID), Hidden: url.Values{"version": {strconv.Itoa(g.Version)}, "s": list}}
}
