package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// listRentals answers a page of subscriptions, the newest first.
func (s *server) listRentals(c echo.Context, access db.Access) error {
	q, err := parseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	filter := db.SubscriptionFilter{
		CustomerID: q.text("customerId"),
		GroupID:    q.text("billingGroupId"),
		OrderID:    q.text("orderId"),
		Serial:     q.text("serialNumber"),
		Status:     billing.SubscriptionStatus(q.oneOf("status", texts(billing.SubscriptionStatuses)...)),
		After:      q.after(func(cursor string) error { return db.SubscriptionFilter{After: cursor}.Check() }),
		Limit:      q.whole("limit", defaultLimit, maxLimit),
	}
	if err := billing.Refuse(q.problems); err != nil {
		return err
	}
	rows, next, err := s.store.Subscriptions(c.Request().Context(), access.Tenant, filter)
	if err != nil {
		return err
	}
	list, err := s.rentals(c, access.Tenant, rows)
	if err != nil {
		return err
	}
	a := rentalsAnswer{Rentals: list, Count: len(list), Limit: filter.Limit, HasMore: next != ""}
	if next != "" {
		a.NextCursor = &next
	}
	return answer(c, http.StatusOK, a)
}

// rentals writes subscriptions with the days they are billed next, which are planned
// for all of them together.
func (s *server) rentals(c echo.Context, t db.Tenant, rows []db.SubscriptionRow) ([]rental, error) {
	subscriptions := make([]billing.Subscription, len(rows))
	for i, row := range rows {
		subscriptions[i] = row.Subscription
	}
	next, err := s.store.NextBilling(c.Request().Context(), t, subscriptions)
	if err != nil {
		return nil, err
	}
	list := make([]rental, len(rows))
	for i, row := range rows {
		list[i] = s.rental(t, row, next[row.ID])
	}
	return list, nil
}

// showRental answers one subscription.
func (s *server) showRental(c echo.Context, access db.Access) error {
	return s.answerRental(c, access, http.StatusOK, idIn(c, "subscriptionId"))
}

func (s *server) answerRental(c echo.Context, access db.Access, status int, id string) error {
	row, err := s.store.Subscription(c.Request().Context(), access.Tenant, id)
	if err != nil {
		return err
	}
	list, err := s.rentals(c, access.Tenant, []db.SubscriptionRow{row})
	if err != nil {
		return err
	}
	return answer(c, status, list[0])
}

// putRental takes a subscription in or brings it up to date, all of it or nothing.
func (s *server) putRental(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	id, in := idIn(c, "subscriptionId"), body.subscriptionChange(access.Tenant.Currency)
	if len(body.problems) > 0 {
		// Nothing will be stored, but the caller is to hear of all problems at once.
		return body.join(s.store.CheckPutSubscription(c.Request().Context(), access.Tenant, id, in))
	}
	_, created, err := s.store.PutSubscription(c.Request().Context(), scope(access), id, in)
	if err != nil {
		return err
	}
	return s.answerRental(c, access, putStatus(c, created, "/v1/subscriptions/", id), id)
}

// endRental ends a subscription, once for each Idempotency-Key.
func (s *server) endRental(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	once, err := onceFor(c.Request(), body)
	if err != nil {
		return err
	}
	id := idIn(c, "subscriptionId")
	return s.onlyOnce(c, access, once, func() (answered []byte, again bool, err error) {
		status, endedOn := billing.SubscriptionStatus(body.text("status")), billing.Date{}
		if day := body.dateChange("endedOn"); day != nil {
			endedOn = *day
		}
		if len(body.problems) > 0 {
			// Nothing will be stored, but the caller is to hear of all problems at once.
			row, err := s.store.Subscription(c.Request().Context(), access.Tenant, id)
			if err != nil {
				return nil, false, err
			}
			_, err = row.EndOn(status, endedOn, s.store.Today(access.Tenant))
			return nil, false, body.join(err)
		}
		return s.store.EndSubscriptionOnce(c.Request().Context(), scope(access), id, status, endedOn, once, func(row db.SubscriptionRow, next billing.Date) ([]byte, error) {
			wire, err := encode(s.rental(access.Tenant, row, next))
			if err != nil {
				return nil, err
			}
			return json.Marshal(keptAnswer{Status: http.StatusOK, Body: string(wire)})
		})
	})
}
