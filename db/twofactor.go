package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"errors"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"billfold/billing"
)

var (
	// ErrWrongCode means that a code is not good, or not any more.
	ErrWrongCode = errors.New("the code is wrong or was used before")
	// ErrNoSetup means that no authenticator app is being set up in this session.
	ErrNoSetup = errors.New("no authenticator app is being set up")
)

// RecoveryCodes is how many recovery codes are made at a time.
const RecoveryCodes = 10

// TwoFactor is how it stands with the second factor of a user.
type TwoFactor struct {
	On    bool
	Since time.Time
	// CodesLeft are the recovery codes that were not used.
	CodesLeft int
	// RequiredBy is the name of a business unit that requires it, or "".
	RequiredBy string
}

// TwoFactorSetup is what an authenticator app has to be told: the secret, as it is typed,
// and the address that holds all, as it is in a QR code.
type TwoFactorSetup struct{ Secret, URL string }

// TwoFactor answers how it stands with the second factor of the user of a session.
func (s *Store) TwoFactor(ctx context.Context, token string) (state TwoFactor, err error) {
	err = s.read(ctx, func(q querier) error {
		own, err := ownAccount(ctx, q, token)
		if err != nil {
			return err
		}
		if state.RequiredBy, err = requiredBy(ctx, q, own.key); err != nil {
			return err
		}
		var since int64
		err = q.QueryRowContext(ctx, `SELECT since, (SELECT count(*) FROM recovery_codes AS r WHERE r.user = f.user) FROM two_factor AS f WHERE f.user = ?1`, own.key).
			Scan(&since, &state.CodesLeft)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		state.On, state.Since = true, time.UnixMilli(since).UTC()
		return err
	})
	return state, wrap("two-factor", err)
}

// requiredBy answers the name of a business unit of the user that requires two factors, or "".
func requiredBy(ctx context.Context, q querier, user int64) (name string, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT t.name FROM memberships AS m JOIN tenants AS t ON t.key = m.tenant
		WHERE m.user = ?1 AND t.two_factor_required = 1 ORDER BY t.key LIMIT 1`, user).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return name, err
}

// BeginTwoFactor begins to set up an authenticator app in a session, in place of the one
// that was set up before. Nothing holds until [Store.ConfirmTwoFactor]. proof is the
// user's password or, where there is an app already, a code of it; it fails with
// [ErrWrongPassword] or [ErrWrongCode].
func (s *Store) BeginTwoFactor(ctx context.Context, token, proof string) error {
	return wrap("begin two-factor", s.withProof(ctx, token, proof, func(ctx context.Context, tx querier, own account) error {
		key, err := totp.Generate(totp.GenerateOpts{Issuer: "Billfold", AccountName: own.user.Email, SecretSize: 20})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE sessions SET setup_url = ?2 WHERE token_hash = ?1`, hashToken(token), key.URL())
		return err
	}))
}

// TwoFactorSetup answers what the app has to be told that is being set up in a session,
// or [ErrNoSetup].
func (s *Store) TwoFactorSetup(ctx context.Context, token string) (TwoFactorSetup, error) {
	own, err := ownAccount(ctx, s.readers, token)
	if err != nil {
		return TwoFactorSetup{}, wrap("two-factor set-up", err)
	}
	setup, err := own.setup()
	return setup, wrap("two-factor set-up", err)
}

func (a account) setup() (TwoFactorSetup, error) {
	if a.setupURL == "" {
		return TwoFactorSetup{}, ErrNoSetup
	}
	key, err := otp.NewKeyFromURL(a.setupURL)
	if err != nil {
		return TwoFactorSetup{}, err
	}
	return TwoFactorSetup{Secret: key.Secret(), URL: key.URL()}, nil
}

// ConfirmTwoFactor ends the set-up of a session with a code of the app: from now on the
// user signs in with one. It answers new recovery codes, of which only hashes are kept,
// and ends the user's other sessions, which were begun without a code. It fails with
// [ErrNoSetup] and [ErrWrongCode].
func (s *Store) ConfirmTwoFactor(ctx context.Context, token, code string) (recovery []string, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		own, err := ownAccount(ctx, tx, token)
		if err != nil {
			return err
		}
		setup, err := own.setup()
		if err != nil {
			return err
		}
		step, err := matchingStep(setup.Secret, code, s.Now(), 0)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO two_factor (user, secret, last_step, since) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (user) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step, since = excluded.since`,
			own.key, setup.Secret, step, s.Now().UnixMilli()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sessions SET setup_url = NULL WHERE token_hash = ?1`, hashToken(token)); err != nil {
			return err
		}
		if err := endOthers(ctx, tx, own.key, token); err != nil {
			return err
		}
		if recovery, err = replaceRecoveryCodes(ctx, tx, own.key); err != nil {
			return err
		}
		return s.recordOfUser(ctx, tx, own.actor(), own.key, own.user.ID, "user.two_factor_on", nil, nil)
	})
	if err != nil {
		return nil, wrap("confirm two-factor", err)
	}
	return recovery, nil
}

