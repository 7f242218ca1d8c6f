package db

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
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

// Whoever asks while a run is under way is led to that one.
func TestStartBillingOnce(t *testing.T) {
	s, tenant, _ := newAcmeOn(t, "2026-11-22")
	release := hold(t, s)
	ended := make(chan BillingRun, 1)
	first, err := s.billers.start(s, newScope(tenant), func(run BillingRun, _ error) { ended <- run })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, err := s.billers.start(s, newScope(tenant), func(BillingRun, error) { t.Error("a second run has begun") }); again != first || err != nil {
			release()
			t.Fatalf("another run, err %v", err)
		}
	}
	release()
	<-first.done
	if run := <-ended; run.Invoices == 0 || run.ID != first.id {
		t.Errorf("the run is %+v", run)
	}
	id, err := s.StartBilling(t.Context(), newScope(tenant), func(run BillingRun, _ error) { ended <- run })
	if run := <-ended; err != nil || id == first.id || run.ID != id || run.Invoices != 0 {
		t.Errorf("the next one, %s, is %+v, err %v", id, run, err)
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

// A run that can't begin has no id to lead to: whoever asked is told why.
func TestStartBillingInVain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	newTenant(t, openStore(t, path, Clock{}))
	s, err := OpenAhead(t.Context(), path, Clock{Frozen: frozen(t, testDay)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	ended := make(chan BillingRun, 1)
	id, err := s.StartBilling(t.Context(), newScope(mustTenant(t, s)), func(run BillingRun, _ error) { ended <- run })
	if run := <-ended; id != "" || run.ID != "" || !errors.Is(err, ErrNotRehearsal) {
		t.Errorf("answered %q, the run %q, err %v", id, run.ID, err)
	}
}
