package db

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"billfold/billing"
)

// madeUp makes up a whole demo without a database.
func madeUp(t *testing.T, seed uint64, day string, n int) (customers []demoCustomer, today billing.Date) {
	t.Helper()
	today, err := billing.ParseDate(day)
	if err != nil {
		t.Fatal(err)
	}
	berlin, err := billing.ParseZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	tenant := Tenant{Tenant: billing.Tenant{Zone: berlin, Currency: "EUR", CutOver: demoCutOver(today, berlin, n)}}
	data := newDemoData(newDemoRandom(seed), tenant, today, []Actor{testActor}, n)
	for data.more() {
		c, err := data.customer()
		if err != nil {
			t.Fatal(err)
		}
		customers = append(customers, c)
	}
	return customers, today
}

// About half of the subscriptions are grouped and a sixth has ended, in small demos and
// in large ones.
func TestDemoShares(t *testing.T) {
	for _, test := range []struct {
		n, seeds               int
		grouped, ended, people float64 // shares
		within                 float64
	}{
		{10, 20, 0.50, 0.20, 0, 0},
		{100, 40, 0.50, 0.16, 0.17, 0.10},
		{2_000, 10, 0.50, 0.16, 0.17, 0.03},
		{100_000, 1, 0.50, 0.16, 0.17, 0.01},
	} {
		for seed := range test.seeds {
			t.Run(fmt.Sprint(test.n, " seed ", seed), func(t *testing.T) {
				customers, today := madeUp(t, uint64(seed), testDay, test.n)
				var all, grouped, ended, people float64
				for _, c := range customers {
					if c.Type == billing.Individual {
						people++
					}
					for _, s := range c.subscriptions {
						all++
						if s.GroupID != "" {
							grouped++
						}
						if !s.ActiveOn(today) {
							ended++
						}
					}
				}
				if int(all) != test.n || len(customers) != test.n/10 {
					t.Errorf("%v subscriptions of %d customers", all, len(customers))
				}
				about := func(what string, got, want float64) {
					if got < want-test.within || got > want+test.within {
						t.Errorf("%.3f %s, want %.2f ± %.2f", got, what, want, test.within)
					}
				}
				about("grouped", grouped/all, test.grouped)
				about("ended", ended/all, test.ended)
				about("are people", people/float64(len(customers)), test.people)
			})
		}
	}
}

// The first customer is the same in the smallest demo: three free subscriptions, and
// others that can't be grouped because they are, or because they have ended.
func TestDemoFirstCustomer(t *testing.T) {
	for _, n := range []int{6, 7, 8, 9, 10, 11, 25, 2_000} {
		for _, day := range []string{testDay, "2027-01-01", "2028-02-29", "2026-12-31"} {
			customers, today := madeUp(t, 1, day, n)
			first := customers[0]
			if first.ID != "cust_acme" || first.Type != billing.Business || first.Status != billing.CustomerActive {
				t.Fatalf("%d: the first customer is %+v", n, first.Customer)
			}
			var free []string
			grouped, ended := 0, 0
			for _, s := range first.subscriptions {
				switch {
				case s.GroupID != "":
					grouped++
				case s.ActiveOn(today):
					free = append(free, fmt.Sprint(s.Product, " ", s.MonthlyAmount, " on ", s.Start.Day))
				default:
					ended++
				}
			}
			want := []string{"ThinkPad X1 Carbon Gen 13 129.00 on 3", "iPhone 17, 256 GB 89.00 on 20", "MacBook Pro 14″ M5 159.00 on 25"}
			if !slices.Equal(free, want) || grouped == 0 || ended == 0 {
				t.Errorf("%d on %s: free %q, %d grouped, %d ended", n, day, free, grouped, ended)
			}
		}
	}
}

// A demo shows each kind of thing that there is.
func TestDemoVariety(t *testing.T) {
	customers, today := madeUp(t, 1, testDay, 2_000)
	seen := make(map[string]int)
	for _, c := range customers {
		seen["customer "+string(c.Type)+" "+string(c.Status)]++
		seen["VAT "+string(c.VATTreatment)]++
		seen["in "+c.Address.Country]++
		seen["groups "+fmt.Sprint(len(c.groups))]++
		if c.PaymentTerms != nil {
			seen["own terms"]++
		}
		if utf8.RuneCountInString(c.Company) >= 60 {
			seen["long name"]++
		}
		if c.Company != "" && utf8.RuneCountInString(c.Company) <= 12 {
			seen["short name"]++
		}
		if c.VATTreatment == billing.VATReverseCharge && c.VATID == "" {
			t.Errorf("%s: reverse charge without a VAT id", c.ID)
		}
		for _, s := range c.subscriptions {
			seen["status "+string(s.Status)]++
			seen["day "+fmt.Sprint(s.Start.Day)]++
			if today.Before(s.Start) {
				seen["to start"]++
			}
			if s.ActiveOn(today) && today.DaysUntil(s.End()) < 60 {
				seen["ending soon"]++
			}
		}
		for _, g := range c.groups {
			seen["on "+fmt.Sprint(g.Days.Last().Day)]++
			if g.Reference != "" {
				seen["reference"]++
			}
		}
	}
	want := []string{"customer business active", "customer business inactive", "customer individual active",
		"VAT standard", "VAT reverse charge", "VAT exempt", "in DE", "in AT", "in DK", "in PL", "in FR", "own terms", "long name", "short name",
		"groups 0", "groups 1", "groups 2", "groups 3", "on 1", "on 15", "on 28", "reference", "to start", "ending soon"}
	for _, status := range billing.SubscriptionStatuses {
		want = append(want, "status "+string(status))
	}
	for day := range 31 {
		want = append(want, "day "+fmt.Sprint(day+1))
	}
	for _, what := range want {
		if seen[what] == 0 {
			t.Errorf("no %s; there are %v", what, slices.Sorted(maps.Keys(seen)))
		}
	}
	if fleet := customers[1]; len(fleet.subscriptions) != 200 {
		t.Errorf("the fleet has %d subscriptions", len(fleet.subscriptions))
	}
}

