package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"billfold/billing"
)

// invoiceAct does something to an invoice that was read, with its key, in the
// transaction that it was read in.
type invoiceAct func(ctx context.Context, tx querier, scope Scope, key int64, i billing.Invoice) error

// MarkPaid records that an invoice was paid, as the actor tells, and answers it. It
// refuses with NOT_FOUND or as [billing.Invoice.MarkPaid] does, and then nothing is stored.
func (s *Store) MarkPaid(ctx context.Context, scope Scope, id string, in billing.MarkPaid) (billing.Invoice, error) {
	invoice, err := s.actOn(ctx, scope, id, s.markingPaid(in))
	return invoice, wrap("mark invoice paid", err)
}

// MarkPaidOnce does what [Store.MarkPaid] does, unless that was done before, and answers
// what answer made of the invoice then; again tells that it was done before. It refuses
// with [ErrKeyReused] too.
func (s *Store) MarkPaidOnce(ctx context.Context, scope Scope, id string, in billing.MarkPaid, once Once, answer func(billing.Invoice) ([]byte, error)) (answered []byte, again bool, err error) {
	answered, again, err = s.actOnce(ctx, scope, id, s.markingPaid(in), once, answer)
	return answered, again, wrap("mark invoice paid", err)
}

// ReopenInvoice takes back that somebody marked an invoice paid. It refuses with
// NOT_FOUND or as [billing.Invoice.Reopen] does.
func (s *Store) ReopenInvoice(ctx context.Context, scope Scope, id, reason string) (billing.Invoice, error) {
	invoice, err := s.actOn(ctx, scope, id, s.reopening(reason))
	return invoice, wrap("reopen invoice", err)
}

// ReopenInvoiceOnce does what [Store.ReopenInvoice] does, once; see [Store.MarkPaidOnce].
func (s *Store) ReopenInvoiceOnce(ctx context.Context, scope Scope, id, reason string, once Once, answer func(billing.Invoice) ([]byte, error)) (answered []byte, again bool, err error) {
	answered, again, err = s.actOnce(ctx, scope, id, s.reopening(reason), once, answer)
	return answered, again, wrap("reopen invoice", err)
}

// SetInvoiceStatus records what a payment provider tells of an invoice. What it has told
// already is not recorded again. It refuses with NOT_FOUND or as
// [billing.Invoice.SetStatus] does.
func (s *Store) SetInvoiceStatus(ctx context.Context, scope Scope, id string, status billing.InvoiceStatus, reason string) (billing.Invoice, error) {
	invoice, err := s.actOn(ctx, scope, id, s.settingStatus(status, reason))
	return invoice, wrap("set invoice status", err)
}

// SetInvoiceStatusOnce does what [Store.SetInvoiceStatus] does, once; see
// [Store.MarkPaidOnce].
func (s *Store) SetInvoiceStatusOnce(ctx context.Context, scope Scope, id string, status billing.InvoiceStatus, reason string, once Once,
	answer func(billing.Invoice) ([]byte, error)) (answered []byte, again bool, err error) {
	answered, again, err = s.actOnce(ctx, scope, id, s.settingStatus(status, reason), once, answer)
	return answered, again, wrap("set invoice status", err)
}

// actOn carries out an act in a transaction of its own, and answers the invoice as it is then.
func (s *Store) actOn(ctx context.Context, scope Scope, id string, act invoiceAct) (after billing.Invoice, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		after, err = act.on(ctx, tx, scope, id)
		return err
	})
	return after, err
}

func (s *Store) actOnce(ctx context.Context, scope Scope, id string, act invoiceAct, once Once, answer func(billing.Invoice) ([]byte, error)) (answered []byte, again bool, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		answered, again, err = s.once(ctx, tx, scope, once, func() ([]byte, error) {
			after, err := act.on(ctx, tx, scope, id)
			if err != nil {
				return nil, err
			}
			return answer(after)
		})
		return err
	})
	return answered, again, err
}

func (act invoiceAct) on(ctx context.Context, tx querier, scope Scope, id string) (billing.Invoice, error) {
	key, invoice, err := loadInvoice(ctx, tx, scope.Tenant, id)
	if err != nil {
		return invoice, err
	}
	if err := act(ctx, tx, scope, key, invoice); err != nil {
		return invoice, err
	}
	_, invoice, err = loadInvoice(ctx, tx, scope.Tenant, id)
	return invoice, err
}

func (s *Store) markingPaid(in billing.MarkPaid) invoiceAct {
	return func(ctx context.Context, tx querier, scope Scope, key int64, i billing.Invoice) error {
		in.By = scope.Actor.Name
		after, err := i.MarkPaid(in, s.Today(scope.Tenant))
		if err != nil {
			return err
		}
		return s.saveStatus(ctx, tx, scope, key, i, after, "invoice.paid", "")
	}
}

func (s *Store) reopening(reason string) invoiceAct {
	return func(ctx context.Context, tx querier, scope Scope, key int64, i billing.Invoice) error {
		after, err := i.Reopen(reason)
		if err != nil {
			return err
		}
		return s.saveStatus(ctx, tx, scope, key, i, after, "invoice.reopened", reason)
	}
}

