package web

import (
	"testing"

	"billfold/billing"
)

// What the first view of a page may cost, with nothing in the browser's cache.
const (
	maxFirstBytes    = 60 << 10
	maxFirstRequests = 8
)

func TestBrowserFirstView(t *testing.T) {
	t.Parallel()
	for path, role := range map[string]billing.Role{"/sign-in": "", "/groups": billing.Admin, "/": billing.Admin, "/subscriptions": billing.Admin} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			b := newTab(t, s, s.url)
			b.visit(s, role, path)
			b.arrives(path)
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.received == 0 || b.received > maxFirstBytes || len(b.asked) > maxFirstRequests {
				t.Errorf("%.0f bytes in %d requests, want %d and %d at most: %v", b.received, len(b.asked), maxFirstBytes, maxFirstRequests, b.asked)
			}
		})
	}
}
