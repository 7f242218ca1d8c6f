package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"billfold/billing"
)

// keyPrefix begins every API key, so that a person, or a scanner that looks for
// leaked secrets, recognises one.
const keyPrefix = "bf_"

// shownKey is how many characters of a key are kept readable, to tell keys apart.
const shownKey = len(keyPrefix) + 6

// maxKeyName is the longest name of a key, in characters.
const maxKeyName = 120

// ErrNoKey means that an API key is unknown or was revoked.
var ErrNoKey = errors.New("there is no such API key")

// Access is what an API key opens.
type Access struct {
	Tenant Tenant
	// Actor is the key itself.
	Actor    Actor
	ReadOnly bool
}

// CheckKeyName answers what is wrong with the name of a key (path name), or nil.
func CheckKeyName(name string) *billing.Problem {
	name = strings.TrimSpace(name)
	if name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxKeyName && !strings.ContainsFunc(name, breaksLine) {
		return nil
	}
	problem := invalid("name", "Name the key after the program that will use it, in one line of at most 120 characters.")
	return &problem
}

// breaksLine tells whether a character would end a line, or turn its direction.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// CreateKey adds an API key to the scope's tenant and answers it, which can't be
// done again: only its hash is kept. It refuses a name that is blank, too long or
// of several lines with VALIDATION_ERROR (path name).
func (s *Store) CreateKey(ctx context.Context, scope Scope, name string, readOnly bool) (secret string, err error) {
	name = strings.TrimSpace(name)
	if problem := CheckKeyName(name); problem != nil {
		return "", wrap("create key", billing.Refuse([]billing.Problem{*problem}))
	}
	secret = keyPrefix + newToken()
	id, now := newID("key"), s.Now()
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO api_keys (tenant, id, name, shown, hash, read_only, created_at)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
			scope.Tenant.Key, id, name, secret[:shownKey], hashToken(secret), readOnly, now.UnixMilli())
		if err != nil {
			return err
		}
		return appendActivity(ctx, tx, scope, now, "key.created", "key", id, nil, map[string]any{"name": name, "readOnly": readOnly})
	})
	if err != nil {
		return "", wrap("create key", err)
	}
	return secret, nil
}

// Access answers what an API key opens, or [ErrNoKey].
func (s *Store) Access(ctx context.Context, secret string) (Access, error) {
	access, err := s.access(ctx, hashToken(secret))
	return access, wrap("access", err)
}

func (s *Store) access(ctx context.Context, hash []byte) (access Access, err error) {
	var lastUsed sql.NullInt64
	access.Tenant, err = scanTenant(s.readers.QueryRowContext(ctx, `
		SELECT k.id, k.name, k.read_only, k.last_used_at, `+tenantColumns+`
		FROM api_keys AS k JOIN tenants AS t ON t.key = k.tenant
		WHERE k.hash = ?1 AND k.revoked_at IS NULL`, hash),
		&access.Actor.ID, &access.Actor.Name, &access.ReadOnly, &lastUsed)
	if errors.Is(err, sql.ErrNoRows) {
		return Access{}, ErrNoKey
	}
	if err != nil {
		return Access{}, err
	}
	access.Actor.Kind = ActorKey
	if now := s.Now(); !lastUsed.Valid || now.Sub(time.UnixMilli(lastUsed.Int64)) >= touchAfter {
		s.touch(hash, now, `UPDATE api_keys SET last_used_at = ?2 WHERE hash = ?1 AND ifnull(last_used_at, 0) < ?2`)
	}
	return access, nil
}
