package db

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"billfold/billing"
)

// DemoOptions say what a demo is made of. The same options on the same day make the
// same business data, ids included; passwords and keys are new each time.
type DemoOptions struct {
	// Subscriptions is how many there are, up to 2,000,000; fewer than 6 are raised to
	// 6. There is a customer for every ten, and about half of them are in groups.
	Subscriptions int
	// Seed chooses among all possible demos.
	Seed uint64
}

// DemoAccess is how to get into a demo.
type DemoAccess struct {
	// Email and Password are the owner's.
	Email, Password string
	// Tenant is the id of the business unit.
	Tenant string
	// Key is an API key that reads and writes.
	Key string
}

const (
	demoName = "Nordlicht Rental GmbH"
	// demoKey names the API key that each start replaces.
	demoKey = "billfold demo"
	// demoFilled is the activity that ends the filling of a demo. Without it a demo is
	// half a demo.
	demoFilled = "demo.filled"
)

// demoSeller is what stands on a demo's invoices. The IBAN is the one that is printed in
// examples everywhere.
var demoSeller = billing.Seller{
	Name: demoName, Address: billing.Address{Street: "Speicherstraße 14", PostalCode: "20457", City: "Hamburg", Country: "DE"},
	VATID: "DE811907980", TaxNumber: "27/123/45678", Email: "rechnung@nordlicht-rental.example", Phone: "+49 40 66969 100",
	Bank: "Musterbank Hamburg", IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX",
}

// demoUsers are those who work in a demo, the owner first. Only the owner gets a
// password that somebody knows; the second one is there for what was done before.
var demoUsers = []struct {
	billing.User
	role billing.Role
}{
	{billing.User{Email: "mara.lindqvist@nordlicht-rental.example", Name: "Mara Lindqvist"}, billing.Owner},
	{billing.User{Email: "jonas.brandt@nordlicht-rental.example", Name: "Jonas Brandt"}, billing.Admin},
	{billing.User{Email: "malgorzata.krol@nordlicht-rental.example", Name: "Małgorzata Król"}, billing.Member},
}

// demoSystem is who a demo's own changes are recorded under.
var demoSystem = Actor{Kind: ActorSystem, Name: "Billfold demo"}

// FillDemo fills a new database with a business unit that could be real: its first
// customer has three subscriptions waiting to be grouped. A demo that is complete
// already keeps its data. Either way the owner gets a new password, which ends the
// owner's sessions, and a new API key takes the place of the last one.
//
// It refuses, and changes nothing, where the database holds a real business unit or a
// demo that was interrupted while it was filled.
func (s *Store) FillDemo(ctx context.Context, o DemoOptions) (DemoAccess, error) {
	access, err := s.demo(ctx, o)
	return access, wrap("fill demo", err)
}

func (s *Store) demo(ctx context.Context, o DemoOptions) (DemoAccess, error) {
	tenant, found, err := s.demoTenant(ctx)
	if err != nil {
		return DemoAccess{}, err
	}
	if !found {
		if tenant, err = s.newDemo(ctx, o); err != nil {
			return DemoAccess{}, err
		}
	}
	return s.openDemo(ctx, tenant)
}

// demoTenant answers the business unit of a complete demo.
func (s *Store) demoTenant(ctx context.Context) (Tenant, bool, error) {
	tenants, err := loadTenants(ctx, s.readers, `JOIN origin AS o ON o.demo = 1
		JOIN activity AS a ON a.tenant = t.key AND a.subject_kind = 'tenant' AND a.subject_id = t.id AND a.action = ?1`, demoFilled)
	if err != nil || len(tenants) == 0 {
		return Tenant{}, false, err
	}
	return tenants[0], true, nil
}

// newDemo makes a demo in a database that nobody uses yet.
func (s *Store) newDemo(ctx context.Context, o DemoOptions) (Tenant, error) {
	if o.Subscriptions > MaxDemo {
		return Tenant{}, fmt.Errorf("a demo can have %d subscriptions at most. Ask for fewer", MaxDemo)
	}
	r := newDemoRandom(o.Seed)
	tenant, colleagues, err := s.beginDemo(ctx, r, o)
	if err != nil {
		return Tenant{}, err
	}
	data := newDemoData(r, tenant, s.clock.Today(tenant.Zone), colleagues, max(o.Subscriptions, MinDemo))
	if err := s.fillDemo(ctx, Scope{tenant, demoSystem}, data); err != nil {
		return Tenant{}, err
	}
	if err := s.billDemo(ctx, tenant, data); err != nil {
		return Tenant{}, err
	}
	return tenant, s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return appendActivity(ctx, tx, Scope{tenant, demoSystem}, s.Now(), demoFilled, "tenant", tenant.ID, nil, map[string]any{"subscriptions": data.total})
	})
}

