package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// Entry is one change, as the activity keeps it.
type Entry struct {
	At    time.Time
	Actor Actor
	// Action says what was done: "group.created".
	Action string
	// SubjectKind and SubjectID say to what: "group", "bg_…".
	SubjectKind, SubjectID string
	// Before and After are the subject's fields that count, as a JSON object; nil
	// where there is nothing to say.
	Before, After json.RawMessage
}

// appendActivity records a change in the transaction that makes it, with a hash that
// ties it to the entry before. before and after are written as JSON; nil is left out.
// Neither may hold a secret: entries are never taken back.
func appendActivity(ctx context.Context, q querier, scope Scope, at time.Time, action, subjectKind, subjectID string, before, after any) error {
	beforeJSON, err := jsonColumn(before)
	if err != nil {
		return err
	}
	afterJSON, err := jsonColumn(after)
	if err != nil {
		return err
	}
	previous, err := lastHead(ctx, q, scope.Tenant)
	if err != nil {
		return err
	}
	head := storedEntry{
		tenantID: scope.Tenant.ID, at: at.UnixMilli(), actorKind: string(scope.Actor.Kind), actorID: scope.Actor.ID, actorName: scope.Actor.Name,
		action: action, subjectKind: subjectKind, subjectID: subjectID, before: beforeJSON, after: afterJSON,
	}.chained(previous)
	_, err = q.ExecContext(ctx, `
		INSERT INTO activity (tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before, after, hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
		scope.Tenant.Key, at.UnixMilli(), scope.Actor.Kind, scope.Actor.ID, scope.Actor.Name,
		action, subjectKind, subjectID, beforeJSON, afterJSON, head[:])
	return err
}

func jsonColumn(v any) (sql.NullString, error) {
	if v == nil {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(v)
	return sql.NullString{String: string(text), Valid: true}, err
}

// Activity answers the newest changes of one subject, the newest first.
func (s *Store) Activity(ctx context.Context, t Tenant, subjectKind, subjectID string, limit int) ([]Entry, error) {
	entries, err := activity(ctx, s.readers, t, subjectKind, subjectID, limit)
	return entries, wrap("activity", err)
}

func activity(ctx context.Context, q querier, t Tenant, subjectKind, subjectID string, limit int) (entries []Entry, err error) {
	err = eachEntry(ctx, q, `WHERE a.tenant = ?1 AND a.subject_kind = ?2 AND a.subject_id = ?3 ORDER BY a.key DESC LIMIT ?4`,
		[]any{t.Key, subjectKind, subjectID, limit}, func(_ int64, e Entry) { entries = append(entries, e) })
	return entries, err
}

// eachEntry reads the entries that the rest of a query, of activity as a, chooses,
// with their keys.
func eachEntry(ctx context.Context, q querier, rest string, args []any, do func(key int64, e Entry)) error {
	return eachRow(ctx, q, `SELECT `+storedColumns+` FROM activity a `+rest, args, func(row scanner) error {
		stored, err := scanStored(row)
		if err == nil {
			do(stored.key, stored.entry())
		}
		return err
	})
}

// entry answers what the row says.
func (e storedEntry) entry() Entry {
	entry := Entry{
		At: time.UnixMilli(e.at).UTC(), Actor: Actor{Kind: ActorKind(e.actorKind), ID: e.actorID, Name: e.actorName},
		Action: e.action, SubjectKind: e.subjectKind, SubjectID: e.subjectID,
	}
	if e.before.Valid {
		entry.Before = json.RawMessage(e.before.String)
	}
	if e.after.Valid {
		entry.After = json.RawMessage(e.after.String)
	}
	return entry
}
