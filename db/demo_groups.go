package db

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"billfold/billing"
)

const (
	minDemoGroup = 3
	maxDemoGroup = 40
	// demoNotice is how many days before its first one a contract is signed at most,
	// and so how long before it can be put into a group.
	demoNotice = 45
)

// demoGroup is a group with the positions of its members among its customer's subscriptions.
type demoGroup struct {
	billing.Group
	members []int
	by      Actor
	entry   any // for the activity
}

// demoGroups makes up groups, and sees to it that half of all subscriptions are in one.
type demoGroups struct {
	demoRandom
	today    billing.Date
	calendar demoCalendar
	// colleagues are those who make groups.
	colleagues []Actor
	days       *demoDeck[int]
	// missing counts the subscriptions that are still to be grouped, ahead those of the
	// customers to come who take part.
	missing, ahead int
}

func newDemoGroups(r demoRandom, today billing.Date, calendar demoCalendar, colleagues []Actor, shapes []demoShape) *demoGroups {
	m := &demoGroups{
		demoRandom: r, today: today, calendar: calendar, colleagues: colleagues,
		days: newDemoDeck(demoShare[int]{10, 1}, demoShare[int]{5, 15}, demoShare[int]{3, 28},
			demoShare[int]{1, 5}, demoShare[int]{1, 10}, demoShare[int]{1, 20}),
	}
	all := 0
	for _, s := range shapes {
		all += s.size
		if s.role == demoGrouped {
			m.ahead += s.size
		}
	}
	m.missing = all / 2
	return m
}

// of groups some of a customer's subscriptions, which then say so. The groups are made
// from one share of the demo's time to another: see [demoCalendar].
func (m *demoGroups) of(c billing.Customer, country *demoCountry, shape demoShape, subscriptions []billing.Subscription, from, to float64) ([]demoGroup, error) {
	sets := m.choose(shape, subscriptions, billing.DateOf(m.calendar.at(from), m.calendar.zone))
	names := m.names(c, country, len(sets))
	groups := make([]demoGroup, len(sets))
	for i, members := range sets {
		in := billing.GroupInput{CustomerID: c.ID, Name: names[i], BillingDay: m.days.deal(m.demoRandom)}
		if m.chance(50) {
			in.Reference = m.fill(oneOf(m.demoRandom, country.references))
		}
		if m.chance(12) {
			in.Notes = oneOf(m.demoRandom, demoNotes)
		}
		if shape.role == demoFirst {
			in.Name, in.BillingDay, in.Reference, in.Notes = "Konstruktion", 15, "PO-2026-00417", ""
		}
		at := from + (to-from)*(float64(i)+m.Float64())/float64(len(sets))
		var err error
		if groups[i], err = m.create(c, in, members, subscriptions, at); err != nil {
			return nil, fmt.Errorf("group %q of %s: %w", in.Name, c.ID, err)
		}
		m.missing -= len(members)
		if shape.role != demoFirst {
			m.endSome(members, subscriptions, billing.DateOf(groups[i].CreatedAt, m.calendar.zone))
		}
	}
	if shape.role == demoGrouped {
		m.ahead -= shape.size
	}
	return groups, nil
}

// choose draws which subscriptions go together, each set in their order.
func (m *demoGroups) choose(shape demoShape, subscriptions []billing.Subscription, on billing.Date) [][]int {
	var free []int
	for i, s := range subscriptions {
		if s.ActiveOn(on) && !on.AddDays(demoNotice).Before(s.Start) {
			free = append(free, i)
		}
	}
	switch {
	case shape.role == demoFirst:
		return [][]int{free[3:]}
	case shape.role != demoGrouped && shape.role != demoFleet, len(free) < minDemoGroup:
		return nil
	}
	share := m.missing // a customer in proportion to its size
	if m.ahead > 0 {
		share = m.missing * shape.size / m.ahead
	}
	want := max(min(share+m.between(-2, 2), len(free)*19/20), len(free)*2/5, minDemoGroup)
	groups, limit := 1, 3
	switch roll := m.IntN(100); {
	case shape.role == demoFleet:
		want, groups, limit = max(len(free)*2/5, minDemoGroup), 6, 6
	case roll < 10:
		groups = 3
	case roll < 26:
		groups = 2
	}
	groups = min(max(groups, (want+maxDemoGroup-1)/maxDemoGroup), limit, want/minDemoGroup)
	want = min(want, groups*maxDemoGroup)
	m.Shuffle(len(free), func(i, j int) { free[i], free[j] = free[j], free[i] })
	return m.deal(free[:want], groups)
}

