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
	// TwoFactor tells whether the user signs in with two factors.
	TwoFactor bool
	// Shortcuts tells whether single keys do something for the user.
	Shortcuts bool
	// Units are the business units that the user works in, by name, where there are
	// several; else nil.
	Units []Unit
}

// Unit is a business unit by name.
type Unit struct{ ID, Name string }

// Scope answers the user as one who acts in the tenant.
func (s Session) Scope() Scope {
	return Scope{Tenant: s.Tenant, Actor: Actor{Kind: ActorUser, ID: s.User.ID, Name: s.User.Name}}
}

// MustSetUp tells whether the user has to set up a second factor before anything else.
func (s Session) MustSetUp() bool { return s.Tenant.TwoFactorRequired && !s.TwoFactor }

// SignIn begins a session in the business unit that the user was last seen in, and
// answers its token, which is new each time. Of a user with a second factor it opens
// nothing before [Store.FinishSignIn]; see [Store.SecondStep]. It fails
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
			ORDER BY m.seen_at DESC, m.tenant
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

// insertSession begins a session of a user whose password was right. It waits for the
// second factor where the user has one: no way in forgets to ask for it.
func insertSession(ctx context.Context, q querier, tenant, user int64, now time.Time) (token string, err error) {
	token = newToken()
	_, err = q.ExecContext(ctx, `
		INSERT INTO sessions (token_hash, user, tenant, created_at, last_used_at, pending)
		VALUES (?1, ?2, ?3, ?4, ?4, EXISTS (SELECT 1 FROM two_factor WHERE user = ?2))`, hashToken(token), user, tenant, now.UnixMilli())
	if err != nil {
		return "", err
	}
	return token, seen(ctx, q, tenant, user, now)
}

// moveSession puts a session into another business unit, with a new token: what a page
// of the one before still holds is worth nothing. The session gets no younger.
func moveSession(ctx context.Context, q querier, old string, tenant, user int64, now time.Time) (token string, err error) {
	token = newToken()
	result, err := q.ExecContext(ctx, `UPDATE sessions SET token_hash = ?2, tenant = ?3, last_used_at = ?5 WHERE token_hash = ?1 AND user = ?4 AND pending = 0`,
		hashToken(old), hashToken(token), tenant, user, now.UnixMilli())
	if err != nil {
		return "", err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return "", errors.Join(err, ErrNoSession)
	}
	return token, seen(ctx, q, tenant, user, now)
}

// seen keeps when a user was last seen in a business unit.
func seen(ctx context.Context, q querier, tenant, user int64, now time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE memberships SET seen_at = ?3 WHERE tenant = ?1 AND user = ?2`, tenant, user, now.UnixMilli())
	return err
}

// purge deletes what is over by its age: sessions, of which the idle ones get there within
// hours, sign-ins that wait for a second factor, invites that were not accepted and uploads
// that nobody took in.
func purge(ctx context.Context, q querier, now time.Time) error {
	if _, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE created_at <= ?1 OR pending = 1 AND created_at <= ?2`,
		now.Add(-SessionLife).UnixMilli(), now.Add(-SecondStepLife).UnixMilli()); err != nil {
		return err
	}
	if _, err := q.ExecContext(ctx, `DELETE FROM invites WHERE expires_at <= ?1`, now.UnixMilli()); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `DELETE FROM uploads WHERE created_at <= ?1`, now.Add(-uploadLife).UnixMilli())
	return err
}

// Session answers who is signed in with a token, with [ErrNoSession] where nobody
// is: an unknown token, one without a request for 30 minutes, one of 10 hours ago, one that
// waits for its second factor.
func (s *Store) Session(ctx context.Context, token string) (Session, error) {
	session, err := s.session(ctx, hashToken(token))
	return session, wrap("session", err)
}

func (s *Store) session(ctx context.Context, hash []byte) (session Session, err error) {
	var created, lastUsed int64
	var units int
	session.Tenant, err = scanTenant(s.readers.QueryRowContext(ctx, `
		SELECT s.created_at, s.last_used_at, (SELECT count(*) FROM memberships AS o WHERE o.user = s.user), u.id, u.email, u.name, u.shortcuts,
			EXISTS (SELECT 1 FROM two_factor AS f WHERE f.user = s.user), m.role, `+tenantColumns+`
		FROM sessions AS s
		JOIN users AS u ON u.key = s.user
		JOIN memberships AS m ON m.tenant = s.tenant AND m.user = s.user
		JOIN tenants AS t ON t.key = s.tenant
		WHERE s.token_hash = ?1 AND s.pending = 0`, hash),
		&created, &lastUsed, &units, &session.User.ID, &session.User.Email, &session.User.Name, &session.Shortcuts, &session.TwoFactor, &session.Role)
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
		s.touch(hash, now, `UPDATE sessions SET last_used_at = ?2 WHERE token_hash = ?1 AND last_used_at < ?2`,
			`UPDATE memberships SET seen_at = ?2 WHERE (tenant, user) IN (SELECT tenant, user FROM sessions WHERE token_hash = ?1) AND ifnull(seen_at, 0) < ?2`)
	}
	if units > 1 {
		session.Units, err = unitsOf(ctx, s.readers, session.User.ID)
	}
	return session, err
}

// unitsOf answers the business units that a user works in, by name.
func unitsOf(ctx context.Context, q querier, userID string) (units []Unit, err error) {
	err = eachRow(ctx, q, `
		SELECT t.id, t.name FROM users AS u JOIN memberships AS m ON m.user = u.key JOIN tenants AS t ON t.key = m.tenant
		WHERE u.id = ?1 ORDER BY t.name COLLATE NOCASE, t.key`, []any{userID}, func(row scanner) error {
		var unit Unit
		err := row.Scan(&unit.ID, &unit.Name)
		units = append(units, unit)
		return err
	})
	return units, err
}

// SwitchUnit puts a session into another business unit that its user works in, and
// answers its new token. NOT_FOUND for any other business unit, [ErrNoSession] for a
// session that is over.
func (s *Store) SwitchUnit(ctx context.Context, token, unitID string) (next string, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var tenant, user int64
		err := tx.QueryRowContext(ctx, `
			SELECT t.key, m.user FROM sessions AS s JOIN memberships AS m ON m.user = s.user JOIN tenants AS t ON t.key = m.tenant
			WHERE s.token_hash = ?1 AND s.pending = 0 AND t.id = ?2`, hashToken(token), unitID).Scan(&tenant, &user)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("business unit")
		}
		if err != nil {
			return err
		}
		next, err = moveSession(ctx, tx, token, tenant, user, s.Now())
		return err
	})
	if err != nil {
		return "", wrap("switch business unit", err)
	}
	return next, nil
}

// SignOut ends a session. One that is over already is fine.
func (s *Store) SignOut(ctx context.Context, token string) error {
	return wrap("sign out", s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE token_hash = ?1`, hashToken(token))
		return err
	}))
}
