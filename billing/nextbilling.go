package billing

// NextBilling answers the day each subscription is billed next, by id: the first that
// [Plan] has for it, which is its group's where the group bills it, and today where
// something is overdue. One that owes nothing more is left out. Only the groups'
// days and states count, so their other members need not be given.
//
// The plan looks as far ahead as it has to, as most have an instalment in a month.
func NextBilling(subscriptions []Subscription, groups []Group, billed Billed, today Date) map[string]Date {
	next := make(map[string]Date, len(subscriptions))
	for months := 2; len(subscriptions) > 0; months *= 4 {
		to := today.AddMonths(months)
		for _, invoice := range Plan(subscriptions, groups, billed, today, to) {
			for _, line := range invoice.Lines {
				if _, known := next[line.Subscription.ID]; !known {
					next[line.Subscription.ID] = invoice.Date
				}
			}
		}
		var open []Subscription
		for _, s := range subscriptions {
			if _, known := next[s.ID]; !known && s.mayOweFrom(to.Period()) {
				open = append(open, s)
			}
		}
		subscriptions = open
	}
	return next
}

// mayOweFrom tells whether an instalment of a period or later may be owed.
func (s Subscription) mayOweFrom(p Period) bool {
	last := s.Start.Period().Add(s.Length - 1)
	if s.Status != SubscriptionActive && s.EndedOn.Period().Before(last) {
		last = s.EndedOn.Period()
	}
	return !last.Before(p)
}
