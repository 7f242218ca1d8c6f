package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// showSettings shows the settings: as a form to owners, to be read to the others.
func (s *server) showSettings(c echo.Context) error {
	return s.renderSettings(c, http.StatusOK, make(url.Values), views.Settings{})
}

// saveSettings changes the settings. Where more follows than meets the eye it first asks;
// where they are refused it shows the form again with what stands against them.
func (s *server) saveSettings(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	v := c.Request().PostForm
	in, version := tenantChange(readSettingsForm(v)), formVersion(v, "version")
	in.ByTwoFactor = session.TwoFactor
	var page views.Settings
	var after db.Tenant
	var err error
	if version == session.Tenant.Version { // or it is refused as stale
		page.Asks, err = s.settingsAsks(ctx, session.Tenant, in, v["confirmed"])
	}
	switch {
	case err == nil && len(page.Asks) > 0:
		return s.renderSettings(c, http.StatusUnprocessableEntity, v, page)
	case err == nil:
		after, err = s.store.ChangeTenant(ctx, session.Scope(), version, in)
	}
	if err == nil {
		return s.done(c, s.settingsFlash(session.Tenant, after), views.SettingsURL())
	}
	rule, refused := errors.AsType[*billing.Error](err)
	switch {
	case !refused:
		return err
	case rule.Code != billing.CodeStaleTenant:
		page.Problems = rule.Problems
		return s.renderSettings(c, http.StatusUnprocessableEntity, v, page)
	}
	changes := session.Tenant.Version - version
	if version <= 0 || changes <= 0 {
		changes = activityShown
	}
	if page.Changes, err = s.activityOf(ctx, session.Tenant, "tenant", session.Tenant.ID, min(changes, activityShown)); err != nil {
		return err
	}
	return s.renderSettings(c, http.StatusConflict, v, page)
}

// renderSettings shows a form: as it was sent where it is refused, brought up to date
// where it is stale, and else made from the settings as they are now.
func (s *server) renderSettings(c echo.Context, status int, v url.Values, page views.Settings) error {
	ctx := c.Request().Context()
	tenant, err := s.store.Tenant(ctx, s.session(c).Tenant.ID) // which may have changed since the request began
	if err != nil {
		return err
	}
	now := settingsFields(tenant.Tenant)
	switch status {
	case http.StatusOK:
		for name, value := range now {
			v.Set(name, value)
		}
		carry(v, now)
	case http.StatusConflict:
		page.Meanwhile = rebase(v, now, "vatMode", "vatRate")
		v.Del("version")
	}
	page.Form, page.Was = readSettingsForm(v), carried(v, now)
	if page.Form.Version == "" {
		page.Form.Version = views.NewSettingsForm(tenant.Tenant).Version
	}
	numbered := tenant
	if prefix, err := billing.ParseInvoicePrefix(page.Form.InvoicePrefix); err == nil {
		numbered.InvoicePrefix = prefix
	}
	if page.NextInvoice, page.NextCreditNote, err = s.store.NextNumbers(ctx, numbered); err != nil {
		return err
	}
	page.Tenant, page.Today, page.MayChange = tenant.Tenant, s.store.Today(tenant), s.session(c).Role.Includes(billing.Owner)
	return render(c, status, views.SettingsPage(s.page(c, "Settings"), page))
}

// settingsFields are the fields of the form as the settings are, by name.
func settingsFields(t billing.Tenant) map[string]string {
	form, fields := views.NewSettingsForm(t), make(map[string]string)
	for name, field := range form.Fields() {
		fields[name] = *field
	}
	return fields
}

func readSettingsForm(v url.Values) views.SettingsForm {
	f := views.SettingsForm{Version: v.Get("version")}
	for name, field := range f.Fields() {
		*field = v.Get(name)
	}
	return f
}

