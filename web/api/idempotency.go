package api

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// maxIdempotencyKey is the longest key, in characters.
const maxIdempotencyKey = 255

// onceFor reads by which key a call may be recognised when it is sent again, and
// what it asks for: the same bytes at the same path. Without the header a call
// stands for itself.
func onceFor(r *http.Request, body *fields) (db.Once, error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return db.Once{}, nil
	}
	visible := !strings.ContainsFunc(keys[0], func(c rune) bool { return c <= ' ' || c > '~' })
	if len(keys) > 1 || !visible || keys[0] == "" || len(keys[0]) > maxIdempotencyKey {
		return db.Once{}, refuse(billing.CodeValidation, "Send one Idempotency-Key of 1 to %d visible ASCII characters, such as a UUID.", maxIdempotencyKey)
	}
	asked := fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL.Path, body.sent)
	return db.Once{Key: keys[0], Request: sha256.Sum256(asked)}, nil
}

// keptAnswer is an answer as it is kept, to be sent again just as it was.
type keptAnswer struct {
	Status   int    `json:"status"`
	Location string `json:"location"`
	ETag     string `json:"etag"`
	Body     string `json:"body"`
}

// onlyOnce answers a call with what change answers, unless it was made before: then
// with what was answered at that time. change must keep its answer together with its
// effect; what it refuses is not kept, and may be tried again with the same key.
func (s *server) onlyOnce(c echo.Context, access db.Access, once db.Once, change func() (answered []byte, again bool, err error)) error {
	if once.Key != "" {
		name := access.Actor.ID + " " + once.Key
		if _, underWay := s.underWay.LoadOrStore(name, nil); underWay {
			return refuse(codeIdempotencyInProgress, "The first call with this Idempotency-Key is still under way. Wait a moment and send it again.")
		}
		defer s.underWay.Delete(name)
	}
	answered, again, err := s.store.Answered(c.Request().Context(), scope(access), once)
	if err == nil && !again {
		answered, again, err = change()
	}
	if err != nil {
		return err
	}
	var kept keptAnswer
	if err := json.Unmarshal(answered, &kept); err != nil {
		return fmt.Errorf("api: kept answer: %w", err)
	}
	header := c.Response().Header()
	for name, value := range map[string]string{"Location": kept.Location, "ETag": kept.ETag} {
		if value != "" {
			header.Set(name, value)
		}
	}
	if again {
		header.Set("Idempotency-Replayed", "true")
	}
	return c.Blob(kept.Status, "application/json", []byte(kept.Body))
}
