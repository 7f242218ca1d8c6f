package db

import (
	"context"
	"sync"
)

// billers carry out billing runs in the background. There is one at a time for each
// tenant, so that two clicks are one run; they stop with the store.
type billers struct {
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	under   map[int64]*backgroundRun
	working sync.WaitGroup
}

// backgroundRun is one run under way.
type backgroundRun struct {
	// begun is closed once the run has an id or is over, done once it is over.
	begun, done chan struct{}
	once        sync.Once

	id  string // once begun
	err error  // once done
}

func newBillers() *billers {
	b := &billers{under: make(map[int64]*backgroundRun)}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// stop lets each run finish the batch it is at, and refuses more runs. What is left due
// is billed by the next run.
func (b *billers) stop() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.working.Wait()
}

// start begins a run, or answers the one under way. ended is told what came of a run
// that begins here.
func (b *billers) start(s *Store, scope Scope, ended func(BillingRun, error)) (*backgroundRun, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	if run := b.under[scope.Tenant.Key]; run != nil {
		return run, nil
	}
	run := &backgroundRun{begun: make(chan struct{}), done: make(chan struct{})}
	b.under[scope.Tenant.Key] = run
	b.working.Go(func() {
		result, err := s.Bill(b.ctx, scope, BillOptions{Progress: func(r BillingRun) { run.begin(r.ID) }})
		run.err = err
		run.begin(result.ID)
		b.mu.Lock()
		delete(b.under, scope.Tenant.Key)
		b.mu.Unlock()
		ended(result, err)
		close(run.done)
	})
	return run, nil
}

func (r *backgroundRun) begin(id string) {
	r.once.Do(func() {
		r.id = id
		close(r.begun)
	})
}

// StartBilling begins to bill everything that is due of a business unit, and answers
// the run's id as soon as it has one. The run goes on when ctx ends, and stops with the
// store; ended is told what came of it. While a run is under way, here or in another
// process, none begins: its id is answered.
func (s *Store) StartBilling(ctx context.Context, scope Scope, ended func(BillingRun, error)) (id string, err error) {
	if id, err := s.BillingUnderWay(ctx, scope.Tenant); id != "" || err != nil {
		return id, err
	}
	run, err := s.billers.start(s, scope, ended)
	if err != nil {
		return "", wrap("start billing", err)
	}
	select {
	case <-run.begun:
	case <-ctx.Done():
		return "", wrap("start billing", ctx.Err())
	}
	if run.id == "" {
		<-run.done
		return "", wrap("start billing", run.err)
	}
	return run.id, nil
}

// BillingUnderWay answers the id of the run that is under way for a business unit, in
// whatever process, or "".
func (s *Store) BillingUnderWay(ctx context.Context, t Tenant) (id string, err error) {
	runs, _, err := s.BillingRuns(ctx, t, "", 1)
	if err != nil || len(runs) == 0 || runs[0].State != RunRunning || runs[0].Interrupted(s.Now()) {
		return "", wrap("billing under way", err)
	}
	return runs[0].ID, nil
}
