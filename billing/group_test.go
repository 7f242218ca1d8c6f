package billing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// acme is a business customer with three free subscriptions, one that has ended and
// one in a group; the last is another customer's.
func acme() Known {
	known := Known{
		Customer:   &Customer{ID: "acme", Type: Business, Status: CustomerActive, Company: "Acme GmbH"},
		GroupNames: map[string]string{"bg_it": "IT department"},
		Subscriptions: map[string]Subscription{
			"laptop":  rented("laptop", "2026-03-03", 24, 129_00),
			"phone":   rented("phone", "2026-05-20", 24, 89_00),
			"tablet":  rented("tablet", "2026-06-25", 24, 159_00),
			"watch":   ended(rented("watch", "2026-01-10", 12, 19_00), "2026-05-03"),
			"printer": rented("printer", "2025-01-10", 12, 49_00), // completed, but still told as active
			"camera":  rented("camera", "2026-02-15", 24, 79_00),
			"theirs":  rented("theirs", "2026-02-15", 24, 79_00),
		},
	}
	known.put("camera", func(s *Subscription) { s.GroupID = "bg_it" })
	known.put("theirs", func(s *Subscription) { s.CustomerID = "globex" })
	return known
}

func (k Known) put(id string, change func(*Subscription)) {
	s := k.Subscriptions[id]
	change(&s)
	k.Subscriptions[id] = s
}

func order(ids ...string) GroupInput {
	return GroupInput{CustomerID: "acme", Name: "Acme GmbH", BillingDay: 25, SubscriptionIDs: ids}
}

