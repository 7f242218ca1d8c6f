package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// stopTime is how long requests under way have to finish when the server stops.
const stopTime = 20 * time.Second

// Serve listens on a host and port, port 0 picking a free one, and answers requests
// until ctx ends. Then it takes no new ones, lets those under way finish, and returns
// nil. Once it can be reached it calls ready with the address to open on this machine.
func Serve(ctx context.Context, address string, handler http.Handler, log *slog.Logger, ready func(url string) error) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w. Choose another address with --addr", err)
	}
	if err := ready("http://" + reachable(listener.Addr())); err != nil {
		return errors.Join(err, listener.Close())
	}
	s := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		// The page of a new group keeps all that was chosen and typed in its address, and
		// htmx and the browser each send that along once more.
		MaxHeaderBytes: 256 << 10,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
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

// reachable answers the host and port of a listener for a browser on this machine:
// one that listens on every address has none to go to.
func reachable(listening net.Addr) string {
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return listening.String()
	}
	if net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// CheckAddress tells whether a text is a host, which may be left out, and a port, as
// [Serve] takes them.
func CheckAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		return fmt.Errorf("%q is not a host and a port from 0 to 65535. Write it like 127.0.0.1:8080", address)
	}
	return nil
}
