package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"billfold/billing"
	"billfold/db"
)

// group makes a group of acme's in the store.
func (s *site) group(name string, day int, subscriptions ...string) db.Group {
	s.t.Helper()
	group, err := s.store.CreateGroup(s.t.Context(), s.scope(), billing.GroupInput{CustomerID: "acme", Name: name, BillingDay: day, SubscriptionIDs: subscriptions}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return group
}

// change changes a group behind somebody's back.
func (s *site) change(id string, change billing.GroupChange) {
	s.t.Helper()
	if _, err := s.store.UpdateGroup(s.t.Context(), s.scope(), id, 0, change); err != nil {
		s.t.Fatal(err)
	}
}

// has fails the test unless the group has exactly these members.
func (s *site) has(id string, want ...string) db.Group {
	s.t.Helper()
	group, err := s.store.Group(s.t.Context(), s.tenant, id)
	if err != nil {
		s.t.Fatal(err)
	}
	if got := ids(group.Members); !slices.Equal(got, want) {
		s.t.Fatalf("the group has %v, want %v", got, want)
	}
	return group
}

// filled answers what the page's forms that are sent to an address hold, as a browser
// would send them.
func (a *answer) filled(action string) url.Values {
	a.t.Helper()
	values, found := url.Values{}, false
	for n := range a.document().Descendants() {
		// The address also says which business unit the form is of.
		address, _, _ := strings.Cut(attr(n, "action"), "?")
		if n.Type != html.ElementNode || n.Data != "form" || address != action || attr(n, "method") != "post" {
			continue
		}
		found = true
		for field := range n.Descendants() {
			checked := slices.ContainsFunc(field.Attr, func(a html.Attribute) bool { return a.Key == "checked" })
			switch kind := attr(field, "type"); {
			case field.Type != html.ElementNode || attr(field, "name") == "":
			case field.Data == "textarea":
				values.Add(attr(field, "name"), textOf(field))
			case field.Data == "select":
				for option := range field.Descendants() {
					if slices.ContainsFunc(option.Attr, func(a html.Attribute) bool { return a.Key == "selected" }) {
						values.Add(attr(field, "name"), attr(option, "value"))
					}
				}
			case field.Data == "input" && (kind != "checkbox" && kind != "radio" || checked):
				values.Add(attr(field, "name"), attr(field, "value"))
			}
		}
	}
	if !found {
		a.t.Fatalf("%s: no form leads to %s:\n%s", a.request, action, a.body)
	}
	return values
}

// both runs a test with the plain form and with htmx.
func both(t *testing.T, test func(t *testing.T, s *site, c *client)) {
	for name, script := range map[string]bool{"plain": false, "htmx": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.addFleet()
			c := s.as(billing.Admin)
			if script {
				c = c.htmx("/groups")
			}
			test(t, s, c)
		})
	}
}

// follow opens the page that an answer leads to, as the browser does.
func (c *client) follow(a *answer, path string) *answer {
	c.t.Helper()
	a.leadsTo(path)
	plain := &client{site: c.site, http: c.http}
	return plain.get(path).want(http.StatusOK)
}

func TestDeleteGroup(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 1, "s1", "s2")
		path := "/groups/" + g.ID + "/delete"
		page := c.get(path).want(http.StatusOK).shows("Delete IT?", "Now 1 invoice a month, on the 1st: €259.42", "From December 2 invoices a month, on the 3rd and 20th: €259.42",
			"ThinkPad X1 is billed alone from 3 Dec on, each month on the 3rd: €153.51.", "iPhone 17 is billed alone from 20 Dec on, each month on the 20th: €105.91.",
			"1 DecGroup, 2 lines €259.42", "3 DecThinkPad X1 alone €153.51", "Keep the group", "Delete group", "No contract and no invoice is cancelled.")
		done := c.post(path, page.filled(path))
		c.follow(done, "/groups").shows("Group deleted: IT. Its 2 subscriptions are billed alone.", "No billing groups yet")
		s.wantGroups(0)
		for _, gone := range []string{"", "/delete", "/edit", "/add"} {
			c.get("/groups/" + g.ID + gone).want(http.StatusNotFound)
		}
		c.post(path, page.filled(path)).want(http.StatusNotFound)
	})
}

