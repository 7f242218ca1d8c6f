package db

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	clock := newStepClock()
	s := openStore(t, filepath.Join(t.TempDir(), "test.db"), clock.clock())
	tenant, other := newTenant(t, s), newTenant(t, s)
	secret, err := s.CreateKey(t.Context(), newScope(tenant), " ERP ", false)
	if err != nil {
		t.Fatal(err)
	}
	readOnly, err := s.CreateKey(t.Context(), newScope(other), "Reports", true)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "bf_") || len(secret) != 46 || secret == readOnly {
		t.Errorf("keys %s and %s", secret, readOnly)
	}
	for _, test := range []struct {
		secret   string
		tenant   Tenant
		name     string
		readOnly bool
	}{{secret, tenant, "ERP", false}, {readOnly, other, "Reports", true}} {
		access, err := s.Access(t.Context(), test.secret)
		if err != nil {
			t.Fatal(err)
		}
		if access.Tenant.ID != test.tenant.ID || access.Actor.Kind != ActorKey || access.Actor.Name != test.name || access.ReadOnly != test.readOnly {
			t.Errorf("%s opens %+v", test.name, access)
		}
		if got := actions(t, s, test.tenant, "key", access.Actor.ID); !cmp.Equal(got, []string{"key.created"}) {
			t.Errorf("activity of %s: %v", test.name, got)
		}
	}
	lastUsed := func() int { return numberOf(t, s, `SELECT ifnull(last_used_at, 0) FROM api_keys WHERE name = 'ERP'`) }
	first := int(clock.now().UnixMilli())
	if settle(t, s); lastUsed() != first {
		t.Error("the first use is not written")
	}
	clock.step(touchAfter - time.Millisecond)
	if _, err := s.Access(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if settle(t, s); lastUsed() != first {
		t.Error("a use within a minute is written")
	}
	clock.step(time.Millisecond)
	if _, err := s.Access(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if settle(t, s); lastUsed() != int(clock.now().UnixMilli()) {
		t.Error("a use after a minute is not written")
	}

	if _, err := s.writer.db.Exec(`UPDATE api_keys SET revoked_at = 1 WHERE name = 'Reports'`); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{"revoked": readOnly, "unknown": keyPrefix + newToken(), "empty": "", "shown": secret[:shownKey], "other case": strings.ToUpper(secret)} {
		if _, err := s.Access(t.Context(), bad); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s: %v, want ErrNoKey", name, err)
		}
	}
	if n := numberOf(t, s, `SELECT count(*) FROM api_keys WHERE shown = ?1`, secret[:shownKey]); n != 1 {
		t.Error("the first characters are not kept")
	}
}

func TestKeyNames(t *testing.T) {
	s := newStore(t)
	scope := newScope(newTenant(t, s))
	for _, test := range []struct {
		name string
		good bool
	}{
		{"ERP", true}, {strings.Repeat("ü", 120), true},
		{"", false}, {"  ", false}, {strings.Repeat("ü", 121), false}, {"two\nlines", false}, {"\xff", false}, {"turned\u202e", false},
	} {
		_, err := s.CreateKey(t.Context(), scope, test.name, false)
		if good := err == nil; good != test.good || !good && !cmp.Equal(paths(err), []string{"name"}) {
			t.Errorf("%.20q: %v", test.name, err)
		}
	}
}
