package api

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	benchMembers = 50  // subscriptions in a group
	benchGroups  = 200 // groups made between two clean-ups
)

// BenchmarkCreateGroup makes groups of 50 by the API, over loopback and durably, in
// turn with a control: the same SQL statements in one bare transaction for each
// group, with the same driver and options and nothing around them. The ratio is the
// API's rate over the control's.
func BenchmarkCreateGroup(b *testing.B) {
	for _, callers := range []int{1, 16} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			w := newWorld(b)
			w.exec(`INSERT INTO customers (key, tenant, id, type, status, company, first_name, last_name, email, phone, street,
				postal_code, city, country, vat_id, vat_treatment, payment_terms, created_at, updated_at)
				SELECT key + 1000, tenant, 'cus_bench', type, status, company, first_name, last_name, email, phone, street,
				postal_code, city, country, vat_id, vat_treatment, payment_terms, 0, 0 FROM customers WHERE id = 'cus_holz'`)
			w.exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
				INSERT INTO subscriptions (tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status,
				owed_from, created_at, updated_at)
				SELECT c.tenant, 'sub_' || (n.i / ?2) || '_' || (n.i % ?2), c.key, '', 'Tablet', '', 'SN' || n.i, 1990, '2026-02-01', 24,
				'2028-02-01', 'active', '2026-11', 0, 0 FROM n, customers c WHERE c.id = 'cus_bench'`, benchGroups*benchMembers, benchMembers)
			control := newControl(b, w)
			transport := &http.Transport{MaxIdleConnsPerHost: callers}
			defer transport.CloseIdleConnections()
			client := &http.Client{Transport: transport}

			var took, controlTook time.Duration
			for done := 0; done < b.N; {
				n := min(b.N-done, benchGroups)
				w.ungroup()
				took += inParallel(b, callers, n, func(i int) error { return post(client, w, benchBody(i)) })
				w.ungroup()
				controlTook += inParallel(b, callers, n, func(i int) error { return control.createGroup(benchIDs(i)) })
				done += n
			}
			b.ReportMetric(0, "ns/op") // the time of both together says nothing
			b.ReportMetric(float64(b.N)/took.Seconds(), "groups/s")
			b.ReportMetric(float64(b.N)/controlTook.Seconds(), "control/s")
			b.ReportMetric(controlTook.Seconds()/took.Seconds(), "ratio")
		})
	}
}

// ungroup makes room for the next groups. Both sides begin with the same file.
func (w *world) ungroup() {
	w.t.Helper()
	w.exec(`UPDATE subscriptions SET grp = NULL, grouped_from = NULL WHERE grp IS NOT NULL`)
	w.exec(`DELETE FROM group_days`)
	w.exec(`DELETE FROM groups`)
	w.exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
}

// inParallel does n things by some callers and answers how long it took.
func inParallel(b *testing.B, callers, n int, do func(i int) error) time.Duration {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(start)
}

func benchIDs(i int) []string {
	ids := make([]string, benchMembers)
	for j := range ids {
		ids[j] = fmt.Sprintf("sub_%d_%d", i, j)
	}
	return ids
}

func benchBody(i int) string {
	ids, _ := json.Marshal(benchIDs(i))
	return fmt.Sprintf(`{"customerId":"cus_bench","groupName":"Group %d","billingDay":1,"rentalIds":%s}`, i, ids)
}

func post(client *http.Client, w *world, body string) error {
	r, err := http.NewRequest("POST", w.url+groups, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header = http.Header{"Authorization": {"Bearer " + w.key}, "Tenant-Id": {w.mietwerk.ID}, "Content-Type": {"application/json"}}
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("%d %s", response.StatusCode, answer)
	}
	return err
}

// control writes to the world's database on a connection of its own, opened as the
// store opens the one it writes on.
type control struct {
	db      *sql.DB
	tenant  int64
	keyHash []byte
	next    atomic.Int64
}

func newControl(b *testing.B, w *world) *control {
	b.Helper()
	file, err := sql.Open("sqlite3", "file:"+filepath.ToSlash(w.path)+"?_timeout=5000&_stmt_cache_size=64&_txlock=immediate&_fk=1&_journal=WAL&_sync=FULL")
	must(b, err)
	file.SetMaxOpenConns(1)
	b.Cleanup(func() { must(b, file.Close()) })
	hash := sha256.Sum256([]byte(w.key))
	return &control{db: file, tenant: w.mietwerk.Key, keyHash: hash[:]}
}

// createGroup does what a call to create a group does in the database, statement by
// statement, and reads what that reads.
func (c *control) createGroup(ids []string) error {
	ctx := context.Background()
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	list, _ := json.Marshal(ids)
	if _, err := readAll(tx, `SELECT k.id, k.name, k.read_only, k.last_used_at, t.key, t.id, t.name, t.currency, t.timezone, t.vat_mode,
		t.vat_rate, t.payment_terms, t.invoice_prefix, t.cut_over FROM api_keys AS k JOIN tenants AS t ON t.key = k.tenant
		WHERE k.hash = ?1 AND k.revoked_at IS NULL`, c.keyHash); err != nil {
		return err
	}
	customers, err := readAll(tx, `SELECT `+benchCustomer+` FROM customers c WHERE c.tenant = ?1 AND c.id = ?2`, c.tenant, "cus_bench")
	if err != nil {
		return err
	}
	if _, err := readAll(tx, benchSubscriptions+`WHERE u.tenant = ?1 AND u.id IN (SELECT value FROM json_each(?2))`, c.tenant, string(list)); err != nil {
		return err
	}
	if _, err := readAll(tx, `SELECT u.id, l.period FROM json_each(?2) j CROSS JOIN subscriptions u CROSS JOIN invoice_lines l
		WHERE u.tenant = ?1 AND u.id = j.value AND l.tenant = ?1 AND l.subscription = u.key AND l.live = 1`, c.tenant, string(list)); err != nil {
		return err
	}
	id := fmt.Sprintf("bg_%026d", c.next.Add(1))
	now := time.Now().UnixMilli()
	result, err := tx.Exec(`INSERT INTO groups (tenant, id, customer, name, status, reference, notes, created_by, created_at, updated_at, version, billing_day, words)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12)`, c.tenant, id, customers[0][0], "Group", "active", "", "", "key_"+id, now, 1, 1, "group "+id)
	if err != nil {
		return err
	}
	key, _ := result.LastInsertId()
	if _, err := tx.Exec(`INSERT INTO group_days (tenant, grp, from_period, day) VALUES (?1, ?2, ?3, ?4)`, c.tenant, key, "2026-11", 1); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE subscriptions SET grp = ?3, grouped_from = ?4, updated_at = ?5
		WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2)) AND (grp IS NULL OR grp = ?3)`, c.tenant, string(list), key, "2026-12", now); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE customers SET revision = (SELECT ifnull(max(revision), 0) + 1 FROM customers WHERE tenant = ?1)
		WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))`, c.tenant, `["cus_bench"]`); err != nil {
		return err
	}
	after := `{"subscriptions":` + string(list) + `}`
	heads, err := readAll(tx, `SELECT hash FROM activity WHERE tenant = ?1 ORDER BY key DESC LIMIT 1`, c.tenant)
	if err != nil {
		return err
	}
	head := sha256.Sum256(append(heads[0][0].([]byte), after...))
	if _, err := tx.Exec(`INSERT INTO activity (tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before, after, hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`, c.tenant, now, "key", "key_"+id, "test", "group.created", "group", id, nil, after, head[:]); err != nil {
		return err
	}
	return tx.Commit()
}

// The columns that the store reads.
const (
	benchCustomer = `c.key, c.id, c.type, c.status, c.company, c.first_name, c.last_name, c.email, c.phone,
		c.street, c.postal_code, c.city, c.country, c.vat_id, c.vat_treatment, c.payment_terms, c.created_at, c.updated_at`
	benchSubscriptions = `SELECT u.key, u.id, c.id, u.order_id, u.product, u.sku, u.serial, u.amount, u.start, u.length,
		u.status, u.ended_on, u.owed_from, g.id, u.grouped_from, u.created_at, u.updated_at
		FROM subscriptions u JOIN customers c ON c.tenant = u.tenant AND c.key = u.customer LEFT JOIN groups g ON g.tenant = u.tenant AND g.key = u.grp `
)

// readAll reads the values of all rows.
func readAll(tx *sql.Tx, query string, args ...any) ([][]any, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]any
	for rows.Next() {
		values, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, rows.Err()
}
