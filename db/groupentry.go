package db

import (
	"encoding/json"

	"billfold/billing"
)

// GroupEntry is what the activity keeps of a group.
type GroupEntry struct {
	Name       string `json:"name"`
	Customer   string `json:"customer"`
	BillingDay int    `json:"billingDay"`
	// BillingDayFrom is the period from which on that day holds. Entries of older
	// programs lack it.
	BillingDayFrom string `json:"billingDayFrom,omitempty"`
	// Days are all of its billing days, in ascending order of their periods; that day is
	// the last. Entries of older programs lack them.
	Days          []DayEntry          `json:"days,omitempty"`
	Status        billing.GroupStatus `json:"status"`
	Reference     string              `json:"reference"`
	Notes         string              `json:"notes"`
	Subscriptions []string            `json:"subscriptions"`
}

// DayEntry is a billing day and the period from which on it holds.
type DayEntry struct {
	From string `json:"from"`
	Day  int    `json:"day"`
}

func newGroupEntry(g billing.Group, members []billing.Subscription) GroupEntry {
	entry := GroupEntry{
		Name: g.Name, Customer: g.CustomerID, Status: g.Status, Reference: g.Reference, Notes: g.Notes, Subscriptions: make([]string, len(members)),
	}
	for i, m := range members {
		entry.Subscriptions[i] = m.ID
	}
	for _, d := range g.Days {
		entry.Days = append(entry.Days, DayEntry{From: d.From.String(), Day: d.Day})
	}
	entry.setLastDay()
	return entry
}

// setLastDay tells the last of the billing days.
func (e *GroupEntry) setLastDay() {
	if n := len(e.Days); n > 0 {
		e.BillingDay, e.BillingDayFrom = e.Days[n-1].Day, e.Days[n-1].From
	}
}

// Group reads what an entry about a group keeps: nothing of one that was not there yet
// before, or is not any more after.
func (e Entry) Group() (before, after GroupEntry, err error) {
	if before, err = readGroupEntry(e.Before); err == nil {
		after, err = readGroupEntry(e.After)
	}
	return before, after, err
}

func readGroupEntry(raw json.RawMessage) (entry GroupEntry, err error) {
	if raw != nil {
		err = json.Unmarshal(raw, &entry)
	}
	return entry, err
}