func TestDeactivateAndActivate(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 1, "s1", "s2", "s3")
		path := "/groups/" + g.ID + "/status"
		page := c.get(path).want(http.StatusOK).shows("Deactivate IT?", "From December 3 invoices a month, on the 3rd, 20th and 25th",
			"3 subscriptions are billed alone from now on, each on its own day: the first on 3 Dec.", "Keep the group active", "Deactivate group")
		done := c.post(path, page.filled(path))
		c.follow(done, "/groups/"+g.ID).shows("Group deactivated: its subscriptions are billed alone.", "Inactive", "This group is inactive", "Activate", "deactivated the group")
		c.get("/groups").shows("Inactive")
		// Whoever sends the old form again is told what was done.
		c.post(path, page.filled(path)).want(http.StatusConflict).shows("The group was changed since you opened this page", "The admin deactivated the group", "The group is inactive already.")
		again := c.get(path).want(http.StatusOK).shows("Activate IT?", "From December 1 invoice a month, on the 1st", "Leave it inactive", "Activate group",
			"MacBook Pro’s November instalment is billed alone, on 25 Nov: the group’s day has passed.")
		done = c.post(path, again.filled(path))
		c.follow(done, "/groups/"+g.ID).shows("Group activated: one invoice a month on the 1st.", "activated the group").lacks("This group is inactive")
	})
}

func TestRemoveAndPutBack(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 28, "s1", "s2", "s3")
		path := "/groups/" + g.ID + "/remove"
		c.get(path).want(http.StatusOK).shows("No subscription is ticked", "Back to the group")
		c.post(path, url.Values{"version": {"1"}}).want(http.StatusUnprocessableEntity).shows("Tick at least one subscription of the group.")
		c.post(path, url.Values{"version": {"1"}, "s": {"b1", "s1"}}).want(http.StatusUnprocessableEntity).shows("Subscription b1 is not in this group.")
		// The group would have billed November on the 28th; s3's own day passes first.
		s.advance(4 * 24 * time.Hour)
		c.signIn(billing.Admin)
		page := c.get(path+"?s=s3").want(http.StatusOK).shows("Remove MacBook Pro from IT?",
			"MacBook Pro’s November instalment is billed alone by the next billing run: €189.21. Its own date, 25 Nov, has passed.",
			"MacBook Pro is billed alone from 25 Dec on, each month on the 25th: €189.21.", "2 subscriptions stay in the group.", "Remove 1 subscription")
		done := c.post(path, page.filled(path))
		after := c.follow(done, "/groups/"+g.ID).shows("MacBook Pro removed; it is billed alone.", "Put back", "removed 1 subscription: MacBook Pro C0-3")
		s.has(g.ID, "s1", "s2")
		back := c.post("/groups/"+g.ID+"/add", after.filled("/groups/"+g.ID+"/add"))
		c.follow(back, "/groups/"+g.ID).shows("1 subscription added.", "added 1 subscription: MacBook Pro C0-3")
		s.has(g.ID, "s1", "s2", "s3")
	})
}

func TestRemoveAll(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 1, "s1")
		path := "/groups/" + g.ID + "/remove"
		page := c.get(path+"?s=s1").want(http.StatusOK).shows("The group has no subscriptions left then.", "From December 1 invoice a month, on the 3rd")
		c.follow(c.post(path, page.filled(path)), "/groups/"+g.ID).shows("No subscriptions", "nothing is billed by it")
	})
}

func TestEditGroup(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 25, "s1", "s2", "s3")
		path := "/groups/" + g.ID + "/edit"
		page := c.get(path).want(http.StatusOK).shows("Edit IT", "so nothing moves")
		form := page.filled(path)
		form.Set("billingDay", "10")
		c.get(path+"?"+form.Encode()).want(http.StatusOK).shows("November keeps the old day, 25 Nov; the 10th holds from Dec 2026 on.", "25 NovGroup, 1 line", "10 DecGroup, 3 lines")
		form.Set("name", " Büro ")
		form.Set("reference", "PO 1")
		form.Set("notes", "Net 14")
		c.follow(c.post(path, form), "/groups/"+g.ID).shows("Changes saved: billed on the 10th from Dec 2026 on.", "Büro", "PO 1", "Net 14",
			"renamed the group from “IT” to “Büro”; moved the billing day from the 25th to the 10th, from December 2026; set the reference to “PO 1”; changed the notes")
		c.follow(c.post(path, c.get(path).filled(path)), "/groups/"+g.ID).shows("Nothing was changed.")
	})
}

func TestEditGroupRefused(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 25, "s1")
		path := "/groups/" + g.ID + "/edit"
		form := url.Values{"version": {"1"}, "name": {""}, "reference": {"PO"}, "notes": {"<script>alert(1)</script>"}, "billingDay": {"31"}}
		refused := c.post(path, form).want(http.StatusUnprocessableEntity).shows("There are 2 problems", "Give the group a name", "Choose a billing day from 1 to 28.")
		checkPage(t, refused)
		checkAnchors(t, refused)
		if refused.field("reference") != "PO" || refused.field("notes") != form.Get("notes") || refused.field("name") != "" {
			t.Error("what was typed is gone")
		}
	})
}

