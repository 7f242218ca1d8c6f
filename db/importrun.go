package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"billfold/billing"
)

// importBatch is how many rows are compared with what is known at a time. It bounds
// the memory that takes.
const importBatch = 500

// importRun takes in one export, or finds out what taking it in would come to: then
// it does all the same but write.
type importRun struct {
	s      *Store
	scope  Scope
	writes bool
	today  billing.Date
	now    time.Time

	cutOver billing.Date
	// customers are those that are saved already, with their rows' keys.
	customers map[*billing.ExportCustomer]int64
	// billed is what has been billed of the subscriptions that are looked at.
	billed billing.Billed
	// endedOn has the days that changed contracts ended, by subscription.
	endedOn map[string]billing.Date
	result  ImportResult
}

func (s *Store) newImportRun(scope Scope, writes bool) *importRun {
	return &importRun{
		s: s, scope: scope, writes: writes, today: s.Today(scope.Tenant), now: s.Now(),
		customers: make(map[*billing.ExportCustomer]int64), endedOn: make(map[string]billing.Date),
		result: ImportResult{DueAmount: billing.Money{Currency: scope.Tenant.Currency}},
	}
}

// subscriptionChange is a row's subscription as it was, zero for a new one, and as it
// will be.
type subscriptionChange struct {
	customer      *billing.ExportCustomer
	key           int64
	before, after billing.Subscription
}

func (r *importRun) takeIn(ctx context.Context, q querier, export *billing.Export) (err error) {
	if r.cutOver, err = cutOverDay(ctx, q, r.scope.Tenant, r.today); err != nil {
		return err
	}
	if r.writes {
		if err := fixCutOver(ctx, q, r.scope, r.now, r.today); err != nil {
			return err
		}
	}
	for rows := range slices.Chunk(export.Rows, importBatch) {
		if err := r.batch(ctx, q, rows); err != nil {
			return fmt.Errorf("lines from %d on: %w", rows[0].Line, err)
		}
	}
	// Only now, so that an invoice gets one credit note for all of the file.
	r.result.Credited, err = r.s.endedCredits(ctx, q, r.scope, r.endedOn, r.writes)
	return err
}

// batch takes in some rows: first the customers, whom the subscriptions refer to.
// Customers of refused rows only are left too.
func (r *importRun) batch(ctx context.Context, q querier, rows []billing.ExportRow) error {
	known, err := r.known(ctx, q, rows)
	if err != nil {
		return err
	}
	changes := make([]subscriptionChange, 0, len(rows))
	customers := make([]*billing.ExportCustomer, 0, len(rows))
	for _, row := range rows {
		change, accepted := r.decide(row, known)
		if accepted {
			customers = append(customers, row.Customer)
		}
		if change.after != change.before {
			changes = append(changes, change)
			if change.key != 0 && change.after.Status != billing.SubscriptionActive {
				r.endedOn[change.after.ID] = change.after.EndedOn
			}
		}
	}
	if err := r.saveCustomers(ctx, q, customers); err != nil {
		return err
	}
	if len(changes) == 0 {
		return nil
	}
	if err := r.countDue(ctx, q, changes); err != nil {
		return err
	}
	if !r.writes {
		return nil
	}
	return r.saveSubscriptions(ctx, q, changes)
}

// known answers the tenant's subscriptions that rows tell about, by id.
func (r *importRun) known(ctx context.Context, q querier, rows []billing.ExportRow) (map[string]keyed, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	list, err := querySubscriptions(ctx, q, r.scope.Tenant, `WHERE u.tenant = ?1 AND u.id IN (SELECT value FROM json_each(?2))`, jsonOf(ids))
	if err != nil {
		return nil, fmt.Errorf("known subscriptions: %w", err)
	}
	subscriptions := values(list)
	if r.billed, err = billedOf(ctx, q, r.scope.Tenant, subscriptions, groupIDsOf(subscriptions)...); err != nil {
		return nil, err
	}
	known := make(map[string]keyed, len(list))
	for _, k := range list {
		known[k.ID] = k
	}
	return known, nil
}

// decide asks the rules what a row changes, counts it, and tells whether it may.
func (r *importRun) decide(row billing.ExportRow, known map[string]keyed) (subscriptionChange, bool) {
	r.result.Rows++
	k, isKnown := known[row.ID]
	if !isKnown {
		r.result.New++
		after := row.TakeIn(r.cutOver, r.today)
		after.CreatedBy = r.scope.Actor.ID
		return subscriptionChange{customer: row.Customer, after: after}, true
	}
	after, problems := row.Merge(k.Subscription, r.billed, r.cutOver, r.today)
	switch {
	case len(problems) > 0:
		r.result.Refused++
		for _, p := range problems {
			r.result.Refusals.Add(billing.RowProblem{Line: row.Line, Column: p.Path, Code: p.Code, Message: p.Message})
		}
	case after == k.Subscription:
		r.result.Unchanged++
	default:
		r.result.Changed++
	}
	return subscriptionChange{customer: row.Customer, key: k.key, before: k.Subscription, after: after}, len(problems) == 0
}

// countDue adds up what changes make due by today that wasn't due before.
func (r *importRun) countDue(ctx context.Context, q querier, changes []subscriptionChange) error {
	var before, after []billing.Subscription
	for _, c := range changes {
		if c.key != 0 {
			before = append(before, c.before)
		}
		after = append(after, c.after)
	}
	groups, err := groupsOf(ctx, q, r.scope.Tenant, before)
	if err != nil {
		return fmt.Errorf("billing groups: %w", err)
	}
	eachNewlyDue(before, after, groups, r.billed, r.today, func(m billing.Money) {
		r.result.DueInstalments++
		r.result.DueAmount = r.result.DueAmount.Add(m)
	})
	return nil
}

// linesDue goes through the lines of all invoices that are due by today.
func linesDue(subscriptions []billing.Subscription, groups []billing.Group, billed billing.Billed, today billing.Date) func(yield func(billing.Line) bool) {
	return func(yield func(billing.Line) bool) {
		for _, invoice := range billing.Plan(subscriptions, groups, billed, today, today.AddDays(1)) {
			for _, line := range invoice.Lines {
				if !yield(line) {
					return
				}
			}
		}
	}
}

// groupsOf answers the groups that subscriptions are in, with what planning needs of them.
func groupsOf(ctx context.Context, q querier, t Tenant, subscriptions []billing.Subscription) ([]billing.Group, error) {
	ids := groupIDsOf(subscriptions)
	if len(ids) == 0 {
		return nil, nil
	}
	var found []Group
	var keys []int64
	err := eachRow(ctx, q, `SELECT g.key, g.id, g.status FROM groups g
		WHERE g.tenant = ?1 AND g.id IN (SELECT value FROM json_each(?2))`, []any{t.Key, jsonOf(ids)}, func(row scanner) error {
		var key int64
		var g Group
		err := row.Scan(&key, &g.ID, &g.Status)
		found, keys = append(found, g), append(keys, key)
		return err
	})
	if err == nil {
		err = loadDays(ctx, q, t, found, keys)
	}
	if err != nil {
		return nil, err
	}
	groups := make([]billing.Group, len(found))
	for i, g := range found {
		groups[i] = g.Group
	}
	return groups, nil
}
