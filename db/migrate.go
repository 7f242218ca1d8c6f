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

// afterMigration are the steps in Go that follow a file, by its name without the
// number, in the same transaction: what SQL can't work out.
var afterMigration = map[string]func(ctx context.Context, tx querier) error{
	"lists":          fillWords,
	"activity_chain": chainActivity,
}

// migration is one step from a version to the next.
type migration struct {
	name string // without its number
	sql  string
}

func (m migration) run(ctx context.Context, tx querier) error {
	if _, err := tx.ExecContext(ctx, m.sql); err != nil {
		return err
	}
	if then, has := afterMigration[m.name]; has {
		return then(ctx, tx)
	}
	return nil
}

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
		if err := step.run(ctx, tx); err != nil {
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

// readMigrations answers all migrations in order. Their file names are numbered from
// 0001 without a gap.
func readMigrations(files fs.FS) ([]migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	steps := make([]migration, len(names))
	for i, name := range names {
		want := fmt.Sprintf("migrations/%04d_", i+1)
		rest, inOrder := strings.CutPrefix(name, want)
		if !inOrder {
			return nil, fmt.Errorf("migration %s is out of order: its name must begin with %s", name, want)
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps[i] = migration{strings.TrimSuffix(rest, ".sql"), string(content)}
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
