package views

import (
	"github.com/a-h/templ"

	"billfold/billing"
)

// KeyboardForm is the page that switches keyboard shortcuts on and off.
type KeyboardForm struct {
	// Choice is "on", "off" or what else was sent.
	Choice   string
	Problems Problems
}

// shortcut is a key and what it does.
type shortcut struct{ key, does string }

// shortcuts are the keys that do something on the page; static/app.js makes them.
func (p Page) shortcuts() []shortcut {
	list := []shortcut{{"/", "Search on this page, or among the billing groups"}}
	if p.Role.Includes(billing.Admin) {
		list = append(list, shortcut{"c", "New billing group"})
	}
	return append(list, shortcut{"?", "Show this list"}, shortcut{"Esc", "Close this list; empty a search field, then leave it"})
}

// shortcutAttrs tell the script where the keys lead.
func (p Page) shortcutAttrs() templ.Attributes {
	attrs := templ.Attributes{"data-search": GroupsURL(nil)}
	if p.Role.Includes(billing.Admin) {
		attrs["data-new"] = NewGroupURL(nil)
	}
	return attrs
}
