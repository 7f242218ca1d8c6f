package web

import (
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"billfold/billing"
)

// marked is a text that is known again wherever it turns up.
const marked = "geheim7q"

// What people type, search for and sign in with never gets into the log: not from what
// is answered, not from what is refused, and not from what fails.
func TestNoSecretsInTheLog(t *testing.T) {
	s, ids := furnished(t)
	in := billing.UserInput{Email: marked + "@example.com", Name: "Ada " + marked, Password: marked + " correct horse"}
	if _, err := s.store.CreateUser(t.Context(), s.scope(), in, billing.Owner); err != nil {
		t.Fatal(err)
	}
	c := s.client()
	c.post("/sign-in", url.Values{"email": {in.Email}, "password": {in.Password}, "next": {"/groups?q=" + marked}}).leadsTo("/groups?q=" + marked)
	c.post("/settings/keys", url.Values{"name": {marked}, "access": {"full"}}).leadsTo("/settings/keys")
	secret := c.get("/settings/keys").field("secret")
	secrets := []string{marked, secret, testPassword, in.Email, s.email(billing.Owner)}
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range c.http.Jar.Cookies(u) {
		secrets = append(secrets, cookie.Value)
	}

	drive := func() {
		for _, r := range allRoutes() {
			if r.path == "/sign-out" {
				continue
			}
			address := r.of(ids)
			if r.method == http.MethodGet {
				c.get(address + "?" + url.Values{"q": {marked}, "f": {marked}, "id": {marked}, "who": {marked}, "customer": {marked}, "after": {marked}, "token": {marked}, "s": {marked}, "i": {marked}, "page": {marked}, "status": {marked}}.Encode())
			}
			mad := maps.Clone(ids)
			for kind := range mad {
				mad[kind] = marked
			}
			c.do(c.request(r.method, r.of(mad), nil))
			v := url.Values{}
			for _, name := range []string{"email", "password", "name", "userName", "company", "firstName", "lastName", "token", "q", "s", "i", "reason", "notes", "reference", "version", "billingDay", "customer", "to", "access", "code", "paidOn", "street", "iban"} {
				v.Set(name, marked)
			}
			if r.method == http.MethodPost {
				c.post(address, v)
				bad := c.request(r.method, address, strings.NewReader("email="+marked+"&%zz="+marked))
				bad.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				bad.Header.Set("Referer", s.url+"/"+marked)
				bad.Header.Set("User-Agent", marked)
				c.do(bad)
			}
		}
		c.send(marked+".csv", importHeader+importRow("n9", marked, marked, "x"))
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			for _, path := range []string{"/v1/customers", "/v1/customers/" + marked, "/v1/subscriptions/" + marked, "/v1/billing-groups", "/v1/billing-groups/" + marked, "/v1/payments/" + ids["invoices"] + "/cancel", "/v1/payments?q=" + marked} {
				for _, key := range []string{secret, "bf_" + marked} {
					r := c.request(method, path, strings.NewReader(`{"customerId":"`+marked+`","groupName":"`+marked+`","email":"`+marked+`@example.com","rentalIds":["`+marked+`"],"reason":"`+marked+`","firstName":"`+marked+`"}`))
					r.Header.Set("Authorization", "Bearer "+key)
					r.Header.Set("Tenant-ID", s.tenant.ID)
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Idempotency-Key", marked+method+path)
					c.do(r)
				}
			}
		}
		s.client().post("/sign-in", url.Values{"email": {in.Email}, "password": {marked}})
	}
	clean := func(when string) {
		t.Helper()
		lines := 0
		for line := range strings.Lines(s.log.String()) {
			lines++
			for i, secret := range secrets {
				if strings.Contains(line, secret) {
					t.Errorf("%s the log has secret %d: %.600s", when, i, line)
				}
			}
		}
		if lines < 100 {
			t.Errorf("%s the log has %d lines", when, lines)
		}
	}
	drive()
	clean("in good days")
	s.nothingFailed()

	// The tables that hold names and keys are in the way of everything from here on.
	file, err := sql.Open("sqlite3", "file:"+s.file+"?_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, table := range []string{"customers", "subscriptions", "groups", "invoices", "uploads", "api_keys", "activity"} {
		if _, err := file.ExecContext(t.Context(), fmt.Sprintf(`ALTER TABLE %s RENAME TO lost_%s`, table, table)); err != nil {
			t.Fatal(table, err)
		}
	}
	drive()
	clean("with a broken database")
	if n := strings.Count(s.log.String(), "level=ERROR"); n < 20 {
		t.Errorf("only %d failures", n)
	}
}

// An error that quotes what was typed is for who typed it, and not for the log.
func TestRefusalsAreNotLogged(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	c.post("/groups", url.Values{"customer": {marked}, "name": {marked}, "billingDay": {marked}}).want(http.StatusUnprocessableEntity)
	c.get("/nothing/" + marked).want(http.StatusNotFound)
	c.get("/invoices.csv?due-from=" + marked).want(http.StatusBadRequest).shows(marked)
	c.post("/customers/"+marked+"/edit", url.Values{"email": {marked}}).want(http.StatusNotFound)
	if strings.Contains(s.log.String(), marked) {
		t.Errorf("the log has it:\n%s", s.log)
	}
}
