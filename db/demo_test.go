package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// newDemoOn makes a demo on a business day.
func newDemoOn(t testing.TB, day string, o DemoOptions) (*Store, DemoAccess) {
	t.Helper()
	s := copyStore(t, filepath.Join(t.TempDir(), "demo.db"), Clock{Frozen: frozen(t, day)})
	access, err := s.FillDemo(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, access
}

// dump answers all rows of a query, a line each.
func dump(t testing.TB, s *Store, query string) []string {
	t.Helper()
	rows, err := s.readers.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values, dest := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// businessData answers all that a seed decides.
func businessData(t testing.TB, s *Store) map[string][]string {
	t.Helper()
	data := make(map[string][]string)
	for _, query := range []string{
		`SELECT * FROM origin`, `SELECT * FROM tenants`, `SELECT key, id, email, name, created_at FROM users`, `SELECT tenant, user, role, joined_at FROM memberships`,
		`SELECT * FROM customers`, `SELECT * FROM customer_words`, `SELECT * FROM groups`, `SELECT * FROM group_days`, `SELECT * FROM subscriptions`,
		`SELECT at, actor_kind, actor_id, action, subject_kind, subject_id, before, after FROM activity WHERE action IN ('tenant.created', 'user.created', 'group.created')`,
		`SELECT number, customer, grp, subscription, period, turn, issued_on, due_on, total, lines, status, credited, paid_on, paid_amount, paid_by_hand, paid_marked, paid_method,
			paid_ref, paid_notes, created_at, updated_at FROM invoices`,
		`SELECT number, kind, reason, issued_on, total, created_by, created_at FROM credit_notes`,
		`SELECT tenant, issued_on, due, invoices, lines, total, first, last, state, started_at FROM billing_runs`,
	} {
		data[query] = dump(t, s, query)
	}
	return data
}

func TestFillDemoRepeats(t *testing.T) {
	one, _ := newDemoOn(t, testDay, DemoOptions{Subscriptions: 300, Seed: 1})
	two, _ := newDemoOn(t, testDay, DemoOptions{Subscriptions: 300, Seed: 1})
	if diff := cmp.Diff(businessData(t, one), businessData(t, two)); diff != "" {
		t.Errorf("two demos of one seed differ:\n%s", diff)
	}
	other, _ := newDemoOn(t, testDay, DemoOptions{Subscriptions: 300, Seed: 2})
	for _, table := range []string{`SELECT * FROM customers`, `SELECT * FROM groups`, `SELECT * FROM subscriptions`} {
		if cmp.Equal(businessData(t, one)[table], businessData(t, other)[table]) {
			t.Errorf("another seed makes the same: %s", table)
		}
	}
}

// The demo is what the console and the API would have made: the database finds nothing
// wrong with it, and neither do the rules.
func TestFillDemoIsSound(t *testing.T) {
	for _, day := range []string{testDay, "2026-11-01", "2026-11-28", "2027-01-31", "2028-02-29"} {
		t.Run(day, func(t *testing.T) {
			s, access := newDemoOn(t, day, DemoOptions{Subscriptions: 1_000, Seed: 3})
			if wrong := dump(t, s, `PRAGMA foreign_key_check`); len(wrong) > 0 {
				t.Errorf("foreign keys: %v", wrong)
			}
			if got := dump(t, s, `PRAGMA integrity_check`); !cmp.Equal(got, dump(t, s, `SELECT 'ok'`)) {
				t.Errorf("integrity: %v", got)
			}
			if wrong := dump(t, s, `SELECT id FROM subscriptions WHERE contract_end <= start`); len(wrong) > 0 {
				t.Errorf("contracts that end before they begin: %v", wrong)
			}
			tenant, err := s.Tenant(t.Context(), access.Tenant)
			if err != nil {
				t.Fatal(err)
			}
			groups, next, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 10_000})
			if err != nil || next != "" || len(groups) < 50 {
				t.Fatalf("%d groups, next %q, err %v", len(groups), next, err)
			}
			for _, g := range groups {
				checkDemoGroup(t, s, tenant, g)
			}
			checkBilled(t, s, tenant)
		})
	}
}