// deal shares out members among groups, of the size that a group may have.
func (m *demoGroups) deal(members []int, groups int) [][]int {
	sets := make([][]int, groups)
	for i, member := range members {
		to := i % groups
		if i >= groups*minDemoGroup {
			for to = m.IntN(groups); len(sets[to]) == maxDemoGroup; {
				to = m.IntN(groups)
			}
		}
		sets[to] = append(sets[to], member)
	}
	for _, set := range sets {
		slices.Sort(set)
	}
	return sets
}

// names draws what a customer calls its groups, each differently.
func (m *demoGroups) names(c billing.Customer, country *demoCountry, n int) []string {
	var names []string
	for len(names) < n {
		name := m.fill(oneOf(m.demoRandom, country.units))
		name = strings.ReplaceAll(name, "%s", oneOf(m.demoRandom, country.towns).name)
		if m.chance(6) && utf8.RuneCountInString(c.Company) < billing.MaxGroupName/2 {
			name = c.Company + " – " + name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// create makes a group by the rule that holds for everybody, as it was on the day.
func (m *demoGroups) create(c billing.Customer, in billing.GroupInput, members []int, subscriptions []billing.Subscription, at float64) (demoGroup, error) {
	created := m.calendar.at(at)
	day := billing.DateOf(created, m.calendar.zone)
	known := billing.Known{Customer: &c, Subscriptions: make(map[string]billing.Subscription, len(members))}
	for _, i := range members {
		s := subscriptions[i]
		in.SubscriptionIDs = append(in.SubscriptionIDs, s.ID)
		known.Subscriptions[s.ID] = s
	}
	group, joined, err := billing.NewGroup(in, known, demoBilled(known.Subscriptions, day), day)
	if err != nil {
		return demoGroup{}, err
	}
	g := demoGroup{Group: group, members: members, by: oneOf(m.demoRandom, m.colleagues), entry: newGroupEntry(group, joined)}
	g.ID, g.CreatedBy, g.CreatedAt, g.UpdatedAt = m.id("bg", created), g.by.ID, created, created
	for n, i := range members {
		s := &subscriptions[i]
		s.GroupID, s.GroupedFrom, s.UpdatedAt = g.ID, joined[n].GroupedFrom, created
	}
	return g, nil
}

// demoBilled is what had been billed of ungrouped subscriptions this month by the working
// hours of a day.
func demoBilled(subscriptions map[string]billing.Subscription, day billing.Date) (billed billing.Billed) {
	for id, s := range subscriptions {
		in, exists := s.Instalment(day.Period())
		if exists && s.Owes(in) && !in.Period.Before(s.OwedFrom) && !day.Before(in.From) {
			billed.AddLine(id, in.Period)
		}
	}
	return billed
}

// endSome ends a few contracts between the day they were grouped and today.
func (m *demoGroups) endSome(members []int, subscriptions []billing.Subscription, grouped billing.Date) {
	for _, i := range members {
		s := &subscriptions[i]
		first := grouped.AddDays(1)
		if first.Before(s.Start) {
			first = s.Start.AddDays(1)
		}
		last := earlier(m.today, s.End())
		if last.Before(first) || !m.chance(4) {
			continue
		}
		s.Status = oneOf(m.demoRandom, []billing.SubscriptionStatus{
			billing.SubscriptionEndedBuyout, billing.SubscriptionEndedUpgrade, billing.SubscriptionEndedEarlyReturn,
		})
		s.EndedOn = first.AddDays(m.between(0, first.DaysUntil(last)))
	}
}
