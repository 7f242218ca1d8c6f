package db

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"billfold/billing"
)

// This file makes exports for the tests of the import, and looks at what became of them.

const exportHeader = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber," +
	"status,startDate,endDate,contractLength,monthlyAmount,currency"

// exportRow writes a row under exportHeader, with cells changed by column name.
func exportRow(id string, changes ...string) string {
	cells := []string{id, "C-1", "it@acme.example", "Ada Lovelace", "Acme GmbH", "TP-X1", "ThinkPad X1", "SN-" + id,
		"active", "2026-03-03", "", "24", "129.00", "EUR"}
	names := strings.Split(exportHeader, ",")
	for i := 0; i < len(changes); i += 2 {
		cells[slices.Index(names, changes[i])] = changes[i+1]
	}
	return strings.Join(cells, ",")
}

func exportFile(rows ...string) string {
	return exportHeader + "\n" + strings.Join(rows, "\n") + "\n"
}

// takeIn imports a file, which must succeed.
func takeIn(t testing.TB, s *Store, tenant Tenant, file string) ImportResult {
	t.Helper()
	result, err := s.Import(t.Context(), newScope(tenant), strings.NewReader(file), "export.csv")
	if err != nil || result.Problems.Total > 0 {
		t.Fatalf("Import: error %v, problems %v", err, result.Problems.Listed)
	}
	return result
}

// imported is everything that an import may change, to tell whether it did.
func imported(t testing.TB, s *Store) (rows []string) {
	t.Helper()
	for _, query := range []string{
		`SELECT json_array(key, tenant, id, customer, order_id, product, sku, serial, amount, start, length, contract_end, status, ended_on, owed_from, grp, updated_at) FROM subscriptions ORDER BY key`,
		`SELECT json_array(key, tenant, id, type, status, company, first_name, last_name, email, street, postal_code, city, country, vat_id, payment_terms, updated_at) FROM customers ORDER BY key`,
		`SELECT json_array(tenant, word, customer) FROM customer_words ORDER BY tenant, word, customer`,
		`SELECT json_array(key, cut_over) FROM tenants ORDER BY key`,
		`SELECT json_array(action, subject_id, before, after) FROM activity ORDER BY key`,
		`SELECT json_array(id, name) FROM uploads ORDER BY key`,
	} {
		found, err := s.readers.QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		defer found.Close()
		for found.Next() {
			var row string
			if err := found.Scan(&row); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		if err := found.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func subscriptionsOf(t testing.TB, s *Store, tenant Tenant, customer string) []billing.Subscription {
	t.Helper()
	list, _, err := s.CustomerSubscriptions(t.Context(), tenant, customer)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wantResult compares counts; refusals are compared by the tests about them.
func wantResult(t testing.TB, got, want ImportResult) {
	t.Helper()
	want.DueAmount.Currency, want.Credited.Total.Currency = "EUR", "EUR"
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(ImportResult{}, "Refusals")); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// BenchmarkImport takes in an export of 20,000 rows: into an empty business unit, and
// again when nothing has changed.
func BenchmarkImport(b *testing.B) {
	rows := make([]string, 20_000)
	for i := range rows {
		rows[i] = exportRow(fmt.Sprint("sub_", i), "customerId", fmt.Sprint("cus_", i/10), "company", fmt.Sprint("Kunde ", i/10, " GmbH"))
	}
	file := exportFile(rows...)
	s := newStore(b)
	known := newTenant(b, s)
	takeIn(b, s, known, file)
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			tenant := newTenant(b, s)
			b.StartTimer()
			takeIn(b, s, tenant, file)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			takeIn(b, s, known, file)
		}
	})
}
