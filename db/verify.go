package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// maxFaults is how many faults are kept to be listed; the others are only counted.
const maxFaults = 100

// Faults are what is wrong, in words.
type Faults struct {
	// Listed are the first of them, Total counts all.
	Listed []string
	Total  int
}

func (f *Faults) add(format string, args ...any) {
	if f.Total++; f.Total <= maxFaults {
		f.Listed = append(f.Listed, fmt.Sprintf(format, args...))
	}
}

// Verified is what [Verify] has looked at.
type Verified struct {
	Tenants []VerifiedTenant
	// Faults are those of the file as a whole.
	Faults
}

// Faulty counts all faults, those of the tenants too.
func (v Verified) Faulty() int {
	n := v.Total
	for _, t := range v.Tenants {
		n += t.Total
	}
	return n
}

// VerifiedTenant is what [Verify] has looked at of one business unit.
type VerifiedTenant struct {
	ID, Name string
	// Entries, Groups, Subscriptions and Invoices count what there is; deleted groups too.
	Entries, Groups, Subscriptions, Invoices int
	// Head is the newest entry's hash, zero where the chain is broken.
	Head Head
	Faults
}

// Verify looks for changes that did not come about through Billfold, and for damage:
//   - the file is sound as SQLite understands it, and all rows refer to others that
//     there are;
//   - no entry of the activity was altered, removed, inserted or moved;
//   - each group is in the tables as the newest entry about it says, with all of its
//     billing days and members;
//   - each customer, each subscription and the settings are as the entries about them say;
//   - the end of each contract follows from its start and length;
//   - each invoice is as it was issued, as the hash in the activity says; numbers have no
//     gap; invoices, credit notes and runs add up.
//
// What no entry tells is not compared: from which month on a group bills each of its
// members, and what an import took in and nobody changed since.
//
// The chain can't tell that its newest entries are missing: what is left of it is
// whole. That takes a head that was printed and kept elsewhere. Each of kept must
// be in a tenant's chain.
//
// It reads one moment of the database, while others go on, and changes nothing: one
// that an older program made is refused rather than brought up to date.
func Verify(ctx context.Context, database string, kept ...Head) (Verified, error) {
	verified, err := verify(ctx, database, kept)
	return verified, wrap("verify "+database, inWords(err))
}

func verify(ctx context.Context, database string, kept []Head) (verified Verified, err error) {
	// An absolute path is never taken for a URI by SQLite.
	path, err := filepath.Abs(database)
	if err != nil {
		return Verified{}, err
	}
	db, err := sql.Open("sqlite3", dsn(path, readerOptions+"&mode=rw"))
	if err != nil {
		return Verified{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return Verified{}, err
	}
	defer tx.Rollback() // there is nothing to commit
	if err := checkVersion(ctx, tx); err != nil {
		return Verified{}, err
	}
	if err := verified.verifyFile(ctx, tx); err != nil {
		return verified, err
	}
	tenants, err := loadTenants(ctx, tx, ``)
	if err != nil {
		return verified, err
	}
	for _, t := range tenants {
		found := VerifiedTenant{ID: t.ID, Name: t.Name}
		seen, err := found.verifyChain(ctx, tx, t, kept)
		err = errors.Join(err, found.verifyGroups(ctx, tx, t), found.verifyTold(ctx, tx, t), found.verifyContracts(ctx, tx, t), found.verifyIssued(ctx, tx, t), found.verifySums(ctx, tx, t))
		if err != nil {
			return verified, fmt.Errorf("tenant %s: %w", t.ID, err)
		}
		verified.Tenants = append(verified.Tenants, found)
		kept = slices.DeleteFunc(slices.Clone(kept), func(h Head) bool { return slices.Contains(seen, h) })
	}
	for _, head := range kept {
		verified.add("no chain goes through the head %s: entries that it covers are missing or were changed", head)
	}
	return verified, nil
}

// checkVersion refuses a database that this program does not know in and out.
func checkVersion(ctx context.Context, q querier) error {
	steps, err := readMigrations(migrations)
	if err != nil {
		return err
	}
	state, err := readState(ctx, q)
	if err != nil {
		return err
	}
	if state.empty {
		return errors.New("this database is empty")
	}
	if err := state.check(len(steps)); err != nil {
		return err
	}
	if state.version < len(steps) {
		return errors.New("this database was made by an older Billfold. Start this one on it once, which brings it up to date, then verify it")
	}
	return nil
}

// verifyFile lets SQLite look at the file and at the references between rows.
func (v *Verified) verifyFile(ctx context.Context, q querier) error {
	if err := eachRow(ctx, q, `PRAGMA integrity_check`, nil, func(row scanner) error {
		var verdict string
		err := row.Scan(&verdict)
		if err == nil && verdict != "ok" {
			v.add("the file is damaged: %s", verdict)
		}
		return err
	}); err != nil {
		return fmt.Errorf("integrity: %w", err)
	}
	return eachRow(ctx, q, `PRAGMA foreign_key_check`, nil, func(row scanner) error {
		var table, parent string
		var key sql.NullInt64 // tables without one have none
		var foreign int
		err := row.Scan(&table, &key, &parent, &foreign)
		if err == nil {
			v.add("row %d of %s refers to a row of %s that is not there", key.Int64, table, parent)
		}
		return err
	})
}

// verifyChain goes along the tenant's entries and answers which of the kept heads it
// passes. It stops comparing at the first break: what comes after it is tied to
// nothing any more.
func (v *VerifiedTenant) verifyChain(ctx context.Context, q querier, t Tenant, kept []Head) (seen []Head, err error) {
	broken := false
	err = eachRow(ctx, q, `SELECT `+storedColumns+` FROM activity a WHERE a.tenant = ?1 ORDER BY a.key`, []any{t.Key}, func(row scanner) error {
		e, err := scanStored(row)
		if err != nil {
			return err
		}
		v.Entries++
		if broken {
			return nil
		}
		e.tenantID = t.ID
		head := e.chained(v.Head)
		if broken = !slices.Equal(e.hash, head[:]); broken {
			v.Head = Head{}
			v.add("the activity breaks at entry %d, %s, %s of %s %s: it was altered, or one before it was altered, removed, inserted or moved",
				e.key, time.UnixMilli(e.at).UTC().Format(time.RFC3339), e.action, e.subjectKind, e.subjectID)
			return nil
		}
		v.Head = head
		if slices.Contains(kept, head) {
			seen = append(seen, head)
		}
		return nil
	})
	return seen, err
}
