package db

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"billfold/billing"
)

// tamper changes a database behind Billfold's back: without the triggers that guard
// the activity, without foreign keys.
func tamper(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", dsn(path, "_timeout=5000"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range append([]string{`DROP TRIGGER IF EXISTS activity_no_update; DROP TRIGGER IF EXISTS activity_no_delete`}, statements...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// faultsOf answers all faults of a database, a line each.
func faultsOf(t testing.TB, path string, kept ...Head) string {
	t.Helper()
	v, err := Verify(t.Context(), path, kept...)
	if err != nil {
		t.Fatal(err)
	}
	faults := v.Listed
	for _, tenant := range v.Tenants {
		faults = append(faults, tenant.Listed...)
	}
	if len(faults) != v.Faulty() {
		t.Errorf("%d faults are counted, %d listed", v.Faulty(), len(faults))
	}
	return strings.Join(faults, "\n")
}

// headOf answers the head of the one tenant's chain.
func headOf(t testing.TB, path string) Head {
	t.Helper()
	v, err := Verify(t.Context(), path)
	if err != nil || len(v.Tenants) != 1 {
		t.Fatalf("%d tenants, %v", len(v.Tenants), err)
	}
	return v.Tenants[0].Head
}

// copyOf writes a copy of a store's file, to be tampered with.
func copyOf(t testing.TB, s *Store) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := Backup(t.Context(), s.path, path, false); err != nil {
		t.Fatal(err)
	}
	return path
}

