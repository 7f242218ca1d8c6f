package web

import (
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// pace is how slow those who ask may be. Who is slower is cut off, so that a handful of
// machines which send or take a few bytes now and then can't hold all connections.
// What moves on may take as long as it needs: a large download on a slow line, an upload.
type pace struct {
	// head is the time that the first line and the headers of a request have.
	head time.Duration
	// stall is the longest time without any progress: while a body arrives, while an
	// answer leaves, and between two requests.
	stall time.Duration
	// farewell is how long the end of a connection's last answer may wait to be taken, beside
	// the time that it has by its size.
	farewell time.Duration
	// slowest is how many bytes a second have to arrive or leave.
	slowest int
	// connections is how many there are at once; more wait to be let in. There is no such
	// bound for each address: behind a proxy all of them come from one.
	connections int
}

// usualPace closes every connection that does not keep up within 15 seconds.
var usualPace = pace{head: 5 * time.Second, stall: 10 * time.Second, farewell: 2 * time.Second, slowest: 4 << 10, connections: 4096}

// timeFor answers how long a number of bytes may be on the way.
func (p pace) timeFor(bytes int) time.Duration {
	return time.Duration(float64(bytes) / float64(p.slowest) * float64(time.Second))
}

// bodies gives each body of a request time as long as it arrives.
func (p pace) bodies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			r.Body = &arriving{ReadCloser: r.Body, control: http.NewResponseController(w), pace: p, since: time.Now()}
		}
		next.ServeHTTP(w, r)
	})
}

// arriving is a body on its way in.
type arriving struct {
	io.ReadCloser
	control *http.ResponseController
	pace    pace
	since   time.Time
	bytes   int
	ended   bool
}

// Read waits for what comes next no longer than the pace allows. After the end it leaves
// the connection alone: it is watched then for a browser that goes away.
func (b *arriving) Read(p []byte) (int, error) {
	if !b.ended {
		until := b.since.Add(b.pace.stall + b.pace.timeFor(b.bytes))
		if latest := time.Now().Add(b.pace.stall); latest.Before(until) {
			until = latest // what came quickly buys no long silence
		}
		if err := b.control.SetReadDeadline(until); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.bytes += n
	b.ended = err != nil
	return n, err
}

// gate lets connections in, so many at once.
type gate struct {
	net.Listener
	pace   pace
	places chan struct{}
	once   sync.Once
	shut   chan struct{}
}

func newGate(l net.Listener, p pace) *gate {
	return &gate{Listener: l, pace: p, places: make(chan struct{}, p.connections), shut: make(chan struct{})}
}

// Accept waits for a place, and for who takes it.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case g.places <- struct{}{}:
	case <-g.shut:
		return nil, net.ErrClosed
	}
	c, err := g.Listener.Accept()
	if err != nil {
		<-g.places
		return nil, err
	}
	return &guest{Conn: c, pace: g.pace, leave: func() { <-g.places }}, nil
}

// Close lets nobody in any more.
func (g *gate) Close() error {
	g.once.Do(func() { close(g.shut) })
	return g.Listener.Close()
}

// guest is a connection that writes at a pace.
type guest struct {
	net.Conn
	pace  pace
	leave func()
	once  sync.Once
	// until is the deadline that was set for everything written, beside the pace's.
	until atomic.Pointer[time.Time]
}

// SetWriteDeadline sets the time after which nothing is written, whatever the pace.
func (g *guest) SetWriteDeadline(t time.Time) error {
	g.until.Store(&t)
	return g.Conn.SetWriteDeadline(t)
}

// Write writes in pieces that have to leave within the stall time, one after the other.
func (g *guest) Write(p []byte) (written int, err error) {
	for piece := int(g.pace.stall.Seconds() * float64(g.pace.slowest)); len(p) > 0 && err == nil; {
		until := time.Now().Add(g.pace.stall)
		if set := g.until.Load(); set != nil && !set.IsZero() && set.Before(until) {
			until = *set
		}
		if err := g.Conn.SetWriteDeadline(until); err != nil {
			return written, err
		}
		var n int
		n, err = g.Conn.Write(p[:min(piece, len(p))])
		written, p = written+n, p[n:]
	}
	return written, err
}

// CloseWrite tells the other side that nothing more comes.
func (g *guest) CloseWrite() error {
	if tcp, ok := g.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// Close closes the connection. An answer that was written may still wait in the system
// for a reader on a slow line: it goes on leaving in the background, for as long as it
// does leave.
func (g *guest) Close() (err error) {
	g.once.Do(func() {
		tcp, ok := g.Conn.(*net.TCPConn)
		if ok && unsent(tcp) > 0 {
			g.Conn.SetReadDeadline(time.Unix(1, 0)) // end a read under way, as closing would
			go g.seeOff(tcp)
			return
		}
		defer g.leave()
		err = g.Conn.Close()
	})
	return err
}

// seeOff waits until the rest of an answer has left, or drops it once that leaves too
// slowly.
func (g *guest) seeOff(tcp *net.TCPConn) {
	defer g.leave()
	rest, since := unsent(tcp), time.Now()
	tcp.CloseWrite()
	for left := rest; left > 0; left = unsent(tcp) {
		if time.Since(since) > g.pace.farewell+g.pace.timeFor(rest-left) {
			tcp.SetLinger(0)
			break
		}
		time.Sleep(g.pace.farewell / 8)
	}
	tcp.Close()
}
