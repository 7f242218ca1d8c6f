package db

import (
	"context"
	"database/sql"
	"errors"

	"billfold/billing"
)

// TwoFactorReset is what a reset of somebody's second factor comes to.
type TwoFactorReset struct {
	User billing.User
	// On tells whether there is one to reset.
	On bool
	// Refusal says why the actor may not, or is "".
	Refusal string
}

// CheckTwoFactorReset answers what [Store.ResetTwoFactor] would do now. NOT_FOUND where
// the user does not work in the scope's business unit.
func (s *Store) CheckTwoFactorReset(ctx context.Context, scope Scope, userID string) (check TwoFactorReset, err error) {
	err = s.read(ctx, func(q querier) error {
		check, _, err = checkTwoFactorReset(ctx, q, scope, userID)
		return err
	})
	return check, wrap("check two-factor reset", err)
}

func checkTwoFactorReset(ctx context.Context, q querier, scope Scope, userID string) (check TwoFactorReset, key int64, err error) {
	var elsewhere bool
	err = q.QueryRowContext(ctx, `
		SELECT u.key, u.id, u.email, u.name, EXISTS (SELECT 1 FROM two_factor AS f WHERE f.user = u.key),
			EXISTS (SELECT 1 FROM memberships AS o WHERE o.user = u.key AND o.tenant <> ?1 AND NOT EXISTS (
				SELECT 1 FROM memberships AS a JOIN users AS au ON au.key = a.user WHERE a.tenant = o.tenant AND a.role = 'owner' AND au.id = ?3))
		FROM users AS u JOIN memberships AS m ON m.user = u.key
		WHERE m.tenant = ?1 AND u.id = ?2`, scope.Tenant.Key, userID, scope.Actor.ID).
		Scan(&key, &check.User.ID, &check.User.Email, &check.User.Name, &check.On, &elsewhere)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = billing.NotFound("user")
	case userID == scope.Actor.ID:
		check.Refusal = "This is you. Switch it off under “Your account”, where you are asked for your password or a code."
	case elsewhere:
		check.Refusal = check.User.Name + " also works in another business unit, of which you are not an owner, and would be less safe there too. " +
			"Ask somebody who is an owner of both, or whoever runs this server: billfold user two-factor " + check.User.Email + " --off"
	}
	return check, key, err
}

// ResetTwoFactor switches off the second factor of somebody who has lost phone and
// recovery codes, and ends all sessions of that user, who then signs in with the password
// alone and, where the business unit requires it, sets up another app first.
//
// A second factor is a person's, and guards all business units that the person works in.
// So who resets it must be an owner of each of them, or it is refused with
// VALIDATION_ERROR, as is one's own. NOT_FOUND where the user does not work in the
// scope's business unit. Where there is no second factor nothing is done. It answers
// who it was.
func (s *Store) ResetTwoFactor(ctx context.Context, scope Scope, userID string) (reset billing.User, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		check, key, err := checkTwoFactorReset(ctx, tx, scope, userID)
		if err != nil {
			return err
		}
		if check.Refusal != "" {
			return billing.Refuse([]billing.Problem{invalid("", check.Refusal)})
		}
		reset = check.User
		_, err = s.resetTwoFactor(ctx, tx, scope.Actor, key, userID)
		return err
	})
	return reset, wrap("reset two-factor", err)
}

// SwitchOffTwoFactorOf is ResetTwoFactor for whoever runs the machine, of any user, by
// e-mail address. It tells whether there was a second factor.
func (s *Store) SwitchOffTwoFactorOf(ctx context.Context, actor Actor, email string) (was bool, err error) {
	email, err = billing.ParseEmail(email)
	if err != nil {
		return false, wrap("switch off two-factor", billing.Refuse([]billing.Problem{invalid("email", err.Error()+".")}))
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var key int64
		var id string
		err := tx.QueryRowContext(ctx, `SELECT key, id FROM users WHERE email = ?1`, email).Scan(&key, &id)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("user")
		}
		if err != nil {
			return err
		}
		was, err = s.resetTwoFactor(ctx, tx, actor, key, id)
		return err
	})
	return was, wrap("switch off two-factor", err)
}

func (s *Store) resetTwoFactor(ctx context.Context, tx querier, actor Actor, user int64, userID string) (was bool, err error) {
	was, err = removeTwoFactor(ctx, tx, user)
	if err != nil || !was {
		return was, err
	}
	if err := endSessions(ctx, tx, user); err != nil {
		return was, err
	}
	return was, s.recordOfUser(ctx, tx, actor, user, userID, "user.two_factor_reset", nil, nil)
}
