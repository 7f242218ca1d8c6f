package db

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// SystemActor stands for the command line, and Billfold by itself, in a filter: they
// have no id.
const SystemActor = "system"

// ActivityFilter chooses entries to list. The zero value is all of them.
type ActivityFilter struct {
	// ActorID is who did it: a user's or a key's id, or [SystemActor].
	ActorID string
	// SubjectKind and SubjectID are what it was done to: "group", "bg_…".
	SubjectKind, SubjectID string
	// Action is what was done: "group.created".
	Action string
	// After is where the previous page ended, as it was answered; "" begins.
	After string
	// Limit is the number of entries on a page, at least 1.
	Limit int
}

// activityList names the list of entries in its cursors.
const activityList = "activity"

// Action is a kind of change, and what it is a change of.
type Action struct{ Name, SubjectKind string }

// ActivityPage lists entries, the newest first, and answers where the next page
// begins: "" when there is none. VALIDATION_ERROR refuses a cursor that the list doesn't have.
func (s *Store) ActivityPage(ctx context.Context, t Tenant, f ActivityFilter) (entries []Entry, next string, err error) {
	var keys []int64
	err = s.read(ctx, func(q querier) error {
		at, err := parsePosition(f.After, activityList)
		if err != nil {
			return err
		}
		rest, args, err := f.query(ctx, q, t, at)
		if err != nil {
			return err
		}
		return eachEntry(ctx, q, rest+` ORDER BY a.key DESC LIMIT ?3`, args, func(key int64, e Entry) {
			entries, keys = append(entries, e), append(keys, key)
		})
	})
	if err != nil {
		return nil, "", wrap("activity page", err)
	}
	if len(entries) > f.Limit {
		entries, next = entries[:f.Limit], position{list: activityList, key: keys[f.Limit-1]}.cursor()
	}
	return entries, next, nil
}

// query answers the condition that chooses the entries, of activity as a. ?2 is the
// key they come before, ?3 how many are wanted.
//
// There are few actions, and an action is always about one kind of subject. So what
// is asked for by person, kind or action is put together from the newest entries of
// each action, which an index has in order: a page costs the same whatever is chosen,
// and however many entries there are.
func (f ActivityFilter) query(ctx context.Context, q querier, t Tenant, at position) (rest string, args []any, err error) {
	args = []any{t.Key, int64(math.MaxInt64), f.Limit + 1}
	if at.key > 0 {
		args[1] = at.key
	}
	if f.ActorID == "" && f.SubjectKind == "" && f.SubjectID == "" && f.Action == "" {
		return `WHERE a.tenant = ?1 AND a.key < ?2`, args, nil
	}
	known, err := actionsIn(ctx, q, t)
	if err != nil {
		return "", nil, err
	}
	var actions, kinds []string
	for _, a := range known {
		if (f.Action == "" || f.Action == a.Name) && (f.SubjectKind == "" || f.SubjectKind == a.SubjectKind) {
			actions, kinds = append(actions, a.Name), append(kinds, a.SubjectKind)
		}
	}
	actor := f.ActorID
	if actor == SystemActor {
		actor = ""
	}
	args = append(args, jsonOf(actions), actor, jsonOf(slices.Compact(slices.Sorted(slices.Values(kinds)))), f.SubjectID)
	byActor := ``
	if f.ActorID != "" {
		byActor = ` AND n.actor_id = ?5`
	}
	if f.SubjectID != "" { // there are few entries about one thing
		return `WHERE a.key IN (SELECT n.key FROM json_each(?6) k CROSS JOIN activity n
			WHERE n.tenant = ?1 AND n.subject_kind = k.value AND n.subject_id = ?7 AND n.key < ?2
			AND n.action IN (SELECT value FROM json_each(?4))` + byActor + ` ORDER BY n.key DESC LIMIT ?3)`, args, nil
	}
	return `WHERE a.key IN (SELECT c.key FROM json_each(?4) j CROSS JOIN activity c
		WHERE c.key IN (SELECT n.key FROM activity n WHERE n.tenant = ?1 AND n.action = j.value AND n.key < ?2` + byActor + ` ORDER BY n.key DESC LIMIT ?3)
		ORDER BY c.key DESC LIMIT ?3)`, args, nil
}

// Actions answers the actions there are entries of.
func (s *Store) Actions(ctx context.Context, t Tenant) ([]Action, error) {
	actions, err := actionsIn(ctx, s.readers, t)
	return actions, wrap("actions", err)
}

// actionsIn goes from each action to the next one in the index, instead of through
// all entries.
func actionsIn(ctx context.Context, q querier, t Tenant) (actions []Action, err error) {
	err = eachRow(ctx, q, `
		WITH RECURSIVE known (action) AS (
		  SELECT min(action) FROM activity WHERE tenant = ?1
		  UNION ALL
		  SELECT (SELECT min(n.action) FROM activity n WHERE n.tenant = ?1 AND n.action > known.action) FROM known WHERE known.action IS NOT NULL
		)
		SELECT action, (SELECT a.subject_kind FROM activity a WHERE a.tenant = ?1 AND a.action = known.action ORDER BY a.key DESC LIMIT 1)
		FROM known WHERE action IS NOT NULL`, []any{t.Key}, func(row scanner) error {
		var a Action
		err := row.Scan(&a.Name, &a.SubjectKind)
		actions = append(actions, a)
		return err
	})
	return actions, err
}

// Actors answers those who have done something, as they are called now: first people,
// then keys, by name. The system is one of them at most, and has no name.
func (s *Store) Actors(ctx context.Context, t Tenant) (actors []Actor, err error) {
	err = eachRow(ctx, s.readers, `
		WITH RECURSIVE known (id) AS (
		  SELECT min(actor_id) FROM activity WHERE tenant = ?1
		  UNION ALL
		  SELECT (SELECT min(n.actor_id) FROM activity n WHERE n.tenant = ?1 AND n.actor_id > known.id) FROM known WHERE known.id IS NOT NULL
		)
		SELECT a.actor_kind, a.actor_id, coalesce(u.name, k.name, a.actor_name)
		FROM known
		JOIN activity a ON a.key = (SELECT n.key FROM activity n WHERE n.tenant = ?1 AND n.actor_id = known.id ORDER BY n.action DESC, n.key DESC LIMIT 1)
		LEFT JOIN users u ON u.id = known.id
		LEFT JOIN api_keys k ON k.id = known.id`, []any{t.Key}, func(row scanner) error {
		var a Actor
		err := row.Scan(&a.Kind, &a.ID, &a.Name)
		if a.ID == "" {
			a = Actor{Kind: ActorSystem, ID: SystemActor}
		}
		actors = append(actors, a)
		return err
	})
	order := map[ActorKind]int{ActorUser: 0, ActorKey: 1, ActorSystem: 2}
	slices.SortFunc(actors, func(a, b Actor) int {
		return cmp.Or(cmp.Compare(order[a.Kind], order[b.Kind]), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return actors, wrap("actors", err)
}
