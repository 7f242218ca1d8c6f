package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"

	"billfold/billing"
)

// Once names a change that may be asked for again, because whoever asked got no
// answer: within 24 hours it happens once. The zero Once is a change without a name,
// which happens as often as it is asked for.
type Once struct {
	// Key is the name that the actor gave it, of at most 255 characters. Each actor
	// has names of its own.
	Key string
	// Request is the SHA-256 of what is asked.
	Request [sha256.Size]byte
}

// ErrKeyReused means that an actor gave one name to two different changes.
var ErrKeyReused = errors.New("the idempotency key belongs to another request")

// onceLife is how long a change that is asked for again is recognised.
const onceLife = 24 * time.Hour

// Answered answers what was answered to a change when it was made, and whether it was
// made. [ErrKeyReused] where its name belongs to another.
func (s *Store) Answered(ctx context.Context, scope Scope, once Once) (answer []byte, made bool, err error) {
	answer, made, err = s.answered(ctx, s.readers, scope, once)
	return answer, made, wrap("answered", err)
}

func (s *Store) answered(ctx context.Context, q querier, scope Scope, once Once) (answer []byte, made bool, err error) {
	if once.Key == "" {
		return nil, false, nil
	}
	var request []byte
	err = q.QueryRowContext(ctx, `SELECT request, answer FROM answers WHERE tenant = ?1 AND actor = ?2 AND key = ?3 AND created_at > ?4`,
		scope.Tenant.Key, scope.Actor.ID, once.Key, s.Now().Add(-onceLife).UnixMilli()).Scan(&request, &answer)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !bytes.Equal(request, once.Request[:]):
		return nil, false, ErrKeyReused
	}
	return answer, true, nil
}

// once makes a change unless it was made before, and answers what was answered the
// first time. The answer is kept in the transaction of the change, so that there is
// never one without the other; an error keeps nothing.
func (s *Store) once(ctx context.Context, tx querier, scope Scope, once Once, change func() ([]byte, error)) (answer []byte, again bool, err error) {
	if answer, again, err = s.answered(ctx, tx, scope, once); err != nil || again {
		return answer, again, err
	}
	if answer, err = change(); err != nil || once.Key == "" {
		return answer, false, err
	}
	now := s.Now()
	if _, err := tx.ExecContext(ctx, `DELETE FROM answers WHERE created_at <= ?1`, now.Add(-onceLife).UnixMilli()); err != nil {
		return nil, false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO answers (tenant, actor, key, request, answer, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
		scope.Tenant.Key, scope.Actor.ID, once.Key, once.Request[:], answer, now.UnixMilli())
	return answer, false, err
}

// onceForForm names what a form asks for. Its token alone is not enough: a page that
// Back brought up again carries the old token, and another choice made on it is
// another group.
func onceForForm(token string, in billing.GroupInput) Once {
	if token == "" {
		return Once{}
	}
	sum := sha256.Sum256([]byte(token + jsonOf(in)))
	return Once{Key: "form " + hex.EncodeToString(sum[:]), Request: sum}
}
