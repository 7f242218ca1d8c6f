package views

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"billfold/billing"
)

// TwoFactor is how it stands with one's second factor.
type TwoFactor struct {
	On        bool
	Since     billing.Date
	CodesLeft int
	// RequiredBy is the business unit that requires it, or "".
	RequiredBy string
}

// fewCodes is how many recovery codes are left when it is time for new ones.
const fewCodes = 3

func (t TwoFactor) badge() templ.Component {
	if t.On {
		return Badge(Good, "On")
	}
	return Badge(Plain, "Off")
}

func (t TwoFactor) facts() []fact {
	return []fact{{"On since", FormatDate(t.Since)}, {"Recovery codes", FormatNumber(t.CodesLeft) + " not used"}}
}

// TwoFactorForm asks for the password, or a code, before the second factor is changed.
type TwoFactorForm struct {
	TwoFactor
	// Next is the path to go on to afterwards, or "".
	Next     string
	Problems Problems
}

func (f TwoFactorForm) title() string {
	if f.On {
		return "Use another app"
	}
	return "Set up two-factor sign-in"
}

func (f TwoFactorForm) subtitle(p Page) string {
	switch {
	case p.MustSetUp:
		return p.TenantName + " requires two-factor sign-in. Set it up to go on."
	case f.On:
		return "Until the new app is confirmed, the one you have goes on."
	}
	return "After the password, Billfold asks for a code that an app on your phone shows."
}

// proof is the field that asks who is at the keyboard.
func (f TwoFactorForm) proof() FieldArgs {
	field := FieldArgs{ID: "proof", Label: "Your password", Hint: "So that nobody else does this while you are away.", Type: "password",
		Error: f.Problems.On("proof"), Attrs: templ.Attributes{"autocomplete": "current-password", "autofocus": len(f.Problems) == 0}}
	if f.On {
		field.Label, field.Hint = "Your password, or a code of your app", ""
	}
	return field
}

// codesConfirm asks before new recovery codes are made.
func (f TwoFactorForm) codesConfirm() ConfirmArgs {
	return ConfirmArgs{
		Title: "Make new recovery codes?", Crumbs: accountCrumbs("Recovery codes"),
		Consequences: []string{"You get ten new codes, shown once.", "The codes you have now, " + FormatNumber(f.CodesLeft) + " of them not used, open nothing any more."},
		Action:       RecoveryCodesURL(), Verb: "Make new codes", Gentle: true, Cancel: "Keep the old ones", CancelURL: AccountURL(), Fields: Field(f.proof()),
	}
}

// offConfirm asks before the second factor is switched off.
func (f TwoFactorForm) offConfirm() ConfirmArgs {
	c := ConfirmArgs{
		Title: "Switch off two-factor sign-in?", Crumbs: accountCrumbs("Two-factor sign-in"),
		Consequences: []string{"Whoever knows your password can sign in as you.", "Your recovery codes open nothing any more."},
		Action:       TwoFactorOffURL(), Verb: "Switch off", Cancel: "Keep it on", CancelURL: AccountURL(), Fields: Field(f.proof()),
	}
	if f.RequiredBy != "" {
		c.Consequences, c.Verb, c.Fields = []string{f.RequiredBy + " requires two-factor sign-in, so it stays on. For another phone, set up another app."}, "", nil
	}
	return c
}

// AppForm is the page that sets up an authenticator app.
type AppForm struct {
	// Secret is what the app has to be told, where it can't read the QR code.
	Secret   string
	Next     string
	Problems Problems
}

// spacedSecret writes the secret as it is easy to type.
func (f AppForm) spacedSecret() string {
	return strings.ReplaceAll(billing.RecoveryCodeWords(f.Secret), "-", " ")
}

// codeAttrs are those of a field for a code of an app.
func codeAttrs(focus bool) templ.Attributes {
	return templ.Attributes{"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false", "autocapitalize": "none", "autofocus": focus}
}

// RecoveryCodeList are new recovery codes, shown once.
type RecoveryCodeList struct {
	Codes []string
	// Next is the path to go on to.
	Next string
}

// SignInCodeForm is the page that asks for the second factor.
type SignInCodeForm struct {
	Next string
	// Problem says why a code was refused, or "".
	Problem string
	// Recovery tells that a recovery code was typed.
	Recovery bool
}

// TwoFactorReset is the page that resets somebody else's second factor.
type TwoFactorReset struct {
	ID, Name, Email string
	// On tells whether there is one; Refusal says why it may not be reset, or is "".
	On       bool
	Refusal  string
	Required bool
}

func (r TwoFactorReset) confirm() ConfirmArgs {
	c := ConfirmArgs{
		Title: "Reset the two-factor sign-in of " + r.Name + "?", Crumbs: PeopleCrumbs("Two-factor sign-in"),
		Action: ResetTwoFactorURL(r.ID), Cancel: "Keep it", CancelURL: PeopleURL(), Hidden: url.Values{},
	}
	switch {
	case !r.On:
		c.Title, c.Cancel = r.Name+" has no second factor", "Back to the settings"
		c.Consequences = []string{r.Email + " signs in with the password alone."}
	case r.Refusal != "":
		c.Consequences = []string{r.Refusal}
	default:
		next := "Until another app is set up, whoever knows the password of " + r.Email + " can sign in."
		if r.Required {
			next = "At the next sign-in " + r.Name + " gives the password alone, and has to set up an app before anything else."
		}
		c.Consequences = []string{"The authenticator app and the recovery codes of " + r.Name + " open nothing any more. Do this when both are lost.",
			"All sessions of " + r.Name + " end.", next, "Make sure that it is " + r.Name + " who asks you to: call back, or meet."}
		c.Verb = "Reset"
	}
	return c
}
