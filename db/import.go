package db

import (
	"context"
	"database/sql"
	"io"

	"billfold/billing"
)

// ImportResult is what taking in a subscription export comes to.
type ImportResult struct {
	// Problems are what can't be read in the file. With any of them nothing is taken in
	// and all other fields are zero.
	Problems billing.RowProblems

	// Rows counts the file's subscriptions: New, Changed, Unchanged and Refused together.
	Rows, New, Changed, Unchanged int
	// Refused counts the rows whose change the rules refuse. Those are left while the
	// others go in.
	Refused int
	// Refusals say why, HAS_INVOICES or SUBSCRIPTION_ALREADY_GROUPED; a row may have several.
	Refusals billing.RowProblems
	// CustomersNew and CustomersChanged count the customers.
	CustomersNew, CustomersChanged int

	// DueInstalments counts the instalments that are due by today and weren't before;
	// DueAmount is what they come to, before tax.
	DueInstalments int
	DueAmount      billing.Money
	// Credited is what was billed for months that are not owed any more.
	Credited EndedCredit
}

// ChangesAnything tells whether there is anything to take in.
func (r ImportResult) ChangesAnything() bool {
	return r.New+r.Changed+r.CustomersNew+r.CustomersChanged > 0
}

// CheckImport answers what [Store.Import] would do with the same file now. It writes
// nothing.
func (s *Store) CheckImport(ctx context.Context, t Tenant, file io.Reader) (ImportResult, error) {
	result, err := s.checkImport(ctx, t, file)
	return result, wrap("check import", err)
}

func (s *Store) checkImport(ctx context.Context, t Tenant, file io.Reader) (ImportResult, error) {
	if err := s.importTurn(ctx); err != nil {
		return ImportResult{}, err
	}
	defer func() { <-s.importing }()
	export, problems, err := billing.ParseExport(file, t.Currency)
	if err != nil || problems.Total > 0 {
		return unreadable(problems), err
	}
	run := s.newImportRun(Scope{Tenant: t}, false)
	err = s.read(ctx, func(q querier) error { return run.takeIn(ctx, q, export) })
	return run.result, err
}

// Import takes in the rental platform's subscription export, all or nothing: new
// customers and subscriptions, and what has changed about known ones. The first one
// fixes the business unit's cut-over day. name is the file's, for the activity.
//
// A file with problems is not taken in; they are in the result, as are the changes
// that the rules refuse. The same file again changes nothing.
func (s *Store) Import(ctx context.Context, scope Scope, file io.Reader, name string) (ImportResult, error) {
	result, err := s.takeIn(ctx, scope, file, name, newID("imp"), nil)
	return result, wrap("import", err)
}

// takeIn takes in a file in one transaction, after a first step where one is given.
func (s *Store) takeIn(ctx context.Context, scope Scope, file io.Reader, name, id string, first func(ctx context.Context, tx *sql.Tx) error) (ImportResult, error) {
	if err := s.importTurn(ctx); err != nil {
		return ImportResult{}, err
	}
	defer func() { <-s.importing }()
	// The file is read before it is the writer's turn: others needn't wait for that.
	export, problems, err := billing.ParseExport(file, scope.Tenant.Currency)
	if err != nil || problems.Total > 0 {
		return unreadable(problems), err
	}
	var run *importRun
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if first != nil {
			if err := first(ctx, tx); err != nil {
				return err
			}
		}
		run = s.newImportRun(scope, true) // only now is it known when that is
		if err := run.takeIn(ctx, tx, export); err != nil {
			return err
		}
		if !run.result.ChangesAnything() {
			return nil
		}
		return appendActivity(ctx, tx, scope, run.now, "import.taken_in", "import", id, nil, newImportEntry(name, run.result))
	})
	if err != nil {
		return ImportResult{}, err
	}
	return run.result, nil
}

// importTurn waits until no other export is looked at: one takes several times the
// file's size in memory. Whoever got a turn takes it back out of s.importing.
func (s *Store) importTurn(ctx context.Context) error {
	select {
	case s.importing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func unreadable(problems *billing.RowProblems) ImportResult {
	if problems == nil {
		return ImportResult{}
	}
	return ImportResult{Problems: *problems}
}
