package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// note writes one row that a test can count: an activity entry.
func note(tenant Tenant, action string) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		return appendActivity(ctx, tx, newScope(tenant), time.UnixMilli(0), action, "test", "1", nil, nil)
	}
}

// notes answers the actions that note wrote, the newest first.
func notes(t testing.TB, s *Store, tenant Tenant) (actions []string) {
	t.Helper()
	entries, err := s.Activity(t.Context(), tenant, "test", "1", 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		actions = append(actions, e.Action)
	}
	return actions
}

// batchOf commits changes in one batch, and answers what each caller is told.
func batchOf(s *Store, fns ...func(context.Context, *sql.Tx) error) []error {
	w := &writer{db: s.writer.db, queue: make(chan *change, len(fns))}
	changes := make([]*change, len(fns))
	for i, fn := range fns {
		changes[i] = &change{ctx: context.Background(), fn: fn, done: make(chan struct{})}
		w.queue <- changes[i]
	}
	w.batch(<-w.queue)
	errs := make([]error, len(fns))
	for i, c := range changes {
		<-c.done
		errs[i] = translate(c.err)
	}
	return errs
}

var errTest = errors.New("refused by the test")

func TestManyWriters(t *testing.T) {
	for _, writers := range []int{8, 16} {
		t.Run(fmt.Sprint(writers), func(t *testing.T) {
			s := newStore(t)
			tenant := newTenant(t, s)
			const each = 30
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for i := range each {
						fn := note(tenant, "good")
						switch i % 3 {
						case 1:
							fn = func(ctx context.Context, tx *sql.Tx) error {
								return errors.Join(note(tenant, "failed")(ctx, tx), errTest)
							}
						case 2:
							fn = func(ctx context.Context, tx *sql.Tx) error {
								note(tenant, "panicked")(ctx, tx)
								panic("by the test")
							}
						}
						err := s.write(t.Context(), fn)
						switch {
						case i%3 == 0 && err != nil,
							i%3 == 1 && !errors.Is(err, errTest),
							i%3 == 2 && (err == nil || !strings.Contains(err.Error(), "by the test")):
							t.Errorf("change %d: %v", i, err)
						}
					}
				})
			}
			wg.Wait()
			got := notes(t, s, tenant)
			if want := writers * each / 3; len(got) != want {
				t.Errorf("%d changes are there, want %d", len(got), want)
			}
			for _, action := range got {
				if action != "good" {
					t.Errorf("a change that %s is there", action)
				}
			}
		})
	}
}

