package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"billfold/billing"
)

// Person is a user as one of a business unit.
type Person struct {
	billing.User
	Role billing.Role
	// Since is when the person began to work in the business unit, Seen when they were
	// last seen in it: zero where they never were.
	Since, Seen time.Time
	// OnlyOwner says that nobody else is an owner, so that the role has to stay.
	OnlyOwner bool
	// TwoFactor tells whether the person signs in with two factors.
	TwoFactor bool

	key int64
}

// People answers who works in a business unit, by name.
func (s *Store) People(ctx context.Context, t Tenant) ([]Person, error) {
	people, err := loadPeople(ctx, s.readers, t, ``)
	return people, wrap("people", err)
}

// Person answers one user of a business unit. NOT_FOUND for anybody else.
func (s *Store) Person(ctx context.Context, t Tenant, userID string) (Person, error) {
	person, err := loadPerson(ctx, s.readers, t, userID)
	return person, wrap("person", err)
}

func loadPerson(ctx context.Context, q querier, t Tenant, userID string) (Person, error) {
	people, err := loadPeople(ctx, q, t, ` AND u.id = ?2`, userID)
	if err != nil {
		return Person{}, err
	}
	if len(people) == 0 {
		return Person{}, billing.NotFound("person")
	}
	return people[0], nil
}

// loadPeople answers those that a further condition lets through.
func loadPeople(ctx context.Context, q querier, t Tenant, condition string, args ...any) (people []Person, err error) {
	err = eachRow(ctx, q, `
		SELECT u.key, u.id, u.email, u.name, m.role, m.joined_at, ifnull(m.seen_at, 0), m.role = 'owner'
			AND NOT EXISTS (SELECT 1 FROM memberships AS o WHERE o.tenant = ?1 AND o.role = 'owner' AND o.user <> m.user),
			EXISTS (SELECT 1 FROM two_factor AS f WHERE f.user = m.user)
		FROM memberships AS m JOIN users AS u ON u.key = m.user
		WHERE m.tenant = ?1`+condition, append([]any{t.Key}, args...), func(row scanner) error {
		var p Person
		var since, seen int64
		if err := row.Scan(&p.key, &p.ID, &p.Email, &p.Name, &p.Role, &since, &seen, &p.OnlyOwner, &p.TwoFactor); err != nil {
			return err
		}
		p.Since = time.UnixMilli(since).UTC()
		if seen > 0 {
			p.Seen = time.UnixMilli(seen).UTC()
		}
		people = append(people, p)
		return nil
	})
	// By the letters, whatever dots and strokes they have.
	slices.SortFunc(people, func(a, b Person) int {
		return cmp.Or(slices.Compare(foldWords(a.Name), foldWords(b.Name)), cmp.Compare(a.key, b.key))
	})
	return people, err
}

// checkOwnerLeft refuses to give a person another role, "" for none, where that would
// leave no owner.
func (p Person) checkOwnerLeft(role billing.Role) error {
	others := 1
	if p.OnlyOwner {
		others = 0
	}
	return billing.CheckOwnerLeft(p.Name, p.Role, role, others)
}

// ChangeRole gives a person another role in the scope's business unit and ends the
// person's sessions there, and the open invites of who is no owner any more. It answers the person as they were; where they have the role
// already, nothing is changed. NOT_FOUND for who does not work there, VALIDATION_ERROR (path
// role) for a role that does not exist, LAST_OWNER where no owner would be left.
func (s *Store) ChangeRole(ctx context.Context, scope Scope, userID string, role billing.Role) (before Person, err error) {
	if _, err := billing.ParseRole(string(role)); err != nil {
		return Person{}, wrap("change role", billing.Refuse([]billing.Problem{invalid("role", "Choose a role.")}))
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err = loadPerson(ctx, tx, scope.Tenant, userID)
		if err != nil || before.Role == role {
			return err
		}
		if err := before.checkOwnerLeft(role); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE memberships SET role = ?3 WHERE tenant = ?1 AND user = ?2`, scope.Tenant.Key, before.key, role); err != nil {
			return err
		}
		if err := endSessionsIn(ctx, tx, scope.Tenant, before.key); err != nil {
			return err
		}
		if role != billing.Owner {
			if err := withdrawInvitesOf(ctx, tx, scope, userID, s.Now()); err != nil {
				return err
			}
		}
		return appendActivity(ctx, tx, scope, s.Now(), "user.role_changed", "user", userID,
			map[string]any{"role": before.Role}, map[string]any{"name": before.Name, "role": role})
	})
	return before, wrap("change role", err)
}

// RemovePerson takes a person out of the scope's business unit and ends the person's
// sessions and open invites there; what they have elsewhere stays, and so does the account. It answers the
// person as they were. NOT_FOUND for who does not work there, LAST_OWNER where no owner
// would be left.
func (s *Store) RemovePerson(ctx context.Context, scope Scope, userID string) (before Person, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err = loadPerson(ctx, tx, scope.Tenant, userID)
		if err != nil {
			return err
		}
		if err := before.checkOwnerLeft(""); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM memberships WHERE tenant = ?1 AND user = ?2`, scope.Tenant.Key, before.key); err != nil {
			return err
		}
		if err := endSessionsIn(ctx, tx, scope.Tenant, before.key); err != nil {
			return err
		}
		if err := withdrawInvitesOf(ctx, tx, scope, userID, s.Now()); err != nil {
			return err
		}
		return appendActivity(ctx, tx, scope, s.Now(), "user.removed", "user", userID,
			map[string]any{"email": before.Email, "name": before.Name, "role": before.Role}, nil)
	})
	return before, wrap("remove person", err)
}

