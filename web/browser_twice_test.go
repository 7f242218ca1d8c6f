package web

import (
	"context"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"billfold/billing"
)

// filled opens the page with two of Acme's subscriptions ticked and a name.
const filled = "/groups/new?customer=acme&s=s1&s=s2&billingDay=1&name=IT"

func TestBrowserTwoClicksMakeOneGroup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	d := newDoor(t, s)
	b := newTab(t, s, d.url)
	b.enter(billing.Admin)
	b.open(filled)
	answer := make(chan struct{})
	d.keep(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		if r.Method == http.MethodPost {
			<-answer
		}
		next(w, r)
	})
	b.click(createButton)
	b.poll(func() bool { return d.creating.Load() == 1 }, func() string { return "nothing was sent" })
	b.do(chromedp.Click(chromedp.CSS(createButton)), chromedp.DoubleClick(chromedp.CSS(createButton))) // without waiting for the answer
	close(answer)
	b.until(`location.pathname.startsWith("/groups/bg_")`)
	if n := d.creating.Load(); n != 1 {
		t.Errorf("%d requests to create the group, want 1", n)
	}
	s.wantGroups(1)
}

func TestBrowserDoubleClickMakesOneGroup(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	b := s.tab(t, billing.Admin)
	b.open(filled)
	b.doubleClick(createButton)
	b.until(`location.pathname.startsWith("/groups/bg_")`)
	s.wantGroups(1)
}

// Without a script the browser does send the form twice, and forgets the first
// answer. The form's token tells the server that it is the same group.
func TestBrowserTwoClicksWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.addFleet()
	d := newDoor(t, s)
	b := newTab(t, s, d.url)
	b.enter(billing.Admin)
	b.withoutScripts()
	b.open(filled)
	done := make(chan struct{})
	d.keep(func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
		switch {
		case r.Method != http.MethodPost:
			next(w, r)
		case d.creating.Load() == 1:
			defer close(done)
			// The server has the form, whoever still waits for the answer.
			next(w, r.WithContext(context.WithoutCancel(r.Context())))
			<-r.Context().Done()
		default:
			<-done
			next(w, r)
		}
	})
	// While it waits for the next page the browser runs no script of ours, so the place
	// to click on has to be known before.
	place := evaluate[struct{ X, Y, Width, Height float64 }](b, `document.querySelector("`+createButton+`").getBoundingClientRect().toJSON()`)
	click := chromedp.MouseClickXY(place.X+place.Width/2, place.Y+place.Height/2)
	b.do(click)
	b.poll(func() bool { return len(s.groups()) == 1 }, func() string { return "no group was made" })
	b.do(click)
	b.until(`location.pathname.startsWith("/groups/bg_")`)
	if n := d.creating.Load(); n != 2 {
		t.Errorf("%d requests to create the group, want 2", n)
	}
	s.wantGroups(1)
	b.shows("main", "Group created: 2 subscriptions")
}

// A page that Back brings up again still has the token of the group it made; other
// choices on it make another group.
func TestBrowserBackMakesAnotherGroup(t *testing.T) {
	t.Parallel()
	for name, scripts := range map[string]bool{"scripts": true, "no scripts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.addFleet()
			b := s.tab(t, billing.Admin)
			if !scripts {
				b.withoutScripts()
			}
			b.open(filled)
			b.leads(func() { b.click(createButton) })
			b.until(`location.pathname.startsWith("/groups/bg_")`)
			b.back()
			b.arrives("/groups/new")
			// The rows are in another order than before, as two are in the group now; the
			// ticks must not stay where they were.
			b.ticked("[name=s]", "s1", "s2")
			b.shows("#selected", "2 selected")
			b.click("#row-s1")
			b.click("#row-s2")
			b.click("#row-s3")
			b.click("#name")
			b.rewrite("The other one")
			b.leads(func() { b.click(createButton) })
			b.until(`location.pathname.startsWith("/groups/bg_")`)
			b.shows("h1", "The other one")
			groups := s.wantGroups(2)
			if members := groups[0].Members; len(members) != 1 || members[0].ID != "s3" {
				t.Errorf("the second group has %+v", members)
			}
		})
	}
}
