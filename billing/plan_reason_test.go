package billing

import "testing"

// The reason to bill an instalment alone is the same before and after its group's
// invoice is out.
func TestReasonStaysTheSame(t *testing.T) {
	subs := []Subscription{rented("laptop", "2026-03-03", 24, 1), rented("phone", "2026-12-20", 24, 1)}
	billed := billedUpTo(subs, caseDay)
	groups := groupAll(t, subs, 1, billed, caseDay)
	planned(t, Plan(subs, groups, billed, on("2026-12-01"), on("2026-12-21")),
		"2026-12-01 2026-12 bg: laptop", "2026-12-20 2026-12 alone (first): phone")
	billed.run(subs, groups, on("2026-12-01"))
	planned(t, Plan(subs, groups, billed, on("2026-12-02"), on("2026-12-21")), "2026-12-20 2026-12 alone (first): phone")
}
