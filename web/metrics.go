package web

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"billfold/db"
)

// Metrics are what a Prometheus server reads. No label holds anything that was typed, an
// id or an address of a page: routes are named by their pattern, so that there are as
// many series as routes, however many requests.
type Metrics struct {
	store    *db.Store
	log      *slog.Logger
	registry *prometheus.Registry

	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
}

// NewMetrics answers metrics of a store, and of the requests of the server that is given
// them; see [Config].
func NewMetrics(store *db.Store, log *slog.Logger) *Metrics {
	m := &Metrics{store: store, log: log, registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "billfold_http_requests_total",
			Help: "Requests answered, by route, method and class of status."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "billfold_http_request_seconds",
			Help: "How long answers took.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route", "method"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "billfold_sign_ins_refused_total",
			Help: "Sign-ins refused: wrong is a wrong password or code, delayed has to wait after others, busy came while too many were checked."}, []string{"reason"}),
	}
	for _, reason := range []string{"wrong", "delayed", "busy"} {
		m.refused.WithLabelValues(reason) // 0 from the start, so that the first one is a rise
	}
	m.registry.MustRegister(m.requests, m.seconds, m.refused, storeMetrics{m},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// counted counts what is answered. It goes around the request log, which turns errors
// into answers.
func (m *Metrics) counted(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begun := time.Now()
		err := next(c)
		route, method, status := routeLabel(c.Path()), methodLabel(c.Request().Method), c.Response().Status
		m.requests.WithLabelValues(route, method, strconv.Itoa(status/100)+"xx").Inc()
		m.seconds.WithLabelValues(route, method).Observe(time.Since(begun).Seconds())
		if method == http.MethodPost && (route == "/sign-in" || strings.HasPrefix(route, "/sign-in/")) {
			switch status {
			case http.StatusUnprocessableEntity:
				m.refused.WithLabelValues("wrong").Inc()
			case http.StatusTooManyRequests:
				m.refused.WithLabelValues("delayed").Inc()
			case http.StatusServiceUnavailable:
				m.refused.WithLabelValues("busy").Inc()
			}
		}
		return err
	}
}

// routeLabel names a route by its pattern. All addresses without one are one.
func routeLabel(pattern string) string {
	if pattern == "" || strings.HasSuffix(pattern, "/*") && !strings.HasPrefix(pattern, "/static/") {
		return "unknown"
	}
	return pattern
}

// methodLabel names a method. Anything may be sent as one.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	}
	return "other"
}

// handler answers the metrics in the format that is asked for.
func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelError), MaxRequestsInFlight: 4})
}

// storeMetrics reads the store's numbers whenever the metrics are asked for.
type storeMetrics struct{ *Metrics }

var (
	changesMetric  = metric("changes_total", "Changes written to the database.")
	commitsMetric  = metric("commits_total", "Commits that wrote them; changes that wait together share one.")
	failedMetric   = metric("changes_failed_total", "Changes that could not be written: the disk is full or failing, or the database locked.")
	waitMetric     = metric("change_wait_seconds", "How long changes waited for their turn.")
	writableMetric = metric("writable", "1 while the last change could be written, else 0.")
	readableMetric = metric("readable", "1 while the database can be read, else 0. Without it what is read from the tables is left out.")
	sizeMetric     = metric("database_bytes", "Size of the database file.")
	logMetric      = metric("wal_bytes", "Size of the write-ahead log beside it.")
	checkMetric    = metric("password_checks", "Passwords that are being checked, or wait for it.", "state")
	sessionsMetric = metric("sessions", "Sessions that are open.")
	runsMetric     = metric("billing_runs_total", "Billing runs that ended in this process.", "result")
	invoicesMetric = metric("invoices_issued_total", "Invoices that they issued.")
	asideMetric    = metric("invoices_set_aside", "Invoices that the last run of each business unit could not issue.")
	billedMetric   = metric("billing_last_success_timestamp_seconds", "When the last billing run without a failure ended, of the business unit with automatic billing for which that is longest ago; 0 where one has none yet.")
)

func metric(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("billfold_"+name, help, labels, nil)
}

// Describe tells which numbers there are, for [prometheus.Collector].
func (m storeMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{changesMetric, commitsMetric, failedMetric, waitMetric, writableMetric, readableMetric, sizeMetric, logMetric,
		checkMetric, sessionsMetric, runsMetric, invoicesMetric, asideMetric, billedMetric} {
		to <- d
	}
}

// Collect reads the numbers, for [prometheus.Collector].
func (m storeMetrics) Collect(to chan<- prometheus.Metric) {
	stats, err := m.store.Stats(context.Background())
	counter := func(d *prometheus.Desc, n int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge := func(d *prometheus.Desc, n float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
	}
	counter(changesMetric, stats.Changes)
	counter(commitsMetric, stats.Commits)
	counter(failedMetric, stats.Failed)
	to <- prometheus.MustNewConstSummary(waitMetric, uint64(stats.Changes+stats.Failed), stats.Waited.Seconds(), nil)
	gauge(writableMetric, one(!stats.Failing))
	gauge(readableMetric, one(err == nil))
	gauge(sizeMetric, float64(stats.Size))
	gauge(logMetric, float64(stats.LogSize))
	gauge(checkMetric, float64(stats.PasswordsAtWork), "working")
	gauge(checkMetric, float64(stats.PasswordsWaiting), "waiting")
	counter(runsMetric, stats.RunsDone, "done")
	counter(runsMetric, stats.RunsFailed, "failed")
	counter(invoicesMetric, stats.Invoices)
	if err != nil {
		m.log.Error("metrics", "error", err)
		return
	}
	gauge(sessionsMetric, float64(stats.Sessions))
	gauge(asideMetric, float64(stats.SetAside))
	if stats.Automatic {
		last := 0.0
		if !stats.LastBilled.IsZero() {
			last = float64(stats.LastBilled.Unix())
		}
		gauge(billedMetric, last)
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
