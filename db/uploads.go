package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"billfold/billing"
)

// uploadLife is how long an uploaded file waits to be taken in.
const uploadLife = 24 * time.Hour

// Upload is a file that somebody has uploaded to be checked, and perhaps taken in.
type Upload struct {
	ID string
	// Name is the file's, as the uploader calls it.
	Name string
	At   time.Time

	content []byte
}

// CreateUpload keeps an uploaded export until it is taken in or a day has passed, and
// answers its id.
func (s *Store) CreateUpload(ctx context.Context, scope Scope, name string, content []byte) (string, error) {
	id, now := newID("imp"), s.Now()
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := purge(ctx, tx, now); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO uploads (tenant, id, name, content, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
			scope.Tenant.Key, id, name, content, scope.Actor.ID, now.UnixMilli())
		return err
	})
	return id, wrap("create upload", err)
}

// CheckUpload answers an upload and what taking it in would come to now. It is
// NOT_FOUND once it has been taken in or a day has passed.
func (s *Store) CheckUpload(ctx context.Context, t Tenant, id string) (Upload, ImportResult, error) {
	upload, err := s.upload(ctx, t, id)
	if err != nil {
		return Upload{}, ImportResult{}, err
	}
	result, err := s.checkImport(ctx, t, bytes.NewReader(upload.content))
	upload.content = nil
	return upload, result, wrap("check upload", err)
}

// TakeInUpload takes in an upload as [Store.Import] does, under the upload's id, and
// clears it away in the same transaction: of two calls at once one takes it in, and
// the other is answered NOT_FOUND. A file with problems stays.
func (s *Store) TakeInUpload(ctx context.Context, scope Scope, id string) (ImportResult, error) {
	upload, err := s.upload(ctx, scope.Tenant, id)
	if err != nil {
		return ImportResult{}, err
	}
	result, err := s.takeIn(ctx, scope, bytes.NewReader(upload.content), upload.Name, id, func(ctx context.Context, tx *sql.Tx) error {
		deleted, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE tenant = ?1 AND id = ?2`, scope.Tenant.Key, id)
		if err != nil {
			return err
		}
		if n, err := deleted.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return noSuchUpload()
	})
	if billing.CodeOf(err) != "" {
		return ImportResult{}, err
	}
	return result, wrap("take in upload", err)
}

func (s *Store) upload(ctx context.Context, t Tenant, id string) (Upload, error) {
	u := Upload{ID: id}
	var at int64
	err := s.readers.QueryRowContext(ctx, `SELECT name, content, created_at FROM uploads WHERE tenant = ?1 AND id = ?2 AND created_at > ?3`,
		t.Key, id, s.Now().Add(-uploadLife).UnixMilli()).Scan(&u.Name, &u.content, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return u, noSuchUpload()
	}
	u.At = time.UnixMilli(at).UTC()
	return u, wrap("upload", err)
}

func noSuchUpload() error { return billing.NotFound("upload") }
