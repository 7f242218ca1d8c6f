package web

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// activityPerPage is how many entries the list shows at a time.
const activityPerPage = 50

// activityBatch is how many entries a download reads at a time: those of large groups
// take hundreds of kilobytes each.
const activityBatch = 100

// listActivity lists who did what, the newest first.
func (s *server) listActivity(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	filter, chosen := activityFilter(c.QueryParams())
	entries, next, err := s.store.ActivityPage(ctx, session.Tenant, filter)
	if billing.CodeOf(err) == billing.CodeValidation {
		return billing.NotFound("page of the list")
	}
	if err != nil {
		return err
	}
	words, told, err := s.entryWords(ctx, session.Tenant, entries)
	if err != nil {
		return err
	}
	list := views.ActivityList{Filter: chosen, Zone: session.Tenant.Zone.String(), Rows: make([]views.ActivityRow, len(told))}
	for i, e := range told {
		list.Rows[i] = words.row(e, session.Role)
	}
	if list.People, list.Kinds, list.Actions, err = s.activityChoices(ctx, session.Tenant); err != nil {
		return err
	}
	if filter.After != "" {
		list.FirstURL = views.ActivityURL(chosen, "")
	}
	if next != "" {
		list.NextURL = views.ActivityURL(chosen, next)
	}
	return render(c, http.StatusOK, views.ActivityPage(s.page(c, "Activity"), list))
}

// downloadActivity answers all entries that the filter chooses as a CSV file.
func (s *server) downloadActivity(c echo.Context) error {
	filter, _ := activityFilter(c.QueryParams())
	header := []string{"time", "person", "kind", "id", "name", "what"}
	return download(c, s.fileOf(s.session(c).Tenant, "activity"), header, s.activityRows(c.Request().Context(), s.session(c), filter))
}

// activityRows goes through all entries that a filter chooses, a batch at a time.
func (s *server) activityRows(ctx context.Context, session db.Session, filter db.ActivityFilter) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		filter.After, filter.Limit = "", activityBatch
		for more := true; more; more = filter.After != "" {
			entries, next, err := s.store.ActivityPage(ctx, session.Tenant, filter)
			var words *entryWords
			var told []toldEntry
			if err == nil {
				words, told, err = s.entryWords(ctx, session.Tenant, entries)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range told {
				row := words.row(e, session.Role)
				at := e.At.In(session.Tenant.Zone).Format(time.RFC3339)
				if !yield([]string{at, row.Actor, row.Kind, e.SubjectID, row.Object, row.Text}, nil) {
					return
				}
			}
			filter.After = next
		}
	}
}

// activityFilter reads the filter and the page from an address.
func activityFilter(v url.Values) (db.ActivityFilter, views.ActivityFilter) {
	chosen := views.ActivityFilter{Who: v.Get("who"), Kind: v.Get("kind"), ID: strings.TrimSpace(v.Get("id")), Action: v.Get("action")}
	return db.ActivityFilter{
		ActorID: chosen.Who, SubjectKind: chosen.Kind, SubjectID: chosen.ID, Action: chosen.Action, After: v.Get("after"), Limit: activityPerPage,
	}, chosen
}

// activityChoices answers what the activity can be filtered by.
func (s *server) activityChoices(ctx context.Context, t db.Tenant) (people, kinds, actions []views.Option, err error) {
	actors, err := s.store.Actors(ctx, t)
	if err != nil {
		return nil, nil, nil, err
	}
	known, err := s.store.Actions(ctx, t)
	if err != nil {
		return nil, nil, nil, err
	}
	people = []views.Option{{Value: "", Label: "Anyone"}}
	for _, a := range actors {
		label := a.Name
		switch a.Kind {
		case db.ActorKey:
			label += " (API key)"
		case db.ActorSystem:
			label = "Command line and system"
		}
		people = append(people, views.Option{Value: a.ID, Label: label})
	}
	kinds, actions = []views.Option{{Value: "", Label: "Any"}}, []views.Option{{Value: "", Label: "Any"}}
	for _, a := range known {
		actions = append(actions, views.Option{Value: a.Name, Label: views.Capital(actionWord(a.Name))})
		kind := views.Option{Value: a.SubjectKind, Label: views.Capital(kindWord(a.SubjectKind))}
		if !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	byLabel := func(a, b views.Option) int { return strings.Compare(a.Label, b.Label) }
	slices.SortFunc(kinds[1:], byLabel)
	slices.SortFunc(actions[1:], byLabel)
	return people, kinds, actions, nil
}

// entryWords answers how to tell entries, with the names that they need, and the
// entries as they are told.
func (s *server) entryWords(ctx context.Context, t db.Tenant, entries []db.Entry) (*entryWords, []toldEntry, error) {
	words, told := newEntryWords(t), make([]toldEntry, len(entries))
	for i, e := range entries {
		told[i] = readEntry(e)
		words.row(told[i], billing.Member)
	}
	var err error
	words.names, err = s.store.Names(ctx, t, words.wanted)
	return words, told, err
}

// activityOf tells the newest changes of one thing, the newest first.
func (s *server) activityOf(ctx context.Context, t db.Tenant, kind, id string, limit int) ([]views.ActivityLine, error) {
	if limit <= 0 {
		return nil, nil
	}
	entries, err := s.store.Activity(ctx, t, kind, id, limit)
	if err != nil {
		return nil, err
	}
	return s.activityLines(ctx, t, entries)
}

func (s *server) activityLines(ctx context.Context, t db.Tenant, entries []db.Entry) ([]views.ActivityLine, error) {
	words, told, err := s.entryWords(ctx, t, entries)
	if err != nil {
		return nil, err
	}
	lines := make([]views.ActivityLine, len(told))
	for i, e := range told {
		lines[i] = words.line(e)
	}
	return lines, nil
}

// changesAfter tells the newest changes of one thing after an instant.
func (s *server) changesAfter(ctx context.Context, t db.Tenant, kind, id string, since time.Time) ([]views.ActivityLine, error) {
	entries, err := s.store.Activity(ctx, t, kind, id, activityShown)
	if err != nil {
		return nil, err
	}
	return s.activityLines(ctx, t, slices.DeleteFunc(entries, func(e db.Entry) bool { return !e.At.After(since) }))
}

// changesSince tells what was done to a group since the version that a form was made
// from. A form that doesn't say is told the newest.
func (s *server) changesSince(ctx context.Context, t db.Tenant, g db.Group, version int) ([]views.ActivityLine, error) {
	n := g.Version - version
	if version <= 0 || n < 0 {
		n = activityShown
	}
	return s.activityOf(ctx, t, "group", g.ID, min(n, activityShown))
}

// formVersion reads which version a form was made from, 0 where it doesn't say.
func formVersion(v url.Values, name string) int {
	n, err := strconv.Atoi(v.Get(name))
	if err != nil {
		return 0
	}
	return n
}
