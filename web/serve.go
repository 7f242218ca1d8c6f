package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// stopTime is how long requests under way have to finish when the server stops.
const stopTime = 20 * time.Second

// Listen takes a host and port, port 0 picking a free one, for [Serve] to answer at. flag
// is how another address is chosen.
func Listen(flag, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w. Another program is there already: stop it, or choose another address with %s", err, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%w. Ports below 1024 need a right of their own: choose a higher one with %s", err, flag)
	case err != nil:
		return nil, fmt.Errorf("%w. Choose another address with %s", err, flag)
	}
	return listener, nil
}

// AddressOf answers where a browser on this machine reaches a listener.
func AddressOf(l net.Listener) string { return "http://" + reachable(l.Addr().String()) }

// reachable answers a host and port to go to on this machine: what listens on every
// address names none.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err == nil && (host == "" || net.ParseIP(host).IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// Serve answers what is asked at a listener until ctx ends. Then it takes nothing new,
// lets the requests under way finish, and returns nil. Connections that are too slow are
// closed; see [pace].
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, log *slog.Logger) error {
	return serve(ctx, newGate(listener, usualPace), handler, log)
}

func serve(ctx context.Context, g *gate, handler http.Handler, log *slog.Logger) error {
	s := &http.Server{
		Handler:           g.pace.bodies(handler),
		ReadHeaderTimeout: g.pace.head,
		ReadTimeout:       g.pace.stall, // a body moves it on; see bodies
		IdleTimeout:       g.pace.stall,
		// The page of a new group keeps all that was chosen and typed in its address, and
		// htmx and the browser each send that along once more.
		MaxHeaderBytes: 256 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := s.Serve(g); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-running.Done()
		// What ended is the wish to serve; those under way get time of their own.
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err := s.Shutdown(stopping); err != nil {
			return fmt.Errorf("stop: requests under way were cut off after %v: %w", stopTime, err)
		}
		return nil
	})
	return group.Wait()
}

// CheckAddress tells whether a text is a host, which may be left out, and a port, as
// [Listen] takes them.
func CheckAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		return fmt.Errorf("%q is not a host and a port from 0 to 65535. Write it like 127.0.0.1:8080", address)
	}
	return nil
}
