package web

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// axe checks a page for what shuts people out, as far as a program can tell.
//
//go:embed testdata/axe.min.js
var axe string

// axeFaults is a script that answers what axe finds. It runs from outside the page,
// which would not let it in.
const axeFaults = `axe.run(document, {runOnly: %s, resultTypes: ["violations", "passes"], preload: false}).then(found => {
	const faults = found.violations.flatMap(v => v.nodes.map(n => v.id + " at " + n.target.join(" ") + ": " + n.failureSummary));
	const colours = found.passes.filter(r => r.id === "color-contrast").flatMap(r => r.nodes).length;
	return colours < 5 ? [...faults, "axe knows the colours of " + colours + " texts only"] : faults;
})`

// axeSetup lets axe look at colours although there are pseudo-elements, which would
// make it unsure of everything on them. Ours have the ground of a card at most.
const axeSetup = `axe.configure({checks: [{id: "color-contrast", options: {
	ignorePseudo: true, ignoreUnicode: true, ignoreLength: false, boldValue: 700, boldTextPt: 14, largeTextPt: 18,
	contrastRatio: {normal: {expected: 4.5}, large: {expected: 3}}, pseudoSizeThreshold: .25, shadowOutlineEmMax: .2, textStrokeEmMin: .03,
}}]})`

