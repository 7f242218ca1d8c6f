package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"billfold/billing"
)

// UpdateCustomer changes a customer and answers it. readAt is when it had last been
// changed as the caller read it; the zero time stands for any. A change that changes
// nothing is not recorded.
//
// It refuses with NOT_FOUND, STALE_CUSTOMER where it was last changed at another time, or as
// [billing.Customer.Change] does, and then nothing is stored.
func (s *Store) UpdateCustomer(ctx context.Context, scope Scope, id string, readAt time.Time, in billing.CustomerChange) (customer billing.Customer, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		put, err := loadCustomerPut(ctx, tx, scope.Tenant, id)
		switch {
		case err != nil:
			return err
		case put.key == 0:
			return billing.NotFound("customer")
		case !readAt.IsZero() && !put.before.UpdatedAt.Equal(readAt):
			return staleCustomer(put.before)
		}
		if err := put.decide(in); err != nil {
			return err
		}
		customer, err = s.saveCustomerPut(ctx, tx, scope, put)
		return err
	})
	return customer, wrap("update customer", err)
}

// PutCustomer takes a customer in or brings a known one up to date, and tells which.
// What changes nothing is not recorded. It refuses as [billing.NewCustomer] and
// [billing.Customer.Change] do, and then nothing is stored.
func (s *Store) PutCustomer(ctx context.Context, scope Scope, id string, in billing.CustomerChange) (customer billing.Customer, created bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		put, err := loadCustomerPut(ctx, tx, scope.Tenant, id)
		if err == nil {
			err = put.decide(in)
		}
		if err != nil {
			return err
		}
		created = put.key == 0
		customer, err = s.saveCustomerPut(ctx, tx, scope, put)
		return err
	})
	return customer, created, wrap("put customer", err)
}

// CheckPutCustomer refuses as [Store.PutCustomer] would now. It writes nothing.
func (s *Store) CheckPutCustomer(ctx context.Context, t Tenant, id string, in billing.CustomerChange) error {
	return wrap("check customer", s.read(ctx, func(q querier) error {
		put, err := loadCustomerPut(ctx, q, t, id)
		if err != nil {
			return err
		}
		return put.decide(in)
	}))
}

// customerPut is a customer as it was, without key where it is new, and as it will be.
type customerPut struct {
	key           int64
	id            string
	hasGroups     bool
	before, after billing.Customer
}

func loadCustomerPut(ctx context.Context, q querier, t Tenant, id string) (put customerPut, err error) {
	put.id = id
	put.key, put.before, err = findCustomer(ctx, q, t, id)
	if errors.Is(err, sql.ErrNoRows) {
		return customerPut{id: id}, nil
	}
	if err != nil {
		return put, err
	}
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM groups WHERE tenant = ?1 AND customer = ?2 AND deleted_at IS NULL)`,
		t.Key, put.key).Scan(&put.hasGroups)
	return put, err
}

// decide asks the rules.
func (p *customerPut) decide(in billing.CustomerChange) (err error) {
	if p.key == 0 {
		p.after, err = billing.NewCustomer(p.id, in)
		return err
	}
	p.after, err = p.before.Change(in, p.hasGroups)
	return err
}

// saveCustomerPut writes and records what has changed, if anything, and answers the
// customer as it would be read back.
func (s *Store) saveCustomerPut(ctx context.Context, tx querier, scope Scope, put customerPut) (billing.Customer, error) {
	now, after := s.Now(), put.after
	if put.key == 0 {
		after.CreatedAt, after.UpdatedAt, after.CreatedBy = now, now, cmp.Or(scope.Actor.ID, takenInByImport)
		if _, _, err := saveCustomer(ctx, tx, scope.Tenant, now, 0, after); err != nil {
			return billing.Customer{}, err
		}
		return after, appendActivity(ctx, tx, scope, now, "customer.created", "customer", after.ID, nil, customerEntry(after))
	}
	if after == put.before {
		return after, nil
	}
	var err error
	if _, after.UpdatedAt, err = saveCustomer(ctx, tx, scope.Tenant, now, put.key, after); err != nil {
		return billing.Customer{}, err
	}
	was, is := difference(customerEntry(put.before), customerEntry(after))
	return after, appendActivity(ctx, tx, scope, after.UpdatedAt, "customer.changed", "customer", after.ID, was, is)
}

func staleCustomer(c billing.Customer) error {
	return &billing.Error{Code: billing.CodeStaleCustomer, Message: fmt.Sprintf("“%s” was changed since you opened it. Look at what changed, then try again.", c.Name())}
}