func checkDemoGroup(t *testing.T, s *Store, tenant Tenant, g Group) {
	t.Helper()
	if len(g.Members) == 0 || g.Customer.Type != billing.Business || g.Status != billing.GroupActive {
		t.Errorf("%s: %d members, customer %+v", g.ID, len(g.Members), g.Customer)
	}
	total, active := int64(0), 0
	for _, m := range g.Members {
		if m.CustomerID != g.CustomerID {
			t.Errorf("%s of %s is a member of %s", m.ID, m.CustomerID, g.ID)
		}
		if m.ActiveOn(s.Today(tenant)) {
			total, active = total+m.MonthlyAmount.Minor, active+1
		}
	}
	if g.Total.Minor != total || g.Active != active {
		t.Errorf("%s: total %v of %d, want %d of %d", g.ID, g.Total, g.Active, total, active)
	}
	entries, err := s.Activity(t.Context(), tenant, "group", g.ID, 10)
	if err != nil || len(entries) != 1 || entries[0].Action != "group.created" || entries[0].Actor.ID != g.CreatedBy || !entries[0].At.Equal(g.CreatedAt) {
		t.Errorf("%s by %s at %v: activity %+v, err %v", g.ID, g.CreatedBy, g.CreatedAt, entries, err)
	}
}

// The three free subscriptions of the first customer make a group of 377.00.
func TestFillDemoMainJob(t *testing.T) {
	for _, n := range []int{0, 1, 3, 10, 100} {
		s, access := newDemoOn(t, testDay, DemoOptions{Subscriptions: n})
		tenant, err := s.Tenant(t.Context(), access.Tenant)
		if err != nil {
			t.Fatal(err)
		}
		if tenant.Currency != "EUR" || tenant.VAT != (billing.VAT{Mode: billing.VATExclusive, Rate: 1900}) || tenant.CutOver.String() != "2026-08-03" || !tenant.Automatic || len(tenant.MissingDetails()) > 0 {
			t.Errorf("the business unit is %+v", tenant)
		}
		options, err := s.BusinessOptions(t.Context(), tenant, "", 5)
		if err != nil || len(options) == 0 || options[0].ID != "cust_acme" {
			t.Fatalf("the choice of customers is %+v, err %v", options, err)
		}
		in := billing.GroupInput{CustomerID: "cust_acme", Name: "IT department", BillingDay: 1}
		subscriptions, _, err := s.CustomerSubscriptions(t.Context(), tenant, "cust_acme")
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range subscriptions {
			if k.GroupID == "" && k.ActiveOn(s.Today(tenant)) {
				in.SubscriptionIDs = append(in.SubscriptionIDs, k.ID)
			}
		}
		group, err := s.CreateGroup(t.Context(), Scope{tenant, testActor}, in, "")
		if err != nil || group.Total.String() != "377.00" || group.Active != 3 {
			t.Errorf("%d: %+v, err %v", n, group, err)
		}
		planned := upcoming(t, s, tenant, group, 2)
		if alone := planned[0]; alone.Date.String() != "2026-11-25" || alone.Alone != billing.AloneBeforeGroup {
			t.Errorf("%d: what is billed alone before is %+v", n, alone)
		}
		var first billing.Draft
		for _, draft := range planned {
			if draft.GroupID != "" {
				first = draft
				break
			}
		}
		if first.Date.String() != "2026-12-01" || first.Total != 448_63 || first.Due.String() != "2026-12-31" {
			t.Errorf("%d: the first consolidated invoice is %+v", n, first)
		}
	}
}

