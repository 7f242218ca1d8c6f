package db

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"billfold/billing"
)

// A random life of two customers, lived through the store: whatever is done in whatever
// order, the tables hold what was done, a preview says what follows, what is owed and
// due is billed once and nothing else is, and the activity tells the same.
func TestHistories(t *testing.T) {
	folder, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		h := newStoreHistory(t, rt, filepath.Join(folder, fmt.Sprint(n, ".db")))
		defer func() {
			if err := h.s.Close(); err != nil {
				t.Error(err)
			}
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"": func(rt *rapid.T) { h.check(rt, false) }, "days pass": h.pass, "bill": h.bill, "credit": h.credit, "take in": h.takeIn, "create": h.create, "members": h.members,
			"move": h.move, "day": h.day, "status": h.status, "rename": h.rename, "delete": h.delete,
		})
		h.bill(rt)
		h.check(rt, true)
		checkStory(t, h.s, h.tenant)
	})
}

// storeHistory is a store and what it ought to hold.
type storeHistory struct {
	test   testing.TB
	s      *Store
	tenant Tenant
	clock  *stepClock
	// rows are the subscriptions as they were last taken in.
	rows map[string]exportLine
	// in is the group that each subscription is in.
	in map[string]string
	// waived are live lines that were taken back and stay billed, as "subscription period",
	// also where the contract has ended before.
	waived map[string]bool
	// groups are the customers of the groups that there are.
	groups map[string]string
	// checks is how often the tables were looked at.
	checks int
}

// exportLine is what a history's exports tell of a subscription.
type exportLine struct {
	customer, start string
	length          int
	amount          int64
	ended           string
}

func newStoreHistory(t *testing.T, rt *rapid.T, path string) *storeHistory {
	clock := newStepClock()
	clock.step(time.Duration(rapid.IntRange(0, 60).Draw(rt, "begins after")) * 24 * time.Hour)
	if err := copyEmpty(path, clock.clock()); err != nil {
		rt.Fatal(err)
	}
	s, err := Open(t.Context(), path, clock.clock())
	if err != nil {
		rt.Fatal(err)
	}
	h := &storeHistory{test: t, s: s, tenant: newTenant(t, s), clock: clock, rows: make(map[string]exportLine), in: make(map[string]string), groups: make(map[string]string)}
	for range 3 {
		h.takeIn(rt)
	}
	return h
}

func (h *storeHistory) today() billing.Date { return h.s.Today(h.tenant) }

func (h *storeHistory) pass(t *rapid.T) {
	h.clock.step(time.Duration(rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(1, 45)).Draw(t, "days")) * 24 * time.Hour)
}

// takeIn imports a new subscription, or tells something new about a known one: another
// price, a longer contract, or that it ends, back or ahead.
func (h *storeHistory) takeIn(t *rapid.T) {
	id := fmt.Sprintf("s%d", rapid.IntRange(1, 7).Draw(t, "subscription"))
	row, known := h.rows[id]
	switch {
	case !known:
		row = exportLine{
			customer: rapid.SampledFrom([]string{"acme", "acme", "globex"}).Draw(t, "customer"),
			start:    h.today().AddDays(rapid.IntRange(-300, 40).Draw(t, "start")).String(),
			length:   rapid.IntRange(1, 24).Draw(t, "length"), amount: rapid.Int64Range(0, 300).Draw(t, "amount"),
		}
	case row.ended != "":
		t.Skip("it has ended")
	default:
		switch rapid.IntRange(0, 2).Draw(t, "what") {
		case 0:
			row.amount = rapid.Int64Range(0, 300).Draw(t, "amount")
		case 1:
			row.length += rapid.IntRange(1, 6).Draw(t, "longer")
		case 2:
			start, err := billing.ParseDate(row.start)
			if err != nil {
				t.Fatal(err)
			}
			ended := h.today().AddDays(rapid.IntRange(-60, 60).Draw(t, "ends"))
			if ended.Before(start) {
				ended = start
			}
			row.ended = ended.String()
		}
	}
	status := "active"
	if row.ended != "" {
		status = "ended_buyout"
	}
	file := "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
		fmt.Sprintf("%s,%s,,,Company,,Product,%s,%s,%s,%s,%d,%d.00,EUR\n", id, row.customer, id, status, row.start, row.ended, row.length, row.amount)
	result, err := h.s.Import(t.Context(), newScope(h.tenant), strings.NewReader(file), "fleet.csv")
	if err != nil || result.Problems.Total > 0 {
		t.Fatalf("%v %v", err, result.Problems)
	}
	if result.Refused == 0 {
		h.rows[id] = row
	}
}

