package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"billfold/billing"
)

// BillOptions say what a billing run does.
type BillOptions struct {
	// On bills what fell due by this day; zero is today. It is issued today either way.
	On billing.Date
	// Progress is told how far the run is, at its beginning and after each step, on the
	// run's goroutine. It may be nil.
	Progress func(BillingRun)
}

// Bill issues everything that is due of a business unit, what was missed included, and
// answers the finished run. What can't be billed is set aside, see [Store.SetAside], and
// tried again by each run.
//
// It commits in batches, and each batch plans anew what it issues: run twice, in two
// processes at once, or again after it was killed, it issues what one run would have.
// It refuses a day after today with VALIDATION_ERROR and path on. When ctx is done it
// stops after the batch under way; what it issued stands.
func (s *Store) Bill(ctx context.Context, scope Scope, o BillOptions) (BillingRun, error) {
	tenant, err := s.Tenant(ctx, scope.Tenant.ID)
	if err != nil {
		return BillingRun{}, wrap("bill", err)
	}
	scope.Tenant = tenant
	run, err := s.bill(ctx, scope, o, s.Today(tenant), s.Now)
	s.billed.ended(run, err)
	return run, wrap("bill", err)
}

// bill carries out a run on a day, with time stamps of a clock.
func (s *Store) bill(ctx context.Context, scope Scope, o BillOptions, today billing.Date, now func() time.Time) (BillingRun, error) {
	on, err := dueBy(o.On, today)
	if err != nil {
		return BillingRun{}, err
	}
	r := s.newBillRun(scope, on, today, now)
	if o.Progress != nil {
		r.tell = o.Progress
	}
	if err := r.begin(ctx); err != nil {
		return BillingRun{}, err // there is no such run
	}
	err = r.end(ctx, r.carryOut(ctx))
	return r.BillingRun, err
}

// newBillRun answers a run that has not begun.
func (s *Store) newBillRun(scope Scope, dueBy, today billing.Date, now func() time.Time) *billRun {
	return &billRun{s: s, scope: scope, now: now, tell: func(BillingRun) {}, stored: make(map[int64]party), BillingRun: BillingRun{
		ID: newID("run"), Actor: Actor{Kind: scope.Actor.Kind, Name: scope.Actor.Name}, DueBy: dueBy, IssuedOn: today,
		Total: billing.Money{Currency: scope.Tenant.Currency}, State: RunRunning, StartedAt: now(),
	}}
}

// dueBy answers the day that a run looks up to.
func dueBy(on, today billing.Date) (billing.Date, error) {
	if today.Before(on) {
		return on, billing.Refuse([]billing.Problem{{Path: "on", Code: billing.CodeValidation,
			Message: fmt.Sprintf("%s lies after today, %s. Choose today or a day before.", on, today)}})
	}
	return cmp.Or(on, today), nil
}

// billRun is a run under way.
type billRun struct {
	BillingRun
	s     *Store
	scope Scope
	key   int64 // of its row
	now   func() time.Time
	tell  func(BillingRun)
	// stored are rows of who stands on invoices, by customer, that are on disk. A newer one
	// may be there by now; they are used only where they say what is to be said.
	stored map[int64]party
	// last is the batch that was written last, where it was as it had been planned ahead.
	last *billBatch
}

// begin makes the run's row.
func (r *billRun) begin(ctx context.Context) error {
	err := r.s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		r.key, err = insertRun(ctx, tx, r.scope.Tenant, r.BillingRun)
		return err
	})
	if err == nil {
		r.tell(r.BillingRun)
	}
	return err
}

// carryOut finds what is due and issues it, batch by batch.
func (r *billRun) carryOut(ctx context.Context) error {
	var due []dueItem
	err := r.s.eachDue(ctx, r.s.readers, r.scope.Tenant, r.DueBy, func(items []dueItem) {
		due = append(due, items...)
		r.Due = len(due)
		r.tell(r.BillingRun)
	})
	if err != nil {
		return err
	}
	sortDue(due)
	return r.issueDue(ctx, due)
}

