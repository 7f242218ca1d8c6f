package db

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

const (
	previewSituations = 1000
	previewRounds     = 8
	// previewDays is how far a preview is compared with what is issued. Later in the two
	// months it looks ahead the next round's days have not been lived through yet.
	previewDays = 45
)

// situation is a group that was previewed, and what is to come of it.
type situation struct {
	name    string
	members []string
	// until is the day up to which it is compared.
	until billing.Date
	// expected are the invoices that were foreseen, as issuedTexts tells them.
	expected []string
}

// What a preview shows of a group that is created then is what the billing run issues, to
// the cent and to the day: in 1,000 situations of 1,000, with all kinds of customers,
// contracts, VAT and days.
func TestPreviewIsWhatIsIssued(t *testing.T) {
	random := rand.New(rand.NewPCG(2026, 11))
	clock := newStepClock()
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	tenants := previewTenants(t, s)
	billAll := func(days int) {
		for range days {
			atOnce(tenants, func(tenant Tenant) {
				if _, err := s.Bill(t.Context(), newScope(tenant), BillOptions{}); err != nil {
					t.Error(err)
				}
			})
			clock.step(24 * time.Hour)
		}
	}
	situations := make([][]situation, len(tenants))
	for round := range previewRounds {
		for i, tenant := range tenants {
			count := previewSituations / previewRounds / len(tenants)
			situations[i] = append(situations[i], foresee(t, s, tenant, random, round, count)...)
		}
		billAll(1 + random.IntN(9))
	}
	billAll(previewDays)
	same := 0
	for i, tenant := range tenants {
		issued := issuedTexts(t, s, tenant)
		for _, sit := range situations[i] {
			var got []string
			for _, id := range sit.members {
				for _, invoice := range issued[id] {
					if invoice.on.Before(sit.until) && !slices.Contains(got, invoice.text) {
						got = append(got, invoice.text)
					}
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(sit.expected, got); diff != "" {
				t.Errorf("%s of %s, %+v: what was foreseen is not what was issued (-foreseen +issued):\n%s", sit.name, tenant.Name, tenant.VAT, diff)
			} else {
				same++
			}
		}
	}
	if same != previewSituations {
		t.Errorf("%d of %d situations", same, previewSituations)
	}
}

// previewTenants makes business units of all VAT modes and several currencies.
func previewTenants(t *testing.T, s *Store) (tenants []Tenant) {
	t.Helper()
	for _, in := range []billing.TenantInput{
		{Name: "Exclusive", Currency: "EUR", Zone: "Europe/Berlin", VATMode: "exclusive", VATRate: "19", PaymentTerms: "14"},
		{Name: "Inclusive", Currency: "CHF", Zone: "Europe/Zurich", VATMode: "inclusive", VATRate: "8.1", PaymentTerms: "30"},
		{Name: "Without", Currency: "USD", Zone: "America/Los_Angeles", VATMode: "none", PaymentTerms: "0"},
		{Name: "Yen", Currency: "JPY", Zone: "Pacific/Kiritimati", VATMode: "exclusive", VATRate: "7.77", PaymentTerms: "7"},
		{Name: "Dinar", Currency: "KWD", Zone: "Asia/Tokyo", VATMode: "inclusive", VATRate: "100", PaymentTerms: "14"},
	} {
		unit, err := billing.NewTenant(in)
		if err != nil {
			t.Fatal(err)
		}
		tenant, err := s.CreateTenant(t.Context(), testActor, unit)
		if err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, tenant)
	}
	return tenants
}

// foresee takes in customers with their contracts, and makes a group of some of each
// one's that can be grouped, after a look at the preview.
func foresee(t *testing.T, s *Store, tenant Tenant, random *rand.Rand, round, count int) (list []situation) {
	t.Helper()
	today := s.Today(tenant)
	takeIn(t, s, tenant, situationsFile(random, tenant, today, round, count))
	// Of every three customers two are billed without VAT, for one reason or the other.
	if _, err := s.writer.db.ExecContext(t.Context(), `UPDATE customers SET vat_treatment = CASE key % 3 WHEN 0 THEN 'standard' WHEN 1 THEN 'exempt' ELSE 'reverse charge' END
		WHERE tenant = ?1`, tenant.Key); err != nil {
		t.Fatal(err)
	}
	var inputs []billing.GroupInput
	for i := range count {
		id := fmt.Sprintf("C-%d-%d", round, i)
		var members []string
		for _, u := range subscriptionsOf(t, s, tenant, id) {
			if u.Status == billing.SubscriptionActive && u.ActiveOn(today) && (len(members) == 0 || random.IntN(4) > 0) {
				members = append(members, u.ID)
			}
		}
		in := billing.GroupInput{CustomerID: id, Name: "Group of " + id, BillingDay: 1 + random.IntN(28), SubscriptionIDs: members}
		preview, err := s.PreviewGroup(t.Context(), tenant, in, 2)
		if err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, in)
		sit := situation{name: id, members: members, until: today.AddDays(previewDays)}
		for _, d := range preview.After {
			if d.Date.Before(sit.until) {
				sit.expected = append(sit.expected, draftText(d))
			}
		}
		slices.Sort(sit.expected)
		list = append(list, sit)
	}
	atOnce(inputs, func(in billing.GroupInput) {
		if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, ""); err != nil {
			t.Error(err)
		}
	})
	return list
}

