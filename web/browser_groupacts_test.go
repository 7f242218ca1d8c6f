package web

import (
	"testing"

	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// A group's life by keyboard and mouse: every page says what follows before it is done.
func TestBrowserGroupActs(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	a, sales := s.group("IT", 1, "s1", "s2"), s.group("Sales", 15, "s3")
	home := "/groups/" + a.ID
	b := s.tab(t, billing.Admin)
	b.open(home)

	b.tabTo("#row-s2")
	b.press(" ")
	b.tabTo(`#members button`)
	b.leads(func() { b.press(kb.Enter) })
	b.arrives(home + "/remove")
	b.focuses(`a.primary`) // keeping things as they are is the default
	b.shows("main", "Remove iPhone 17 from IT?", "iPhone 17 is billed alone from 20 Dec on")
	b.tabTo(`form[method=post] button.button:not(.small)`)
	b.leads(func() { b.press(kb.Enter) })
	b.arrives(home)
	b.shows("[role=status]", "iPhone 17 removed")
	s.has(a.ID, "s1")
	b.leads(func() { b.click(".flash button") })
	b.shows("[role=status]", "1 subscription added.")
	s.has(a.ID, "s1", "s2")

	b.click("#row-s2")
	b.leads(func() { b.click(`button[formaction$="/move"]`) })
	b.shows("main", "Move iPhone 17 to Sales?", "15 Dec Sales, 2 lines")
	b.leads(func() { b.click(`main form button`) })
	b.shows("[role=status]", "iPhone 17 moved to “Sales”.")
	s.has(sales.ID, "s2", "s3")

	b.leads(func() { b.click(`a[href$="/status"]`) })
	b.shows("main", "Deactivate IT?")
	b.leads(func() { b.click(`main form button`) })
	b.shows("main", "This group is inactive")
	b.leads(func() { b.click(`a[href$="/delete"]`) })
	b.shows("main", "Delete IT?", "Keep the group")
	b.leads(func() { b.click(`main form button`) })
	b.arrives("/groups")
	b.shows("[role=status]", "Group deleted: IT.")
	s.wantGroups(1)
}

// The edit page follows what is typed, and a form that somebody else has overtaken
// keeps it.
func TestBrowserEditGroup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	g := s.group("IT", 25, "s1", "s3")
	b := s.tab(t, billing.Admin)
	b.open("/groups/" + g.ID)
	b.leads(func() { b.click(`a[href$="/edit"]`) })
	b.tabTo("#notes")
	b.write("Net 14 agreed")
	b.tabTo("#day-25")
	b.press(kb.ArrowRight)
	b.shows("#preview", "The new day holds at once: November is billed on 26 Nov.")
	b.stays("#day-26")
	b.holds("#notes", "Net 14 agreed")
	s.change(g.ID, billing.GroupChange{Name: new("Theirs")})
	b.expect("status 409")
	b.tabTo(`button[form=group-form]`)
	b.press(kb.Enter)
	b.focuses("#problems")
	b.shows("#problems", "renamed the group from “IT” to “Theirs”")
	b.holds("#notes", "Net 14 agreed")
	b.ticked("[name=billingDay]", "26")
	b.tabTo("#name")
	b.rewrite("Theirs")
	b.tabTo(`button[form=group-form]`)
	b.leads(func() { b.press(kb.Enter) })
	b.shows("main", "Changes saved: billed on the 26th", "Theirs", "Net 14 agreed")
}

// Adding has the table of a new group, with its filter, and refuses what somebody
// else has taken.
func TestBrowserAddMembers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	g := s.group("IT", 1, "s1")
	b := s.tab(t, billing.Admin)
	b.open("/groups/" + g.ID)
	b.leads(func() { b.click(`a[href$="/add"]`) })
	b.click("#filter")
	b.write("mac")
	b.shows("#rows", "Subscriptions 1 to 1 of 1")
	b.rests()
	sent := b.requests()
	b.click("#select-all")
	b.shows("#selected", "1 selected of 2 available")
	b.shows("#preview", "MacBook Pro is billed by “IT” from 1 Dec on")
	b.rests()
	if sent := b.requests()[len(sent):]; len(sent) != 1 {
		t.Errorf("leaving the filter for the button asks for more than the button does, which could overtake it: %v", sent)
	}
	other := s.group("Faster", 1, "s3")
	b.expect("status 422")
	b.click(`.primary[form=group-form]`)
	b.focuses("#problems")
	b.shows("tr:has(#row-s3) .bad", "Faster")
	s.change(other.ID, billing.GroupChange{SubscriptionIDs: &[]string{}})
	b.leads(func() { b.click(`.primary[form=group-form]`) })
	b.shows("[role=status]", "1 subscription added.")
	s.has(g.ID, "s1", "s3")
}

