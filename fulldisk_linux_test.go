package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// noRoom makes all writing to files fail for a program that runs, as on a disk that is full
// or failing, until the returned function is called.
func noRoom(t *testing.T, pid int) (room func()) {
	t.Helper()
	var before unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &before); err != nil {
		t.Fatal(err)
	}
	none := before
	none.Cur = 0
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &none, nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, &before, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// Without room on the disk the server says so and goes on to show what there is; with room
// again it is well, by itself.
func TestServeWithoutRoom(t *testing.T) {
	l := newLoaded(t)
	server := l.serve("serve", "--today", "2026-11-22")
	c := newClient(t, l, server.url, 0, 1)
	if err := c.signIn(); err != nil {
		t.Fatal(err)
	}
	_, _, page, _ := c.send("GET", "/billing/run", "", "", nil)
	room := noRoom(t, server.cmd.Process.Pid)
	const group, json = `{"customerId":"C-1","groupName":"Full","billingDay":15,"rentalIds":["S-1"]}`, "application/json"
	for _, change := range []struct{ path, contentType, body, says string }{
		{"/v1/billing-groups", json, group, `"code":"UNAVAILABLE"`},
		{"/sign-in", form, "email=ada%40example.com&password=" + strings.ReplaceAll(testPassword, " ", "+"), "Nothing was changed"},
		{"/groups", form, "customer=C-1&name=Full&billingDay=15&s=S-1&token=abcdefghijklmnopqrstuvwxyz", "Nothing was changed"},
		{"/billing/run", form, hiddenFields(page), "Nothing was changed"},
		{"/sign-out", form, "", "Nothing was changed"},
	} {
		status, header, text, err := c.send("POST", change.path, change.contentType, change.body, nil)
		if err != nil || status != http.StatusServiceUnavailable || !strings.Contains(text, change.says) || header.Get("Retry-After") == "" {
			t.Errorf("%s: status %d, %v, want 503 and …%s… in\n%.2000s", change.path, status, err, change.says, text)
		}
	}
	for _, path := range []string{"/", "/groups", "/customers/C-1", "/billing", "/v1/subscriptions", "/v1/billing-groups"} {
		if status, _, _, err := c.send("GET", path, "", "", nil); err != nil || status != http.StatusOK {
			t.Errorf("%s: status %d, %v", path, status, err)
		}
	}
	room()
	if status, _, text, err := c.send("POST", "/v1/billing-groups", json, group, nil); err != nil || status != http.StatusCreated {
		t.Errorf("with room again: status %d, %v\n%s", status, err, text)
	}
	if err := c.bill(0); err != nil {
		t.Error(err)
	}
	server.stop(syscall.SIGTERM)
	if there := inDatabase(t, l.file()); len(there) != 1 || there["Full"] != "15 of S-1" {
		t.Errorf("there is %v", there)
	}
	checkGoesOn(t, l)
}

// A command without room fails, says what to do, and leaves nothing behind.
func TestCommandsWithoutRoom(t *testing.T) {
	l := newLoaded(t)
	l.tracer = []string{"sh", "-c", `ulimit -S -f 0; exec "$@"`, "sh"}
	for _, args := range []string{"import fleet.csv", "bill", "key add Till", "backup copy.db", "serve --database new.db"} {
		if _, says := l.run(exitFailed, "", strings.Fields(args)...); !strings.Contains(says, "disk is full") && !strings.Contains(says, "file too large") {
			t.Errorf("%s says %q", args, says)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(l.dir, "copy.db*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	l.tracer = nil
	l.run(0, "", "key", "add", "Till")
	l.run(0, "", "backup", "copy.db")
	if _, err := os.Stat(filepath.Join(l.dir, "copy.db")); err != nil {
		t.Error(err)
	}
}
