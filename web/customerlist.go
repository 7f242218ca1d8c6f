package web

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// customerListing is the list of customers before anything is chosen.
var customerListing = views.Listing{
	URL: views.CustomersURL, CSVURL: views.CustomersCSVURL, One: "customer", Many: "customers", AmountNote: " a month", Hint: "name, e-mail or id",
	Selects: []views.ListSelect{
		{Name: "type", Label: "Type", Options: []views.Option{
			{Value: "", Label: "Any type"}, {Value: string(billing.Business), Label: "Businesses"}, {Value: string(billing.Individual), Label: "Private persons"},
		}},
		{Name: "status", Label: "State", Options: []views.Option{
			{Value: "", Label: "Any state"}, {Value: string(billing.CustomerActive), Label: "Active"}, {Value: string(billing.CustomerInactive), Label: "Inactive"},
		}},
		{Name: views.ListSort, Label: "Order", Options: []views.Option{
			{Value: "", Label: "Newest first"}, {Value: string(db.ByName), Label: "By name"},
		}},
	},
}

func customerFilter(l views.Listing) db.CustomerFilter {
	q := l.Query
	return db.CustomerFilter{
		Query: q.Get(views.ListSearch), Search: new(db.Search), Type: billing.CustomerType(q.Get("type")), Status: billing.CustomerStatus(q.Get("status")),
		Sort: db.CustomerSort(q.Get(views.ListSort)), After: l.After, Limit: listPerPage,
	}
}

// listCustomers lists the business unit's customers.
func (s *server) listCustomers(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	l, err := readListing(c, customerListing)
	if err != nil {
		return err
	}
	if sent, err := settle(c, l); sent || err != nil {
		return err
	}
	rows, err := fillListing(ctx, tenant, &l, customerFilter(l), s.store.Customers, s.store.CustomerTotals)
	if err != nil {
		return err
	}
	page := views.CustomerList{Listing: l, MayImport: s.session(c).Role.Includes(billing.Admin)}
	for _, r := range rows {
		page.Rows = append(page.Rows, views.CustomerListRow{Customer: r.Customer, Active: r.Active, Alone: r.Alone, Groups: r.Groups, Monthly: r.Monthly})
	}
	return render(c, http.StatusOK, views.CustomerListPage(s.page(c, "Customers"), page))
}

// downloadCustomers answers all customers that a query lists as a CSV file.
func (s *server) downloadCustomers(c echo.Context) error {
	l, err := readListing(c, customerListing)
	if err != nil {
		return err
	}
	ctx, tenant, filter := c.Request().Context(), s.session(c).Tenant, customerFilter(l)
	filter.Limit = downloadBatch
	header := []string{"customerId", "type", "status", "name", "company", "firstName", "lastName", "customerEmail", "phone", "street", "postalCode", "city", "country",
		"vatId", "activeSubscriptions", "billedAlone", "groups", "monthlyAmount", "currency"}
	return download(c, s.fileOf(tenant, "customers"), header, batches(filter.Search, func(after string) ([]db.CustomerRow, string, error) {
		filter.After = after
		return s.store.Customers(ctx, tenant, filter)
	}, customerCells))
}

func customerCells(r db.CustomerRow) []string {
	return []string{r.ID, string(r.Type), string(r.Status), r.Name(), r.Company, r.FirstName, r.LastName, r.Email, r.Phone,
		r.Address.Street, r.Address.PostalCode, r.Address.City, r.Address.Country, r.VATID,
		strconv.Itoa(r.Active), strconv.Itoa(r.Alone), strconv.Itoa(r.Groups), r.Monthly.String(), string(r.Monthly.Currency)}
}