// beginDemo marks the database as a demo and makes its business unit and users. It
// answers those who make groups.
func (s *Store) beginDemo(ctx context.Context, r demoRandom, o DemoOptions) (tenant Tenant, colleagues []Actor, err error) {
	unit, err := billing.NewTenant(billing.TenantInput{
		Name: demoName, Currency: "EUR", Zone: "Europe/Berlin", VATMode: string(billing.VATExclusive), VATRate: "19", PaymentTerms: "30",
	})
	if err != nil {
		return Tenant{}, nil, err
	}
	today := s.clock.Today(unit.Zone)
	unit.InvoicePrefix, unit.CutOver, unit.Seller, unit.Automatic = "NL", demoCutOver(today, unit.Zone, o.Subscriptions), demoSeller, true
	hashes := make([]string, len(demoUsers))
	for i := range hashes {
		if hashes[i], err = s.passwords.hash(ctx, newDemoPassword()); err != nil {
			return Tenant{}, nil, err
		}
	}
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := checkUnused(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE origin SET demo = 1`); err != nil {
			return err
		}
		tenant, colleagues, err = insertDemoTenant(ctx, tx, r, unit, today, hashes)
		return err
	})
	return tenant, colleagues, err
}

// checkUnused refuses a database that holds anything.
func checkUnused(ctx context.Context, q querier) error {
	var used, demo bool
	err := q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM tenants) OR EXISTS (SELECT 1 FROM users), demo FROM origin`).Scan(&used, &demo)
	switch {
	case err != nil || !used:
		return err
	case demo:
		return errors.New("this demo was interrupted while it was being filled. Delete the file and start again, or name another one with --database")
	}
	return errors.New("this database holds a real business unit, so no demo is made in it. To serve it use billfold serve; for a demo name another file with --database")
}

// insertDemoTenant writes the business unit and its users, with ids that the seed
// decides like all others.
func insertDemoTenant(ctx context.Context, q querier, r demoRandom, unit billing.Tenant, today billing.Date, hashes []string) (tenant Tenant, colleagues []Actor, err error) {
	at := newDemoCalendar(today, unit.Zone).began()
	if tenant, err = insertTenant(ctx, q, unit, at); err != nil {
		return Tenant{}, nil, err
	}
	tenant.ID = r.id("ten", at)
	if _, err := q.ExecContext(ctx, `UPDATE tenants SET id = ?2, seller = ?3, automatic = ?4 WHERE key = ?1`,
		tenant.Key, tenant.ID, jsonOf(unit.Seller), unit.Automatic); err != nil {
		return Tenant{}, nil, err
	}
	scope := Scope{tenant, demoSystem}
	if err := tenantCreated(ctx, q, scope, at); err != nil {
		return Tenant{}, nil, err
	}
	for i, u := range demoUsers {
		user, key, err := insertUser(ctx, q, tenant, u.User, u.role, hashes[i], at)
		if err != nil {
			return Tenant{}, nil, err
		}
		user.ID = r.id("usr", at)
		if _, err := q.ExecContext(ctx, `UPDATE users SET id = ?2 WHERE key = ?1`, key, user.ID); err != nil {
			return Tenant{}, nil, err
		}
		if err := userCreated(ctx, q, scope, user, u.role, at); err != nil {
			return Tenant{}, nil, err
		}
		if u.role.Includes(billing.Admin) {
			colleagues = append(colleagues, Actor{Kind: ActorUser, ID: user.ID, Name: user.Name})
		}
	}
	return tenant, colleagues, nil
}

// newDemoPassword makes a password that nobody can guess, of letters and digits that
// can be typed.
func newDemoPassword() string { return strings.ToLower(rand.Text()) }

// openDemo makes a new way into a demo, and closes the one before.
func (s *Store) openDemo(ctx context.Context, t Tenant) (DemoAccess, error) {
	access := DemoAccess{Tenant: t.ID, Password: newDemoPassword()}
	err := s.readers.QueryRowContext(ctx, `SELECT u.email FROM memberships AS m JOIN users AS u ON u.key = m.user
		WHERE m.tenant = ?1 AND m.role = 'owner' ORDER BY u.key LIMIT 1`, t.Key).Scan(&access.Email)
	if err != nil {
		return DemoAccess{}, fmt.Errorf("owner: %w", err)
	}
	if err := s.setPassword(ctx, demoSystem, access.Email, access.Password); err != nil {
		return DemoAccess{}, err
	}
	scope := Scope{t, demoSystem}
	if err := s.revokeDemoKeys(ctx, scope); err != nil {
		return DemoAccess{}, err
	}
	access.Key, err = s.CreateKey(ctx, scope, demoKey, false)
	return access, err
}

// revokeDemoKeys takes back the keys that earlier starts have made.
func (s *Store) revokeDemoKeys(ctx context.Context, scope Scope) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		now := s.Now()
		var ids []string
		err := eachRow(ctx, tx, `UPDATE api_keys SET revoked_at = ?3
			WHERE tenant = ?1 AND name = ?2 AND revoked_at IS NULL RETURNING id`, []any{scope.Tenant.Key, demoKey, now.UnixMilli()}, func(row scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := appendActivity(ctx, tx, scope, now, "key.revoked", "key", id, nil, map[string]any{"name": demoKey}); err != nil {
				return err
			}
		}
		return nil
	})
}