func TestNewGroup(t *testing.T) {
	known := acme()
	in := order("tablet", "laptop", "tablet", "phone")
	in.Name, in.Reference, in.Notes = "  Büro Köln ", " PO-4711 ", " first line\nsecond line "
	var billed Billed
	billed.AddLine("phone", month("2026-11"))
	billed.AddLine("laptop", month("2026-10"))

	group, members, err := NewGroup(in, known, billed, on("2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	want := Group{
		CustomerID: "acme", Name: "Büro Köln", Days: Days{{month("2026-11"), 25}}, Status: GroupActive,
		Reference: "PO-4711", Notes: "first line\nsecond line", Version: 1,
	}
	if diff := cmp.Diff(want, group); diff != "" {
		t.Errorf("the group differs (-want +got):\n%s", diff)
	}
	var got []string
	for _, m := range members {
		got = append(got, m.ID+" from "+m.GroupedFrom.String())
	}
	if want := []string{"tablet from 2026-11", "laptop from 2026-11", "phone from 2026-12"}; !slices.Equal(got, want) {
		t.Errorf("the members are %v, want %v", got, want)
	}
	if diff := cmp.Diff(acme(), known); diff != "" {
		t.Errorf("what is known was changed (-before +after):\n%s", diff)
	}
}

func TestNewGroupRefuses(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*GroupInput, *Known)
		want   []string // path and code of each problem
	}{
		{"unknown customer", func(in *GroupInput, k *Known) { k.Customer = nil }, []string{"customer CUSTOMER_NOT_FOUND"}},
		{"unknown customer's subscriptions aren't judged", func(in *GroupInput, k *Known) {
			k.Customer, in.SubscriptionIDs = nil, []string{"laptop", "theirs", "gone"}
		}, []string{"customer CUSTOMER_NOT_FOUND", "subscriptions[2] SUBSCRIPTION_NOT_FOUND"}},
		{"a person", func(in *GroupInput, k *Known) { k.Customer.Type = Individual }, []string{"customer CUSTOMER_NOT_BUSINESS"}},
		{"an inactive customer", func(in *GroupInput, k *Known) { k.Customer.Status = CustomerInactive }, []string{"customer CUSTOMER_INACTIVE"}},
		{"unknown subscription", choose("laptop", "gone"), []string{"subscriptions[1] SUBSCRIPTION_NOT_FOUND"}},
		{"another customer's", choose("theirs", "laptop"), []string{"subscriptions[0] SUBSCRIPTION_DIFFERENT_CUSTOMER"}},
		{"ended", choose("laptop", "watch"), []string{"subscriptions[1] SUBSCRIPTION_NOT_ACTIVE"}},
		{"completed, whatever was told", choose("printer"), []string{"subscriptions[0] SUBSCRIPTION_NOT_ACTIVE"}},
		{"in a group", choose("camera"), []string{"subscriptions[0] SUBSCRIPTION_ALREADY_GROUPED"}},
		{"ended and in a group", func(in *GroupInput, k *Known) {
			in.SubscriptionIDs = []string{"watch"}
			k.put("watch", func(s *Subscription) { s.GroupID = "bg_it" })
		}, []string{"subscriptions[0] SUBSCRIPTION_NOT_ACTIVE", "subscriptions[0] SUBSCRIPTION_ALREADY_GROUPED"}},
		{"none chosen", choose(), []string{"subscriptions VALIDATION_ERROR"}},
		{"repeated ids count once", choose("watch", "watch", "laptop", "watch", "camera"),
			[]string{"subscriptions[0] SUBSCRIPTION_NOT_ACTIVE", "subscriptions[4] SUBSCRIPTION_ALREADY_GROUPED"}},
		{"no billing day", func(in *GroupInput, k *Known) { in.BillingDay = 0 }, []string{"billingDay INVALID_BILLING_DAY"}},
		{"day 29", func(in *GroupInput, k *Known) { in.BillingDay = 29 }, []string{"billingDay INVALID_BILLING_DAY"}},
		{"blank name", func(in *GroupInput, k *Known) { in.Name = " \u00a0\t" }, []string{"name VALIDATION_ERROR"}},
		{"name of 121 characters", func(in *GroupInput, k *Known) { in.Name = strings.Repeat("ü", 121) }, []string{"name VALIDATION_ERROR"}},
		{"name of two lines", func(in *GroupInput, k *Known) { in.Name = "Büro\nKöln" }, []string{"name VALIDATION_ERROR"}},
		{"reference of 61 characters", func(in *GroupInput, k *Known) { in.Reference = strings.Repeat("ü", 61) }, []string{"reference VALIDATION_ERROR"}},
		{"reference of two lines", func(in *GroupInput, k *Known) { in.Reference = "PO\r\n4711" }, []string{"reference VALIDATION_ERROR"}},
		{"notes of 2001 characters", func(in *GroupInput, k *Known) { in.Notes = strings.Repeat("ü", 2001) }, []string{"notes VALIDATION_ERROR"}},
		{"notes that are no text", func(in *GroupInput, k *Known) { in.Notes = "a\x00b" }, []string{"notes VALIDATION_ERROR"}},
		{"everything at once", func(in *GroupInput, k *Known) {
			*in = GroupInput{Notes: "\xff", Reference: strings.Repeat("x", 61), SubscriptionIDs: []string{"gone", "theirs", "watch", "laptop", "camera"}}
			k.Customer.Type = Individual
		}, []string{
			"customer CUSTOMER_NOT_BUSINESS", "name VALIDATION_ERROR", "reference VALIDATION_ERROR",
			"notes VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY",
			"subscriptions[0] SUBSCRIPTION_NOT_FOUND", "subscriptions[1] SUBSCRIPTION_DIFFERENT_CUSTOMER",
			"subscriptions[2] SUBSCRIPTION_NOT_ACTIVE", "subscriptions[4] SUBSCRIPTION_ALREADY_GROUPED",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in, known := order("laptop"), acme()
			test.change(&in, &known)
			group, members, err := NewGroup(in, known, Billed{}, on("2026-11-22"))
			if err == nil || members != nil || group.Name != "" {
				t.Fatalf("it made %v with %d members, error %v", group, len(members), err)
			}
			if got := refusals(t, err); !slices.Equal(got, test.want) {
				t.Errorf("refused for\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if code := CodeOf(err); code != commonCode(test.want) {
				t.Errorf("the code is %s, want %s", code, commonCode(test.want))
			}
		})
	}
}

func choose(ids ...string) func(*GroupInput, *Known) {
	return func(in *GroupInput, _ *Known) { in.SubscriptionIDs = ids }
}

// refusals lists path and code of each problem, and checks that one of a
// subscription says which.
func refusals(t *testing.T, err error) []string {
	t.Helper()
	problemPaths(t, err)
	var refusal *Error
	errors.As(err, &refusal)
	var list []string
	for _, p := range refusal.Problems {
		list = append(list, fmt.Sprintf("%s %s", p.Path, p.Code))
		if strings.Contains(p.Path, "[") != (p.Subject != "") || !strings.Contains(p.Message, p.Subject) {
			t.Errorf("the problem of %s is about subscription %q and says %q", p.Path, p.Subject, p.Message)
		}
	}
	return list
}

func commonCode(problems []string) Code {
	codes := map[string]bool{}
	_, first, _ := strings.Cut(problems[0], " ")
	for _, p := range problems {
		_, code, _ := strings.Cut(p, " ")
		codes[code] = true
	}
	if len(codes) > 1 {
		return CodeValidation
	}
	return Code(first)
}

