package db

import (
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"billfold/billing"
)

// createOnce makes acme's group of one subscription under a name, and answers what
// was answered.
func createOnce(t *testing.T, s *Store, tenant Tenant, key, subscription string) (string, bool, error) {
	t.Helper()
	in := acmeInput()
	in.SubscriptionIDs = []string{subscription}
	answer, again, err := s.CreateGroupOnce(t.Context(), newScope(tenant), in, Once{Key: key, Request: sha256.Sum256([]byte(subscription))},
		func(g Group) ([]byte, error) { return []byte("made " + g.ID), nil })
	return string(answer), again, err
}

// A name is remembered for 24 hours, and then it is free.
func TestOnceForADay(t *testing.T) {
	clock := newStepClock()
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	tenant := newTenant(t, s)
	acme := addCustomer(t, s, tenant, billing.Customer{ID: "acme", Company: "Acme GmbH"})
	addSubscription(t, s, tenant, acme, "s1", 129_00, "2026-03-03")
	addSubscription(t, s, tenant, acme, "s2", 89_00, "2026-05-20")

	first, again, err := createOnce(t, s, tenant, "k", "s1")
	if err != nil || again {
		t.Fatalf("%t, %v", again, err)
	}
	clock.step(onceLife - time.Millisecond)
	if answer, again, err := createOnce(t, s, tenant, "k", "s1"); err != nil || !again || answer != first {
		t.Errorf("within a day %q, %t, %v; want %q", answer, again, err, first)
	}
	if _, _, err := createOnce(t, s, tenant, "k", "s2"); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another request within a day: %v", err)
	}
	clock.step(time.Millisecond)
	if answer, again, err := createOnce(t, s, tenant, "k", "s2"); err != nil || again || answer == first {
		t.Errorf("another request after a day %q, %t, %v", answer, again, err)
	}
	if n := numberOf(t, s, `SELECT count(*) FROM answers`); n != 1 {
		t.Errorf("%d answers are kept, want the newer one", n)
	}
}

// What fails keeps nothing, wherever it fails.
func TestOnceKeepsOnlyWhatWasDone(t *testing.T) {
	s, tenant := newAcme(t)
	if _, _, err := createOnce(t, s, tenant, "k", "unknown"); billing.CodeOf(err) != billing.CodeSubscriptionNotFound {
		t.Errorf("%v", err)
	}
	broken := errors.New("broken")
	_, _, err := s.CreateGroupOnce(t.Context(), newScope(tenant), acmeInput(), Once{Key: "k"}, func(Group) ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if n := numberOf(t, s, `SELECT (SELECT count(*) FROM answers) + (SELECT count(*) FROM groups)`); n != 0 {
		t.Errorf("%d rows are left of what failed", n)
	}
	if _, again, err := createOnce(t, s, tenant, "k", "s1"); err != nil || again {
		t.Errorf("%t, %v", again, err)
	}
	if _, made, err := s.Answered(t.Context(), newScope(tenant), Once{}); made || err != nil {
		t.Errorf("a change without a name was made: %v", err)
	}
}

// A form that was sent twice is recognised for a day, by the person who sent it.
func TestFormTokenIsThePersons(t *testing.T) {
	s, tenant := newAcme(t)
	in := acmeInput()
	in.SubscriptionIDs = []string{"s1"}
	if _, err := s.CreateGroup(t.Context(), newScope(tenant), in, "token"); err != nil {
		t.Fatal(err)
	}
	other := newScope(tenant)
	other.Actor.ID = "usr_other"
	if _, err := s.CreateGroup(t.Context(), other, in, "token"); billing.CodeOf(err) != billing.CodeSubscriptionAlreadyGrouped {
		t.Errorf("another person's: %v", err)
	}
}

// The database itself refuses a second answer to one name, and what is no answer.
func TestAnswerConstraints(t *testing.T) {
	s := newStore(t)
	if _, err := s.writer.db.Exec(house); err != nil {
		t.Fatal(err)
	}
	const insert = `INSERT INTO answers (tenant, actor, key, request, answer, created_at) VALUES `
	if _, err := s.writer.db.Exec(insert + `(1, 'key_1', 'k', zeroblob(32), '', 0), (1, 'key_2', 'k', zeroblob(32), '', 0), (2, 'key_1', 'k', zeroblob(32), '', 0)`); err == nil {
		t.Fatal("an answer that is no blob was taken")
	}
	if _, err := s.writer.db.Exec(insert + `(1, 'key_1', 'k', zeroblob(32), x'', 0), (1, 'key_2', 'k', zeroblob(32), x'', 0), (2, 'key_1', 'k', zeroblob(32), x'', 0)`); err != nil {
		t.Fatal(err)
	}
	for rule, values := range map[string]string{
		"one answer to a name":    `(1, 'key_1', 'k', zeroblob(32), x'', 0)`,
		"an answer is a tenant's": `(9, 'key_1', 'k', zeroblob(32), x'', 0)`,
		"a name is not empty":     `(1, 'key_1', '', zeroblob(32), x'', 0)`,
		"a name is not too long":  `(1, 'key_1', printf('%.256c', 'k'), zeroblob(32), x'', 0)`,
		"a request is a SHA-256":  `(1, 'key_1', 'l', zeroblob(31), x'', 0)`,
	} {
		if _, err := s.writer.db.Exec(insert + values); err == nil {
			t.Errorf("not refused: %s", rule)
		}
	}
}
