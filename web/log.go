package web

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"billfold/db"
)

// NewLog answers a log that writes one line of JSON, or else of text, for each entry.
func NewLog(w io.Writer, format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// numbered gives each request an id of its own, that leads from an error page or an
// API error to the line in the log. One that the client sends is not taken: it could
// be another request's.
func numbered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text())
		return next(c)
	}
}

// requestID answers the request's id.
func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// logged writes one line for each request once it is answered, errors included. It
// names the route and never the URL, which holds what people search for.
func (s *server) logged() echo.MiddlewareFunc {
	return middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		HandleError:     true,
		LogMethod:       true,
		LogRoutePath:    true,
		LogStatus:       true,
		LogLatency:      true,
		LogResponseSize: true,
		LogRemoteIP:     true,
		LogError:        true,
		LogValuesFunc: func(c echo.Context, v middleware.RequestLoggerValues) error {
			line := []slog.Attr{
				slog.String("method", v.Method),
				slog.String("route", v.RoutePath),
				slog.Int("status", v.Status),
				slog.Float64("ms", float64(v.Latency.Microseconds())/1000),
				slog.Int64("bytes", v.ResponseSize),
				slog.String("from", v.RemoteIP),
				slog.String("id", requestID(c)),
			}
			// A refusal is told by its status; what was typed is not for the log. An error
			// after the answer had begun is ours, too.
			if v.Error != nil && (v.Status >= http.StatusInternalServerError || v.Status == http.StatusOK) {
				line = append(line, slog.String("error", v.Error.Error()))
			}
			s.log.LogAttrs(context.Background(), level(v.Status), "request", line...)
			return nil
		},
	})
}

// LogRun writes a line about a billing run that issued something, set something aside or
// failed.
func LogRun(log *slog.Logger, t db.Tenant, run db.BillingRun, err error) {
	line := []any{"tenant", t.ID, "run", run.ID, "invoices", run.Invoices, "total", run.Total.String(), "currency", string(t.Currency), "set_aside", run.SetAside}
	switch {
	case err != nil:
		log.Error("billing run", append(line, "error", err)...)
	case run.Invoices+run.SetAside > 0:
		log.Info("billing run", line...)
	}
}
