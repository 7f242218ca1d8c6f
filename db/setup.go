package db

import (
	"context"
	"database/sql"

	"billfold/billing"
)

// NeedsSetup tells whether there is nobody yet who could sign in.
func (s *Store) NeedsSetup(ctx context.Context) (needed bool, err error) {
	err = s.readers.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM users)`).Scan(&needed)
	return needed, wrap("needs setup", err)
}

// NewSetupLink answers the token of a new one-time link to make the first owner. It
// replaces the link before it.
func (s *Store) NewSetupLink(ctx context.Context) (token string, err error) {
	token = newToken()
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO setup_links (only, token_hash, created_at) VALUES (1, ?1, ?2)
			ON CONFLICT (only) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at`,
			hashToken(token), s.Now().UnixMilli())
		return err
	})
	if err != nil {
		return "", wrap("new setup link", err)
	}
	return token, nil
}

// SetupLinkValid tells whether a link can still be used: it was not replaced, and
// nobody has been set up since.
func (s *Store) SetupLinkValid(ctx context.Context, token string) (bool, error) {
	valid, err := setupLinkValid(ctx, s.readers, token)
	return valid, wrap("setup link", err)
}

func setupLinkValid(ctx context.Context, q querier, token string) (valid bool, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM setup_links WHERE token_hash = ?1) AND NOT EXISTS (SELECT 1 FROM users)`,
		hashToken(token)).Scan(&valid)
	return valid, err
}

// Setup makes the business unit and its owner, uses up the link and signs the owner
// in: it answers the session's token. It tells all problems of both inputs at once,
// as [billing.NewTenant] and [billing.NewUser] do, and refuses a link that was used
// or replaced with NOT_FOUND.
func (s *Store) Setup(ctx context.Context, token string, t billing.TenantInput, u billing.UserInput) (session string, err error) {
	session, err = s.setup(ctx, token, t, u)
	return session, wrap("setup", err)
}

func (s *Store) setup(ctx context.Context, token string, t billing.TenantInput, u billing.UserInput) (session string, err error) {
	// Asked before the inputs are looked at: a stranger without a link learns nothing
	// and costs no hash.
	if err := checkSetupLink(ctx, s.readers, token); err != nil {
		return "", err
	}
	tenant, err := billing.NewTenant(t)
	problems, err := problemsOf(err)
	if err != nil {
		return "", err
	}
	user, more, err := checkUser(u)
	if err != nil {
		return "", err
	}
	if err := billing.Refuse(append(more, problems...)); err != nil {
		return "", err
	}
	hash, err := s.passwords.hash(ctx, u.Password)
	if err != nil {
		return "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// Asked again: two people may have sent the link at the same time.
		if err := checkSetupLink(ctx, tx, token); err != nil {
			return err
		}
		session, err = s.makeOwner(ctx, tx, tenant, user, hash)
		return err
	})
	if err != nil {
		return "", err
	}
	return session, nil
}

// makeOwner writes what a setup makes, all of it done by the owner.
func (s *Store) makeOwner(ctx context.Context, q querier, t billing.Tenant, u billing.User, hash string) (session string, err error) {
	now := s.Now()
	tenant, err := insertTenant(ctx, q, t, now)
	if err != nil {
		return "", err
	}
	user, key, err := insertUser(ctx, q, tenant, u, billing.Owner, hash, now)
	if err != nil {
		return "", err
	}
	scope := Scope{Tenant: tenant, Actor: Actor{Kind: ActorUser, ID: user.ID, Name: user.Name}}
	if err := tenantCreated(ctx, q, scope, now); err != nil {
		return "", err
	}
	if err := userCreated(ctx, q, scope, user, billing.Owner, now); err != nil {
		return "", err
	}
	if _, err := q.ExecContext(ctx, `DELETE FROM setup_links`); err != nil {
		return "", err
	}
	return insertSession(ctx, q, tenant.Key, key, now)
}

// checkSetupLink refuses a link that can't be used.
func checkSetupLink(ctx context.Context, q querier, token string) error {
	valid, err := setupLinkValid(ctx, q, token)
	if err == nil && !valid {
		err = billing.NotFound("set-up link")
	}
	return err
}
