package web

import (
	"context"
	"strings"
	"testing"
	"time"

	"billfold/billing"
	"billfold/db"
)

// From what is due to the issued invoices, by script: the question, the run, its result.
func TestBrowserBillingRun(t *testing.T) {
	t.Parallel()
	s := newDueSite(t)
	b := s.tab(t, billing.Owner)
	b.open("/billing")
	b.shows("main", "Due now", "€637.84", "All 2 fell due before today")
	b.leads(func() { b.click(`main a[href="/billing/run"]`) })
	b.shows("main", "Issue 2 invoices?", "DR-2026-000001")
	b.until(`document.activeElement?.textContent === "Issue nothing now"`)
	b.leads(func() { b.click(`main form button`) })
	b.shows("main", "Done", "DR-2026-000001 to DR-2026-000002", "Open 2 invoices")
	if !strings.HasPrefix(b.location(), "/billing/runs/") {
		t.Errorf("it leads to %s", b.location())
	}
	b.leads(func() { b.click(`nav a[href="/billing"]`) })
	b.shows("main", "Nothing is due")
	b.leads(func() { b.click(`main a[href="/billing/automatic"]`) })
	b.shows("main", "Switch automatic billing on?", "Nothing is due now.")
	b.leads(func() { b.click(`main form button`) })
	b.shows("main", "Automatic billing is on.", "Switch automatic billing off")
}

// A run under way shows how far it is without anybody reloading, and its end.
func TestBrowserBillingProgress(t *testing.T) {
	t.Parallel()
	s := newDueSite(t)
	id, goOn := s.runSlowly()
	b := s.tab(t, billing.Admin)
	b.open("/billing")
	b.shows("main", "A billing run is under way")
	b.leads(func() { b.click(`main a[href="/billing/runs/` + id + `"]`) })
	b.shows("main", "Under way", "Finding out what is due")
	b.is(`document.querySelector("#again").focus() === undefined`)
	b.answered("/billing/runs/")
	b.focuses("#again")
	goOn()
	b.shows("main", "Done", "Open 2 invoices")
	if !b.is(`document.querySelectorAll("main").length === 1 && !document.querySelector("progress")`) {
		t.Error("the result did not take the place of the progress")
	}
}

func TestBrowserBillingWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newDueSite(t)
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open("/billing/run")
	b.leads(func() { b.click(`main form button`) })
	runs, _, err := s.store.BillingRuns(t.Context(), s.tenant, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	s.ended(runs[0].ID)
	b.open("/billing/runs/" + runs[0].ID)
	b.shows("main", "Done", "Open 2 invoices")

	s.setClock(time.Date(2026, 12, 7, 9, 0, 0, 0, time.UTC))
	id, goOn := s.runSlowly()
	b.enter(billing.Owner)
	b.open("/billing/runs/" + id)
	b.shows("main", "Under way")
	goOn()
	s.ended(id)
	b.leads(func() { b.click("#again") })
	b.shows("main", "Done", "Open 2 invoices")
}

// runSlowly begins a billing run that waits, once it has an id, until goOn is called.
func (s *site) runSlowly() (id string, goOn func()) {
	s.t.Helper()
	begun, wait := make(chan string), make(chan struct{})
	done := make(chan error, 1)
	ctx := context.WithoutCancel(s.t.Context())
	go func() {
		told := false
		_, err := s.store.Bill(ctx, s.scope(), db.BillOptions{Progress: func(r db.BillingRun) {
			if !told {
				told = true
				begun <- r.ID
				<-wait
			}
		}})
		done <- err
	}()
	id, over := <-begun, false
	goOn = func() {
		if !over {
			over = true
			close(wait)
			if err := <-done; err != nil {
				s.t.Error(err)
			}
		}
	}
	s.t.Cleanup(goOn) // before the store is closed
	return id, goOn
}

var looksOfBilling = []look{
	{"nothing yet", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/billing") }},
	{"due", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2")
		s.setClock(time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC))
		b.visit(s, billing.Owner, "/billing")
		b.shows("main", "Run now", "Consolidated", "Individual")
	}},
	{"pages of what is due", func(b *tab) {
		s := newSite(b.t)
		s.addRow(60)
		s.setClock(time.Date(2026, 12, 28, 9, 0, 0, 0, time.UTC))
		b.visit(s, billing.Admin, "/billing?page=2")
	}},
	{"set aside", func(b *tab) {
		s := newSite(b.t)
		s.addExcess()
		s.setClock(time.Date(2026, 12, 3, 9, 0, 0, 0, time.UTC))
		if _, err := s.store.Bill(b.t.Context(), s.scope(), db.BillOptions{}); err != nil {
			b.t.Fatal(err)
		}
		b.visit(s, billing.Admin, "/billing")
		b.shows("#aside", "Divide the group into several.")
	}},
	{"all that is set aside", func(b *tab) { b.visit(newSite(b.t), billing.Member, "/billing/set-aside") }},
	{"start", func(b *tab) { b.visit(newDueSite(b.t), billing.Owner, "/billing/run") }},
	{"nothing to start", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/billing/run") }},
	{"switch", func(b *tab) { b.visit(newDueSite(b.t), billing.Owner, "/billing/automatic") }},
	{"under way", func(b *tab) {
		s := newDueSite(b.t)
		id, _ := s.runSlowly()
		b.visit(s, billing.Member, "/billing/runs/"+id)
		b.is(`document.addEventListener("htmx:before:request", e => e.preventDefault()) === undefined`) // it stays as it is
		b.shows("main", "Under way")
	}},
	{"done", func(b *tab) {
		s := newDueSite(b.t)
		run, err := s.store.Bill(b.t.Context(), s.scope(), db.BillOptions{})
		if err != nil {
			b.t.Fatal(err)
		}
		b.visit(s, billing.Member, "/billing/runs/"+run.ID)
	}},
	{"runs", func(b *tab) {
		s := newDueSite(b.t)
		if _, err := s.store.Bill(b.t.Context(), s.scope(), db.BillOptions{On: billing.Date{Year: 2026, Month: time.November, Day: 30}}); err != nil {
			b.t.Fatal(err)
		}
		b.visit(s, billing.Member, "/billing/runs")
	}},
}
