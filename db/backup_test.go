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
)

func TestBackup(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "real.db"), Clock{})
	tenant := newTenant(t, s)
	if err := s.write(t.Context(), note(tenant, "before")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		rehearsal bool
		want      error // of opening the copy with a frozen clock
	}{{"copy.db", false, ErrNotRehearsal}, {"100% of it?.db", true, nil}} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, test.name)
			if err := Backup(t.Context(), s.path, file, test.rehearsal); err != nil {
				t.Fatal(err)
			}
			files, err := os.ReadDir(dir)
			if err != nil || len(files) != 1 {
				t.Errorf("it left %v, %v", files, err)
			}
			info, err := os.Stat(file)
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v, want mode 0600", info, err)
			}
			copied := openStore(t, file, Clock{})
			if got := notes(t, copied, tenant); len(got) != 1 || got[0] != "before" {
				t.Errorf("the copy holds %v", got)
			}
			if err := copied.write(t.Context(), note(tenant, "in the copy")); err != nil {
				t.Errorf("going on with the copy: %v", err)
			}
			rehearsal, err := Open(t.Context(), file, Clock{Frozen: frozen(t, "2027-01-31")})
			if !errors.Is(err, test.want) {
				t.Errorf("a frozen clock on the copy: %v, want %v", err, test.want)
			}
			if err == nil {
				rehearsal.Close()
			}
		})
	}
	if got := notes(t, s, tenant); len(got) != 1 || s.rehearsal {
		t.Errorf("the original holds %v", got)
	}
}

func TestBackupWhileWriting(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
					return errors.Join(note(tenant, "one half")(ctx, tx), note(tenant, "the other")(ctx, tx))
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for _, name := range []string{"1.db", "2.db", "3.db"} {
		file := filepath.Join(t.TempDir(), name)
		if err := Backup(t.Context(), s.path, file, false); err != nil {
			t.Fatal(err)
		}
		copied := openStore(t, file, Clock{})
		if n := len(notes(t, copied, tenant)); n%2 != 0 {
			t.Errorf("the copy holds %d entries: half a change", n)
		}
		var verdict string
		if err := copied.readers.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
			t.Errorf("integrity check: %s, %v", verdict, err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestBackupRefuses(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	existing := filepath.Join(dir, "existing.db")
	if err := os.WriteFile(existing, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name, file string
		ctx        context.Context
		want       string
	}{
		{"an existing file", existing, t.Context(), "exists already"},
		{"the database itself", s.path, t.Context(), "exists already"},
		{"a folder", dir, t.Context(), "exists already"},
		{"a missing folder", filepath.Join(dir, "missing", "copy.db"), t.Context(), "there is no folder " + filepath.Join(dir, "missing") + ". Make it, or name a file in another one"},
		{"one who has gone", filepath.Join(dir, "copy.db"), done, "context canceled"},
	} {
		err := Backup(test.ctx, s.path, test.file, false)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want …%s…", test.name, err, test.want)
		}
		// The name that a copy has on the way is nobody's, and --database is not what names it.
		if err != nil && (strings.Contains(err.Error(), ".partial") || strings.Contains(err.Error(), "--database")) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("it left %v, %v", files, err)
	}
}
