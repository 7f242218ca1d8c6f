package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// InviteLife is how long an invite can be accepted.
const InviteLife = 7 * 24 * time.Hour

// Invite is an open invite to a business unit.
type Invite struct {
	ID, Email string
	Role      billing.Role
	// By is the name of who invited.
	By        string
	At, Until time.Time
}

// Invited is an invite as the one who has its link sees it.
type Invited struct {
	Invite
	Tenant Tenant
	// Account says that the address belongs to somebody who can sign in, who accepts as
	// that user. Anybody else accepts with a name and a password.
	Account bool
}

const inviteColumns = `invites.id, invites.email, invites.role, invites.invited_by, invites.created_at, invites.expires_at`

// scan reads inviteColumns.
func (i *Invite) scan(row scanner, others ...any) error {
	var at, until int64
	err := row.Scan(append([]any{&i.ID, &i.Email, &i.Role, &i.By, &at, &until}, others...)...)
	i.At, i.Until = time.UnixMilli(at).UTC(), time.UnixMilli(until).UTC()
	return err
}

// Invites answers the open invites of a business unit, the newest first.
func (s *Store) Invites(ctx context.Context, t Tenant) (invites []Invite, err error) {
	err = eachRow(ctx, s.readers, `SELECT `+inviteColumns+` FROM invites WHERE tenant = ?1 AND expires_at > ?2 ORDER BY key DESC`,
		[]any{t.Key, s.Now().UnixMilli()}, func(row scanner) error {
			var i Invite
			err := i.scan(row)
			invites = append(invites, i)
			return err
		})
	return invites, wrap("invites", err)
}

// OpenInvite answers one open invite of a business unit, or NOT_FOUND.
func (s *Store) OpenInvite(ctx context.Context, t Tenant, id string) (i Invite, err error) {
	err = i.scan(s.readers.QueryRowContext(ctx, `SELECT `+inviteColumns+` FROM invites WHERE tenant = ?1 AND id = ?2 AND expires_at > ?3`,
		t.Key, id, s.Now().UnixMilli()))
	return i, wrap("open invite", noInvite(err))
}

// noInvite makes a refusal of a row that is not there.
func noInvite(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return billing.NotFound("invite")
	}
	return err
}

// InvitePerson invites an e-mail address to the scope's business unit and answers the
// token of the one-time link, which can't be done again: only its hash is kept. An
// earlier invite of the address ends. It tells all problems at once, each VALIDATION_ERROR:
// no e-mail address or one of somebody who works there already (path email), a role that
// does not exist (path role).
func (s *Store) InvitePerson(ctx context.Context, scope Scope, email string, role billing.Role) (i Invite, token string, err error) {
	i, token, err = s.invitePerson(ctx, scope, email, role)
	return i, token, wrap("invite", err)
}

