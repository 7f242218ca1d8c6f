package db

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"billfold/billing"
)

// hold keeps the writer busy until the returned function is called.
func hold(t *testing.T, s *Store) (release func()) {
	t.Helper()
	held, released := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.write(context.WithoutCancel(t.Context()), func(context.Context, *sql.Tx) error {
			close(held)
			<-released
			return nil
		})
	}()
	<-held
	return func() {
		close(released)
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// Whoever asks while a run is under way is led to that one; it issues everything once.
func TestStartBillingOnce(t *testing.T) {
	s, tenant, _ := newAcmeOn(t, "2026-11-22")
	release := hold(t, s)
	var asking sync.WaitGroup
	var ids [4]string
	ended := make(chan BillingRun, len(ids))
	for i := range ids {
		asking.Go(func() {
			var err error
			if ids[i], err = s.StartBilling(t.Context(), newScope(tenant), func(run BillingRun, err error) { ended <- run }); err != nil {
				t.Error(err)
			}
		})
	}
	release()
	asking.Wait()
	runs, _, err := s.BillingRuns(t.Context(), tenant, "", 10)
	if err != nil || len(runs) == 0 {
		t.Fatalf("%d runs, err %v", len(runs), err)
	}
	// Whoever came late enough to find the first one over has begun another.
	invoices := 0
	for range runs {
		invoices += (<-ended).Invoices
	}
	for _, id := range ids {
		if _, err := s.BillingRun(t.Context(), tenant, id); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	if issued := len(dump(t, s, `SELECT number FROM invoices`)); invoices != issued || issued == 0 {
		t.Errorf("the runs have issued %d, and there are %d", invoices, issued)
	}
	if due, err := s.Due(t.Context(), tenant, billing.Date{}); err != nil || len(due.Invoices) > 0 {
		t.Errorf("%d are still due, err %v", len(due.Invoices), err)
	}
}

// A run of another process is followed, not joined by a second one; one that was cut
// off is not waited for.
func TestStartBillingElsewhere(t *testing.T) {
	s, tenant, clock := newAcmeOn(t, "2026-11-22")
	elsewhere := BillingRun{ID: "run_elsewhere", DueBy: s.Today(tenant), IssuedOn: s.Today(tenant), State: RunRunning, StartedAt: s.Now()}
	if err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := insertRun(ctx, tx, tenant, elsewhere)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	none := func(BillingRun, error) { t.Error("a second run has begun") }
	if id, err := s.StartBilling(t.Context(), newScope(tenant), none); id != elsewhere.ID || err != nil {
		t.Errorf("answered %q, err %v", id, err)
	}
	clock.ms.Add(2 * runLife.Milliseconds())
	ended := make(chan error, 1)
	if id, err := s.StartBilling(t.Context(), newScope(tenant), func(_ BillingRun, err error) { ended <- err }); id == elsewhere.ID || err != nil {
		t.Errorf("answered %q, err %v", id, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// Closing the store stops a run between two batches; a new store goes on.
func TestCloseStopsBilling(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s, err := Open(t.Context(), path, newStepClock().clock())
	if err != nil {
		t.Fatal(err)
	}
	tenant := newTenant(t, s)
	ended := make(chan error, 1)
	release := hold(t, s)
	under, err := s.billers.start(s, newScope(tenant), func(_ BillingRun, err error) { ended <- err })
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	<-s.billers.ctx.Done()
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	<-under.done
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the run ended with %v", err)
	}
	if _, err := s.billers.start(s, newScope(tenant), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
}
