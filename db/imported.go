package db

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"billfold/billing"
)

// TakenIn is an import that was taken in, as the activity remembers it.
type TakenIn struct {
	ID    string
	At    time.Time
	Actor Actor
	// File is the file's name.
	File string
	// ImportResult has the counts; what was refused is not kept.
	ImportResult
}

// importEntry is what the activity keeps of an import.
type importEntry struct {
	File             string      `json:"file"`
	Rows             int         `json:"rows"`
	New              int         `json:"new"`
	Changed          int         `json:"changed"`
	Unchanged        int         `json:"unchanged"`
	Refused          int         `json:"refused"`
	CustomersNew     int         `json:"customersNew"`
	CustomersChanged int         `json:"customersChanged"`
	DueInstalments   int         `json:"dueInstalments"`
	DueAmount        json.Number `json:"dueAmount"`
	CreditedLines    int         `json:"creditedLines,omitempty"`
	// CreditedAmount is missing where nothing was credited.
	CreditedAmount json.Number `json:"creditedAmount,omitempty"`
}

func newImportEntry(file string, r ImportResult) importEntry {
	entry := importEntry{
		File: file, Rows: r.Rows, New: r.New, Changed: r.Changed, Unchanged: r.Unchanged, Refused: r.Refused,
		CustomersNew: r.CustomersNew, CustomersChanged: r.CustomersChanged,
		DueInstalments: r.DueInstalments, DueAmount: json.Number(r.DueAmount.String()),
	}
	if r.Credited.Lines > 0 {
		entry.CreditedLines, entry.CreditedAmount = r.Credited.Lines, json.Number(r.Credited.Total.String())
	}
	return entry
}

func (e importEntry) result(currency billing.Currency) (ImportResult, error) {
	due, err := billing.ParseMoney(e.DueAmount.String(), currency)
	credited := EndedCredit{Lines: e.CreditedLines, Total: billing.Money{Currency: currency}}
	if err == nil && e.CreditedAmount != "" {
		credited.Total, err = billing.ParseMoney(e.CreditedAmount.String(), currency)
	}
	return ImportResult{
		Rows: e.Rows, New: e.New, Changed: e.Changed, Unchanged: e.Unchanged, Refused: e.Refused,
		CustomersNew: e.CustomersNew, CustomersChanged: e.CustomersChanged, DueInstalments: e.DueInstalments, DueAmount: due,
		Credited: credited,
	}, err
}

// Imports answers the imports that were taken in, the newest first.
func (s *Store) Imports(ctx context.Context, t Tenant, limit int) ([]TakenIn, error) {
	// The + keeps SQLite from walking back through all activity for its order: imports
	// are few, and the index on subjects finds them.
	list, err := s.imports(ctx, t, `ORDER BY +key DESC LIMIT ?2`, limit)
	return list, wrap("imports", err)
}

// ImportTakenIn answers one import that was taken in. NOT_FOUND where the tenant has
// none with that id.
func (s *Store) ImportTakenIn(ctx context.Context, t Tenant, id string) (TakenIn, error) {
	list, err := s.imports(ctx, t, `AND subject_id = ?2`, id)
	if err != nil {
		return TakenIn{}, wrap("import taken in", err)
	}
	if len(list) == 0 {
		return TakenIn{}, billing.NotFound("import")
	}
	return list[0], nil
}

func (s *Store) imports(ctx context.Context, t Tenant, rest string, arg any) (list []TakenIn, err error) {
	err = eachRow(ctx, s.readers, `SELECT subject_id, at, actor_kind, actor_id, actor_name, after FROM activity
		WHERE tenant = ?1 AND subject_kind = 'import' `+rest, []any{t.Key, arg}, func(row scanner) error {
		var in TakenIn
		var at int64
		var text string
		if err := row.Scan(&in.ID, &at, &in.Actor.Kind, &in.Actor.ID, &in.Actor.Name, &text); err != nil {
			return err
		}
		var entry importEntry
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			return fmt.Errorf("entry %s: %w", in.ID, err)
		}
		var err error
		if in.ImportResult, err = entry.result(t.Currency); err != nil {
			return fmt.Errorf("entry %s: %w", in.ID, err)
		}
		in.At, in.File = time.UnixMilli(at).UTC(), entry.File
		list = append(list, in)
		return nil
	})
	return list, err
}
