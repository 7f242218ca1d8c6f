package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A database that may not be written is refused in words and stays as it is; once it may,
// all is well.
func TestReadOnly(t *testing.T) {
	made := newLoaded(t)
	for _, test := range []struct {
		name         string
		folder, file os.FileMode
	}{
		{"the file", 0o777, 0o444}, {"the folder", 0o555, 0o666}, {"both", 0o555, 0o444},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := loaded{asAnybody(t), made.tenant, made.key}
			copyFile(t, made.file(), l.file())
			copyFile(t, filepath.Join(made.dir, "fleet.csv"), filepath.Join(l.dir, "fleet.csv"))
			l.allow(test.folder, test.file)
			before, err := os.ReadFile(l.file())
			if err != nil {
				t.Fatal(err)
			}
			for _, args := range []string{"import fleet.csv", "bill", "key add Till"} {
				_, says := l.run(exitFailed, "", strings.Fields(args)...)
				if !strings.Contains(says, "their folder can't be written. Allow it") {
					t.Errorf("%s says %q", args, says)
				}
			}
			if after, err := os.ReadFile(l.file()); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed, or %v", err)
			}
			l.allow(0o777, 0o666)
			l.run(0, "", "key", "add", "Till")
			l.run(0, "", "verify")
		})
	}
}

// allow sets what everybody may do with the folder and the files in it.
func (l loaded) allow(folder, file os.FileMode) {
	l.t.Helper()
	names, err := filepath.Glob(filepath.Join(l.dir, "*.*")) // what lies beside the database too
	for _, name := range names {
		err = errors.Join(err, os.Chmod(name, file))
	}
	if err := errors.Join(err, os.Chmod(l.dir, folder)); err != nil {
		l.t.Fatal(err)
	}
}

// asAnybody is a place where the program runs as a user whom permissions bind; they don't
// bind root.
func asAnybody(t *testing.T) place {
	t.Helper()
	dir, err := os.MkdirTemp("", "billfold-test-*") // that of the test lies where only root gets to
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(dir, 0o700); os.RemoveAll(dir) })
	p := place{t: t, dir: dir}
	if os.Geteuid() != 0 {
		return p
	}
	if _, err := exec.LookPath("setpriv"); err != nil {
		t.Skip("root may write everything, and there is no setpriv to be somebody else")
	}
	binary, err := os.ReadFile(program)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "billfold"), binary, 0o700)
	}
	if err == nil {
		err = os.Chmod(filepath.Join(dir, "billfold"), 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.tracer = []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", `shift; exec ./billfold "$@"`, "sh"}
	return p
}
