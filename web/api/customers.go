package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// listCustomers answers a page of customers, the newest first.
func (s *server) listCustomers(c echo.Context, access db.Access) error {
	q, err := parseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	filter := db.CustomerFilter{
		Query:  q.text("q"),
		Search: new(db.Search),
		Email:  q.text("email"),
		Type:   billing.CustomerType(q.oneOf("customerType", texts(billing.CustomerTypes)...)),
		Status: billing.CustomerStatus(q.oneOf("status", texts(billing.CustomerStatuses)...)),
		After:  q.after(func(cursor string) error { return db.CustomerFilter{After: cursor}.Check() }),
		Limit:  q.whole("limit", defaultLimit, maxLimit),
	}
	if err := billing.Refuse(q.problems); err != nil {
		return err
	}
	rows, next, err := s.store.Customers(c.Request().Context(), access.Tenant, filter)
	if err != nil {
		return err
	}
	if filter.Search.Cut() {
		// A list that ends before its end would be taken for whole.
		q.refuse("q", "More than 1,000 customers match. Send more of the name as q.")
		return billing.Refuse(q.problems)
	}
	list, err := s.customers(c, access.Tenant, rows)
	if err != nil {
		return err
	}
	a := customersAnswer{Customers: list, Count: len(list), Limit: filter.Limit, HasMore: next != ""}
	if next != "" {
		a.NextCursor = &next
	}
	return answer(c, http.StatusOK, a)
}

// customers writes customers with what they rent.
func (s *server) customers(c echo.Context, t db.Tenant, rows []db.CustomerRow) ([]customer, error) {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	rentals, err := s.store.CustomerSubscriptionIDs(c.Request().Context(), t, ids)
	if err != nil {
		return nil, err
	}
	list := make([]customer, len(rows))
	for i, row := range rows {
		list[i] = newCustomer(t, row, rentals[row.ID])
	}
	return list, nil
}

// showCustomer answers one customer.
func (s *server) showCustomer(c echo.Context, access db.Access) error {
	return s.answerCustomer(c, access, http.StatusOK, idIn(c, "customerId"))
}

func (s *server) answerCustomer(c echo.Context, access db.Access, status int, id string) error {
	row, err := s.store.CustomerRow(c.Request().Context(), access.Tenant, id)
	if err != nil {
		return err
	}
	list, err := s.customers(c, access.Tenant, []db.CustomerRow{row})
	if err != nil {
		return err
	}
	return answer(c, status, list[0])
}

// putCustomer takes a customer in or brings it up to date, all of it or nothing.
func (s *server) putCustomer(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	id, in := idIn(c, "customerId"), body.customerChange()
	if len(body.problems) > 0 {
		// Nothing will be stored, but the caller is to hear of all problems at once.
		return body.join(s.store.CheckPutCustomer(c.Request().Context(), access.Tenant, id, in))
	}
	_, created, err := s.store.PutCustomer(c.Request().Context(), scope(access), id, in)
	if err != nil {
		return err
	}
	return s.answerCustomer(c, access, putStatus(c, created, "/v1/customers/", id), id)
}

// putStatus answers the status of a PUT, and says where what it created is.
func putStatus(c echo.Context, created bool, path, id string) int {
	if !created {
		return http.StatusOK
	}
	c.Response().Header().Set("Location", path+url.PathEscape(id))
	return http.StatusCreated
}

// idIn reads an id in the path, which another system has made: it may hold anything.
// Echo leaves it as it was written where the path can't be told otherwise, as with a
// slash written %2F.
func idIn(c echo.Context, name string) string {
	id := c.Param(name)
	if c.Request().URL.RawPath != "" {
		if plain, err := url.PathUnescape(id); err == nil {
			return plain
		}
	}
	return id
}

// texts drops the type of named values.
func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list
}
