package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// RunState says how a billing run stands.
type RunState string

// The states of a run.
const (
	RunRunning RunState = "running"
	RunDone    RunState = "done"
	RunFailed  RunState = "failed" // or was stopped; what it issued stands
)

// BillingRun is one run, under way or past.
type BillingRun struct {
	ID string
	// Actor is who started it; it has no id.
	Actor Actor
	// DueBy is the day it looked up to, IssuedOn the day of its invoices.
	DueBy, IssuedOn billing.Date
	// Due counts the invoices that were found due, Done those of them that it has come to.
	Due, Done int
	// Invoices and Lines were issued and come to Total, with tax.
	Invoices, Lines int
	Total           billing.Money
	// SetAside counts the invoices that could not be issued.
	SetAside int
	// First and Last are the numbers of its invoices, "" while there are none.
	First, Last string
	State       RunState
	// Problem is a sentence that says why it failed.
	Problem              string
	StartedAt, UpdatedAt time.Time
}

// runLife is how long a run that says nothing is taken to be under way.
const runLife = time.Minute

// Interrupted tells whether the run was cut off: it does not go on, and did not end.
func (r BillingRun) Interrupted(now time.Time) bool {
	return r.State == RunRunning && now.Sub(r.UpdatedAt) > runLife
}

// BillingRuns answers runs, the newest first, from where a page ended on; "" begins.
func (s *Store) BillingRuns(ctx context.Context, t Tenant, after string, limit int) (runs []BillingRun, next string, err error) {
	p, err := parsePosition(after, "runs")
	if err != nil {
		return nil, "", wrap("billing runs", err)
	}
	c := newClause(t, `SELECT `+runColumns+` FROM billing_runs r WHERE r.tenant = ?1`)
	if p.key > 0 {
		c.add(` AND r.key < ?`, p.key)
	}
	c.add(` ORDER BY r.key DESC LIMIT ?`, limit+1)
	err = eachRow(ctx, s.readers, c.text.String(), c.args, func(row scanner) error {
		key, run, err := scanRun(row, t)
		if len(runs) == limit {
			next = p.cursor()
			return err
		}
		p.key = key
		runs = append(runs, run)
		return err
	})
	return runs, next, wrap("billing runs", err)
}

// BillingRun answers one run, or NOT_FOUND.
func (s *Store) BillingRun(ctx context.Context, t Tenant, id string) (BillingRun, error) {
	_, run, err := scanRun(s.readers.QueryRowContext(ctx, `SELECT `+runColumns+` FROM billing_runs r WHERE r.tenant = ?1 AND r.id = ?2`, t.Key, id), t)
	if errors.Is(err, sql.ErrNoRows) {
		err = billing.NotFound("billing run")
	}
	return run, wrap("billing run", err)
}

// runColumns are read by scanRun, from billing_runs as r.
const runColumns = `r.key, r.id, r.actor_kind, r.actor_name, r.due_by, r.issued_on, r.due, r.done, r.invoices, r.lines, r.total, r.set_aside,
	r.first, r.last, r.state, r.problem, r.started_at, r.updated_at`

func scanRun(row scanner, t Tenant) (key int64, r BillingRun, err error) {
	var dueBy, issuedOn string
	var started, updated int64
	r.Total.Currency = t.Currency
	if err := row.Scan(&key, &r.ID, &r.Actor.Kind, &r.Actor.Name, &dueBy, &issuedOn, &r.Due, &r.Done, &r.Invoices, &r.Lines, &r.Total.Minor, &r.SetAside,
		&r.First, &r.Last, &r.State, &r.Problem, &started, &updated); err != nil {
		return 0, r, err
	}
	var errs [2]error
	r.DueBy, errs[0] = billing.ParseDate(dueBy)
	r.IssuedOn, errs[1] = billing.ParseDate(issuedOn)
	r.StartedAt, r.UpdatedAt = time.UnixMilli(started), time.UnixMilli(updated)
	return key, r, errors.Join(errs[:]...)
}

func insertRun(ctx context.Context, q querier, t Tenant, r BillingRun) (int64, error) {
	result, err := q.ExecContext(ctx, `INSERT INTO billing_runs (tenant, id, actor_kind, actor_name, due_by, issued_on, due, done, invoices, lines, total, set_aside,
		first, last, state, problem, started_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, 0, 0, 0, '', '', ?7, '', ?8, ?8)`,
		t.Key, r.ID, r.Actor.Kind, r.Actor.Name, r.DueBy.String(), r.IssuedOn.String(), r.State, r.StartedAt.UnixMilli())
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func updateRun(ctx context.Context, q querier, t Tenant, key int64, r BillingRun) error {
	_, err := q.ExecContext(ctx, `UPDATE billing_runs SET due = ?3, done = ?4, invoices = ?5, lines = ?6, total = ?7, set_aside = ?8,
		first = ?9, last = ?10, state = ?11, problem = ?12, updated_at = ?13 WHERE tenant = ?1 AND key = ?2`,
		t.Key, key, r.Due, r.Done, r.Invoices, r.Lines, r.Total.Minor, r.SetAside, r.First, r.Last, r.State, r.Problem, r.UpdatedAt.UnixMilli())
	return err
}
