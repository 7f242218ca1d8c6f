package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// keysPerPage is how many API keys the list shows at a time.
const keysPerPage = 50

// newKeyCookie holds a key from when it was made until the page that shows it.
const newKeyCookie = "__Host-billfold-key"

// listKeys shows the API keys of the business unit, and a new one this once.
func (s *server) listKeys(c echo.Context) error {
	return s.renderKeys(c, http.StatusOK, views.KeyList{Made: s.takeNewKey(c)})
}

// makeKey makes an API key and leads to the page that shows it.
func (s *server) makeKey(c echo.Context) error {
	v := c.Request().PostForm
	form := views.KeyForm{Name: v.Get("name"), Access: v.Get("access")}
	problems := views.Problems{}
	if err := db.CheckKeyName(form.Name); err != nil {
		problems = append(problems, *err)
	}
	if form.Access != views.KeyReads && form.Access != views.KeyFull {
		problems = append(problems, billing.Problem{Path: "access", Code: billing.CodeValidation, Message: "Choose what the key may do."})
	}
	if len(problems) > 0 {
		return s.renderKeys(c, http.StatusUnprocessableEntity, views.KeyList{Form: form, Problems: problems})
	}
	session := s.session(c)
	secret, err := s.store.CreateKey(c.Request().Context(), session.Scope(), form.Name, form.Access == views.KeyReads)
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		return s.renderKeys(c, http.StatusUnprocessableEntity, views.KeyList{Form: form, Problems: refusal.Problems})
	}
	if err != nil {
		return err
	}
	if err := s.keepNewKey(c, views.NewKey{Name: form.Name, Secret: secret}); err != nil {
		return err
	}
	return redirect(c, views.KeysURL(1))
}

// keepNewKey keeps a new key for the page that shows it. It travels in a cookie,
// encrypted and for a minute: the server keeps nothing but its hash.
func (s *server) keepNewKey(c echo.Context, key views.NewKey) error {
	session := s.session(c)
	return setCookie(c, s.notes, newKeyCookie, map[any]any{
		"name": key.Name, "secret": key.Secret, "user": session.User.ID, "tenant": session.Tenant.ID,
	})
}

// takeNewKey answers the key that was made just now, and forgets it. Who else signs in
// with the same browser does not get to see it.
func (s *server) takeNewKey(c echo.Context) (key views.NewKey) {
	if _, err := c.Cookie(newKeyCookie); err != nil {
		return key
	}
	values, session := cookieValues(c, s.notes, newKeyCookie), s.session(c)
	dropCookie(c, newKeyCookie)
	if values["user"] != session.User.ID || values["tenant"] != session.Tenant.ID {
		return key
	}
	key.Name, _ = values["name"].(string)
	key.Secret, _ = values["secret"].(string)
	return key
}

func (s *server) renderKeys(c echo.Context, status int, page views.KeyList) error {
	tenant := s.session(c).Tenant
	keys, err := s.store.Keys(c.Request().Context(), tenant)
	if err != nil {
		return err
	}
	shown := pageOf(len(keys), keysPerPage, c.QueryParam("page"))
	for _, k := range keys[shown.from:shown.to] {
		page.Rows = append(page.Rows, keyRow(tenant, k))
	}
	page.TenantID, page.Pages.Text = tenant.ID, shown.text("API keys")
	page.Pages.Prev, page.Pages.Next = shown.neighbours(views.KeysURL)
	return render(c, status, views.KeysPage(s.page(c, "API keys"), page))
}

func keyRow(t db.Tenant, k db.Key) views.KeyRow {
	moment := func(at time.Time, by db.Actor) views.Moment {
		if at.IsZero() {
			return views.Moment{}
		}
		return views.Moment{On: billing.DateOf(at, t.Zone), Time: clock(at, t), By: by.Name}
	}
	return views.KeyRow{
		ID: k.ID, Name: k.Name, Shown: k.Shown, ReadOnly: k.ReadOnly, MakerGone: k.MakerGone,
		Made: moment(k.Created, k.Maker), Used: moment(k.LastUsed, db.Actor{}), Revoked: moment(k.Revoked, k.Revoker),
	}
}

// askRevokeKey shows what follows from revoking an API key.
func (s *server) askRevokeKey(c echo.Context) error {
	tenant := s.session(c).Tenant
	key, err := s.store.Key(c.Request().Context(), tenant, c.Param("id"))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.RevokeKeyPage(s.page(c, "Revoke "+key.Name), keyRow(tenant, key)))
}

// revokeKey revokes an API key. A second click finds it done.
func (s *server) revokeKey(c echo.Context) error {
	ctx, session := c.Request().Context(), s.session(c)
	key, err := s.store.Key(ctx, session.Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	revoked, err := s.store.RevokeKey(ctx, session.Scope(), key.ID)
	if err != nil {
		return err
	}
	flash := views.Flash{Tone: views.Good, Text: "API key revoked: " + key.Name + "."}
	if !revoked {
		flash = views.Flash{Tone: views.Info, Text: "The API key " + key.Name + " was revoked before."}
	}
	return s.done(c, flash, views.KeysURL(1))
}
