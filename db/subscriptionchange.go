package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"billfold/billing"
)

// PutSubscription takes a subscription in or brings a known one up to date, and tells
// which. The first one that is taken in fixes the business unit's cut-over day, as the
// first import does. What changes nothing is not recorded.
//
// It refuses as [billing.NewSubscription] and [billing.Subscription.Change] do, and
// then nothing is stored.
func (s *Store) PutSubscription(ctx context.Context, scope Scope, id string, in billing.SubscriptionChange) (subscription billing.Subscription, created bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		put, err := s.decideSubscription(ctx, tx, scope.Tenant, id, in)
		if err != nil {
			return err
		}
		created = put.key == 0
		subscription, err = s.saveSubscriptionPut(ctx, tx, scope, put)
		return err
	})
	return subscription, created, wrap("put subscription", err)
}

// CheckPutSubscription refuses as [Store.PutSubscription] would now. It writes nothing.
func (s *Store) CheckPutSubscription(ctx context.Context, t Tenant, id string, in billing.SubscriptionChange) error {
	return wrap("check subscription", s.read(ctx, func(q querier) error {
		_, err := s.decideSubscription(ctx, q, t, id, in)
		return err
	}))
}

// subscriptionPut is a subscription as it was, without key where it is new, and as it
// will be, with the key of its customer then.
type subscriptionPut struct {
	key, customer int64
	before, after billing.Subscription
}

// loadSubscription reads a subscription, if it is known, and the customer with an id,
// or its own where that is nil.
func loadSubscription(ctx context.Context, q querier, t Tenant, id string, customerID *string) (put subscriptionPut, customer *billing.Customer, err error) {
	known, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.id = ?2`, id)
	if err != nil {
		return put, nil, err
	}
	if len(known) > 0 {
		put.key, put.before = known[0].key, known[0].Subscription
	}
	if customerID == nil {
		customerID = &put.before.CustomerID
	}
	key, found, err := findCustomer(ctx, q, t, *customerID)
	if errors.Is(err, sql.ErrNoRows) {
		return put, nil, nil
	}
	put.customer = key
	return put, &found, err
}

// decideSubscription reads what is told about a subscription, and asks the rules.
func (s *Store) decideSubscription(ctx context.Context, q querier, t Tenant, id string, in billing.SubscriptionChange) (subscriptionPut, error) {
	put, customer, err := loadSubscription(ctx, q, t, id, in.CustomerID)
	if err != nil {
		return put, err
	}
	today := s.Today(t)
	cutOver, err := cutOverDay(ctx, q, t, today)
	if err != nil {
		return put, err
	}
	if put.key == 0 {
		put.after, err = billing.NewSubscription(id, in, customer, cutOver, today)
		return put, err
	}
	billed, err := billedOf(ctx, q, t, []billing.Subscription{put.before})
	if err != nil {
		return put, err
	}
	put.after, err = put.before.Change(in, customer, billed, cutOver, today)
	return put, err
}

// saveSubscriptionPut writes and records what has changed, if anything, credits what was
// billed and is not owed any more, and answers the subscription as it would be read back.
func (s *Store) saveSubscriptionPut(ctx context.Context, tx querier, scope Scope, put subscriptionPut) (billing.Subscription, error) {
	now, after := s.Now(), put.after
	if put.key == 0 {
		if err := fixCutOver(ctx, tx, scope, now, s.Today(scope.Tenant)); err != nil {
			return after, err
		}
		after.CreatedAt, after.UpdatedAt, after.CreatedBy = now, now, cmp.Or(scope.Actor.ID, takenInByImport)
		if err := insertSubscription(ctx, tx, scope.Tenant, now, put.customer, after); err != nil {
			return after, err
		}
		if err := planChanged(ctx, tx, scope.Tenant, after.CustomerID); err != nil {
			return after, err
		}
		return after, appendActivity(ctx, tx, scope, now, "subscription.created", "subscription", after.ID, nil, subscriptionEntry(after))
	}
	if after == put.before {
		return after, nil
	}
	after.UpdatedAt = now
	// It may have come from another customer.
	if err := planChanged(ctx, tx, scope.Tenant, after.CustomerID, put.before.CustomerID); err != nil {
		return after, err
	}
	if err := updateSubscription(ctx, tx, scope, now, put.key, put.customer, put.before, after); err != nil || after.Status == billing.SubscriptionActive {
		return after, err
	}
	_, err := s.endedCredits(ctx, tx, scope, map[string]billing.Date{after.ID: after.EndedOn}, true)
	return after, err
}

// EndSubscriptionOnce ends an active subscription on a day, today where none is given,
// unless that was done before, and answers what answer made of it then, with the day it
// is billed next; again tells that it was done before. What was billed for months that
// begin on that day or later is credited at once. It refuses with NOT_FOUND, as
// [billing.Subscription.EndOn] does or with [ErrKeyReused], and then nothing is stored.
func (s *Store) EndSubscriptionOnce(ctx context.Context, scope Scope, id string, status billing.SubscriptionStatus, endedOn billing.Date, once Once,
	answer func(SubscriptionRow, billing.Date) ([]byte, error)) (answered []byte, again bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		answered, again, err = s.once(ctx, tx, scope, once, func() ([]byte, error) {
			if err := s.endSubscription(ctx, tx, scope, id, status, endedOn); err != nil {
				return nil, err
			}
			row, err := subscription(ctx, tx, scope.Tenant, id)
			if err != nil {
				return nil, err
			}
			next, err := s.nextBilling(ctx, tx, scope.Tenant, []billing.Subscription{row.Subscription})
			if err != nil {
				return nil, err
			}
			return answer(row, next[id])
		})
		return err
	})
	return answered, again, wrap("end subscription", err)
}

func (s *Store) endSubscription(ctx context.Context, tx querier, scope Scope, id string, status billing.SubscriptionStatus, endedOn billing.Date) error {
	put, _, err := loadSubscription(ctx, tx, scope.Tenant, id, nil)
	if err != nil {
		return err
	}
	if put.key == 0 {
		return billing.NotFound("subscription")
	}
	if put.after, err = put.before.EndOn(status, endedOn, s.Today(scope.Tenant)); err != nil {
		return err
	}
	_, err = s.saveSubscriptionPut(ctx, tx, scope, put)
	return err
}

// NextBilling answers the day each of a tenant's subscriptions is billed next, by id,
// as [billing.NextBilling] does.
func (s *Store) NextBilling(ctx context.Context, t Tenant, subscriptions []billing.Subscription) (next map[string]billing.Date, err error) {
	err = s.read(ctx, func(q querier) error {
		next, err = s.nextBilling(ctx, q, t, subscriptions)
		return err
	})
	return next, wrap("next billing", err)
}

func (s *Store) nextBilling(ctx context.Context, q querier, t Tenant, subscriptions []billing.Subscription) (map[string]billing.Date, error) {
	groups, err := groupsOf(ctx, q, t, subscriptions)
	if err != nil {
		return nil, fmt.Errorf("billing groups: %w", err)
	}
	billed, err := billedOf(ctx, q, t, subscriptions, groupIDsOf(subscriptions)...)
	if err != nil {
		return nil, err
	}
	return billing.NextBilling(subscriptions, groups, billed, s.Today(t)), nil
}
