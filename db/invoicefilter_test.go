package db

import (
	"strings"
	"testing"
)

// Few invoices, and those of some days, are looked for where they are, and only the page
// that comes of it is sorted.
func TestInvoicesAreFoundByIndex(t *testing.T) {
	s, tenant := newListed(t)
	for _, test := range []struct {
		filter InvoiceFilter
		index  string
		sorted bool
	}{
		{InvoiceFilter{CustomerID: "x"}, "invoices_customer (tenant=? AND customer=? AND key<?)", false},
		{InvoiceFilter{GroupID: "x"}, "invoices_group (tenant=? AND grp=? AND key<?)", false},
		{InvoiceFilter{RunID: "x"}, "invoices_run (tenant=? AND run=? AND key<?)", false},
		{InvoiceFilter{SubscriptionID: "x"}, "INTEGER PRIMARY KEY (rowid=?)", true},
		{InvoiceFilter{SubscriptionID: "x"}, "invoice_lines_dead (tenant=? AND subscription=?)", true},
		{InvoiceFilter{Kind: Consolidated}, "invoices_consolidated (tenant=? AND status=? AND key<?)", false},
		{InvoiceFilter{Period: testPeriod}, "invoices_period (tenant=? AND period=? AND status=? AND key<?)", false},
		{InvoiceFilter{Overdue: true}, "COVERING INDEX invoices_due (tenant=? AND status=? AND due_on=? AND key<?)", true},
		{InvoiceFilter{DueFrom: testPeriod.First()}, "COVERING INDEX invoices_due (tenant=? AND status=? AND due_on=? AND key<?)", true},
		{InvoiceFilter{PaidTo: testPeriod.First()}, "COVERING INDEX invoices_paid (tenant=? AND status=? AND paid_on=? AND key<?)", true},
	} {
		list, err := s.invoicePage(t.Context(), s.readers, tenant, test.filter, position{key: 5})
		plan := explain(t, s.readers, selecting(t, list, err, ""))
		if !strings.Contains(plan, test.index) || strings.Contains(plan, "SCAN i") || strings.Contains(plan, "SCAN l") || !test.sorted && strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%+v:\n%s", test.filter, plan)
		}
	}
	for _, c := range invoiceConditions("NL-2026-000123") {
		search := newClause(tenant, `SELECT i.key FROM invoices i WHERE i.tenant = ?1`)
		InvoiceFilter{Period: testPeriod, CustomerID: "x"}.only(search, "+", s.Today(tenant))
		search.add(` AND `+c.text, c.values...)
		if plan := explain(t, s.readers, search); !strings.Contains(plan, "(tenant=? AND year=? AND sequence>? AND sequence<?)") && !strings.Contains(plan, "credit_notes") {
			t.Errorf("%s:\n%s", c.text, plan)
		}
	}
}
