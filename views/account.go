package views

import (
	"billfold/billing"
)

// Account is the page of one's own account.
type Account struct {
	Email string
	// Name is the name as it is, or as it was typed.
	Name      string
	Problems  Problems
	TwoFactor TwoFactor
	Sessions  []SessionRow
}

// SessionRow is an open session. Times are those of the business unit.
type SessionRow struct {
	Tenant string
	Began  DayTime
	Used   DayTime
	// Current is the session that the page is shown in.
	Current bool
}

// DayTime is a moment of a day: "15:04".
type DayTime struct {
	On   billing.Date
	Time string
}

// sessionsShown bounds the list of sessions.
const sessionsShown = 20

func (a Account) shownSessions() []SessionRow {
	return a.Sessions[:min(len(a.Sessions), sessionsShown)]
}

// sessionsNote counts the sessions, those that are not listed too.
func (a Account) sessionsNote(zone string) string {
	note := Plural(len(a.Sessions), "session is", "sessions are") + " open. "
	if len(a.Sessions) > sessionsShown {
		note += "The " + FormatNumber(sessionsShown) + " used last are listed. "
	}
	return note + "One ends after 30 minutes without use, and after 10 hours. Times are those of " + zone + "."
}

// SignOutEverywhere is the page that ends all sessions.
type SignOutEverywhere struct {
	// Sessions is how many are open.
	Sessions  int
	TwoFactor bool
}

func (s SignOutEverywhere) confirm() ConfirmArgs {
	again := "You sign in again with your password."
	if s.TwoFactor {
		again = "You sign in again with your password and a code."
	}
	ends := "The one open session ends: this one."
	if s.Sessions > 1 {
		ends = "All " + FormatNumber(s.Sessions) + " open sessions end, this one too."
	}
	return ConfirmArgs{
		Title: "Sign out everywhere?", Crumbs: accountCrumbs("Sign out everywhere"),
		Consequences: []string{ends, again, "API keys go on working. Somebody who knows your password can sign in again: if you fear that, change it."},
		Action:       SignOutEverywhereURL(), Verb: "Sign out everywhere", Cancel: "Stay signed in", CancelURL: AccountURL(),
	}
}

// PasswordForm is the page that changes one's own password. No password is ever sent back.
type PasswordForm struct {
	Email    string
	Problems Problems
}

func accountCrumbs(page string) []Crumb {
	return []Crumb{{"Your account", AccountURL()}, {Text: page}}
}