// NewRecoveryCodes makes new recovery codes for the user of a session; those before are
// good no more. proof is as that of [Store.BeginTwoFactor]. NOT_FOUND where the user
// signs in without a second factor.
func (s *Store) NewRecoveryCodes(ctx context.Context, token, proof string) (recovery []string, err error) {
	err = s.withProof(ctx, token, proof, func(ctx context.Context, tx querier, own account) error {
		if _, _, err := appOf(ctx, tx, own.key); err != nil {
			return err
		}
		if recovery, err = replaceRecoveryCodes(ctx, tx, own.key); err != nil {
			return err
		}
		return s.recordOfUser(ctx, tx, own.actor(), own.key, own.user.ID, "user.recovery_codes_made", nil, nil)
	})
	if err != nil {
		return nil, wrap("new recovery codes", err)
	}
	return recovery, nil
}

// SwitchOffTwoFactor lets the user of a session sign in with the password alone. proof is
// as that of [Store.BeginTwoFactor]. It refuses with VALIDATION_ERROR where a business
// unit of the user's requires a second factor; where there is none, nothing is done.
func (s *Store) SwitchOffTwoFactor(ctx context.Context, token, proof string) error {
	return wrap("switch off two-factor", s.withProof(ctx, token, proof, func(ctx context.Context, tx querier, own account) error {
		unit, err := requiredBy(ctx, tx, own.key)
		if err != nil {
			return err
		}
		if unit != "" {
			return billing.Refuse([]billing.Problem{invalid("proof", unit+" requires two-factor sign-in, so it stays on. For another phone, set up another app.")})
		}
		removed, err := removeTwoFactor(ctx, tx, own.key)
		if err != nil || !removed {
			return err
		}
		return s.recordOfUser(ctx, tx, own.actor(), own.key, own.user.ID, "user.two_factor_off", nil, nil)
	}))
}

// withProof does something to the account of the user of a session, once the user has
// proved by the password or by a code of the app to be at the keyboard.
func (s *Store) withProof(ctx context.Context, token, proof string, do func(ctx context.Context, tx querier, own account) error) error {
	own, err := ownAccount(ctx, s.readers, token)
	if err != nil {
		return err
	}
	code, isCode := billing.AppCode(proof)
	if !isCode { // no password is as short as a code
		match, err := s.passwords.match(ctx, proof, own.hash)
		if err != nil {
			return err
		}
		if !match {
			return ErrWrongPassword
		}
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now, err := ownAccount(ctx, tx, token)
		if err != nil {
			return err
		}
		if isCode {
			if err := s.useAppCode(ctx, tx, now.key, code); err != nil {
				return err
			}
		} else if now.hash != own.hash {
			return ErrWrongPassword // changed while it was compared
		}
		return do(ctx, tx, now)
	})
}

// appOf answers the secret of a user's app and the step of the code used last, or NOT_FOUND.
func appOf(ctx context.Context, q querier, user int64) (secret string, lastStep int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT secret, last_step FROM two_factor WHERE user = ?1`, user).Scan(&secret, &lastStep)
	if errors.Is(err, sql.ErrNoRows) {
		err = billing.NotFound("authenticator app")
	}
	return secret, lastStep, err
}

// useAppCode takes a code of a user's app, which is good no more after that, or fails
// with [ErrWrongCode]. Changes come one after the other, so of two uses at once one wins.
func (s *Store) useAppCode(ctx context.Context, tx querier, user int64, code string) error {
	secret, last, err := appOf(ctx, tx, user)
	if billing.CodeOf(err) == billing.CodeNotFound {
		return ErrWrongCode
	}
	if err != nil {
		return err
	}
	step, err := matchingStep(secret, code, s.Now(), last)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE two_factor SET last_step = ?2 WHERE user = ?1`, user, step)
	return err
}

// matchingStep answers the step that a code is of, of those that are good now, or fails
// with [ErrWrongCode].
func matchingStep(secret, typed string, now time.Time, lastStep int64) (int64, error) {
	code, is := billing.AppCode(typed)
	if !is {
		return 0, ErrWrongCode
	}
	for _, step := range billing.AppCodeSteps(now, lastStep) {
		match, err := hotp.ValidateCustom(code, uint64(step), secret, hotp.ValidateOpts{Digits: billing.AppCodeDigits})
		if err != nil {
			return 0, err
		}
		if match {
			return step, nil
		}
	}
	return 0, ErrWrongCode
}

// removeTwoFactor forgets a user's app and recovery codes, and tells whether there was one.
func removeTwoFactor(ctx context.Context, tx querier, user int64) (removed bool, err error) {
	result, err := tx.ExecContext(ctx, `DELETE FROM two_factor WHERE user = ?1`, user)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// replaceRecoveryCodes makes new recovery codes of 80 random bits each: so many that a
// plain hash of one can't be tried out.
func replaceRecoveryCodes(ctx context.Context, tx querier, user int64) (codes []string, err error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user = ?1`, user); err != nil {
		return nil, err
	}
	for range RecoveryCodes {
		var random [10]byte
		rand.Read(random[:]) // never fails
		code := strings.ToLower(base32.StdEncoding.EncodeToString(random[:]))
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery_codes (user, hash) VALUES (?1, ?2)`, user, hashToken(code)); err != nil {
			return nil, err
		}
		codes = append(codes, billing.RecoveryCodeWords(code))
	}
	return codes, nil
}
