package views

import (
	"strings"

	"billfold/billing"
)

// KeyList is the page of the API keys of a business unit.
type KeyList struct {
	// TenantID is what programs send along with a key.
	TenantID string
	Rows     []KeyRow
	Pages    PagesArgs
	Form     KeyForm
	Problems Problems
	// Made is the key that was made just now; zero on any other visit.
	Made NewKey
}

// KeyForm asks for a new API key.
type KeyForm struct {
	// Name is the program's; Access is "read", "full" or what else was sent.
	Name, Access string
}

// The values of a form's access.
const (
	KeyReads = "read"
	KeyFull  = "full"
)

// NewKey is a key that is shown for the only time.
type NewKey struct{ Name, Secret string }

// KeyRow is one API key.
type KeyRow struct {
	ID, Name, Shown string
	ReadOnly        bool
	Made            Moment
	// MakerGone says that who made it does not work in the business unit any more.
	MakerGone bool
	// Used and Revoked are zero where it never was.
	Used, Revoked Moment
}

// Moment is when something was done, to the minute, and by whom, where that is known.
type Moment struct {
	On       billing.Date
	Time, By string
}

// Words says a moment in a sentence: "1 Dec 2026, 11:04 by Ada Lovelace".
func (m Moment) Words() string {
	text := FormatDate(m.On) + ", " + m.Time
	if m.By != "" {
		text += " by " + m.By
	}
	return text
}

// works tells whether the key still opens anything.
func (k KeyRow) works() bool { return k.Revoked.On.IsZero() }

func (k KeyRow) access() string {
	if k.ReadOnly {
		return "Reads only"
	}
	return "Full"
}

// makerText says who made the key, and where that is nobody who works here any more.
func (k KeyRow) makerText() string {
	if k.MakerGone {
		return k.Made.By + ", no longer a user here"
	}
	return k.Made.By
}

// headers are the lines a program sends with each call.
func (l KeyList) headers(secret string) string {
	return strings.Join([]string{"Authorization: Bearer " + secret, "Tenant-ID: " + l.TenantID}, "\n")
}