// newStory makes a database in which a little has happened: entries 1 to 9, of which
// 5 to 7 are about the group that is left.
func newStory(t *testing.T) *Store {
	t.Helper()
	s, tenant := newAcme(t)
	newUser(t, s, tenant, "ulla@example.com", billing.Admin)
	if _, err := s.CreateKey(t.Context(), newScope(tenant), "Shop", false); err != nil {
		t.Fatal(err)
	}
	group, err := s.CreateGroup(t.Context(), newScope(tenant), acmeInput(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []billing.GroupChange{{Name: ptr("Büro")}, {BillingDay: ptr(28)}} {
		if _, err := s.UpdateGroup(t.Context(), newScope(tenant), group.ID, 0, change); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestVerifyFindsNothing(t *testing.T) {
	s := newStory(t)
	v, err := Verify(t.Context(), s.path)
	if err != nil || v.Faulty() != 0 || len(v.Tenants) != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
	got := v.Tenants[0]
	if got.Entries != numberOf(t, s, `SELECT count(*) FROM activity`) || got.Groups != 1 || got.Subscriptions != numberOf(t, s, `SELECT count(*) FROM subscriptions`) || got.Head == (Head{}) {
		t.Errorf("%+v", got)
	}
}

func TestVerifyDemo(t *testing.T) {
	s, _ := newDemoOn(t, testDay, DemoOptions{Subscriptions: 400, Seed: 3})
	if faults := faultsOf(t, s.path); faults != "" {
		t.Error(faults)
	}
}

// Whatever is done to the activity is found, and at the entry where it was done.
func TestVerifyChain(t *testing.T) {
	s := newStory(t)
	last := numberOf(t, s, `SELECT max(key) FROM activity`)
	if last < 6 {
		t.Fatalf("%d entries", last)
	}
	const fourth, fifth = "breaks at entry 4,", "breaks at entry 5,"
	for name, test := range map[string]struct{ statement, want string }{
		"tenant":         {`UPDATE tenants SET id = id || 'x'`, "breaks at entry 1,"},
		"at":             {`UPDATE activity SET at = at + 1 WHERE key = 4`, fourth},
		"actor kind":     {`UPDATE activity SET actor_kind = 'key' WHERE key = 4`, fourth},
		"actor id":       {`UPDATE activity SET actor_id = actor_id || 'x' WHERE key = 4`, fourth},
		"actor name":     {`UPDATE activity SET actor_name = 'petra Probe' WHERE key = 4`, fourth},
		"action":         {`UPDATE activity SET action = action || 'd' WHERE key = 4`, fourth},
		"subject kind":   {`UPDATE activity SET subject_kind = subject_kind || 's' WHERE key = 4`, fourth},
		"subject id":     {`UPDATE activity SET subject_id = subject_id || ' ' WHERE key = 4`, fourth},
		"before":         {`UPDATE activity SET before = '' || before || ' ' WHERE key = 5`, fifth},
		"before is NULL": {`UPDATE activity SET before = NULL WHERE key = 5`, fifth},
		"before is not":  {`UPDATE activity SET before = 'null' WHERE key = 4`, fourth},
		"after":          {`UPDATE activity SET after = replace(after, '"IT', '"It') WHERE key = 4`, fourth},
		"after is NULL":  {`UPDATE activity SET after = NULL WHERE key = 4`, fourth},
		"a field's end":  {`UPDATE activity SET subject_kind = 'grou', subject_id = 'p' || subject_id WHERE key = 4`, fourth},
		"hash":           {`UPDATE activity SET hash = zeroblob(32) WHERE key = 4`, fourth},
		"no hash":        {`UPDATE activity SET hash = NULL WHERE key = 4`, fourth},
		"another's hash": {`UPDATE activity SET hash = (SELECT hash FROM activity WHERE key = 3) WHERE key = 4`, fourth},
		"first removed":  {`DELETE FROM activity WHERE key = 1`, "breaks at entry 2,"},
		"one removed":    {`DELETE FROM activity WHERE key = 4`, fifth},
		"one inserted":   {`INSERT INTO activity SELECT 100, tenant, at, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, before, after, hash FROM activity WHERE key = 4`, "breaks at entry 100,"},
		"two swapped":    {`UPDATE activity SET key = -4 WHERE key = 4; UPDATE activity SET key = 4 WHERE key = 5; UPDATE activity SET key = 5 WHERE key = -4`, fourth},
	} {
		t.Run(name, func(t *testing.T) {
			path := copyOf(t, s)
			if faults := faultsOf(t, path); faults != "" {
				t.Fatalf("before: %s", faults)
			}
			tamper(t, path, test.statement)
			if faults := faultsOf(t, path); !strings.Contains(faults, test.want) || strings.Count(faults, "breaks at") != 1 {
				t.Errorf("after %s: %s", test.statement, faults)
			}
		})
	}
}

// Without its newest entries a chain is whole; only a head from before tells.
func TestVerifyKeptHead(t *testing.T) {
	s := newStory(t)
	then := headOf(t, s.path)
	newUser(t, s, mustTenant(t, s), "grace@example.com", billing.Member)
	now := headOf(t, s.path)
	if now == then {
		t.Fatal("the head stays the same")
	}
	if faults := faultsOf(t, s.path, then, now); faults != "" {
		t.Error(faults)
	}
	path := copyOf(t, s)
	tamper(t, path, `DELETE FROM activity WHERE key = (SELECT max(key) FROM activity)`)
	if faults := faultsOf(t, path, then); faults != "" {
		t.Errorf("without a head that covers it: %s", faults)
	}
	if faults := faultsOf(t, path, then, now); !strings.Contains(faults, now.String()) || strings.Contains(faults, then.String()) {
		t.Errorf("faults: %s", faults)
	}
	var head Head
	if err := head.UnmarshalText([]byte(then.String())); err != nil || head != then {
		t.Errorf("%s is read as %s, %v", then, head, err)
	}
	if err := head.UnmarshalText([]byte("abcd")); err == nil {
		t.Error("half a head is taken")
	}
}

// mustTenant answers the one tenant there is.
func mustTenant(t testing.TB, s *Store) Tenant {
	t.Helper()
	tenants, err := s.Tenants(t.Context())
	if err != nil || len(tenants) != 1 {
		t.Fatalf("%d tenants, %v", len(tenants), err)
	}
	return tenants[0]
}

// What the tables and the activity don't agree on is named.
func TestVerifyStory(t *testing.T) {
	s := newStory(t)
	for statement, want := range map[string]string{
		`UPDATE groups SET name = 'Lab'`:                                            `name is "Lab" in the tables, "Büro" in the activity`,
		`UPDATE groups SET status = 'inactive'`:                                     `status is "inactive"`,
		`UPDATE groups SET reference = 'PO'`:                                        `reference is "PO"`,
		`UPDATE groups SET notes = 'x'`:                                             `notes is "x"`,
		`UPDATE group_days SET day = 7`:                                             `billing day is "7" in the tables, "28"`,
		`UPDATE group_days SET from_period = '2031-01' WHERE day = 28`:              `period it holds from is "2031-01"`,
		`UPDATE group_days SET day = 7 WHERE day = 1`:                               `list of all billing days is "2026-11 7, 2026-12 28" in the tables, "2026-11 1, 2026-12 28"`,
		`DELETE FROM group_days WHERE day = 1`:                                      `list of all billing days is "2026-12 28" in the tables`,
		`UPDATE groups SET billing_day = 1`:                                         `lists take its billing day to be 1, it is 28`,
		`UPDATE subscriptions SET grp = NULL, grouped_from = NULL WHERE id = 's1'`:  `subscriptions is "s2 s3" in the tables, "s1 s2 s3"`,
		`UPDATE groups SET deleted_at = 1`:                                          `the newest entry about it is group.changed, but in the tables it is deleted`,
		`DELETE FROM activity WHERE subject_kind = 'group'`:                         `no entry of the activity tells of it`,
		`UPDATE groups SET id = 'bg_other'`:                                         `the activity knows it, the tables don’t`,
		`UPDATE subscriptions SET length = length + 1 WHERE id = 's1'`:              `subscription s1: its contract ends before`,
		`UPDATE subscriptions SET contract_end = '2030-01-01' WHERE id = 's1'`:      `subscription s1: its contract ends before`,
		`UPDATE groups SET customer = 77`:                                           `refers to a row of customers that is not there`,
		`PRAGMA ignore_check_constraints = 1; UPDATE groups SET status = 'dormant'`: `the file is damaged: CHECK constraint failed`,
	} {
		path := copyOf(t, s)
		tamper(t, path, statement)
		if faults := faultsOf(t, path); !strings.Contains(faults, want) {
			t.Errorf("%s: %q is not in %q", statement, want, faults)
		}
	}
}

// An entry of an older program does not tell all billing days, or from when the last one
// holds. It speaks for the last one only.
func TestVerifyOlderEntries(t *testing.T) {
	s := newStory(t)
	for _, older := range []string{`json_remove(after, '$.days')`, `json_remove(after, '$.days', '$.billingDayFrom')`} {
		for statement, want := range map[string]string{
			``: ``,
			`UPDATE group_days SET day = 7 WHERE day = 1`:  ``,
			`UPDATE group_days SET day = 7 WHERE day = 28`: `billing day is "7" in the tables, "28" in the activity`,
		} {
			path := copyOf(t, s)
			tamper(t, path, `UPDATE activity SET after = `+older+` WHERE subject_kind = 'group' AND action <> 'group.deleted'`, statement)
			_, faults, _ := strings.Cut(faultsOf(t, path), "\n") // the first is that the entry was altered
			if !strings.Contains(faults, want) || want == "" && faults != "" {
				t.Errorf("%s, %s: %q, want %q", older, statement, faults, want)
			}
		}
	}
}

// A database is verified while it is served, as it is at one moment.
func TestVerifyWhileWriting(t *testing.T) {
	s := newStory(t)
	tenant := mustTenant(t, s)
	stop, done := make(chan struct{}), make(chan error)
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := s.write(context.Background(), note(tenant, "busy")); err != nil {
				done <- err
				return
			}
		}
	}()
	for range 20 {
		if faults := faultsOf(t, s.path); faults != "" {
			t.Error(faults)
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	s := newStory(t)
	older, foreign, newer := copyOf(t, s), copyOf(t, s), copyOf(t, s)
	tamper(t, older, `PRAGMA user_version = 3`)
	tamper(t, newer, `PRAGMA user_version = 9999`)
	tamper(t, foreign, `PRAGMA application_id = 1`)
	for path, want := range map[string]string{
		older: "an older Billfold", newer: "a newer Billfold", foreign: "another program",
		filepath.Join(t.TempDir(), "none.db"): "can't be written",
	} {
		if _, err := Verify(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}
