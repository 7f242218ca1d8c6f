package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/oklog/ulid/v2"
)

const requestIDHeader = "X-Request-Id"

// envelope is around every call under /v1. It names the call, counts it, and turns
// every error and panic into the API's refusal.
func (s *server) envelope(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		path := c.Request().URL.Path
		if path != "/v1" && !strings.HasPrefix(path, "/v1/") {
			return next(c)
		}
		header := c.Response().Header()
		header.Set("Cache-Control", "no-store")
		if header.Get(requestIDHeader) == "" {
			header.Set(requestIDHeader, "req_"+strings.ToLower(ulid.Make().String()))
		}
		if err := recovered(func() error { return s.counted(c, next) }); err != nil {
			return s.refuse(c, err)
		}
		return nil
	}
}

// counted lets a call through when its caller has not used up the limit.
func (s *server) counted(c echo.Context, next echo.HandlerFunc) error {
	who := s.identify(c.Request())
	c.Set(callerKey, who)
	if wait := s.limits.take(bucketOf(who, c.RealIP()), time.Now()); wait > 0 {
		seconds := retryAfter(wait)
		c.Response().Header().Set("Retry-After", strconv.Itoa(seconds))
		return refuse(codeRateLimited, "Too many calls. Wait %d s and try again; %d calls a minute are allowed.", seconds, s.limits.perMinute)
	}
	return next(c)
}

// recovered makes an error of a panic, but for the one that net/http asks to let through.
func recovered(call func() error) (err error) {
	defer func() {
		switch r := recover(); r {
		case nil:
		case http.ErrAbortHandler:
			panic(r)
		default:
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return call()
}

// refuse answers an error, and logs it where it is not the caller's.
func (s *server) refuse(c echo.Context, err error) error {
	if errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil {
		return nil // the caller has gone; there is nobody to answer
	}
	header := c.Response().Header()
	id := header.Get(requestIDHeader)
	e := refusal(err, id)
	if statuses[e.Code] >= http.StatusInternalServerError {
		s.log.ErrorContext(c.Request().Context(), "API call failed", "error", err, "request", id, "method", c.Request().Method, "route", c.Path())
	}
	if c.Response().Committed {
		return nil
	}
	challenge(header, e.Code)
	if e.Code == codeUnavailable {
		header.Set("Retry-After", "10")
	}
	return answer(c, statuses[e.Code], newErrorAnswer(e))
}

// answer sends a value as JSON. It is encoded first, so that what can't be encoded
// never leaves as half a success.
func answer(c echo.Context, status int, value any) error {
	body, err := encode(value)
	if err != nil {
		return err
	}
	return c.Blob(status, "application/json", body)
}

func encode(value any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // this is read by programs, and by people with curl
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("api: encode answer: %w", err)
	}
	return body.Bytes(), nil
}
