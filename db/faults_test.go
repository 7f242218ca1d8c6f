package db

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var faultRounds = flag.Int("faults", 2, "how many of the first calls TestFaultsAtCheckpoints strikes at")

// checkpointOften makes changes one after the other, has SQLite copy its log into the
// database after almost each, and prints what each caller was told.
func checkpointOften(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Clock{})
	if err != nil {
		return err
	}
	if _, err := s.writer.db.Exec(`PRAGMA wal_autocheckpoint = 5`); err != nil {
		return err
	}
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	for i := range 12 {
		action := fmt.Sprint(i)
		err := s.write(ctx, note(tenants[0], action+" "+strings.Repeat("x", 3000)))
		switch {
		case err == nil:
			fmt.Println(action)
		case !errors.Is(err, ErrUnavailable):
			return err
		}
	}
	fmt.Println("done")
	return s.Close()
}

// A change is safe in the log before SQLite copies that into the database. Whatever becomes
// of the copying, nobody hears of it, and nothing is lost.
func TestFaultsAtCheckpoints(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if out, err := exec.Command(strace, "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not look into programs here: %v %s", err, out)
	}
	made := filepath.Join(t.TempDir(), "test.db")
	s, err := Open(t.Context(), made, Clock{})
	if err != nil {
		t.Fatal(err)
	}
	tenant := newTenant(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	database, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range []string{"pwrite64", "fsync", "ftruncate"} {
		for _, fate := range []string{"error=EIO", "error=ENOSPC", "signal=KILL"} {
			t.Run(call+":"+fate, func(t *testing.T) {
				struck := 0
				for n := range *faultRounds {
					path := filepath.Join(t.TempDir(), "test.db")
					if err := os.WriteFile(path, database, 0o600); err != nil {
						t.Fatal(err)
					}
					// Only calls on the database itself count: those on the log belong to changes.
					traced := exec.CommandContext(t.Context(), strace, "-f", "-qq", "-e", "signal=none", "-o", path+".trace", "-P", path,
						"-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", call, fate, n+1))
					if strings.HasPrefix(fate, "error") {
						traced.Args = append(traced.Args, "--seccomp-bpf") // faster, but no signal gets through
					}
					if faultAtCheckpoint(t, traced, path, tenant) {
						struck++
					}
				}
				t.Logf("it struck in %d of %d rounds", struck, *faultRounds)
				if struck == 0 {
					t.Error("the fault never struck")
				}
			})
		}
	}
}

// faultAtCheckpoint runs the child under strace, and compares what it was told with what is
// there. It tells whether the fault struck.
func faultAtCheckpoint(t *testing.T, traced *exec.Cmd, path string, tenant Tenant) (struck bool) {
	t.Helper()
	cmd := child(t, "checkpoint", path)
	traced.Args = append(traced.Args, cmd.Path)
	traced.Env, traced.Stderr = cmd.Env, cmd.Stderr
	out, err := traced.Output()
	answered := strings.Fields(string(out))
	ended, killed := err == nil, traced.ProcessState.ExitCode() == -1
	if !ended && !killed || ended != slices.Contains(answered, "done") {
		t.Errorf("%v after %v", err, answered)
	}
	trace, err := os.ReadFile(path + ".trace")
	if err != nil {
		t.Fatal(err)
	}
	s := openStore(t, path, Clock{})
	there := notes(t, s, tenant)
	for i, action := range there {
		there[i], _, _ = strings.Cut(action, " ")
	}
	slices.Reverse(there)
	if ended {
		there = append(there, "done")
	}
	// A change that was made and not answered yet may be there too.
	if !slices.Equal(answered, there[:min(len(answered), len(there))]) || len(there) > len(answered)+1 || ended && len(answered) != 13 {
		t.Errorf("answered were %v\nthere is %v", answered, there)
	}
	if faults := faultsOf(t, path); faults != "" {
		t.Errorf("verify finds %s", faults)
	}
	return killed || bytes.Contains(trace, []byte("(INJECTED)"))
}
