package web

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"billfold/billing"
	"billfold/db"
)

// call sends a call of the API with a key, over a client of its own, and answers the
// status.
func (s *site) call(client *http.Client, method, path, secret string) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	r.Header.Set("Tenant-ID", s.tenant.ID)
	response, err := client.Do(r)
	if err != nil {
		s.t.Error(err)
		return 0
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil { // or the connection is not kept
		s.t.Error(err)
	}
	return response.StatusCode
}

func TestAPIKeys(t *testing.T) {
	s := newSite(t)
	owner := s.as(billing.Owner)
	owner.get("/settings").want(http.StatusOK).shows("API keys")
	owner.get("/settings/keys").want(http.StatusOK).shows("No API key yet", s.tenant.ID, "it goes on working when whoever made it is removed")
	owner.post("/settings/keys", url.Values{"name": {" "}, "access": {"root"}}).want(http.StatusUnprocessableEntity).
		shows("There are 2 problems", "Name the key after the program", "Choose what the key may do.")

	owner.post("/settings/keys", url.Values{"name": {"Shop"}, "access": {"full"}}).leadsTo("/settings/keys")
	made := owner.get("/settings/keys").want(http.StatusOK).shows("Copy it now.", "Shop", "Full", "The owner", "Never")
	checkPage(t, made)
	secret := made.field("secret")
	if headers := made.field("headers"); headers != "Authorization: Bearer "+secret+" Tenant-ID: "+s.tenant.ID {
		t.Errorf("headers %q", headers)
	}
	if again := owner.get("/settings/keys"); strings.Contains(again.body, secret) {
		t.Error("the key is shown twice")
	} else {
		again.shows(secret[:9] + "…").lacks("Copy it now.")
	}
	if status := s.call(http.DefaultClient, http.MethodDelete, "/v1/billing-groups/unknown", secret); status != http.StatusNotFound {
		t.Errorf("the key that may write: status %d", status)
	}
	owner.post("/settings/keys", url.Values{"name": {"Reports"}, "access": {"read"}}).leadsTo("/settings/keys")
	reads := owner.get("/settings/keys").field("secret")
	if status := s.call(http.DefaultClient, http.MethodDelete, "/v1/billing-groups/unknown", reads); status != http.StatusForbidden {
		t.Errorf("the key that only reads: status %d", status)
	}
	if status := s.call(http.DefaultClient, http.MethodGet, "/v1/billing-groups", reads); status != http.StatusOK {
		t.Errorf("the key that only reads: status %d", status)
	}
	owner.get("/activity").shows("The owner", "Made the API key, which may only read", "Made the API key, which may read and write")
	for name, text := range map[string]string{"log": s.log.String(), "activity": owner.get("/activity.csv").body} {
		if strings.Contains(text, secret) || strings.Contains(text, reads) {
			t.Errorf("the %s holds a key", name)
		}
	}
}

// A new key is for whoever made it, and not for who signs in with the same browser.
func TestNewKeyIsForItsMaker(t *testing.T) {
	s := newSite(t)
	owner := s.as(billing.Owner)
	owner.post("/settings/keys", url.Values{"name": {"Shop"}, "access": {"full"}}).leadsTo("/settings/keys")
	in := billing.UserInput{Email: "second@example.com", Name: "Second", Password: testPassword}
	if _, err := s.store.CreateUser(t.Context(), s.scope(), in, billing.Owner); err != nil {
		t.Fatal(err)
	}
	owner.post("/sign-in", url.Values{"email": {in.Email}, "password": {testPassword}}).leadsTo("/")
	owner.get("/settings/keys").want(http.StatusOK).shows("Shop", "Second").lacks("Copy it now.")
}

func TestRevokeKey(t *testing.T) {
	s := newSite(t)
	owner := s.as(billing.Owner)
	key := s.key("Shop")
	page := "/settings/keys/" + key.ID + "/revoke"
	owner.get(page).want(http.StatusOK).shows("Revoke Shop?", "are refused from the next call on", "It was never used.")
	owner.post(page, nil).leadsTo("/settings/keys")
	owner.get("/settings/keys").shows("API key revoked: Shop.", "Revoked 22 Nov 2026", "The owner")
	checkPage(t, owner.get(page).want(http.StatusOK).shows("Revoked already", "22 Nov 2026, 11:00 by The owner"))
	owner.post(page, nil).leadsTo("/settings/keys")
	owner.get("/settings/keys").shows("The API key Shop was revoked before.")
	owner.get("/activity").shows("Revoked the API key")
}

func TestKeyListPages(t *testing.T) {
	s := newSite(t)
	for n := range keysPerPage + 1 {
		s.key(fmt.Sprintf("Key %d.", n))
	}
	owner := s.as(billing.Owner)
	owner.get("/settings/keys").shows("API keys 1 to 50 of 51", "Key 50.").lacks("Key 0.")
	owner.get("/settings/keys?page=2").shows("Key 0.").lacks("Key 50.")
	for _, page := range []string{"0", "-1", "99999999999999999999", "x"} {
		owner.get("/settings/keys?page=" + page).want(http.StatusOK)
	}
}

// A revoked key is refused at the very next call: on a connection that is kept, and
// while others are under way.
func TestRevokedKeyIsDeadAtOnce(t *testing.T) {
	s := newSite(t)
	owner := s.as(billing.Owner)
	owner.post("/settings/keys", url.Values{"name": {"Shop"}, "access": {"full"}}).leadsTo("/settings/keys")
	secret := owner.get("/settings/keys").field("secret")
	keys, err := s.store.Keys(t.Context(), s.tenant)
	if err != nil {
		t.Fatal(err)
	}
	var revoked atomic.Bool
	var calls, refused atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}} // one connection, kept
			for after := 0; after < 5; {
				before := revoked.Load()
				status := s.call(client, http.MethodGet, "/v1/billing-groups", secret)
				switch calls.Add(1); {
				case before && status != http.StatusUnauthorized:
					t.Errorf("a call that began after the key was revoked: status %d", status)
					return
				case !before && status != http.StatusOK && status != http.StatusUnauthorized:
					t.Errorf("a call before that: status %d", status)
					return
				case before:
					refused.Add(1)
					after++
				}
			}
		})
	}
	for calls.Load() < 20 { // they are under way
		if t.Context().Err() != nil || t.Failed() {
			break
		}
	}
	owner.post("/settings/keys/"+keys[0].ID+"/revoke", nil).leadsTo("/settings/keys")
	revoked.Store(true)
	wg.Wait()
	if refused.Load() != 20 {
		t.Errorf("%d calls were refused, want 20", refused.Load())
	}
}

// key makes an API key and answers it as the list has it.
func (s *site) key(name string) db.Key {
	s.t.Helper()
	if _, err := s.store.CreateKey(s.t.Context(), s.scope(), name, false); err != nil {
		s.t.Fatal(err)
	}
	keys, err := s.store.Keys(s.t.Context(), s.tenant)
	if err != nil || keys[0].Name != name {
		s.t.Fatal(keys, err)
	}
	return keys[0]
}