// tenantChange is what a form asks for: all that it holds.
func tenantChange(f views.SettingsForm) billing.TenantChange {
	return billing.TenantChange{
		Name: f.Name, InvoicePrefix: f.InvoicePrefix, PaymentTerms: f.Terms, VATMode: f.VATMode, VATRate: f.VATRate, Zone: f.Zone, CutOver: f.CutOver,
		AddressRequired: f.AddressRequired == views.Yes, Automatic: f.Automatic == views.Yes, TwoFactorRequired: f.TwoFactorRequired == views.Yes,
		Seller: billing.Seller{
			Name: f.SellerName, Address: billing.Address{Street: f.Street, PostalCode: f.PostalCode, City: f.City, Country: f.Country},
			VATID: f.VATID, TaxNumber: f.TaxNumber, Email: f.Email, Phone: f.Phone, Bank: f.Bank, IBAN: f.IBAN, BIC: f.BIC,
		},
	}
}

// settingsAsks answers what of a change has to be confirmed, but for what was confirmed
// already.
func (s *server) settingsAsks(ctx context.Context, before db.Tenant, in billing.TenantChange, confirmed []string) (asks []views.SettingsAsk, err error) {
	check, err := s.store.CheckTenant(ctx, before, in)
	if err != nil {
		return nil, err
	}
	if move := check.CutOver; move.Due.Count+move.Dropped.Count > 0 {
		asks = append(asks, views.SettingsAsk{Key: "cutOver " + check.After.CutOver.String(), Sentences: cutOverSentences(check)})
	}
	if check.After.Automatic && !before.Automatic {
		due, err := s.store.Due(ctx, before, billing.Date{})
		if err != nil {
			return nil, err
		}
		if n := due.Issued.Invoices; n > 0 {
			asks = append(asks, views.SettingsAsk{Key: "automatic", Sentences: []string{"Automatic billing issues what is due now within the hour: " +
				views.Plural(n, "invoice", "invoices") + " of " + views.FormatMoney(due.Issued.Total) + " in all."}})
		}
	}
	if n := check.WithoutTwoFactor; n > 0 {
		who, err := s.namesWithoutTwoFactor(ctx, before)
		if err != nil {
			return nil, err
		}
		asks = append(asks, views.SettingsAsk{Key: "twoFactorRequired", Sentences: []string{
			views.Plural(n, "person has", "people have") + " no two-factor sign-in yet, and can open nothing else before it is set up: " + who + ". Let them have an authenticator app ready."}})
	}
	return slices.DeleteFunc(asks, func(a views.SettingsAsk) bool { return slices.Contains(confirmed, a.Key) }), nil
}

// namesWithoutTwoFactor says who signs in with the password alone, or where that stands
// once there are many.
func (s *server) namesWithoutTwoFactor(ctx context.Context, t db.Tenant) (string, error) {
	const few = 5
	people, err := s.store.People(ctx, t)
	var names []string
	for _, p := range people {
		if !p.TwoFactor {
			names = append(names, p.Name)
		}
	}
	if len(names) > few {
		return "the page People shows who", err
	}
	return strings.Join(names, ", "), err
}

// cutOverSentences say what another cut-over day changes by today.
func cutOverSentences(check db.TenantCheck) (sentences []string) {
	day, move := views.FormatDate(check.After.CutOver), check.CutOver
	if n := move.Due.Count; n > 0 {
		sentence := "With the cut-over day " + day + ", " + views.Plural(n, "instalment falls", "instalments fall") + " due at once that " +
			views.Word(n, "was", "were") + " not due before: " + views.FormatMoney(move.Due.Amount) + " before tax."
		if check.After.Automatic {
			sentence += " Automatic billing issues the invoices within the hour."
		}
		sentences = append(sentences, sentence)
	}
	if n := move.Dropped.Count; n > 0 {
		sentences = append(sentences, "With the cut-over day "+day+", "+views.Plural(n, "instalment that is due now is", "instalments that are due now are")+
			" never billed here: "+views.FormatMoney(move.Dropped.Amount)+" before tax.")
	}
	return sentences
}

// settingsFlash says what came of a change.
func (s *server) settingsFlash(before, after db.Tenant) views.Flash {
	if after.Version == before.Version {
		return views.Flash{Tone: views.Info, Text: "Nothing was changed."}
	}
	text := "Settings saved."
	if day := s.store.Today(after); day != s.store.Today(before) {
		text += " Today is now " + views.FormatWeekday(day) + "."
	}
	return views.Flash{Tone: views.Good, Text: text}
}
