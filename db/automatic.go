package db

import (
	"context"
	"database/sql"
	"errors"
)

// SetAutomatic switches automatic billing on or off: whether the server bills by itself
// what falls due. It changes nothing where that is so already.
func (s *Store) SetAutomatic(ctx context.Context, scope Scope, on bool) error {
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		t := scope.Tenant
		result, err := tx.ExecContext(ctx, `UPDATE tenants SET automatic = ?2, version = version + 1 WHERE key = ?1 AND automatic <> ?2`, t.Key, on)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return appendActivity(ctx, tx, scope, s.Now(), "tenant.changed", "tenant", t.ID, map[string]any{"automatic": !on}, map[string]any{"automatic": on})
	})
	return wrap("set automatic billing", err)
}

// automaticBilling is who bills where nobody has asked for it.
var automaticBilling = Actor{Kind: ActorSystem, Name: "Billfold"}

// BillAutomatically bills what is due of every business unit with automatic billing on,
// one after the other, and tells ended what came of each. A business unit that fails
// keeps none of the others from being billed. When ctx ends the run under way goes on,
// and no other begins.
func (s *Store) BillAutomatically(ctx context.Context, ended func(Tenant, BillingRun, error)) error {
	tenants, err := loadTenants(ctx, s.readers, `WHERE t.automatic = 1`)
	if err != nil {
		return wrap("bill automatically", err)
	}
	for _, t := range tenants {
		switch err := s.forgetTries(ctx, t); {
		case err != nil && (ctx.Err() != nil || errors.Is(err, ErrClosed)):
			return wrap("bill automatically", err)
		case err != nil:
			ended(t, BillingRun{}, wrap("forget earlier tries", err))
			continue
		}
		under, err := s.billers.start(s, Scope{t, automaticBilling}, func(run BillingRun, err error) { ended(t, run, err) })
		if err != nil {
			return wrap("bill automatically", err)
		}
		select {
		case <-under.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// forgetTries takes out earlier runs of automatic billing that found nothing to issue:
// one an hour would bury the others. The newest stays until the next, and says when it
// last looked.
func (s *Store) forgetTries(ctx context.Context, t Tenant) error {
	return s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM billing_runs WHERE tenant = ?1 AND state = 'done' AND invoices = 0
			AND actor_kind = ?2 AND actor_name = ?3`, t.Key, automaticBilling.Kind, automaticBilling.Name)
		return err
	})
}
