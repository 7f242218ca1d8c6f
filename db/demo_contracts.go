package db

import (
	"slices"

	"billfold/billing"
)

// demoContracts makes up subscriptions.
type demoContracts struct {
	demoRandom
	today       billing.Date
	currency    billing.Currency
	ids, orders *demoNumbers
	states      *demoDeck[billing.SubscriptionStatus]
	lengths     *demoDeck[int]
}

func newDemoContracts(r demoRandom, today billing.Date, currency billing.Currency) *demoContracts {
	return &demoContracts{
		demoRandom: r, today: today, currency: currency,
		ids: newDemoNumbers(r, "sub_", 6), orders: newDemoNumbers(r, "ord_", 6),
		states: newDemoDeck(
			demoShare[billing.SubscriptionStatus]{87, billing.SubscriptionActive},
			demoShare[billing.SubscriptionStatus]{5, billing.SubscriptionEndedCompleted},
			demoShare[billing.SubscriptionStatus]{2, billing.SubscriptionEndedBuyout},
			demoShare[billing.SubscriptionStatus]{2, billing.SubscriptionEndedUpgrade},
			demoShare[billing.SubscriptionStatus]{2, billing.SubscriptionEndedEarlyReturn},
			demoShare[billing.SubscriptionStatus]{2, billing.SubscriptionCancelled},
		),
		lengths: newDemoDeck(demoShare[int]{4, 12}, demoShare[int]{2, 18}, demoShare[int]{8, 24}, demoShare[int]{5, 36}, demoShare[int]{1, 48}),
	}
}

// of makes up a customer's subscriptions, in the order their contracts began.
func (m *demoContracts) of(c billing.Customer, shape demoShape) []billing.Subscription {
	if shape.role == demoFirst {
		return m.ofFirst(c, shape.size)
	}
	states := make(map[billing.SubscriptionStatus]int)
	for range shape.size {
		state := m.states.deal(m.demoRandom)
		if shape.role == demoInactive && state == billing.SubscriptionActive && !m.chance(15) {
			state = billing.SubscriptionEndedCompleted
		}
		states[state]++
	}
	subscriptions := make([]billing.Subscription, 0, shape.size)
	for _, state := range billing.SubscriptionStatuses {
		for left := states[state]; left > 0; {
			n := min(left, m.orderSize())
			subscriptions = append(subscriptions, m.order(c, state, n)...)
			left -= n
		}
	}
	slices.SortStableFunc(subscriptions, func(a, b billing.Subscription) int { return a.Start.Compare(b.Start) })
	return subscriptions
}

func (m *demoContracts) orderSize() int {
	if m.chance(60) {
		return m.between(1, 3)
	}
	return m.between(3, 12)
}

// order makes up n contracts that began together and came to the same.
func (m *demoContracts) order(c billing.Customer, state billing.SubscriptionStatus, n int) []billing.Subscription {
	length := m.lengths.deal(m.demoRandom)
	start := m.start(state, length)
	endedOn := m.endedOn(state, start, length)
	product := m.product(c, start.Period())
	order := m.orders.id()
	subscriptions := make([]billing.Subscription, n)
	for i := range subscriptions {
		if m.chance(35) {
			product = m.product(c, start.Period())
		}
		subscriptions[i] = billing.Subscription{
			ID: m.ids.id(), CustomerID: c.ID, OrderID: order,
			Product: product.name, SKU: product.sku, Serial: m.fill(product.serial),
			MonthlyAmount: billing.Money{Minor: demoPrice(product.cents, length), Currency: m.currency},
			Start:         start, Length: length, Status: state, EndedOn: endedOn,
		}
	}
	return subscriptions
}

// start draws the first day of a contract, on any day of a month.
func (m *demoContracts) start(state billing.SubscriptionStatus, length int) billing.Date {
	ago := m.between(0, length-1)
	switch {
	case state == billing.SubscriptionEndedCompleted:
		ago = length + m.between(1, 12)
	case state != billing.SubscriptionActive:
		ago = m.between(2, length-1)
	case m.chance(4):
		return m.today.AddDays(m.between(1, demoNotice)) // ordered, not delivered yet
	}
	month := m.today.Period().Add(-ago)
	return month.Date(m.between(1, month.Days()))
}

