package billing

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The worked cases of the rules, by their numbers. Today is 22 November 2026.
const caseDay = "2026-11-22"

func TestCase01FirstInvoiceNextMonth(t *testing.T) {
	subs := fleet()
	billed := billedUpTo(subs, caseDay)
	groups := groupAll(t, subs, 1, billed, caseDay)
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2027-01-02")),
		"2026-11-25 2026-11 alone (before group): tablet",
		"2026-12-01 2026-12 bg: laptop phone tablet",
		"2027-01-01 2027-01 bg: laptop phone tablet")
}

func TestCase02GroupDayStillToCome(t *testing.T) {
	subs := fleet()
	billed := billedUpTo(subs, caseDay)
	groups := groupAll(t, subs, 28, billed, caseDay)
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2026-12-29")),
		"2026-11-28 2026-11 bg: tablet",
		"2026-12-28 2026-12 bg: laptop phone tablet")
}

func TestCase03OneSum(t *testing.T) {
	subs := fleet()
	billed := billedUpTo(subs, "2026-11-25")
	groups := groupAll(t, subs, 1, billed, "2026-11-26")
	plan := Plan(subs, groups, billed, on("2026-11-26"), on("2026-12-02"))
	planned(t, plan, "2026-12-01 2026-12 bg: laptop phone tablet")
	draft := plan[0].Draft(Tenant{Currency: "EUR", VAT: VAT{Mode: VATNone}, PaymentTerms: 14}, *acme().Customer)
	if total := draft.Money(draft.Total).String(); total != "377.00" || draft.Currency != "EUR" {
		t.Errorf("129 + 89 + 159 is billed as %s %s", total, draft.Currency)
	}
}

// changeCase has the fleet in a group since October, billed daily up to the day before today.
func changeCase(t *testing.T, day int) ([]Subscription, []Group, Billed) {
	t.Helper()
	subs := fleet()
	billed := billedUpTo(subs, "2026-09-30")
	groups := groupAll(t, subs, day, billed, "2026-10-01")
	for d := on("2026-10-01"); d.Before(on(caseDay)); d = d.AddDays(1) {
		billed.run(subs, groups, d)
	}
	return subs, groups, billed
}

func (g *Group) changeDay(day int, billed Billed, today Date) {
	g.Days = g.Days.Change(day, today, billed.Group(g.ID, today.Period()))
}

func TestCase04EarlierDay(t *testing.T) {
	subs, groups, billed := changeCase(t, 25)
	groups[0].changeDay(10, billed, on(caseDay))
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2027-01-01")),
		"2026-11-25 2026-11 bg: laptop phone tablet",
		"2026-12-10 2026-12 bg: laptop phone tablet")
}

func TestCase05LaterDayOnceBilled(t *testing.T) {
	subs, groups, billed := changeCase(t, 1)
	groups[0].changeDay(28, billed, on(caseDay))
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2027-01-01")),
		"2026-12-28 2026-12 bg: laptop phone tablet")
}

func TestCase06DayChangedBack(t *testing.T) {
	subs, groups, billed := changeCase(t, 25)
	untouched := groups[0].Days
	groups[0].changeDay(28, billed, on(caseDay))
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2026-12-01")), "2026-11-28 2026-11 bg: laptop phone tablet")
	groups[0].changeDay(25, billed, on(caseDay))
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2026-12-01")), "2026-11-25 2026-11 bg: laptop phone tablet")
	if !slices.Equal(groups[0].Days, untouched) {
		t.Errorf("the days are %v, were %v", groups[0].Days, untouched)
	}
}

func TestCase07RemovedAfterItsOwnDate(t *testing.T) {
	subs := []Subscription{rented("laptop", "2026-03-05", 24, 129_00), rented("phone", "2026-05-20", 24, 89_00)}
	billed := billedUpTo(subs, "2026-10-31")
	groups := groupAll(t, subs, 25, billed, "2026-11-01")
	leave(&subs[0])
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2026-12-26")),
		"2026-11-22 2026-11 alone (ungrouped): laptop",
		"2026-11-25 2026-11 bg: phone",
		"2026-12-05 2026-12 alone (ungrouped): laptop",
		"2026-12-25 2026-12 bg: phone")
}