// draw draws some of the subscriptions.
func (h *storeHistory) draw(t *rapid.T) []string {
	ids := slices.Sorted(maps.Keys(h.rows))
	return slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.SampledFrom(ids), 1, 4).Draw(t, "subscriptions"))))
}

func (h *storeHistory) group(t *rapid.T) string {
	if len(h.groups) == 0 {
		t.Skip("no group")
	}
	return rapid.SampledFrom(slices.Sorted(maps.Keys(h.groups))).Draw(t, "group")
}

func (h *storeHistory) create(t *rapid.T) {
	in := billing.GroupInput{CustomerID: rapid.SampledFrom([]string{"acme", "globex"}).Draw(t, "customer"), Name: "Group",
		BillingDay: rapid.IntRange(1, 28).Draw(t, "day"), SubscriptionIDs: h.draw(t)}
	preview, foreseen := h.s.PreviewGroup(t.Context(), h.tenant, in, 3)
	group, err := h.s.CreateGroup(t.Context(), newScope(h.tenant), in, "")
	if h.refused(t, foreseen, err) {
		return
	}
	h.groups[group.ID] = in.CustomerID
	for _, id := range in.SubscriptionIDs {
		h.in[id] = group.ID
	}
	h.follows(t, in.CustomerID, preview.After, map[string]string{previewID: group.ID})
}

// refused tells whether an act was refused, which its preview must have foreseen.
func (h *storeHistory) refused(t *rapid.T, foreseen, err error) bool {
	if fmt.Sprint(foreseen) != fmt.Sprint(err) && billing.CodeOf(foreseen) != billing.CodeOf(err) {
		t.Fatalf("foreseen %v, done %v", foreseen, err)
	}
	var rule *billing.Error
	if err != nil && !errors.As(err, &rule) {
		t.Fatal(err)
	}
	return err != nil
}

// follows compares what was foreseen with what is planned now, instalment by instalment.
func (h *storeHistory) follows(t *rapid.T, customer string, foreseen []billing.Draft, renamed map[string]string) {
	now, err := h.s.customerPlan(t.Context(), h.tenant, customer, 3)
	if err != nil {
		t.Fatal(err)
	}
	touched := make(map[string]bool)
	bills := func(drafts []billing.Draft, all bool) map[string]string {
		bills := make(map[string]string)
		for _, d := range drafts {
			group := d.GroupID
			if name := renamed[group]; name != "" {
				group = name
			}
			for _, line := range d.Lines {
				if all {
					touched[line.Subscription.ID] = true
				}
				if touched[line.Subscription.ID] && d.Period.Before(h.today().AddMonths(3).Period()) {
					bills[line.Subscription.ID+" "+d.Period.String()] = d.Date.String() + " " + group
				}
			}
		}
		return bills
	}
	was := bills(foreseen, true)
	if diff := cmp.Diff(was, bills(now, false)); diff != "" {
		t.Fatalf("foreseen and what follows differ:\n%s", diff)
	}
}

// change makes one change of a group, after looking at its preview.
func (h *storeHistory) change(t *rapid.T, id string, change billing.GroupChange) {
	preview, foreseen := h.s.PreviewUpdate(t.Context(), h.tenant, id, change, 3)
	group, err := h.s.UpdateGroup(t.Context(), newScope(h.tenant), id, 0, change)
	if h.refused(t, foreseen, err) {
		return
	}
	if change.SubscriptionIDs != nil {
		maps.DeleteFunc(h.in, func(_, in string) bool { return in == id })
		for _, m := range *change.SubscriptionIDs {
			h.in[m] = id
		}
	}
	h.follows(t, group.CustomerID, preview.After, nil)
}

func (h *storeHistory) members(t *rapid.T) {
	ids := h.draw(t)
	h.change(t, h.group(t), billing.GroupChange{SubscriptionIDs: &ids})
}

func (h *storeHistory) move(t *rapid.T) {
	id := h.group(t)
	ids := h.draw(t)
	for member, in := range h.in {
		if in == id && !slices.Contains(ids, member) {
			ids = append(ids, member)
		}
	}
	h.change(t, id, billing.GroupChange{SubscriptionIDs: &ids, Move: true})
}

func (h *storeHistory) day(t *rapid.T) {
	h.change(t, h.group(t), billing.GroupChange{BillingDay: ptr(rapid.IntRange(1, 28).Draw(t, "day"))})
}

func (h *storeHistory) status(t *rapid.T) {
	h.change(t, h.group(t), billing.GroupChange{Status: ptr(rapid.SampledFrom([]billing.GroupStatus{billing.GroupActive, billing.GroupInactive}).Draw(t, "status"))})
}

