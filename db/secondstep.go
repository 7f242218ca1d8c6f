package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// SecondStepLife is how long a sign-in waits for its second factor.
const SecondStepLife = 5 * time.Minute

// SecondStep is a sign-in that waits for its second factor: the password was right.
type SecondStep struct{ Email string }

// SecondStep answers the sign-in that a token stands for while it waits for its second
// factor, with [ErrNoSession] where it does not, or has waited too long.
func (s *Store) SecondStep(ctx context.Context, token string) (step SecondStep, err error) {
	_, step.Email, err = s.pendingUser(ctx, s.readers, token)
	return step, wrap("second step", err)
}

func (s *Store) pendingUser(ctx context.Context, q querier, token string) (own account, email string, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT u.key, u.id, u.name, u.email FROM sessions AS s JOIN users AS u ON u.key = s.user
		WHERE s.token_hash = ?1 AND s.pending = 1 AND s.created_at > ?2`, hashToken(token), s.Now().Add(-SecondStepLife).UnixMilli()).
		Scan(&own.key, &own.user.ID, &own.user.Name, &email)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoSession
	}
	return own, email, err
}

// SecondFactor is what somebody has signed in with besides the password.
type SecondFactor struct {
	// Recovery tells that it was a recovery code; CodesLeft are those not used yet.
	Recovery  bool
	CodesLeft int
}

// FinishSignIn takes the second factor of a sign-in, a code of the app or a recovery
// code, each once. It answers the token of the session, which is another one than that
// of the sign-in. It fails with [ErrNoSession] as [Store.SecondStep] does, and with
// [ErrWrongCode].
func (s *Store) FinishSignIn(ctx context.Context, token, typed string) (session string, used SecondFactor, err error) {
	session = newToken()
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		own, _, err := s.pendingUser(ctx, tx, token)
		if err != nil {
			return err
		}
		if code, is := billing.AppCode(typed); is {
			err = s.useAppCode(ctx, tx, own.key, code)
		} else {
			used, err = s.useRecoveryCode(ctx, tx, own, typed)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sessions SET token_hash = ?2, pending = 0, created_at = ?3, last_used_at = ?3 WHERE token_hash = ?1`,
			hashToken(token), hashToken(session), s.Now().UnixMilli())
		return err
	})
	if err != nil {
		return "", SecondFactor{}, wrap("finish sign-in", err)
	}
	return session, used, nil
}

// useRecoveryCode takes a recovery code of a user, or fails with [ErrWrongCode].
func (s *Store) useRecoveryCode(ctx context.Context, tx querier, own account, typed string) (used SecondFactor, err error) {
	result, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user = ?1 AND hash = ?2`, own.key, hashToken(billing.RecoveryCode(typed)))
	if err != nil {
		return used, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return used, errors.Join(err, ErrWrongCode)
	}
	used.Recovery = true
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM recovery_codes WHERE user = ?1`, own.key).Scan(&used.CodesLeft); err != nil {
		return used, err
	}
	return used, s.recordOfUser(ctx, tx, own.actor(), own.key, own.user.ID, "user.recovery_code_used", nil, map[string]any{"left": used.CodesLeft})
}
