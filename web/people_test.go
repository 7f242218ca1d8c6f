package web

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// invite invites an address and answers the invite and the path of its link.
func (s *site) invite(email string, role billing.Role) (invite db.Invite, path string) {
	s.t.Helper()
	invite, token, err := s.store.InvitePerson(s.t.Context(), s.scope(), email, role)
	if err != nil {
		s.t.Fatal(err)
	}
	return invite, views.InviteURL(token)
}

// person answers the user whose name and address tell the role.
func (s *site) person(role billing.Role) db.Person {
	s.t.Helper()
	people, err := s.store.People(s.t.Context(), s.tenant)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range people {
		if p.Email == s.email(role) {
			return p
		}
	}
	s.t.Fatalf("nobody is %s", s.email(role))
	return db.Person{}
}

// colleague answers the id of somebody else who works in the business unit.
func (s *site) colleague() string {
	s.t.Helper()
	ctx, email := s.t.Context(), s.tenant.ID+"@example.com"
	people, err := s.store.People(ctx, s.tenant)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range people {
		if p.Email == email {
			return p.ID
		}
	}
	user, err := s.store.AddMember(ctx, s.scope(), email, billing.Admin)
	if billing.CodeOf(err) == billing.CodeNotFound {
		user, err = s.store.CreateUser(ctx, s.scope(), billing.UserInput{Email: email, Name: "Colleague", Password: testPassword}, billing.Admin)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return user.ID
}

// invited is an open invite to the business unit.
func (s *site) invited() db.Invite {
	s.t.Helper()
	invite, _ := s.invite("invited@example.com", billing.Member)
	return invite
}

func TestPeoplePage(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	c.get("/settings/people").want(http.StatusOK).shows("1 person", "The owner You", "The only owner", "No open invites").lacks("Remove")
	s.addUser(billing.Admin)
	s.invite("grace@example.com", billing.Member)
	a := c.get("/settings/people").want(http.StatusOK).shows("2 people", "admin@example.com", "Never", "grace@example.com", "Invited by", "29 Nov 202611:00")
	checkPage(t, a)
	if rows := a.cellsOf(); len(rows) != 3 || !strings.HasPrefix(rows[0], "The admin admin@example.com") {
		t.Errorf("rows %q", rows)
	}
	if got := c.csv(a.linkTo("Download CSV")); len(got) != 3 || strings.Join(got[2], ",") != "The owner,owner@example.com,owner,Off,2026-11-22,2026-11-22 11:00" {
		t.Errorf("the file is %q", got)
	}
	for _, role := range []billing.Role{billing.Member, billing.Admin} {
		other := s.client()
		if role == billing.Member {
			s.addUser(role)
		}
		other.signIn(role)
		settings := other.get("/settings").want(http.StatusOK)
		settings.lacksLink("/settings/people")
		other.get("/settings/people").want(http.StatusForbidden)
	}
}

// A change of role holds from the next sign-in on, which comes at the next request.
func TestChangeRole(t *testing.T) {
	s := newSite(t)
	owner, admin := s.as(billing.Owner), s.as(billing.Admin)
	path := "/settings/people/" + s.person(billing.Admin).ID + "/role"
	a := owner.get(path).want(http.StatusOK).shows("Change the role of The admin?", "is an admin.", "is signed out of Demo Rental at once")
	checkPage(t, a)
	for _, wrong := range []string{"", "root"} {
		checkPage(t, owner.post(path, url.Values{"role": {wrong}}).want(http.StatusUnprocessableEntity).shows("Choose a role."))
	}
	owner.post(path, url.Values{"role": {"admin"}}).leadsTo("/settings/people")
	owner.get("/settings/people").shows("Nothing was changed.")
	admin.get("/import").want(http.StatusOK)
	owner.post(path, url.Values{"role": {"member"}}).leadsTo("/settings/people")
	owner.get("/settings/people").shows("The admin is a member now, and signs in again.")
	admin.get("/import").leadsTo("/sign-in?next=%2Fimport")
	admin.signIn(billing.Admin).leadsTo("/")
	admin.get("/import").want(http.StatusForbidden)
	owner.get("/activity").shows("Changed the role of The admin from admin to member")
}

func TestRemovePerson(t *testing.T) {
	s := newSite(t)
	owner, admin := s.as(billing.Owner), s.as(billing.Admin)
	path := "/settings/people/" + s.person(billing.Admin).ID + "/remove"
	checkPage(t, owner.get(path).want(http.StatusOK).shows("Remove The admin?", "can't open it any more"))
	owner.post(path, nil).leadsTo("/settings/people")
	owner.get("/settings/people").shows("The admin no longer works in Demo Rental.").lacks("admin@example.com")
	admin.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
	admin.signIn(billing.Admin).want(http.StatusUnprocessableEntity)
	owner.get(path).want(http.StatusNotFound)
	owner.get("/activity").shows("Removed the user admin@example.com, who was admin", "The admin User")
}

// Nobody can leave the business unit without an owner, not even by their own hand.
func TestLastOwner(t *testing.T) {
	s := newSite(t)
	c := s.as(billing.Owner)
	person := "/settings/people/" + s.person(billing.Owner).ID
	for _, act := range []string{"/role", "/remove"} {
		page := c.get(person+act).want(http.StatusOK).shows("The owner stays an owner", "The owner is the only owner here. Make somebody else an owner first.")
		if strings.Contains(page.body, "button danger") || strings.Contains(page.body, `name="role"`) {
			t.Errorf("%s is offered", act)
		}
		page.lacks("Remove The owner?", "Change the role of")
		checkPage(t, c.post(person+act, url.Values{"role": {"member"}}).want(http.StatusUnprocessableEntity).shows("The owner is the only owner here."))
	}
	s.addUser(billing.Admin)
	if _, err := s.store.ChangeRole(t.Context(), s.scope(), s.person(billing.Admin).ID, billing.Owner); err != nil {
		t.Fatal(err)
	}
	checkPage(t, c.get(person+"/remove").want(http.StatusOK).shows("Leave Demo Rental?", "You are signed out", "What you did stays", "An owner can invite you again.", "Stay").lacks("The owner (", "them"))
	c.post(person+"/role", url.Values{"role": {"member"}}).leadsTo("/sign-in")
	c.get("/sign-in").shows("You are a member now. Sign in again to go on.")
	c.get("/groups").leadsTo("/sign-in?next=%2Fgroups")
}

func TestInvitePerson(t *testing.T) {
	s := newSite(t, func(cfg *Config) { cfg.BaseURL = "http://billing.example.com" })
	c := s.as(billing.Owner)
	const path = "/settings/people/invite"
	checkPage(t, c.get(path).want(http.StatusOK).shows("Invite somebody"))
	refused := c.post(path, url.Values{"email": {"grace"}, "role": {"root"}}).want(http.StatusUnprocessableEntity).shows("There are 2 problems")
	if refused.field("email") != "grace" {
		t.Error("what was typed is gone")
	}
	c.post(path, url.Values{"email": {s.email(billing.Owner)}, "role": {"member"}}).want(http.StatusUnprocessableEntity).shows("works here already")
	a := c.post(path, url.Values{"email": {"Grace@example.com"}, "role": {"admin"}}).want(http.StatusOK).shows("not shown again", "as an admin", "Reloading makes another link; this one then stops.")
	checkPage(t, a)
	link, whole := strings.CutPrefix(a.field("link"), "http://billing.example.com")
	if !whole {
		t.Fatalf("the link is %q", a.field("link"))
	}
	_, token, _ := strings.Cut(link, "token=")
	list := c.get("/settings/people").shows("grace@example.com")
	activity := c.get("/activity").shows("Invited grace@example.com as admin")
	if log := s.log.String(); token == "" || strings.Contains(list.body+activity.body+log, token) {
		t.Errorf("the token %q is shown again, or in the log", token)
	}
	stranger := s.client()
	stranger.get(link).want(http.StatusOK).shows("Join Demo Rental", "The owner invited grace@example.com to work in Demo Rental as an admin.")
	withdraw := list.linkTo("Withdraw the invite of grace@example.com")
	checkPage(t, c.get(withdraw).want(http.StatusOK).shows("The link stops working at once."))
	c.post(withdraw, nil).leadsTo("/settings/people")
	c.get("/settings/people").shows("The invite of grace@example.com is withdrawn.", "No open invites")
	c.get("/activity").shows("Withdrew the invite of grace@example.com")
	stranger.get(link).want(http.StatusNotFound)
	if strings.Contains(s.log.String(), token) {
		t.Error("the log has the token")
	}
}

func TestAcceptInvite(t *testing.T) {
	s := newSite(t)
	_, link := s.invite("grace@example.com", billing.Admin)
	token := strings.TrimPrefix(link, "/invite?token=")
	c := s.client()
	checkPage(t, c.get(link).want(http.StatusOK))
	refused := c.post("/invite", url.Values{"token": {token}, "userName": {"<b>Grace"}, "password": {"short"}}).want(http.StatusUnprocessableEntity).shows("at least 12 characters")
	checkPage(t, refused)
	if refused.field("userName") != "<b>Grace" || refused.field("password") != "" {
		t.Error("the name is gone, or the password came back")
	}
	form := url.Values{"token": {token}, "userName": {"Grace Hopper"}, "password": {testPassword}, "email": {"eve@example.com"}}
	c.post("/invite", form).leadsTo("/")
	c.get("/groups").want(http.StatusOK).shows("You have joined Demo Rental as an admin.", "Grace Hopper · admin")
	c.get("/activity").shows("Joined as admin")
	// Used, too old, withdrawn or unknown: nobody learns which.
	_, old := s.invite("old@example.com", billing.Member)
	s.advance(db.InviteLife)
	withdrawn, taken := s.invite("gone@example.com", billing.Member)
	if _, err := s.store.WithdrawInvite(t.Context(), s.scope(), withdrawn.ID); err != nil {
		t.Fatal(err)
	}
	var first *answer
	for _, dead := range []string{link, old, taken, "/invite?token=unknown", "/invite"} {
		a := s.client().get(dead).want(http.StatusNotFound).shows("This invite can't be used", "ask whoever invited you for a new link")
		checkPage(t, a)
		if first == nil {
			first = a
		}
		_, token, _ := strings.Cut(dead, "token=")
		sent := s.client().post("/invite", url.Values{"token": {token}, "userName": {"Eve"}, "password": {testPassword}}).want(http.StatusNotFound)
		if a.body != first.body || sent.body != first.body {
			t.Errorf("%s tells what became of the invite:\n%s\n%s", dead, a.body, sent.body)
		}
	}
}

// Who works elsewhere joins with the account there: signed in, and as nobody else.
func TestJoinWithAccount(t *testing.T) {
	s := newSite(t)
	home := s.tenant
	c := s.as(billing.Admin)
	other, err := s.store.CreateTenant(t.Context(), testActor, home.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	s.tenant = other
	_, link := s.invite(s.email(billing.Admin), billing.Member)
	token := strings.TrimPrefix(link, "/invite?token=")
	stranger := s.client()
	a := stranger.get(link).want(http.StatusOK).shows("admin@example.com has an account already.")
	checkPage(t, a)
	if strings.Contains(a.body, `name="password"`) {
		t.Error("a password is asked for")
	}
	stranger.post("/invite", url.Values{"token": {token}, "userName": {"Eve"}, "password": {"another long password"}}).want(http.StatusConflict).shows("has an account already.")
	next := stranger.get(a.linkTo("Sign in as admin@example.com")).want(http.StatusOK).field("next")
	stranger.post("/sign-in", url.Values{"email": {s.email(billing.Admin)}, "password": {testPassword}, "next": {next}}).leadsTo(link)

	s.tenant = home
	owner := s.as(billing.Owner)
	checkPage(t, owner.get(link).want(http.StatusOK).shows("You are signed in as owner@example.com. Sign out, then open the link again."))
	owner.post("/invite", url.Values{"token": {token}}).want(http.StatusConflict).shows("You are signed in as owner@example.com.")
	if people, err := s.store.People(t.Context(), other); err != nil || len(people) != 0 {
		t.Fatalf("somebody has joined: %v, %v", people, err)
	}

	checkPage(t, c.get(link).want(http.StatusOK).shows("Join Demo Rental as a member"))
	s.advance(time.Minute)
	c.post("/invite", url.Values{"token": {token}}).leadsTo("/")
	c.get("/groups").shows("You have joined Demo Rental as a member.", "The admin · member")
	c.get(link).want(http.StatusNotFound)
}

// Who sends a form slowly is looked at once it is whole: it can't be begun while one may,
// kept back, and ended when one may no more.
func TestFormOfSomebodyRemovedMeanwhile(t *testing.T) {
	var cfg Config
	s := newSite(t, func(c *Config) { cfg = *c })
	c := s.as(billing.Owner)
	if _, err := s.store.CreateUser(t.Context(), s.scope(), billing.UserInput{Email: "second@example.com", Name: "Second", Password: testPassword}, billing.Owner); err != nil {
		t.Fatal(err)
	}
	handler, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	body := &onRead{Reader: strings.NewReader(url.Values{"email": {"accomplice@example.com"}, "role": {"owner"}}.Encode()), do: func() {
		if _, err := s.store.RemovePerson(t.Context(), s.scope(), s.person(billing.Owner).ID); err != nil {
			t.Error(err)
		}
	}}
	r := c.request(http.MethodPost, "/settings/people/invite", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, cookie := range c.http.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("status %d, to %q", w.Code, to)
	}
	if open, err := s.store.Invites(t.Context(), s.tenant); err != nil || len(open) != 0 {
		t.Errorf("open invites: %v, %v", open, err)
	}
}

// onRead is a body before whose first byte something happens.
type onRead struct {
	io.Reader
	do   func()
	done bool
}

func (b *onRead) Read(p []byte) (int, error) {
	if !b.done {
		b.done = true
		b.do()
	}
	return b.Reader.Read(p)
}
