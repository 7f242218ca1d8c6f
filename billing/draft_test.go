package billing

import (
	"slices"
	"testing"
)

func TestDraft(t *testing.T) {
	planned := PlannedInvoice{
		CustomerID: "acme", GroupID: "bg", Period: month("2026-12"), Date: on("2026-12-20"),
		Lines: []Line{
			{Subscription: rented("laptop", "2026-03-03", 24, 129_00)},
			{Subscription: rented("phone", "2026-05-20", 24, 89_00)},
		},
	}
	days := 45
	tenant := Tenant{Currency: "EUR", VAT: VAT{VATExclusive, 19_00}, PaymentTerms: 14}
	for _, test := range []struct {
		name     string
		customer Customer
		want     Totals
		taxes    []int64
		due      string
	}{
		{"by the tenant's terms", Customer{Type: Business}, Totals{218_00, 41_42, 259_42}, []int64{24_51, 16_91}, "2027-01-03"},
		{"by its own terms", Customer{Type: Business, PaymentTerms: &days}, Totals{218_00, 41_42, 259_42}, []int64{24_51, 16_91}, "2027-02-03"},
		{"a person, at once", Customer{Type: Individual}, Totals{218_00, 41_42, 259_42}, []int64{24_51, 16_91}, "2026-12-20"},
		{"reverse charge", Customer{Type: Business, VATTreatment: VATReverseCharge}, Totals{218_00, 0, 218_00}, []int64{0, 0}, "2027-01-03"},
		{"exempt", Customer{Type: Business, VATTreatment: VATExempt}, Totals{218_00, 0, 218_00}, []int64{0, 0}, "2027-01-03"},
	} {
		t.Run(test.name, func(t *testing.T) {
			draft := planned.Draft(tenant, test.customer)
			if draft.Totals != test.want || !slices.Equal(draft.LineTaxes, test.taxes) {
				t.Errorf("totals %v, taxes %v; want %v, %v", draft.Totals, draft.LineTaxes, test.want, test.taxes)
			}
			if draft.Due != on(test.due) {
				t.Errorf("due on %s, want %s", draft.Due, test.due)
			}
			if draft.VAT != tenant.VAT.For(test.customer) || draft.Currency != "EUR" || draft.GroupID != "bg" || len(draft.Lines) != 2 {
				t.Errorf("the draft is %+v", draft)
			}
			if got := draft.Money(draft.Subtotal); got != eur(218_00) {
				t.Errorf("the subtotal is %s %s", got, got.Currency)
			}
		})
	}
}
