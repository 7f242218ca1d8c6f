package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Backup writes a copy of a database to a file that must not exist yet, with mode
// 0600. The copy is of one moment, while others go on reading and writing. With
// rehearsal it is marked as one whose business day may be frozen. The database is
// copied as it is: a newer program does not bring it up to date on the way, under
// the hands of an older one that serves it.
//
// The file appears under its name only when it is whole. To restore one, stop
// Billfold, delete the database file with the -wal and -shm files beside it (they
// would be applied to the copy), and put the copy in its place.
func Backup(ctx context.Context, database, file string, rehearsal bool) error {
	return wrap("backup to "+file, inWords(backup(ctx, database, file, rehearsal)))
}

func backup(ctx context.Context, database, file string, rehearsal bool) (err error) {
	// An absolute path is never taken for a URI by SQLite.
	database, err = filepath.Abs(database)
	if err != nil {
		return err
	}
	file, err = filepath.Abs(file)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return errors.New("this file exists already. Name a new one")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	folder := filepath.Dir(file)
	partial, err := os.CreateTemp(folder, filepath.Base(file)+".*.partial") // of mode 0600
	if err != nil {
		return cannotCopyTo(folder, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial.Name()))
		}
	}()
	if err := partial.Close(); err != nil {
		return err
	}
	if err := vacuumInto(ctx, database, partial.Name()); err != nil {
		return err
	}
	if rehearsal {
		if err := markRehearsal(ctx, partial.Name()); err != nil {
			return err
		}
	}
	if err := toDisk(partial.Name()); err != nil {
		return err
	}
	if err := os.Rename(partial.Name(), file); err != nil {
		return err
	}
	return toDisk(filepath.Dir(file))
}

// cannotCopyTo says what to do about a folder that takes no copy. It leaves out the name
// that the copy has while it is written, which means nothing to anybody.
func cannotCopyTo(folder string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %s. Make it, or name a file in another one", folder)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("the folder %s can't be written. Allow it, or name a file in another one", folder)
	}
	return err
}

// vacuumInto writes a copy of a database, which must exist, over an empty file.
func vacuumInto(ctx context.Context, database, file string) (err error) {
	source, err := sql.Open("sqlite3", dsn(database, commonOptions+"&_timeout=5000&mode=rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	_, err = source.ExecContext(ctx, `VACUUM INTO ?1`, file)
	return err
}

func markRehearsal(ctx context.Context, file string) (err error) {
	copied, err := sql.Open("sqlite3", dsn(file, commonOptions))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	_, err = copied.ExecContext(ctx, `UPDATE origin SET rehearsal = 1`)
	return err
}

// toDisk makes sure that a file, or a folder's list of files, is on disk.
func toDisk(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("write to disk: %w", err), f.Close())
	}
	return f.Close()
}
