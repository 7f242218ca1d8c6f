package db

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-sqlite3"

	"billfold/billing"
)

// newPeople opens a store on a step clock with two business units. Olga owns the first,
// Ada is an admin in both and was added to the second later.
func newPeople(t *testing.T) (s *Store, clock *stepClock, north, south Tenant, olga, ada billing.User) {
	t.Helper()
	clock = newStepClock()
	s = openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	north, south = newTenant(t, s), newTenant(t, s)
	olga = newUser(t, s, north, "olga@example.com", billing.Owner)
	ada = newUser(t, s, north, "ada@example.com", billing.Admin)
	clock.step(time.Hour)
	if _, err := s.AddMember(t.Context(), newScope(south), " Ada@Example.com ", billing.Admin); err != nil {
		t.Fatal(err)
	}
	return s, clock, north, south, olga, ada
}

// signIn begins a session of a user with testPassword.
func signIn(t *testing.T, s *Store, email string) (token string) {
	t.Helper()
	token, err := s.SignIn(t.Context(), email, testPassword)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// unitOf answers the id of the business unit that a session is in, "" for none.
func unitOf(t *testing.T, s *Store, token string) string {
	t.Helper()
	session, err := s.Session(t.Context(), token)
	if err != nil && !errors.Is(err, ErrNoSession) {
		t.Fatal(err)
	}
	return session.Tenant.ID
}

// roles answers who works in a tenant, as "email role".
func roles(t *testing.T, s *Store, tenant Tenant) (roles []string) {
	t.Helper()
	people, err := s.People(t.Context(), tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		roles = append(roles, p.Email+" "+string(p.Role))
	}
	return roles
}

func TestPeople(t *testing.T) {
	s, clock, north, south, olga, ada := newPeople(t)
	begun := clock.now()
	clock.step(time.Minute)
	signIn(t, s, olga.Email)
	people, err := s.People(t.Context(), north)
	if err != nil || len(people) != 2 {
		t.Fatal(people, err)
	}
	if p := people[0]; p.ID != olga.ID || p.Role != billing.Owner || !p.OnlyOwner || !p.Since.Equal(begun.Add(-time.Hour)) || !p.Seen.Equal(clock.now()) {
		t.Errorf("Olga is %+v", p)
	}
	if p := people[1]; p.ID != ada.ID || p.OnlyOwner || !p.Seen.IsZero() {
		t.Errorf("Ada is %+v", p)
	}
	for _, name := range []string{"Zoë", "Ömer", "Ada", "olga"} {
		_, token := invite(t, s, south, fmt.Sprintf("p%x@example.com", name), billing.Member)
		if _, err := s.AcceptInvite(t.Context(), token, name, testPassword); err != nil {
			t.Fatal(err)
		}
	}
	if people, err = s.People(t.Context(), south); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range people {
		names = append(names, p.Name)
	}
	if want := []string{"Ada", "olga", "Ömer", "Ulla Unger", "Zoë"}; !cmp.Equal(names, want) {
		t.Errorf("by name: %q, want %q", names, want)
	}
	there, err := s.Person(t.Context(), south, ada.ID)
	if err != nil || !there.Since.Equal(begun) {
		t.Errorf("Ada in the other business unit: %+v, %v", there, err)
	}
	for _, id := range []string{olga.ID, "usr_unknown", ""} {
		if _, err := s.Person(t.Context(), south, id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("%q in the other business unit: %v", id, err)
		}
	}
}

func TestAddMember(t *testing.T) {
	s, _, _, south, _, ada := newPeople(t)
	for email, want := range map[string]billing.Code{"nobody@example.com": billing.CodeNotFound, "ada@example.com": billing.CodeValidation, "ada": billing.CodeValidation} {
		if _, err := s.AddMember(t.Context(), newScope(south), email, billing.Admin); billing.CodeOf(err) != want {
			t.Errorf("%s: %v, want %s", email, err, want)
		}
	}
	if _, err := s.AddMember(t.Context(), newScope(south), "olga@example.com", "root"); !cmp.Equal(paths(err), []string{"role"}) {
		t.Errorf("of no role: %v", err)
	}
	if got := actions(t, s, south, "user", ada.ID); !cmp.Equal(got, []string{"user.created"}) {
		t.Errorf("activity: %v", got)
	}
}

// lesser are the ways of an owner or an admin to become less than that.
var lesser = map[string]func(t *testing.T, s *Store, scope Scope, id string) error{
	"role changed": func(t *testing.T, s *Store, scope Scope, id string) error {
		_, err := s.ChangeRole(t.Context(), scope, id, billing.Member)
		return err
	},
	"removed": func(t *testing.T, s *Store, scope Scope, id string) error {
		_, err := s.RemovePerson(t.Context(), scope, id)
		return err
	},
}

// A change of role, or a removal, ends the person's sessions in this business unit, and
// nobody else's, and none elsewhere.
func TestChangeEndsSessions(t *testing.T) {
	for name, change := range lesser {
		t.Run(name, func(t *testing.T) {
			s, _, north, south, olga, ada := newPeople(t)
			others, here := signIn(t, s, olga.Email), signIn(t, s, ada.Email)
			there, err := s.SwitchUnit(t.Context(), signIn(t, s, ada.Email), south.ID)
			if err != nil {
				t.Fatal(err)
			}
			if err := change(t, s, newScope(north), ada.ID); err != nil {
				t.Fatal(err)
			}
			if unitOf(t, s, here) != "" || unitOf(t, s, there) != south.ID || unitOf(t, s, others) != north.ID {
				t.Errorf("sessions: here %q, there %q, another's %q", unitOf(t, s, here), unitOf(t, s, there), unitOf(t, s, others))
			}
			if got := roles(t, s, south); !cmp.Equal(got, []string{"ada@example.com admin"}) {
				t.Errorf("elsewhere: %v", got)
			}
		})
	}
}

func TestChangeRole(t *testing.T) {
	s, _, north, _, olga, ada := newPeople(t)
	token := signIn(t, s, ada.Email)
	for _, test := range []struct {
		id   string
		role billing.Role
		want billing.Code
	}{
		{ada.ID, "root", billing.CodeValidation}, {"usr_unknown", billing.Admin, billing.CodeNotFound},
		{olga.ID, billing.Admin, billing.CodeLastOwner}, {olga.ID, billing.Owner, ""}, {ada.ID, billing.Admin, ""},
	} {
		if _, err := s.ChangeRole(t.Context(), newScope(north), test.id, test.role); billing.CodeOf(err) != test.want {
			t.Errorf("%s as %s: %v, want %q", test.id, test.role, err, test.want)
		}
	}
	if unitOf(t, s, token) == "" || len(actions(t, s, north, "user", ada.ID)) != 1 {
		t.Error("what changes nothing ends sessions, or is in the activity")
	}
	before, err := s.ChangeRole(t.Context(), newScope(north), ada.ID, billing.Owner)
	if err != nil || before.Role != billing.Admin {
		t.Errorf("%+v, %v", before, err)
	}
	if _, err := s.ChangeRole(t.Context(), newScope(north), olga.ID, billing.Member); err != nil {
		t.Errorf("with another owner left: %v", err)
	}
	if got := roles(t, s, north); !cmp.Equal(got, []string{"olga@example.com member", "ada@example.com owner"}) {
		t.Errorf("roles: %v", got)
	}
	if got := actions(t, s, north, "user", ada.ID); !cmp.Equal(got, []string{"user.role_changed", "user.created"}) {
		t.Errorf("activity: %v", got)
	}
}

func TestRemovePerson(t *testing.T) {
	s, _, north, _, olga, ada := newPeople(t)
	if _, err := s.RemovePerson(t.Context(), newScope(north), olga.ID); billing.CodeOf(err) != billing.CodeLastOwner || !strings.HasPrefix(errors.Unwrap(err).Error(), olga.Name+" is the only owner") {
		t.Errorf("the last owner: %v", err)
	}
	if before, err := s.RemovePerson(t.Context(), newScope(north), ada.ID); err != nil || before.Email != ada.Email {
		t.Errorf("%+v, %v", before, err)
	}
	if _, err := s.RemovePerson(t.Context(), newScope(north), ada.ID); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("again: %v", err)
	}
	if got := actions(t, s, north, "user", ada.ID); !cmp.Equal(got, []string{"user.removed", "user.created"}) {
		t.Errorf("activity: %v", got)
	}
	names, err := s.Names(t.Context(), north, map[string][]string{"user": {ada.ID}})
	if err != nil || names["user"][ada.ID] != ada.Name {
		t.Errorf("the activity calls who was removed %v, %v", names, err)
	}
}

