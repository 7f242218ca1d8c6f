package db

import (
	"fmt"
	"slices"
	"testing"

	"billfold/billing"
)

// By hand-written SQL too: what was issued changes in nothing but what the rules let
// change, and none of it goes away.
func TestIssuedIsFrozen(t *testing.T) {
	s, tenant, _ := newAcmeOn(t, "2026-12-01")
	create(t, s, tenant, 1, "s1", "s2")
	bill(t, s, tenant)
	for table, changing := range map[string][]string{
		"invoices":      {"live", "status", "credited", "paid_on", "paid_amount", "paid_by_hand", "paid_marked", "paid_method", "paid_ref", "paid_notes", "updated_at"},
		"invoice_lines": {"live", "credit"},
		"parties":       nil,
	} {
		columns := column(t, s, `SELECT name FROM pragma_table_info(?1)`, table)
		for _, c := range columns {
			_, err := s.writer.db.ExecContext(t.Context(), fmt.Sprintf(`UPDATE %s SET %s = %s`, table, c, c))
			if mayChange := slices.Contains(changing, c); (err == nil) != mayChange {
				t.Errorf("%s.%s: %v", table, c, err)
			}
		}
		if len(columns) < 4 {
			t.Errorf("%s has the columns %v", table, columns)
		}
		if _, err := s.writer.db.ExecContext(t.Context(), `DELETE FROM `+table); err == nil {
			t.Errorf("%s can be emptied", table)
		}
	}
	// A name of today is not the name of then.
	if _, err := s.UpdateGroup(t.Context(), newScope(tenant), onlyGroup(t, s, tenant).ID, 0, billing.GroupChange{Name: ptr("Renamed"), Reference: ptr("PO 2")}); err != nil {
		t.Fatal(err)
	}
	changeTenant(t, s, tenant, func(in *billing.TenantChange) { in.Name, in.InvoicePrefix, in.VATMode = "Renamed", "NEW", "none" })
	if n := numberOf(t, s, `SELECT count(*) FROM invoices i JOIN parties p ON p.key = i.seller WHERE i.group_name = 'Renamed' OR i.reference <> '' OR i.number LIKE 'NEW%'
		OR i.vat_mode = 'none' OR p.details LIKE '%Renamed%'`); n != 0 {
		t.Errorf("%d issued invoices were changed", n)
	}
}
