package db

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// place is the database file and its log, as they were when the database was opened.
type place struct{ files []placedFile }

type placedFile struct {
	path string
	info os.FileInfo
}

// findPlace looks at the files of a database that is open: only then is there a log.
func findPlace(path string) (p place, err error) {
	log, err := logOf(path)
	if err != nil {
		return place{}, err
	}
	for _, path := range []string{path, log} {
		info, err := os.Stat(path)
		if err != nil {
			return place{}, err
		}
		p.files = append(p.files, placedFile{path, info})
	}
	return p, nil
}

// log answers where the log is.
func (p place) log() string { return p.files[1].path }

// logOf answers where SQLite keeps the log of a database: beside the file itself, where the
// path is a link to it.
func logOf(path string) (string, error) {
	file, err := filepath.EvalSymlinks(path)
	return file + "-wal", err
}

// check refuses to write to files that are not there any more. A system lets a program go
// on writing to a file that was deleted, or that another one has taken the name of, without
// a word, and forgets all of it once the program ends.
func (p place) check() error {
	for _, f := range p.files {
		if info, err := os.Stat(f.path); err != nil || !os.SameFile(info, f.info) {
			return fmt.Errorf("%w: %s was moved, deleted or replaced while Billfold runs. Put it back as it was, or stop Billfold", ErrUnavailable, f.path)
		}
	}
	return nil
}

// CheckPlace refuses a database beside which lies the log of another one: a copy that was
// put in the place of a database without taking its log away. SQLite would apply the log to
// the copy, and leave a mixture of both.
//
// Only a program that does not have this database open may call it: with the file that it
// looks into it gives up all locks on it.
func CheckPlace(path string) error {
	log, err := logOf(path)
	if errors.Is(err, fs.ErrNotExist) {
		log = path + "-wal"
	}
	if info, err := os.Stat(log); err != nil || info.Size() == 0 {
		return nil // nothing to be applied
	}
	// Bytes 18 and 19 tell how a database is written: 2 with a log, as Billfold does from
	// the beginning, 1 without, as copies are made.
	header := make([]byte, 20)
	switch n, err := readStart(path, header); {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, io.EOF):
		return fmt.Errorf("%s is there, but not its database %s. Put that back, or move the log away to begin anew", log, path)
	case n == len(header) && header[18] == 1:
		return fmt.Errorf("%s belongs to another database than %s, maybe the one before a backup was put in its place. "+
			"Move it away, and what ends in -shm too", log, path)
	}
	return nil // whatever else is wrong, whoever opens it says
}

func readStart(path string, into []byte) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	return io.ReadFull(file, into)
}
