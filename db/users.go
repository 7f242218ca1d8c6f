package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// CreateUser adds a person who may sign in, in the scope's tenant. It tells all
// problems at once, each VALIDATION_ERROR: those of [billing.NewUser], a role that
// does not exist (path role), an e-mail address that is taken (path email).
func (s *Store) CreateUser(ctx context.Context, scope Scope, in billing.UserInput, role billing.Role) (user billing.User, err error) {
	user, err = s.createUser(ctx, scope, in, role)
	return user, wrap("create user", err)
}

func (s *Store) createUser(ctx context.Context, scope Scope, in billing.UserInput, role billing.Role) (billing.User, error) {
	user, problems, err := checkUser(in)
	if err != nil {
		return billing.User{}, err
	}
	if _, err := billing.ParseRole(string(role)); err != nil {
		problems = append(problems, invalid("role", err.Error()+"."))
	}
	taken, err := emailTaken(ctx, s.readers, scope.Tenant, user.Email)
	if err != nil {
		return billing.User{}, err
	}
	if err := billing.Refuse(append(problems, taken...)); err != nil {
		return billing.User{}, err
	}
	hash, err := s.passwords.hash(ctx, in.Password)
	if err != nil {
		return billing.User{}, err
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		// Somebody may have taken the address while the password was hashed.
		taken, err := emailTaken(ctx, tx, scope.Tenant, user.Email)
		if err := errors.Join(err, billing.Refuse(taken)); err != nil {
			return err
		}
		now := s.Now()
		user, _, err = insertUser(ctx, tx, scope.Tenant, user, role, hash, now)
		if err != nil {
			return err
		}
		return userCreated(ctx, tx, scope, user, role, now)
	})
	if err != nil {
		return billing.User{}, err
	}
	return user, nil
}

// checkUser reads the input for a user and answers what is wrong with it, for
// callers that look for more problems before they refuse.
func checkUser(in billing.UserInput) (billing.User, []billing.Problem, error) {
	user, err := billing.NewUser(in)
	problems, err := problemsOf(err)
	return user, problems, err
}

// problemsOf takes the problems out of a refusal; any other error it answers.
func problemsOf(err error) ([]billing.Problem, error) {
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		return refusal.Problems, nil
	}
	return nil, err
}

func invalid(path, message string) billing.Problem {
	return billing.Problem{Path: path, Code: billing.CodeValidation, Message: message}
}

// emailTaken finds out whether somebody signs in with an e-mail address already.
func emailTaken(ctx context.Context, q querier, t Tenant, email string) ([]billing.Problem, error) {
	var here bool
	err := q.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM memberships AS m WHERE m.tenant = ?1 AND m.user = u.key)
		FROM users AS u WHERE u.email = ?2`, t.Key, email).Scan(&here)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case here:
		return []billing.Problem{invalid("email", email+" signs in here already. Use another e-mail address.")}, nil
	}
	return []billing.Problem{invalid("email", email+" signs in to another business unit already. Use another e-mail address.")}, nil
}

func insertUser(ctx context.Context, q querier, t Tenant, user billing.User, role billing.Role, hash string, now time.Time) (billing.User, int64, error) {
	user.ID = newID("usr")
	result, err := q.ExecContext(ctx, `
		INSERT INTO users (id, email, name, password_hash, created_at)
		VALUES (?1, ?2, ?3, ?4, ?5)`, user.ID, user.Email, user.Name, hash, now.UnixMilli())
	if err != nil {
		return billing.User{}, 0, err
	}
	key, err := result.LastInsertId()
	if err != nil {
		return billing.User{}, 0, err
	}
	return user, key, insertMember(ctx, q, t, key, user.Email, role, now)
}

func userCreated(ctx context.Context, q querier, scope Scope, user billing.User, role billing.Role, now time.Time) error {
	return appendActivity(ctx, q, scope, now, "user.created", "user", user.ID, nil,
		map[string]any{"email": user.Email, "name": user.Name, "role": role})
}

// SetPassword gives a user a new password and ends all the user's sessions. It
// refuses an unknown e-mail address with NOT_FOUND and a password that [billing.CheckPassword]
// does not take with VALIDATION_ERROR (path password).
func (s *Store) SetPassword(ctx context.Context, actor Actor, email, password string) error {
	return wrap("set password", s.setPassword(ctx, actor, email, password))
}

func (s *Store) setPassword(ctx context.Context, actor Actor, email, password string) error {
	email, err := billing.ParseEmail(email)
	if err != nil {
		return billing.Refuse([]billing.Problem{invalid("email", err.Error()+".")})
	}
	if err := billing.CheckPassword(password, email); err != nil {
		return billing.Refuse([]billing.Problem{invalid("password", "Choose another password: "+err.Error()+".")})
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var key int64
		var id string
		err := tx.QueryRowContext(ctx, `UPDATE users SET password_hash = ?2 WHERE email = ?1 RETURNING key, id`, email, hash).Scan(&key, &id)
		if errors.Is(err, sql.ErrNoRows) {
			return billing.NotFound("user")
		}
		if err != nil {
			return err
		}
		if err := endSessions(ctx, tx, key); err != nil {
			return err
		}
		return s.recordOfUser(ctx, tx, actor, key, id, "user.password_changed", nil, nil)
	})
}

// SetShortcuts switches keyboard shortcuts on or off for a user. It is a habit of one
// person, no change of the business, and so not in the activity. NOT_FOUND for an
// unknown id.
func (s *Store) SetShortcuts(ctx context.Context, userID string, on bool) error {
	return wrap("set shortcuts", s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE users SET shortcuts = ?2 WHERE id = ?1`, userID, on)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, billing.NotFound("user"))
		}
		return nil
	}))
}
