package db

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"testing"
	"time"
)

const (
	billBenchCustomers = 10_000
	billBenchEach      = 10 // subscriptions of a customer, half of them in a group
	billBenchDay       = "2026-11-28"
)

// BenchmarkBill bills 100,000 subscriptions that are due, half of them in groups, in turn
// with a control: INSERT … SELECT of the same invoices and lines by bare SQL into the same
// fresh tables, in one transaction, with the same driver and options. The ratio is the
// run's time over the control's, which is to stay below 3.
func BenchmarkBill(b *testing.B) {
	template := billBenchDatabase(b)
	var took, controlTook, first time.Duration
	var peak int64
	for range b.N {
		path := filepath.Join(b.TempDir(), "billed.db")
		if err := Backup(b.Context(), template, path, true); err != nil {
			b.Fatal(err)
		}
		s, err := Open(b.Context(), path, Clock{Frozen: frozen(b, billBenchDay)})
		if err != nil {
			b.Fatal(err)
		}
		tenants, err := s.Tenants(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		forgetPeak()
		began, heard := time.Now(), time.Duration(0)
		run, err := s.Bill(b.Context(), newScope(tenants[0]), BillOptions{Progress: func(r BillingRun) {
			if heard == 0 && r.Done > 0 {
				heard = time.Since(began)
			}
		}})
		took, first, peak = took+time.Since(began), first+heard, max(peak, peakMemory())
		if err != nil || run.Lines != billBenchCustomers*billBenchEach || run.SetAside > 0 {
			b.Fatalf("%+v, %v", run, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		controlTook += billBenchControl(b, template, path)
	}
	n := float64(b.N)
	b.ReportMetric(0, "ns/op") // the time of both together says nothing
	b.ReportMetric(took.Seconds()/n, "s/run")
	b.ReportMetric(controlTook.Seconds()/n, "s/control")
	b.ReportMetric(took.Seconds()/controlTook.Seconds(), "ratio")
	b.ReportMetric(first.Seconds()/n*1000, "ms-to-first")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

// billBenchDatabase makes a database in which everything is due.
func billBenchDatabase(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "template.db")
	s, err := Open(b.Context(), path, Clock{Frozen: frozen(b, billBenchDay)})
	if err != nil {
		b.Fatal(err)
	}
	tenant := newTenant(b, s)
	exec := func(query string, args ...any) {
		b.Helper()
		if _, err := s.writer.db.ExecContext(b.Context(), query, append([]any{tenant.Key}, args...)...); err != nil {
			b.Fatal(err)
		}
	}
	exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
		INSERT INTO customers (key, tenant, id, type, status, company, first_name, last_name, email, phone, street, postal_code, city, country, vat_id, vat_treatment, words, created_at, updated_at)
		SELECT i, ?1, 'cus_' || i, 'business', 'active', 'Customer ' || i || ' GmbH', 'Petra', 'Probe', 'ap@customer' || i || '.example', '', 'Weg ' || i, '10115', 'Berlin', 'DE',
		'DE' || i, 'standard', '', 0, 0 FROM n`, billBenchCustomers)
	exec(`INSERT INTO groups (key, tenant, id, customer, name, status, reference, notes, created_by, created_at, updated_at, version, words, billing_day)
		SELECT key, ?1, 'bg_' || key, key, 'IT department', 'active', 'PO ' || key, '', 'usr_test', 0, 0, 1, '', 1 + key % 28 FROM customers`)
	exec(`INSERT INTO group_days (tenant, grp, from_period, day) SELECT ?1, key, '2026-11', billing_day FROM groups`)
	exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2)
		INSERT INTO subscriptions (tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status, owed_from, grp, grouped_from, created_at, updated_at)
		SELECT ?1, 'sub_' || i, 1 + i / ?3, '', 'ThinkPad X1', 'X1', 'SN-' || i, 1990 + i % 1000, printf('2026-%02d-%02d', 1 + i % 9, 1 + i % 28), 24, '2028-12-31', 'active', '2026-11',
		iif(i % ?3 < ?3 / 2, 1 + i / ?3, NULL), iif(i % ?3 < ?3 / 2, '2026-11', NULL), 0, 0 FROM n`, billBenchCustomers*billBenchEach, billBenchEach)
	exec(`UPDATE subscriptions SET contract_end = date(start, '+24 months') WHERE tenant = ?1`)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// billBenchControl writes the invoices and lines that a run has issued once more, into a
// database from before it, and answers how long that takes.
func billBenchControl(b *testing.B, template, billed string) time.Duration {
	b.Helper()
	path := filepath.Join(b.TempDir(), "control.db")
	if err := Backup(b.Context(), template, path, true); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite3", dsn(path, writerOptions))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		b.Helper()
		if _, err := db.ExecContext(b.Context(), query, args...); err != nil {
			b.Fatal(err)
		}
	}
	exec(`ATTACH ?1 AS billed`, billed)
	exec(`INSERT INTO parties SELECT * FROM billed.parties`)
	exec(`INSERT INTO billing_runs SELECT * FROM billed.billing_runs`)
	began := time.Now()
	exec(`BEGIN IMMEDIATE`)
	exec(`INSERT INTO invoices SELECT * FROM billed.invoices ORDER BY key`)
	exec(`INSERT INTO invoice_lines SELECT * FROM billed.invoice_lines ORDER BY tenant, invoice, position`)
	exec(`COMMIT`)
	took := time.Since(began)
	var lines int
	if err := db.QueryRowContext(b.Context(), `SELECT count(*) FROM main.invoice_lines`).Scan(&lines); err != nil || lines != billBenchCustomers*billBenchEach {
		b.Fatalf("%d lines, %v", lines, err)
	}
	return took
}

// forgetPeak begins to measure the peak of this process's memory anew, where the system
// lets it.
func forgetPeak() {
	debug.FreeOSMemory()
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peakMemory answers the most memory this process has had since, in bytes, and 0 where
// the system doesn't tell.
func peakMemory() int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, _ := strconv.ParseInt(string(fields[0]), 10, 64)
	return kilobytes << 10
}
