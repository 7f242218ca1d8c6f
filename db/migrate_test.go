package db

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"billfold/billing"
)

// steps makes migration files, numbered from 0001.
func steps(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for name, content := range files {
		m["migrations/"+name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

func TestMigrate(t *testing.T) {
	const origin = `CREATE TABLE origin (only INTEGER PRIMARY KEY, rehearsal INTEGER, demo INTEGER);`
	path := filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite3", dsn(path, writerOptions))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, test := range []struct {
		name    string
		files   map[string]string
		want    string // part of the error
		version int
		tables  string
	}{
		{"a gap", map[string]string{"0002_b.sql": origin}, "out of order", 0, ""},
		{"a mistake takes back the steps before it",
			map[string]string{"0001_a.sql": origin, "0002_b.sql": `CREATE TABLE b (x); CREATE TABLE b (x)`}, "migration 0002", 0, ""},
		{"a new database", map[string]string{"0001_a.sql": origin}, "", 1, "origin"},
		{"again", map[string]string{"0001_a.sql": origin}, "", 1, "origin"},
		{"two more at once",
			map[string]string{"0001_a.sql": origin, "0002_b.sql": `CREATE TABLE b (x)`, "0003_c.sql": `CREATE TABLE c (x)`}, "", 3, "b c origin"},
		{"an older program", map[string]string{"0001_a.sql": origin}, "was made by a newer Billfold", 3, "b c origin"},
	} {
		err := migrate(t.Context(), db, steps(t, test.files), true)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want …%s…", test.name, err, test.want)
		}
		state, err := readState(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		if state.version != test.version || (state.application == applicationID) != (test.version > 0) {
			t.Errorf("%s: version %d of application %x, want version %d", test.name, state.version, state.application, test.version)
		}
		var tables sql.NullString
		if err := db.QueryRow(`SELECT group_concat(name, ' ' ORDER BY name) FROM sqlite_schema`).Scan(&tables); err != nil {
			t.Fatal(err)
		}
		if tables.String != test.tables {
			t.Errorf("%s: tables %q, want %q", test.name, tables.String, test.tables)
		}
	}
	var rehearsals int
	if err := db.QueryRow(`SELECT count(*) FROM origin WHERE rehearsal = 1`).Scan(&rehearsals); err != nil || rehearsals != 1 {
		t.Errorf("%d rows of origin, %v", rehearsals, err)
	}
}

// The entries of an older database are hashed once, in the order of each tenant, and
// are as safe from changes afterwards as they were before.
func TestMigrateChainsActivity(t *testing.T) {
	path := filepath.Join(t.TempDir(), "older.db")
	db, err := sql.Open("sqlite3", dsn(path, writerOptions))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(t.Context(), db, olderMigrations(t, 3), false); err != nil {
		t.Fatal(err)
	}
	// Two tenants take turns, over more than one batch.
	if _, err := db.Exec(`
		INSERT INTO tenants (key, id, name, currency, timezone, vat_mode, vat_rate, payment_terms, invoice_prefix, created_at)
		VALUES (1, 'ten_1', 'Nord', 'EUR', 'Europe/Berlin', 'none', 0, 14, 'N', 0), (2, 'ten_2', 'Süd', 'EUR', 'Europe/Berlin', 'none', 0, 14, 'S', 0);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
		INSERT INTO activity (key, tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before, after)
		SELECT 3 * i, 1 + i % 2, i, 'user', 'usr_1', 'Ada', 'key.created', 'key', 'key_' || i, iif(i % 3 = 0, '{}', NULL), '{"name":"Shop"}' FROM n`); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), db, migrations, false); err != nil {
		t.Fatal(err)
	}
	v, err := Verify(t.Context(), path)
	if err != nil || v.Faulty() != 0 || len(v.Tenants) != 2 || v.Tenants[0].Entries != 1250 || v.Tenants[0].Head == v.Tenants[1].Head {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := db.Exec(`UPDATE activity SET actor_name = 'Eve'`); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("after it an entry can be changed: %v", err)
	}
	// The next entry goes on from the last old one.
	s := openStore(t, path, Clock{})
	tenants, err := s.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	newUser(t, s, tenants[1], "ulla@example.com", billing.Owner)
	if faults := faultsOf(t, path, v.Tenants[0].Head, v.Tenants[1].Head); faults != "" {
		t.Error(faults)
	}
}

