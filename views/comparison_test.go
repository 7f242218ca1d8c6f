package views

import (
	"slices"
	"testing"

	"billfold/billing"
)

// late is a draft that is billed today, whose own date has passed.
func late(own, product string) billing.Draft {
	d := draft(own, "", billing.AloneUngrouped, product)
	d.Date = billing.Date{Year: 2026, Month: 11, Day: 22}
	return d
}

func TestComparisonNotes(t *testing.T) {
	group := draft("2026-12-01", "g", "", "A", "B", "C")
	november := draft("2026-11-25", "g", "", "A", "B", "C")
	tests := map[string]struct {
		before, after []billing.Draft
		want          []string
	}{
		"nothing": {[]billing.Draft{group}, []billing.Draft{group}, nil},
		"one leaves": {[]billing.Draft{group}, []billing.Draft{draft("2026-12-01", "g", "", "B", "C"), draft("2026-12-20", "", billing.AloneUngrouped, "A"), draft("2027-01-20", "", billing.AloneUngrouped, "A")},
			[]string{"A is billed alone from 20 Dec on, each month on the 20th: €100.00."}},
		"all leave": {[]billing.Draft{group}, []billing.Draft{draft("2026-12-03", "", billing.AloneUngrouped, "A"), draft("2026-12-04", "", billing.AloneUngrouped, "B"), draft("2026-12-05", "", billing.AloneUngrouped, "C")},
			[]string{"3 subscriptions are billed alone from now on, each on its own day: the first on 3 Dec."}},
		"one is due at once": {[]billing.Draft{november}, []billing.Draft{late("2026-11-05", "A"), draft("2026-11-25", "g", "", "B", "C")},
			[]string{"A’s November instalment is billed alone by the next billing run: €100.00. Its own date, 5 Nov, has passed."}},
		"three are due at once": {[]billing.Draft{november}, []billing.Draft{late("2026-11-05", "A"), late("2026-11-06", "B"), late("2026-11-07", "C")},
			[]string{"3 instalments are billed alone by the next billing run, €300.00 in all: their own dates have passed."}},
		"was overdue anyway": {[]billing.Draft{late("2026-10-05", "A"), group}, []billing.Draft{late("2026-10-05", "A"), group}, nil},
		"the group's is due": {[]billing.Draft{draft("2026-11-25", "g", "", "A")}, []billing.Draft{draft("2026-11-22", "g", "", "A")},
			[]string{"The November invoice of “IT” is due today: the next billing run issues it, €100.00."}},
		"one joins": {[]billing.Draft{draft("2026-12-01", "g", "", "A", "B"), draft("2026-12-20", "", billing.AloneUngrouped, "C")}, []billing.Draft{group},
			[]string{"C is billed by “IT” from 1 Dec on, each month on the 1st."}},
		"joins for good": {nil, []billing.Draft{draft("2026-12-01", "g", "", "C"), draft("2027-01-01", "g", "", "C"), draft("2027-02-01", "g", "", "C")},
			[]string{"C is billed by “IT” from 1 Dec on, each month on the 1st."}},
		"join month by month": {nil, []billing.Draft{draft("2026-12-01", "g", "", "A"), draft("2027-01-01", "g", "", "A", "B"), draft("2027-02-01", "g", "", "A", "B", "C")},
			[]string{"3 subscriptions are billed by a group from now on, each from its first month there."}},
		"one joins too late": {[]billing.Draft{draft("2026-11-25", "", billing.AloneUngrouped, "C")}, []billing.Draft{draft("2026-11-25", "", billing.AloneBeforeGroup, "C"), group},
			[]string{"3 subscriptions are billed by “IT” from 1 Dec on, each month on the 1st.", "C’s November instalment is billed alone, on 25 Nov: the group’s day has passed."}},
		"moves": {[]billing.Draft{draft("2026-12-01", "g", "", "A", "B")}, []billing.Draft{draft("2026-12-01", "g", "", "A"), draft("2026-12-15", "h", "", "B")},
			[]string{"B is billed by “Sales” from 15 Dec on, each month on the 15th."}},
	}
	for name, test := range tests {
		c := Comparison{Today: billing.Date{Year: 2026, Month: 11, Day: 22}, Before: test.before, After: test.after, Names: map[string]string{"g": "IT", "h": "Sales"}}
		for _, drafts := range [][]billing.Draft{c.Before, c.After} {
			for i := range drafts {
				for j := range drafts[i].Lines {
					drafts[i].Lines[j].Subscription.Start = drafts[i].Date
				}
			}
		}
		if got := c.Notes(); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%q, want\n%q", name, got, test.want)
		}
	}
}

func TestComparisonOfDays(t *testing.T) {
	november, december := billing.Period{Year: 2026, Month: 11}, billing.Period{Year: 2026, Month: 12}
	tests := map[string]struct {
		old, changed billing.Days
		want         []string
	}{
		"same":      {billing.Days{{From: november, Day: 25}}, billing.Days{{From: november, Day: 25}}, nil},
		"at once":   {billing.Days{{From: november, Day: 25}}, billing.Days{{From: november, Day: 28}}, []string{"The new day holds at once: November is billed on 28 Nov."}},
		"next":      {billing.Days{{From: november, Day: 25}}, billing.Days{{From: november, Day: 25}, {From: december, Day: 10}}, []string{"November keeps the old day, 25 Nov; the 10th holds from Dec 2026 on."}},
		"passed":    {billing.Days{{From: november, Day: 1}}, billing.Days{{From: november, Day: 1}, {From: december, Day: 28}}, []string{"November’s day has passed, on 1 Nov; the 28th holds from Dec 2026 on."}},
		"not known": {billing.Days{{From: november, Day: 1}}, nil, nil},
	}
	for name, test := range tests {
		c := Comparison{Today: billing.Date{Year: 2026, Month: 11, Day: 22}, Days: test.old, NewDays: test.changed}
		if got := c.Notes(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