// endedOn draws the day a contract ended, and none for an active one. A cancellation
// may lie ahead.
func (m *demoContracts) endedOn(state billing.SubscriptionStatus, start billing.Date, length int) billing.Date {
	end := start.AddMonths(length)
	switch {
	case state == billing.SubscriptionActive:
		return billing.Date{}
	case state == billing.SubscriptionEndedCompleted:
		return end
	case state == billing.SubscriptionCancelled && m.chance(30):
		return earlier(m.today.AddDays(m.between(3, 60)), end)
	}
	return earlier(start.AddDays(m.between(25, max(25, start.DaysUntil(m.today)))), earlier(m.today, end))
}

func earlier(a, b billing.Date) billing.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// product draws a device that the customer could order in a month.
func (m *demoContracts) product(c billing.Customer, in billing.Period) demoProduct {
	for {
		p := oneOf(m.demoRandom, demoCatalogue)
		if p.offered(in) && (p.private || c.Type == billing.Business) {
			return p
		}
	}
}

// demoPrice answers what a device costs a month, in cents: less on a longer contract.
func demoPrice(cents int64, length int) int64 {
	percent := map[int]int64{12: 118, 18: 108, 24: 100, 36: 90, 48: 84}[length]
	return (cents*percent + 2500) / 5000 * 50
}

// ofFirst answers the subscriptions of the first customer, of which it has 6 to 10:
// three free ones to group, then those that are in a group, then those that ended.
// They begin so many months ago that none of the free ones ever is over.
func (m *demoContracts) ofFirst(c billing.Customer, n int) []billing.Subscription {
	contracts := []struct {
		product, sku, serial string
		cents                int64
		ago, day, length     int
		status               billing.SubscriptionStatus
		endedAgo             int // months
	}{
		{"ThinkPad X1 Carbon Gen 13", "LEN-X1C-G13", "PF-4K2L91", 129_00, 20, 3, 36, billing.SubscriptionActive, 0},
		{"iPhone 17, 256 GB", "APL-IP17-256", "G6TX9021", 89_00, 12, 20, 18, billing.SubscriptionActive, 0},
		{"MacBook Pro 14″ M5", "APL-MBP14-M5", "C02ZK1Q8", 159_00, 10, 25, 24, billing.SubscriptionActive, 0},
		{"HP ZBook Fury 16", "HP-ZBF16", "5CD4210X7K", 212_00, 13, 2, 36, billing.SubscriptionActive, 0},
		{"HP ZBook Fury 16", "HP-ZBF16", "5CD4210X9B", 212_00, 13, 2, 36, billing.SubscriptionActive, 0},
		{"EIZO FlexScan EV3895, 37.5″ curved", "EIZ-EV3895", "20418837", 41_00, 9, 14, 24, billing.SubscriptionActive, 0},
		{"Synology DS1823xs+ with 8 × 8 TB", "SYN-DS1823-64", "24P0TKR9E1", 148_00, 7, 31, 24, billing.SubscriptionActive, 0},
		{"HP LaserJet Enterprise Flow MFP", "HP-LJE-FLOW", "JPBCR4T02L", 119_00, 5, 9, 36, billing.SubscriptionActive, 0},
		{"Surface Pro 11", "MSF-SP11-13", "0F9921340715", 74_50, 24, 3, 36, billing.SubscriptionEndedBuyout, 6},
		{"HP EliteBook 840", "HP-EB840", "5CD1190H2M", 72_00, 31, 18, 24, billing.SubscriptionEndedCompleted, 7},
	}
	ended := 1 + n/9
	chosen := append(slices.Clone(contracts[:n-ended]), contracts[len(contracts)-2:len(contracts)-2+ended]...)
	subscriptions := make([]billing.Subscription, n)
	for i, k := range chosen {
		s := billing.Subscription{
			ID: m.ids.id(), CustomerID: c.ID, OrderID: m.orders.id(), Product: k.product, SKU: k.sku, Serial: k.serial,
			MonthlyAmount: billing.Money{Minor: k.cents, Currency: m.currency},
			Start:         m.today.Period().Add(-k.ago).Date(k.day), Length: k.length, Status: k.status,
		}
		if k.status != billing.SubscriptionActive {
			s.EndedOn = s.Start.AddMonths(k.ago - k.endedAgo)
		}
		subscriptions[i] = s
	}
	return subscriptions
}