func (s *Store) invitePerson(ctx context.Context, scope Scope, email string, role billing.Role) (i Invite, token string, err error) {
	var problems []billing.Problem
	if email, err = billing.ParseEmail(email); err != nil {
		problems = append(problems, invalid("email", "Enter an e-mail address, like name@example.com."))
	}
	if _, err := billing.ParseRole(string(role)); err != nil {
		problems = append(problems, invalid("role", "Choose a role."))
	}
	if err := billing.Refuse(problems); err != nil {
		return Invite{}, "", err
	}
	token, now := newToken(), s.Now()
	i = Invite{ID: newID("inv"), Email: email, Role: role, By: scope.Actor.Name, At: now, Until: now.Add(InviteLife)}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := checkNotHere(ctx, tx, scope.Tenant, email); err != nil {
			return err
		}
		replaced, err := tx.ExecContext(ctx, `DELETE FROM invites WHERE tenant = ?1 AND email = ?2`, scope.Tenant.Key, email)
		if err != nil {
			return err
		}
		n, err := replaced.RowsAffected()
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `
			INSERT INTO invites (tenant, id, email, role, token_hash, invited_by, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
			scope.Tenant.Key, i.ID, i.Email, i.Role, hashToken(token), i.By, i.At.UnixMilli(), i.Until.UnixMilli()); err != nil {
			return err
		}
		return appendActivity(ctx, tx, scope, now, "invite.created", "invite", i.ID, nil, map[string]any{"email": email, "role": role, "again": n > 0})
	})
	if err != nil {
		return Invite{}, "", err
	}
	return i, token, nil
}

// WithdrawInvite takes an open invite back, or answers NOT_FOUND.
func (s *Store) WithdrawInvite(ctx context.Context, scope Scope, id string) (i Invite, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.Now()
		err := i.scan(tx.QueryRowContext(ctx, `DELETE FROM invites WHERE tenant = ?1 AND id = ?2 AND expires_at > ?3 RETURNING `+inviteColumns,
			scope.Tenant.Key, id, now.UnixMilli()))
		if err != nil {
			return noInvite(err)
		}
		return inviteWithdrawn(ctx, tx, scope, i, now)
	})
	return i, wrap("withdraw invite", err)
}

func inviteWithdrawn(ctx context.Context, q querier, scope Scope, i Invite, now time.Time) error {
	return appendActivity(ctx, q, scope, now, "invite.withdrawn", "invite", i.ID, map[string]any{"email": i.Email, "role": i.Role}, nil)
}

// withdrawInvitesOf takes back the open invites that a user made, who may invite nobody any
// more: a link kept at hand would let that user in again. The activity knows who made each.
func withdrawInvitesOf(ctx context.Context, q querier, scope Scope, userID string, now time.Time) error {
	var withdrawn []Invite
	err := eachRow(ctx, q, `
		DELETE FROM invites WHERE tenant = ?1 AND EXISTS (
			SELECT 1 FROM activity AS a WHERE a.tenant = ?1 AND a.subject_kind = 'invite' AND a.subject_id = invites.id
				AND a.action = 'invite.created' AND a.actor_kind = 'user' AND a.actor_id = ?2)
		RETURNING `+inviteColumns, []any{scope.Tenant.Key, userID}, func(row scanner) error {
		var i Invite
		err := i.scan(row)
		withdrawn = append(withdrawn, i)
		return err
	})
	for _, i := range withdrawn {
		err = errors.Join(err, inviteWithdrawn(ctx, q, scope, i, now))
	}
	return err
}

// Invited answers what a link invites to. NOT_FOUND for a link that is unknown, or was
// used, withdrawn or replaced, or is too old.
func (s *Store) Invited(ctx context.Context, token string) (invited Invited, err error) {
	err = s.read(ctx, func(q querier) error {
		invited, _, err = loadInvited(ctx, q, token, s.Now())
		return err
	})
	return invited, wrap("invited", err)
}

// loadInvited answers what a link invites to, and the account of the address it invites.
func loadInvited(ctx context.Context, q querier, token string, now time.Time) (in Invited, a addressee, err error) {
	var id, email, by string
	var role billing.Role
	var at, until int64
	in.Tenant, err = scanTenant(q.QueryRowContext(ctx, `SELECT `+inviteColumns+`, `+tenantColumns+` FROM invites JOIN tenants AS t ON t.key = invites.tenant
		WHERE invites.token_hash = ?1 AND invites.expires_at > ?2`, hashToken(token), now.UnixMilli()), &id, &email, &role, &by, &at, &until)
	if err != nil {
		return in, a, noInvite(err)
	}
	in.Invite = Invite{ID: id, Email: email, Role: role, By: by, At: time.UnixMilli(at).UTC(), Until: time.UnixMilli(until).UTC()}
	a, err = findAccount(ctx, q, email)
	// Who was taken out of every business unit can't sign in, and begins anew.
	in.Account = a.units > 0
	return in, a, err
}

// errAccount refuses to make an account where somebody signs in with the address already.
var errAccount = &billing.Error{Code: billing.CodeHasAccount, Message: "This address has an account by now. Sign in with it, then open the link again."}

// AcceptInvite makes an account for the address that a link invites and signs the new
// user in: it answers the session's token. The name and the password are checked as by
// [billing.NewUser]. NOT_FOUND as for [Store.Invited], also where somebody else used
// the link a moment before; HAS_ACCOUNT where somebody signs in with the address.
func (s *Store) AcceptInvite(ctx context.Context, token, name, password string) (session string, err error) {
	session, err = s.acceptInvite(ctx, token, name, password)
	return session, wrap("accept invite", err)
}

func (s *Store) acceptInvite(ctx context.Context, token, name, password string) (session string, err error) {
	// Asked before the input is looked at: a stranger without a link costs no hash.
	in, err := s.Invited(ctx, token)
	if err != nil {
		return "", err
	}
	if in.Account {
		return "", errAccount
	}
	user, err := billing.NewUser(billing.UserInput{Email: in.Email, Name: name, Password: password})
	if err != nil {
		return "", err
	}
	hash, err := s.passwords.hash(ctx, password)
	if err != nil {
		return "", err
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.Now()
		// Asked again: two people may have sent the link at the same time.
		in, a, err := loadInvited(ctx, tx, token, now)
		if err != nil {
			return err
		}
		if in.Account {
			return errAccount
		}
		if a.exists() {
			user.ID = a.ID
			if err := renewUser(ctx, tx, a.key, user.Name, hash); err != nil {
				return err
			}
			err = insertMember(ctx, tx, in.Tenant, a.key, in.Email, in.Role, now)
		} else {
			user, a.key, err = insertUser(ctx, tx, in.Tenant, user, in.Role, hash, now)
		}
		if err != nil {
			return err
		}
		if err := joined(ctx, tx, in, user, now); err != nil {
			return err
		}
		session, err = insertSession(ctx, tx, in.Tenant.Key, a.key, now)
		return err
	})
	if err != nil {
		return "", err
	}
	return session, nil
}

// renewUser gives a user who works nowhere another name and password. A second factor
// goes with the old one: whoever is invited anew may have neither.
func renewUser(ctx context.Context, q querier, user int64, name, hash string) error {
	if _, err := q.ExecContext(ctx, `UPDATE users SET name = ?2, password_hash = ?3 WHERE key = ?1`, user, name, hash); err != nil {
		return err
	}
	if _, err := removeTwoFactor(ctx, q, user); err != nil {
		return err
	}
	_, err := q.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?1`, user)
	return err
}

