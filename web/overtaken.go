package web

import (
	"net/url"
	"slices"
	"strings"

	"billfold/views"
)

// rebase brings a form that somebody else's change has overtaken up to what its fields
// hold now, by name. The fields of together answer one question. It answers what those
// fields hold now that both have changed, under the first name of the question; nil
// where the form does not say what it was made from, and then stays as it was typed.
func rebase(v url.Values, now map[string]string, together ...string) views.Meanwhile {
	var meanwhile views.Meanwhile
	for name := range now {
		names := []string{name}
		switch slices.Index(together, name) {
		case -1:
		case 0:
			names = together
		default:
			continue // looked at with the first
		}
		if !v.Has(views.WasName(name)) {
			continue
		}
		if meanwhile == nil {
			meanwhile = views.Meanwhile{}
		}
		joined := func(value func(name string) string) string {
			var values []string
			for _, n := range names {
				values = append(values, value(n))
			}
			return strings.Join(values, " ")
		}
		present := joined(func(n string) string { return now[n] })
		typed := joined(v.Get)
		kept, both := settleField(joined(func(n string) string { return v.Get(views.WasName(n)) }), typed, present)
		if both {
			meanwhile[name] = present
		}
		for _, n := range names {
			if kept != typed {
				v.Set(n, now[n])
			}
		}
	}
	carry(v, now)
	return meanwhile
}

// settleField decides what a field of an overtaken form holds: what it is now where the
// user left it alone, else what they typed. It tells whether both have changed it.
func settleField(was, typed, now string) (value string, both bool) {
	switch {
	case sameText(typed, now), sameText(was, now):
		return typed, false
	case sameText(typed, was):
		return now, false
	}
	return typed, true
}

// sameText compares as texts are kept: without surrounding space. A browser ends lines
// in one way and a script in another.
func sameText(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// carry sets what the fields of a form were when it was made.
func carry(v url.Values, fields map[string]string) {
	for name, value := range fields {
		v.Set(views.WasName(name), value)
	}
}

// carried answers what a form says its fields were when it was made.
func carried(v url.Values, fields map[string]string) url.Values {
	was := make(url.Values)
	for name := range fields {
		if v.Has(views.WasName(name)) {
			was.Set(views.WasName(name), v.Get(views.WasName(name)))
		}
	}
	return was
}
