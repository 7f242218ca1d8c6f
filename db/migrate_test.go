package db

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
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
