package billing

import (
	"testing"

	"pgregory.net/rapid"
)

// rented makes an active subscription of the customer acme that is owed from its start.
func rented(id, start string, length int, minor int64) Subscription {
	return Subscription{
		ID: id, CustomerID: "acme", Product: "Laptop", Serial: "S-" + id, MonthlyAmount: eur(minor),
		Start: on(start), Length: length, Status: SubscriptionActive, OwedFrom: on(start).Period(),
	}
}

// ended answers the subscription as it is after an early return.
func ended(s Subscription, day string) Subscription {
	s.Status, s.EndedOn = SubscriptionEndedEarlyReturn, on(day)
	return s
}

func TestInstalment(t *testing.T) {
	for _, test := range []struct {
		start  string
		length int
		period string
		want   *Instalment
	}{
		{"2026-01-31", 12, "2025-12", nil},
		{"2026-01-31", 12, "2026-01", &Instalment{0, month("2026-01"), on("2026-01-31"), on("2026-02-28")}},
		{"2026-01-31", 12, "2026-02", &Instalment{1, month("2026-02"), on("2026-02-28"), on("2026-03-31")}},
		{"2026-01-31", 12, "2026-03", &Instalment{2, month("2026-03"), on("2026-03-31"), on("2026-04-30")}},
		{"2026-01-31", 12, "2026-12", &Instalment{11, month("2026-12"), on("2026-12-31"), on("2027-01-31")}},
		{"2026-01-31", 12, "2027-01", nil},
		{"2026-01-31", 13, "2027-01", &Instalment{12, month("2027-01"), on("2027-01-31"), on("2027-02-28")}},
		{"2024-02-29", 13, "2025-02", &Instalment{12, month("2025-02"), on("2025-02-28"), on("2025-03-29")}},
		{"2023-12-30", 120, "2024-02", &Instalment{2, month("2024-02"), on("2024-02-29"), on("2024-03-30")}},
		{"2026-11-20", 1, "2026-10", nil},
		{"2026-11-20", 1, "2026-11", &Instalment{0, month("2026-11"), on("2026-11-20"), on("2026-12-20")}},
		{"2026-11-20", 1, "2026-12", nil},
		{"2026-11-01", 2, "2026-12", &Instalment{1, month("2026-12"), on("2026-12-01"), on("2027-01-01")}},
	} {
		got, exists := rented("a", test.start, test.length, 1).Instalment(month(test.period))
		switch {
		case exists != (test.want != nil):
			t.Errorf("%s, %d months: has an instalment of %s: %t", test.start, test.length, test.period, exists)
		case exists && got != *test.want:
			t.Errorf("%s, %d months: the instalment of %s = %v, want %v", test.start, test.length, test.period, got, *test.want)
		}
	}
}

func TestInstalmentLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Subscription{Start: anyDate().Draw(t, "start"), Length: rapid.IntRange(1, MaxContractLength).Draw(t, "length"), Status: SubscriptionActive}
		day, count := s.Start, 0
		for p := s.Start.Period().Add(-2); p.Before(s.Start.Period().Add(s.Length + 2)); p = p.Add(1) {
			in, exists := s.Instalment(p)
			if !exists {
				continue
			}
			if in.Number != count || in.Period != p || in.From.Period() != p {
				t.Fatalf("instalment %d of %s from %s is %v", count, p, s.Start, in)
			}
			if in.From != day || !in.From.Before(in.To) {
				t.Fatalf("the service from %s to %s leaves a gap after %s", in.From, in.To, day)
			}
			if want := min(s.Start.Day, p.Days()); in.From.Day != want {
				t.Fatalf("from %s the own date in %s is %s, want day %d", s.Start, p, in.From, want)
			}
			day, count = in.To, count+1
		}
		if count != s.Length || day != s.End() {
			t.Fatalf("%d months from %s: %d instalments up to %s, end %s", s.Length, s.Start, count, day, s.End())
		}
		if s.EndDate().AddDays(1) != s.End() {
			t.Fatalf("the last day served is %s, the end %s", s.EndDate(), s.End())
		}
	})
}

func TestOwes(t *testing.T) {
	running := rented("a", "2026-01-10", 12, 1)
	late := running
	late.OwedFrom = month("2026-05")
	unknownEnd := running
	unknownEnd.Status = SubscriptionCancelled
	for _, test := range []struct {
		name        string
		s           Subscription
		first, last string // periods owed; "" for none
	}{
		{"running", running, "2026-01", "2026-12"},
		{"owed from May", late, "2026-05", "2026-12"},
		{"ended the day before its own date", ended(running, "2026-06-09"), "2026-01", "2026-05"},
		{"ended on its own date", ended(running, "2026-06-10"), "2026-01", "2026-05"},
		{"ended the day after its own date", ended(running, "2026-06-11"), "2026-01", "2026-06"},
		{"ended on the start", ended(running, "2026-01-10"), "", ""},
		{"ended the day after the start", ended(running, "2026-01-11"), "2026-01", "2026-01"},
		{"ended after the contract", ended(running, "2027-03-01"), "2026-01", "2026-12"},
		{"ended before it was owed", ended(late, "2026-04-01"), "", ""},
		{"ended while it was owed", ended(late, "2026-07-01"), "2026-05", "2026-06"},
		{"ended on no known day", unknownEnd, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for k := range 12 {
				in, _ := test.s.Instalment(month("2026-01").Add(k))
				want := test.first != "" && !in.Period.Before(month(test.first)) && !month(test.last).Before(in.Period)
				if got := test.s.Owes(in); got != want {
					t.Errorf("owes %s: %t, want %t", in.Period, got, want)
				}
			}
		})
	}
	for _, status := range SubscriptionStatuses[1:] {
		s := ended(running, "2026-06-10")
		s.Status = status
		in, _ := s.Instalment(month("2026-06"))
		if s.Owes(in) {
			t.Errorf("%s on 10 June, it owes the service that begins on 10 June", status)
		}
	}
}