func TestCase08MonthEnds(t *testing.T) {
	subs := []Subscription{rented("laptop", "2026-01-31", 12, 129_00)}
	var dates []string
	for _, inv := range Plan(subs, nil, Billed{}, on("2026-01-01"), on("2028-01-01")) {
		dates = append(dates, inv.Date.String())
	}
	want := []string{
		"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
		"2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31",
	}
	if !slices.Equal(dates, want) {
		t.Errorf("billed on %v, want %v", dates, want)
	}
}

func TestCase09EndedOnItsOwnDate(t *testing.T) {
	subs := []Subscription{rented("laptop", "2026-03-10", 24, 129_00)}
	billed := billedUpTo(subs, caseDay)
	groups := groupAll(t, subs, 1, billed, caseDay)
	subs[0] = ended(subs[0], "2026-12-10")
	planned(t, Plan(subs, groups, billed, on(caseDay), on("2027-06-01")))

	// Told only on 10 December, when December has been billed: its line is owed no
	// more, which is what tells the run to credit it, and nothing follows.
	subs[0].Status, subs[0].EndedOn = SubscriptionActive, Date{}
	planned(t, billed.run(subs, groups, on("2026-12-01")), "2026-12-01 2026-12 bg: laptop")
	subs[0] = ended(subs[0], "2026-12-10")
	december, _ := subs[0].Instalment(month("2026-12"))
	if subs[0].Owes(december) || !billed.Line("laptop", month("2026-12")) {
		t.Error("the December line is not one to credit")
	}
	planned(t, Plan(subs, groups, billed, on("2026-12-10"), on("2027-06-01")))
}

func TestCase10MissedMonths(t *testing.T) {
	subs := fleet()
	billed := billedUpTo(subs, "2026-11-29")
	groups := groupAll(t, subs, 1, billed, "2026-11-29")
	issued := billed.run(subs, groups, on("2027-02-03"))
	planned(t, issued,
		"2027-02-03 2026-12 bg: laptop phone tablet",
		"2027-02-03 2027-01 bg: laptop phone tablet",
		"2027-02-03 2027-02 bg: laptop phone tablet")
	for i, want := range []string{"2026-12-20 2027-01-20", "2027-01-20 2027-02-20", "2027-02-20 2027-03-20"} {
		phone := issued[i].Lines[1].Instalment
		if got := phone.From.String() + " " + phone.To.String(); got != want {
			t.Errorf("the phone's service is %s, want %s", got, want)
		}
	}
}

func TestCase11EachItsOwnToday(t *testing.T) {
	run := time.Date(2026, 11, 30, 11, 0, 0, 0, time.UTC)
	for zone, want := range map[string][]string{
		"Pacific/Kiritimati":  {"2026-12-01 2026-12 bg: laptop phone tablet"},
		"America/Los_Angeles": {},
	} {
		location, err := ParseZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		subs := fleet()
		billed := billedUpTo(subs, "2026-11-29")
		groups := groupAll(t, subs, 1, billed, "2026-11-29")
		today := DateOf(run, location)
		if got := shown(billed.run(subs, groups, today)); !slices.Equal(got, want) {
			t.Errorf("in %s, on %s, %v is billed, want %v", zone, today, got, want)
		}
	}
}

func TestCase12TaxIsRoundedOnce(t *testing.T) {
	subs := []Subscription{rented("a", "2026-03-03", 24, 33_33), rented("b", "2026-03-03", 24, 33_33), rented("c", "2026-03-03", 24, 33_33)}
	billed := billedUpTo(subs, caseDay)
	groups := groupAll(t, subs, 1, billed, caseDay)
	plan := Plan(subs, groups, billed, on(caseDay), on("2026-12-02"))
	planned(t, plan, "2026-12-01 2026-12 bg: a b c")
	draft := plan[0].Draft(Tenant{Currency: "EUR", VAT: VAT{VATExclusive, 19_00}}, *acme().Customer)
	if want := (Totals{99_99, 19_00, 118_99}); draft.Totals != want {
		t.Errorf("totals %v, want %v", draft.Totals, want)
	}
	if want := []int64{6_34, 6_33, 6_33}; !slices.Equal(draft.LineTaxes, want) {
		t.Errorf("line taxes %v, want %v", draft.LineTaxes, want)
	}
}