// What is made up obeys the rules: names are nobody else's, groups have a sensible size
// and hold what was known when they were made, and nothing happens out of order.
func TestDemoIsSound(t *testing.T) {
	for _, day := range []string{testDay, "2026-11-01", "2027-03-31", "2028-02-29"} {
		customers, today := madeUp(t, 7, day, 20_000)
		once := make(map[string]bool)
		unique := func(kind, name string) {
			if name != "" && once[kind+name] {
				t.Errorf("there are two %s %q", kind, name)
			}
			once[kind+name] = true
		}
		midnight := time.Date(today.Year, today.Month, today.Day, 0, 0, 0, 0, time.UTC).Add(-2 * time.Hour)
		var newest time.Time
		for i, c := range customers {
			unique("customer", c.ID)
			unique("company", c.Company)
			unique("e-mail", c.Email)
			for _, s := range c.subscriptions {
				unique("subscription", s.ID)
				if s.UpdatedAt.Before(s.CreatedAt) || !s.UpdatedAt.Before(midnight) {
					t.Errorf("%s: taken in %v, changed %v", s.ID, s.CreatedAt, s.UpdatedAt)
				}
			}
			for _, g := range c.groups {
				unique("group", g.ID)
				if n := len(g.members); n > maxDemoGroup || n < minDemoGroup && i > 0 {
					t.Errorf("%s has %d members", g.ID, n)
				}
				if g.CreatedAt.Before(newest) || !g.CreatedAt.Before(midnight) {
					t.Errorf("%s is of %v, the one before of %v", g.ID, g.CreatedAt, newest)
				}
				newest = g.CreatedAt
				checkMembers(t, c, g)
			}
		}
	}
}

func checkMembers(t *testing.T, c demoCustomer, g demoGroup) {
	t.Helper()
	if c.Type != billing.Business || c.Status != billing.CustomerActive {
		t.Errorf("%s is a group of %s, %s, %s", g.ID, c.ID, c.Type, c.Status)
	}
	made := billing.DateOf(g.CreatedAt, g.CreatedAt.Location())
	for _, i := range g.members {
		s := c.subscriptions[i]
		if s.GroupID != g.ID || g.CreatedAt.Before(s.CreatedAt) || s.Status != billing.SubscriptionActive && !made.Before(s.EndedOn) {
			t.Errorf("%s of %s: in %s, taken in %v, ended %s", s.ID, g.ID, s.GroupID, s.CreatedAt, s.EndedOn)
		}
		if months := s.GroupedFrom.Sub(made.Period()); months != 0 && months != 1 {
			t.Errorf("%s joined %s on %s and is grouped from %s", s.ID, g.ID, made, s.GroupedFrom)
		}
	}
}

// A group that is named after its customer too has a name that is not too long.
func TestDemoGroupNames(t *testing.T) {
	m := &demoGroups{demoRandom: newDemoRandom(1)}
	for _, country := range []*demoCountry{&demoGermany, &demoAustria, &demoDenmark, &demoPoland, &demoFrance} {
		for _, long := range country.long {
			c := billing.Customer{Company: fmt.Sprintf(long, "Rothenburg ob der Tauber")}
			for _, name := range slices.Concat(m.names(c, country, 9), m.names(c, country, 9), m.names(c, country, 9), m.names(c, country, 9)) {
				if utf8.RuneCountInString(name) > billing.MaxGroupName {
					t.Errorf("%q is too long", name)
				}
			}
		}
	}
}

// The fleet is large enough to turn pages.
func TestDemoShapes(t *testing.T) {
	for n := MinDemo; n < 3_000; n++ {
		shapes := demoShapes(newDemoRandom(uint64(n)), n)
		sum, least := 0, demoShape{size: n}
		for _, s := range shapes {
			sum += s.size
			least.size = min(least.size, s.size)
		}
		if sum != n || least.size < 1 {
			t.Fatalf("%d subscriptions are shared out as %d, at least %d each", n, sum, least.size)
		}
	}
	shapes := demoShapes(newDemoRandom(1), 100_000)
	largest := slices.MaxFunc(shapes, func(a, b demoShape) int { return cmp.Compare(a.size, b.size) })
	if largest != (demoShape{demoFleet, maxDemoFleet}) {
		t.Errorf("the largest of 100,000 is %+v", largest)
	}
}