// What axe checks: WCAG 2.2, levels A and AA; and, where only the colours are others,
// the rules about colours.
const (
	axeAll     = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}`
	axeColours = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// tooWide is a script that answers what is wider than its place: the page itself and,
// where tables are lists of cards, any part that has to be scrolled sideways but can't
// have the focus for it.
const tooWide = `[document.documentElement, ...document.querySelectorAll(innerWidth < 600 ? "body *" : "nothing")]
	.filter(e => e.scrollWidth > e.clientWidth + 1 && !e.matches("textarea, input, [tabindex='0']"))
	.filter(e => e === document.documentElement || ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
	.map(e => "wider than its place by " + (e.scrollWidth - e.clientWidth) + ": " + e.outerHTML.slice(0, 120))`

// look is one page in one state.
type look struct {
	name string
	show func(t *testing.T) *tab
}

// TestBrowserLooks holds every page in every state to the same: it fits at 1280 and
// at 320 pixels, and axe finds nothing, in the light and the dark scheme.
func TestBrowserLooks(t *testing.T) {
	for _, l := range slices.Concat(looksSignedOut(), looksOfGroups(), looksOfGroupActs(), looksOfImport()) {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			b := l.show(t)
			b.rests()
			b.do(chromedp.Evaluate[chromedp.Void](axe), chromedp.Evaluate[chromedp.Void](axeSetup))
			for _, width := range []int64{1280, 320} {
				b.do(chromedp.EmulateViewport(width, 800))
				for _, fault := range evaluate[[]string](b, tooWide) {
					t.Errorf("at %d pixels: %s", width, fault)
				}
				for scheme, rules := range map[string]string{"light": axeAll, "dark": axeColours} {
					b.emulate(scheme)
					for _, fault := range evaluate[[]string](b, fmt.Sprintf(axeFaults, rules)) {
						t.Errorf("at %d pixels, %s: %s", width, scheme, fault)
					}
				}
			}
		})
	}
}

// visit opens a path in a window where a user with the role has signed in, or nobody
// for "".
func (s *site) visit(t *testing.T, role billing.Role, path string) *tab {
	t.Helper()
	b := newTab(t, s, s.url)
	if role != "" {
		b.enter(role)
	}
	b.open(path)
	return b
}

func looksSignedOut() []look {
	return []look{
		{"sign-in", func(t *testing.T) *tab { return newSite(t).visit(t, "", "/sign-in") }},
		{"sign-in before set-up", func(t *testing.T) *tab { return newEmptySite(t).visit(t, "", "/sign-in") }},
		{"sign-in refused", func(t *testing.T) *tab {
			b := newSite(t).visit(t, "", "/sign-in")
			b.write("nobody@example.com")
			b.expect("status 422")
			b.leads(func() { b.press(kb.Enter) })
			b.shows("#problems", "is wrong")
			return b
		}},
		{"set-up", func(t *testing.T) *tab {
			s := newEmptySite(t)
			path, _ := setupLink(s)
			return s.visit(t, "", path)
		}},
		{"set-up refused", func(t *testing.T) *tab {
			s := newEmptySite(t)
			path, _ := setupLink(s)
			b := s.visit(t, "", path)
			b.expect("status 422")
			b.leads(func() { b.click("form .primary") })
			b.focuses("#problems")
			return b
		}},
		{"no such page, signed out", func(t *testing.T) *tab {
			b := newTab(t, newSite(t), "")
			b.base = b.site.url
			b.expect("status 404")
			b.open("/nothing")
			return b
		}},
	}
}

func looksOfGroups() []look {
	admin := func(t *testing.T, path string) *tab {
		s := newSite(t)
		s.addLong()
		return s.visit(t, billing.Admin, path)
	}
	const chosen = "/groups/new?customer=long&s=l1&s=l2&s=l3&billingDay=1&name=" + longWord
	return []look{
		{"groups, none", func(t *testing.T) *tab { return newSite(t).visit(t, billing.Admin, "/groups") }},
		{"groups", func(t *testing.T) *tab {
			s := newSite(t)
			s.addLong()
			s.addGroup("l1", "l2")
			return s.visit(t, billing.Member, "/groups")
		}},
		{"new group", func(t *testing.T) *tab { return admin(t, "/groups/new") }},
		{"new group, customers offered", func(t *testing.T) *tab {
			b := admin(t, "/groups/new")
			b.click("#customer")
			b.press(kb.ArrowDown)
			b.until(`document.querySelector("#customer-options a[aria-selected=true]")`)
			return b
		}},
		{"new group, no customer matches", func(t *testing.T) *tab { return admin(t, "/groups/new?q=nobody") }},
		{"new group, customer", func(t *testing.T) *tab {
			s := newSite(t)
			s.addLong()
			s.addGroup("l1")
			return s.visit(t, billing.Admin, "/groups/new?customer=long")
		}},
		{"new group, preview", func(t *testing.T) *tab {
			b := admin(t, chosen)
			b.shows("#preview", "First consolidated invoice")
			return b
		}},
		{"new group, no subscription matches", func(t *testing.T) *tab { return admin(t, chosen+"&f=nothing") }},
		{"new group, refused", func(t *testing.T) *tab {
			s := newSite(t)
			s.addLong()
			b := s.visit(t, billing.Admin, chosen)
			s.addGroup("l1")
			b.click("#name")
			b.rewrite("")
			b.expect("status 422")
			b.click(createButton)
			b.shows("#problems", "There are 2 problems")
			return b
		}},
		{"new group, server gone", func(t *testing.T) *tab {
			s := newSite(t)
			s.addLong()
			d := newDoor(t, s)
			b := newTab(t, s, d.url)
			b.enter(billing.Admin)
			b.open(chosen)
			d.keep(slam)
			b.expect("net::ERR_EMPTY_RESPONSE")
			b.expect("htmx:error: Failed to fetch")
			b.click(createButton)
			b.shows("#alert", "does not answer")
			return b
		}},
		{"group", func(t *testing.T) *tab {
			s := newSite(t)
			s.addLong()
			return s.visit(t, billing.Member, "/groups/"+s.addGroup("l1", "l2", "l3"))
		}},
		{"group, no subscription matches", func(t *testing.T) *tab {
			s := newSite(t)
			s.addLong()
			return s.visit(t, billing.Member, "/groups/"+s.addGroup("l1")+"?f=nothing")
		}},
		{"no such page", func(t *testing.T) *tab { return refused(t, billing.Member, "/groups/nothing", "status 404") }},
		{"not allowed", func(t *testing.T) *tab { return refused(t, billing.Member, "/groups/new", "status 403") }},
	}
}

func refused(t *testing.T, role billing.Role, path, status string) *tab {
	b := newSite(t).tab(t, role)
	b.expect(status)
	b.open(path)
	return b
}

func looksOfImport() []look {
	checked := func(t *testing.T, csv, shows string) *tab {
		s := newSite(t)
		s.addLong()
		b := s.visit(t, billing.Admin, "/import")
		file := filepath.Join(t.TempDir(), longWord+".csv")
		if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
		b.leads(func() { b.click("#upload .primary") })
		b.shows("main", shows)
		return b
	}
	return []look{
		{"import", func(t *testing.T) *tab { return newSite(t).visit(t, billing.Admin, "/import") }},
		{"import, no file", func(t *testing.T) *tab {
			b := newSite(t).visit(t, billing.Admin, "/import")
			b.expect("status 422")
			b.leads(func() { b.click("#upload .primary") })
			b.focuses("#problems")
			return b
		}},
		{"import, checked with problems", func(t *testing.T) *tab {
			return checked(t, longExport("x", "twelve"), "3 problems")
		}},
		{"import, checked", func(t *testing.T) *tab { return checked(t, longExport("x", "12.00"), "Take in") }},
		{"import, nothing new", func(t *testing.T) *tab { return checked(t, longExport("l", "129.00"), "here already") }},
		{"import, taken in", func(t *testing.T) *tab {
			b := checked(t, longExport("x", "12.00"), "Take in")
			b.leads(func() { b.click("main form .primary") })
			b.shows("main", "Taken in")
			return b
		}},
		{"imports", func(t *testing.T) *tab {
			b := checked(t, longExport("x", "12.00"), "Take in")
			b.leads(func() { b.click("main form .primary") })
			b.open("/import")
			b.shows("#past", longWord)
			return b
		}},
	}
}

// longWord has nowhere to break, as file names, serial numbers and addresses do.
const longWord = "Veranstaltungstechnikgesellschaftsvertragsverwaltung-2026"

// longExport is an export of a customer with long names in everything, with three
// subscriptions at a price, whose ids begin with a prefix.
func longExport(prefix, amount string) string {
	csv := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n"
	for i, start := range []string{"2026-03-03", "2026-05-20", "2026-01-25"} {
		csv += fmt.Sprintf("%s%d,long,rechnungseingang.%s@example.com,Dr. Friederike Ångström-Papadopoulou,Vereinigte %s mbH & Co. KG,SKU,MacBook Pro 16-inch M4 Max (128 GB) and three years of insurance,SN-2026-XK7Q9981LLDV-%d,active,%s,,24,%s,EUR\n",
			prefix, i+1, longWord, longWord, i+1, start, amount)
	}
	return csv
}

func (s *site) addLong() { s.takeIn(longExport("l", "129.00")) }

// addGroup makes a group of the customer with the long names and answers its id.
func (s *site) addGroup(subscriptions ...string) string {
	s.t.Helper()
	group, err := s.store.CreateGroup(s.t.Context(), s.scope(), billing.GroupInput{
		CustomerID: "long", Name: "Gruppe " + longWord, BillingDay: 1, SubscriptionIDs: subscriptions,
		Reference: longWord, Notes: "Siehe https://example.com/" + longWord,
	}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return group.ID
}
