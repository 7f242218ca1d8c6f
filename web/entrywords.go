package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"strings"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// entryWords tells entries of the activity in words. They are gone through twice: the
// first time it finds out whose names it needs.
type entryWords struct {
	tenant db.Tenant
	names  db.Names
	// wanted are the ids, by kind, whose names were asked for and not known.
	wanted map[string][]string
}

func newEntryWords(t db.Tenant) *entryWords {
	return &entryWords{tenant: t, names: make(db.Names), wanted: make(map[string][]string)}
}

// name answers what a thing is called now, or "".
func (w *entryWords) name(kind, id string) string {
	name, known := w.names[kind][id]
	if !known {
		w.wanted[kind] = append(w.wanted[kind], id)
	}
	return name
}

// nameOr answers what a thing is called now, else its id.
func (w *entryWords) nameOr(kind, id string) string {
	if name := w.name(kind, id); name != "" {
		return name
	}
	return id
}

// line tells an entry for the page of what it is about.
func (w *entryWords) line(e toldEntry) views.ActivityLine {
	return views.ActivityLine{
		On: billing.DateOf(e.At, w.tenant.Zone), Time: clock(e.At, w.tenant), Actor: e.Actor.Name, Text: w.text(e),
	}
}

// row tells an entry for the list of all.
func (w *entryWords) row(e toldEntry, role billing.Role) views.ActivityRow {
	row := views.ActivityRow{
		ActivityLine: w.line(e), ActorNote: actorNotes[e.Actor.Kind],
		Kind: kindWord(e.SubjectKind), Object: w.object(e), URL: w.url(e, role),
	}
	row.Text = views.Capital(row.Text)
	return row
}

// actorNotes say of an actor that it is no person.
var actorNotes = map[db.ActorKind]string{db.ActorKey: "API key", db.ActorSystem: "system"}

// kindWords call the kinds of things that entries are about.
var kindWords = map[string]string{
	"group": "billing group", "customer": "customer", "subscription": "subscription", "import": "import",
	"user": "user", "invite": "invite", "key": "API key", "tenant": "business unit", "run": "billing run", "invoice": "invoice",
}

// kindWord calls a kind of thing; one that is not known by its own name.
func kindWord(kind string) string {
	if word, known := kindWords[kind]; known {
		return word
	}
	return spaced(kind)
}

// actionWord calls an action, as a choice of a filter: "billing group created".
func actionWord(action string) string {
	kind, verb, _ := strings.Cut(action, ".")
	return strings.TrimSpace(kindWord(kind) + " " + spaced(verb))
}

// object calls what an entry is about: by its name of today, else by the one it had.
func (w *entryWords) object(e toldEntry) string {
	switch e.SubjectKind {
	case "tenant":
		return w.tenant.Name
	case "run":
		return "Run of " + views.FormatDate(billing.DateOf(e.At, w.tenant.Zone))
	}
	if name := w.name(e.SubjectKind, e.SubjectID); name != "" {
		return name
	}
	for _, told := range []state{e.after, e.before} {
		for _, field := range []string{"name", "file", "company", "product", "email"} {
			if name := told.text(field); name != "" {
				return name
			}
		}
	}
	return cmp.Or(e.afterGroup.Name, e.beforeGroup.Name, e.SubjectID)
}

// url answers the page of what an entry is about, "" where there is none, or none that
// the role may open.
func (w *entryWords) url(e toldEntry, role billing.Role) string {
	pages := map[string]func(string) string{"group": views.GroupURL, "customer": views.CustomerURL, "subscription": views.SubscriptionURL, "invoice": views.InvoiceURL}
	page, has := pages[e.SubjectKind]
	switch {
	case has && w.name(e.SubjectKind, e.SubjectID) != "":
		return page(e.SubjectID)
	case e.SubjectKind == "run":
		return views.BillingRunURL(e.SubjectID)
	case e.SubjectKind == "tenant":
		return views.SettingsURL()
	case e.SubjectKind == "key" && role.Includes(billing.Owner):
		return views.KeysURL(1)
	case e.SubjectKind == "import" && role.Includes(billing.Admin):
		return views.UploadURL(e.SubjectID)
	}
	return ""
}

// text says what was done, as the end of a sentence that begins with who did it.
func (w *entryWords) text(e toldEntry) string {
	switch tell, known := tellings[e.Action]; {
	case !e.readable:
		return unreadable(e)
	case aboutGroup(e.Action):
		return w.groupText(e)
	case known:
		return tell(w, e.before, e.after)
	}
	_, verb, _ := strings.Cut(e.Action, ".")
	return strings.Join(append([]string{strings.TrimSpace(spaced(verb) + " the " + kindWord(e.SubjectKind))}, w.fieldChanges(e.before, e.after)...), "; ")
}

func unreadable(e toldEntry) string {
	return "changed the " + kindWord(e.SubjectKind) + "; what exactly can’t be read any more"
}

// state is what an entry keeps of a thing: all that counts, or what has changed.
type state map[string]any

// toldEntry is an entry with what it keeps, which may be much and is read once only.
type toldEntry struct {
	db.Entry
	readable                bool
	before, after           state         // unless it is about a group
	beforeGroup, afterGroup db.GroupEntry // if it is
}

// aboutGroup tells whether an entry of an action keeps a whole group.
func aboutGroup(action string) bool {
	return action == "group.created" || action == "group.changed" || action == "group.deleted"
}

// readEntry reads what an entry keeps.
func readEntry(e db.Entry) toldEntry {
	told := toldEntry{Entry: e}
	var err error
	if aboutGroup(e.Action) {
		told.beforeGroup, told.afterGroup, err = e.Group()
	} else if told.before, err = readState(e.Before); err == nil {
		told.after, err = readState(e.After)
	}
	told.readable = err == nil
	return told
}