// A form made from an older version is refused with what changed, keeps what was
// typed, and works when it is sent again.
func TestEditGroupStale(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 25, "s1")
		path := "/groups/" + g.ID + "/edit"
		form := c.get(path).filled(path)
		form.Set("notes", "mine")
		s.change(g.ID, billing.GroupChange{Name: new("Theirs")})
		s.change(g.ID, billing.GroupChange{SubscriptionIDs: &[]string{"s1", "s2"}})
		stale := c.post(path, form).want(http.StatusConflict).shows("The group was changed since you opened this page",
			"Test renamed the group from “IT” to “Theirs” (22 Nov 2026, 11:00)", "added 1 subscription: iPhone 17 G6-2")
		checkPage(t, stale)
		if stale.field("notes") != "mine" || stale.field("name") != "Theirs" {
			t.Errorf("notes %q, name %q", stale.field("notes"), stale.field("name"))
		}
		c.follow(c.post(path, stale.filled(path)), "/groups/"+g.ID).shows("Changes saved.", "Theirs", "mine")
		s.has(g.ID, "s1", "s2")
	})
}

func TestAddMembers(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 1, "s1")
		path := "/groups/" + g.ID + "/add"
		page := c.get(path).want(http.StatusOK).shows("Add subscriptions to IT", "0 selected of 2 available, 3 in all", "Tick subscriptions to see what will happen.").lacks("ThinkPad")
		chosen := c.get(path+"?s=s2&s=s3&version="+page.field("version")).want(http.StatusOK).shows("2 selected of 2 available",
			"Now 3 invoices a month, on the 1st, 20th and 25th", "From December 1 invoice a month, on the 1st",
			"MacBook Pro’s November instalment is billed alone, on 25 Nov: the group’s day has passed.")
		c.follow(c.post(path, chosen.filled(path)), "/groups/"+g.ID).shows("2 subscriptions added.", "added 2 subscriptions: iPhone 17 G6-2 and MacBook Pro C0-3")
		s.has(g.ID, "s1", "s2", "s3")
	})
}

func TestAddMembersRefused(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 1, "s1")
		path := "/groups/" + g.ID + "/add"
		for says, ticks := range map[string][]string{
			"Choose at least one subscription.":            nil,
			"Subscription b1 belongs to another customer.": {"b1"},
			"There is no subscription":                     {"s9"},
			"Surface Pro (s4) has ended":                   {"s4"},
		} {
			refused := c.post(path, url.Values{"version": {"1"}, "s": ticks}).want(http.StatusUnprocessableEntity).shows(says)
			checkAnchors(t, refused)
			checkPage(t, refused)
		}
		s.has(g.ID, "s1")
	})
}

// Two people add one subscription to two groups: one wins, the other is told who has it.
func TestAddTakenMeanwhile(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		a, b := s.group("Faster", 1, "s1"), s.group("Slower", 1, "s2")
		path := "/groups/" + b.ID + "/add"
		form := c.get(path + "?s=s3").filled(path)
		s.change(a.ID, billing.GroupChange{SubscriptionIDs: &[]string{"s1", "s3"}})
		refused := c.post(path, form).want(http.StatusUnprocessableEntity)
		refused.shows("MacBook Pro (s3) is already in the group “Faster”", "In group Faster")
		checkAnchors(t, refused)
		s.has(b.ID, "s2")
	})
}

func TestAddStale(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		g := s.group("IT", 1, "s1")
		path := "/groups/" + g.ID + "/add"
		form := c.get(path + "?s=s3").filled(path)
		s.change(g.ID, billing.GroupChange{SubscriptionIDs: &[]string{"s2"}})
		stale := c.post(path, form).want(http.StatusConflict).shows("added 1 subscription: iPhone 17 G6-2; removed 1 subscription: ThinkPad X1 PF-1", "1 selected")
		c.follow(c.post(path, stale.filled(path)), "/groups/"+g.ID)
		s.has(g.ID, "s2", "s3")
	})
}

func TestMoveMembers(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		a := s.group("IT", 1, "s1", "s2")
		path := "/groups/" + a.ID + "/move"
		c.get("/groups/" + a.ID).lacks("Move to another group")
		c.get(path + "?s=s1").want(http.StatusOK).shows("The customer has no other group to move them to.")
		b := s.group("Sales", 15, "s3")
		c.get("/groups/" + a.ID).shows("Move to another group")
		c.get(path).want(http.StatusOK).shows("No subscription is ticked")
		c.get(path + "?s=s2").want(http.StatusOK).shows("Move iPhone 17 to Sales?")
		page := c.get(path+"?s=s2&to="+b.ID).want(http.StatusOK).shows("Move iPhone 17 to Sales?", "Now 2 invoices a month, on the 1st and 15th", "1 DecIT, 1 line", "15 DecSales, 2 lines",
			"iPhone 17 is billed by “Sales” from 15 Dec on, each month on the 15th.", "1 subscription stays in the group.")
		c.follow(c.post(path, page.filled(path)), "/groups/"+a.ID).shows("iPhone 17 moved to “Sales”.", "removed 1 subscription: iPhone 17 G6-2")
		s.has(a.ID, "s1")
		s.has(b.ID, "s2", "s3")
	})
}