// Everything goes without a script too, a form that was overtaken included.
func TestBrowserGroupActsWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	g := s.group("IT", 25, "s1", "s2")
	home := "/groups/" + g.ID
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open(home)
	b.leads(func() { b.click(`#members button`) })
	b.shows("main", "No subscription is ticked")
	b.leads(func() { b.click(`main a.primary`) })
	b.click("#row-s2")
	b.leads(func() { b.click(`#members button`) })
	b.leads(func() { b.click(`main form button`) })
	b.shows("[role=status]", "iPhone 17 removed")
	b.leads(func() { b.click(".flash button") })
	s.has(g.ID, "s1", "s2")

	b.leads(func() { b.click(`a[href$="/edit"]`) })
	b.click("#day-10")
	b.leads(func() { b.click("#show-preview") })
	b.shows("#preview", "the 10th holds from Dec 2026 on")
	b.click("#name")
	b.rewrite("Büro")
	s.change(g.ID, billing.GroupChange{Notes: new("theirs")})
	b.expect("status 409")
	b.leads(func() { b.click(`button[form=group-form]`) })
	b.focuses("#problems")
	b.holds("#name", "Büro")
	b.leads(func() { b.click(`button[form=group-form]`) })
	b.shows("main", "Changes saved: billed on the 10th from Dec 2026 on.")

	b.leads(func() { b.click(`a[href$="/add"]`) })
	b.click("#row-s3")
	b.leads(func() { b.click("noscript button") })
	b.shows("#preview", "MacBook Pro is billed by “Büro”")
	b.ticked("[name=s]", "s3")
	b.leads(func() { b.click(`.primary[form=group-form]`) })
	s.has(g.ID, "s1", "s2", "s3")
	b.leads(func() { b.click(`a[href$="/delete"]`) })
	b.leads(func() { b.click(`main form button`) })
	b.arrives("/groups")
	s.wantGroups(0)
}

var looksOfGroupActs = actLooks()

func actLooks() []look {
	at := func(path string) func(b *tab) {
		return func(b *tab) {
			s := newLongSite(b.t)
			first := s.addGroup("l1", "l2")
			s.addGroup("l3")
			b.visit(s, billing.Admin, "/groups/"+first+path)
		}
	}
	// overtaken sends a form after somebody else has changed the group.
	overtaken := func(path, button string) func(b *tab) {
		return func(b *tab) {
			s := newLongSite(b.t)
			g := s.addGroup("l1", "l2")
			b.visit(s, billing.Admin, "/groups/"+g+path)
			s.change(g, billing.GroupChange{Name: new("Neu " + longWord), SubscriptionIDs: &[]string{"l1", "l3"}})
			b.expect("status 409")
			b.click(button)
			b.focuses("#problems")
		}
	}
	return []look{
		{"group, admin", at("")},
		{"group, inactive", func(b *tab) {
			s := newLongSite(b.t)
			g := s.addGroup("l1", "l2")
			s.change(g, billing.GroupChange{Status: new(billing.GroupInactive)})
			b.visit(s, billing.Admin, "/groups/"+g)
		}},
		{"group, empty", func(b *tab) {
			s := newLongSite(b.t)
			g := s.addGroup("l1")
			s.change(g, billing.GroupChange{SubscriptionIDs: &[]string{}})
			b.visit(s, billing.Admin, "/groups/"+g)
		}},
		{"group, removed", func(b *tab) {
			at("/remove?s=l1")(b)
			b.leads(func() { b.click("main form button") })
			b.shows(".flash", "Put back")
		}},
		{"edit", at("/edit")},
		{"edit, preview", at("/edit?name=x&billingDay=10&version=1")},
		{"edit, overtaken", overtaken("/edit", `button[form=group-form]`)},
		{"add", at("/add")},
		{"add, preview", func(b *tab) {
			s := newLongSite(b.t)
			b.visit(s, billing.Admin, "/groups/"+s.addGroup("l1")+"/add?s=l2&s=l3")
		}},
		{"remove", at("/remove?s=l1&s=l2")},
		{"remove, nothing", at("/remove")},
		{"remove, overtaken", overtaken("/remove?s=l1", `main form button`)},
		{"move", at("/move?s=l1&s=l2")},
		{"move, to choose", at("/move?s=l1&to=")},
		{"deactivate", at("/status")},
		{"delete", at("/delete")},
		{"delete, overtaken", overtaken("/delete", `main form button`)},
	}
}
