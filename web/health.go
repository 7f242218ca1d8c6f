package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"billfold/db"
)

// The addresses at which a balancer or a supervisor asks how the server is.
const (
	healthPath = "/healthz" // the process answers
	readyPath  = "/readyz"  // it can do its work
)

// health answers those who ask how the server is: one line of words that give nothing
// away, without a session. They ask all the time, so only changes are logged.
type health struct {
	store    *db.Store
	stopping <-chan struct{}
	log      *slog.Logger
	unready  atomic.Bool
}

func newHealth(cfg Config) *health {
	return &health{store: cfg.Store, stopping: cfg.Stopping, log: cfg.Log}
}

// before answers for the two addresses, and leaves all others to next.
func (h *health) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != healthPath && r.URL.Path != readyPath:
			next.ServeHTTP(w, r)
		case r.Method != http.MethodGet:
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "only GET")
		case r.URL.Path == healthPath:
			say(w, http.StatusOK, "ok")
		default:
			h.ready(w, r)
		}
	})
}

func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	select {
	case <-h.stopping:
		say(w, http.StatusServiceUnavailable, "stopping")
		return
	default:
	}
	err := h.store.Ready(r.Context())
	if err != nil && r.Context().Err() != nil {
		return // who asked has gone
	}
	if was := h.unready.Swap(err != nil); was != (err != nil) {
		if err != nil {
			h.log.Error("not ready", "error", err)
		} else {
			h.log.Info("ready again")
		}
	}
	switch {
	case err == nil:
		say(w, http.StatusOK, "ready")
	case errors.Is(err, db.ErrUnwritable):
		say(w, http.StatusServiceUnavailable, db.ErrUnwritable.Error())
	default:
		say(w, http.StatusServiceUnavailable, db.ErrUnreadable.Error())
	}
}

// say answers one line of text that nobody keeps.
func say(w http.ResponseWriter, status int, line string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, line+"\n")
}

// NewWatch answers the handler for whoever watches the server, at an address of its own:
// /metrics, /healthz and /readyz. It knows no sessions.
func NewWatch(cfg Config) http.Handler {
	metrics := cfg.Metrics.handler()
	return headAsGet(newHealth(cfg).before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/metrics":
			say(w, http.StatusNotFound, "there are /metrics, /healthz and /readyz")
		case r.Method != http.MethodGet:
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "only GET")
		default:
			w.Header().Set("Cache-Control", "no-store")
			metrics.ServeHTTP(w, r)
		}
	})))
}

// AskHealth asks the server at an address how it is, and answers what it says. It fails
// where nobody answers in time, or the answer is no.
func AskHealth(ctx context.Context, address string, ready bool) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	path := healthPath
	if ready {
		path = readyPath
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(address)+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", fmt.Errorf("the server does not answer: %w. Look whether it runs, and name its address with --addr", err)
	}
	defer response.Body.Close()
	line, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	says := strings.TrimSpace(string(line))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server says: %s (%s)", says, response.Status)
	}
	return says, err
}

// askTime is how long [AskHealth] waits.
const askTime = 3 * time.Second
