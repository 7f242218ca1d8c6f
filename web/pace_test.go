package web

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// quickPace is the usual one in a tenth of a second instead of ten.
var quickPace = pace{head: 200 * time.Millisecond, stall: 400 * time.Millisecond, farewell: 100 * time.Millisecond, slowest: 64 << 10, connections: 201}

// paced is a server on a real listener that is quick to lose patience.
type paced struct {
	t       *testing.T
	gate    *gate
	address string
}

func newPaced(t *testing.T, p pace, handler http.HandlerFunc) *paced {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &paced{t, newGate(listener, p), listener.Addr().String()}
	done := make(chan error)
	go func() { done <- serve(ctx, s.gate, handler, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s
}

// dial connects with a receive buffer as small as there is.
func (s *paced) dial() net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(1); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// probe asks for a page as anybody does.
func (s *paced) probe() {
	s.t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + s.address + "/")
	if err != nil {
		s.t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// patience is how long a test waits for what comes much sooner on a machine that is not
// busy with others.
const patience = 30 * time.Second

// takeAll waits until every connection has given its place back, and keeps the places.
func (s *paced) takeAll() error {
	late := time.After(patience)
	for n := range cap(s.gate.places) - 1 { // one is kept for whoever comes next
		select {
		case s.gate.places <- struct{}{}:
		case <-late:
			return fmt.Errorf("%d connections are still there", cap(s.gate.places)-1-n)
		}
	}
	return nil
}

// answers is what the tests are served: a small page, an endless download, and who takes
// in a body.
func answers(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/download":
		w.Write(make([]byte, 64<<20))
	case "/stream":
		for range 1024 {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	case "/upload":
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, "not whole", http.StatusBadRequest)
		}
	case "/work": // long, before there is anything to answer
		io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
		case <-time.After(3 * quickPace.stall):
			io.WriteString(w, "done")
		}
	default:
		w.Write(make([]byte, pageSize))
	}
}

const pageSize = 24 << 10

// 200 connections that are too slow, in every way that one can be, are all closed, and
// others are served meanwhile.
func TestSlowConnections(t *testing.T) {
	t.Parallel()
	const many = 200
	for name, ask := range map[string]string{
		"nothing is sent":             "",
		"headers without an end":      "GET / HTTP/1.1\r\nHost: localhost\r\nX-1: 1\r\n",
		"a body without an end":       "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\n\r\n1",
		"a chunk without an end":      "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n1",
		"a body that nobody asks for": "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\n\r\n1",
		"a page is not taken":         "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a last page is not taken":    "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"pages are not taken":         strings.Repeat("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
		"a download is not taken":     "GET /download HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"a stream is not taken":       "GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"nothing follows":             "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPaced(t, quickPace, answers)
			for range many {
				io.WriteString(s.dial(), ask)
			}
			s.probe()
			if err := s.takeAll(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A trickle is no progress: bytes that come now and then keep no connection.
func TestTrickle(t *testing.T) {
	t.Parallel()
	s := newPaced(t, quickPace, answers)
	for _, head := range []string{"GET / HTTP/1.1\r\nHost: localhost\r\nX-1: ", "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\n\r\n"} {
		conn := s.dial()
		begun := time.Now()
		io.WriteString(conn, head)
		every := time.NewTicker(quickPace.head / 4)
		for {
			<-every.C
			if _, err := io.WriteString(conn, "1"); err != nil {
				break
			}
			if time.Since(begun) > patience {
				t.Fatalf("%.20q goes on and on", head)
			}
		}
	}
	// Nor does what came quickly buy a long silence.
	fast := s.dial()
	fmt.Fprintf(fast, "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", 8<<20)
	fast.Write(make([]byte, 4<<20))
	fast.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, fast); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a body that stops is waited for")
	}
	// And taking a few bytes of an answer is not enough either.
	conn := s.dial()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	conn.SetReadDeadline(time.Now().Add(patience))
	every := time.NewTicker(quickPace.farewell / 4)
	for taken, b := 0, make([]byte, 100); ; {
		<-every.C
		n, err := conn.Read(b)
		if taken += n; errors.Is(err, io.EOF) || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("%d bytes have come: %v", taken, err)
		}
		if err != nil {
			break
		}
	}
}

