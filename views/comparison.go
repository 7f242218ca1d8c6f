package views

import (
	"fmt"
	"slices"

	"billfold/billing"
)

// Comparison is what changing groups would do, told before it is done: the planner's
// answers as things are and as they would be. It decides nothing of its own.
type Comparison struct {
	Today billing.Date
	// Before and After are the invoices of everything the change touches.
	Before, After []billing.Draft
	// Names are those of the groups, by id.
	Names map[string]string
	// Days and NewDays are the group's billing days as they are and as they would be.
	Days, NewDays billing.Days
}

// spot is where an instalment is billed.
type spot struct {
	group string
	alone billing.Alone
	date  billing.Date
}

type instalmentKey struct {
	subscription string
	period       billing.Period
}

func spots(drafts []billing.Draft) map[instalmentKey]spot {
	found := make(map[instalmentKey]spot)
	for _, d := range drafts {
		for _, line := range d.Lines {
			found[instalmentKey{line.Subscription.ID, d.Period}] = spot{d.GroupID, d.Alone, d.Date}
		}
	}
	return found
}

// typical answers the first whole month in which something is billed: a change of day
// or members holds from then on at the latest.
func (c Comparison) typical() billing.Period {
	now := c.Today.Period()
	for _, d := range c.After {
		if now.Before(d.Period) {
			return d.Period
		}
	}
	return now.Add(1)
}

// tile tells of one month: how many invoices, when, and what they come to.
func (c Comparison) tile(drafts []billing.Draft) (count, rest string) {
	s := shapeOf(drafts, c.typical())
	rest = "a month, " + s.when()
	if s.count > 0 {
		rest += ": " + FormatMoney(billing.Money{Minor: s.total, Currency: drafts[0].Currency})
	}
	return Plural(s.count, "invoice", "invoices"), rest
}

// Notes say in sentences what becomes different, with dates and amounts: what falls
// due at once, what is billed alone from then on and when, what still is.
func (c Comparison) Notes() []string {
	was := spots(c.Before)
	var overdue, leaving, late, atOnce []billing.Draft
	gone := make(map[string]bool)
	for _, d := range c.After {
		line := d.Lines[0]
		before := was[instalmentKey{line.Subscription.ID, d.Period}]
		switch {
		case d.GroupID != "" && d.Date == c.Today && (before.group != d.GroupID || before.date != d.Date):
			atOnce = append(atOnce, d)
		case d.GroupID != "" || before.alone == d.Alone:
		case line.Instalment.From.Before(c.Today) && before.group != "":
			overdue = append(overdue, d)
		case d.Alone == billing.AloneBeforeGroup:
			late = append(late, d)
		case before.group != "" && !gone[line.Subscription.ID]:
			gone[line.Subscription.ID] = true
			leaving = append(leaving, d)
		}
	}
	notes := c.dayNotes()
	notes = append(notes, overdueNotes(overdue)...)
	for _, d := range atOnce {
		notes = append(notes, fmt.Sprintf("The %s invoice of %s is due today: the next billing run issues it, %s.",
			d.Period.Month, c.name(d.GroupID), FormatMoney(d.Money(d.Total))))
	}
	notes = append(notes, c.joiningNotes(was)...)
	notes = append(notes, leavingNotes(leaving)...)
	return append(notes, lateNotes(late)...)
}

// name calls a group by its name.
func (c Comparison) name(group string) string {
	if name := c.Names[group]; name != "" {
		return "“" + name + "”"
	}
	return "the group"
}

// dayNotes tell from when on another billing day holds.
func (c Comparison) dayNotes() []string {
	if len(c.NewDays) == 0 || slices.Equal(c.Days, c.NewDays) {
		return nil
	}
	now := c.Today.Period()
	day := c.NewDays.Last()
	if !now.Before(day.From) {
		return []string{fmt.Sprintf("The new day holds at once: %s is billed on %s.", now.Month, FormatShortDate(c.NewDays.Date(now)))}
	}
	old := c.NewDays.Date(now)
	text := fmt.Sprintf("%s keeps the old day, %s; the %s holds from %s on.", now.Month, FormatShortDate(old), Ordinal(day.Day), FormatPeriod(day.From))
	if old.Before(c.Today) {
		text = fmt.Sprintf("%s’s day has passed, on %s; the %s holds from %s on.", now.Month, FormatShortDate(old), Ordinal(day.Day), FormatPeriod(day.From))
	}
	return []string{text}
}