func TestBatchTakesBackOnlyTheFailedChange(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	errs := batchOf(s,
		note(tenant, "first"),
		func(ctx context.Context, tx *sql.Tx) error {
			return errors.Join(note(tenant, "failed")(ctx, tx), errTest)
		},
		func(ctx context.Context, tx *sql.Tx) error {
			note(tenant, "panicked")(ctx, tx)
			panic("by the test")
		},
		func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO memberships (tenant, user, role) VALUES (0, 0, 'owner')`)
			return err
		},
		note(tenant, "last"),
	)
	for i, wantErr := range []bool{false, true, true, true, false} {
		if (errs[i] != nil) != wantErr {
			t.Errorf("change %d: %v", i, errs[i])
		}
	}
	if got := fmt.Sprint(notes(t, s, tenant)); got != "[last first]" {
		t.Errorf("there is %s", got)
	}
}

func TestFailedCommitFailsAll(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	errs := batchOf(s,
		note(tenant, "before"),
		func(ctx context.Context, tx *sql.Tx) error {
			return errTest // it may rest on what "before" did, so it is told of the commit too
		},
		func(ctx context.Context, tx *sql.Tx) error {
			// The violation shows only at COMMIT.
			_, err := tx.ExecContext(ctx, `PRAGMA defer_foreign_keys = ON; INSERT INTO memberships (tenant, user, role) VALUES (0, 0, 'owner')`)
			return err
		},
		note(tenant, "after"),
	)
	for i, err := range errs {
		if err == nil || errors.Is(err, errTest) {
			t.Errorf("change %d was told %v", i, err)
		}
	}
	if got := notes(t, s, tenant); len(got) != 0 {
		t.Errorf("there is %v", got)
	}
	if err := s.write(t.Context(), note(tenant, "later")); err != nil {
		t.Errorf("a later change: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	// SQLite keeps to a number of pages as it would to the end of the disk.
	limit := func(pages int) {
		t.Helper()
		if _, err := s.writer.db.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	var pages int
	if err := s.writer.db.QueryRow(`PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit(pages + 2)
	large := note(tenant, strings.Repeat("x", 1<<20))
	errs := batchOf(s, note(tenant, "small"), large)
	if !errors.Is(errs[1], ErrUnavailable) {
		t.Errorf("a change that does not fit: %v, want ErrUnavailable", errs[1])
	}
	if small := len(notes(t, s, tenant)) == 1; small != (errs[0] == nil) {
		t.Errorf("the small change was told %v, and is there: %v", errs[0], small)
	}
	limit(1 << 30)
	if err := s.write(t.Context(), large); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestWriteContext(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)

	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.write(done, note(tenant, "never")); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that has gone: %v, want context.Canceled", err)
	}

	// One who goes while others have their turn is skipped.
	leaving, leave := context.WithCancel(t.Context())
	entered, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.write(t.Context(), func(context.Context, *sql.Tx) error {
			close(entered)
			<-release
			return nil
		})
	})
	<-entered
	answer := make(chan error)
	go func() { answer <- s.write(leaving, note(tenant, "never")) }()
	leave()
	if err := <-answer; !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that leaves while it waits: %v, want context.Canceled", err)
	}
	close(release)
	wg.Wait()

	// So is one who goes after it was taken into a batch.
	gone := &change{ctx: done, fn: note(tenant, "never"), done: make(chan struct{})}
	if s.writer.batch(gone); !errors.Is(gone.err, context.Canceled) {
		t.Errorf("a caller that has gone from a batch: %v, want context.Canceled", gone.err)
	}

	// One who goes during its own turn is answered with what came of it.
	late, goLate := context.WithCancel(t.Context())
	err := s.write(late, func(ctx context.Context, tx *sql.Tx) error {
		goLate()
		return note(tenant, "done")(ctx, tx)
	})
	if err != nil {
		t.Errorf("a caller that leaves during its turn: %v", err)
	}
	if got := fmt.Sprint(notes(t, s, tenant)); got != "[done]" {
		t.Errorf("there is %s", got)
	}
}

func TestCloseFinishesWhatWaits(t *testing.T) {
	path := t.TempDir() + "/test.db"
	s, err := Open(t.Context(), path, Clock{})
	if err != nil {
		t.Fatal(err)
	}
	tenant := newTenant(t, s)
	entered, release := make(chan struct{}), make(chan struct{})
	answers := make(chan error, 2)
	go func() {
		answers <- s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			close(entered)
			<-release
			return note(tenant, "under way")(ctx, tx)
		})
	}()
	<-entered
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	// Changes are let in until Close has begun.
	waiting := 0
	for refused := false; !refused; {
		refusal := make(chan error, 1)
		go func() { refusal <- s.write(t.Context(), note(tenant, "waiting")) }()
		select {
		case err := <-refusal:
			if !errors.Is(err, ErrClosed) {
				t.Fatalf("a change after Close: %v, want ErrClosed", err)
			}
			refused = true
		case <-time.After(20 * time.Millisecond):
			waiting++
			go func() { answers <- <-refusal }()
		}
	}
	select {
	case <-closed:
		t.Fatal("Close did not wait for the change that was under way")
	default:
	}
	close(release)
	for range waiting + 1 {
		if err := <-answers; err != nil {
			t.Errorf("a change that was let in: %v", err)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	again := openStore(t, path, Clock{})
	if got := notes(t, again, tenant); len(got) != waiting+1 {
		t.Errorf("%d changes are there, want %d", len(got), waiting+1)
	}
}
