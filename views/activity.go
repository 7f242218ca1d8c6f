package views

import (
	"net/url"
	"slices"
)

// ActivityList is the page of all that was done.
type ActivityList struct {
	Rows   []ActivityRow
	Filter ActivityFilter
	// People, Kinds and Actions are what can be chosen in the filter, any first.
	People, Kinds, Actions []Option
	// FirstURL and NextURL lead through the pages, or are "".
	FirstURL, NextURL string
	// Zone is the time zone that times are given in.
	Zone string
}

// ActivityFilter is what is chosen of the activity; "" is any.
type ActivityFilter struct {
	// Who is an actor's id, Kind and ID are of what it was done to.
	Who, Kind, ID, Action string
}

func (f ActivityFilter) query() url.Values {
	query := make(url.Values)
	for name, value := range map[string]string{"who": f.Who, "kind": f.Kind, "id": f.ID, "action": f.Action} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// choices are options among which what is chosen has its place, be it only from the
// address: a filter that is set must be seen.
func choices(options []Option, chosen string) []Option {
	if slices.ContainsFunc(options, func(o Option) bool { return o.Value == chosen }) {
		return options
	}
	return append(slices.Clip(options), Option{chosen, chosen})
}

// ActivityRow is one thing that was done, in the list of all.
type ActivityRow struct {
	ActivityLine
	// ActorNote says that the actor is no person, or is "".
	ActorNote string
	// Kind and Object call what it was done to; URL is its page, or "".
	Kind, Object, URL string
}
