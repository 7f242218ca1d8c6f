package db

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"billfold/billing"
)

// patience is longer than any forecast of a test takes.
const patience = time.Minute

// forecastOf answers the forecast with its candidates, which must be ready.
func forecastOf(t testing.TB, s *Store, tenant Tenant) (Forecast, []worthy) {
	t.Helper()
	f, ready, err := s.Forecast(t.Context(), tenant, patience)
	if err != nil || !ready {
		t.Fatalf("forecast: ready %v, %v", ready, err)
	}
	candidates, err := s.Candidates(t.Context(), tenant, f, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var list []worthy
	for _, c := range candidates {
		ids, err := s.WorthGrouping(t.Context(), tenant, c.Customer.ID)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, worthy{c, ids})
	}
	return f, list
}

// worthy is a candidate with the subscriptions that make it one.
type worthy struct {
	Candidate
	IDs []string
}

// planAfresh works the forecast out from the stored rows, all customers in one plan.
func planAfresh(t testing.TB, s *Store, tenant Tenant) (Forecast, []worthy) {
	t.Helper()
	today := s.Today(tenant)
	f := Forecast{Today: today}
	for i := range f.Months {
		f.Months[i] = billing.NewCalendarMonth(today.Period().Add(i), tenant.Currency)
	}
	groups, _, err := s.Groups(t.Context(), tenant, GroupFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var all []billing.Subscription
	var plain []billing.Group
	inactive := make(map[string]bool)
	for _, g := range groups {
		plain = append(plain, g.Group)
		inactive[g.ID] = g.Status != billing.GroupActive
	}
	var list []worthy
	customers := make(map[string]billing.Customer)
	stored, err := querySubscriptions(t.Context(), s.readers, tenant, `WHERE u.tenant = ?1`)
	if err != nil {
		t.Fatal(err)
	}
	billed, err := billedOf(t.Context(), s.readers, tenant, values(stored), groupIDsOf(values(stored))...)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range column(t, s, `SELECT id FROM customers WHERE tenant = ?1 ORDER BY key`, tenant.Key) {
		c, err := s.Customer(t.Context(), tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		customers[id] = c
		f.Customers++
		subscriptions := subscriptionsOf(t, s, tenant, id)
		all = append(all, subscriptions...)
		candidate := worthy{Candidate: Candidate{Customer: c, Monthly: billing.Money{Currency: tenant.Currency}}}
		days := make(map[int]bool)
		for _, sub := range subscriptions {
			if !sub.ActiveOn(today) {
				continue
			}
			f.Active++
			if sub.GroupID != "" {
				if !inactive[sub.GroupID] {
					f.Grouped++
				}
				continue
			}
			in, exists := sub.Instalment(today.Period().Add(1))
			if exists && sub.Owes(in) && in.Number > 0 && !billed.Line(sub.ID, in.Period) {
				candidate.Subscriptions++
				candidate.Monthly = candidate.Monthly.Add(sub.MonthlyAmount)
				candidate.IDs = append(candidate.IDs, sub.ID)
				days[in.From.Day] = true
			}
		}
		if candidate.Days = len(days); candidate.Subscriptions > 1 && c.Type == billing.Business && c.Status == billing.CustomerActive {
			list = append(list, candidate)
			f.Fewer += candidate.Subscriptions - 1
		}
	}
	for _, p := range billing.Plan(all, plain, billed, today, today.Period().Add(2).First()) {
		day := &f.Months[p.Date.Period().Sub(today.Period())].Days[p.Date.Day-1]
		day.Invoices++
		if p.GroupID != "" {
			day.Consolidated++
		}
		day.Amount.Minor += p.Draft(tenant.Tenant, customers[p.CustomerID]).Total
	}
	slices.SortStableFunc(list, func(a, b worthy) int {
		return cmp.Or(cmp.Compare(b.Subscriptions, a.Subscriptions), cmp.Compare(b.Monthly.Minor, a.Monthly.Minor))
	})
	return f, list
}

// column answers the texts that a query selects.
func column(t testing.TB, s *Store, query string, args ...any) (texts []string) {
	t.Helper()
	err := eachRow(t.Context(), s.readers, query, args, func(row scanner) error {
		var text string
		err := row.Scan(&text)
		texts = append(texts, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// sameForecast compares what is kept with what planning afresh comes to.
func sameForecast(t testing.TB, s *Store, tenant Tenant) string {
	t.Helper()
	got, gotList := forecastOf(t, s, tenant)
	want, wantList := planAfresh(t, s, tenant)
	order := cmpopts.SortSlices(func(a, b string) bool { return a < b })
	return gocmp.Diff(want, got, cmpopts.IgnoreUnexported(Forecast{})) + gocmp.Diff(wantList, gotList, order, cmpopts.EquateEmpty())
}

// Whatever happened, and however often the forecast was asked for on the way: it is
// what planning everything afresh comes to.
func TestForecastIsThePlan(t *testing.T) {
	clock := newStepClock()
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	elsewhere := openStore(t, s.path, clock.clock()) // another process
	start := clock.ms.Load()
	rapid.Check(t, func(rt *rapid.T) {
		clock.ms.Store(start) // for a tenant of its own
		tenant := newTenant(t, s)
		for range rapid.IntRange(1, 14).Draw(rt, "steps") {
			store := rapid.SampledFrom([]*Store{s, s, s, elsewhere}).Draw(rt, "store")
			act := rapid.SampledFrom(forecastActs).Draw(rt, "act")
			var refused *billing.Error
			if err := act.do(t, rt, store, clock, tenant); err != nil && !errors.As(err, &refused) {
				rt.Fatalf("%s: %v", act.name, err)
			}
			if diff := sameForecast(t, s, tenant); diff != "" {
				rt.Fatalf("after %s (-afresh +kept):\n%s", act.name, diff)
			}
		}
	})
}

type forecastAct struct {
	name string
	do   func(t *testing.T, rt *rapid.T, s *Store, clock *stepClock, tenant Tenant) error
}

// forecastActs are what a history is made of.
var forecastActs = []forecastAct{
	{"import", importSome}, {"import", importSome}, {"create", createSome}, {"create", createSome}, {"update", updateSome}, {"update", updateSome},
	{"delete", func(t *testing.T, rt *rapid.T, s *Store, _ *stepClock, tenant Tenant) error {
		return s.DeleteGroup(t.Context(), newScope(tenant), someGroup(t, rt, s, tenant), 0)
	}},
	{"next day", func(_ *testing.T, rt *rapid.T, _ *Store, clock *stepClock, _ Tenant) error {
		clock.step(time.Duration(rapid.IntRange(1, 20).Draw(rt, "days")) * 24 * time.Hour)
		return nil
	}},
	{"nothing", func(*testing.T, *rapid.T, *Store, *stepClock, Tenant) error { return nil }},
}

func importSome(t *testing.T, rt *rapid.T, s *Store, _ *stepClock, tenant Tenant) error {
	var rows []string
	for _, n := range rapid.SliceOfNDistinct(rapid.IntRange(0, 9), 1, 5, rapid.ID).Draw(rt, "rows") {
		// The ids tell whose it is, so that all rows say the same of a customer; one in
		// four goes to another customer.
		customer := n % 3
		if rapid.IntRange(0, 3).Draw(rt, "elsewhere") == 0 {
			customer = (n + 1) % 3
		}
		change := []string{"customerId", fmt.Sprint("C-", customer), "company", []string{"Acme GmbH", "Bau AG", ""}[customer],
			"monthlyAmount", fmt.Sprint(rapid.IntRange(0, 9999).Draw(rt, "cents"), ".33"),
			"contractLength", fmt.Sprint(rapid.IntRange(1, 14).Draw(rt, "length")),
			"startDate", fmt.Sprintf("2026-%02d-%02d", rapid.IntRange(9, 12).Draw(rt, "month"), rapid.IntRange(1, 30).Draw(rt, "day"))}
		if rapid.IntRange(0, 4).Draw(rt, "ended") == 0 {
			change = append(change, "status", "ended_buyout", "endDate", "2027-01-15")
		}
		rows = append(rows, exportRow(fmt.Sprint("S-", n), change...))
	}
	_, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(exportFile(rows...)), "export.csv")
	return err
}

// someOf draws subscriptions of one customer.
func someOf(t *testing.T, rt *rapid.T, s *Store, tenant Tenant, customer string) []string {
	var ids []string
	for _, sub := range subscriptionsOf(t, s, tenant, customer) {
		if rapid.Bool().Draw(rt, "in") {
			ids = append(ids, sub.ID)
		}
	}
	return ids
}

func createSome(t *testing.T, rt *rapid.T, s *Store, _ *stepClock, tenant Tenant) error {
	customer := fmt.Sprint("C-", rapid.IntRange(0, 2).Draw(rt, "customer"))
	_, err := s.CreateGroup(t.Context(), newScope(tenant), billing.GroupInput{
		CustomerID: customer, Name: "IT", BillingDay: rapid.IntRange(1, 28).Draw(rt, "day"), SubscriptionIDs: someOf(t, rt, s, tenant, customer),
	}, "")
	return err
}

func updateSome(t *testing.T, rt *rapid.T, s *Store, _ *stepClock, tenant Tenant) error {
	id := someGroup(t, rt, s, tenant)
	group, err := s.Group(t.Context(), tenant, id)
	if err != nil {
		return err
	}
	change := billing.GroupChange{Move: rapid.Bool().Draw(rt, "move")}
	switch rapid.IntRange(0, 2).Draw(rt, "change") {
	case 0:
		change.Status = ptr(rapid.SampledFrom([]billing.GroupStatus{billing.GroupActive, billing.GroupInactive}).Draw(rt, "status"))
	case 1:
		change.BillingDay = ptr(rapid.IntRange(1, 28).Draw(rt, "day"))
	case 2:
		change.SubscriptionIDs = ptr(someOf(t, rt, s, tenant, group.CustomerID))
	}
	_, err = s.UpdateGroup(t.Context(), newScope(tenant), id, 0, change)
	return err
}

func someGroup(t *testing.T, rt *rapid.T, s *Store, tenant Tenant) string {
	return rapid.SampledFrom(append(column(t, s, `SELECT id FROM groups WHERE tenant = ?1 AND deleted_at IS NULL`, tenant.Key), "none")).Draw(rt, "group")
}

// Another tax is another forecast, although no customer has changed.
func TestForecastOfAnotherTax(t *testing.T) {
	s, tenant := newAcme(t)
	before, _ := forecastOf(t, s, tenant)
	tenant.VAT = billing.VAT{Mode: billing.VATNone}
	after, _ := forecastOf(t, s, tenant)
	if got, want := before.Months[1].Total(1, 31).Amount.String(), "448.63"; got != want {
		t.Errorf("with VAT December comes to %s, want %s", got, want)
	}
	if got, want := after.Months[1].Total(1, 31).Amount.String(), "377.00"; got != want {
		t.Errorf("without VAT December comes to %s, want %s", got, want)
	}
}

// A customer that turns out to be a business is worth grouping, although none of its
// subscriptions has changed.
func TestForecastOfAChangedCustomer(t *testing.T) {
	s := newStore(t)
	tenant := newTenant(t, s)
	for _, company := range []string{"", "Acme GmbH"} {
		takeIn(t, s, tenant, exportFile(exportRow("S-1", "company", company), exportRow("S-2", "company", company)))
		if f, _ := forecastOf(t, s, tenant); (f.Candidates() == 1) != (company != "") {
			t.Errorf("company %q: %d candidates", company, f.Candidates())
		}
	}
}

// Whoever asks after a change sees it, however many ask and change at the same time.
func TestForecastHasEveryAnsweredChange(t *testing.T) {
	s, tenant := newAcme(t)
	var people sync.WaitGroup
	for person := range 6 {
		people.Go(func() {
			for round := range 15 {
				id := fmt.Sprintf("C-%d-%d", person, round)
				takeIn(t, s, tenant, exportFile(exportRow(id+"-a", "customerId", id), exportRow(id+"-b", "customerId", id)))
				f, ready, err := s.Forecast(t.Context(), tenant, patience)
				if err != nil || !ready {
					t.Errorf("forecast: ready %v, %v", ready, err)
					return
				}
				list, err := s.Candidates(t.Context(), tenant, f, 0, 1000)
				if err != nil || !slices.ContainsFunc(list, func(c Candidate) bool { return c.Customer.ID == id }) {
					t.Errorf("%s is not among the candidates (%v)", id, err)
					return
				}
			}
		})
	}
	people.Wait()
	if diff := sameForecast(t, s, tenant); diff != "" {
		t.Errorf("afterwards (-afresh +kept):\n%s", diff)
	}
}

// Who can't wait is told so, and the work goes on until it is done or the store closes.
func TestForecastThatTakesLong(t *testing.T) {
	s, tenant := newAcme(t)
	for range forecastsAtOnce {
		s.forecasts.turns <- struct{}{} // others are being worked out
	}
	if _, ready, err := s.Forecast(t.Context(), tenant, time.Millisecond); ready || err != nil {
		t.Errorf("the forecast can't be done yet: ready %v, %v", ready, err)
	}
	<-s.forecasts.turns
	if diff := sameForecast(t, s, tenant); diff != "" {
		t.Errorf("once it is done (-afresh +kept):\n%s", diff)
	}
	s.forecasts.turns <- struct{}{}
	takeIn(t, s, tenant, exportFile(exportRow("S-1")))
	answered := make(chan error)
	go func() {
		_, _, err := s.Forecast(t.Context(), tenant, patience)
		answered <- err
	}()
	kept := s.forecasts.of(tenant)
	for working := false; !working; {
		s.forecasts.mu.Lock()
		working = kept.refreshing != nil
		s.forecasts.mu.Unlock()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; !errors.Is(err, ErrClosed) {
		t.Errorf("who waits while the store closes is told %v", err)
	}
	if _, err := s.forecasts.refresh(s, kept, tenant, forecastBasis{}); !errors.Is(err, ErrClosed) {
		t.Errorf("a refresh after closing: %v", err)
	}
}

// BenchmarkForecast brings the forecast of 20,000 subscriptions up to date: after one
// change, and from the start as the control.
func BenchmarkForecast(b *testing.B) {
	s := newStore(b)
	access, err := s.FillDemo(b.Context(), DemoOptions{Subscriptions: 20_000, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	tenant, err := s.Tenant(b.Context(), access.Tenant)
	if err != nil {
		b.Fatal(err)
	}
	id := column(b, s, `SELECT id FROM customers WHERE tenant = ?1 LIMIT 1`, tenant.Key)[0]
	forecast := func() {
		if _, ready, err := s.Forecast(b.Context(), tenant, patience); err != nil || !ready {
			b.Fatalf("forecast: ready %v, %v", ready, err)
		}
	}
	b.Run("one change", func(b *testing.B) {
		forecast()
		for b.Loop() {
			b.StopTimer() // the disk's confirmation would be most of it
			if err := planChanged(b.Context(), s.writer.db, tenant, id); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			forecast()
		}
	})
	b.Run("from the start", func(b *testing.B) {
		for b.Loop() {
			delete(s.forecasts.tenants, tenant.Key)
			forecast()
		}
	})
}
