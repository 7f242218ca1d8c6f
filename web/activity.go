package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// groupHistory is what it takes to tell a group's activity in words.
type groupHistory struct {
	tenant db.Tenant
	// days are the group's billing days as they are.
	days billing.Days
	// names call the customer's subscriptions, by id.
	names map[string]string
}

// groupState is what the activity keeps of a group.
type groupState struct {
	Name          string              `json:"name"`
	BillingDay    int                 `json:"billingDay"`
	Status        billing.GroupStatus `json:"status"`
	Reference     string              `json:"reference"`
	Notes         string              `json:"notes"`
	Subscriptions []string            `json:"subscriptions"`
}

// groupActivity tells the newest changes of a group, the newest first.
func (s *server) groupActivity(ctx context.Context, t db.Tenant, g db.Group, limit int) ([]views.ActivityLine, error) {
	if limit <= 0 {
		return nil, nil
	}
	entries, err := s.store.Activity(ctx, t, "group", g.ID, limit)
	if err != nil {
		return nil, err
	}
	history := groupHistory{tenant: t, days: g.Days, names: make(map[string]string)}
	if slices.ContainsFunc(entries, func(e db.Entry) bool { return e.Action == "group.changed" }) {
		subscriptions, _, err := s.store.CustomerSubscriptions(ctx, t, g.CustomerID)
		if err != nil {
			return nil, err
		}
		for _, sub := range subscriptions {
			history.names[sub.ID] = strings.TrimSpace(sub.Product + " " + sub.Serial)
		}
	}
	lines := make([]views.ActivityLine, len(entries))
	for i, e := range entries {
		lines[i] = history.line(e)
	}
	return lines, nil
}

// changesSince tells what was done to a group since the version that a form was made
// from. A form that doesn't say is told the newest.
func (s *server) changesSince(ctx context.Context, t db.Tenant, g db.Group, version int) ([]views.ActivityLine, error) {
	n := g.Version - version
	if version <= 0 || n < 0 {
		n = activityShown
	}
	return s.groupActivity(ctx, t, g, min(n, activityShown))
}

// formVersion reads which version a form was made from, 0 where it doesn't say.
func formVersion(v url.Values, name string) int {
	n, err := strconv.Atoi(v.Get(name))
	if err != nil {
		return 0
	}
	return n
}

// line tells an entry in words.
func (h groupHistory) line(e db.Entry) views.ActivityLine {
	return views.ActivityLine{
		On: billing.DateOf(e.At, h.tenant.Zone), Time: e.At.In(h.tenant.Zone).Format("15:04"), Actor: e.Actor.Name, Text: h.text(e),
	}
}

// text says what was done, as the end of a sentence that begins with who did it.
func (h groupHistory) text(e db.Entry) string {
	var before, after groupState
	for raw, state := range map[*json.RawMessage]*groupState{&e.Before: &before, &e.After: &after} {
		if *raw != nil && json.Unmarshal(*raw, state) != nil {
			return e.Action
		}
	}
	switch e.Action {
	case "group.created":
		return "created the group with " + views.Plural(len(after.Subscriptions), "subscription", "subscriptions") +
			", billed on the " + views.Ordinal(after.BillingDay)
	case "group.deleted":
		return "deleted the group with " + views.Plural(len(before.Subscriptions), "subscription", "subscriptions")
	case "group.changed":
		return strings.Join(h.changes(before, after, billing.DateOf(e.At, h.tenant.Zone).Period()), "; ")
	}
	return e.Action
}

// changes says what is different between two states of a group.
func (h groupHistory) changes(before, after groupState, month billing.Period) (parts []string) {
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if before.Name != after.Name {
		say("renamed the group from “%s” to “%s”", before.Name, after.Name)
	}
	if before.BillingDay != after.BillingDay {
		say("moved the billing day from the %s to the %s%s", views.Ordinal(before.BillingDay), views.Ordinal(after.BillingDay), h.from(after.BillingDay, month))
	}
	switch {
	case before.Status == after.Status:
	case after.Status == billing.GroupActive:
		say("activated the group")
	default:
		say("deactivated the group")
	}
	switch {
	case before.Reference == after.Reference:
	case after.Reference == "":
		say("took out the reference “%s”", before.Reference)
	default:
		say("set the reference to “%s”", after.Reference)
	}
	if before.Notes != after.Notes {
		say("changed the notes")
	}
	if added := without(after.Subscriptions, before.Subscriptions); len(added) > 0 {
		say("added %s", h.list(added))
	}
	if removed := without(before.Subscriptions, after.Subscriptions); len(removed) > 0 {
		say("removed %s", h.list(removed))
	}
	if len(parts) == 0 {
		say("changed from when the billing day holds%s", h.from(after.BillingDay, month))
	}
	return parts
}

// from says from when on a day holds that was set in a month: in that one or in the
// next. A later change may have taken its place; then nothing is known of it.
func (h groupHistory) from(day int, month billing.Period) string {
	for _, d := range h.days {
		if d.Day == day && (d.From == month || d.From == month.Add(1)) {
			return ", from " + d.From.Month.String() + " " + strconv.Itoa(d.From.Year)
		}
	}
	return ""
}

// maxNamed is how many subscriptions are named before the others are only counted.
const maxNamed = 3

func (h groupHistory) list(ids []string) string {
	var words []string
	for i, id := range ids {
		if i == maxNamed && len(ids) > maxNamed+1 {
			words = append(words, views.FormatNumber(len(ids)-maxNamed)+" more")
			break
		}
		name := h.names[id]
		if name == "" {
			name = id
		}
		words = append(words, name)
	}
	return views.Plural(len(ids), "subscription", "subscriptions") + ": " + views.List(words)
}

// without answers what of list is not in others.
func without(list, others []string) []string {
	known := make(map[string]bool, len(others))
	for _, id := range others {
		known[id] = true
	}
	return slices.DeleteFunc(slices.Clone(list), func(id string) bool { return known[id] })
}
