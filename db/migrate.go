package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks a database file as Billfold's: "Bill" in ASCII. It keeps us
// from migrating the file of another program.
const applicationID = 0x42696c6c

// schemaState is what a file says about itself.
type schemaState struct {
	application int64
	version     int
	empty       bool
}

// migrate brings a database up to date: all pending migrations in one transaction,
// so that a failed one leaves the file as it was. A new database is marked as a
// rehearsal or not, for good.
func migrate(ctx context.Context, db *sql.DB, files fs.FS, rehearsal bool) error {
	steps, err := readMigrations(files)
	if err != nil {
		return err
	}
	// Look first: a database that is up to date needs no write lock, which another
	// process may hold for long.
	state, err := readState(ctx, db)
	if err != nil {
		return err
	}
	if err := state.check(len(steps)); err != nil || state.version == len(steps) {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	// Another process may have migrated it in the meantime.
	if state, err = readState(ctx, tx); err != nil {
		return err
	}
	if err := state.check(len(steps)); err != nil || state.version == len(steps) {
		return err
	}
	for i, step := range steps[state.version:] {
		if _, err := tx.ExecContext(ctx, step); err != nil {
			return fmt.Errorf("migration %04d: %w", state.version+i+1, err)
		}
	}
	if state.empty {
		if _, err := tx.ExecContext(ctx, `INSERT INTO origin (only, rehearsal, demo) VALUES (1, ?1, 0)`, rehearsal); err != nil {
			return err
		}
	}
	// A PRAGMA takes no placeholders.
	marks := fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, len(steps))
	if _, err := tx.ExecContext(ctx, marks); err != nil {
		return err
	}
	return tx.Commit()
}

// readMigrations answers the SQL of all migrations in order. Their file names are
// numbered from 0001 without a gap.
func readMigrations(files fs.FS) ([]string, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	steps := make([]string, len(names))
	for i, name := range names {
		if want := fmt.Sprintf("migrations/%04d_", i+1); !strings.HasPrefix(name, want) {
			return nil, fmt.Errorf("migration %s is out of order: its name must begin with %s", name, want)
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps[i] = string(content)
	}
	return steps, nil
}

func readState(ctx context.Context, q querier) (state schemaState, err error) {
	err = q.QueryRowContext(ctx, `
		SELECT (SELECT application_id FROM pragma_application_id),
		       (SELECT user_version FROM pragma_user_version),
		       NOT EXISTS (SELECT 1 FROM sqlite_schema)`).
		Scan(&state.application, &state.version, &state.empty)
	return state, err
}

// check refuses a database that this program must not touch.
func (s schemaState) check(newest int) error {
	switch {
	case s.empty:
		return nil
	case s.application != applicationID:
		return errors.New("this database belongs to another program. Name another file with --database")
	case s.version > newest:
		return fmt.Errorf("this database was made by a newer Billfold (its tables have version %d, this program knows up to %d). "+
			"Start the newer program, or restore a backup made before", s.version, newest)
	}
	return nil
}
