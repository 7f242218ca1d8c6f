package db

import (
	"path/filepath"
	"slices"
	"testing"

	"billfold/billing"
)

// checkBilled holds what a demo has billed against the plan: all that fell due before
// today, and nothing twice.
func checkBilled(t *testing.T, s *Store, tenant Tenant) {
	t.Helper()
	today := s.Today(tenant)
	yesterday := today.AddDays(-1)
	late, err := s.Due(t.Context(), tenant, yesterday)
	if again := dump(t, s, `SELECT number FROM credit_notes WHERE kind = 'bill again' AND issued_on = '`+yesterday.String()+`'`); err != nil || len(late.Invoices) != len(again) {
		t.Errorf("%d invoices are overdue, err %v, and %d were cancelled yesterday to be billed again: %+v", len(late.Invoices), err, len(again), late.Invoices)
	}
	if unlike := dump(t, s, `SELECT r.issued_on, i.number FROM invoices i JOIN billing_runs r ON r.key = i.run
		WHERE i.issued_on <> r.issued_on OR date(i.created_at / 1000, 'unixepoch', '+2 hours') <> i.issued_on OR i.issued_on >= '`+today.String()+`'`); len(unlike) > 0 {
		t.Errorf("invoices of another day than their run's: %v", unlike)
	}
	if odd := dump(t, s, `SELECT a.action, a.at, b.action, b.at FROM activity a JOIN activity b ON b.key = a.key + 1
		WHERE b.at < a.at AND b.action <> 'demo.filled'`); len(odd) > 0 {
		t.Errorf("the activity goes back in time: %v", odd)
	}
	if early := dump(t, s, `SELECT i.number, l.service_from, g.id FROM invoices i JOIN invoice_lines l ON l.tenant = i.tenant AND l.invoice = i.key JOIN groups g ON g.key = i.grp
		WHERE l.service_from <= date(g.created_at / 1000, 'unixepoch', '+2 hours') AND i.period = strftime('%Y-%m', g.created_at / 1000, 'unixepoch')`); len(early) > 0 {
		t.Errorf("billed by a group that was made when they had been billed alone: %v", early)
	}
	if gaps := dump(t, s, `SELECT 'invoice', max(sequence), count(*) FROM invoices GROUP BY year HAVING max(sequence) <> count(*)
		UNION ALL SELECT 'credit note', max(sequence), count(*) FROM credit_notes GROUP BY year HAVING max(sequence) <> count(*)`); len(gaps) > 0 {
		t.Errorf("numbers are left out: %v", gaps)
	}
}

// The invoices of a demo are in every state that there is, each for a good reason.
func TestFillDemoInvoices(t *testing.T) {
	s, _ := newDemoOn(t, testDay, DemoOptions{Subscriptions: 2_000, Seed: 1})
	const share = `SELECT count(*) * 100.0 / (SELECT count(*) FROM invoices) FROM invoices i WHERE `
	for _, test := range []struct {
		where    string
		min, max float64 // percent
	}{
		{`grp IS NOT NULL`, 3, 20},
		{`period = '2026-08'`, 20, 35}, {`period = '2026-09'`, 15, 35}, {`period = '2026-10'`, 15, 35}, {`period = '2026-11'`, 10, 30},
		{`status = 'paid' AND paid_by_hand = 1 AND paid_method <> '' AND paid_ref <> '' AND paid_marked <> ''`, 30, 60},
		{`status = 'paid' AND paid_by_hand = 0`, 15, 50},
		{`status = 'paid' AND paid_on <= due_on`, 25, 70}, {`status = 'paid' AND paid_on > date(due_on, '+5 days')`, 1, 40},
		{`status = 'pending' AND due_on >= '2026-11-22'`, 10, 35}, {`status = 'pending' AND due_on < '2026-11-22'`, 1, 8},
		{`status = 'processing'`, 0.1, 3}, {`status = 'failed'`, 0.2, 3}, {`status = 'cancelled'`, 0.05, 1}, {`status = 'paid' AND credited > 0`, 0.01, 1},
		{`turn = 2`, 0.05, 1}, {`paid_on < issued_on OR paid_on >= '2026-11-22'`, 0, 0},
	} {
		var got float64
		if err := s.readers.QueryRowContext(t.Context(), share+test.where).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got < test.min || got > test.max {
			t.Errorf("%s: %.2f %%, want %v to %v %%", test.where, got, test.min, test.max)
		}
	}
	// The first customer's free subscriptions are billed up to today; the third one has
	// its day still ahead.
	if got, want := dump(t, s, `SELECT u.serial, i.issued_on, i.status FROM invoices i JOIN subscriptions u ON u.key = i.subscription
		WHERE u.customer = 1 AND u.grp IS NULL AND i.period = '2026-11' ORDER BY i.key`), dump(t, s, `SELECT 'PF-4K2L91', '2026-11-03', 'pending' UNION ALL SELECT 'G6TX9021', '2026-11-20', 'pending'`); !slices.Equal(got, want) {
		t.Errorf("the free ones have %v in November, want %v", got, want)
	}
}

// The month after can be rehearsed on the same file: automatic billing issues what fell
// due, the new group's invoice among it.
func TestFillDemoRehearsal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rehearsal.db")
	on := func(day string, do func(s *Store, tenant Tenant)) {
		t.Helper()
		s, err := Open(t.Context(), path, Clock{Frozen: frozen(t, day)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		access, err := s.FillDemo(t.Context(), DemoOptions{Subscriptions: 100, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		tenant, err := s.Tenant(t.Context(), access.Tenant)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.BillAutomatically(t.Context(), func(_ Tenant, run BillingRun, err error) {
			if err != nil || run.SetAside > 0 || run.IssuedOn.String() != day {
				t.Errorf("on %s: %+v, err %v", day, run, err)
			}
		}); err != nil {
			t.Fatal(err)
		}
		do(s, tenant)
	}
	const november = `SELECT issued_on, lines, total FROM invoices WHERE customer = 1 AND issued_on > '2026-11-22'`
	on(testDay, func(s *Store, tenant Tenant) {
		subscriptions, _, err := s.CustomerSubscriptions(t.Context(), tenant, "cust_acme")
		if err != nil {
			t.Fatal(err)
		}
		in := billing.GroupInput{CustomerID: "cust_acme", Name: "IT department", BillingDay: 1}
		for _, k := range subscriptions[:3] {
			in.SubscriptionIDs = append(in.SubscriptionIDs, k.ID)
		}
		if _, err := s.CreateGroup(t.Context(), Scope{tenant, testActor}, in, ""); err != nil {
			t.Fatal(err)
		}
	})
	on("2026-11-25", func(s *Store, _ Tenant) {
		if got, want := dump(t, s, november), dump(t, s, `SELECT '2026-11-25', 1, 18921`); !slices.Equal(got, want) {
			t.Errorf("by 25 November there are %v, want %v", got, want)
		}
	})
	on("2026-12-01", func(s *Store, _ Tenant) {
		want := dump(t, s, `SELECT '2026-11-25', 1, 18921 UNION ALL SELECT '2026-12-01', 3, 44863`)
		if got := dump(t, s, november); !slices.Equal(got, want) {
			t.Errorf("by 1 December there are %v, want %v", got, want)
		}
	})
}