func TestFillDemoAgain(t *testing.T) {
	s, before := newDemoOn(t, testDay, DemoOptions{Subscriptions: 50, Seed: 1})
	data := businessData(t, s)
	session, err := s.SignIn(t.Context(), before.Email, before.Password)
	if err != nil {
		t.Fatal(err)
	}
	if access, err := s.Access(t.Context(), before.Key); err != nil || access.Tenant.ID != before.Tenant || access.ReadOnly {
		t.Errorf("the key opens %+v, err %v", access, err)
	}
	after, err := s.FillDemo(t.Context(), DemoOptions{Subscriptions: 900, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(data, businessData(t, s)); diff != "" {
		t.Errorf("the data changed:\n%s", diff)
	}
	if after.Email != before.Email || after.Tenant != before.Tenant || after.Password == before.Password || after.Key == before.Key {
		t.Errorf("the access was %+v and is %+v", before, after)
	}
	if _, err := s.Session(t.Context(), session); !errors.Is(err, ErrNoSession) {
		t.Errorf("the session of before: %v", err)
	}
	if _, err := s.SignIn(t.Context(), before.Email, before.Password); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("the password of before: %v", err)
	}
	if _, err := s.Access(t.Context(), before.Key); !errors.Is(err, ErrNoKey) {
		t.Errorf("the key of before: %v", err)
	}
	token, err := s.SignIn(t.Context(), after.Email, after.Password)
	if err != nil {
		t.Fatal(err)
	}
	if signedIn, err := s.Session(t.Context(), token); err != nil || signedIn.Role != billing.Owner || signedIn.Tenant.ID != after.Tenant {
		t.Errorf("signed in as %+v, err %v", signedIn, err)
	}
	if _, err := s.Access(t.Context(), after.Key); err != nil {
		t.Errorf("the new key: %v", err)
	}
}

// A database that is in use is refused and left as it is.
func TestFillDemoRefuses(t *testing.T) {
	inBatches := DemoOptions{Subscriptions: demoBatch + 3_000}
	for name, test := range map[string]struct {
		use  func(t *testing.T, s *Store)
		o    DemoOptions
		want string
	}{
		"business unit": {func(t *testing.T, s *Store) { newTenant(t, s) }, DemoOptions{}, "real business unit"},
		"real one that claims to have been filled": {func(t *testing.T, s *Store) {
			tenant := newTenant(t, s)
			if err := s.write(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
				return appendActivity(ctx, tx, newScope(tenant), s.Now(), demoFilled, "tenant", tenant.ID, nil, nil)
			}); err != nil {
				t.Fatal(err)
			}
		}, DemoOptions{}, "real business unit"},
		"interrupted demo": {func(t *testing.T, s *Store) {
			interrupt := fmt.Sprintf(`CREATE TRIGGER stop BEFORE INSERT ON subscriptions
				WHEN (SELECT max(key) FROM subscriptions) > %d BEGIN SELECT RAISE(ABORT, 'stop'); END`, demoBatch+1_000)
			if _, err := s.writer.db.ExecContext(t.Context(), interrupt); err != nil {
				t.Fatal(err)
			}
			if _, err := s.FillDemo(t.Context(), inBatches); err == nil || !strings.Contains(err.Error(), "stop") {
				t.Fatalf("filling was not interrupted: %v", err)
			}
			if n := len(dump(t, s, `SELECT key FROM subscriptions`)); n < demoBatch-maxDemoFleet || n > demoBatch+1_000 {
				t.Fatalf("the interrupted demo has %d subscriptions", n)
			}
			if _, err := s.writer.db.ExecContext(t.Context(), `DROP TRIGGER stop`); err != nil {
				t.Fatal(err)
			}
		}, inBatches, "interrupted"},
		"too many": {func(*testing.T, *Store) {}, DemoOptions{Subscriptions: MaxDemo + 1}, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t)
			test.use(t, s)
			everything := func() map[string][]string {
				data := businessData(t, s)
				for _, query := range []string{`SELECT * FROM users`, `SELECT * FROM api_keys`, `SELECT * FROM activity`} {
					data[query] = dump(t, s, query)
				}
				return data
			}
			before := everything()
			access, err := s.FillDemo(t.Context(), test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) || access != (DemoAccess{}) {
				t.Errorf("answered %+v, %v; want a refusal that says %q", access, err, test.want)
			}
			if diff := cmp.Diff(before, everything()); diff != "" {
				t.Errorf("a refusal changed something:\n%s", diff)
			}
		})
	}
}
