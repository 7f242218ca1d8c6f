package billing

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// decemberOf is the group's invoice of December for rented things, and what is billed then.
func decemberOf(t *testing.T, subs []Subscription) (Invoice, []Group, Billed) {
	t.Helper()
	billed := billedUpTo(subs, "2026-11-25")
	groups := groupAll(t, subs, 1, billed, "2026-11-26")
	for n := range subs {
		subs[n].GroupID = "bg"
	}
	groups[0].Name = "IT"
	i := Invoice{ID: "pay_1", GroupID: "bg", Period: month("2026-12"), Status: InvoicePending, Totals: Totals{Total: 3}}
	for _, s := range subs {
		billed.AddLine(s.ID, i.Period)
		i.Lines = append(i.Lines, InvoiceLine{SubscriptionID: s.ID, Amount: 1, Live: true})
	}
	billed.AddGroup("bg", i.Period)
	return i, groups, billed
}

func TestBilledAgain(t *testing.T) {
	for _, test := range []struct {
		name, today string
		lines       []string // none is all of them
		end         string   // of the first
		want        []BilledAgain
	}{
		{"all, its day to come", "2026-11-28", nil, "", []BilledAgain{{"bg", "IT", on("2026-12-01"), 3}}},
		{"all, overdue", "2026-12-08", nil, "", []BilledAgain{{"bg", "IT", on("2026-12-08"), 3}}},
		{"all, months later", "2027-03-08", nil, "", []BilledAgain{{"bg", "IT", on("2027-03-08"), 3}}},
		{"two, one overdue", "2026-12-08", []string{"laptop", "tablet"}, "", []BilledAgain{{Date: on("2026-12-08"), Lines: 1}, {Date: on("2026-12-20"), Lines: 1}}},
		{"two, both overdue", "2026-12-21", []string{"laptop", "tablet"}, "", []BilledAgain{{Date: on("2026-12-21"), Lines: 2}}},
		{"all, one ended", "2026-12-08", nil, "2026-12-01", []BilledAgain{{"bg", "IT", on("2026-12-08"), 2}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			subs := []Subscription{rented("laptop", "2026-03-03", 24, 1), rented("phone", "2026-03-03", 24, 1), rented("tablet", "2026-03-20", 24, 1)}
			i, groups, billed := decemberOf(t, subs)
			if test.end != "" {
				subs[0] = ended(subs[0], test.end)
			}
			in := CreditInput{SubscriptionIDs: test.lines, Reason: "Wrong", Again: true}
			if test.lines == nil {
				in.SubscriptionIDs = lineIDsOf(i)
			}
			note, err := i.Credit(in, on(test.today))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, i.BilledAgain(note, subs, groups, billed, on(test.today))); diff != "" {
				t.Error(diff)
			}
			if !billed.Line("laptop", i.Period) || !billed.Group("bg", i.Period) {
				t.Error("looking at it changed what is billed")
			}
		})
	}
}

func lineIDsOf(i Invoice) (ids []string) {
	for _, line := range i.Lines {
		ids = append(ids, line.SubscriptionID)
	}
	return ids
}

// A month in the middle of a run is taken back alone.
func TestDropLineOfRun(t *testing.T) {
	var billed Billed
	billed.AddRun("laptop", month("2026-03"), month("2026-08"))
	billed.dropLine("laptop", month("2026-05"))
	for p := month("2026-02"); p.Before(month("2026-10")); p = p.Add(1) {
		want := !p.Before(month("2026-03")) && p.Before(month("2026-08")) && p != month("2026-05")
		if got := billed.Line("laptop", p); got != want {
			t.Errorf("%s: billed %v", p, got)
		}
	}
	if got := billed.FirstOpen(rented("laptop", "2026-03-03", 24, 1)); got != month("2026-05") {
		t.Errorf("the first open month is %s", got)
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{on("2026-11-25").Words(): "25 Nov 2026", Date{}.Words(): "–", month("2026-12").Words(): "Dec 2026"} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Each refusal names what was asked for.
func TestBeingCollected(t *testing.T) {
	i := theInvoice(InvoiceProcessing)
	_, credit := i.Credit(CreditInput{SubscriptionIDs: []string{"sub_1"}, Reason: "Wrong"}, on("2026-12-10"))
	_, cancel := i.Cancel(CreditInput{Reason: "Wrong"}, on("2026-12-10"))
	for err, want := range map[error]string{credit: "then credit it.", cancel: "then cancel it."} {
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
