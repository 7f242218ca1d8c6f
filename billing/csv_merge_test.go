package billing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	importDay = Date{2026, 11, 22}
	longAgo   = Date{2020, 1, 1}
)

// mergeRow is a row of an export that tells the same as known does.
func mergeRow() ExportRow {
	return ExportRow{
		Line: 2, ID: "S-1", Customer: &ExportCustomer{ID: "C-1"}, OrderID: "O-1", Product: "ThinkPad X1", SKU: "TP-X1", Serial: "SN-1",
		MonthlyAmount: Money{12900, "EUR"}, Start: Date{2026, 3, 3}, Length: 24, Status: SubscriptionActive,
	}
}

func mergeKnown() Subscription { return mergeRow().TakeIn(longAgo, importDay) }

func TestExportRowTakeIn(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*ExportRow)
		cutOver Date
		owed    Period
		status  SubscriptionStatus
		endedOn Date
	}{
		{"cut-over before the start", func(r *ExportRow) {}, longAgo, Period{2026, 3}, SubscriptionActive, Date{}},
		{"cut-over today", func(r *ExportRow) {}, importDay, Period{2026, 12}, SubscriptionActive, Date{}},
		{"cut-over on its day", func(r *ExportRow) { r.Start.Day = 22 }, importDay, Period{2026, 11}, SubscriptionActive, Date{}},
		{"next billing date later", func(r *ExportRow) { r.NextBilling = Date{2027, 2, 4} }, importDay, Period{2027, 3}, SubscriptionActive, Date{}},
		{"next billing date before the cut-over", func(r *ExportRow) { r.NextBilling = Date{2026, 5, 3} }, importDay, Period{2026, 12}, SubscriptionActive, Date{}},
		{"planned end of an active one", func(r *ExportRow) { r.EndDate = Date{2028, 3, 2} }, longAgo, Period{2026, 3}, SubscriptionActive, Date{}},
		{"ended on its end date", func(r *ExportRow) { r.Status, r.EndDate = SubscriptionEndedBuyout, Date{2026, 10, 1} }, longAgo, Period{2026, 3}, SubscriptionEndedBuyout, Date{2026, 10, 1}},
		{"endedInMay, first seen today", func(r *ExportRow) { r.Status = SubscriptionCancelled }, longAgo, Period{2026, 3}, SubscriptionCancelled, importDay},
		{"ended after its last day", func(r *ExportRow) { r.Status, r.EndDate = SubscriptionCancelled, Date{2062, 1, 1} }, longAgo, Period{2026, 3}, SubscriptionCancelled, Date{2062, 1, 1}},
		{"ended, first seen when it is over", func(r *ExportRow) { r.Status, r.Start, r.Length = SubscriptionCancelled, Date{2024, 1, 9}, 24 }, longAgo, Period{2024, 1}, SubscriptionCancelled, Date{2026, 1, 8}},
		{"ended before it starts", func(r *ExportRow) { r.Status, r.Start = SubscriptionCancelled, Date{2027, 1, 9} }, longAgo, Period{2027, 1}, SubscriptionCancelled, Date{2027, 1, 9}},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := mergeRow()
			test.change(&row)
			want := Subscription{
				ID: "S-1", CustomerID: "C-1", OrderID: "O-1", Product: "ThinkPad X1", SKU: "TP-X1", Serial: "SN-1",
				MonthlyAmount: Money{12900, "EUR"}, Start: row.Start, Length: 24, OriginalLength: 24,
				Status: test.status, EndedOn: test.endedOn, OwedFrom: test.owed, ToldNext: row.NextBilling,
			}
			if diff := cmp.Diff(want, row.TakeIn(test.cutOver, importDay)); diff != "" {
				t.Errorf("subscription (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExportRowMerge(t *testing.T) {
	for _, test := range []struct {
		name string
		// known and row begin equal.
		known func(*Subscription)
		row   func(*ExportRow)
		// want changes known into what is expected.
		want func(*Subscription)
	}{
		{"the same again", nil, nil, nil},
		{"amount, product, serial, length", nil, func(r *ExportRow) {
			r.MonthlyAmount.Minor, r.Product, r.Serial, r.Length = 9900, "ThinkPad X1 Gen 13", "SN-2", 36
		}, func(s *Subscription) {
			s.MonthlyAmount.Minor, s.Product, s.Serial, s.Length = 9900, "ThinkPad X1 Gen 13", "SN-2", 36
		}},
		{"an empty cell clears nothing", nil, func(r *ExportRow) { r.OrderID, r.Product, r.SKU, r.Serial = "", "", "", "" }, nil},
		{"another customer, in no group and unbilled", nil, func(r *ExportRow) { r.Customer = &ExportCustomer{ID: "C-2"} }, func(s *Subscription) { s.CustomerID = "C-2" }},
		{"next billing date isn't read again", nil, func(r *ExportRow) { r.NextBilling = Date{2027, 2, 3} }, nil},
		{"planned end of an active one isn't read", nil, func(r *ExportRow) { r.EndDate = Date{2027, 2, 3} }, nil},
		{"ended on its end date", nil, func(r *ExportRow) { r.Status, r.EndDate = SubscriptionEndedEarlyReturn, Date{2026, 12, 10} },
			func(s *Subscription) { s.Status, s.EndedOn = SubscriptionEndedEarlyReturn, Date{2026, 12, 10} }},
		{"ended after its last day, as the file has it", nil, func(r *ExportRow) { r.Status, r.EndDate = SubscriptionCancelled, Date{2062, 1, 1} }, endedLate},
		{"the same again, with that end", endedLate, func(r *ExportRow) { r.Status, r.EndDate = SubscriptionCancelled, Date{2062, 1, 1} }, nil},
		{"endedInMay, first seen today", nil, func(r *ExportRow) { r.Status = SubscriptionCancelled },
			func(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, importDay }},
		{"endedInMay, seen again without a date", endedInMay, func(r *ExportRow) { r.Status = SubscriptionCancelled }, nil},
		{"endedInMay, now with a date", endedInMay, func(r *ExportRow) { r.Status, r.EndDate = SubscriptionCancelled, Date{2026, 6, 3} },
			func(s *Subscription) { s.EndedOn = Date{2026, 6, 3} }},
		{"ended in another way", endedInMay, func(r *ExportRow) { r.Status = SubscriptionEndedBuyout }, func(s *Subscription) { s.Status = SubscriptionEndedBuyout }},
		{"active undoes no end", endedInMay, nil, nil},
		{"active changes nothing about a contract that is over", func(s *Subscription) { s.Length = 3 }, func(r *ExportRow) { r.Length = 3 }, nil},
		{"an ended contract never ends before its start", endedInMay, func(r *ExportRow) { r.Start = Date{2026, 6, 3} },
			func(s *Subscription) {
				s.Start, s.EndedOn, s.OwedFrom = Date{2026, 6, 3}, Date{2026, 6, 3}, Period{2026, 6}
			}},
		{"start corrected, owed from the start", nil, func(r *ExportRow) { r.Start = Date{2026, 1, 9} },
			func(s *Subscription) { s.Start, s.OwedFrom = Date{2026, 1, 9}, Period{2026, 1} }},
		{"start corrected, to before the cut-over", nil, func(r *ExportRow) { r.Start = Date{2019, 11, 9} },
			func(s *Subscription) { s.Start, s.OwedFrom = Date{2019, 11, 9}, Period{2020, 1} }},
		{"start corrected, billed elsewhere until later", toldNext("2026-12-03"), func(r *ExportRow) { r.Start = Date{2026, 1, 9} },
			func(s *Subscription) { s.Start = Date{2026, 1, 9} }},
		{"start corrected, billed elsewhere until its start", toldNext("2026-03-03"), func(r *ExportRow) { r.Start = Date{2026, 1, 9} },
			func(s *Subscription) { s.Start = Date{2026, 1, 9} }},
		{"start corrected, to after what was told", toldNext("2026-03-03"), func(r *ExportRow) { r.Start = Date{2026, 5, 9} },
			func(s *Subscription) { s.Start, s.OwedFrom = Date{2026, 5, 9}, Period{2026, 5} }},
		{"another next billing date is not read", toldNext("2026-12-03"), func(r *ExportRow) { r.NextBilling = Date{2026, 6, 3} }, nil},
		{"its group stays", inGroup, func(r *ExportRow) { r.MonthlyAmount.Minor = 1 }, func(s *Subscription) { s.MonthlyAmount.Minor = 1 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			known, row := mergeKnown(), mergeRow()
			apply(test.known, &known)
			apply(test.row, &row)
			want := known
			apply(test.want, &want)
			got, problems := row.Merge(known, Billed{}, longAgo, importDay)
			if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
				t.Errorf("problems %v; subscription (-want +got):\n%s", problems, diff)
			}
		})
	}
}

// endedLate has an end that a file told.
func endedLate(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, Date{2062, 1, 1} }

func endedInMay(s *Subscription) { s.Status, s.EndedOn = SubscriptionCancelled, Date{2026, 5, 1} }

func toldNext(day string) func(*Subscription) {
	return func(s *Subscription) {
		s.ToldNext = on(day)
		*s = s.OwedSince(longAgo)
	}
}

func inGroup(s *Subscription) { s.GroupID, s.GroupedFrom = "bg_1", Period{2026, 4} }

func apply[T any](change func(*T), to *T) {
	if change != nil {
		change(to)
	}
}

// What has been billed stands, and a member stays with its group's customer.
func TestExportRowMergeRefuses(t *testing.T) {
	billed := func(months ...int) (b Billed) {
		for _, k := range months {
			b.AddLine("S-1", Period{2026, 3}.Add(k))
		}
		return b
	}
	other := func(r *ExportRow) { r.Customer = &ExportCustomer{ID: "C-2"} }
	for _, test := range []struct {
		name   string
		known  func(*Subscription)
		billed Billed
		row    func(*ExportRow)
		want   []Problem // Message: not compared
	}{
		{"billed start", nil, billed(0), func(r *ExportRow) { r.Start.Day = 4 }, []Problem{{Path: "startDate", Code: CodeHasInvoices}}},
		{"billed customer", nil, billed(4), other, []Problem{{Path: "customerId", Code: CodeHasInvoices}}},
		{"length below what is billed", nil, billed(0, 1, 2), func(r *ExportRow) { r.Length = 2 }, []Problem{{Path: "contractLength", Code: CodeHasInvoices}}},
		{"length of what is billed", nil, billed(0, 1, 2), func(r *ExportRow) { r.Length = 3 }, nil},
		{"amount and end of a billed one", nil, billed(0), func(r *ExportRow) { r.MonthlyAmount.Minor, r.Status = 1, SubscriptionEndedBuyout }, nil},
		{"customer while grouped", inGroup, Billed{}, other, []Problem{{Path: "customerId", Code: CodeSubscriptionAlreadyGrouped}}},
		{"everything at once", inGroup, billed(5), func(r *ExportRow) { other(r); r.Start.Day, r.Length = 4, 1 }, []Problem{
			{Path: "customerId", Code: CodeHasInvoices}, {Path: "startDate", Code: CodeHasInvoices},
			{Path: "contractLength", Code: CodeHasInvoices},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			known, row := mergeKnown(), mergeRow()
			apply(test.known, &known)
			apply(test.row, &row)
			got, problems := row.Merge(known, test.billed, longAgo, importDay)
			for i := range problems {
				if problems[i].Message == "" {
					t.Errorf("%s has no message", problems[i].Path)
				}
				problems[i].Message = ""
			}
			if diff := cmp.Diff(test.want, problems); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if len(test.want) > 0 && got != known {
				t.Errorf("a refused row changed the subscription: %s", cmp.Diff(known, got))
			}
		})
	}
}