func (s *Store) settingStatus(status billing.InvoiceStatus, reason string) invoiceAct {
	return func(ctx context.Context, tx querier, scope Scope, key int64, i billing.Invoice) error {
		after, err := i.SetStatus(status, reason, s.Today(scope.Tenant))
		if err != nil || after.Status == i.Status {
			return err
		}
		return s.saveStatus(ctx, tx, scope, key, i, after, "invoice.status", reason)
	}
}

// saveStatus writes an invoice's state and payment, and records what was done and why.
func (s *Store) saveStatus(ctx context.Context, tx querier, scope Scope, key int64, before, after billing.Invoice, action, reason string) error {
	at, p := s.changedAt(before), after.Payment
	if _, err := tx.ExecContext(ctx, `UPDATE invoices SET status = ?3, paid_on = nullif(?4, ''), paid_by_hand = ?5, paid_marked = ?6, paid_method = ?7,
		paid_ref = ?8, paid_notes = ?9, updated_at = ?10, paid_amount = ?11 WHERE tenant = ?1 AND key = ?2`,
		scope.Tenant.Key, key, after.Status, p.On.String(), p.ByHand, p.MarkedBy, p.Method, p.Reference, p.Notes, at.UnixMilli(), p.Amount); err != nil {
		return err
	}
	was, is := difference(paymentEntry(before), paymentEntry(after))
	if reason, err := billing.CleanReason(reason); err == nil {
		is["reason"] = reason
	}
	return appendActivity(ctx, tx, scope, at, action, "invoice", after.ID, was, is)
}

// changedAt answers the time stamp of a change: now, and later than the one before, as
// that tells one version of an invoice from the next.
func (s *Store) changedAt(before billing.Invoice) time.Time {
	now, next := s.Now(), before.UpdatedAt.Add(time.Millisecond)
	if now.Before(next) {
		return next.UTC()
	}
	return now
}

// paymentEntry is what the activity keeps of an invoice's state and payment.
func paymentEntry(i billing.Invoice) map[string]any {
	return map[string]any{"status": i.Status, "paidOn": i.Payment.On, "method": i.Payment.Method, "reference": i.Payment.Reference, "notes": i.Payment.Notes}
}

// MaxMarkPaid is how many invoices can be marked paid at a time.
const MaxMarkPaid = 500

// InvoiceRefusal is an invoice that something could not be done to, and why.
type InvoiceRefusal struct {
	// Invoice is without its lines; of one that is not there it has the id only.
	Invoice billing.Invoice
	Reason  *billing.Error
}

// MarkPaidMany marks those invoices paid that can be, and answers them, and why the others
// were refused, both in the order of their ids. Where what is told is wrong by itself, or
// there are more than [MaxMarkPaid], nothing is stored; it refuses as
// [billing.MarkPaid.Check] does then.
func (s *Store) MarkPaidMany(ctx context.Context, scope Scope, ids []string, in billing.MarkPaid) (done []billing.Invoice, refused []InvoiceRefusal, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done, refused, err = s.markPaidMany(ctx, tx, scope, ids, in)
		return err
	})
	return done, refused, wrap("mark invoices paid", err)
}

func (s *Store) markPaidMany(ctx context.Context, tx querier, scope Scope, ids []string, in billing.MarkPaid) (done []billing.Invoice, refused []InvoiceRefusal, err error) {
	if len(ids) > MaxMarkPaid {
		return nil, nil, billing.Refuse([]billing.Problem{{Code: billing.CodeValidation, Message: fmt.Sprintf("Choose at most %d invoices at a time.", MaxMarkPaid)}})
	}
	today := s.Today(scope.Tenant)
	if err := in.Check(today); err != nil {
		return nil, nil, err
	}
	found, err := keyedInvoices(ctx, tx, scope.Tenant, ids)
	if err != nil {
		return nil, nil, err
	}
	in.By = scope.Actor.Name
	tried := make(map[string]bool, len(ids))
	for _, id := range ids {
		if tried[id] {
			continue
		}
		tried[id] = true
		invoice, known := found[id]
		after, err := invoice.MarkPaid(in, today)
		if !known {
			after, err = billing.Invoice{ID: id}, billing.NotFound("invoice")
		}
		if rule, is := errors.AsType[*billing.Error](err); is {
			refused = append(refused, InvoiceRefusal{after, rule})
			continue
		}
		if err := s.saveStatus(ctx, tx, scope, invoice.key, invoice.Invoice, after, "invoice.paid", ""); err != nil {
			return nil, nil, err
		}
		done = append(done, after)
	}
	return done, refused, nil
}

// keyedInvoice is an invoice with its key.
type keyedInvoice struct {
	key int64
	billing.Invoice
}

// keyedInvoices answers those of a tenant's invoices that ids name, without their lines and
// credit notes.
func keyedInvoices(ctx context.Context, q querier, t Tenant, ids []string) (map[string]keyedInvoice, error) {
	invoices := make(map[string]keyedInvoice, len(ids))
	err := eachRow(ctx, q, selectInvoices+`WHERE i.tenant = ?1 AND i.id IN (SELECT value FROM json_each(?2))`, []any{t.Key, jsonOf(ids)}, func(row scanner) error {
		key, invoice, err := scanInvoice(row, t)
		invoices[invoice.ID] = keyedInvoice{key, invoice}
		return err
	})
	return invoices, err
}