// JoinUnit accepts an invite as the user that a session belongs to, and puts the session
// into the business unit: it answers its new token and what the user has joined. NOT_FOUND
// as for [Store.Invited], also where the invite is for another address; [ErrNoSession] for
// a session that is over.
func (s *Store) JoinUnit(ctx context.Context, token, session string) (next string, in Invited, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.Now()
		var a addressee
		if in, a, err = loadInvited(ctx, tx, token, now); err != nil {
			return err
		}
		if !in.Account {
			return billing.NotFound("invite")
		}
		if err := insertMember(ctx, tx, in.Tenant, a.key, in.Email, in.Role, now); err != nil {
			return err
		}
		if err := joined(ctx, tx, in, a.User, now); err != nil {
			return err
		}
		// It finds the session only if it is this user's.
		next, err = moveSession(ctx, tx, session, in.Tenant.Key, a.key, now)
		return err
	})
	if err != nil {
		return "", Invited{}, wrap("join", err)
	}
	return next, in, nil
}

// joined records that somebody accepted an invite, done by themselves.
func joined(ctx context.Context, q querier, in Invited, user billing.User, now time.Time) error {
	scope := Scope{Tenant: in.Tenant, Actor: Actor{Kind: ActorUser, ID: user.ID, Name: user.Name}}
	return appendActivity(ctx, q, scope, now, "user.joined", "user", user.ID, nil, map[string]any{"email": user.Email, "name": user.Name, "role": in.Role})
}