// What the rule refuses, the database refuses to any SQL, and it is the same refusal.
func TestLastOwnerTrigger(t *testing.T) {
	s, _, north, south, olga, ada := newPeople(t)
	for _, statement := range []string{
		`DELETE FROM memberships`, `UPDATE memberships SET role = 'member'`, fmt.Sprintf(`UPDATE memberships SET tenant = %d WHERE role = 'owner'`, south.Key),
		`INSERT OR REPLACE INTO memberships (tenant, user, role) SELECT tenant, user, 'member' FROM memberships`,
	} {
		_, err := s.writer.db.Exec(statement)
		raw, isSQLite := errors.AsType[sqlite3.Error](err)
		if refusal := wrap("x", err); !isSQLite || billing.CodeOf(refusal) != billing.CodeLastOwner || strings.Contains(refusal.Error(), raw.Error()) {
			t.Errorf("%s: %v, told as %v", statement, err, refusal)
		}
	}
	if got := roles(t, s, north); !cmp.Equal(got, []string{"olga@example.com owner", "ada@example.com admin"}) {
		t.Errorf("roles: %v", got)
	}
	if _, err := s.ChangeRole(t.Context(), newScope(north), ada.ID, billing.Owner); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writer.db.Exec(`DELETE FROM memberships WHERE user = (SELECT key FROM users WHERE id = ?1)`, olga.ID); err != nil {
		t.Errorf("with another owner left: %v", err)
	}
}

