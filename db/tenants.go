package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"billfold/billing"
)

// tenantColumns are what [scanTenant] reads, of tenants AS t.
const tenantColumns = `t.key, t.id, t.name, t.currency, t.timezone, t.vat_mode, t.vat_rate, t.payment_terms, t.invoice_prefix, t.cut_over,
	t.seller, t.address_required, t.automatic, t.two_factor_required, t.last_issued, t.version`

// CreateTenant adds a business unit, and gives it its id.
func (s *Store) CreateTenant(ctx context.Context, actor Actor, t billing.Tenant) (created Tenant, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		created, err = insertTenant(ctx, tx, t, s.Now())
		if err != nil {
			return err
		}
		return tenantCreated(ctx, tx, Scope{created, actor}, s.Now())
	})
	if err != nil {
		return Tenant{}, wrap("create tenant", err)
	}
	return created, nil
}

func insertTenant(ctx context.Context, q querier, t billing.Tenant, now time.Time) (Tenant, error) {
	t.ID, t.Version = newID("ten"), 1
	result, err := q.ExecContext(ctx, `
		INSERT INTO tenants (id, name, currency, timezone, vat_mode, vat_rate, payment_terms, invoice_prefix, cut_over, created_at,
			seller, address_required, automatic, version, two_factor_required)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)`,
		t.ID, t.Name, t.Currency, t.Zone.String(), t.VAT.Mode, t.VAT.Rate, t.PaymentTerms, t.InvoicePrefix,
		dateColumn(t.CutOver), now.UnixMilli(), jsonOf(t.Seller), t.AddressRequired, t.Automatic, t.Version, t.TwoFactorRequired)
	if err != nil {
		return Tenant{}, err
	}
	key, err := result.LastInsertId()
	return Tenant{Key: key, Tenant: t}, err
}

// tenantCreated records a new tenant in its own activity.
func tenantCreated(ctx context.Context, q querier, scope Scope, now time.Time) error {
	t := scope.Tenant
	return appendActivity(ctx, q, scope, now, "tenant.created", "tenant", t.ID, nil, map[string]any{
		"name": t.Name, "currency": t.Currency, "timezone": t.Zone.String(),
		"vatMode": t.VAT.Mode, "vatRate": t.VAT.Percent(), "paymentTerms": t.PaymentTerms,
	})
}

// Tenants answers all business units, the oldest first.
func (s *Store) Tenants(ctx context.Context) ([]Tenant, error) {
	tenants, err := loadTenants(ctx, s.readers, ``)
	return tenants, wrap("tenants", err)
}

// loadTenants answers the tenants that the rest of the query, up to its order, lets
// through.
func loadTenants(ctx context.Context, q querier, rest string, args ...any) (tenants []Tenant, err error) {
	err = eachRow(ctx, q, `SELECT `+tenantColumns+` FROM tenants AS t `+rest+` ORDER BY t.key`, args, func(row scanner) error {
		t, err := scanTenant(row)
		tenants = append(tenants, t)
		return err
	})
	return tenants, err
}

// Tenant answers the business unit with an id, or NOT_FOUND.
func (s *Store) Tenant(ctx context.Context, id string) (Tenant, error) {
	t, err := scanTenant(s.readers.QueryRowContext(ctx, `SELECT `+tenantColumns+` FROM tenants AS t WHERE t.id = ?1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		err = billing.NotFound("business unit")
	}
	return t, wrap("tenant", err)
}

// scanTenant reads tenantColumns, which follow the columns that go to others.
func scanTenant(row scanner, others ...any) (t Tenant, err error) {
	var zoneName, seller string
	var cutOver, lastIssued sql.NullString
	dest := append(others, &t.Key, &t.ID, &t.Name, &t.Currency, &zoneName, &t.VAT.Mode, &t.VAT.Rate, &t.PaymentTerms, &t.InvoicePrefix, &cutOver,
		&seller, &t.AddressRequired, &t.Automatic, &t.TwoFactorRequired, &lastIssued, &t.Version)
	if err := row.Scan(dest...); err != nil {
		return Tenant{}, err
	}
	var errs [4]error
	t.Zone, errs[0] = zone(zoneName)
	errs[1] = json.Unmarshal([]byte(seller), &t.Seller)
	if cutOver.Valid {
		t.CutOver, errs[2] = billing.ParseDate(cutOver.String)
	}
	if lastIssued.Valid {
		t.LastIssued, errs[3] = billing.ParseDate(lastIssued.String)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return Tenant{}, fmt.Errorf("tenant %s: %w", t.ID, err)
	}
	return t, nil
}

// zones keeps the time zones that were loaded: [time.LoadLocation] reads a file,
// and every request needs its tenant's zone.
var zones sync.Map

func zone(name string) (*time.Location, error) {
	if z, loaded := zones.Load(name); loaded {
		return z.(*time.Location), nil
	}
	z, err := billing.ParseZone(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, z)
	return z, nil
}