// overdueNotes tell what the next billing run issues alone, as its own date has passed
// while the group would still have billed it.
func overdueNotes(drafts []billing.Draft) (notes []string) {
	if len(drafts) > maxNotes {
		return []string{fmt.Sprintf("%s are billed alone by the next billing run, %s in all: their own dates have passed.",
			Plural(len(drafts), "instalment", "instalments"), FormatMoney(sumOf(drafts)))}
	}
	for _, d := range drafts {
		notes = append(notes, fmt.Sprintf("%s’s %s instalment is billed alone by the next billing run: %s. Its own date, %s, has passed.",
			product(d), d.Period.Month, FormatMoney(d.Money(d.Total)), FormatShortDate(d.Lines[0].Instalment.From)))
	}
	return notes
}

// joiningNotes tell from when on a group bills what it has not billed before.
func (c Comparison) joiningNotes(was map[instalmentKey]spot) (notes []string) {
	joined := make(map[string]bool)
	for _, d := range c.After {
		var fresh []string
		for _, line := range d.Lines {
			id := line.Subscription.ID
			if d.GroupID != "" && !joined[id] && was[instalmentKey{id, d.Period}].group != d.GroupID {
				joined[id] = true
				fresh = append(fresh, line.Subscription.Product)
			}
		}
		what := Plural(len(fresh), "subscription is", "subscriptions are")
		switch len(fresh) {
		case 0:
			continue
		case 1:
			what = fresh[0] + " is"
		}
		notes = append(notes, fmt.Sprintf("%s billed by %s from %s on, each month on the %s.", what, c.name(d.GroupID), FormatShortDate(d.Date), Ordinal(d.Date.Day)))
	}
	if len(notes) > maxNotes {
		return []string{fmt.Sprintf("%s are billed by a group from now on, each from its first month there.", Plural(len(joined), "subscription", "subscriptions"))}
	}
	return notes
}

// leavingNotes tell what is billed alone from then on; the drafts are the first ones.
func leavingNotes(drafts []billing.Draft) (notes []string) {
	if len(drafts) > maxNotes {
		return []string{fmt.Sprintf("%s are billed alone from now on, each on its own day: the first on %s.",
			Plural(len(drafts), "subscription", "subscriptions"), FormatShortDate(drafts[0].Date))}
	}
	for _, d := range drafts {
		notes = append(notes, fmt.Sprintf("%s is billed alone from %s on, each month on the %s: %s.",
			product(d), FormatShortDate(d.Date), Ordinal(d.Lines[0].Subscription.Start.Day), FormatMoney(d.Money(d.Total))))
	}
	return notes
}

// lateNotes tell which instalments a group comes too late for.
func lateNotes(drafts []billing.Draft) (notes []string) {
	if len(drafts) > maxNotes {
		first, last := drafts[0].Date, drafts[len(drafts)-1].Date
		return []string{fmt.Sprintf("%s are billed alone, from %s to %s: the group’s day has passed.",
			Plural(len(drafts), "instalment", "instalments"), FormatShortDate(first), FormatShortDate(last))}
	}
	for _, d := range drafts {
		notes = append(notes, fmt.Sprintf("%s’s %s instalment is billed alone, on %s: the group’s day has passed.",
			product(d), d.Period.Month, FormatShortDate(d.Date)))
	}
	return notes
}

// rows list planned invoices by day, up to a number of rows. What is billed alone on
// one day is summed up. Where there is one group only it goes without its name.
func (c Comparison) rows(drafts []billing.Draft, limit int) (rows []ScheduleRow) {
	for len(drafts) > 0 && len(rows) < limit {
		d, n := drafts[0], 1
		if d.GroupID != "" {
			name := "Group"
			if len(c.Names) > 1 {
				name = c.Names[d.GroupID]
			}
			rows = append(rows, groupRow(d, name))
		} else {
			for n < len(drafts) && drafts[n].GroupID == "" && drafts[n].Date == d.Date {
				n++
			}
			rows = append(rows, aloneRow(drafts[:n]))
		}
		drafts = drafts[n:]
	}
	return rows
}
