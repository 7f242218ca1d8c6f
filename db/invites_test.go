package db

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

// invite invites an address and answers the invite and the link's token.
func invite(t *testing.T, s *Store, tenant Tenant, email string, role billing.Role) (Invite, string) {
	t.Helper()
	in, token, err := s.InvitePerson(t.Context(), newScope(tenant), email, role)
	if err != nil {
		t.Fatal(err)
	}
	return in, token
}

func TestInvite(t *testing.T) {
	s, clock, north, south, _, _ := newPeople(t)
	for _, test := range []struct {
		email string
		role  billing.Role
		want  []string
	}{
		{"grace", "root", []string{"email", "role"}}, {"", billing.Admin, []string{"email"}}, {"grace@example.com", "", []string{"role"}},
		{" ADA@example.com", billing.Member, []string{"email"}},
	} {
		if _, _, err := s.InvitePerson(t.Context(), newScope(north), test.email, test.role); !cmp.Equal(paths(err), test.want) {
			t.Errorf("%q as %q: %v, want problems with %v", test.email, test.role, err, test.want)
		}
	}
	first, old := invite(t, s, north, " Grace@Example.com ", billing.Member)
	clock.step(time.Hour)
	second, token := invite(t, s, north, "grace@example.com", billing.Admin)
	elsewhere, _ := invite(t, s, south, "grace@example.com", billing.Member)
	open, err := s.Invites(t.Context(), north)
	if err != nil || !cmp.Equal(open, []Invite{second}) || second.By != testActor.Name || second.Until.Sub(second.At) != InviteLife {
		t.Errorf("open: %+v, %v, want %+v", open, err, second)
	}
	if in, err := s.Invited(t.Context(), token); err != nil || in.Email != "grace@example.com" || in.Role != billing.Admin || in.Tenant.ID != north.ID || in.Account {
		t.Errorf("behind the link: %+v, %v", in, err)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM invites WHERE token_hash = ?1`, hashToken(token)); n != 1 || len(token) != 43 {
		t.Errorf("token %q is kept %d times as a hash", token, n)
	}
	for name, dead := range map[string]string{"replaced": old, "unknown": newToken(), "empty": "", "long": strings.Repeat("x", 1<<16)} {
		wantNoInvite(t, s, name, dead)
	}
	for name, id := range map[string]string{"replaced": first.ID, "elsewhere": elsewhere.ID, "unknown": "inv_unknown"} {
		if _, err := s.WithdrawInvite(t.Context(), newScope(north), id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("withdraw one that is %s: %v", name, err)
		}
		if _, err := s.OpenInvite(t.Context(), north, id); billing.CodeOf(err) != billing.CodeNotFound {
			t.Errorf("show one that is %s: %v", name, err)
		}
	}
	if in, err := s.WithdrawInvite(t.Context(), newScope(north), second.ID); err != nil || in != second {
		t.Errorf("withdrawn: %+v, %v", in, err)
	}
	wantNoInvite(t, s, "withdrawn", token)
	if got := actions(t, s, north, "invite", second.ID); !cmp.Equal(got, []string{"invite.withdrawn", "invite.created"}) {
		t.Errorf("activity: %v", got)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM activity WHERE instr(coalesce(before, '') || coalesce(after, ''), ?1)`, token); n > 0 {
		t.Error("the activity holds a token")
	}
}

