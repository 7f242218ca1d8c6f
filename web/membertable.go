package web

import (
	"cmp"
	"slices"

	"billfold/billing"
	"billfold/views"
)

// rowsPerPage is how many subscriptions the table to choose from shows at a time.
const rowsPerPage = 50

// newMemberTable makes the table of a customer's subscriptions: what matches the
// filter, those that can be chosen first, one page of it. Rows that a refusal is
// about come before everything, so that the person sees them.
func newMemberTable(f groupForm, sel selection, groupNames map[string]string, problems views.Problems, today billing.Date, currency billing.Currency) views.MemberTable {
	t := views.MemberTable{URL: f.at, Filter: f.filter, SelectedTotal: billing.Money{Currency: currency}}
	filtered := matcher(f.filter)
	var matching []views.MemberRow
	for i, sub := range sel.all {
		if f.except != "" && sub.GroupID == f.except {
			sel.ticked[i] = false
			continue
		}
		t.All++
		row := views.MemberRow{Subscription: sub, Today: today, Status: sub.StatusOn(today), GroupName: groupNames[sub.GroupID], Problem: problems.About(sub.ID)}
		matches := filtered(sub)
		if row.Available() && matches {
			t.Selectable++
			sel.ticked[i] = (sel.ticked[i] || f.all) && !f.none
		}
		if f.none && f.filter == "" {
			sel.ticked[i] = false
		}
		row.Ticked = sel.ticked[i]
		if row.Ticked {
			t.Selected++
			t.SelectedTotal = t.SelectedTotal.Add(sub.MonthlyAmount)
		}
		if row.Available() {
			t.Available++
		}
		if matches || row.Problem != "" {
			matching = append(matching, row)
		}
	}
	slices.SortStableFunc(matching, func(a, b views.MemberRow) int {
		return cmp.Or(first(a.Problem != "", b.Problem != ""), first(a.Available(), b.Available()),
			a.Subscription.Compare(b.Subscription))
	})
	page := f.page
	if len(problems) > 0 {
		page = "1" // where the rows at fault are
	}
	cut := pageOf(len(matching), rowsPerPage, page)
	t.Rows = matching[cut.from:cut.to]
	t.Matching, t.Page, t.Pages, t.From, t.To = cut.rows, cut.number, cut.count, cut.from+1, cut.to
	shown := make(map[string]bool, len(t.Rows))
	for _, row := range t.Rows {
		shown[row.ID] = true
	}
	t.Kept = sel.keep(shown)
	return t
}

// first orders what has a property before what has not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
