package views

import (
	"slices"

	"billfold/billing"
)

// settingsItems are the parts of the settings: a part that is added is one line here.
var settingsItems = []navItem{
	{"Business unit", SettingsURL(), billing.Member},
	{"People", PeopleURL(), billing.Owner},
	{"API keys", KeysURL(1), billing.Owner},
}

// settingsParts answers the parts of the settings that the page's user may open.
func (p Page) settingsParts() []navItem {
	return slices.DeleteFunc(slices.Clone(settingsItems), func(item navItem) bool { return !p.Role.Includes(item.role) })
}

// currentPart answers the value of aria-current for a part of the settings. The first
// one is not "above" the others, though its address is.
func (p Page) currentPart(item navItem) string {
	if item.url == SettingsURL() && p.Path != item.url {
		return ""
	}
	return p.current(item)
}
