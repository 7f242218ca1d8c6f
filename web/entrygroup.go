package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// groupText says what was done to a group.
func (w *entryWords) groupText(e toldEntry) string {
	before, after := e.beforeGroup, e.afterGroup
	switch e.Action {
	case "group.created":
		return "created the group with " + views.Plural(len(after.Subscriptions), "subscription", "subscriptions") +
			", billed on the " + views.Ordinal(after.BillingDay)
	case "group.deleted":
		return "deleted the group with " + views.Plural(len(before.Subscriptions), "subscription", "subscriptions")
	}
	return strings.Join(w.groupChanges(before, after), "; ")
}

// groupChanges says what is different between two states of a group.
func (w *entryWords) groupChanges(before, after db.GroupEntry) (parts []string) {
	say := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if before.Name != after.Name {
		say("renamed the group from “%s” to “%s”", before.Name, after.Name)
	}
	if before.BillingDay != after.BillingDay {
		say("moved the billing day from the %s to the %s%s", views.Ordinal(before.BillingDay), views.Ordinal(after.BillingDay), since(after))
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
		say("added %s", w.list(added))
	}
	if removed := without(before.Subscriptions, after.Subscriptions); len(removed) > 0 {
		say("removed %s", w.list(removed))
	}
	if len(parts) == 0 {
		say("changed from when the billing day holds%s", since(after))
	}
	return parts
}

// since says from when on a group's billing day holds, where that is known.
func since(g db.GroupEntry) string {
	from, err := billing.ParsePeriod(g.BillingDayFrom)
	if err != nil {
		return ""
	}
	return ", from " + from.Month.String() + " " + strconv.Itoa(from.Year)
}

// maxNamed is how many subscriptions are named before the others are only counted.
const maxNamed = 3

func (w *entryWords) list(ids []string) string {
	var words []string
	for i, id := range ids {
		if i == maxNamed && len(ids) > maxNamed+1 {
			words = append(words, views.FormatNumber(len(ids)-maxNamed)+" more")
			break
		}
		words = append(words, w.nameOr("subscription", id))
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