// Each step in Go has its file, whatever number that has.
func TestStepsAfterMigrations(t *testing.T) {
	steps, err := readMigrations(migrations)
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, step := range steps {
		names[step.name] = true
	}
	for name := range afterMigration {
		if !names[name] {
			t.Errorf("a step follows %s, which is no migration", name)
		}
	}
}

// The embedded migrations make a database that SQLite itself finds sound, with
// every table STRICT and led by its tenant.
func TestSchema(t *testing.T) {
	s := newStore(t)
	var verdict string
	if err := s.readers.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check: %s, %v", verdict, err)
	}
	rows, err := s.readers.Query(`SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var name string
		var strict bool
		if err := rows.Scan(&name, &strict); err != nil {
			t.Fatal(err)
		}
		if !strict {
			t.Errorf("table %s is not STRICT", name)
		}
	}
	if err := rows.Err(); err != nil || n == 0 {
		t.Errorf("%d tables, %v", n, err)
	}
}

// What an older database calls its groups and customers is found and sorted as if it
// had been written now.
func TestMigrateFoldsNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "older.db")
	db, err := sql.Open("sqlite3", dsn(path, writerOptions))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := migrate(t.Context(), db, olderMigrations(t, 3), false); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`
		INSERT INTO tenants (key, id, name, currency, timezone, vat_mode, vat_rate, payment_terms, invoice_prefix, created_at)
		VALUES (1, 'ten_1', 'Nord', 'EUR', 'Europe/Berlin', 'none', 0, 14, 'N', 0);
		INSERT INTO customers (key, tenant, id, type, status, company, first_name, last_name, email, phone, street, postal_code, city, country, vat_id, vat_treatment, created_at, updated_at)
		VALUES (1, 1, 'c1', 'business', 'active', 'Brückner & Söhne', '', '', '', '', '', '', '', '', '', 'standard', 0, 0);
		INSERT INTO groups (key, tenant, id, customer, name, status, reference, notes, created_by, created_at, updated_at, version)
		VALUES (1, 1, 'bg_1', 1, 'Ärzte', 'active', 'PO 1', '', 'usr_1', 0, 0, 1);
		INSERT INTO group_days VALUES (1, 1, '2026-10', 3), (1, 1, '2026-12', 17);
		INSERT INTO subscriptions (key, tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status, owed_from, created_at, updated_at)
		VALUES (1, 1, 's1', 1, '', 'Laptop', '', 'PF-Ä1', 12900, '2026-01-31', 12, '2027-01-31', 'active', '2026-11', 0, 0)`); err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), db, migrations, false); err != nil {
		t.Fatal(err)
	}
	var group, customer, serial string
	var day int
	if err := db.QueryRow(`SELECT g.words, g.billing_day, c.words, u.serial_backwards FROM groups g, customers c, subscriptions u`).
		Scan(&group, &day, &customer, &serial); err != nil {
		t.Fatal(err)
	}
	if group != "arzte bg 1 po 1" || day != 17 || customer != "bruckner sohne c1" || serial != "1Ä-FP" {
		t.Errorf("group %q on day %d, customer %q, serial %q", group, day, customer, serial)
	}
}

// olderMigrations are the first so many.
func olderMigrations(t *testing.T, count int) fs.FS {
	t.Helper()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	older := fstest.MapFS{}
	for _, name := range names[:count] {
		content, err := fs.ReadFile(migrations, name)
		if err != nil {
			t.Fatal(err)
		}
		older[name] = &fstest.MapFile{Data: content}
	}
	return older
}
