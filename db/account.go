package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// OpenSession is one of the sessions that a user has open.
type OpenSession struct {
	// Tenant is the name of the business unit that it is in.
	Tenant          string
	Began, LastUsed time.Time
	// Current is the session that asks.
	Current bool
}

// account is the user behind a session's token, for what people do to their own account.
type account struct {
	key  int64
	user billing.User
	// hash is what is kept of the password.
	hash string
	// setupURL tells an app its secret, while it is set up in this session.
	setupURL string
}

func (a account) actor() Actor { return Actor{Kind: ActorUser, ID: a.user.ID, Name: a.user.Name} }

// ownAccount answers who is signed in with a token, or [ErrNoSession].
func ownAccount(ctx context.Context, q querier, token string) (a account, err error) {
	var setup sql.NullString
	err = q.QueryRowContext(ctx, `
		SELECT u.key, u.id, u.email, u.name, u.password_hash, s.setup_url
		FROM sessions AS s JOIN users AS u ON u.key = s.user
		WHERE s.token_hash = ?1 AND s.pending = 0`, hashToken(token)).
		Scan(&a.key, &a.user.ID, &a.user.Email, &a.user.Name, &a.hash, &setup)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoSession
	}
	a.setupURL = setup.String
	return a, err
}

// OpenSessions answers the sessions that the user of a session has open, the one used
// last first.
func (s *Store) OpenSessions(ctx context.Context, token string) (open []OpenSession, err error) {
	now := s.Now()
	err = eachRow(ctx, s.readers, `
		SELECT t.name, o.created_at, o.last_used_at, o.token_hash = ?1
		FROM sessions AS s
		JOIN sessions AS o ON o.user = s.user
		JOIN tenants AS t ON t.key = o.tenant
		WHERE s.token_hash = ?1 AND s.pending = 0 AND o.pending = 0 AND o.created_at > ?2 AND o.last_used_at > ?3
		ORDER BY 4 DESC, o.last_used_at DESC, o.created_at DESC`,
		[]any{hashToken(token), now.Add(-SessionLife).UnixMilli(), now.Add(-SessionIdle).UnixMilli()}, func(row scanner) error {
			var one OpenSession
			var began, used int64
			err := row.Scan(&one.Tenant, &began, &used, &one.Current)
			one.Began, one.LastUsed = time.UnixMilli(began).UTC(), time.UnixMilli(used).UTC()
			open = append(open, one)
			return err
		})
	return open, wrap("open sessions", err)
}

// ChangeName gives the user of a session another name, and tells whether that changes
// anything. It refuses as [billing.ParseUserName] does.
func (s *Store) ChangeName(ctx context.Context, token, typed string) (changed bool, err error) {
	name, err := billing.ParseUserName(typed)
	if err != nil {
		return false, wrap("change name", err)
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		own, err := ownAccount(ctx, tx, token)
		if changed = own.user.Name != name; err != nil || !changed {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET name = ?2 WHERE key = ?1`, own.key, name); err != nil {
			return err
		}
		return s.recordOfUser(ctx, tx, own.actor(), own.key, own.user.ID, "user.changed", map[string]any{"name": own.user.Name}, map[string]any{"name": name})
	})
	return changed, wrap("change name", err)
}

// ChangePassword gives the user of a session another password. It ends all the user's
// other sessions, and this one goes on with the new token it answers.
//
// It fails with [ErrWrongPassword] where the current one is wrong, joined with what
// [billing.PasswordChange.Check] refuses, and with [ErrBusy].
func (s *Store) ChangePassword(ctx context.Context, token string, in billing.PasswordChange) (renewed string, err error) {
	renewed, err = s.changePassword(ctx, token, in)
	return renewed, wrap("change password", err)
}

func (s *Store) changePassword(ctx context.Context, token string, in billing.PasswordChange) (renewed string, err error) {
	own, err := ownAccount(ctx, s.readers, token)
	if err != nil {
		return "", err
	}
	match, err := s.passwords.match(ctx, in.Current, own.hash)
	if err != nil {
		return "", err
	}
	refusal := in.Check(own.user.Email)
	if !match {
		refusal = errors.Join(ErrWrongPassword, refusal)
	}
	if refusal != nil {
		return "", refusal
	}
	hash, err := s.passwords.hash(ctx, in.Password)
	if err != nil {
		return "", err
	}
	renewed = newToken()
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// The session may have ended, or the password been changed, while it was compared.
		now, err := ownAccount(ctx, tx, token)
		if err != nil {
			return err
		}
		if now.hash != own.hash {
			return ErrWrongPassword
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET password_hash = ?2 WHERE key = ?1`, own.key, hash); err != nil {
			return err
		}
		if err := endOthers(ctx, tx, own.key, token); err != nil {
			return err
		}
		// It is as old as it was: a password is no second factor, so it prolongs nothing.
		if _, err := tx.ExecContext(ctx, `UPDATE sessions SET token_hash = ?2 WHERE token_hash = ?1`, hashToken(token), hashToken(renewed)); err != nil {
			return err
		}
		return s.recordOfUser(ctx, tx, now.actor(), own.key, own.user.ID, "user.password_changed", nil, nil)
	})
	return renewed, err
}

// SignOutEverywhere ends all sessions of the user of a session, that one too.
func (s *Store) SignOutEverywhere(ctx context.Context, token string) error {
	return wrap("sign out everywhere", s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		own, err := ownAccount(ctx, tx, token)
		if err != nil {
			return err
		}
		if err := endSessions(ctx, tx, own.key); err != nil {
			return err
		}
		return s.recordOfUser(ctx, tx, own.actor(), own.key, own.user.ID, "user.signed_out_everywhere", nil, nil)
	}))
}

// endSessions ends all sessions of a user.
func endSessions(ctx context.Context, q querier, user int64) error {
	_, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?1`, user)
	return err
}

// endOthers ends the sessions of a user but the one of a token.
func endOthers(ctx context.Context, q querier, user int64, token string) error {
	_, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?1 AND token_hash <> ?2`, user, hashToken(token))
	return err
}

// recordOfUser records what was done to a user, in every tenant that the user works in.
func (s *Store) recordOfUser(ctx context.Context, q querier, actor Actor, userKey int64, userID, action string, before, after any) error {
	tenants, err := loadTenants(ctx, q, `JOIN memberships AS m ON m.tenant = t.key WHERE m.user = ?1`, userKey)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		if err := appendActivity(ctx, q, Scope{t, actor}, s.Now(), action, "user", userID, before, after); err != nil {
			return err
		}
	}
	return nil
}
