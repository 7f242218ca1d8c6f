package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// crowd lets several clients change things through a server, all at once, until a signal
// ends it in the middle of it.
func crowd(t *testing.T, l loaded, size int, signal syscall.Signal, after time.Duration) (server *running, clients []*client) {
	t.Helper()
	server, err := l.tryServe("--today", "2026-11-22", "--rate-limit", "0")
	if err != nil {
		t.Fatal(server.log)
	}
	for number := range size {
		c := newClient(t, l, server.url, number, size)
		if err := c.signIn(); err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
	}
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() {
			if c.load(10_000) == nil {
				t.Error("a client came to its end before the server")
			}
		})
	}
	time.AfterFunc(after, func() { server.cmd.Process.Signal(signal) })
	wg.Wait()
	return server, clients
}

// Killed in the middle of what several clients change, it leaves all that was answered, and
// nothing half done.
func TestKilledWhileChanging(t *testing.T) {
	start := newLoaded(t)
	for i := range 3 {
		l := start.fresh(t)
		server, clients := crowd(t, l, 4, syscall.SIGKILL, time.Duration(100+rand.IntN(500))*time.Millisecond)
		server.end(false)
		check(t, fmt.Sprintf("kill %d", i+1), l.file(), clients...)
		checkGoesOn(t, l)
		check(t, fmt.Sprintf("kill %d, after billing", i+1), l.file(), clients...)
	}
}

// Asked to stop in the middle of what several clients change, it answers all that it has
// begun, does nothing that it does not answer, and ends well.
func TestStoppedWhileChanging(t *testing.T) {
	l := newLoaded(t)
	server, clients := crowd(t, l, 16, syscall.SIGTERM, 700*time.Millisecond)
	if err := server.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, server.log)
	}
	changes := 0
	for _, c := range clients {
		if c.broken > 0 || c.refused > 0 {
			t.Errorf("client %s: answers cut off: %d, refused: %d", c.name, c.broken, c.refused)
		}
		c.maybe = nil // what was not answered was not begun
		changes += len(c.told)
	}
	if changes == 0 {
		t.Error("nothing was changed")
	}
	check(t, "stopped", l.file(), clients...)
	if _, err := os.Stat(l.file() + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it left its log: %v", err)
	}
	checkGoesOn(t, l)
}
