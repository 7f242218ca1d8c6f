package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// keysLength is the size of the cookie keys in bytes: a half to sign, a half to encrypt.
const keysLength = 64

// NewKeys answers keys made up at random.
func NewKeys() []byte {
	keys := make([]byte, keysLength)
	rand.Read(keys) // never fails
	return keys
}

// LoadKeys reads the keys that sign the cookies from a file that only its owner can
// read. Where there is none it is made, so that no installation shares its keys with
// another. Two servers that start at once end up with the same keys.
func LoadKeys(file string) ([]byte, error) {
	keys, err := readKeys(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, err
	}
	if err := makeKeys(file); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the keys file: %w. Name one in a folder that can be written with --keys", err)
	}
	return readKeys(file)
}

func readKeys(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fmt.Errorf("read the keys file: %w. Allow it, or name another with --keys", err)
	}
	// Windows has no such bits.
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("the keys file %s can be read by others (mode %04o). Run: chmod 600 %s", file, mode, file)
	}
	keys, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the keys file: %w. Allow it, or name another with --keys", err)
	}
	if len(keys) != keysLength {
		return nil, fmt.Errorf("the keys file %s has %d bytes, not %d. Give another file, or remove this one: "+
			"a new one is made at the next start, and everybody signs in again", file, len(keys), keysLength)
	}
	return keys, nil
}

// makeKeys writes new keys beside the file and then gives them its name, which fails
// where the name is taken: nobody ever reads half a file or replaces another's keys.
func makeKeys(file string) error {
	draft, err := os.CreateTemp(filepath.Dir(file), ".billfold-keys-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(NewKeys())
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return err
	}
	return os.Link(draft.Name(), file)
}