func TestStatusOn(t *testing.T) {
	running := rented("a", "2026-01-31", 1, 1) // serves up to and including 27 February
	for _, test := range []struct {
		s     Subscription
		today string
		want  SubscriptionStatus
	}{
		{running, "2025-12-01", SubscriptionActive},
		{running, "2026-02-27", SubscriptionActive},
		{running, "2026-02-28", SubscriptionEndedCompleted},
		{running, "2030-01-01", SubscriptionEndedCompleted},
		{ended(running, "2026-02-10"), "2026-02-01", SubscriptionEndedEarlyReturn},
		{ended(running, "2026-02-10"), "2026-02-20", SubscriptionEndedEarlyReturn},
		{ended(running, "2026-02-10"), "2030-01-01", SubscriptionEndedEarlyReturn},
	} {
		if got := test.s.StatusOn(on(test.today)); got != test.want {
			t.Errorf("%s until %s is %s on %s, want %s", test.s.Status, test.s.EndDate(), got, test.today, test.want)
		}
		if got := test.s.ActiveOn(on(test.today)); got != (test.want == SubscriptionActive) {
			t.Errorf("%s until %s is active on %s: %t", test.s.Status, test.s.EndDate(), test.today, got)
		}
	}
}

func TestEndDate(t *testing.T) {
	for _, test := range []struct {
		s    Subscription
		want string
	}{
		{rented("a", "2026-03-03", 24, 1), "2028-03-02"},
		{rented("a", "2026-01-31", 1, 1), "2026-02-27"},
		{rented("a", "2026-01-01", 12, 1), "2026-12-31"},
		{ended(rented("a", "2026-01-01", 12, 1), "2026-05-03"), "2026-05-03"},
	} {
		if got := test.s.EndDate(); got != on(test.want) {
			t.Errorf("from %s, %d months, %s: ends on %s, want %s", test.s.Start, test.s.Length, test.s.Status, got, test.want)
		}
	}
}

func TestFirstOwed(t *testing.T) {
	for _, test := range []struct {
		name, start, next, cutOver, want string
	}{
		{"started before the cut-over, own date still to come", "2026-01-25", "", "2026-11-22", "2026-11"},
		{"started before the cut-over, own date is the cut-over", "2026-01-22", "", "2026-11-22", "2026-11"},
		{"started before the cut-over, own date has passed", "2026-01-21", "", "2026-11-22", "2026-12"},
		{"starts after the cut-over", "2027-02-10", "", "2026-11-22", "2027-02"},
		{"starts on the cut-over", "2026-11-22", "", "2026-11-22", "2026-11"},
		{"starts later in the same month", "2026-11-30", "", "2026-11-22", "2026-11"},
		{"next billing date after the cut-over", "2026-01-10", "2027-01-10", "2026-11-22", "2027-01"},
		{"next billing date before the cut-over", "2026-01-10", "2026-10-10", "2026-11-22", "2026-12"},
		{"next billing date on another day than its own", "2026-01-10", "2027-01-11", "2026-11-22", "2027-02"},
		{"next billing date before the start", "2027-02-10", "2027-01-01", "2026-11-22", "2027-02"},
		{"no cut-over yet", "2026-01-10", "", "", "2026-01"},
		{"no cut-over yet, next billing date", "2026-01-10", "2026-04-10", "", "2026-04"},
		{"own date is clamped to the cut-over", "2026-01-31", "", "2026-02-28", "2026-02"},
		{"own date is clamped to the next billing date", "2026-01-30", "2026-02-28", "2026-02-01", "2026-02"},
		{"own date is clamped in a leap year", "2023-08-30", "", "2024-02-29", "2024-02"},
		{"next billing date at the month's end", "2026-01-31", "2026-04-30", "2026-02-01", "2026-04"},
		{"cut-over at the year's end", "2026-01-30", "", "2026-12-31", "2027-01"},
		{"cut-over after the contract", "2020-01-10", "", "2026-11-22", "2026-12"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dates := map[string]Date{"": {}}
			for _, s := range []string{test.start, test.next, test.cutOver} {
				if s != "" {
					dates[s] = on(s)
				}
			}
			if got := FirstOwed(dates[test.start], dates[test.next], dates[test.cutOver]); got != month(test.want) {
				t.Errorf("owed from %s, want %s", got, test.want)
			}
		})
	}
}

// TestFirstOwedLaws searches the first own date that is not before the day that decides.
func TestFirstOwedLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := anyDate().Draw(t, "start")
		days := rapid.IntRange(-400, 4000)
		next, cutOver := start.AddDays(days.Draw(t, "next")), start.AddDays(days.Draw(t, "cut-over"))
		k := 0
		for own := start; own.Before(next) || own.Before(cutOver); own = start.AddMonths(k) {
			k++
		}
		if got := FirstOwed(start, next, cutOver); got != start.Period().Add(k) {
			t.Fatalf("started %s, next billing %s, cut-over %s: owed from %s, want %s", start, next, cutOver, got, start.Period().Add(k))
		}
	})
}
