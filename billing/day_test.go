package billing

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDaysIn(t *testing.T) {
	days := Days{{month("2026-03"), 25}, {month("2026-11"), 10}, {month("2027-02"), 28}}
	for period, want := range map[string]int{
		"2025-12": 25, // before the first entry the first day holds
		"2026-03": 25,
		"2026-10": 25,
		"2026-11": 10,
		"2026-12": 10,
		"2027-01": 10,
		"2027-02": 28,
		"2030-01": 28,
	} {
		if got := days.In(month(period)); got != want {
			t.Errorf("the day in %s is %d, want %d", period, got, want)
		}
		if got := days.Date(month(period)); got != month(period).Date(want) {
			t.Errorf("the date in %s is %s", period, got)
		}
	}
	if got := days.Last(); got != (DayFrom{month("2027-02"), 28}) {
		t.Errorf("the entry set last is %v", got)
	}
	if got := (Days{}).Last(); got != (DayFrom{}) {
		t.Errorf("the last of no entries is %v", got)
	}
}

func TestDaysChange(t *testing.T) {
	const today = "2026-11-22"
	from := func(period string, day int) Days { return Days{{month("2026-03"), 25}, {month(period), day}} }
	since := func(day int) Days { return Days{{month("2026-03"), day}} }
	for _, test := range []struct {
		name   string
		days   Days
		day    int
		today  string
		billed bool
		want   Days
	}{
		{"both still to come", since(25), 28, today, false, from("2026-11", 28)},
		{"the new day is today", since(25), 22, today, false, from("2026-11", 22)},
		{"the new day was yesterday", since(25), 21, today, false, from("2026-12", 21)},
		{"the old day is today", since(22), 28, today, false, Days{{month("2026-03"), 22}, {month("2026-11"), 28}}},
		{"the old day was yesterday", since(21), 28, today, false, Days{{month("2026-03"), 21}, {month("2026-12"), 28}}},
		{"billed already this month", since(25), 28, today, true, from("2026-12", 28)},
		{"both today", since(22), 22, today, false, since(22)},
		{"the same day", since(25), 25, today, false, since(25)},
		{"the same day, billed already", since(25), 25, today, true, since(25)},
		{"replaces what was set for later", from("2026-12", 10), 28, today, false, from("2026-11", 28)},
		{"replaces what was set for this month", from("2026-11", 28), 24, today, false, from("2026-11", 24)},
		{"keeps this month's when it is billed", from("2026-11", 22), 24, today, true,
			Days{{month("2026-03"), 25}, {month("2026-11"), 22}, {month("2026-12"), 24}}},
		{"takes back what was set for later", from("2026-12", 10), 25, "2026-11-26", false, since(25)},
		{"in the group's first month", Days{{month("2026-11"), 25}}, 28, today, false, Days{{month("2026-11"), 28}}},
		{"in December", since(25), 5, "2026-12-20", false, from("2027-01", 5)},
		{"on the last of the month", since(28), 28, "2026-11-30", false, since(28)},
		{"on the 31st", since(25), 1, "2026-12-31", false, from("2027-01", 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.days)
			got := test.days.Change(test.day, on(test.today), test.billed)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the days differ (-want +got):\n%s", diff)
			}
			if !slices.Equal(test.days, before) {
				t.Errorf("the days that were changed became %v", test.days)
			}
		})
	}
}

// TestDaysChangeLaws changes the day again and again as time goes on: what lies in
// the past stays, what lies ahead is the day last set, and each month keeps one day.
func TestDaysChangeLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		today := anyDate().Draw(t, "today")
		first := today.Period()
		days := Days{{first, rapid.IntRange(1, MaxBillingDay).Draw(t, "day")}}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			today = today.AddDays(rapid.IntRange(0, 45).Draw(t, "later"))
			now := today.Period()
			day, billed := rapid.IntRange(1, MaxBillingDay).Draw(t, "day"), rapid.Bool().Draw(t, "billed")
			changed := days.Change(day, today, billed)

			for p := first; p.Before(now); p = p.Add(1) {
				if changed.In(p) != days.In(p) {
					t.Fatalf("changed on %s, the day in %s went from %d to %d", today, p, days.In(p), changed.In(p))
				}
			}
			for ahead := 1; ahead < 4; ahead++ {
				if got := changed.In(now.Add(ahead)); got != day {
					t.Fatalf("changed to %d on %s, the day in %s is %d", day, today, now.Add(ahead), got)
				}
			}
			atOnce := !billed && days.In(now) >= today.Day && day >= today.Day
			if want := map[bool]int{true: day, false: days.In(now)}[atOnce]; changed.In(now) != want {
				t.Fatalf("changed from %d to %d on %s, the day in this month is %d", days.In(now), day, today, changed.In(now))
			}
			for i := 1; i < len(changed); i++ {
				if !changed[i-1].From.Before(changed[i].From) || changed[i-1].Day == changed[i].Day {
					t.Fatalf("the entries of %v don't follow each other", changed)
				}
			}
			if again := changed.Change(day, today, billed); !slices.Equal(again, changed) {
				t.Fatalf("setting %d once more made %v of %v", day, again, changed)
			}
			days = changed
		}
	})
}

func TestValidBillingDay(t *testing.T) {
	for day := -1; day <= 32; day++ {
		if got, want := ValidBillingDay(day), day >= 1 && day <= 28; got != want {
			t.Errorf("day %d is accepted: %t", day, got)
		}
	}
}
