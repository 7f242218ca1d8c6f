package db

import (
	"context"
	"database/sql"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// maxBatch is how many changes one commit carries at most, which bounds how long
// the first of them waits for its answer.
const maxBatch = 64

// writer carries out all changes, one after the other, on the one connection that
// writes. Changes that wait at the same time share a commit, because the disk's
// confirmation costs far more than the change itself. There is no timer: a change
// that comes alone is committed alone, at once.
type writer struct {
	db *sql.DB
	// place is where the files are that it writes to.
	place place
	// queue has no buffer, so that a caller who gives up has not been taken yet.
	queue   chan *change
	stopped chan struct{}
	counts  writeCounts

	closing sync.RWMutex
	closed  bool
	pending sync.WaitGroup // callers who were let in and have no answer yet
}

// change is one caller's part of a commit.
type change struct {
	ctx  context.Context
	fn   func(ctx context.Context, tx *sql.Tx) error
	err  error
	done chan struct{}
}

func startWriter(db *sql.DB, p place) *writer {
	w := &writer{db: db, place: p, queue: make(chan *change), stopped: make(chan struct{})}
	go w.run()
	return w
}

// stop refuses new changes and waits for those that were let in.
func (w *writer) stop() {
	w.closing.Lock()
	first := !w.closed
	w.closed = true
	w.closing.Unlock()
	w.pending.Wait()
	if first {
		close(w.queue)
	}
	<-w.stopped
}

// write runs fn in a transaction and answers nil once what it did is on disk. An
// error or a panic of fn takes back what it did, and is answered. What fails on the
// way to the disk is [ErrUnavailable], and nothing was changed then.
//
// A caller whose ctx is done before fn has its turn is answered with the reason and
// fn does not run. From then on nothing can cancel it: the ctx that fn gets is
// never done, because a transaction is shared with other callers (and because this
// driver runs statements a third slower under a context that could be).
//
// fn runs on the writer's goroutine. It must not wait for another change, and must
// neither commit nor roll back.
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	if s.ahead {
		return ErrNotRehearsal
	}
	err := translate(s.writer.do(ctx, fn))
	s.writer.counts.ended(err)
	return err
}

func (w *writer) do(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx) error) error {
	w.closing.RLock()
	if w.closed {
		w.closing.RUnlock()
		return ErrClosed
	}
	w.pending.Add(1)
	w.closing.RUnlock()
	defer w.pending.Done()

	c := &change{ctx: ctx, fn: fn, done: make(chan struct{})}
	asked := time.Now()
	select {
	case w.queue <- c:
		w.counts.waited.Add(int64(time.Since(asked)))
	case <-ctx.Done():
		return ctx.Err()
	}
	<-c.done
	return c.err
}

func (w *writer) run() {
	defer close(w.stopped)
	for first := range w.queue {
		w.batch(first)
	}
}

// batch commits the first change together with those that wait by the time the one
// before them is done. Everybody is answered after the commit, refusals too: they
// may rest on what an earlier change of the same batch did.
//
// The first change has no savepoint: where it fails, nothing else is in the
// transaction yet. Most batches are one change, and a savepoint makes SQLite keep a
// second journal.
func (w *writer) batch(first *change) {
	tx, err := w.begin()
	if err == nil && !first.begin(tx) {
		tx.Rollback() // it takes back what the refused change did, and can't fail in a way that matters
		close(first.done)
		return
	}
	changes := []*change{first}
	// Without a transaction those who wait are told so together, instead of one after
	// the other at the end of a timeout each. Once a transaction is lost, those who
	// have not been tried yet wait for the next one.
	for lost := false; !lost; {
		c := w.waiting(len(changes))
		if c == nil {
			break
		}
		changes = append(changes, c)
		if tx != nil {
			err = c.attempt(tx)
			lost = err != nil
		}
	}
	switch {
	case tx == nil:
		err = fmt.Errorf("begin: %w", err)
	case err == nil:
		if err = tx.Commit(); err != nil {
			err = fmt.Errorf("commit: %w", err)
			w.unmake()
		} else {
			w.counts.commits.Add(1)
		}
	default:
		tx.Rollback() // the transaction is lost already; this gives the connection back
	}
	for _, c := range changes {
		if err != nil {
			c.err = err
		}
		close(c.done)
	}
}

// begin begins a transaction, on the files that are there under their names.
func (w *writer) begin() (*sql.Tx, error) {
	if err := w.place.check(); err != nil {
		return nil, err
	}
	return w.db.BeginTx(context.Background(), nil)
}

// unmake makes sure that a commit that failed stays undone. SQLite forgets it, but where
// only the disk's confirmation was missing it stands whole at the end of the log, and after
// a kill SQLite would find it there and take it for good, although its callers were told
// that nothing was changed. Any other commit writes over it; this one changes nothing. It is
// no use to look at its outcome: to have tried is enough, even where the disk still fails.
func (w *writer) unmake() { w.db.Exec(writeSame) }

// writeSame changes nothing and is written all the same: SQLite writes the head of the file
// anew. Of a row it finds out that nothing changed, and writes nothing at all.
var writeSame = fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)

// begin carries out the first change of a transaction and tells whether it is to be
// committed.
func (c *change) begin(tx *sql.Tx) bool {
	if c.err = c.ctx.Err(); c.err == nil {
		c.err = c.call(tx)
	}
	return c.err == nil
}

// waiting answers a change that waits now, or nil when there is none or the batch
// is full.
func (w *writer) waiting(taken int) *change {
	if taken == maxBatch {
		return nil
	}
	select {
	case c := <-w.queue:
		return c
	default:
		return nil
	}
}

// attempt carries out one change inside a savepoint of its own, so that its failure
// takes back nothing else, and leaves the outcome in c.err. The error it answers
// means that the whole transaction is lost.
func (c *change) attempt(tx *sql.Tx) error {
	if c.err = c.ctx.Err(); c.err != nil {
		return nil
	}
	if _, err := tx.Exec(`SAVEPOINT change`); err != nil {
		return err
	}
	if c.err = c.call(tx); c.err == nil {
		_, err := tx.Exec(`RELEASE change`)
		return err
	}
	// On a full disk and the like SQLite gives up the whole transaction by itself.
	// The savepoint is gone then, and what went before it too.
	if _, err := tx.Exec(`ROLLBACK TO change; RELEASE change`); err != nil {
		return fmt.Errorf("%w: the transaction was given up: %v: %v", ErrUnavailable, c.err, err)
	}
	return nil
}

// call runs fn and turns a panic into an error: it must not take down the writer,
// on whom all others depend.
func (c *change) call(tx *sql.Tx) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic in a change: %v\n%s", reason, debug.Stack())
		}
	}()
	return c.fn(context.WithoutCancel(c.ctx), tx)
}
