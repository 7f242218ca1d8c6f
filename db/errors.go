package db

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"

	"billfold/billing"
)

var (
	// ErrUnavailable means that the database can't be reached or written now: the
	// disk is full or failing, the file is gone or damaged, or another program holds the
	// lock. Nothing was changed, and the same call may succeed later.
	ErrUnavailable = errors.New("the database is not available at the moment")
	// ErrClosed refuses a change after [Store.Close].
	ErrClosed = errors.New("the database is closed")
	// ErrNotRehearsal refuses to freeze the business day of a database that was not
	// first made with a frozen day, so that no real one is ever billed ahead.
	ErrNotRehearsal = errors.New("this database is not a rehearsal: its business day can't be frozen. " +
		"Leave out --today, or use a new database file, or a copy made by backup --rehearsal")
)

// wrap names the operation an error comes from, and marks the ones that pass by
// themselves as [ErrUnavailable]. Of nil it makes nil.
func wrap(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("db: %s: %w", operation, translate(err))
}

// lastOwnerTrigger is what the triggers raise that keep an owner in each business unit.
const lastOwnerTrigger = "memberships_last_owner"

// translate marks an error as [ErrUnavailable] by SQLite's result code, and says what to
// do about it; it makes the refusal of a trigger that has a rule of it.
func translate(err error) error {
	var e sqlite3.Error
	if !errors.As(err, &e) || errors.Is(err, ErrUnavailable) {
		return err
	}
	if e.ExtendedCode == sqlite3.ErrConstraintTrigger && e.Error() == lastOwnerTrigger {
		return billing.LastOwner("")
	}
	if advice := adviceOn(e.Code); advice != "" {
		return fmt.Errorf("%w: %w (SQLite code %d). %s", ErrUnavailable, err, e.ExtendedCode, advice)
	}
	return err
}

// adviceOn says what to do about a failure that is neither the caller's nor this program's
// fault; "" of any other.
func adviceOn(code sqlite3.ErrNo) string {
	switch code {
	case sqlite3.ErrFull:
		return "Make room on its disk, then try again"
	case sqlite3.ErrIoErr:
		return "Look whether its disk is full or failing, then try again"
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrProtocol:
		return "Another program holds it: wait for that one or stop it, then try again"
	case sqlite3.ErrNomem:
		return "This machine is short of memory: give it some, then try again"
	case sqlite3.ErrCantOpen, sqlite3.ErrReadonly, sqlite3.ErrPerm:
		return "Look whether its file, those beside it and their folder can be written, then try again"
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return "Its file is damaged: stop Billfold and restore a backup"
	}
	return ""
}
