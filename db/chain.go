package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Head is the hash of an entry of the activity. It covers the entry and all of the
// tenant's before it, so the newest one, once kept somewhere else, vouches for all
// that had been written by then.
type Head [sha256.Size]byte

// String writes the hash in hexadecimal digits.
func (h Head) String() string { return hex.EncodeToString(h[:]) }

// UnmarshalText reads what String writes.
func (h *Head) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(h) {
		return fmt.Errorf("%q is not a head. Give the 64 hexadecimal digits that billfold verify printed", text)
	}
	copy(h[:], raw)
	return nil
}

// storedEntry is an entry as its row has it.
type storedEntry struct {
	key, tenant, at                int64
	tenantID                       string
	actorKind, actorID, actorName  string
	action, subjectKind, subjectID string
	before, after                  sql.NullString
	hash                           []byte
}

// storedColumns are read by scanStored, from activity as a.
const storedColumns = `a.key, a.tenant, a.at, a.actor_kind, a.actor_id, a.actor_name, a.action, a.subject_kind, a.subject_id, a.before, a.after, a.hash`

func scanStored(row scanner, more ...any) (e storedEntry, err error) {
	err = row.Scan(append([]any{&e.key, &e.tenant, &e.at, &e.actorKind, &e.actorID, &e.actorName,
		&e.action, &e.subjectKind, &e.subjectID, &e.before, &e.after, &e.hash}, more...)...)
	return e, err
}

// chained answers the hash of an entry that follows another one: SHA-256 over the
// hash before it, 32 zero bytes for the first, and each field of the entry: a byte 1,
// its length in 8 bytes and its bytes, or a byte 0 for NULL. No two entries are
// written the same.
//
// The row's key is left out. It only orders the entries, and so does the chain;
// without it the activity could move to another database, where keys are others.
func (e storedEntry) chained(previous Head) Head {
	hash := sha256.New()
	hash.Write(previous[:])
	field := func(text string) {
		var length [9]byte
		length[0] = 1
		binary.BigEndian.PutUint64(length[1:], uint64(len(text)))
		hash.Write(length[:])
		hash.Write([]byte(text))
	}
	for _, text := range []string{e.tenantID, strconv.FormatInt(e.at, 10), e.actorKind, e.actorID, e.actorName, e.action, e.subjectKind, e.subjectID} {
		field(text)
	}
	for _, text := range []sql.NullString{e.before, e.after} {
		if text.Valid {
			field(text.String)
		} else {
			hash.Write([]byte{0})
		}
	}
	return Head(hash.Sum(nil))
}

// lastHead answers the hash of the tenant's newest entry, zero where there is none.
func lastHead(ctx context.Context, q querier, t Tenant) (head Head, err error) {
	var hash []byte
	err = q.QueryRowContext(ctx, `SELECT hash FROM activity WHERE tenant = ?1 ORDER BY key DESC LIMIT 1`, t.Key).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	copy(head[:], hash)
	return head, err
}

// chainBatch is how many entries are read at a time to be hashed.
const chainBatch = 1000

// chainActivity gives the entries of an older database their hashes. It is the one
// time that entries are changed, so it sets aside the trigger that forbids it.
func chainActivity(ctx context.Context, tx querier) error {
	var trigger string
	if err := tx.QueryRowContext(ctx, `SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'activity_no_update'`).Scan(&trigger); err != nil {
		return fmt.Errorf("trigger: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DROP TRIGGER activity_no_update`); err != nil {
		return err
	}
	heads := make(map[int64]Head)
	for last, more := int64(0), true; more; {
		entries, err := unchained(ctx, tx, last)
		if err != nil {
			return err
		}
		for _, e := range entries {
			last, heads[e.tenant] = e.key, e.chained(heads[e.tenant])
			head := heads[e.tenant]
			if _, err := tx.ExecContext(ctx, `UPDATE activity SET hash = ?2 WHERE key = ?1`, e.key, head[:]); err != nil {
				return err
			}
		}
		more = len(entries) == chainBatch
	}
	_, err := tx.ExecContext(ctx, trigger)
	return err
}

// unchained answers the next entries of all tenants, as they were written.
func unchained(ctx context.Context, tx querier, after int64) (entries []storedEntry, err error) {
	err = eachRow(ctx, tx, `SELECT `+storedColumns+`, t.id FROM activity a CROSS JOIN tenants t
		WHERE t.key = a.tenant AND a.key > ?1 ORDER BY a.key LIMIT ?2`, []any{after, chainBatch}, func(row scanner) error {
		var id string
		e, err := scanStored(row, &id)
		e.tenantID = id
		entries = append(entries, e)
		return err
	})
	return entries, err
}
