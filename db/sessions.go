package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// How long a session lives.
const (
	SessionIdle = 30 * time.Minute // without a request
	SessionLife = 10 * time.Hour   // in all
)

var (
	// ErrWrongPassword means that e-mail address and password don't belong together.
	// It does not tell which of them is wrong.
	ErrWrongPassword = errors.New("the e-mail address or the password is wrong")
	// ErrNoSession means that nobody is signed in with this token, or not any more.
	ErrNoSession = errors.New("there is no such session")
)

// Session is a signed-in user, with the role of this moment.
type Session struct {
	User   billing.User
	Role   billing.Role
	Tenant Tenant
	// Shortcuts tells whether single keys do something for the user.
	Shortcuts bool
}

// Scope answers the user as one who acts in the tenant.
func (s Session) Scope() Scope {
	return Scope{Tenant: s.Tenant, Actor: Actor{Kind: ActorUser, ID: s.User.ID, Name: s.User.Name}}
}

// SignIn begins a session and answers its token, which is new each time. It fails
// with [ErrWrongPassword], the same and after the same time for an unknown user and
// for a wrong password, and with [ErrBusy].
func (s *Store) SignIn(ctx context.Context, email, password string) (token string, err error) {
	user, hash, err := s.credentials(ctx, email, password)
	if err != nil {
		return "", wrap("sign in", err)
	}
	// Outside the transaction: nobody's change waits for a password.
	match, err := s.passwords.match(ctx, password, hash)
	if err != nil {
		return "", wrap("sign in", err)
	}
	if !match {
		return "", wrap("sign in", ErrWrongPassword)
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var tenant int64
		// The password may have been changed while this one was compared.
		err := tx.QueryRowContext(ctx, `
			SELECT m.tenant
			FROM users AS u JOIN memberships AS m ON m.user = u.key
			WHERE u.key = ?1 AND u.password_hash = ?2
			ORDER BY m.tenant
			LIMIT 1`, user, hash).Scan(&tenant)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrWrongPassword
		}
		if err != nil {
			return err
		}
		if err := purge(ctx, tx, s.Now()); err != nil {
			return err
		}
		token, err = insertSession(ctx, tx, tenant, user, s.Now())
		return err
	})
	if err != nil {
		return "", wrap("sign in", err)
	}
	return token, nil
}

// credentials answers the user's key and the hash to compare the password with:
// one that nothing matches where there is no such user.
func (s *Store) credentials(ctx context.Context, email, password string) (user int64, hash string, err error) {
	email, err = billing.ParseEmail(email)
	if err != nil {
		return 0, dummyHash, nil
	}
	err = s.readers.QueryRowContext(ctx, `SELECT key, password_hash FROM users WHERE email = ?1`, email).Scan(&user, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, dummyHash, nil
	}
	return user, hash, err
}

func insertSession(ctx context.Context, q querier, tenant, user int64, now time.Time) (token string, err error) {
	token = newToken()
	_, err = q.ExecContext(ctx, `
		INSERT INTO sessions (token_hash, user, tenant, created_at, last_used_at)
		VALUES (?1, ?2, ?3, ?4, ?4)`, hashToken(token), user, tenant, now.UnixMilli())
	return token, err
}

// purge deletes what is over by its age: sessions, of which the idle ones get there
// within hours, and uploads that nobody took in.
func purge(ctx context.Context, q querier, now time.Time) error {
	if _, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE created_at <= ?1`, now.Add(-SessionLife).UnixMilli()); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `DELETE FROM uploads WHERE created_at <= ?1`, now.Add(-uploadLife).UnixMilli())
	return err
}

// Session answers who is signed in with a token, with [ErrNoSession] where nobody
// is: an unknown token, one without a request for 30 minutes, one of 10 hours ago.
func (s *Store) Session(ctx context.Context, token string) (Session, error) {
	session, err := s.session(ctx, hashToken(token))
	return session, wrap("session", err)
}

func (s *Store) session(ctx context.Context, hash []byte) (session Session, err error) {
	var created, lastUsed int64
	session.Tenant, err = scanTenant(s.readers.QueryRowContext(ctx, `
		SELECT s.created_at, s.last_used_at, u.id, u.email, u.name, u.shortcuts, m.role, `+tenantColumns+`
		FROM sessions AS s
		JOIN users AS u ON u.key = s.user
		JOIN memberships AS m ON m.tenant = s.tenant AND m.user = s.user
		JOIN tenants AS t ON t.key = s.tenant
		WHERE s.token_hash = ?1`, hash),
		&created, &lastUsed, &session.User.ID, &session.User.Email, &session.User.Name, &session.Shortcuts, &session.Role)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, err
	}
	now := s.Now()
	idle := now.Sub(time.UnixMilli(lastUsed))
	if idle >= SessionIdle || now.Sub(time.UnixMilli(created)) >= SessionLife {
		return Session{}, ErrNoSession
	}
	if idle >= touchAfter {
		s.touch(hash, now, `UPDATE sessions SET last_used_at = ?2 WHERE token_hash = ?1 AND last_used_at < ?2`)
	}
	return session, nil
}

// SignOut ends a session. One that is over already is fine.
func (s *Store) SignOut(ctx context.Context, token string) error {
	return wrap("sign out", s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = ?1`, hashToken(token))
		return err
	}))
}
