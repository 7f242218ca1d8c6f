package views

import (
	"testing"

	"billfold/billing"
)

// draft is a planned invoice of a day, of one line a product.
func draft(date, group string, alone billing.Alone, products ...string) billing.Draft {
	day, err := billing.ParseDate(date)
	if err != nil {
		panic(err)
	}
	d := billing.Draft{Currency: "EUR"}
	d.GroupID, d.Alone, d.Date, d.Period = group, alone, day, day.Period()
	for _, p := range products {
		s := billing.Subscription{ID: p, Product: p, MonthlyAmount: billing.Money{Minor: 100_00, Currency: "EUR"}}
		d.Lines = append(d.Lines, billing.Line{Subscription: s, Instalment: billing.Instalment{Period: d.Period, From: day}})
		d.Total += 100_00
	}
	return d
}

func TestOutlookNotes(t *testing.T) {
	today := billing.Date{Year: 2026, Month: 11, Day: 22}
	overdue := draft("2026-11-22", "", billing.AloneBeforeGroup, "Old")
	overdue.Lines[0].Instalment.From = billing.Date{Year: 2026, Month: 10, Day: 5}
	first := draft("2026-12-01", "g", "", "A", "B")
	tests := map[string]struct {
		after []billing.Draft
		want  []string
	}{
		"nothing":              {[]billing.Draft{first}, nil},
		"one before":           {[]billing.Draft{draft("2026-11-25", "", billing.AloneBeforeGroup, "A"), first}, []string{"A’s November instalment is still billed alone, on 25 Nov: the 1st has passed."}},
		"several before":       {[]billing.Draft{draft("2026-11-25", "", billing.AloneBeforeGroup, "A"), draft("2026-11-28", "", billing.AloneBeforeGroup, "B"), first}, []string{"2 November instalments are still billed alone, from 25 Nov to 28 Nov: the 1st has passed."}},
		"several on one day":   {[]billing.Draft{draft("2026-11-25", "", billing.AloneBeforeGroup, "A"), draft("2026-11-25", "", billing.AloneBeforeGroup, "B"), first}, []string{"2 November instalments are still billed alone, on 25 Nov: the 1st has passed."}},
		"starts later":         {[]billing.Draft{first, draft("2026-12-20", "", billing.AloneFirst, "C")}, []string{"C starts on 20 Dec, after the 1st: its first instalment is billed alone that day."}},
		"three start later":    {[]billing.Draft{first, draft("2026-12-20", "", billing.AloneFirst, "C"), draft("2026-12-21", "", billing.AloneFirst, "D"), draft("2026-12-22", "", billing.AloneFirst, "E")}, []string{"3 contracts start later and are first billed alone, on their own days."}},
		"overdue":              {[]billing.Draft{overdue, first}, []string{"1 earlier instalment is overdue and billed alone by the next billing run: €100.00."}},
		"consolidated at once": {[]billing.Draft{draft("2026-11-22", "g", "", "A")}, []string{"The first consolidated invoice is due today: the next billing run issues it."}},
	}
	for name, test := range tests {
		got := Outlook{Today: today, Day: 1, After: test.after}.Notes()
		if len(got) != len(test.want) || len(got) > 0 && got[0] != test.want[0] {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestSchedule(t *testing.T) {
	drafts := []billing.Draft{
		draft("2026-11-22", "", billing.AloneBeforeGroup, "A"), draft("2026-11-22", "", billing.AloneBeforeGroup, "B"),
		draft("2026-11-24", "", billing.AloneBeforeGroup, "C"), draft("2026-11-25", "", billing.AloneBeforeGroup, "D"),
		draft("2026-12-01", "g", "", "A", "B", "C", "D"), draft("2026-12-20", "", billing.AloneFirst, "E"),
		draft("2027-01-01", "g", "", "A"),
	}
	want := []string{
		"2026-11-22 2 billed alone 200.00", "2026-11-24 2 billed alone until 25 Nov 200.00",
		"2026-12-01 Group, 4 lines 400.00", "2026-12-20 E alone 100.00", "2027-01-01 Group, 1 line 100.00",
	}
	for limit := 1; limit <= 6; limit++ {
		rows := Schedule(drafts, limit)
		if len(rows) != min(limit, len(want)) {
			t.Fatalf("limit %d: %d rows", limit, len(rows))
		}
		for i, r := range rows {
			if got := r.Date.String() + " " + r.Text + " " + r.Total.String(); got != want[i] {
				t.Errorf("row %d is %q, want %q", i, got, want[i])
			}
		}
	}
}
