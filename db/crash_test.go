package db

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Some tests run this test binary once more as a program that writes, and do to it
// what must not be done to a test: kill it, or take its disk away. These name what
// the child does, and to which database.
const (
	childJob  = "BILLFOLD_TEST_CHILD"
	childFile = "BILLFOLD_TEST_DATABASE"
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(childJob) {
	case "":
		os.Exit(m.Run())
	case "write":
		err = writeForever(os.Getenv(childFile))
	case "bill":
		err = billUntilKilled(os.Getenv(childFile), os.Getenv(childDay))
	case "fill":
		err = fillDisk(os.Getenv(childFile))
	case "checkpoint":
		err = checkpointOften(os.Getenv(childFile))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child prepares this test binary to do a job.
func child(t *testing.T, job, file string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childJob+"="+job, childFile+"="+file)
	cmd.Stderr = os.Stderr
	return cmd
}

// writeForever changes something from several goroutines and prints each change
// once it has been answered, until somebody kills it.
func writeForever(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Clock{})
	if err != nil {
		return err
	}
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := 0; err == nil; i++ {
				action := fmt.Sprintf("%d.%d", g, i)
				if err := s.write(ctx, note(tenants[0], action)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				fmt.Println(action) // unbuffered: it leaves the process before the next change
			}
		})
	}
	wg.Wait()
	return errors.New("the writers stopped")
}

func TestKilledAfterAnAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := openStore(t, path, Clock{})
	tenant := newTenant(t, s)
	cmd := child(t, "write", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var answered []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		answered = append(answered, lines.Text())
		if len(answered) == 200 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait()
	if len(answered) < 200 {
		t.Fatalf("the child answered %d changes only", len(answered))
	}
	there := make(map[string]bool)
	for _, action := range notes(t, s, tenant) {
		there[action] = true
	}
	for _, action := range answered {
		if !there[action] {
			t.Errorf("change %s was answered and is lost", action)
		}
	}
	if err := s.write(t.Context(), note(tenant, "later")); err != nil {
		t.Errorf("a change afterwards: %v", err)
	}
}

// fillDisk writes to a file system that takes no more, then gives it room again.
func fillDisk(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Clock{})
	if err != nil {
		return err
	}
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	// Beyond the limit the system refuses to write (EFBIG), as on a failing disk.
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	small := limit
	small.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		return err
	}
	chunk := strings.Repeat("x", 100_000)
	for i := 0; err == nil; i++ {
		if i == 1000 {
			return errors.New("100 MB went into 1 MB")
		}
		if err = s.write(ctx, note(tenants[0], chunk)); err == nil {
			fmt.Println("answered")
		}
	}
	if !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("the disk is full: %w, want ErrUnavailable", err)
	}
	if err := s.write(ctx, note(tenants[0], chunk)); !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("the disk is still full: %v, want ErrUnavailable", err)
	}
	if _, err := s.Tenants(ctx); err != nil {
		return fmt.Errorf("reading from a full disk: %w", err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := s.write(ctx, note(tenants[0], chunk)); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	fmt.Println("answered")
	return s.Close()
}

func TestDiskWithoutRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	s := openStore(t, path, Clock{})
	tenant := newTenant(t, s)
	out, err := child(t, "fill", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	answered := strings.Count(string(out), "answered")
	if got := len(notes(t, s, tenant)); got != answered || answered < 2 {
		t.Errorf("%d changes were answered, %d are there", answered, got)
	}
	var verdict string
	if err := s.readers.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check: %s, %v", verdict, err)
	}
}
