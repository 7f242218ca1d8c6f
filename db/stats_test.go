package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"billfold/billing"
)

// tryChange writes something, or fails to.
func tryChange(t *testing.T, s *Store, fails error) error {
	t.Helper()
	return s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		if fails != nil {
			return fails
		}
		_, err := tx.ExecContext(ctx, writeSame)
		return err
	})
}

func TestReady(t *testing.T) {
	s := newStore(t)
	ready := func() error { return s.Ready(t.Context()) }
	if err := ready(); err != nil {
		t.Fatal(err)
	}
	// What a caller may not do, or gives up, is no fault of the database.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	s.write(gone, func(context.Context, *sql.Tx) error { return nil })
	tryChange(t, s, billing.Refuse([]billing.Problem{{Path: "name", Code: billing.CodeValidation, Message: "Name it."}}))
	if err := ready(); err != nil {
		t.Fatalf("after a refusal: %v", err)
	}
	// A full disk is, until it is found by trying that there is room again.
	if err := tryChange(t, s, sqlite3.Error{Code: sqlite3.ErrFull}); !errors.Is(err, ErrUnavailable) {
		t.Fatal(err)
	}
	if err := ready(); !errors.Is(err, ErrUnwritable) || !errors.Is(err, ErrUnavailable) {
		t.Fatalf("after a full disk: %v", err)
	}
	before := fileSize(s.writer.place.log())
	late, again := time.After(30*time.Second), time.NewTicker(time.Millisecond)
	for ready() != nil {
		select {
		case <-late:
			t.Fatal("it is never ready again")
		case <-again.C:
		}
	}
	if after := fileSize(s.writer.place.log()); after <= before {
		t.Error("nothing was written to find that out")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ready(); !errors.Is(err, ErrUnreadable) {
		t.Errorf("once it is closed: %v", err)
	}
}

// Whether it is ready is told at once, even while a change that was tried waits for a lock.
func TestReadyWaitsForNoChange(t *testing.T) {
	s := newStore(t)
	tryChange(t, s, sqlite3.Error{Code: sqlite3.ErrFull})
	release := hold(t, s)
	for range 3 {
		if err := s.Ready(t.Context()); !errors.Is(err, ErrUnwritable) {
			t.Fatal(err)
		}
	}
	release()
}

func TestStats(t *testing.T) {
	s := newStore(t)
	tryChange(t, s, nil)
	tryChange(t, s, sqlite3.Error{Code: sqlite3.ErrIoErr})
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stats.Changes != 1 || stats.Commits != 1 || stats.Failed != 1 || !stats.Failing || stats.Waited <= 0 || stats.Size == 0 || stats.LogSize == 0 || stats.Automatic {
		t.Errorf("%+v", stats)
	}
}

// The log is beside the file itself, also where the database is named by a link to it.
func TestStatsThroughALink(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "file.db"), filepath.Join(folder, "link.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	s := openStore(t, link, Clock{})
	tryChange(t, s, nil)
	if stats, err := s.Stats(t.Context()); err != nil || stats.Size == 0 || stats.LogSize == 0 {
		t.Errorf("%+v, %v", stats, err)
	}
}

// A sign-in that waits for its second factor is no session yet.
func TestStatsOfSessions(t *testing.T) {
	s, _, _, _, _, _ := withApp(t)
	pending(t, s)
	if stats, err := s.Stats(t.Context()); err != nil || stats.Sessions != 1 {
		t.Errorf("%d sessions, %v", stats.Sessions, err)
	}
}

// The last run that counts is that of the business unit that waits longest.
func TestStatsOfBilling(t *testing.T) {
	s, tenant, _ := newAcmeOn(t, "2026-11-22")
	look := func() Stats {
		t.Helper()
		stats, err := s.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return stats
	}
	if look().Automatic {
		t.Error("one bills by itself unasked")
	}
	if err := s.SetAutomatic(t.Context(), newScope(tenant), true); err != nil {
		t.Fatal(err)
	}
	if stats := look(); !stats.Automatic || !stats.LastBilled.IsZero() {
		t.Errorf("before the first run: %+v", stats)
	}
	run, err := s.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if stats := look(); stats.RunsDone != 1 || stats.RunsFailed != 0 || stats.Invoices != int64(run.Invoices) || stats.SetAside != run.SetAside || stats.LastBilled.IsZero() {
		t.Errorf("after a run of %d: %+v", run.Invoices, stats)
	}
	other, err := s.CreateTenant(t.Context(), testActor, tenant.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	if look().LastBilled.IsZero() {
		t.Error("one without automatic billing counts")
	}
	if err := s.SetAutomatic(t.Context(), newScope(other), true); err != nil {
		t.Fatal(err)
	}
	if stats := look(); !stats.Automatic || !stats.LastBilled.IsZero() {
		t.Errorf("one that was never billed: %+v", stats)
	}
}
