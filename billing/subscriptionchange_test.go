package billing

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// told is all that a new subscription needs.
func told() SubscriptionChange {
	return SubscriptionChange{CustomerID: ptr("C-1"), MonthlyAmount: &Money{12900, "EUR"}, Start: &Date{2026, 3, 3}, Length: ptr(24)}
}

func TestNewSubscription(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*SubscriptionChange)
		want   func(*Subscription)
	}{
		{"what it needs", nil, nil},
		{"texts", func(in *SubscriptionChange) {
			in.OrderID, in.Product, in.SKU, in.Serial = ptr("O-1"), ptr(" Tablet "), ptr("T"), ptr("SN")
		}, func(s *Subscription) { s.OrderID, s.Product, s.SKU, s.Serial = "O-1", "Tablet", "T", "SN" }},
		{"active", func(in *SubscriptionChange) { in.Status, in.EndedOn = ptr(SubscriptionActive), &Date{} }, nil},
		{"ended on a day", func(in *SubscriptionChange) { in.Status, in.EndedOn = ptr(SubscriptionCancelled), &Date{2026, 5, 1} },
			func(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, Date{2026, 5, 1} }},
		{"billed elsewhere until later", func(in *SubscriptionChange) { in.NextBilling = Date{2027, 1, 4} }, func(s *Subscription) { s.OwedFrom, s.ToldNext = Period{2027, 2}, Date{2027, 1, 4} }},
		{"over", func(in *SubscriptionChange) { in.Length, in.Status = ptr(3), ptr(SubscriptionEndedCompleted) },
			func(s *Subscription) { s.Length, s.OriginalLength = 3, 3 }},
		{"free of charge, as long as can be", func(in *SubscriptionChange) { in.MonthlyAmount.Minor, in.Length = 0, ptr(120) },
			func(s *Subscription) { s.MonthlyAmount.Minor, s.Length, s.OriginalLength = 0, 120, 120 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := told()
			apply(test.change, &in)
			want := Subscription{ID: "S-1", CustomerID: "C-1", MonthlyAmount: Money{12900, "EUR"}, Start: Date{2026, 3, 3}, Length: 24, OriginalLength: 24,
				Status: SubscriptionActive, OwedFrom: Period{2026, 12}}
			apply(test.want, &want)
			got, err := NewSubscription("S-1", in, &Customer{}, importDay, importDay)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v, subscription (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestNewSubscriptionRefuses(t *testing.T) {
	for _, test := range []struct {
		name     string
		id       string
		customer *Customer
		change   func(*SubscriptionChange)
		want     []string
	}{
		{"nothing told", "S-1", nil, func(in *SubscriptionChange) { *in = SubscriptionChange{} },
			[]string{"customer VALIDATION_ERROR", "monthlyAmount VALIDATION_ERROR", "start VALIDATION_ERROR", "length VALIDATION_ERROR"}},
		{"no id", " ", &Customer{}, nil, []string{"subscription VALIDATION_ERROR"}},
		{"unknown customer", "S-1", nil, nil, []string{"customer CUSTOMER_NOT_FOUND"}},
		{"next billing date beyond the contract", "S-1", &Customer{}, func(in *SubscriptionChange) { in.NextBilling = Date{2036, 3, 4} }, []string{"nextBilling VALIDATION_ERROR"}},
		{"everything", "\n", nil, func(in *SubscriptionChange) {
			*in = SubscriptionChange{CustomerID: ptr("C-9"), MonthlyAmount: &Money{MaxAmount + 1, "EUR"}, Start: &Date{}, Length: ptr(121), OrderID: ptr("a\tb"),
				Product: ptr(strings.Repeat("x", 201)), SKU: ptr(strings.Repeat("x", 101)), Serial: ptr("\xff"), Status: ptr(SubscriptionStatus("rented"))}
		}, []string{"subscription VALIDATION_ERROR", "customer CUSTOMER_NOT_FOUND", "monthlyAmount VALIDATION_ERROR", "start VALIDATION_ERROR", "length VALIDATION_ERROR",
			"orderId VALIDATION_ERROR", "product VALIDATION_ERROR", "sku VALIDATION_ERROR", "serial VALIDATION_ERROR", "status VALIDATION_ERROR"}},
		{"ended before the start", "S-1", &Customer{}, func(in *SubscriptionChange) {
			in.Status, in.EndedOn, in.MonthlyAmount.Minor, in.Length = ptr(SubscriptionEndedBuyout), &Date{2026, 3, 2}, -1, ptr(0)
		}, []string{"monthlyAmount VALIDATION_ERROR", "length VALIDATION_ERROR", "endedOn VALIDATION_ERROR"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := told()
			apply(test.change, &in)
			got, err := NewSubscription(test.id, in, test.customer, longAgo, importDay)
			if refused := refusals(t, err); !slices.Equal(refused, test.want) || got != (Subscription{}) {
				t.Errorf("refused for %q, want %q; %+v", refused, test.want, got)
			}
		})
	}
}

// What the import tells too is tested with its rows.
func TestSubscriptionChange(t *testing.T) {
	over := func(s *Subscription) { s.Length = 3 }
	for _, test := range []struct {
		name  string
		known func(*Subscription)
		in    SubscriptionChange
		want  func(*Subscription)
	}{
		{"nothing", nil, SubscriptionChange{}, nil},
		{"a text cleared", nil, SubscriptionChange{OrderID: ptr(""), Serial: ptr(" ")}, func(s *Subscription) { s.OrderID, s.Serial = "", "" }},
		{"the length it had first is kept", nil, SubscriptionChange{Length: ptr(36)}, func(s *Subscription) { s.Length = 36 }},
		{"active, no day", nil, SubscriptionChange{Status: ptr(SubscriptionActive), EndedOn: &Date{}}, nil},
		{"active on one that is over", over, SubscriptionChange{Status: ptr(SubscriptionActive)}, nil},
		{"completed on one that is over", over, SubscriptionChange{Status: ptr(SubscriptionEndedCompleted)}, nil},
		{"completed on one that is over, with the day", over, SubscriptionChange{Status: ptr(SubscriptionEndedCompleted), EndedOn: &Date{2026, 6, 2}},
			func(s *Subscription) { s.Status, s.EndedOn = SubscriptionEndedCompleted, Date{2026, 6, 2} }},
		{"cancelled when it is over", over, SubscriptionChange{Status: ptr(SubscriptionCancelled)},
			func(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, Date{2026, 6, 2} }},
		{"a late end that is known, told again", endedLate, SubscriptionChange{EndedOn: &Date{2062, 1, 1}}, nil},
		{"a late end that is known, not told", endedLate, SubscriptionChange{Status: ptr(SubscriptionEndedBuyout)}, func(s *Subscription) { s.Status = SubscriptionEndedBuyout }},
		{"the last day of a contract that is made longer", nil, SubscriptionChange{Length: ptr(36), Status: ptr(SubscriptionCancelled), EndedOn: &Date{2029, 3, 2}},
			func(s *Subscription) { s.Length, s.Status, s.EndedOn = 36, SubscriptionCancelled, Date{2029, 3, 2} }},
		{"completed on one that isn't over", nil, SubscriptionChange{Status: ptr(SubscriptionEndedCompleted)},
			func(s *Subscription) { s.Status, s.EndedOn = SubscriptionEndedCompleted, importDay }},
		{"another day of its end", endedInMay, SubscriptionChange{EndedOn: &Date{2026, 6, 3}}, func(s *Subscription) { s.EndedOn = Date{2026, 6, 3} }},
		{"a start ahead, ended today", nil, SubscriptionChange{Start: &Date{2027, 2, 1}, Status: ptr(SubscriptionCancelled)},
			func(s *Subscription) {
				s.Start, s.Status, s.EndedOn, s.OwedFrom = Date{2027, 2, 1}, SubscriptionCancelled, Date{2027, 2, 1}, Period{2027, 2}
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			known := mergeKnown()
			apply(test.known, &known)
			want := known
			apply(test.want, &want)
			got, err := known.Change(test.in, &Customer{}, Billed{}, longAgo, importDay)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v, subscription (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestSubscriptionChangeRefuses(t *testing.T) {
	var billed Billed
	billed.AddLine("S-1", Period{2026, 4})
	for _, test := range []struct {
		name     string
		known    func(*Subscription)
		in       SubscriptionChange
		customer *Customer
		want     []string
	}{
		{"active undoes no end", endedInMay, SubscriptionChange{Status: ptr(SubscriptionActive)}, nil, []string{"status ALREADY_ENDED"}},
		{"a day without an end", nil, SubscriptionChange{EndedOn: &Date{2026, 6, 3}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"a day and active", nil, SubscriptionChange{Status: ptr(SubscriptionActive), EndedOn: &Date{2026, 6, 3}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"the day of an end taken away", endedInMay, SubscriptionChange{EndedOn: &Date{}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"an end before the start", nil, SubscriptionChange{Status: ptr(SubscriptionEndedBuyout), EndedOn: &Date{2026, 3, 2}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"an end after the last day", nil, SubscriptionChange{Status: ptr(SubscriptionEndedBuyout), EndedOn: &Date{2028, 3, 3}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"an end after the last day of a contract made shorter", nil, SubscriptionChange{Length: ptr(12), Status: ptr(SubscriptionCancelled), EndedOn: &Date{2027, 3, 3}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"another late end", endedLate, SubscriptionChange{EndedOn: &Date{2062, 1, 2}}, nil, []string{"endedOn VALIDATION_ERROR"}},
		{"a late end of no contract at all", nil, SubscriptionChange{Length: ptr(0), Status: ptr(SubscriptionCancelled), EndedOn: &Date{2062, 1, 1}}, nil,
			[]string{"length HAS_INVOICES", "length VALIDATION_ERROR"}},
		{"billed, and an unknown customer", nil, SubscriptionChange{CustomerID: ptr("C-9"), Start: &Date{2026, 3, 4}, Length: ptr(1)}, nil,
			[]string{"customer HAS_INVOICES", "start HAS_INVOICES", "length HAS_INVOICES", "customer CUSTOMER_NOT_FOUND"}},
		{"in a group", func(s *Subscription) { inGroup(s); s.ID = "S-2" }, SubscriptionChange{CustomerID: ptr("C-2")}, &Customer{}, []string{"customer SUBSCRIPTION_ALREADY_GROUPED"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			known := mergeKnown()
			apply(test.known, &known)
			got, err := known.Change(test.in, test.customer, billed, longAgo, importDay)
			if refused := refusals(t, err); !slices.Equal(refused, test.want) || got != known {
				t.Errorf("refused for %q, want %q; %s", refused, test.want, cmp.Diff(known, got))
			}
		})
	}
}

func TestSubscriptionEndOn(t *testing.T) {
	ahead := func(s *Subscription) { s.Start = Date{2027, 1, 9} }
	for _, test := range []struct {
		name   string
		known  func(*Subscription)
		status SubscriptionStatus
		day    Date
		code   Code
		ended  Date
	}{
		{"today", nil, SubscriptionEndedEarlyReturn, Date{}, "", importDay},
		{"back", nil, SubscriptionCancelled, Date{2026, 3, 3}, "", Date{2026, 3, 3}},
		{"ahead", nil, SubscriptionEndedUpgrade, Date{2027, 3, 3}, "", Date{2027, 3, 3}},
		{"completed by hand", nil, SubscriptionEndedCompleted, Date{}, "", importDay},
		{"before it begins", ahead, SubscriptionCancelled, Date{}, "", Date{2027, 1, 9}},
		{"a day before it begins", ahead, SubscriptionCancelled, Date{2027, 1, 8}, CodeValidation, Date{}},
		{"its last day", nil, SubscriptionCancelled, Date{2028, 3, 2}, "", Date{2028, 3, 2}},
		{"after its last day", nil, SubscriptionCancelled, Date{2028, 3, 3}, CodeValidation, Date{}},
		{"long after", nil, SubscriptionCancelled, Date{2062, 3, 3}, CodeValidation, Date{}},
		{"a day before its start", nil, SubscriptionCancelled, Date{2026, 3, 2}, CodeValidation, Date{}},
		{"active is no end", nil, SubscriptionActive, Date{}, CodeValidation, Date{}},
		{"no status", nil, "", Date{}, CodeValidation, Date{}},
		{"ended", endedInMay, SubscriptionCancelled, Date{}, CodeAlreadyEnded, Date{}},
		{"over", func(s *Subscription) { s.Length = 3 }, SubscriptionCancelled, Date{}, CodeAlreadyEnded, Date{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			known := mergeKnown()
			apply(test.known, &known)
			want := known
			if test.code == "" {
				want.Status, want.EndedOn = test.status, test.ended
			}
			got, err := known.EndOn(test.status, test.day, importDay)
			if diff := cmp.Diff(want, got); diff != "" || CodeOf(err) != test.code {
				t.Errorf("%v, subscription (-want +got):\n%s", err, diff)
			}
		})
	}
	_, err := mergeKnown().EndOn(SubscriptionCancelled, Date{2062, 1, 1}, importDay)
	if want := "2062-01-01 lies after the last day of the contract, 2028-03-02. Tell a day up to that one."; err == nil || err.Error() != want {
		t.Errorf("refused for %v, want %s", err, want)
	}
	_, err = mergeKnown().EndOn("gone", Date{2020, 1, 1}, importDay)
	if got, want := refusals(t, err), []string{"status VALIDATION_ERROR", "endedOn VALIDATION_ERROR"}; !slices.Equal(got, want) {
		t.Errorf("refused for %q, want %q", got, want)
	}
}