func (h *storeHistory) rename(t *rapid.T) {
	h.change(t, h.group(t), billing.GroupChange{Name: ptr(rapid.StringMatching(`[A-Za-zäöü]{1,20}`).Draw(t, "name"))})
}

func (h *storeHistory) delete(t *rapid.T) {
	id := h.group(t)
	preview, err := h.s.PreviewDelete(t.Context(), h.tenant, id, 3)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.s.DeleteGroup(t.Context(), newScope(h.tenant), id, 0); err != nil {
		t.Fatal(err)
	}
	customer := h.groups[id]
	delete(h.groups, id)
	maps.DeleteFunc(h.in, func(_, in string) bool { return in == id })
	h.follows(t, customer, preview.After, nil)
}

// bill issues what is due, and sees that it is what was planned, to the cent, once.
func (h *storeHistory) bill(t *rapid.T) {
	var due []string
	for _, customer := range []string{"acme", "globex"} {
		planned, err := h.s.customerPlan(t.Context(), h.tenant, customer, 1)
		if err != nil && billing.CodeOf(err) != billing.CodeNotFound {
			t.Fatal(err)
		}
		for _, d := range planned {
			if !h.today().Before(d.Date) {
				due = append(due, draftInWords(d))
			}
		}
	}
	run, err := h.s.Bill(t.Context(), newScope(h.tenant), BillOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var issued []string
	for _, i := range issuedBy(h.test, h.s, h.tenant, run) {
		issued = append(issued, invoiceInWords(i))
	}
	slices.Sort(due)
	slices.Sort(issued)
	if diff := cmp.Diff(due, issued); diff != "" {
		t.Fatalf("planned and issued differ:\n%s", diff)
	}
	if again, err := h.s.Bill(t.Context(), newScope(h.tenant), BillOptions{}); err != nil || again.Invoices+again.Due+again.SetAside > 0 {
		t.Fatalf("billed again: %+v, %v", again, err)
	}
	h.allBilled(t)
}

func draftInWords(d billing.Draft) string {
	text := fmt.Sprint(d.CustomerID, d.GroupID, d.Period, d.Date, d.Due, d.VAT, d.Totals)
	for i, l := range d.Lines {
		text += fmt.Sprint(" ", l.Subscription.ID, l.Instalment.From, l.Instalment.To, l.Subscription.MonthlyAmount.Minor, d.LineTaxes[i])
	}
	return text
}

func invoiceInWords(i billing.Invoice) string {
	text := fmt.Sprint(i.CustomerID, i.GroupID, i.Period, i.Issued, i.Due, i.VAT, i.Totals)
	for _, l := range i.Lines {
		text += fmt.Sprint(" ", l.SubscriptionID, l.From, l.To, l.Amount, l.Tax)
	}
	return text
}

// check holds the tables to what was done, now and then and at the last the forecast too.
func (h *storeHistory) check(t *rapid.T, last bool) {
	list, err := querySubscriptions(t.Context(), h.s.readers, h.tenant, `WHERE u.tenant = ?1`)
	if err != nil {
		t.Fatal(err)
	}
	billed, err := billedOf(t.Context(), h.s.readers, h.tenant, values(list))
	if err != nil {
		t.Fatal(err)
	}
	live := h.checkInvoices(t)
	for _, s := range list {
		if s.GroupID != h.in[s.ID] {
			t.Fatalf("%s is in %q, want %q", s.ID, s.GroupID, h.in[s.ID])
		}
		for k := range s.Length {
			in, _ := s.Instalment(s.Start.Period().Add(k))
			has, waived := live[s.ID+" "+in.Period.String()], h.waived[s.ID+" "+in.Period.String()]
			if has && !s.Owes(in) && !waived || s.Owes(in) && has != billed.Line(s.ID, in.Period) {
				t.Fatalf("%s has a live line for %s: %v, counts as billed: %v, owes it: %v", s.ID, in.Period, has, billed.Line(s.ID, in.Period), s.Owes(in))
			}
		}
	}
	// To plan afresh takes longer than all else. What is kept wrongly stays wrong.
	if h.checks++; h.checks%4 == 0 || last {
		if diff := sameForecast(h.test, h.s, h.tenant); diff != "" {
			t.Fatalf("the forecast is not the plan:\n%s", diff)
		}
	}
	for id := range h.groups {
		if _, err := h.s.Group(t.Context(), h.tenant, id); err != nil {
			t.Fatal(err)
		}
	}
}