func readState(raw json.RawMessage) (s state, err error) {
	if raw != nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber()
		err = decoder.Decode(&s)
	}
	return s, err
}

// tellings tell the actions that have a sentence of their own; see groupText for those
// of groups.
var tellings = map[string]func(w *entryWords, before, after state) string{
	"user.created": func(w *entryWords, _, after state) string {
		return "added the user " + after.text("email") + " as " + after.text("role")
	},
	"user.password_changed": func(*entryWords, state, state) string { return "set a new password" },
	"user.joined":           func(_ *entryWords, _, after state) string { return "joined as " + after.text("role") },
	"user.role_changed": func(_ *entryWords, before, after state) string {
		return "changed the role of " + after.text("name") + " from " + before.text("role") + " to " + after.text("role")
	},
	"user.removed": func(_ *entryWords, before, _ state) string {
		return "removed the user " + before.text("email") + ", who was " + before.text("role")
	},
	"invite.created": func(_ *entryWords, _, after state) string {
		text := "invited " + after.text("email") + " as " + after.text("role")
		if after["again"] == true {
			text += "; the link before no longer works"
		}
		return text
	},
	"invite.withdrawn": func(_ *entryWords, before, _ state) string {
		return "withdrew the invite of " + before.text("email")
	},
	"user.changed":               (*entryWords).changedText,
	"user.signed_out_everywhere": func(*entryWords, state, state) string { return "signed out everywhere" },
	"user.two_factor_on":         func(*entryWords, state, state) string { return "set up two-factor sign-in" },
	"user.two_factor_off":        func(*entryWords, state, state) string { return "switched off two-factor sign-in" },
	"user.two_factor_reset": func(*entryWords, state, state) string {
		return "reset the user’s two-factor sign-in, which signed the user out"
	},
	"user.recovery_codes_made": func(*entryWords, state, state) string { return "made new recovery codes" },
	"user.recovery_code_used": func(_ *entryWords, _, after state) string {
		return "signed in with a recovery code; " + codesLeft(after.number("left"))
	},
	"key.created": func(_ *entryWords, _, after state) string {
		if after["readOnly"] == true {
			return "made the API key, which may only read"
		}
		return "made the API key, which may read and write"
	},
	"key.revoked": func(*entryWords, state, state) string { return "revoked the API key" },
	"tenant.created": func(_ *entryWords, _, after state) string {
		return "set up the business unit: " + after.text("currency") + ", " + after.text("timezone") + ", " + vatWords(after) + ", " + termsWords(after["paymentTerms"])
	},
	"demo.filled": func(_ *entryWords, _, after state) string {
		return "made up the demo, with " + views.Plural(after.number("subscriptions"), "subscription", "subscriptions")
	},
	"import.taken_in": importText,
	"invoices.issued": issuedText,
	"customer.created": func(w *entryWords, _, after state) string {
		return "added the customer" + w.facts(after)
	},
	"customer.changed": (*entryWords).changedText,
	"tenant.changed":   (*entryWords).changedText,
	"subscription.created": func(w *entryWords, _, after state) string {
		return "added the subscription" + w.facts(after)
	},
	"subscription.changed": (*entryWords).changedText,
	"subscription.ended":   endedText,
	"invoice.paid":         paidText,
	"invoice.reopened":     reopenedText,
	"invoice.status":       invoiceStatusText,
	"invoice.credited":     creditedText,
	"invoice.cancelled":    creditedText,
}

// codesLeft counts the recovery codes that are not used.
func codesLeft(n int) string {
	if n == 0 {
		return "none is left"
	}
	return views.FormatNumber(n) + " " + views.Word(n, "is", "are") + " left"
}

func importText(_ *entryWords, _, after state) string {
	parts := []string{views.Plural(after.number("new"), "new subscription", "new subscriptions"), views.FormatNumber(after.number("changed")) + " changed"}
	if n := after.number("refused"); n > 0 {
		parts = append(parts, views.FormatNumber(n)+" refused")
	}
	if n := after.number("creditedLines"); n > 0 {
		parts = append(parts, views.Plural(n, "invoice line", "invoice lines")+" credited")
	}
	if n := after.number("customersNew"); n > 0 {
		parts = append(parts, views.Plural(n, "new customer", "new customers"))
	}
	if n := after.number("customersChanged"); n > 0 {
		parts = append(parts, views.Plural(n, "customer", "customers")+" changed")
	}
	return "took in a subscription export: " + strings.Join(parts, ", ")
}

// issuedText tells what a batch of a billing run issued.
func issuedText(w *entryWords, _, after state) string {
	text := "issued " + views.Plural(after.number("invoices"), "invoice", "invoices")
	if total := amount(w, after["total"]); total != "" {
		text += " over " + total
	}
	if first, last := after.text("first"), after.text("last"); first == last {
		text += ", " + first
	} else {
		text += ", " + first + " to " + last
	}
	return text
}

// endedText tells how and when a subscription ended, and what else was changed with it.
func endedText(w *entryWords, before, after state) string {
	text := "ended the subscription"
	if status := after.text("status"); status != "" {
		text += ": " + views.StatusWord(billing.SubscriptionStatus(status))
	}
	if on := w.value("endedOn", after["endedOn"]); on != "" {
		text += ", on " + on
	}
	others := func(s state) state {
		s = maps.Clone(s)
		delete(s, "status")
		delete(s, "endedOn")
		return s
	}
	return strings.Join(append([]string{text}, w.fieldChanges(others(before), others(after))...), "; ")
}

func (w *entryWords) changedText(before, after state) string {
	if parts := w.fieldChanges(before, after); len(parts) > 0 {
		return strings.Join(parts, "; ")
	}
	return "saved without a visible change"
}