// endSessionsIn ends a user's sessions in one business unit.
func endSessionsIn(ctx context.Context, q querier, t Tenant, user int64) error {
	_, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?2 AND tenant = ?1`, t.Key, user)
	return err
}

// AddMember lets somebody who has an account work in the scope's business unit too, with
// the name and the password they have. NOT_FOUND where nobody has the address,
// VALIDATION_ERROR for a role that does not exist (path role) and for who works there
// already (path email).
func (s *Store) AddMember(ctx context.Context, scope Scope, email string, role billing.Role) (user billing.User, err error) {
	user, err = s.addMember(ctx, scope, email, role)
	return user, wrap("add member", err)
}

func (s *Store) addMember(ctx context.Context, scope Scope, email string, role billing.Role) (user billing.User, err error) {
	if user.Email, err = billing.ParseEmail(email); err != nil {
		return user, billing.Refuse([]billing.Problem{invalid("email", err.Error()+".")})
	}
	if _, err := billing.ParseRole(string(role)); err != nil {
		return user, billing.Refuse([]billing.Problem{invalid("role", err.Error()+".")})
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		account, err := findAccount(ctx, tx, user.Email)
		if err != nil {
			return err
		}
		if !account.exists() {
			return billing.NotFound("user")
		}
		user = account.User
		if err := checkNotHere(ctx, tx, scope.Tenant, user.Email); err != nil {
			return err
		}
		if err := insertMember(ctx, tx, scope.Tenant, account.key, user.Email, role, s.Now()); err != nil {
			return err
		}
		return userCreated(ctx, tx, scope, user, role, s.Now())
	})
	return user, err
}

// addressee is what is known of an e-mail address.
type addressee struct {
	billing.User
	key int64
	// units is how many business units its user works in.
	units int
}

func (a addressee) exists() bool { return a.key != 0 }

// findAccount answers the account of an e-mail address, zero where there is none.
func findAccount(ctx context.Context, q querier, email string) (a addressee, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT u.key, u.id, u.email, u.name, (SELECT count(*) FROM memberships AS m WHERE m.user = u.key) FROM users AS u WHERE u.email = ?1`, email).
		Scan(&a.key, &a.ID, &a.Email, &a.Name, &a.units)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return a, err
}

// checkNotHere refuses somebody who works in a business unit already.
func checkNotHere(ctx context.Context, q querier, t Tenant, email string) error {
	var here bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users AS u JOIN memberships AS m ON m.tenant = ?1 AND m.user = u.key WHERE u.email = ?2)`,
		t.Key, email).Scan(&here)
	if err == nil && here {
		err = billing.Refuse([]billing.Problem{invalid("email", email+" works here already. To change what they may do, change their role on the page People.")})
	}
	return err
}

// insertMember lets a user work in a business unit. An invite to it has nothing left to do.
func insertMember(ctx context.Context, q querier, t Tenant, user int64, email string, role billing.Role, now time.Time) error {
	if _, err := q.ExecContext(ctx, `INSERT INTO memberships (tenant, user, role, joined_at) VALUES (?1, ?2, ?3, ?4)`, t.Key, user, role, now.UnixMilli()); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `DELETE FROM invites WHERE tenant = ?1 AND email = ?2`, t.Key, email)
	return err
}
