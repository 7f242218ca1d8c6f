package db

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// toldBatch is how many things are compared at a time.
const toldBatch = 500

// told is what the activity says of customers, subscriptions or the settings: the newest
// value of each field that an entry tells, by the id of the thing.
type told map[string]map[string]json.RawMessage

// verifyTold compares customers, subscriptions and the settings with what the activity
// tells of them: all fields of those that were taken in one by one, and of the others
// what has changed since their import or set-up.
func (v *VerifiedTenant) verifyTold(ctx context.Context, q querier, t Tenant) error {
	for kind, current := range map[string]func(ctx context.Context, q querier, t Tenant, ids []string) (map[string]map[string]any, error){
		"customer": currentCustomers, "subscription": currentSubscriptions, "tenant": currentSettings,
	} {
		batch := make(told)
		compare := func() error {
			is, err := current(ctx, q, t, slices.Collect(maps.Keys(batch)))
			for id, fields := range batch {
				if fault := differenceTold(fields, is[id]); fault != "" && err == nil {
					v.add("%s %s: %s", kind, id, fault)
				}
			}
			clear(batch)
			return err
		}
		// Entries come one thing after the other, the oldest of each first.
		err := eachRow(ctx, q, `SELECT subject_id, after FROM activity INDEXED BY activity_subject
			WHERE tenant = ?1 AND subject_kind = ?2 AND after IS NOT NULL ORDER BY subject_id, key`, []any{t.Key, kind}, func(row scanner) error {
			var id, after string
			if err := row.Scan(&id, &after); err != nil {
				return err
			}
			if _, known := batch[id]; !known && len(batch) == toldBatch {
				if err := compare(); err != nil {
					return err
				}
			}
			if batch.take(id, after) != nil {
				v.add("%s %s: an entry about it can’t be read", kind, id)
			}
			return nil
		})
		if err == nil {
			err = compare()
		}
		if err != nil {
			return fmt.Errorf("%ss: %w", kind, err)
		}
	}
	return nil
}

// take notes what one more entry tells of a thing.
func (b told) take(id, after string) error {
	fields := b[id]
	if fields == nil {
		fields = make(map[string]json.RawMessage)
		b[id] = fields
	}
	return json.Unmarshal([]byte(after), &fields) // into the same map
}

// differenceTold says how a thing differs from what was told of it, or "".
func differenceTold(was map[string]json.RawMessage, is map[string]any) string {
	if is == nil {
		return "the activity knows it, the tables don’t"
	}
	var differences []string
	for _, field := range slices.Sorted(maps.Keys(was)) {
		value, kept := is[field]
		text, err := json.Marshal(value)
		if kept && (err != nil || !bytes.Equal(text, was[field])) {
			differences = append(differences, fmt.Sprintf("%s is %s in the tables, %s in the activity", field, text, was[field]))
		}
	}
	return strings.Join(differences, "; ")
}

func currentCustomers(ctx context.Context, q querier, t Tenant, ids []string) (map[string]map[string]any, error) {
	customers, err := knownCustomers(ctx, q, t, ids)
	entries := make(map[string]map[string]any, len(customers))
	for id, c := range customers {
		entries[id] = customerEntry(c.Customer)
	}
	return entries, err
}

func currentSubscriptions(ctx context.Context, q querier, t Tenant, ids []string) (map[string]map[string]any, error) {
	list, err := querySubscriptions(ctx, q, t, `WHERE u.tenant = ?1 AND u.id IN (SELECT value FROM json_each(?2))`, jsonOf(ids))
	entries := make(map[string]map[string]any, len(list))
	for _, k := range list {
		entry := subscriptionEntry(k.Subscription)
		if k.OwedFrom == k.OwedSince(t.CutOver).OwedFrom {
			delete(entry, "owedFrom") // it may have followed the cut-over day, which is told of the business unit
		}
		entries[k.ID] = entry
	}
	return entries, err
}

// currentSettings answers those of the business unit; an id can only be its own.
func currentSettings(_ context.Context, _ querier, t Tenant, _ []string) (map[string]map[string]any, error) {
	entry := tenantEntry(t)
	shortenIBAN(entry)
	return map[string]map[string]any{t.ID: entry}, nil
}
