package views

import (
	"github.com/a-h/templ"

	"billfold/billing"
)

// People is the page of who works in a business unit, and who is invited.
type People struct {
	Tenant, Zone string
	People       []PersonRow
	Invites      []InviteRow
}

// PersonRow is one who works in the business unit.
type PersonRow struct {
	ID, Name, Email string
	Role            billing.Role
	// You says that it is the one who looks at the list.
	You bool
	// OnlyOwner says that the person has to stay an owner.
	OnlyOwner bool
	// TwoFactor says that the person signs in with two factors.
	TwoFactor bool
	Since     billing.Date
	// Seen is the day the person was last seen, SeenAt the time; zero for never.
	Seen   billing.Date
	SeenAt string
}

// TwoFactorText says whether the person signs in with two factors.
func (r PersonRow) TwoFactorText() string {
	if r.TwoFactor {
		return "On"
	}
	return "Off"
}

// InviteRow is an open invite.
type InviteRow struct {
	ID, Email string
	Role      billing.Role
	// By is who invited, On the day.
	By string
	On billing.Date
	// Until is the last day the link works, UntilAt the time.
	Until   billing.Date
	UntilAt string
}

// PersonAct is a page that asks before something is done to a person.
type PersonAct struct {
	Confirm  ConfirmArgs
	Problems Problems
}

// InviteForm is what an owner types to invite somebody.
type InviteForm struct {
	// Tenant is the business unit.
	Tenant      string
	Email, Role string
	Problems    Problems
}

// Invited is an invite that was just made. Link is shown this once.
type Invited struct {
	InviteRow
	Tenant, Link string
}

// PeopleCrumbs lead to a page about people.
func PeopleCrumbs(here string) []Crumb {
	return []Crumb{{"Settings", SettingsURL()}, {"People", PeopleURL()}, {Text: here}}
}

// RoleWord calls a role in a sentence: "an admin".
func RoleWord(role billing.Role) string {
	if role == billing.Member {
		return "a member"
	}
	return "an " + string(role)
}

// roleChoices offers the roles, with what each may do.
var roleChoices = []Choice{
	{string(billing.Member), "Member", "Reads all billing data, and changes nothing."},
	{string(billing.Admin), "Admin", "Also does the billing work: groups, customers, invoices, import, the billing run."},
	{string(billing.Owner), "Owner", "Also changes the settings, automatic billing, people and API keys."},
}

// RoleChoice asks for a role.
func RoleChoice(role billing.Role, problems Problems) templ.Component {
	return Choices(ChoicesArgs{ID: "role", Label: "New role", Value: string(role), Error: problems.On("role"), Options: roleChoices})
}
