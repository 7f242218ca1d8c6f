package db

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// childDay names the business day that a child bills on.
const childDay = "BILLFOLD_TEST_DAY"

// billUntilKilled bills what is due of the first business unit and prints a word at the
// beginning and after each step.
func billUntilKilled(path, day string) error {
	var today Frozen
	if err := today.UnmarshalText([]byte(day)); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := Open(ctx, path, Clock{Frozen: today})
	if err != nil {
		return err
	}
	s.billBatch = 150 // a run of many steps, to be killed between them
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return err
	}
	_, err = s.Bill(ctx, Scope{tenants[0], testActor}, BillOptions{Progress: func(r BillingRun) { fmt.Println("done", r.Done, "of", r.Due) }})
	return err
}

// Billing runs are killed 50 times, at whatever they are just doing, some of them two at
// once. What they leave behind the next one goes on from, and in the end all that was due
// is billed exactly once.
func TestKilledWhileBilling(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 10
	}
	random := rand.New(rand.NewPCG(2026, 12))
	path := filepath.Join(t.TempDir(), "test.db")
	s := openStore(t, path, Clock{Frozen: frozen(t, testDay)})
	tenant := newTenant(t, s)
	fleetToBill(t, s, tenant)
	day := mustDate(t, testDay)
	var killed atomic.Int64
	for children := 0; int(killed.Load()) < kills; {
		if children > 3*kills {
			t.Fatalf("of %d children only %d could be killed", children, killed.Load())
		}
		day = day.AddDays(20)
		var wg sync.WaitGroup
		for range 1 + random.IntN(3)/2 { // now and then two
			at := kill{random.IntN(4), random.IntN(60)}
			wg.Go(func() {
				if billAndKill(t, path, day.String(), at) {
					killed.Add(1)
				}
			})
			children++
		}
		wg.Wait()
	}
	cut := numberOf(t, s, `SELECT count(*) FROM billing_runs WHERE state = 'running'`)
	halfway := numberOf(t, s, `SELECT count(*) FROM billing_runs WHERE state = 'running' AND invoices > 0`)
	if cut < kills/2 || halfway == 0 {
		t.Errorf("of %d killed runs %d did not end, %d of them after they had issued something: too few to tell", kills, cut, halfway)
	}
	resumed := openStore(t, path, Clock{Frozen: frozen(t, day.String())})
	run, err := resumed.Bill(t.Context(), newScope(tenant), BillOptions{})
	if err != nil || run.State != RunDone || run.SetAside != 0 {
		t.Fatalf("the last run: %+v, %v", run, err)
	}
	checkBilledOnce(t, resumed, tenant, day)
	if again, err := resumed.Bill(t.Context(), newScope(tenant), BillOptions{}); err != nil || again.Due != 0 || again.Invoices != 0 {
		t.Errorf("once more: %+v, %v", again, err)
	}
}

// kill says when a child is killed: after so many words, and so many milliseconds.
type kill struct{ words, wait int }

// billAndKill lets a child bill and kills it, unless it is done before.
func billAndKill(t *testing.T, path, day string, at kill) (killed bool) {
	cmd := child(t, "bill", path)
	cmd.Env = append(cmd.Env, childDay+"="+day)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Error(err)
		return false
	}
	words := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if words++; words == at.words+1 {
			time.AfterFunc(time.Duration(at.wait)*time.Millisecond, func() { cmd.Process.Kill() })
		}
	}
	err = cmd.Wait()
	killed = cmd.ProcessState.ExitCode() == -1
	if err != nil && !killed {
		t.Errorf("a billing run failed by itself: %v", err)
	}
	return killed
}

// fleetToBill takes in 2,000 subscriptions of 200 customers, half of them grouped.
func fleetToBill(t testing.TB, s *Store, tenant Tenant) {
	t.Helper()
	var file strings.Builder
	file.WriteString(exportHeader + "\n")
	for c := range 200 {
		for u := range 10 {
			file.WriteString(exportRow(fmt.Sprintf("S-%d-%d", c, u), "customerId", fmt.Sprintf("C-%d", c), "contractLength", "60", "monthlyAmount", fmt.Sprintf("%d.%02d", 10+u, c%100),
				"startDate", mustDate(t, "2026-01-01").AddDays((c*10+u)%300).String()) + "\n")
		}
	}
	takeIn(t, s, tenant, file.String())
	inputs := make([]billing.GroupInput, 200)
	for c := range inputs {
		inputs[c] = billing.GroupInput{CustomerID: fmt.Sprintf("C-%d", c), Name: "Half of it", BillingDay: 1 + c%28}
		for u := range 5 {
			inputs[c].SubscriptionIDs = append(inputs[c].SubscriptionIDs, fmt.Sprintf("S-%d-%d", c, u))
		}
	}
	atOnce(inputs, func(in billing.GroupInput) {
		if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, ""); err != nil {
			t.Error(err)
		}
	})
}

