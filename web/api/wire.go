package api

import (
	"time"

	"billfold/billing"
	"billfold/db"
)

// groupFields are what a billing group says whether it exists already or not.
type groupFields struct {
	TenantID   string   `json:"tenantId"`
	CustomerID string   `json:"customerId"`
	GroupName  string   `json:"groupName"`
	RentalIDs  []string `json:"rentalIds"`
	// BillingDay is the one last set.
	BillingDay int `json:"billingDay"`
	// BillingDayFrom is the period it holds from, while the day before it still does.
	BillingDayFrom     string              `json:"billingDayFrom,omitempty"`
	TotalMonthlyAmount billing.Money       `json:"totalMonthlyAmount"`
	ActiveRentalCount  int                 `json:"activeRentalCount"`
	Currency           billing.Currency    `json:"currency"`
	Status             billing.GroupStatus `json:"status"`
	CreatedBy          string              `json:"createdBy"`
	Reference          string              `json:"reference,omitempty"`
	Notes              string              `json:"notes,omitempty"`
}

type billingGroup struct {
	BillingGroupID string `json:"billingGroupId"`
	groupFields
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

type groupAnswer struct {
	Success      bool         `json:"success"`
	BillingGroup billingGroup `json:"billingGroup"`
}

type savedAnswer struct {
	Success      bool         `json:"success"`
	Message      string       `json:"message"`
	BillingGroup billingGroup `json:"billingGroup"`
}

type doneAnswer struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

type upcomingAnswer struct {
	Success  bool      `json:"success"`
	Invoices []payment `json:"invoices"`
}

type groupsAnswer struct {
	Success       bool           `json:"success"`
	BillingGroups []billingGroup `json:"billingGroups"`
	// Count is the number of groups in this answer, not of all there are.
	Count      int     `json:"count"`
	HasMore    bool    `json:"hasMore"`
	NextCursor *string `json:"nextCursor"`
}

type previewAnswer struct {
	Success      bool        `json:"success"`
	BillingGroup groupFields `json:"billingGroup"`
	Invoices     []payment   `json:"invoices"`
	// Before has the same months as they would be without the group.
	Before []payment `json:"before"`
}

func (s *server) billingGroup(t db.Tenant, g db.Group) billingGroup {
	fields := newGroupFields(t, g.Group, g.Members, g.Total, g.Active)
	if day := g.Days.Last(); len(g.Days) > 1 && s.store.Today(t).Period().Before(day.From) {
		fields.BillingDayFrom = day.From.String()
	}
	return billingGroup{g.ID, fields, timestamp(g.CreatedAt), timestamp(g.UpdatedAt)}
}

// previewedGroup is the group as its creation would answer it.
func previewedGroup(access db.Access, p db.Preview) groupFields {
	fields := newGroupFields(access.Tenant, p.Group, p.Members, p.Total, p.Active)
	fields.CreatedBy = access.Actor.ID
	return fields
}

func newGroupFields(t db.Tenant, g billing.Group, members []billing.Subscription, total billing.Money, active int) groupFields {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return groupFields{
		TenantID: t.ID, CustomerID: g.CustomerID, GroupName: g.Name, RentalIDs: ids, BillingDay: g.Days.Last().Day,
		TotalMonthlyAmount: total, ActiveRentalCount: active, Currency: t.Currency, Status: g.Status,
		CreatedBy: g.CreatedBy, Reference: g.Reference, Notes: g.Notes,
	}
}

func (s *server) groupsAnswer(t db.Tenant, groups []db.Group, next string) groupsAnswer {
	a := groupsAnswer{Success: true, BillingGroups: make([]billingGroup, len(groups)), Count: len(groups)}
	for i, g := range groups {
		a.BillingGroups[i] = s.billingGroup(t, g)
	}
	if next != "" {
		a.HasMore, a.NextCursor = true, &next
	}
	return a
}

// timestamp writes an instant in UTC with milliseconds.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
