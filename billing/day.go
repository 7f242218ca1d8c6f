package billing

import (
	"fmt"
	"slices"
)

// MaxBillingDay is the last day of the month a group may be billed on: February
// has no 29th in three years of four.
const MaxBillingDay = 28

// DayFrom is one entry of a group's billing days: the day holds from a period on,
// until a later entry takes over.
type DayFrom struct {
	From Period
	// Day is the day of the month, 1 to 28.
	Day int
}

// Days is a group's billing day through time, in ascending order of From.
type Days []DayFrom

// In answers the billing day that holds in a period. Before the first entry the
// first day holds: a group has never been without a day.
func (days Days) In(p Period) int {
	day := 0
	for i, d := range days {
		if i > 0 && p.Before(d.From) {
			break
		}
		day = d.Day
	}
	return day
}

// Date answers the date a group is billed on in a period.
func (days Days) Date(p Period) Date { return p.Date(days.In(p)) }

// Last answers the entry that was set last: the billing day as it is shown, which
// may only hold from a later month on.
func (days Days) Last() DayFrom {
	if len(days) == 0 {
		return DayFrom{}
	}
	return days[len(days)-1]
}

// Change sets a new billing day on a given day. It applies from the current month
// when the group has no invoice for it yet, the new day is today or later and the
// old one has not passed; otherwise from the next month, and the old day holds
// until then. It replaces whatever was set from that month on.
func (days Days) Change(day int, today Date, billedThisMonth bool) Days {
	now := today.Period()
	from := now.Add(1)
	if !billedThisMonth && !days.Date(now).Before(today) && !now.Date(day).Before(today) {
		from = now
	}
	kept := slices.DeleteFunc(slices.Clone(days), func(d DayFrom) bool { return !d.From.Before(from) })
	if len(kept) > 0 && kept.Last().Day == day {
		return kept
	}
	return append(kept, DayFrom{from, day})
}

// ValidBillingDay tells whether a group may be billed on this day of the month.
func ValidBillingDay(day int) bool { return day >= 1 && day <= MaxBillingDay }

func billingDayProblem() Problem {
	return Problem{
		Path:    "billingDay",
		Code:    CodeInvalidBillingDay,
		Message: fmt.Sprintf("Choose a billing day from 1 to %d.", MaxBillingDay),
	}
}