// TestCase13NeverGrouped groups and deletes on days all over a year and for all kinds
// of billing day: with no run in between the plan is the one of never having grouped.
func TestCase13NeverGrouped(t *testing.T) {
	for _, day := range []int{1, 10, 20, 25, MaxBillingDay} {
		for today := on("2026-01-15"); today.Before(on("2027-01-15")); today = today.AddDays(4) {
			subs := append(fleet(), rented("phone 2", "2026-01-31", 24, 1_00), rented("phone 3", "2026-12-20", 1, 1_00))
			billed := billedUpTo(subs, today.AddDays(-2).String())
			never := Plan(subs, nil, billed, today, today.AddMonths(4))

			groupAll(t, subs, day, billed, today.String())
			// The group is gone, what a subscription knows of it need not be.
			forgotten := Plan(subs, nil, billed, today, today.AddMonths(4))
			if diff := cmp.Diff(shown(never), shown(forgotten)); diff != "" {
				t.Fatalf("day %d, deleted on %s: the plan differs (-never +deleted):\n%s", day, today, diff)
			}
			for i := range subs {
				leave(&subs[i])
			}
			deleted := Plan(subs, nil, billed, today, today.AddMonths(4))
			if diff := cmp.Diff(never, deleted); diff != "" {
				t.Fatalf("day %d, deleted on %s: the plan differs (-never +deleted):\n%s", day, today, diff)
			}
		}
	}
}

func TestCase14ExtendedAfterTheGroupsInvoices(t *testing.T) {
	// The last instalment of both is November's.
	subs := append(fleet(), rented("camera", "2026-06-03", 6, 79_00), rented("watch", "2026-06-12", 6, 19_00))
	billed := billedUpTo(subs, caseDay)
	groups := groupAll(t, subs, 1, billed, caseDay)
	for d := on(caseDay); d.Before(on("2027-02-05")); d = d.AddDays(1) {
		billed.run(subs, groups, d)
	}
	subs[3].Length += 4
	planned(t, Plan(subs, groups, billed, on("2027-02-05"), on("2027-04-01")),
		"2027-02-05 2026-12 alone (group billed): camera",
		"2027-02-05 2027-01 alone (group billed): camera",
		"2027-02-05 2027-02 alone (group billed): camera",
		"2027-03-01 2027-03 bg: camera laptop phone tablet")
	subs[3].Length -= 4

	// Where its own date is still to come, February is billed alone on it.
	subs[4].Length += 3
	planned(t, Plan(subs, groups, billed, on("2027-02-05"), on("2027-04-01")),
		"2027-02-05 2026-12 alone (group billed): watch",
		"2027-02-05 2027-01 alone (group billed): watch",
		"2027-02-12 2027-02 alone (group billed): watch",
		"2027-03-01 2027-03 bg: laptop phone tablet")
}

func TestCase15StartsAfterTheGroupDay(t *testing.T) {
	subs := []Subscription{rented("laptop", "2026-12-20", 24, 129_00)}
	groups := groupAll(t, subs, 1, Billed{}, caseDay)
	planned(t, Plan(subs, groups, Billed{}, on(caseDay), on("2027-02-02")),
		"2026-12-20 2026-12 alone (first): laptop",
		"2027-01-01 2027-01 bg: laptop",
		"2027-02-01 2027-02 bg: laptop")
}

func TestCase16BilledAgain(t *testing.T) {
	subs := fleet()
	earlier := billedUpTo(subs, "2026-11-25")
	groups := groupAll(t, subs, 1, earlier, "2026-11-26")
	planned(t, earlier.run(subs, groups, on("2026-12-01")), "2026-12-01 2026-12 bg: laptop phone tablet")

	// The whole invoice was cancelled to be billed again: none of it lives.
	wholly := billedUpTo(fleet(), "2026-11-25")
	planned(t, Plan(subs, groups, wholly, on("2026-12-08"), on("2026-12-09")), "2026-12-08 2026-12 bg: laptop phone tablet")

	// One line of it was: the invoice lives, with the other two.
	partly := billedUpTo(fleet(), "2026-11-25")
	partly.AddGroup("bg", month("2026-12"))
	partly.AddLine("phone", month("2026-12"))
	partly.AddLine("tablet", month("2026-12"))
	planned(t, Plan(subs, groups, partly, on("2026-12-08"), on("2026-12-09")), "2026-12-08 2026-12 alone (group billed): laptop")
}