// issueDue issues what is due. While a batch is written the next one is planned; nothing
// is planned any more once it answers.
func (r *billRun) issueDue(ctx context.Context, due []dueItem) error {
	type planned struct {
		*billBatch
		err error
	}
	ahead, stop := make(chan planned), make(chan struct{})
	planning, giveUp := context.WithCancel(ctx)
	planner := *r // r counts on meanwhile
	var planners sync.WaitGroup
	defer planners.Wait()
	defer giveUp()
	defer close(stop)
	planners.Go(func() {
		defer close(ahead)
		for len(due) > 0 {
			var p planned
			n := nextBatch(due, r.s.billBatch)
			p.billBatch, p.err = planner.planAhead(planning, due[:n])
			due = due[n:]
			select {
			case ahead <- p:
			case <-stop:
				return
			}
		}
	})
	for p := range ahead {
		if err := errors.Join(p.err, ctx.Err()); err != nil {
			return err
		}
		if err := r.batch(ctx, p.billBatch); err != nil {
			return err
		}
		r.tell(r.BillingRun)
	}
	return nil
}

// maxBillBatch and maxBillLines bound a batch, so that other changes wait for one for
// a tenth of a second or so, but for a single invoice of more lines.
const (
	maxBillBatch = 3_000
	maxBillLines = 12_000
)

// nextBatch answers how many of the invoices that are due the next batch takes, of which
// there are so many at most.
func nextBatch(due []dueItem, most int) int {
	lines := 0
	for i, item := range due {
		if lines += int(item.lines); i > 0 && (lines > maxBillLines || i == most) {
			return i
		}
	}
	return len(due)
}

// batch issues some invoices in one transaction, and counts them in the run once that
// is on disk. Where the database refuses something, which nothing that goes through this
// program should make it do, it is planned anew and each invoice is tried by itself, so
// that the others go on.
func (r *billRun) batch(ctx context.Context, b *billBatch) error {
	err := r.writeBatch(ctx, b, false)
	if refused(err) {
		return r.writeBatch(ctx, b, true)
	}
	return err
}

// writeBatch issues a batch: all at once, or one by one. What was planned ahead counts only
// if nothing has changed since, but for what the batch before has billed.
func (r *billRun) writeBatch(ctx context.Context, b *billBatch, oneByOne bool) error {
	var after BillingRun
	var holds bool
	err := r.s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if !oneByOne {
			if holds, err = b.holds(ctx, tx, r.last); err != nil {
				return err
			}
		}
		if !holds {
			if b, err = r.plan(ctx, tx, b.items); err != nil {
				return err
			}
		}
		b.oneByOne = oneByOne
		after, err = r.issueBatch(ctx, tx, b)
		return err
	})
	if err != nil {
		return err
	}
	r.BillingRun, r.last = after, nil
	maps.Copy(r.stored, b.parties)
	if holds {
		r.last = b
	}
	return nil
}

// issueBatch issues what was planned, and answers how far the run is then.
func (r *billRun) issueBatch(ctx context.Context, tx querier, b *billBatch) (after BillingRun, err error) {
	after = r.BillingRun
	after.Done += len(b.items)
	after.UpdatedAt = r.now()
	if err := b.issueAll(ctx, tx, &after); err != nil {
		return after, err
	}
	return after, updateRun(ctx, tx, b.tenant, r.key, after)
}

// end writes down how the run ended. What fails it is answered again.
func (r *billRun) end(ctx context.Context, failed error) error {
	r.State, r.UpdatedAt = RunDone, r.now()
	switch {
	case failed == nil:
	case errors.Is(failed, context.Canceled), errors.Is(failed, context.DeadlineExceeded), errors.Is(failed, ErrClosed):
		r.State, r.Problem = RunFailed, "It was stopped."
	case errors.Is(failed, ErrUnavailable):
		r.State, r.Problem = RunFailed, "The database could not be written: the disk is full or failing, or another program holds it."
	default:
		r.State, r.Problem = RunFailed, "It failed. The log says why."
	}
	err := r.s.write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		if failed == nil {
			if err := r.forget(ctx, tx); err != nil {
				return err
			}
		}
		return updateRun(ctx, tx, r.scope.Tenant, r.key, r.BillingRun)
	})
	r.tell(r.BillingRun)
	if failed != nil {
		return failed // that its end could not be written down follows from it
	}
	return err
}
