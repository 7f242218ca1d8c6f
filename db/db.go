// Package db keeps everything in one SQLite file. Each exported method of [Store]
// is one use case and owns its transaction: it loads rows, asks the rules in
// package billing, writes, and appends the activity entry.
//
// One connection writes and several read. SQL numbers its placeholders ?1, ?2 …:
// this driver binds $1, $2 … by order of first use, and answers wrongly in silence
// when they are out of order.
package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/oklog/ulid/v2"

	"billfold/billing"
)

// Options of both kinds of connection. They are part of the data source name,
// because a PRAGMA by Exec would reach only one connection of a pool.
const commonOptions = "_stmt_cache_size=64" // keep prepared statements: parsing costs more than most queries

const writerOptions = commonOptions +
	"&_timeout=15000" + // wait up to 15 s for another process that writes: an import takes its time
	"&_txlock=immediate" + // take the write lock at BEGIN: a transaction never fails half-way for lack of it
	"&_fk=1" + // SQLite ignores foreign keys unless told
	"&_journal=WAL" + // readers and the writer don't wait for each other
	"&_cache_size=-32768" + // 32 MiB: a billing run touches more pages than the usual 2 MiB hold
	"&_sync=FULL" // an answered change survives a power cut; NORMAL loses the last ones

// connector opens connections of one kind: by a data source name, and settings for which
// that has no option.
type connector struct{ name, settings string }

func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		_, err := conn.Exec(c.settings, nil)
		return err
	}}
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.name) }

// commonSettings keep what is sorted and collected on the way to an answer in memory: with
// files for it, reading would fail on a full disk too.
const commonSettings = `PRAGMA temp_store = MEMORY`

// writerSettings copy pages from the log into the file every 32 MiB, not 4: a billing run
// writes the same pages again and again, and each copy waits for the disk.
const writerSettings = commonSettings + `; PRAGMA wal_autocheckpoint = 8192`

const readerOptions = commonOptions +
	"&_timeout=5000" + // readers wait for nobody but a process that recovers the file
	"&_query_only=1" // a write that goes astray is refused instead of racing the writer

// Store is an open database. It is safe for use by several goroutines.
type Store struct {
	path      string
	clock     Clock
	rehearsal bool
	migrated  int
	// ahead tells that the day is frozen although this is no rehearsal: see [OpenAhead].
	ahead bool

	readers *sql.DB
	writer  *writer

	passwords passwords
	// importing holds the one export that is looked at.
	importing chan struct{}
	forecasts *forecasts
	billers   *billers
	billed    billCounts
	// billBatch is how many invoices a billing run issues in one transaction at most.
	billBatch int
	// touching holds the tokens whose time of last use is being written.
	touching sync.Map
}

// querier is what reads and writes need of a pool or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Open opens a database file, makes it with mode 0600 where there is none, and
// brings its tables up to date. A database that is made with a frozen clock is a
// rehearsal for good; any other is refused a frozen clock with [ErrNotRehearsal].
func Open(ctx context.Context, path string, clock Clock) (*Store, error) {
	return opened(ctx, path, clock, false)
}

// OpenAhead is Open for whoever only wants to look ahead: it takes a frozen clock for any
// database, and where that is no rehearsal refuses every change with [ErrNotRehearsal].
func OpenAhead(ctx context.Context, path string, clock Clock) (*Store, error) {
	return opened(ctx, path, clock, true)
}

func opened(ctx context.Context, path string, clock Clock, ahead bool) (*Store, error) {
	s, err := open(ctx, path, clock, ahead)
	if err != nil {
		return nil, fmt.Errorf("db: open %s: %w", path, inWords(err))
	}
	return s, nil
}

func open(ctx context.Context, path string, clock Clock, ahead bool) (_ *Store, err error) {
	// An absolute path never begins with two slashes, which would name a host.
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makeFile(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, clock: clock, passwords: newPasswords(), importing: make(chan struct{}, 1), billBatch: maxBillBatch, forecasts: newForecasts(), billers: newBillers()}
	writing := sql.OpenDB(connector{dsn(path, writerOptions), writerSettings})
	writing.SetMaxOpenConns(1) // SQLite has one writer; more would only wait for each other's lock
	s.readers = sql.OpenDB(connector{dsn(path, readerOptions), commonSettings})
	// Connections are kept: opening one and filling its statement cache costs more
	// than most queries.
	n := max(4, 2*runtime.NumCPU())
	s.readers.SetMaxOpenConns(n)
	s.readers.SetMaxIdleConns(n)
	if err := s.prepare(ctx, writing, ahead); err != nil {
		return nil, errors.Join(err, s.readers.Close(), writing.Close())
	}
	where, err := findPlace(path)
	if err != nil {
		return nil, errors.Join(err, s.readers.Close(), writing.Close())
	}
	s.writer = startWriter(writing, where)
	return s, nil
}

