package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// recordActivity tells the newest changes of a customer or a subscription, the newest
// first.
func (s *server) recordActivity(ctx context.Context, t db.Tenant, kind, id string, limit int) ([]views.ActivityLine, error) {
	entries, err := s.store.Activity(ctx, t, kind, id, limit)
	if err != nil {
		return nil, err
	}
	return recordLines(t, entries), nil
}

// customerChangesSince tells the newest changes of a customer after an instant.
func (s *server) customerChangesSince(ctx context.Context, t db.Tenant, id string, since time.Time) ([]views.ActivityLine, error) {
	entries, err := s.store.Activity(ctx, t, "customer", id, activityShown)
	if err != nil {
		return nil, err
	}
	return recordLines(t, slices.DeleteFunc(entries, func(e db.Entry) bool { return !e.At.After(since) })), nil
}

func recordLines(t db.Tenant, entries []db.Entry) []views.ActivityLine {
	lines := make([]views.ActivityLine, len(entries))
	for i, e := range entries {
		lines[i] = views.ActivityLine{
			On: billing.DateOf(e.At, t.Zone), Time: e.At.In(t.Zone).Format("15:04"), Actor: e.Actor.Name, Text: recordText(t, e),
		}
	}
	return lines
}

// recordFields are the fields that entries have, in the order they are told in, and
// what they are called.
var recordFields = []struct{ field, name string }{
	{"status", "status"}, {"endedOn", "end"}, {"monthlyAmount", "monthly amount"}, {"length", "contract length"}, {"start", "start"},
	{"product", "product"}, {"serial", "serial number"}, {"sku", "SKU"}, {"orderId", "order"}, {"customer", "customer"},
	{"type", "type"}, {"company", "company"}, {"firstName", "first name"}, {"lastName", "last name"}, {"email", "e-mail address"},
	{"phone", "phone number"}, {"street", "street"}, {"postalCode", "postal code"}, {"city", "city"}, {"country", "country"},
	{"vatId", "VAT id"}, {"vatTreatment", "VAT treatment"}, {"paymentTerms", "payment terms"},
}

// recordText says what was done, as the end of a sentence that begins with who did it.
func recordText(t db.Tenant, e db.Entry) string {
	switch e.Action {
	case "customer.created":
		return "took the customer in"
	case "subscription.created":
		return "took the subscription in"
	}
	var before, after map[string]any
	for raw, fields := range map[*json.RawMessage]*map[string]any{&e.Before: &before, &e.After: &after} {
		if *raw != nil && json.Unmarshal(*raw, fields) != nil {
			return e.Action
		}
	}
	var parts []string
	for _, f := range recordFields {
		is, told := after[f.field]
		if !told {
			continue
		}
		was, now := recordValue(t, f.field, before[f.field]), recordValue(t, f.field, is)
		switch {
		case was == now:
		case now == "":
			parts = append(parts, fmt.Sprintf("took out the %s %s", f.name, was))
		case was == "":
			parts = append(parts, fmt.Sprintf("set the %s to %s", f.name, now))
		default:
			parts = append(parts, fmt.Sprintf("changed the %s from %s to %s", f.name, was, now))
		}
	}
	if len(parts) == 0 {
		return e.Action
	}
	return strings.Join(parts, "; ")
}

// recordValue writes the value of a field for a person; "" stands for none.
func recordValue(t db.Tenant, field string, value any) string {
	text := ""
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		text = v
	default:
		text = fmt.Sprint(v)
	}
	switch field {
	case "monthlyAmount":
		if m, err := billing.ParseMoney(text, t.Currency); err == nil {
			return views.FormatMoney(m)
		}
	case "endedOn", "start":
		if d, err := billing.ParseDate(text); err == nil {
			return views.FormatDate(d)
		}
	case "length", "paymentTerms":
		if text == "1" {
			return text + map[string]string{"length": " month", "paymentTerms": " day"}[field]
		}
		return text + map[string]string{"length": " months", "paymentTerms": " days"}[field]
	case "status", "type", "vatTreatment":
		return strings.ReplaceAll(text, "_", " ")
	}
	if text == "" {
		return ""
	}
	return "“" + text + "”"
}
