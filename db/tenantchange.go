package db

import (
	"context"
	"database/sql"
	"time"

	"billfold/billing"
)

// TenantCheck is what a change of the settings comes to.
type TenantCheck struct {
	// After is the business unit as it would be.
	After Tenant
	// Today is its business day then.
	Today billing.Date
	// CutOver is what follows from another cut-over day.
	CutOver CutOverMove
	// WithoutTwoFactor are the people who have no second factor yet, where one is required
	// anew.
	WithoutTwoFactor int
}

// CheckTenant answers what [Store.ChangeTenant] would do now, and refuses as it would
// but for the version. It writes nothing.
func (s *Store) CheckTenant(ctx context.Context, t Tenant, in billing.TenantChange) (check TenantCheck, err error) {
	err = s.read(ctx, func(q querier) error {
		check, err = s.checkTenant(ctx, q, t, in)
		return err
	})
	return check, wrap("check business unit", err)
}

func (s *Store) checkTenant(ctx context.Context, q querier, t Tenant, in billing.TenantChange) (check TenantCheck, err error) {
	before, err := tenantByKey(ctx, q, t.Key)
	if err != nil {
		return check, err
	}
	check.After = before
	if check.After.Tenant, err = before.Change(in, s.Today(before)); err != nil {
		return check, err
	}
	check.Today = s.Today(check.After)
	if check.After.CutOver != before.CutOver {
		if check.CutOver, err = checkCutOver(ctx, q, check.After, check.Today); err != nil {
			return check, err
		}
	}
	if check.After.TwoFactorRequired && !before.TwoFactorRequired {
		err = q.QueryRowContext(ctx, `SELECT count(*) FROM memberships AS m
			WHERE m.tenant = ?1 AND NOT EXISTS (SELECT 1 FROM two_factor AS f WHERE f.user = m.user)`, t.Key).Scan(&check.WithoutTwoFactor)
	}
	return check, err
}

// ChangeTenant changes the settings of the scope's business unit and answers it. version
// is that of the settings the caller has read. What changes nothing is not recorded.
// With another cut-over day, what each subscription owes from when is worked out anew.
//
// It refuses with STALE_TENANT where the settings were changed since they were read, or
// as [billing.Tenant.Change] does, and then nothing is stored.
func (s *Store) ChangeTenant(ctx context.Context, scope Scope, version int, in billing.TenantChange) (after Tenant, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		before, err := tenantByKey(ctx, tx, scope.Tenant.Key)
		if err != nil {
			return err
		}
		if before.Version != version {
			return &billing.Error{Code: billing.CodeStaleTenant, Message: "The settings were changed since you opened them. Look at what changed, then try again."}
		}
		if in.ByTwoFactor, err = byTwoFactor(ctx, tx, scope.Actor); err != nil {
			return err
		}
		after = before
		if after.Tenant, err = before.Change(in, s.Today(before)); err != nil || after == before {
			return err
		}
		after.Version++
		return s.saveTenant(ctx, tx, scope.Actor, before, after)
	})
	return after, wrap("change business unit", err)
}

// byTwoFactor tells whether an actor signs in with two factors. Who runs the machine may
// require it of others all the same.
func byTwoFactor(ctx context.Context, q querier, actor Actor) (has bool, err error) {
	if actor.Kind != ActorUser {
		return true, nil
	}
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM two_factor AS f JOIN users AS u ON u.key = f.user WHERE u.id = ?1)`, actor.ID).Scan(&has)
	return has, err
}

// saveTenant writes and records what has changed about a business unit.
func (s *Store) saveTenant(ctx context.Context, tx querier, actor Actor, before, after Tenant) error {
	now := s.Now()
	if _, err := tx.ExecContext(ctx, `UPDATE tenants SET name = ?2, timezone = ?3, vat_mode = ?4, vat_rate = ?5, payment_terms = ?6, invoice_prefix = ?7,
		cut_over = ?8, seller = ?9, address_required = ?10, automatic = ?11, version = ?12, two_factor_required = ?13 WHERE key = ?1`,
		after.Key, after.Name, after.Zone.String(), after.VAT.Mode, after.VAT.Rate, after.PaymentTerms, after.InvoicePrefix,
		dateColumn(after.CutOver), jsonOf(after.Seller), after.AddressRequired, after.Automatic, after.Version, after.TwoFactorRequired); err != nil {
		return err
	}
	if after.CutOver != before.CutOver {
		if err := moveCutOver(ctx, tx, after, now); err != nil {
			return err
		}
	}
	return tenantChanged(ctx, tx, Scope{after, actor}, now, before)
}

// tenantChanged records what is different about the scope's business unit.
func tenantChanged(ctx context.Context, q querier, scope Scope, now time.Time, before Tenant) error {
	was, is := difference(tenantEntry(before), tenantEntry(scope.Tenant))
	shortenIBAN(was)
	shortenIBAN(is)
	return appendActivity(ctx, q, scope, now, "tenant.changed", "tenant", before.ID, was, is)
}

// tenantEntry is what the activity keeps of a business unit, once its IBAN is shortened.
func tenantEntry(t Tenant) map[string]any {
	s := t.Seller
	return map[string]any{
		"name": t.Name, "currency": t.Currency, "timezone": t.Zone.String(), "vatMode": t.VAT.Mode, "vatRate": t.VAT.Percent(), "paymentTerms": t.PaymentTerms,
		"invoicePrefix": t.InvoicePrefix, "cutOver": t.CutOver, "addressRequired": t.AddressRequired, "automatic": t.Automatic,
		"twoFactorRequired": t.TwoFactorRequired,
		"sellerName":        s.Name, "street": s.Address.Street, "postalCode": s.Address.PostalCode, "city": s.Address.City, "country": s.Address.Country,
		"vatId": s.VATID, "taxNumber": s.TaxNumber, "email": s.Email, "phone": s.Phone, "bank": s.Bank, "iban": s.IBAN, "bic": s.BIC,
	}
}

// shortenIBAN leaves the last four digits of an entry's IBAN: enough to tell which it
// was, and no bank account in a list that many read.
func shortenIBAN(entry map[string]any) {
	if iban, told := entry["iban"].(string); told && iban != "" {
		entry["iban"] = "…" + iban[len(iban)-4:]
	}
}
