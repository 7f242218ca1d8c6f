package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"billfold/billing"
)

// storedGroup is a group as the tables have it, with the newest entry about it.
type storedGroup struct {
	id      string
	deleted bool
	entry   GroupEntry
	// listedDay is the billing day that lists choose by.
	listedDay int
	// days and members are JSON lists.
	days, members string
	action, after sql.NullString
}

// verifyGroups compares each group with the newest entry about it, and looks for
// entries about groups that are not there.
func (v *VerifiedTenant) verifyGroups(ctx context.Context, q querier, t Tenant) error {
	err := eachRow(ctx, q, `
		SELECT g.id, g.deleted_at IS NOT NULL, c.id, g.name, g.status, g.reference, g.notes, g.billing_day,
		       (SELECT json_group_array(json_object('from', d.from_period, 'day', d.day) ORDER BY d.from_period) FROM group_days d WHERE d.tenant = ?1 AND d.grp = g.key),
		       (SELECT json_group_array(u.id) FROM subscriptions u WHERE u.tenant = ?1 AND u.grp = g.key),
		       a.action, a.after
		FROM groups g
		JOIN customers c ON c.key = g.customer
		LEFT JOIN activity a ON a.key = (SELECT max(n.key) FROM activity n WHERE n.tenant = ?1 AND n.subject_kind = 'group' AND n.subject_id = g.id)
		WHERE g.tenant = ?1
		ORDER BY g.key`, []any{t.Key}, func(row scanner) error {
		var g storedGroup
		err := row.Scan(&g.id, &g.deleted, &g.entry.Customer, &g.entry.Name, &g.entry.Status, &g.entry.Reference, &g.entry.Notes,
			&g.listedDay, &g.days, &g.members, &g.action, &g.after)
		if err != nil {
			return err
		}
		v.Groups++
		if fault := g.fault(); fault != "" {
			v.add("group %s: %s", g.id, fault)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("groups: %w", err)
	}
	return eachRow(ctx, q, `
		SELECT DISTINCT a.subject_id FROM activity a WHERE a.tenant = ?1 AND a.subject_kind = 'group'
		AND NOT EXISTS (SELECT 1 FROM groups g WHERE g.tenant = ?1 AND g.id = a.subject_id)`, []any{t.Key}, func(row scanner) error {
		var id string
		err := row.Scan(&id)
		if err == nil {
			v.add("group %s: the activity knows it, the tables don’t", id)
		}
		return err
	})
}

// fault says how the tables and the activity differ about the group, or "".
func (g storedGroup) fault() string {
	if err := errors.Join(json.Unmarshal([]byte(g.days), &g.entry.Days), json.Unmarshal([]byte(g.members), &g.entry.Subscriptions)); err != nil {
		return err.Error()
	}
	g.entry.setLastDay()
	switch {
	case !g.action.Valid:
		return "no entry of the activity tells of it"
	case g.deleted != (g.action.String == "group.deleted"):
		return "the newest entry about it is " + g.action.String + ", but in the tables it is " + map[bool]string{true: "deleted", false: "not deleted"}[g.deleted]
	case g.deleted && len(g.entry.Subscriptions) > 0:
		return "it is deleted, but still has " + strings.Join(g.entry.Subscriptions, ", ")
	case g.deleted:
		return ""
	}
	told, err := readGroupEntry(json.RawMessage(g.after.String))
	if err != nil {
		return "the newest entry about it can’t be read: " + err.Error()
	}
	if told.BillingDayFrom == "" {
		told.BillingDayFrom = g.entry.BillingDayFrom // the entry is from before that was kept
	}
	if told.Days == nil {
		told.Days = g.entry.Days // likewise
	}
	was, is := told.fields(), g.entry.fields()
	var differences []string
	for i, field := range is {
		if was[i] != field {
			differences = append(differences, fmt.Sprintf("%s is %q in the tables, %q in the activity", field.name, field.value, was[i].value))
		}
	}
	if g.listedDay != g.entry.BillingDay {
		differences = append(differences, fmt.Sprintf("lists take its billing day to be %d, it is %d", g.listedDay, g.entry.BillingDay))
	}
	return strings.Join(differences, "; ")
}

type entryField struct{ name, value string }

// fields answers what an entry says, in an order that does not depend on when a
// member joined.
func (e GroupEntry) fields() []entryField {
	members := slices.Sorted(slices.Values(e.Subscriptions))
	days := make([]string, len(e.Days))
	for i, d := range e.Days {
		days[i] = d.From + " " + strconv.Itoa(d.Day)
	}
	return []entryField{
		{"name", e.Name}, {"customer", e.Customer}, {"billing day", strconv.Itoa(e.BillingDay)}, {"period it holds from", e.BillingDayFrom},
		{"list of all billing days", strings.Join(days, ", ")}, {"status", string(e.Status)}, {"reference", e.Reference}, {"notes", e.Notes}, {"subscriptions", strings.Join(members, " ")},
	}
}

// verifyContracts works out the end of each contract anew.
func (v *VerifiedTenant) verifyContracts(ctx context.Context, q querier, t Tenant) error {
	return eachRow(ctx, q, `SELECT u.id, u.start, u.length, u.contract_end FROM subscriptions u WHERE u.tenant = ?1`, []any{t.Key}, func(row scanner) error {
		var s billing.Subscription
		var start, end string
		if err := row.Scan(&s.ID, &start, &s.Length, &end); err != nil {
			return err
		}
		v.Subscriptions++
		var err error
		if s.Start, err = billing.ParseDate(start); err != nil {
			v.add("subscription %s: start %v", s.ID, err)
		} else if is := s.End().String(); is != end {
			v.add("subscription %s: its contract ends before %s, not %s", s.ID, is, end)
		}
		return nil
	})
}