// checkBilledOnce compares all that was ever issued with what was due by a day, and
// looks at numbers, days, runs and the file.
func checkBilledOnce(t *testing.T, s *Store, tenant Tenant, day billing.Date) {
	t.Helper()
	due := make(map[string]int)
	keys, err := queryKeys(t.Context(), s.readers, `SELECT key FROM customers WHERE tenant = ?1`, tenant.Key)
	if err != nil {
		t.Fatal(err)
	}
	plans, err := loadPlans(t.Context(), s.readers, tenant, keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plans {
		// As if nothing had been billed, all that ever was due is due.
		for _, invoice := range billing.Plan(p.subscriptions, p.groups, billing.Billed{}, day, day.AddDays(1)) {
			for _, line := range invoice.Lines {
				due[line.Subscription.ID+" "+invoice.Period.String()]++
			}
		}
	}
	billed := make(map[string]int)
	for _, line := range column(t, s, `SELECT u.id || ' ' || l.period FROM invoice_lines l JOIN subscriptions u ON u.key = l.subscription WHERE l.tenant = ?1`, tenant.Key) {
		billed[line]++
	}
	if diff := cmp.Diff(due, billed); diff != "" || len(due) < 3000 {
		t.Errorf("%d instalments were due, %d are billed (-due +billed):\n%.2000s", len(due), len(billed), diff)
	}
	for what, query := range map[string]string{
		"numbers with gaps":               `SELECT count(*) FROM (SELECT year FROM invoices GROUP BY year HAVING min(sequence) <> 1 OR max(sequence) <> count(*))`,
		"numbers that are not unique":     `SELECT count(*) - count(DISTINCT number) FROM invoices`,
		"series that are not the last":    `SELECT count(*) FROM number_series s WHERE s.last <> (SELECT max(sequence) FROM invoices i WHERE i.tenant = s.tenant AND i.year = s.year)`,
		"issue dates that go back":        `SELECT count(*) FROM invoices i JOIN invoices n ON n.key = i.key + 1 WHERE n.issued_on < i.issued_on OR n.year = i.year AND n.sequence <> i.sequence + 1`,
		"group invoices that are double":  `SELECT count(*) FROM (SELECT grp FROM invoices WHERE grp IS NOT NULL GROUP BY grp, period HAVING count(*) > 1)`,
		"totals that are not their lines": `SELECT count(*) FROM invoices i WHERE (i.subtotal, i.tax, i.lines) <> (SELECT sum(l.amount), sum(l.tax), count(*) FROM invoice_lines l WHERE l.tenant = i.tenant AND l.invoice = i.key)`,
		"days that don't add up": `SELECT count(*) FROM (SELECT day, consolidated, invoices, total FROM issued_days
			EXCEPT SELECT issued_on, grp IS NOT NULL, count(*), sum(total) FROM invoices GROUP BY 1, 2)`,
		"runs that tell otherwise": `SELECT count(*) FROM billing_runs r WHERE (r.invoices, r.lines, r.total, r.first, r.last) <>
			(SELECT count(*), ifnull(sum(i.lines), 0), ifnull(sum(i.total), 0), ifnull((SELECT number FROM invoices WHERE run = r.key ORDER BY key LIMIT 1), ''),
			ifnull((SELECT number FROM invoices WHERE run = r.key ORDER BY key DESC LIMIT 1), '') FROM invoices i WHERE i.run = r.key)`,
		"runs that ended and are not done": `SELECT count(*) FROM billing_runs WHERE state = 'failed' OR state = 'done' AND done <> due OR done > due`,
	} {
		if n := numberOf(t, s, query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	runs, _, err := s.BillingRuns(t.Context(), tenant, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if later := run.UpdatedAt.Add(2 * time.Minute); run.Interrupted(later) != (run.State == RunRunning) {
			t.Errorf("a run that is %s counts as interrupted: %v", run.State, run.Interrupted(later))
		}
	}
	if faults := faultsOf(t, s.path); faults != "" { // it asks SQLite for its integrity check too
		t.Errorf("verify finds %.2000s", faults)
	}
}