// prepare brings the file up to date and finds out early what it may be used for.
func (s *Store) prepare(ctx context.Context, writing *sql.DB, ahead bool) error {
	if err := connect(ctx, writing); err != nil {
		return err
	}
	frozen := !s.clock.Frozen.IsZero()
	before, err := readState(ctx, writing)
	if err != nil {
		return err
	}
	if err := migrate(ctx, writing, migrations, frozen); err != nil {
		return err
	}
	after, err := readState(ctx, writing)
	if err != nil {
		return err
	}
	s.migrated = after.version - before.version
	if err := s.readers.QueryRowContext(ctx, `SELECT rehearsal FROM origin`).Scan(&s.rehearsal); err != nil {
		return err
	}
	if frozen && !s.rehearsal {
		if !ahead {
			return ErrNotRehearsal
		}
		s.ahead = true
	}
	return s.probe(ctx)
}

// connect opens the connection that writes. SQLite does not wait, as it does for any
// other lock, when two programs open a new file and switch it to WAL at once.
func connect(ctx context.Context, writing *sql.DB) (err error) {
	for range 100 {
		if err = writing.PingContext(ctx); !isBusy(err) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// probe finds out at the start, and not from the first change, that the file can't
// be written; on the way it deletes old sessions. It does not wait for a lock that
// another process holds: that one can write.
func (s *Store) probe(ctx context.Context) (err error) {
	db, err := sql.Open("sqlite3", dsn(s.path, "_timeout=0"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := purge(ctx, db, s.Now()); err != nil && !isBusy(err) {
		return err
	}
	return nil
}

// makeFile makes an empty file that only its owner can read, unless there is one.
// A file that exists is not opened here: closing it again would release the locks
// that another connection of this process holds on it.
func makeFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return errors.New("this is a folder. Name a file in it with --database")
	}
	if !info.Mode().IsRegular() {
		return errors.New("this is not a regular file. Name another one with --database")
	}
	return nil
}

// dsn makes a data source name. The path is escaped so that ?, # and % in a file's
// name stay out of the syntax of a URI.
func dsn(path, options string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + options
}

// inWords says what to do about a file that can't be opened.
func inWords(err error) error {
	var e sqlite3.Error
	switch isSQLite := errors.As(err, &e); {
	case isSQLite && e.Code == sqlite3.ErrNotADB:
		return fmt.Errorf("this file is not a database. Name another one with --database: %w", err)
	case isSQLite && (e.Code == sqlite3.ErrCantOpen || e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrPerm),
		errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the file, one beside it that ends in -wal or -shm, or their folder can't be written. Allow it, or name another file with --database: %w", err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no such folder. Make it, or name another file with --database: %w", err)
	}
	return translate(err)
}

func isBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.Code == sqlite3.ErrBusy
}

// Close lets billing runs in the background finish the batch they are at, finishes the
// changes that are under way or waiting, refuses new ones with [ErrClosed], gives up
// forecasts that are being worked out, and closes the file.
func (s *Store) Close() error {
	s.billers.stop()
	s.writer.stop()
	s.forecasts.stop()
	// The writer is closed last: the last connection to close tidies the file up, and
	// a reader may not.
	return wrap("close", errors.Join(s.readers.Close(), s.writer.db.Close()))
}

// read runs fn on one snapshot of the database, for answers that take several queries.
func (s *Store) read(ctx context.Context, fn func(q querier) error) error {
	tx, err := s.readers.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer tx.Rollback() // there is nothing to commit
	return translate(fn(tx))
}

// Now answers the time that time stamps are made of, which no rehearsal holds still.
func (s *Store) Now() time.Time { return s.clock.now() }

// Today answers a tenant's business day, which never goes back behind what it has issued.
func (s *Store) Today(t Tenant) billing.Date { return later(s.clock.Today(t.Zone), t.LastIssued) }

func later(a, b billing.Date) billing.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// Path answers the database file's whole name.
func (s *Store) Path() string { return s.path }

// Migrated answers how many migrations brought the database up to date when it was
// opened.
func (s *Store) Migrated() int { return s.migrated }

// Frozen answers the frozen business day, zero where it is not frozen.
func (s *Store) Frozen() Frozen { return s.clock.Frozen }

// SQLiteVersion answers the version of SQLite that is built in: "3.54.1".
func SQLiteVersion() string {
	version, _, _ := sqlite3.Version()
	return version
}

// newID makes an id that sorts by the time it is made: "bg_01k…".
func newID(prefix string) string {
	return prefix + "_" + strings.ToLower(ulid.Make().String())
}