// What moves on may take longer than anything may stand still.
func TestSlowLine(t *testing.T) {
	t.Parallel()
	p := quickPace
	p.head, p.stall, p.farewell, p.slowest = patience, 2*time.Second, time.Second, 1<<10
	s := newPaced(t, p, answers)
	t.Run("upload", func(t *testing.T) {
		t.Parallel()
		conn := s.dial()
		const pieces, piece = 30, 8 << 10
		fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", pieces*piece)
		begun, every := time.Now(), time.NewTicker(p.stall/20)
		for range pieces {
			<-every.C
			if _, err := conn.Write(make([]byte, piece)); err != nil {
				t.Fatalf("after %v: %v", time.Since(begun), err)
			}
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", response, err)
		}
		if took := time.Since(begun); took < p.stall*5/4 {
			t.Errorf("it took only %v", took)
		}
	})
	t.Run("large download", func(t *testing.T) {
		t.Parallel()
		response, err := http.Get("http://" + s.address + "/download")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		begun, every := time.Now(), time.NewTicker(p.stall/200)
		for time.Since(begun) < 2*p.stall {
			<-every.C
			if _, err := io.CopyN(io.Discard, response.Body, 64<<10); err != nil {
				t.Fatalf("after %v: %v", time.Since(begun), err)
			}
		}
	})
	for _, last := range []string{"", "Connection: close\r\n"} {
		t.Run("download "+last, func(t *testing.T) {
			t.Parallel()
			conn := s.dial()
			fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n", last)
			begun, every := time.Now(), time.NewTicker(p.stall/20)
			r, took := bufio.NewReaderSize(conn, 16), bytes.Buffer{}
			response, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			for piece := make([]byte, 1<<10); ; {
				<-every.C
				n, err := io.ReadFull(response.Body, piece)
				took.Write(piece[:n])
				if err == io.EOF || err == io.ErrUnexpectedEOF {
					break
				}
				if err != nil {
					t.Fatalf("after %v and %d bytes: %v", time.Since(begun), took.Len(), err)
				}
			}
			if took.Len() != pageSize || time.Since(begun) < p.stall {
				t.Errorf("%d bytes in %v", took.Len(), time.Since(begun))
			}
		})
	}
}

// Who waits for a long answer is not slow: the pace is of what is on the way.
func TestLongWork(t *testing.T) {
	s := newPaced(t, quickPace, answers)
	for name, body := range map[string]io.Reader{"without a body": nil, "with a body": strings.NewReader("a=b"), "with a body of unknown length": io.MultiReader(strings.NewReader("a=b"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := http.Post("http://"+s.address+"/work", "application/x-www-form-urlencoded", body)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if said, err := io.ReadAll(response.Body); err != nil || string(said) != "done" {
				t.Errorf("%q, %v", said, err)
			}
		})
	}
}

// One connection more than there may be waits until another has gone.
func TestConnectionsAtOnce(t *testing.T) {
	t.Parallel()
	p := quickPace
	p.head, p.stall, p.connections = patience, patience, 2
	s := newPaced(t, p, answers)
	ask := func(conn net.Conn) error {
		io.WriteString(conn, "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		_, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodHead})
		return err
	}
	first, second, third := s.dial(), s.dial(), s.dial()
	if err := errors.Join(ask(first), ask(second)); err != nil {
		t.Fatal(err)
	}
	third.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if ask(third) == nil {
		t.Fatal("a third is let in")
	}
	third.SetReadDeadline(time.Now().Add(patience))
	first.Close()
	if _, err := http.ReadResponse(bufio.NewReader(third), &http.Request{Method: http.MethodHead}); err != nil {
		t.Fatal(err)
	}
}
