package db

import (
	"slices"

	"pgregory.net/rapid"

	"billfold/billing"
)

// invoices reads all invoices of the history.
func (h *storeHistory) invoices(t *rapid.T) (list []billing.Invoice) {
	err := eachRow(t.Context(), h.s.readers, `SELECT id FROM invoices WHERE tenant = ?1 ORDER BY key`, []any{h.tenant.Key}, func(row scanner) error {
		var id string
		if err := row.Scan(&id); err != nil {
			return err
		}
		invoice, err := h.s.Invoice(t.Context(), h.tenant, id)
		list = append(list, invoice)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// credit does something to an invoice that it may: marks it paid, cancels it, or takes
// back some of its lines, to be billed again or not.
func (h *storeHistory) credit(t *rapid.T) {
	list := slices.DeleteFunc(h.invoices(t), func(i billing.Invoice) bool { return len(i.Uncredited()) == 0 })
	if len(list) == 0 {
		t.Skip("nothing to credit")
	}
	i := rapid.SampledFrom(list).Draw(t, "invoice")
	in := billing.CreditInput{Reason: "Wrong", Again: rapid.Bool().Draw(t, "again")}
	var err error
	switch act := rapid.SampledFrom([]string{"pay", "cancel", "credit", "credit"}).Draw(t, "act"); {
	case act == "pay" && i.Status == billing.InvoicePending:
		_, err = h.s.MarkPaid(t.Context(), newScope(h.tenant), i.ID, billing.MarkPaid{})
	case act == "cancel" && i.Status == billing.InvoicePending:
		_, err = h.s.CancelInvoice(t.Context(), newScope(h.tenant), i.ID, in)
	default:
		for _, line := range i.Uncredited() {
			if in.SubscriptionIDs == nil || rapid.Bool().Draw(t, line.SubscriptionID) {
				in.SubscriptionIDs = append(in.SubscriptionIDs, line.SubscriptionID)
			}
		}
		_, err = h.s.CreditInvoice(t.Context(), newScope(h.tenant), i.ID, in)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// checkInvoices holds every invoice to its credit notes, and answers the live lines, as
// "subscription period".
func (h *storeHistory) checkInvoices(t *rapid.T) map[string]bool {
	live := make(map[string]bool)
	h.waived = make(map[string]bool)
	for _, i := range h.invoices(t) {
		var credited int64
		for _, note := range i.Credits {
			credited += note.Total
			var lines int64
			for _, line := range note.Lines {
				lines += line.Amount + line.Tax // the tenant's VAT is added
			}
			if lines != note.Total || len(note.Lines) == 0 {
				t.Fatalf("%s is of %d over lines of %d", note.Number, note.Total, lines)
			}
		}
		if credited != i.Credited || len(i.Uncredited()) == 0 && credited != i.Total {
			t.Fatalf("%s of %d: %d credited by notes of %d", i.Number, i.Total, i.Credited, credited)
		}
		if cancelled := i.Status == billing.InvoiceCancelled; cancelled != (i.Status != billing.InvoicePaid && i.Credited == i.Total) {
			t.Fatalf("%s of %d with %d credited is %s", i.Number, i.Total, i.Credited, i.Status)
		}
		for _, line := range i.Lines {
			if line.Live {
				live[line.SubscriptionID+" "+i.Period.String()] = true
				h.waived[line.SubscriptionID+" "+i.Period.String()] = line.CreditNumber != ""
			}
		}
		var counts bool
		if err := h.s.readers.QueryRowContext(t.Context(), `SELECT live FROM invoices WHERE tenant = ?1 AND id = ?2`, h.tenant.Key, i.ID).Scan(&counts); err != nil || counts != i.Live() {
			t.Fatalf("%s lives: %v, a line of it: %v, %v", i.Number, counts, i.Live(), err)
		}
	}
	return live
}

// allBilled sees, after a run, that everything owed of the months before this one is
// billed, whatever the plan says: each instalment is billed inside its own month at the
// latest. And no invoice was issued before one with a lower number.
func (h *storeHistory) allBilled(t *rapid.T) {
	live := h.checkInvoices(t)
	list, err := querySubscriptions(t.Context(), h.s.readers, h.tenant, `WHERE u.tenant = ?1`)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		for period := s.Start.Period(); period.Before(h.today().Period()); period = period.Add(1) {
			if in, exists := s.Instalment(period); exists && s.Owes(in) && !live[s.ID+" "+period.String()] {
				t.Fatalf("%s owes %s and is not billed for it", s.ID, period)
			}
		}
	}
	if !slices.IsSortedFunc(h.invoices(t), func(a, b billing.Invoice) int { return a.Issued.Compare(b.Issued) }) {
		t.Fatal("an issue date goes back")
	}
}