// atOnce does something with each of a list at the same time, so that the changes share
// commits.
func atOnce[T any](list []T, do func(T)) {
	var wg sync.WaitGroup
	for _, one := range list {
		wg.Go(func() { do(one) })
	}
	wg.Wait()
}

// situationsFile is an export of customers with one to six contracts each, the first of
// which can be grouped.
func situationsFile(random *rand.Rand, tenant Tenant, today billing.Date, round, count int) string {
	var rows strings.Builder
	rows.WriteString(exportHeader + ",paymentTerms,nextBillingDate\n")
	for i := range count {
		terms := ""
		if random.IntN(2) == 0 {
			terms = strconv.Itoa(random.IntN(60))
		}
		for k := range 1 + random.IntN(6) {
			start := today.AddDays(random.IntN(460) - 400)
			if random.IntN(4) == 0 {
				start = start.Period().Date(31)
			}
			length, status, end, next := 1+random.IntN(36), "active", "", ""
			if random.IntN(3) == 0 {
				next = today.AddDays(random.IntN(100) - 40).String()
			}
			switch {
			case k == 0:
				length = 24
			case random.IntN(6) == 0:
				status, end = "cancelled", start.AddDays(random.IntN(500)).String()
			}
			minor := random.Int64N(1_000_00)
			if random.IntN(20) == 0 {
				minor = 0
			}
			rows.WriteString(exportRow(fmt.Sprintf("S-%d-%d-%d", round, i, k), "customerId", fmt.Sprintf("C-%d-%d", round, i), "startDate", start.String(), "contractLength", strconv.Itoa(length),
				"monthlyAmount", billing.Money{Minor: minor, Currency: tenant.Currency}.String(), "currency", string(tenant.Currency),
				"productName", []string{"Phone", "Laptop"}[random.IntN(2)], "status", status, "endDate", end) + "," + terms + "," + next + "\n")
		}
	}
	return rows.String()
}

// draftText tells all that a draft fixes about an invoice.
func draftText(d billing.Draft) string {
	kind := "alone"
	if d.GroupID != "" {
		kind = "group"
	}
	text := fmt.Sprintf("%s %s %s due %s %s %d: %d + %d = %d", d.Date, d.Period, kind, d.Due, d.VAT.Mode, d.VAT.Rate, d.Subtotal, d.Tax, d.Total)
	for i, line := range d.Lines {
		text += fmt.Sprintf(", %s %s-%s %d %d", line.Subscription.ID, line.Instalment.From, line.Instalment.To, line.Subscription.MonthlyAmount.Minor, d.LineTaxes[i])
	}
	return text
}

// issuedText is an invoice, told as draftText does.
type issuedText struct {
	on   billing.Date
	text string
}

// issuedTexts reads a tenant's invoices from the tables, by the subscriptions on them.
func issuedTexts(t *testing.T, s *Store, tenant Tenant) map[string][]issuedText {
	t.Helper()
	bySubscription := make(map[string][]issuedText)
	err := eachRow(t.Context(), s.readers, `
		SELECT i.issued_on, i.issued_on || ' ' || i.period || iif(i.grp IS NULL, ' alone', ' group') || ' due ' || i.due_on || ' ' || i.vat_mode || ' ' || i.vat_rate
		    || ': ' || i.subtotal || ' + ' || i.tax || ' = ' || i.total
		    || group_concat(', ' || u.id || ' ' || l.service_from || '-' || l.service_to || ' ' || l.amount || ' ' || l.tax, '' ORDER BY l.position),
		  group_concat(u.id, ' ')
		FROM invoices i
		JOIN invoice_lines l ON l.tenant = i.tenant AND l.invoice = i.key
		JOIN subscriptions u ON u.key = l.subscription
		WHERE i.tenant = ?1
		GROUP BY i.key`, []any{tenant.Key}, func(row scanner) error {
		var on, text, ids string
		if err := row.Scan(&on, &text, &ids); err != nil {
			return err
		}
		for _, id := range strings.Fields(ids) {
			bySubscription[id] = append(bySubscription[id], issuedText{mustDate(t, on), text})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bySubscription
}
