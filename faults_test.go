package main

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

var faultRounds = flag.Int("faults", 0, "let TestFaults strike at each of the first so many calls, not at a choice of them")

// faults are what befalls the database's files, in the words of strace: which calls of the
// system, what becomes of them, how many fail one after the other, how many of them a round
// of load makes at least, and a choice of calls to begin with.
var faults = []struct {
	calls, fate string
	lasts, made int
	at          []int
}{
	{"fsync,fdatasync", "error=EIO", 1, 1, []int{2, 5}},
	{"fsync,fdatasync", "error=ENOSPC", 3, 1, []int{3}},
	{"fsync,fdatasync", "signal=KILL", 1, 1, []int{3}},
	{"pwrite64", "error=EIO", 1, 4, []int{1, 30}},
	{"pwrite64", "error=ENOSPC", 3, 4, []int{40}},
	{"pwrite64", "error=EROFS", 60, 4, []int{25}},
	{"pwrite64", "signal=KILL", 1, 4, []int{35}},
	{"ftruncate", "error=EIO", 1, 4, []int{1}},
	{"pread64", "error=EIO", 1, 4, []int{20}},
}

// Whatever call to the system fails under a server, and wherever it is killed: what it
// answered is there, what it refused is not, nothing is half done, and it goes on once
// the fault is over.
func TestFaults(t *testing.T) {
	strace := findStrace(t)
	start := newLoaded(t)
	for _, f := range faults {
		t.Run(f.calls+":"+f.fate, func(t *testing.T) {
			t.Parallel()
			at := f.at
			if *faultRounds > 0 {
				at = nil
			}
			for n := range *faultRounds {
				at = append(at, n+1)
			}
			struck, refused := 0, 0
			for _, n := range at {
				l := start.fresh(t)
				// strace counts the calls of each thread, so the fewer the better.
				l.env = []string{"GOMAXPROCS=1"}
				l.tracer = append(slices.Clone(strace), "-o", filepath.Join(l.dir, "strace.log"), "-e", "trace="+f.calls,
					"-P", l.file(), "-P", l.file()+"-wal", "-P", l.file()+"-shm",
					"-e", fmt.Sprintf("inject=%s:%s:when=%d..%d", f.calls, f.fate, n, n+f.lasts-1))
				if strings.HasPrefix(f.fate, "error") {
					l.tracer = append(l.tracer, "--seccomp-bpf") // faster, but no signal gets through
				}
				s, r := faultRound(t, l, n, 2+n/f.made)
				refused += r
				if s {
					struck++
				}
			}
			t.Logf("%s:%s struck in %d of %d rounds; %d requests were refused", f.calls, f.fate, struck, len(at), refused)
			if struck < len(f.at) {
				t.Error("it struck too seldom to tell")
			}
		})
	}
}

// faultRound lets a client change things through a server that a fault strikes at the n-th
// call.
func faultRound(t *testing.T, l loaded, n, rounds int) (struck bool, refused int) {
	t.Helper()
	server, err := l.tryServe("--today", "2026-11-22")
	killed := err != nil && server.cmd.ProcessState.ExitCode() == -1
	c := newClient(t, l, server.url, 0, 1)
	switch {
	case err == nil:
		c.onRefusal = func() { c.checkAsIfKilled() }
		if c.signIn() == nil && c.load(rounds) == nil {
			c.wantWell()
			server.end(n%2 == 0)
		} else if server.end(false); server.cmd.ProcessState.ExitCode() != -1 {
			t.Errorf("call %d: it ended by itself: %v\n%s", n, server.cmd.ProcessState, server.log)
		} else {
			killed = true
		}
		if c.broken > 0 && !killed {
			t.Errorf("call %d: an answer was cut off", n)
		}
	case !killed && !strings.HasPrefix(server.log.String(), "billfold: "):
		t.Errorf("call %d: it did not start, and says %q", n, server.log)
	}
	check(t, fmt.Sprintf("call %d: after its end", n), l.file(), c)
	checkGoesOn(t, l)
	check(t, fmt.Sprintf("call %d: after billing", n), l.file(), c)
	trace, err := os.ReadFile(filepath.Join(l.dir, "strace.log"))
	if err != nil {
		t.Fatal(err)
	}
	return killed || bytes.Contains(trace, []byte("(INJECTED")), c.refused
}

// findStrace answers the beginning of a command under strace, or skips the test where that
// is not installed or may not look into programs.
func findStrace(t *testing.T) []string {
	t.Helper()
	path, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	// -D leaves the program our child, so that its end is seen and it can be killed.
	strace := []string{path, "-D", "-f", "-qq", "-e", "signal=none"}
	if out, err := exec.Command(path, append(strace[1:], "--seccomp-bpf", "-e", "trace=fsync", "true")...).CombinedOutput(); err != nil {
		t.Skipf("strace may not look into programs here: %v %s", err, out)
	}
	return strace
}

// tryServe is serve for a server that may fail at once.
func (p place) tryServe(args ...string) (*running, error) {
	p.t.Helper()
	r := &running{t: p.t, cmd: p.command(append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...), log: new(bytes.Buffer)}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	r.cmd.Stderr = r.log
	if err := r.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { r.cmd.Process.Kill(); r.cmd.Wait() })
	r.out = bufio.NewScanner(out)
	if !r.out.Scan() {
		r.cmd.Wait()
		return r, errGone
	}
	r.url = strings.TrimPrefix(r.out.Text(), "listening on ")
	return r, nil
}

// end stops or kills a server, which may have ended by itself.
func (r *running) end(kindly bool) {
	signal := syscall.SIGKILL
	if kindly {
		signal = syscall.SIGTERM
	}
	r.cmd.Process.Signal(signal)
	for r.out.Scan() { // before Wait, which closes the pipe
	}
	r.cmd.Wait()
}

// checkAsIfKilled looks at what a kill at this moment would leave behind: the files as they
// are. The log is copied last; SQLite ignores what is not whole at its end.
func (c *client) checkAsIfKilled() {
	c.t.Helper()
	now := filepath.Join(c.t.TempDir(), "billfold.db")
	copyFile(c.t, c.file(), now)
	copyFile(c.t, c.file()+"-wal", now+"-wal")
	check(c.t, "killed after the first refusal", now, c)
}

// wantWell waits until the server takes a change again. A fault strikes each thread of the
// server once, so it may strike again.
func (c *client) wantWell() {
	c.t.Helper()
	const tries = 500
	for i := range tries {
		status, _, text, err := c.send("PUT", fmt.Sprintf("/v1/customers/well-%d", i), "application/json", `{"customerType":"business","companyName":"Well"}`, nil)
		switch {
		case err != nil:
			return // it was killed
		case status < 300:
			return
		case status != http.StatusServiceUnavailable || i == tries-1:
			c.t.Fatalf("it does not get well: status %d\n%s", status, text)
		}
	}
}

// checkGoesOn bills what is left, without a fault.
func checkGoesOn(t *testing.T, l loaded) {
	t.Helper()
	l.tracer = nil
	l.run(0, "", "bill", "--today", "2026-11-22")
	if out, _ := l.run(0, "", "bill", "--today", "2026-11-22"); value(t, out, "invoices") != "0" {
		t.Errorf("billed once more it prints %s", out)
	}
}
