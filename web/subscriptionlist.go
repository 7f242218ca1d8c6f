package web

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// subscriptionListing is the list of subscriptions before anything is chosen.
var subscriptionListing = views.Listing{
	URL: views.SubscriptionsURL, CSVURL: views.SubscriptionsCSVURL, One: "subscription", Many: "subscriptions", AmountNote: " a month for the active ones", Hint: "product, serial, id or customer",
	Selects: []views.ListSelect{
		{Name: "status", Label: "State", Options: []views.Option{
			{Value: "", Label: "Any state"},
			{Value: string(billing.SubscriptionActive), Label: "Active"},
			{Value: string(billing.SubscriptionCancelled), Label: "Cancelled"},
			{Value: string(billing.SubscriptionEndedCompleted), Label: "Completed"},
			{Value: string(billing.SubscriptionEndedBuyout), Label: "Bought out"},
			{Value: string(billing.SubscriptionEndedUpgrade), Label: "Upgraded"},
			{Value: string(billing.SubscriptionEndedEarlyReturn), Label: "Returned early"},
		}},
		{Name: "billed", Label: "How it is billed", Options: []views.Option{
			{Value: "", Label: "Grouped or alone"}, {Value: string(db.Grouped), Label: "In a group"}, {Value: string(db.Alone), Label: "In no group"},
		}},
		{Name: views.ListSort, Label: "Order", Options: []views.Option{
			{Value: "", Label: "Newest first"}, {Value: string(db.BySerial), Label: "By serial number"}, {Value: string(db.ByEnd), Label: "By contract end"},
		}},
	},
}

func subscriptionFilter(l views.Listing) db.SubscriptionFilter {
	q := l.Query
	return db.SubscriptionFilter{
		Query: q.Get(views.ListSearch), Search: new(db.Search), CustomerID: q.Get("customer"), GroupID: q.Get("group"),
		Status: billing.SubscriptionStatus(q.Get("status")), Grouping: db.Grouping(q.Get("billed")),
		Sort: db.SubscriptionSort(q.Get(views.ListSort)), After: l.After, Limit: listPerPage,
	}
}

// readSubscriptionListing reads what the URL chooses, and what is ticked by those who
// may do something with it.
func (s *server) readSubscriptionListing(c echo.Context) (views.Listing, error) {
	l, err := readListing(c, subscriptionListing, "customer", "group")
	if l.MayTick = s.session(c).Role.Includes(billing.Admin); l.MayTick && !readTicks(c, l) {
		return l, errTooManyTicks
	}
	return l, err
}

var errTooManyTicks = billing.Refuse([]billing.Problem{{Path: views.ListTick, Code: billing.CodeValidation,
	Message: "More than 500 subscriptions are ticked. Go back and take some away, or open the customer’s group and add them there: it takes thousands at once."}})

// listSubscriptions lists the business unit's subscriptions.
func (s *server) listSubscriptions(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	l, err := s.readSubscriptionListing(c)
	if err != nil {
		return err
	}
	if sent, err := settle(c, l); sent || err != nil {
		return err
	}
	rows, err := fillListing(ctx, tenant, &l, subscriptionFilter(l), s.store.Subscriptions, s.store.SubscriptionTotals)
	if err != nil {
		return err
	}
	if err := s.addChips(ctx, tenant, &l); err != nil {
		return err
	}
	page := views.SubscriptionList{Listing: l, Today: s.store.Today(tenant), MayImport: l.MayTick, TickedTotal: billing.Money{Currency: tenant.Currency}}
	ticked, err := s.store.SubscriptionsByID(ctx, tenant, l.Query[views.ListTick])
	if err != nil {
		return err
	}
	shown := make(map[string]bool, len(rows))
	for _, r := range rows {
		shown[r.ID] = true
		page.Rows = append(page.Rows, views.SubscriptionListRow{
			Subscription: r.Subscription, Customer: r.Customer, GroupName: r.GroupName, GroupDay: r.GroupDay, GroupActive: r.GroupActive,
			Ticked: slices.Contains(l.Query[views.ListTick], r.ID),
		})
	}
	for _, r := range ticked {
		if page.Ticked++; !shown[r.ID] {
			page.Kept = append(page.Kept, r.ID)
		}
		if r.ActiveOn(page.Today) {
			page.TickedTotal = page.TickedTotal.Add(r.MonthlyAmount)
		}
	}
	return render(c, http.StatusOK, views.SubscriptionListPage(s.page(c, "Subscriptions"), page))
}

// downloadSubscriptions answers all subscriptions that a query lists as a CSV file.
func (s *server) downloadSubscriptions(c echo.Context) error {
	l, err := s.readSubscriptionListing(c)
	if err != nil {
		return err
	}
	ctx, tenant, filter := c.Request().Context(), s.session(c).Tenant, subscriptionFilter(l)
	filter.Limit = downloadBatch
	header := []string{"subscriptionId", "sku", "productName", "serialNumber", "customerId", "customer", "status", "startDate", "contractEnd", "endDate", "contractLength",
		"groupId", "group", "billingDay", "monthlyAmount", "currency"}
	return download(c, s.fileOf(tenant, "subscriptions"), header, batches(filter.Search, func(after string) ([]db.SubscriptionRow, string, error) {
		filter.After = after
		return s.store.Subscriptions(ctx, tenant, filter)
	}, func(r db.SubscriptionRow) []string { return subscriptionCells(r, s.store.Today(tenant)) }))
}

// subscriptionCells are a row of the file. Its billing day is the group's, or that of
// the contract's beginning where it is billed alone.
func subscriptionCells(r db.SubscriptionRow, today billing.Date) []string {
	day := r.Start.Day
	if r.GroupActive {
		day = r.GroupDay
	}
	return []string{r.ID, r.SKU, r.Product, r.Serial, r.CustomerID, r.Customer.Name(), string(r.StatusOn(today)),
		r.Start.String(), r.End().AddDays(-1).String(), r.EndedOn.String(), strconv.Itoa(r.Length),
		r.GroupID, r.GroupName, strconv.Itoa(day), r.MonthlyAmount.String(), string(r.MonthlyAmount.Currency)}
}
