package web

import (
	"testing"

	"billfold/billing"
)

// From the overview to a group and back, with the numbers that were still being worked
// out appearing by themselves.
func TestBrowserOverview(t *testing.T) {
	t.Parallel()
	s := newImpatientSite(t)
	b := s.tab(t, billing.Admin)
	b.open("/?month=2026-12")
	b.shows("main", "The numbers are being worked out")
	b.shows("main", "December 2026", "3 → 1")
	if !b.is(`location.search === "?month=2026-12" && document.querySelectorAll("main").length === 1`) {
		t.Error("the numbers did not come into the same page")
	}
	b.click(".twin summary")
	b.shows(".twin", "Total", "€708.05")
	b.leads(func() { b.click(".gains a") })
	b.arrives("/groups/new")
	b.shows("#selected", "3 selected", "€377.00 a month")
	b.ticked("[name=s]", "s3", "s1", "s2")
	b.leads(func() { b.click(createButton) })
	b.arrives("/groups/" + s.wantGroups(1)[0].ID)
	s.workOut()
	b.leads(func() { b.click(`nav a[href="/"]`) })
	b.shows("main", "3 of 5 active subscriptions", "3 invoices, 1 consolidated", "No business customer has several ungrouped subscriptions")
}

func TestBrowserOverviewWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newImpatientSite(t)
	b := s.tab(t, billing.Admin)
	b.withoutScripts()
	b.open("/")
	b.shows("main", "The numbers are being worked out")
	s.workOut()
	b.leads(func() { b.click("#again") })
	b.shows("main", "Still to come, with VAT", "€189")
	b.leads(func() { b.click(`main a[rel=next]`) })
	b.click(".twin summary")
	b.shows(".twin", "7 Dec", "€259.42")
	b.leads(func() { b.click(".gains a") })
	b.arrives("/groups/new")
	b.shows("#selected", "3 selected", "€377.00 a month")
}

var looksOfOverview = []look{
	{"nothing imported", func(b *tab) { b.visit(newSite(b.t), billing.Admin, "/") }},
	{"being worked out", func(b *tab) {
		b.visit(newImpatientSite(b.t), billing.Member, "/")
		b.is(`document.addEventListener("htmx:before:request", e => e.preventDefault()) === undefined`) // or it would be over soon
		b.shows("main", "being worked out")
	}},
	{"this month", func(b *tab) {
		s := newLongSite(b.t)
		s.addRow(60)
		b.visit(s, billing.Admin, "/")
	}},
	{"next month", func(b *tab) {
		s := newLongSite(b.t)
		s.addRow(60)
		b.visit(s, billing.Member, "/?month=2026-12")
		b.is(`document.querySelector(".twin").open = true`)
	}},
	{"nothing to gain", func(b *tab) {
		s := newLongSite(b.t)
		s.addGroup("l1", "l2", "l3")
		b.visit(s, billing.Admin, "/")
	}},
	{"worth grouping", func(b *tab) {
		s := newLongSite(b.t)
		s.takeIn(manyBusinesses(60))
		b.visit(s, billing.Admin, "/worth-grouping")
	}},
}
