package billing

import "maps"

// BilledAgain is when and how credited instalments of an invoice are billed once more.
type BilledAgain struct {
	// GroupID and GroupName are of the group that bills them, "" where each is billed alone.
	GroupID, GroupName string
	// Date is the day; what is overdue falls on today, and the next run bills it.
	Date  Date
	Lines int
}

// BilledAgain answers when and how the instalments are billed once more that a note takes
// back to that end, by day, as [Plan] has them once they count as billed no more. It is the
// same before the note is issued and right after it. What is not owed any more is in none
// of them. Given are the subscriptions of the note's lines and the groups they are in.
func (i Invoice) BilledAgain(note CreditNote, subscriptions []Subscription, groups []Group, billed Billed, today Date) []BilledAgain {
	billed = billed.clone()
	for _, line := range note.Lines {
		billed.dropLine(line.SubscriptionID, i.Period)
	}
	if i.Consolidated() && i.Live() && !i.With(note).Live() {
		delete(billed.groups, billedKey{i.GroupID, i.Period})
	}
	names := make(map[string]string, len(groups))
	for _, g := range groups {
		names[g.ID] = g.Name
	}
	to := i.Period.Add(1).First() // an instalment is billed in its own month, or as soon as it can be
	if !today.Before(to) {
		to = today.AddDays(1)
	}
	var list []BilledAgain
	for _, p := range Plan(subscriptions, groups, billed, today, to) {
		if p.Period != i.Period {
			continue
		}
		if n := len(list) - 1; p.GroupID == "" && n >= 0 && list[n].GroupID == "" && list[n].Date == p.Date {
			list[n].Lines++
			continue
		}
		list = append(list, BilledAgain{GroupID: p.GroupID, GroupName: names[p.GroupID], Date: p.Date, Lines: len(p.Lines)})
	}
	return list
}

func (b Billed) clone() Billed {
	return Billed{lines: maps.Clone(b.lines), groups: maps.Clone(b.groups), runs: maps.Clone(b.runs)}
}

// dropLine takes a live line back. The months behind it in a run stay as lines of their own.
func (b *Billed) dropLine(subscriptionID string, p Period) {
	delete(b.lines, billedKey{subscriptionID, p})
	run := b.runs[subscriptionID]
	if !run.has(p) {
		return
	}
	b.runs[subscriptionID] = billedRun{run.from, p}
	for later := p.Add(1); later.Before(run.to); later = later.Add(1) {
		b.AddLine(subscriptionID, later)
	}
}
