package billing

import (
	"cmp"
	"time"
)

// SubscriptionStatus is the state of a rental contract as it was last told to us.
type SubscriptionStatus string

// The states of a subscription; every one but active is an end.
const (
	SubscriptionActive           SubscriptionStatus = "active"
	SubscriptionCancelled        SubscriptionStatus = "cancelled"
	SubscriptionEndedCompleted   SubscriptionStatus = "ended_completed"
	SubscriptionEndedBuyout      SubscriptionStatus = "ended_buyout"
	SubscriptionEndedUpgrade     SubscriptionStatus = "ended_upgrade"
	SubscriptionEndedEarlyReturn SubscriptionStatus = "ended_early_return"
)

// SubscriptionStatuses lists every state there is.
var SubscriptionStatuses = []SubscriptionStatus{
	SubscriptionActive, SubscriptionCancelled, SubscriptionEndedCompleted,
	SubscriptionEndedBuyout, SubscriptionEndedUpgrade, SubscriptionEndedEarlyReturn,
}

// MaxContractLength is the longest contract, in months.
const MaxContractLength = 120

// Subscription is one rented device on a fixed-term contract.
type Subscription struct {
	ID         string
	CustomerID string
	OrderID    string

	Product, SKU, Serial string

	MonthlyAmount Money
	// Start is the first day served; the own date of every instalment follows from it.
	Start Date
	// Length is the contract's number of months, and so of instalments: 1 to 120.
	Length int
	// OriginalLength is the length it was first known with.
	OriginalLength int

	Status SubscriptionStatus
	// EndedOn is set when Status is not active: no instalment whose service begins
	// on or after it is owed.
	EndedOn Date

	// OwedFrom is the period of the first instalment that is billed here. What lies
	// before was billed elsewhere.
	OwedFrom Period
	// ToldNext is the next billing date that was told when it was taken in, or zero.
	// OwedFrom follows from it, the start and the tenant's cut-over day.
	ToldNext Date

	// GroupID is the billing group it is in, or "".
	GroupID string
	// GroupedFrom is the first period the group bills, fixed when it joined.
	GroupedFrom Period

	// CreatedBy is the id of the user or key that took it in, or "import".
	CreatedBy string

	CreatedAt, UpdatedAt time.Time
}

// Compare puts subscriptions in the order they are listed in: by product, serial
// number and id.
func (s Subscription) Compare(o Subscription) int {
	return cmp.Or(cmp.Compare(s.Product, o.Product), cmp.Compare(s.Serial, o.Serial), cmp.Compare(s.ID, o.ID))
}

// Instalment is one month's charge of one subscription. It is derived, never stored.
type Instalment struct {
	// Number counts from 0.
	Number int
	// Period is the calendar month of From.
	Period Period
	// From is the first day served, and the date it is billed on when it is billed alone.
	From Date
	// To is the day after the last day served.
	To Date
}

// Instalment answers the subscription's instalment of a period, and whether its
// contract has one. A contract of N months has exactly N, one in each calendar
// month; each date is counted from the start, so that 31 January is followed by
// 28 February and then by 31 March.
func (s Subscription) Instalment(p Period) (Instalment, bool) {
	k := p.Sub(s.Start.Period())
	if k < 0 || k >= s.Length {
		return Instalment{}, false
	}
	return Instalment{Number: k, Period: p, From: s.Start.AddMonths(k), To: s.Start.AddMonths(k + 1)}, true
}

// Owes tells whether the instalment is to be billed here at all: it does not lie
// before OwedFrom, and its service begins before the contract ended.
func (s Subscription) Owes(in Instalment) bool {
	if in.Period.Before(s.OwedFrom) {
		return false
	}
	return s.Status == SubscriptionActive || in.From.Before(s.EndedOn)
}

// End answers the day after the last day the contract serves by its length.
func (s Subscription) End() Date { return s.Start.AddMonths(s.Length) }

// StatusOn answers the state on a day: an active contract whose last instalment's
// service is over is completed, whatever was last told.
func (s Subscription) StatusOn(today Date) SubscriptionStatus {
	if s.Status == SubscriptionActive && !today.Before(s.End()) {
		return SubscriptionEndedCompleted
	}
	return s.Status
}

// ActiveOn tells whether the subscription counts as active on a day.
func (s Subscription) ActiveOn(today Date) bool { return s.StatusOn(today) == SubscriptionActive }

// EndDate answers the day it ended, or the last day its contract serves.
func (s Subscription) EndDate() Date {
	if s.Status != SubscriptionActive {
		return s.EndedOn
	}
	return s.End().AddDays(-1)
}

// OwedSince answers the subscription as it is owed where a cut-over day decides.
func (s Subscription) OwedSince(cutOver Date) Subscription {
	s.OwedFrom = FirstOwed(s.Start, s.ToldNext, cutOver)
	return s
}

// FirstOwed answers the period of the first instalment on or after a day, for a
// subscription that is taken in: the later of its next billing date (zero where
// none is given) and the tenant's cut-over day decides. The contract's length
// plays no part, so that an extension is owed from its first new month.
func FirstOwed(start, nextBilling, cutOver Date) Period {
	day := cutOver
	if day.Before(nextBilling) {
		day = nextBilling
	}
	if day.Before(start) {
		return start.Period()
	}
	p := day.Period()
	if p.Date(start.Day).Before(day) {
		p = p.Add(1)
	}
	return p
}
