package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
)

func TestOpenAwkwardPaths(t *testing.T) {
	for _, name := range []string{
		"plain.db", "with space.db", "what?.db", "a#b.db", "100%.db", "50%20.db", "a&b=c;d+e.db", "Bücher.db", ":memory:", "file:x.db",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			s := openStore(t, path, Clock{})
			newTenant(t, s)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, want 0600", info.Mode())
			}
			files, err := os.ReadDir(filepath.Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				if info, err := f.Info(); err != nil || !strings.HasPrefix(f.Name(), name) || info.Mode().Perm() != 0o600 {
					t.Errorf("there is also %s: %v, %v", f.Name(), info.Mode(), err)
				}
			}
		})
	}
}

func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	openStore(t, "billfold.db", Clock{})
	if _, err := os.Stat("billfold.db"); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	letter := write("letter.txt", strings.Repeat("Dear customer, ", 500))
	for _, test := range []struct{ name, path, want string }{
		{"a folder", dir, "this is a folder"},
		{"a text file", letter, "not a database"},
		{"a short text file", write("short.txt", "Dear customer"), "not a database"},
		{"no such folder", filepath.Join(dir, "missing", "billfold.db"), "no such folder"},
		{"a file for a folder", filepath.Join(letter, "billfold.db"), "not a directory"},
		{"a device", os.DevNull, "not a regular file"},
		{"a database that was cut off", cutOff(t), "file is damaged: stop Billfold and restore a backup"},
		{"another program's", madeBy(t, `CREATE TABLE songs (title TEXT); PRAGMA user_version = 1`), "another program"},
		{"a newer Billfold's", madeBy(t, `CREATE TABLE origin (only INTEGER); PRAGMA application_id = 0x42696c6c; PRAGMA user_version = 99`), "was made by a newer Billfold"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, _ := os.ReadFile(test.path)
			s, err := Open(t.Context(), test.path, Clock{})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "db: open "+test.path) {
				t.Errorf("%v\nwant …%s…", err, test.want)
			}
			if after, _ := os.ReadFile(test.path); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

// madeBy makes a database file by hand.
func madeBy(t *testing.T, statements string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite3", dsn(path, writerOptions))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
	return path
}

// cutOff makes a database of which the second half is missing.
func cutOff(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cut.db")
	s, err := Open(t.Context(), path, Clock{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestErrorsInWords(t *testing.T) {
	for _, test := range []struct {
		err         error
		want        string
		unavailable bool
	}{
		{os.ErrPermission, "can't be written", false},
		{sqlite3.Error{Code: sqlite3.ErrReadonly}, "can't be written", false},
		{sqlite3.Error{Code: sqlite3.ErrCantOpen}, "can't be written", false},
		{sqlite3.Error{Code: sqlite3.ErrBusy}, "not available", true},
		{ErrNotRehearsal, "not a rehearsal", false},
	} {
		err := inWords(test.err)
		if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) || errors.Is(err, ErrUnavailable) != test.unavailable {
			t.Errorf("%v becomes %v, want …%s…", test.err, err, test.want)
		}
	}
}

func TestTranslate(t *testing.T) {
	for _, code := range []sqlite3.ErrNo{
		sqlite3.ErrFull, sqlite3.ErrIoErr, sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrNomem,
		sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrProtocol, sqlite3.ErrCorrupt, sqlite3.ErrNotADB,
	} {
		err := wrap("test", wrap("inner", sqlite3.Error{Code: code, ExtendedCode: code.Extend(1)}))
		if !errors.Is(err, ErrUnavailable) || !strings.HasSuffix(err.Error(), adviceOn(code)) || strings.Count(err.Error(), ErrUnavailable.Error()) != 1 {
			t.Errorf("SQLite's %d becomes %v", code, err)
		}
	}
	for _, err := range []error{errTest, sqlite3.Error{Code: sqlite3.ErrConstraint}, sqlite3.Error{Code: sqlite3.ErrError}} {
		if got := wrap("test", err); errors.Is(got, ErrUnavailable) || !errors.Is(got, err) {
			t.Errorf("%v becomes %v", err, got)
		}
	}
	if err := wrap("test", nil); err != nil {
		t.Errorf("nil becomes %v", err)
	}
}

// A setting that does not reach every connection shows only as lost data one day.
func TestConnectionSettings(t *testing.T) {
	s := newStore(t)
	for _, test := range []struct {
		name string
		pool *sql.DB
		want map[string]string
	}{
		{"writer", s.writer.db, map[string]string{
			"foreign_keys": "1", "journal_mode": "wal", "synchronous": "2", "busy_timeout": "15000", "query_only": "0", "temp_store": "2", "wal_autocheckpoint": "8192"}},
		{"readers", s.readers, map[string]string{
			"journal_mode": "wal", "busy_timeout": "5000", "query_only": "1", "temp_store": "2"}},
	} {
		for pragma, want := range test.want {
			var got string
			if err := test.pool.QueryRow(`PRAGMA ` + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %s, %v, want %s", test.name, pragma, got, err, want)
			}
		}
	}
	if _, err := s.readers.Exec(`DELETE FROM origin`); err == nil {
		t.Error("a reader can write")
	}
}

func TestReadSeesOneMoment(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	count := func(q querier) (n int) {
		if err := q.QueryRowContext(t.Context(), `SELECT count(*) FROM activity WHERE action = 'new'`).Scan(&n); err != nil {
			t.Error(err)
		}
		return n
	}
	err := s.read(t.Context(), func(q querier) error {
		before := count(q)
		if err := s.write(t.Context(), note(tenant, "new")); err != nil {
			return err
		}
		if after := count(q); after != before {
			t.Errorf("a read that began with %d entries sees %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n := count(s.readers); n != 1 {
		t.Errorf("afterwards there are %d entries, want 1", n)
	}
}

func TestRehearsal(t *testing.T) {
	dir := t.TempDir()
	real, rehearsal := filepath.Join(dir, "real.db"), filepath.Join(dir, "rehearsal.db")
	still := Clock{Frozen: frozen(t, "2027-01-31")}
	for _, test := range []struct {
		name  string
		path  string
		clock Clock
		want  error
	}{
		{"a new one with the clock running", real, Clock{}, nil},
		{"the same, frozen", real, still, ErrNotRehearsal},
		{"a new one, frozen", rehearsal, still, nil},
		{"the same with the clock running", rehearsal, Clock{}, nil},
		{"and frozen again", rehearsal, still, nil},
	} {
		s, err := Open(t.Context(), test.path, test.clock)
		if !errors.Is(err, test.want) {
			t.Fatalf("%s: %v, want %v", test.name, err, test.want)
		}
		if err != nil {
			continue
		}
		if s.rehearsal != (test.path == rehearsal) || s.Frozen() != test.clock.Frozen {
			t.Errorf("%s: rehearsal %v, frozen %q", test.name, s.rehearsal, s.Frozen())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenBySeveral(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			s, err := Open(t.Context(), path, Clock{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// While a file is not in WAL mode yet, SQLite does not wait for a program that is
// about to write to it.
func TestOpenWhileAnotherMakesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	other, err := sql.Open("sqlite3", dsn(path, "_txlock=immediate"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { tx.Rollback() })
	openStore(t, path, Clock{})
}

func TestOpenWhileAnotherWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	busy := openStore(t, path, Clock{})
	err := busy.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		s, err := Open(ctx, path, Clock{})
		if err != nil {
			return err
		}
		return s.Close()
	})
	if err != nil {
		t.Errorf("opening while a long import holds the lock: %v", err)
	}
}

func TestNewIDs(t *testing.T) {
	last := ""
	for range 1000 {
		id := newID("bg")
		if id <= last || !strings.HasPrefix(id, "bg_") || id != strings.ToLower(id) || len(id) != 29 {
			t.Fatalf("%q follows %q", id, last)
		}
		last = id
	}
}

func TestClock(t *testing.T) {
	line, la := time.FixedZone("Kiritimati", 14*3600), time.FixedZone("Los Angeles", -8*3600)
	now := time.Date(2026, 11, 30, 11, 0, 0, 123_456_789, time.UTC)
	for _, test := range []struct{ frozen, line, la string }{
		{"", "2026-12-01", "2026-11-30"},
		{"2026-11-22", "2026-11-22", "2026-11-22"},
		{"2026-11-22T11:00:00Z", "2026-11-23", "2026-11-22"},
		{"2026-11-22T23:30:00-08:00", "2026-11-23", "2026-11-22"},
	} {
		c := Clock{Now: func() time.Time { return now }}
		if test.frozen != "" {
			c.Frozen = frozen(t, test.frozen)
		}
		if c.Frozen.IsZero() != (test.frozen == "") || c.Frozen.String() != test.frozen {
			t.Errorf("frozen %q reads %q", test.frozen, c.Frozen)
		}
		if got := c.Today(line).String(); got != test.line {
			t.Errorf("frozen %q: at the date line it is %s, want %s", test.frozen, got, test.line)
		}
		if got := c.Today(la).String(); got != test.la {
			t.Errorf("frozen %q: in Los Angeles it is %s, want %s", test.frozen, got, test.la)
		}
		if got := c.now(); !got.Equal(now.Truncate(time.Millisecond)) {
			t.Errorf("frozen %q: a time stamp of %v, want %v", test.frozen, got, now)
		}
	}
	for _, text := range []string{"", "today", "2026-02-30", "2026-11-22 11:00", "22.11.2026", "0001-01-01T00:00:00Z"} {
		var f Frozen
		if err := f.UnmarshalText([]byte(text)); err == nil || !f.IsZero() {
			t.Errorf("%q reads %q, %v", text, f, err)
		}
	}
}
