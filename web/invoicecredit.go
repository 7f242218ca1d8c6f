package web

import (
	"context"
	"fmt"
	"net/url"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// creditInput is what a form asks to credit. VALIDATION_ERROR with path again where it
// does not say what becomes of the lines.
func creditInput(v url.Values, lines []string) (billing.CreditInput, error) {
	in := billing.CreditInput{SubscriptionIDs: lines, Reason: v.Get("reason"), Again: v.Get("again") == views.AgainBill}
	if again := v.Get("again"); again != views.AgainBill && again != views.AgainWaive {
		return in, billing.Refuse([]billing.Problem{{Path: "again", Code: billing.CodeValidation, Message: "Choose what becomes of the credited lines."}})
	}
	return in, nil
}

// creditInvoice credits the lines that a form chooses.
func (s *server) creditInvoice(c echo.Context, i billing.Invoice, v url.Values) (views.Flash, error) {
	form := readGroupForm(v)
	sel, unknown, err := newSelection(asSubscriptions(i), form.kept, form.ticks)
	if err != nil {
		return views.Flash{}, billing.Refuse([]billing.Problem{staleProblem(err)})
	}
	in, err := creditInput(v, append(sel.ids(), unknown...))
	if err != nil {
		_, others := i.Credit(in, s.store.Today(s.session(c).Tenant))
		return views.Flash{}, joined(others, err)
	}
	credited, err := s.store.CreditInvoice(c.Request().Context(), s.session(c).Scope(), i.ID, in)
	if err != nil {
		return views.Flash{}, err
	}
	text, err := s.creditText(c, credited)
	return views.Flash{Tone: views.Good, Text: views.Capital(text)}, err
}

// creditText names the newest credit note of an invoice, and says what follows from it.
func (s *server) creditText(c echo.Context, i billing.Invoice) (string, error) {
	tenant, note := s.session(c).Tenant, i.Credits[len(i.Credits)-1]
	text := fmt.Sprintf("credit note %s of %s.", note.Number, views.FormatMoney(i.Money(note.Total)))
	if note.Kind != billing.CreditAgain {
		return text, nil
	}
	again, err := s.store.BilledAgain(c.Request().Context(), tenant, i, note)
	return text + " " + views.BilledAgainText(len(note.Lines), again, s.store.Today(tenant)), err
}

// fillCancel puts on the page when and how the lines would be billed again.
func (s *server) fillCancel(ctx context.Context, t db.Tenant, page *views.InvoiceAct, _ url.Values) error {
	note, err := page.Invoice.Cancel(billing.CreditInput{Reason: "preview", Again: true}, page.Today)
	if err == nil {
		page.Again, err = s.store.BilledAgain(ctx, t, page.Invoice, note)
	}
	return err
}

// asSubscriptions answers what the lines of an invoice are for, as far as it is needed to
// choose some of them.
func asSubscriptions(i billing.Invoice) []billing.Subscription {
	list := make([]billing.Subscription, len(i.Lines))
	for n, line := range i.Lines {
		list[n] = billing.Subscription{ID: line.SubscriptionID, Product: line.Product, Serial: line.Serial}
	}
	return list
}

// fillCredit puts the lines on the page, and what the ticked ones come to.
func (s *server) fillCredit(ctx context.Context, t db.Tenant, page *views.InvoiceAct, v url.Values) error {
	form := readGroupForm(v)
	form.at = views.InvoiceCreditURL(page.Invoice.ID)
	sel, _, err := newSelection(asSubscriptions(page.Invoice), form.kept, form.ticks)
	if err != nil && len(page.Problems) == 0 {
		page.Problems = views.Problems{staleProblem(err)}
	}
	page.Table = newCreditTable(form, sel, page.Invoice, page.Problems)
	for n, p := range page.Problems { // lead to the table where the row at fault is not shown
		if !shows(page.Table, p.Subject) {
			page.Problems[n].Subject = ""
		}
	}
	in := billing.CreditInput{Reason: "preview", Again: true}
	page.Valid = len(page.Problems) == 0 && page.Form.Again != ""
	for n, line := range page.Invoice.Lines {
		switch {
		case sel.ticked[n] && line.CreditNumber == "":
			in.SubscriptionIDs = append(in.SubscriptionIDs, line.SubscriptionID)
		case sel.ticked[n]:
			page.Valid = false
		}
	}
	note, err := page.Invoice.Credit(in, page.Today)
	if err != nil {
		return nil // nothing is ticked yet
	}
	page.Note = &note
	_, wrong := billing.CleanReason(page.Form.Reason)
	page.Valid = page.Valid && wrong == nil
	page.Again, err = s.store.BilledAgain(ctx, t, page.Invoice, note)
	return err
}

// newCreditTable makes the table of an invoice's lines: what matches the filter, one page
// of it. Rows that a refusal is about come before everything, so that the person sees
// them.
func newCreditTable(f groupForm, sel selection, i billing.Invoice, problems views.Problems) views.CreditTable {
	t := views.CreditTable{MemberTable: views.MemberTable{URL: f.at, Filter: f.filter, All: len(i.Lines)}}
	filtered := matcher(f.filter)
	var wrong, matching []views.CreditRow
	for n, line := range i.Lines {
		row := views.CreditRow{InvoiceLine: line, Problem: problems.About(line.SubscriptionID)}
		matches := filtered(sel.all[n])
		if line.CreditNumber == "" {
			t.Available++
			if matches {
				t.Selectable++
				sel.ticked[n] = (sel.ticked[n] || f.all) && !f.none
			}
		}
		if f.none && f.filter == "" {
			sel.ticked[n] = false
		}
		if row.Ticked = sel.ticked[n]; row.Ticked {
			t.Selected++
		}
		switch {
		case row.Problem != "":
			wrong = append(wrong, row)
		case matches:
			matching = append(matching, row)
		}
	}
	page := f.page
	if len(problems) > 0 {
		page = "1" // where the rows at fault are
	}
	matching = append(wrong, matching...)
	cut := pageOf(len(matching), rowsPerPage, page)
	t.Lines = matching[cut.from:cut.to]
	t.Matching, t.Page, t.Pages, t.From, t.To = cut.rows, cut.number, cut.count, cut.from+1, cut.to
	shown := make(map[string]bool, len(t.Lines))
	for _, row := range t.Lines {
		shown[row.SubscriptionID] = true
	}
	t.Kept = sel.keep(shown)
	return t
}

func shows(t views.CreditTable, subscription string) bool {
	for _, row := range t.Lines {
		if row.SubscriptionID == subscription {
			return true
		}
	}
	return false
}
