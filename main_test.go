package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// program is the built binary: these tests drive it as a person does.
var program string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "billfold-test-*")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(folder, "billfold")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("%v\n%s", err, out))
	}
	status := m.Run()
	os.RemoveAll(folder)
	os.Exit(status)
}

// place is an empty folder that commands run in.
type place struct {
	t   *testing.T
	dir string
	env []string
	// tracer is the beginning of a command that runs the program; none runs it as it is.
	tracer []string
}

func newPlace(t *testing.T, env ...string) place {
	return place{t: t, dir: t.TempDir(), env: env}
}

func (p place) command(args ...string) *exec.Cmd {
	// No command takes that long, and a test that goes wrong must not hang.
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	p.t.Cleanup(cancel)
	args = slices.Concat(p.tracer, []string{program}, args)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = p.dir
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "BILLFOLD_") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	cmd.Env = append(cmd.Env, p.env...)
	return cmd
}

// run runs a command to its end with a standard input, and answers what it printed.
// It fails the test unless the exit status is the one wanted.
func (p place) run(status int, stdin string, args ...string) (stdout, stderr string) {
	p.t.Helper()
	cmd := p.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status {
		p.t.Fatalf("billfold %v: exit status %d, want %d\n%s%s", args, got, status, &out, &errs)
	}
	return out.String(), errs.String()
}

// value answers what stands after a label in a program's output.
func value(t *testing.T, out, label string) string {
	t.Helper()
	for line := range strings.Lines(out) {
		if after, found := strings.CutPrefix(line, label+": "); found {
			return strings.TrimSpace(after)
		}
	}
	t.Fatalf("no %q in:\n%s", label, out)
	return ""
}

// running is a server that was started.
type running struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
	out *bufio.Scanner
	log *bytes.Buffer
}

// serve starts a server on a free port and waits until it can be reached.
func (p place) serve(args ...string) *running {
	p.t.Helper()
	r := &running{t: p.t, cmd: p.command(append(args, "--addr", "127.0.0.1:0")...), log: new(bytes.Buffer)}
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
	first := r.line()
	url, found := strings.CutPrefix(first, "listening on ")
	if !found || !strings.HasPrefix(url, "http://127.0.0.1:") {
		p.t.Fatalf("the first line is %q\n%s", first, r.log)
	}
	r.url = url
	return r
}

// line answers the next line of the standard output.
func (r *running) line() string {
	r.t.Helper()
	if !r.out.Scan() {
		r.cmd.Wait()
		r.t.Fatalf("no more output\n%s", r.log)
	}
	return r.out.Text()
}

// stop asks the server to stop, and fails the test unless it ends with status 0. It
// answers what was printed and not read yet.
func (r *running) stop(s os.Signal) (rest []string) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
	for r.out.Scan() { // before Wait, which closes the pipe
		rest = append(rest, r.out.Text())
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Fatalf("after %v: %v\n%s", s, err, r.log)
	}
	return rest
}

// browser answers a client with cookies.
func browser(t *testing.T) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 20 * time.Second}
}

func wantPage(t *testing.T, response *http.Response, err error, words string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(string(body), words) {
		t.Fatalf("%s: status %d, or no %q in:\n%s", response.Request.URL, response.StatusCode, words, body)
	}
}
