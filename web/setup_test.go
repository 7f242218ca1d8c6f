package web

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"billfold/views"
)

var setupForm = url.Values{
	"email": {"ada@example.com"}, "userName": {"Ada Lovelace"}, "password": {testPassword},
	"name": {"Gerätewerk"}, "currency": {"EUR"}, "timezone": {"Europe/Berlin"},
	"vatMode": {"exclusive"}, "vatRate": {"19"}, "terms": {"14"},
}

// setupLink answers the link of a new installation.
func setupLink(s *site) (path, token string) {
	s.t.Helper()
	token, err := s.store.NewSetupLink(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return views.SetupURL(token), token
}

func TestSetup(t *testing.T) {
	s := newEmptySite(t)
	c := s.client()
	c.get("/sign-in").want(http.StatusOK).shows("Open the set-up link that Billfold printed when it was started")
	link, token := setupLink(s)
	c.get(link).want(http.StatusOK).shows("Set up Billfold")
	form := maps.Clone(setupForm)
	form.Set("token", token)
	c.post("/setup", form).leadsTo("/")
	c.get("/groups").want(http.StatusOK).shows("Billfold is set up, and you are signed in.", "Ada Lovelace", "Gerätewerk")
	c.get("/groups").lacks("Billfold is set up, and you are signed in.")

	other := s.client()
	other.get("/sign-in").lacks("set-up link")
	other.get(link).want(http.StatusNotFound).shows("This set-up link has been used or replaced.", "restart")
	other.post("/setup", form).want(http.StatusNotFound).shows("This set-up link has been used or replaced.")
}

func TestSetupRefused(t *testing.T) {
	s := newEmptySite(t)
	_, token := setupLink(s)
	form := url.Values{
		"token": {token}, "email": {"ada"}, "userName": {"Ada"}, "password": {"too short"},
		"name": {""}, "currency": {"EURO"}, "timezone": {"Berlin"}, "vatMode": {"exclusive"}, "vatRate": {"x"}, "terms": {"15"},
	}
	c := s.client()
	for range 2 { // a refusal does not use up the link
		a := c.post("/setup", form).want(http.StatusUnprocessableEntity).shows("There are 7 problems")
		for _, path := range []string{"email", "password", "name", "currency", "timezone", "vatRate", "terms"} {
			if a.byID(path+"-error") == nil {
				t.Errorf("nothing beside %s:\n%s", path, a.body)
			}
		}
		for name, values := range form {
			switch name {
			case "password":
				if a.field(name) != "" {
					t.Error("the password came back")
				}
			case "vatMode", "terms": // not text fields
			default:
				if got := a.field(name); got != values[0] {
					t.Errorf("%s was %q, is %q", name, values[0], got)
				}
			}
		}
	}
	c.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
}

func TestSetupLinkReplaced(t *testing.T) {
	s := newEmptySite(t)
	first, _ := setupLink(s)
	second, _ := setupLink(s)
	c := s.client()
	c.get(first).want(http.StatusNotFound)
	c.get("/setup").want(http.StatusNotFound)
	c.get(second).want(http.StatusOK)
}
