package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A backup is made and put back as the README says, after the machine went down: with what
// that leaves beside the database.
func TestRestore(t *testing.T) {
	l := newLoaded(t)
	server := l.serve("serve", "--today", "2026-11-22")
	c := newClient(t, l, server.url, 0, 1)
	if err := c.signIn(); err != nil {
		t.Fatal(err)
	}
	if err := c.load(6); err != nil {
		t.Fatal(err)
	}
	l.run(0, "", "backup", "backup.db")
	saved := inDatabase(t, filepath.Join(l.dir, "backup.db"))
	out, _ := l.run(0, "", "verify", "--database", "backup.db")
	head := value(t, out, "head")
	if err := c.groupLife(11); err != nil || len(saved) == 0 || len(inDatabase(t, l.file())) <= len(saved) {
		t.Fatalf("%v; saved was %v", err, saved)
	}
	server.end(false)

	// Whoever forgets to put the log away is told.
	if err := os.Mkdir(filepath.Join(l.dir, "before"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.shell("mv billfold.db before/ && cp -p backup.db billfold.db")
	for _, args := range []string{"serve --today 2026-11-22", "verify", "bill", "backup other.db"} {
		if _, says := l.run(exitFailed, "", strings.Fields(args)...); !strings.Contains(says, "billfold.db-wal belongs to another database") {
			t.Errorf("%s beside the earlier log says %q", args, says)
		}
	}

	l.shell("mv billfold.db-* before/")
	server = l.serve("serve", "--today", "2026-11-22")
	c = newClient(t, l, server.url, 0, 1)
	c.told = saved
	if err := c.signIn(); err != nil {
		t.Fatal(err)
	}
	l.run(0, "", "verify", "--head", head)
	if err := c.importSome(100); err != nil {
		t.Fatal(err)
	}
	server.stop(syscall.SIGTERM)
	check(t, "restored", l.file(), c)
	checkGoesOn(t, l)
	// What was put away is whole too.
	l.run(0, "", "verify", "--database", "before/billfold.db")
}

// shell carries out what a person would type.
func (l loaded) shell(line string) {
	l.t.Helper()
	l.tracer = []string{"sh", "-ec", line}
	if out, err := l.command().CombinedOutput(); err != nil {
		l.t.Fatalf("%s: %v\n%s", line, err, out)
	}
}