// Moving is refused when either group has changed, and into what is no group of the
// customer's.
func TestMoveRefused(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		a, b := s.group("IT", 1, "s1", "s2"), s.group("Sales", 15, "s3")
		beta, err := s.store.CreateGroup(t.Context(), s.scope(), billing.GroupInput{CustomerID: "beta", Name: "Beta", BillingDay: 1, SubscriptionIDs: []string{"b1"}}, "")
		if err != nil {
			t.Fatal(err)
		}
		path := "/groups/" + a.ID + "/move"
		for _, to := range []string{"", "nothing", a.ID, beta.ID} {
			c.post(path, url.Values{"version": {"1"}, "s": {"s2"}, "to": {to}, "toVersion": {"1"}}).want(http.StatusUnprocessableEntity).lacks("Beta")
		}
		form := c.get(path + "?s=s2&to=" + b.ID).filled(path)
		s.change(b.ID, billing.GroupChange{Name: new("Vertrieb")})
		stale := c.post(path, form).want(http.StatusConflict).shows("renamed the group from “Sales” to “Vertrieb”", "Move iPhone 17 to Vertrieb?")
		s.change(a.ID, billing.GroupChange{Notes: new("x")})
		stale = c.post(path, stale.filled(path)).want(http.StatusConflict).shows("changed the notes")
		c.follow(c.post(path, stale.filled(path)), "/groups/"+a.ID)
		s.has(b.ID, "s2", "s3")
	})
}

// Every act is refused when the group was changed since its page was made, and does
// it when it is sent again.
func TestStaleActs(t *testing.T) {
	for _, name := range []string{"delete", "status", "remove"} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, s *site, c *client) {
				g := s.group("IT", 1, "s1", "s2")
				path := "/groups/" + g.ID + "/" + name
				form := c.get(path + "?s=s1").filled(path)
				s.change(g.ID, billing.GroupChange{Notes: new("x")})
				stale := c.post(path, form).want(http.StatusConflict).shows("Test changed the notes (22 Nov 2026, 11:00)")
				checkPage(t, stale)
				if got := stale.filled(path).Get("version"); got != "2" {
					t.Errorf("the form carries version %s", got)
				}
				form.Del("version")
				c.post(path, form).want(http.StatusConflict)
				s.has(g.ID, "s1", "s2")
				c.post(path, stale.filled(path)).leadsTo(map[bool]string{true: "/groups", false: "/groups/" + g.ID}[name == "delete"])
			})
		})
	}
}

// What a member may not do is neither offered nor done.
func TestMemberChangesNoGroup(t *testing.T) {
	s := newSite(t)
	s.addFleet()
	g := s.group("IT", 1, "s1", "s2")
	s.group("Sales", 1, "s3")
	c := s.as(billing.Member)
	page := c.get("/groups/"+g.ID).want(http.StatusOK).lacks("Edit", "Add subscriptions", "Deactivate", "Delete", "Remove", "Move to", "With those ticked")
	if page.byID("row-s1") != nil {
		t.Error("a member can tick")
	}
	for _, name := range []string{"edit", "add", "remove", "move", "status", "delete"} {
		c.get("/groups/" + g.ID + "/" + name + "?s=s1").want(http.StatusForbidden)
		c.post("/groups/"+g.ID+"/"+name, url.Values{"version": {strconv.Itoa(g.Version)}, "s": {"s1"}}).want(http.StatusForbidden)
	}
	s.has(g.ID, "s1", "s2")
}

// More than fits into the message about it is not offered to be put back.
func TestPutBackIsBounded(t *testing.T) {
	long := billing.Subscription{ID: strings.Repeat("x", 100)}
	for n, want := range map[int]bool{1: true, 14: true, 15: false, 21: false} {
		if got := putBack(db.Group{}, slices.Repeat([]billing.Subscription{long}, n)) != nil; got != want {
			t.Errorf("%d long ids: offered %v", n, got)
		}
	}
	if putBack(db.Group{}, slices.Repeat([]billing.Subscription{{ID: "a"}}, 21)) != nil {
		t.Error("21 are offered")
	}
}