// Two owners who take each other's role at the same moment leave one.
func TestOwnersRemoveEachOther(t *testing.T) {
	s, _, north, _, olga, ada := newPeople(t)
	if _, err := s.ChangeRole(t.Context(), newScope(north), ada.ID, billing.Owner); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i, id := range []string{olga.ID, ada.ID} {
		group.Go(func() { _, errs[i] = s.RemovePerson(t.Context(), newScope(north), id) })
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || billing.CodeOf(errors.Join(errs...)) != billing.CodeLastOwner || len(roles(t, s, north)) != 1 {
		t.Errorf("%v, left are %v", errs, roles(t, s, north))
	}
}

func TestSwitchUnit(t *testing.T) {
	s, clock, north, south, olga, ada := newPeople(t)
	token := signIn(t, s, ada.Email)
	if unitOf(t, s, token) != north.ID {
		t.Fatal("who was nowhere yet does not begin in the first business unit")
	}
	session, err := s.Session(t.Context(), token)
	if want := []Unit{{north.ID, north.Name}, {south.ID, south.Name}}; err != nil || !cmp.Equal(session.Units, want) {
		t.Errorf("business units: %v, %v", session.Units, err)
	}
	if lone, err := s.Session(t.Context(), signIn(t, s, olga.Email)); err != nil || lone.Units != nil {
		t.Errorf("of one business unit: %v, %v", lone.Units, err)
	}
	for _, id := range []string{"ten_unknown", "", newTenant(t, s).ID} {
		if _, err := s.SwitchUnit(t.Context(), token, id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("to %q: %v", id, err)
		}
	}
	clock.step(time.Minute)
	next, err := s.SwitchUnit(t.Context(), token, south.ID)
	if err != nil || next == token || unitOf(t, s, next) != south.ID {
		t.Fatalf("it is in %q, %v", unitOf(t, s, next), err)
	}
	if unitOf(t, s, token) != "" {
		t.Error("the old token opens something still")
	}
	if _, err := s.SwitchUnit(t.Context(), token, north.ID); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("with the old token: %v", err)
	}
	if again := signIn(t, s, ada.Email); unitOf(t, s, again) != south.ID {
		t.Error("signing in does not lead to the business unit last used")
	}
	clock.step(SessionIdle - time.Minute)
	if unitOf(t, s, next) == "" {
		t.Error("the session is over too early")
	}
	settle(t, s)
	for range 30 { // in use all the time
		clock.step(20 * time.Minute)
		if next, err = s.SwitchUnit(t.Context(), next, north.ID); err != nil {
			t.Fatal(err)
		}
	}
	if unitOf(t, s, next) != "" {
		t.Error("switching makes a session younger")
	}
}
