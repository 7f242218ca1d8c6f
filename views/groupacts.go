package views

import (
	"net/url"

	"billfold/billing"
)

// GroupAct is the page that asks before something is done to a group: what follows,
// before and after, and a form that holds what was chosen.
type GroupAct struct {
	Confirm ConfirmArgs
	// Members are the subscriptions it is about, where it is not about all.
	Members []billing.Subscription
	// Comparison is nil where nothing can be foreseen.
	Comparison *Comparison
	// Targets are the groups to choose from, where one has to be chosen first.
	Targets []MoveTarget
	// Nothing says that there is nothing to do, or is ""; NothingText says more.
	Nothing, NothingText string
	// Changes are what was done since the page was made that the form came from.
	Changes  []ActivityLine
	Problems Problems
}

// MoveTarget is a group that subscriptions can be moved to.
type MoveTarget struct {
	billing.Group
	Members int
	// URL is the page that says what follows of moving to it.
	URL string
}

// GroupCrumbs lead to a page about a group.
func GroupCrumbs(g billing.Group, here string) []Crumb {
	return []Crumb{{"Billing groups", GroupsURL(nil)}, {g.Name, GroupURL(g.ID)}, {Text: here}}
}

// GroupEdit is the page that changes a group's name, notes and billing day.
type GroupEdit struct {
	// Group is the group as it is.
	Group billing.Group
	// Day, Name, Reference and Notes are as they were typed.
	Day, Name, Reference, Notes string
	// Version is the one the form was made from.
	Version int
	// Was is what the fields were when the form was made.
	Was url.Values
	// Changes are what was done since, and Meanwhile what the fields hold by now that
	// were changed here too.
	Changes   []ActivityLine
	Meanwhile Meanwhile
	Problems  Problems
	Preview   ChangePreview
}

// beside is all that is said beside the fields.
func (e GroupEdit) beside() Problems {
	return e.Meanwhile.beside(e.Problems, func(field, value string) string {
		if field == "billingDay" {
			return Ordinal(e.Group.Days.Last().Day)
		}
		return value
	})
}

// GroupAdd is the page that adds subscriptions to a group.
type GroupAdd struct {
	Group    billing.Group
	Table    MemberTable
	Version  int
	Changes  []ActivityLine
	Problems Problems
	Preview  ChangePreview
}

// ChangePreview is what a change would do, as far as it can be said.
type ChangePreview struct {
	// Missing says why nothing can be foreseen yet, or is "".
	Missing    string
	Comparison Comparison
}