// Nobody comes back by a link they made as an owner, or lets others in by it.
func TestInvitesEndWithTheirOwner(t *testing.T) {
	for name, end := range lesser {
		t.Run(name, func(t *testing.T) {
			s, _, north, south, olga, ada := newPeople(t)
			if _, err := s.ChangeRole(t.Context(), newScope(north), ada.ID, billing.Owner); err != nil {
				t.Fatal(err)
			}
			tokens := map[string]string{}
			var theirs Invite
			for what, scope := range map[string]Scope{
				"theirs": {north, Actor{ActorUser, ada.ID, ada.Name}}, "elsewhere": {south, Actor{ActorUser, ada.ID, ada.Name}}, "another's": {north, Actor{ActorUser, olga.ID, olga.Name}},
			} {
				i, token, err := s.InvitePerson(t.Context(), scope, fmt.Sprintf("p%x@example.com", what), billing.Owner)
				if err != nil {
					t.Fatal(err)
				}
				if tokens[what] = token; what == "theirs" {
					theirs = i
				}
			}
			if err := end(t, s, newScope(north), ada.ID); err != nil {
				t.Fatal(err)
			}
			wantNoInvite(t, s, "theirs", tokens["theirs"])
			for _, what := range []string{"elsewhere", "another's"} {
				if _, err := s.Invited(t.Context(), tokens[what]); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
			if got := actions(t, s, north, "invite", theirs.ID); !cmp.Equal(got, []string{"invite.withdrawn", "invite.created"}) {
				t.Errorf("activity: %v", got)
			}
		})
	}
}

// wantNoInvite fails the test unless a link does nothing and looks like one that never was.
func wantNoInvite(t *testing.T, s *Store, name, token string) {
	t.Helper()
	before := numberOf(t, s, `SELECT count(*) FROM memberships`)
	_, shown := s.Invited(t.Context(), token)
	_, accepted := s.AcceptInvite(t.Context(), token, "Grace", testPassword)
	_, _, joined := s.JoinUnit(t.Context(), token, newToken())
	for _, err := range []error{shown, accepted, joined} {
		if refusal, ok := errors.AsType[*billing.Error](err); !ok || refusal.Code != billing.CodeNotFound || refusal.Message != "There is no such invite." {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := numberOf(t, s, `SELECT count(*) FROM memberships`); after != before {
		t.Errorf("%s: somebody has joined", name)
	}
}

func TestAcceptInvite(t *testing.T) {
	s, clock, north, _, _, _ := newPeople(t)
	in, token := invite(t, s, north, "grace@example.com", billing.Admin)
	if _, err := s.AcceptInvite(t.Context(), token, " ", "short"); !cmp.Equal(paths(err), []string{"userName", "password"}) {
		t.Errorf("refused: %v", err)
	}
	clock.step(InviteLife - time.Millisecond)
	session, err := s.AcceptInvite(t.Context(), token, " Grace Hopper ", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Session(t.Context(), session)
	if err != nil || got.User.Name != "Grace Hopper" || got.User.Email != in.Email || got.Role != billing.Admin || got.Tenant.ID != north.ID {
		t.Errorf("signed in as %+v, %v", got, err)
	}
	wantNoInvite(t, s, "used", token)
	entries, err := s.Activity(t.Context(), north, "user", got.User.ID, 9)
	if err != nil || len(entries) != 1 || entries[0].Action != "user.joined" || entries[0].Actor != (Actor{ActorUser, got.User.ID, "Grace Hopper"}) {
		t.Errorf("activity: %+v, %v", entries, err)
	}
	signIn(t, s, "grace@example.com")
}

func TestInviteEnds(t *testing.T) {
	s, clock, north, _, olga, _ := newPeople(t)
	in, token := invite(t, s, north, "grace@example.com", billing.Admin)
	clock.step(InviteLife)
	wantNoInvite(t, s, "too old", token)
	if open, err := s.Invites(t.Context(), north); err != nil || open != nil {
		t.Errorf("open: %v, %v", open, err)
	}
	if _, err := s.WithdrawInvite(t.Context(), newScope(north), in.ID); billing.CodeOf(err) != billing.CodeNotFound {
		t.Errorf("withdrawn: %v", err)
	}
	signIn(t, s, olga.Email)
	if n := numberOf(t, s, `SELECT count(*) FROM invites`); n != 0 {
		t.Error("the old invite is still kept")
	}
}

// Two people with one link: one is let in, whichever way they come.
func TestOneLinkOnePerson(t *testing.T) {
	s, _, north, _, _, _ := newPeople(t)
	_, token := invite(t, s, north, "grace@example.com", billing.Admin)
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() { _, errs[i] = s.AcceptInvite(t.Context(), token, "Grace", testPassword) })
	}
	group.Wait()
	let := 0
	for _, err := range errs {
		switch {
		case err == nil:
			let++
		case billing.CodeOf(err) != billing.CodeNotFound:
			t.Error(err)
		}
	}
	if let != 1 || numberOf(t, s, `SELECT count(*) FROM users WHERE email = 'grace@example.com'`) != 1 {
		t.Errorf("%d were let in", let)
	}
}

// Who has an account joins with it, signed in, and nobody else does.
func TestJoinUnit(t *testing.T) {
	s, clock, north, south, olga, ada := newPeople(t)
	in, token := invite(t, s, south, "olga@example.com", billing.Member)
	if got, err := s.Invited(t.Context(), token); err != nil || !got.Account {
		t.Fatalf("behind the link: %+v, %v", got, err)
	}
	if _, err := s.AcceptInvite(t.Context(), token, "Eve", "another long password"); billing.CodeOf(err) != billing.CodeHasAccount {
		t.Errorf("with a new password: %v", err)
	}
	session := signIn(t, s, olga.Email)
	for name, wrong := range map[string]string{"another's": signIn(t, s, ada.Email), "unknown": newToken()} {
		if _, _, err := s.JoinUnit(t.Context(), token, wrong); !errors.Is(err, ErrNoSession) {
			t.Errorf("with a session that is %s: %v", name, err)
		}
	}
	if got := roles(t, s, south); !cmp.Equal(got, []string{"ada@example.com admin"}) {
		t.Fatalf("before: %v", got)
	}
	clock.step(time.Minute)
	next, joined, err := s.JoinUnit(t.Context(), token, session)
	if err != nil || joined.ID != in.ID || unitOf(t, s, next) != south.ID || unitOf(t, s, session) != "" {
		t.Errorf("joined %+v, %v, in %q", joined, err, unitOf(t, s, next))
	}
	wantNoInvite(t, s, "used", token)
	if got := roles(t, s, north); !cmp.Equal(got, []string{"olga@example.com owner", "ada@example.com admin"}) {
		t.Errorf("where Olga was: %v", got)
	}
	if got := actions(t, s, south, "user", olga.ID); !cmp.Equal(got, []string{"user.joined"}) {
		t.Errorf("activity: %v", got)
	}
}

// Who works nowhere any more can't sign in, and so begins anew: with the same account, a
// new password, and nothing left of before.
func TestAcceptInviteAfterRemoval(t *testing.T) {
	s, _, north, south, _, ada := newPeople(t)
	before, err := s.SignIn(t.Context(), ada.Email, testPassword)
	if err != nil {
		t.Fatal(err)
	}
	setUpApp(t, s, before)
	for _, tenant := range []Tenant{north, south} {
		if _, err := s.RemovePerson(t.Context(), newScope(tenant), ada.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, token := invite(t, s, north, ada.Email, billing.Member)
	session, err := s.AcceptInvite(t.Context(), token, "Ada King", "another long password")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Session(t.Context(), session)
	if err != nil || got.User != (billing.User{ID: ada.ID, Email: ada.Email, Name: "Ada King"}) || got.Role != billing.Member {
		t.Errorf("signed in as %+v, %v", got, err)
	}
	if _, err := s.SignIn(t.Context(), ada.Email, testPassword); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("the old password: %v", err)
	}
}

// Who is added by hand needs no invite any more.
func TestAddMemberEndsInvite(t *testing.T) {
	s, _, _, south, _, _ := newPeople(t)
	_, token := invite(t, s, south, "olga@example.com", billing.Member)
	if _, err := s.AddMember(t.Context(), newScope(south), "olga@example.com", billing.Admin); err != nil {
		t.Fatal(err)
	}
	wantNoInvite(t, s, "not needed any more", token)
}

// An account that comes to life while the new password is hashed is not taken over.
func TestAccountWhileAccepting(t *testing.T) {
	s, _, north, south, _, ada := newPeople(t)
	for _, tenant := range []Tenant{north, south} {
		if _, err := s.RemovePerson(t.Context(), newScope(tenant), ada.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, token := invite(t, s, north, ada.Email, billing.Owner)
	for range passwordsAtOnce {
		s.passwords.working <- struct{}{}
	}
	answer := make(chan error)
	go func() {
		_, err := s.AcceptInvite(t.Context(), token, "Eve", "another long password")
		answer <- err
	}()
	eventually(t, "the invite waits for its turn", func() bool { return len(s.passwords.admitted) == 1 })
	_, err := s.AddMember(t.Context(), newScope(south), ada.Email, billing.Admin)
	for range passwordsAtOnce {
		<-s.passwords.working
	}
	if accepted := <-answer; err != nil || billing.CodeOf(accepted) != billing.CodeHasAccount {
		t.Errorf("%v, %v, want HAS_ACCOUNT", err, accepted)
	}
	signIn(t, s, ada.Email) // with the password of before
}
