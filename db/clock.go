package db

import (
	"fmt"
	"time"

	"billfold/billing"
)

// Clock tells the store the time. The zero Clock is the computer's own.
type Clock struct {
	// Now answers the present for time stamps, sessions and limits; nil is [time.Now].
	// Only tests set it.
	Now func() time.Time
	// Frozen is the business day of a rehearsal. It moves what falls due, never a
	// session or a time stamp.
	Frozen Frozen
}

// Today answers the business day in a time zone. A frozen date is everybody's
// today; a frozen instant is a day of its own in each zone.
func (c Clock) Today(zone *time.Location) billing.Date {
	switch {
	case !c.Frozen.date.IsZero():
		return c.Frozen.date
	case !c.Frozen.instant.IsZero():
		return billing.DateOf(c.Frozen.instant, zone)
	}
	return billing.DateOf(c.now(), zone)
}

// now answers the present in UTC and in whole milliseconds, as it is stored, so
// that what is answered after a change equals what is read back later.
func (c Clock) now() time.Time {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return now().UTC().Truncate(time.Millisecond)
}

// Frozen is a business day that stands still: a date, or an instant that is a day
// of its own in each time zone. The zero Frozen is not frozen.
type Frozen struct {
	date    billing.Date
	instant time.Time
}

// IsZero tells whether the day is not frozen.
func (f Frozen) IsZero() bool { return f.date.IsZero() && f.instant.IsZero() }

// String writes what is frozen as it is read, and nothing as "".
func (f Frozen) String() string {
	if !f.instant.IsZero() {
		return f.instant.Format(time.RFC3339Nano)
	}
	return f.date.String()
}

// UnmarshalText reads a date (2026-11-22) or an instant of RFC 3339
// (2026-11-30T11:00:00Z).
func (f *Frozen) UnmarshalText(text []byte) error {
	if date, err := billing.ParseDate(string(text)); err == nil {
		*f = Frozen{date: date}
		return nil
	}
	instant, err := time.Parse(time.RFC3339, string(text))
	if err != nil || instant.IsZero() {
		return fmt.Errorf("%q is neither a date nor an instant. Write it like 2026-11-22 or 2026-11-30T11:00:00Z", text)
	}
	*f = Frozen{instant: instant}
	return nil
}
