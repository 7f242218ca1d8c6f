package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

var (
	// ErrUnreadable and ErrUnwritable say why [Store.Ready] finds a database not ready.
	ErrUnreadable = errors.New("the database can't be read")
	ErrUnwritable = errors.New("the database can't be written")
)

// writeCounts are kept of changes since the store was opened.
type writeCounts struct {
	changes, commits, failed atomic.Int64
	waited                   atomic.Int64 // for their turn, in nanoseconds

	// failing is why the last change could not be written, nil where it could.
	failing atomic.Pointer[error]
	trying  atomic.Bool
}

// ended counts a change. A refusal says nothing about the database, and neither does a
// caller who gave up.
func (c *writeCounts) ended(err error) {
	switch {
	case err == nil:
		c.changes.Add(1)
		c.failing.Store(nil)
	case errors.Is(err, ErrUnavailable):
		c.failed.Add(1)
		c.failing.Store(&err)
	}
}

// billCounts are kept of billing runs since the store was opened.
type billCounts struct{ done, failed, invoices atomic.Int64 }

func (c *billCounts) ended(run BillingRun, err error) {
	if err == nil {
		c.done.Add(1)
	} else {
		c.failed.Add(1)
	}
	c.invoices.Add(int64(run.Invoices))
}

// readyTime is how long the read of [Store.Ready] may take.
const readyTime = 2 * time.Second

// Ready answers nil while the database can be read and its last change was written, else
// [ErrUnreadable] or [ErrUnwritable] with the reason. It waits for no change. While
// changes fail it has a small one tried in the background: whoever is not ready is sent
// no more of them, and would else never find out that it can write again.
func (s *Store) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	var only int
	if err := s.readers.QueryRowContext(ctx, `SELECT only FROM origin`).Scan(&only); err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	counts := &s.writer.counts
	failing := counts.failing.Load()
	if failing == nil {
		return nil
	}
	if counts.trying.CompareAndSwap(false, true) {
		go func() {
			defer counts.trying.Store(false)
			s.write(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, writeSame)
				return err
			})
		}()
	}
	return fmt.Errorf("%w: %w", ErrUnwritable, *failing)
}

// Stats are numbers for whoever watches a server: what was done since the store was
// opened, and how things are.
type Stats struct {
	// Changes and Commits are those that were written, Failed the changes that could not
	// be; Waited is how long they all waited for their turn.
	Changes, Commits, Failed int64
	Waited                   time.Duration
	Failing                  bool // the last change could not be written
	// PasswordsAtWork are being hashed or compared, PasswordsWaiting wait for that.
	PasswordsAtWork, PasswordsWaiting int
	// RunsDone and RunsFailed are billing runs that ended here, Invoices what they issued.
	RunsDone, RunsFailed, Invoices int64

	// What follows is read from the files.

	// Size and LogSize are the bytes of the database and of its write-ahead log.
	Size, LogSize int64
	Sessions      int
	// SetAside is what the last run of each business unit could not bill.
	SetAside int
	// LastBilled is when the last run without a failure ended of that business unit with
	// automatic billing for which this is longest ago: zero where one has none yet.
	// Automatic tells whether there is such a business unit.
	LastBilled time.Time
	Automatic  bool
}

// Stats answers the numbers. With an error come those that need no file.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	w, p := &s.writer.counts, s.passwords
	stats := Stats{
		Changes: w.changes.Load(), Commits: w.commits.Load(), Failed: w.failed.Load(), Waited: time.Duration(w.waited.Load()), Failing: w.failing.Load() != nil,
		PasswordsAtWork: len(p.working), PasswordsWaiting: max(0, len(p.admitted)-len(p.working)),
		RunsDone: s.billed.done.Load(), RunsFailed: s.billed.failed.Load(), Invoices: s.billed.invoices.Load(),
	}
	stats.Size, stats.LogSize = fileSize(s.path), fileSize(s.writer.place.log())
	return stats, wrap("stats", s.readStats(ctx, &stats))
}

// readStats looks at all tenants at once: the numbers are for whoever runs the server.
func (s *Store) readStats(ctx context.Context, stats *Stats) error {
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	return s.read(ctx, func(q querier) error {
		now := s.Now()
		err := q.QueryRowContext(ctx, `SELECT count(*) FROM sessions WHERE pending = 0 AND created_at > ?1 AND last_used_at > ?2`,
			now.Add(-SessionLife).UnixMilli(), now.Add(-SessionIdle).UnixMilli()).Scan(&stats.Sessions)
		if err != nil {
			return err
		}
		var last sql.NullInt64
		const newest = `FROM billing_runs r WHERE r.tenant = t.key AND r.state = 'done' ORDER BY r.key DESC LIMIT 1`
		err = q.QueryRowContext(ctx, `SELECT coalesce(sum((SELECT r.set_aside `+newest+`)), 0),
			min(coalesce((SELECT r.updated_at `+newest+`), 0)) FILTER (WHERE t.automatic = 1) FROM tenants t`).Scan(&stats.SetAside, &last)
		stats.Automatic = last.Valid
		if last.Int64 > 0 {
			stats.LastBilled = time.UnixMilli(last.Int64)
		}
		return err
	})
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
