package db

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever becomes of the files while they are in use: nothing goes to where it would be
// lost, reading goes on, and so does writing once they are back.
func TestMovedWhileOpen(t *testing.T) {
	for name, test := range map[string]struct{ move, back func(path string) error }{
		"the database": {
			func(path string) error { return os.Rename(path, path+".old") },
			func(path string) error { return os.Rename(path+".old", path) },
		},
		"the log": {
			func(path string) error { return os.Rename(path+"-wal", path+".old") },
			func(path string) error { return os.Rename(path+".old", path+"-wal") },
		},
		"the folder": {
			func(path string) error { return os.Rename(filepath.Dir(path), filepath.Dir(path)+".old") },
			func(path string) error { return os.Rename(filepath.Dir(path)+".old", filepath.Dir(path)) },
		},
		"a backup in its place": {
			func(path string) error {
				return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, []byte("another"), 0o600))
			},
			func(path string) error { return os.Rename(path+".old", path) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "here", "test.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			s := openStore(t, path, Clock{})
			tenant := newTenant(t, s)
			secret, err := s.CreateKey(t.Context(), newScope(tenant), "Shop", false)
			if err != nil {
				t.Fatal(err)
			}
			if err := test.move(path); err != nil {
				t.Fatal(err)
			}
			if err := s.write(t.Context(), note(tenant, "lost")); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "moved, deleted or replaced") {
				t.Errorf("a change: %v", err)
			}
			// That the time of last use can't be written keeps nobody from reading.
			if _, err := s.Access(t.Context(), secret); err != nil {
				t.Errorf("reading: %v", err)
			}
			if err := test.back(path); err != nil {
				t.Fatal(err)
			}
			if err := s.write(t.Context(), note(tenant, "kept")); err != nil {
				t.Errorf("a change, all being back: %v", err)
			}
			if got := notes(t, s, tenant); len(got) != 1 || got[0] != "kept" {
				t.Errorf("there is %v", got)
			}
		})
	}
}

// The log lies beside the file that a link leads to.
func TestOpenThroughLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link.db")
	newTenant(t, openStore(t, filepath.Join(dir, "real.db"), Clock{}))
	if err := os.Symlink("real.db", link); err != nil {
		t.Skip(err)
	}
	s := openStore(t, link, Clock{})
	tenants, err := s.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatalf("%v, %v", tenants, err)
	}
	if err := s.write(t.Context(), note(tenants[0], "through the link")); err != nil {
		t.Error(err)
	}
	if err := CheckPlace(link); err != nil {
		t.Error(err)
	}
}

func TestCheckPlace(t *testing.T) {
	dir := t.TempDir()
	original := filepath.Join(dir, "original.db")
	s := openStore(t, original, Clock{})
	newTenant(t, s)
	backup := filepath.Join(dir, "backup.db")
	if err := Backup(t.Context(), original, backup, false); err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	database, log, copied := read(original), read(original+"-wal"), read(backup)
	for name, test := range map[string]struct {
		database, log []byte
		want          string // part of the refusal
	}{
		"nothing":                         {nil, nil, ""},
		"a database that was closed":      {database, nil, ""},
		"a database that was killed":      {database, log, ""},
		"a backup":                        {copied, nil, ""},
		"a backup, an empty log":          {copied, []byte{}, ""},
		"a backup beside the earlier log": {copied, log, "belongs to another database"},
		"no database":                     {nil, log, "not its database"},
		"an empty file":                   {[]byte{}, log, "not its database"},
		"a short file":                    {[]byte("short"), log, ""}, // whoever opens it refuses it
	} {
		path := filepath.Join(t.TempDir(), "test.db")
		for end, content := range map[string][]byte{"": test.database, "-wal": test.log} {
			if content != nil {
				if err := os.WriteFile(path+end, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		err := CheckPlace(path)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want …%s…", name, err, test.want)
		}
	}
}