func TestNewGroupSaysWhoHasIt(t *testing.T) {
	_, _, err := NewGroup(order("camera"), acme(), Billed{}, on("2026-11-22"))
	if err == nil || !strings.Contains(err.Error(), "“IT department”") {
		t.Errorf("it says %v, not which group has the camera", err)
	}
}

func TestNewGroupLimits(t *testing.T) {
	many := func(n int) (GroupInput, Known) {
		known, in := acme(), order()
		for i := range n {
			s := rented(fmt.Sprint(i), "2026-03-03", 24, 1_00)
			known.Subscriptions[s.ID] = s
			in.SubscriptionIDs = append(in.SubscriptionIDs, s.ID)
		}
		return in, known
	}
	in, known := many(MaxGroupMembers)
	in.Name, in.Reference, in.Notes = strings.Repeat("ü", 120), strings.Repeat("ü", 60), strings.Repeat("ü", 2000)
	in.SubscriptionIDs = append(in.SubscriptionIDs, "0")
	if _, members, err := NewGroup(in, known, Billed{}, on("2026-11-22")); err != nil || len(members) != MaxGroupMembers {
		t.Errorf("the largest group has %d members, %v", len(members), err)
	}
	in, known = many(MaxGroupMembers + 2)
	_, _, err := NewGroup(in, known, Billed{}, on("2026-11-22"))
	if got := refusals(t, err); !slices.Equal(got, []string{"subscriptions VALIDATION_ERROR"}) || !strings.Contains(err.Error(), "Take out 2.") {
		t.Errorf("a group that is too large is refused with %v", err)
	}
	for day := 1; day <= MaxBillingDay; day++ {
		in := order("laptop")
		in.BillingDay = day
		if _, _, err := NewGroup(in, acme(), Billed{}, on("2026-11-22")); err != nil {
			t.Errorf("day %d: %v", day, err)
		}
	}
}

func TestGroupedFrom(t *testing.T) {
	now, next := month("2026-11"), month("2026-12")
	for _, test := range []struct {
		name   string
		day    int
		billed func(*Billed)
		want   Period
	}{
		{"the day is to come", 25, nil, now},
		{"the day is today", 22, nil, now},
		{"the day was yesterday", 21, nil, next},
		{"the group has its invoice", 25, func(b *Billed) { b.AddGroup("bg", now) }, next},
		{"the group has last month's invoice", 25, func(b *Billed) { b.AddGroup("bg", now.Add(-1)) }, now},
		{"another group has its invoice", 25, func(b *Billed) { b.AddGroup("other", now) }, now},
		{"the instalment is billed", 25, func(b *Billed) { b.AddLine("a", now) }, next},
		{"last month's instalment is billed", 25, func(b *Billed) { b.AddLine("a", now.Add(-1)) }, now},
		{"another one's instalment is billed", 25, func(b *Billed) { b.AddLine("b", now) }, now},
	} {
		t.Run(test.name, func(t *testing.T) {
			var billed Billed
			if test.billed != nil {
				test.billed(&billed)
			}
			group := Group{ID: "bg", Status: GroupActive, Days: Days{{month("2026-01"), test.day}}}
			if got := groupedFrom(rented("a", "2026-01-05", 24, 1), group, billed, on("2026-11-22")); got != test.want {
				t.Errorf("grouped from %s, want %s", got, test.want)
			}
		})
	}
}

func TestTotal(t *testing.T) {
	known := acme()
	var all []Subscription
	for _, id := range []string{"laptop", "phone", "tablet", "watch", "printer"} {
		all = append(all, known.Subscriptions[id])
	}
	for today, want := range map[string]struct {
		total  Money
		active int
	}{
		"2025-11-22": {eur(129_00 + 89_00 + 159_00 + 49_00), 4}, // the printer still runs
		"2026-11-22": {eur(377_00), 3},
		"2028-03-03": {eur(89_00 + 159_00), 2}, // the laptop's last day was the 2nd
		"2030-01-01": {eur(0), 0},
	} {
		if total, active := Total(all, on(today), "EUR"); total != want.total || active != want.active {
			t.Errorf("on %s: %s of %d, want %s of %d", today, total, active, want.total, want.active)
		}
	}
	if total, active := Total(nil, on("2026-11-22"), "JPY"); total != (Money{0, "JPY"}) || active != 0 {
		t.Errorf("nobody's total is %v of %d", total, active)
	}
}
