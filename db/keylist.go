package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// Key is an API key as people see it. The secret itself is not kept.
type Key struct {
	ID, Name string
	// Shown are the first characters of the secret, to tell keys apart.
	Shown    string
	ReadOnly bool
	Created  time.Time
	// Maker made the key. MakerGone says that this was a person who does not work in
	// the business unit any more; the key does all the same.
	Maker     Actor
	MakerGone bool
	// LastUsed is zero for a key that never was; a use within a minute of another is not
	// written.
	LastUsed time.Time
	// Revoked is zero for a key that works. Revoker is who revoked it.
	Revoked time.Time
	Revoker Actor
}

// Works tells whether the key still opens anything.
func (k Key) Works() bool { return k.Revoked.IsZero() }

// keyQuery reads keys; the activity knows who made and revoked each.
const keyQuery = `
	SELECT k.id, k.name, k.shown, k.read_only, k.created_at, k.last_used_at, k.revoked_at,
		ifnull(made.actor_kind, ''), ifnull(made.actor_id, ''), ifnull(made.actor_name, ''),
		ifnull(made.actor_kind, '') = 'user' AND NOT EXISTS (
			SELECT 1 FROM users u JOIN memberships m ON m.tenant = k.tenant AND m.user = u.key WHERE u.id = made.actor_id),
		ifnull(gone.actor_kind, ''), ifnull(gone.actor_id, ''), ifnull(gone.actor_name, '')
	FROM api_keys k
	LEFT JOIN activity made ON made.tenant = k.tenant AND made.subject_kind = 'key' AND made.subject_id = k.id AND made.action = 'key.created'
	LEFT JOIN activity gone ON gone.tenant = k.tenant AND gone.subject_kind = 'key' AND gone.subject_id = k.id AND gone.action = 'key.revoked'
	WHERE k.tenant = ?1 `

func scanKey(row scanner) (k Key, err error) {
	var created int64
	var used, revoked sql.NullInt64
	err = row.Scan(&k.ID, &k.Name, &k.Shown, &k.ReadOnly, &created, &used, &revoked,
		&k.Maker.Kind, &k.Maker.ID, &k.Maker.Name, &k.MakerGone, &k.Revoker.Kind, &k.Revoker.ID, &k.Revoker.Name)
	k.Created = time.UnixMilli(created).UTC()
	if used.Valid {
		k.LastUsed = time.UnixMilli(used.Int64).UTC()
	}
	if revoked.Valid {
		k.Revoked = time.UnixMilli(revoked.Int64).UTC()
	}
	return k, err
}

// Keys answers a tenant's API keys: those that work first, the newest first, then the
// revoked ones, the last revoked first.
func (s *Store) Keys(ctx context.Context, t Tenant) (keys []Key, err error) {
	err = eachRow(ctx, s.readers, keyQuery+`ORDER BY k.revoked_at IS NOT NULL, k.revoked_at DESC, k.key DESC`, []any{t.Key}, func(row scanner) error {
		k, err := scanKey(row)
		keys = append(keys, k)
		return err
	})
	return keys, wrap("keys", err)
}

// Key answers one API key, with NOT_FOUND where the tenant has none of that id.
func (s *Store) Key(ctx context.Context, t Tenant, id string) (Key, error) {
	k, err := scanKey(s.readers.QueryRowContext(ctx, keyQuery+`AND k.id = ?2`, t.Key, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = billing.NotFound("API key")
	}
	return k, wrap("key", err)
}

// RevokeKey ends an API key for good: whoever sends it is refused from the next call
// on. It answers false where the key was revoked before. NOT_FOUND for an unknown id.
func (s *Store) RevokeKey(ctx context.Context, scope Scope, id string) (revoked bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var name string
		var works bool
		err := tx.QueryRowContext(ctx, `SELECT name, revoked_at IS NULL FROM api_keys WHERE tenant = ?1 AND id = ?2`, scope.Tenant.Key, id).Scan(&name, &works)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("API key")
		}
		if revoked = works; err != nil || !works {
			return err
		}
		now := s.Now()
		if _, err := tx.ExecContext(ctx, `UPDATE api_keys SET revoked_at = ?3 WHERE tenant = ?1 AND id = ?2`, scope.Tenant.Key, id, now.UnixMilli()); err != nil {
			return err
		}
		return appendActivity(ctx, tx, scope, now, "key.revoked", "key", id, nil, map[string]any{"name": name})
	})
	return revoked, wrap("revoke key", err)
}
