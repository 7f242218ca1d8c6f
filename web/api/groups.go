package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// createGroup makes a billing group, one for each Idempotency-Key.
func (s *server) createGroup(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	once, err := onceFor(c.Request(), body)
	if err != nil {
		return err
	}
	return s.onlyOnce(c, access, once, func() (answered []byte, again bool, err error) {
		in := body.groupInput()
		if len(body.problems) > 0 {
			// Nothing will be stored, but the caller is to hear of all problems at once.
			_, err := s.store.PreviewGroup(c.Request().Context(), access.Tenant, in, defaultMonths)
			return nil, false, body.join(err)
		}
		return s.store.CreateGroupOnce(c.Request().Context(), scope(access), in, once, func(g db.Group) ([]byte, error) {
			return s.created(access.Tenant, g)
		})
	})
}

// created is the answer that tells of a new group, to be kept.
func (s *server) created(t db.Tenant, g db.Group) ([]byte, error) {
	wire := s.billingGroup(t, g)
	tag, err := groupTag(g.Version, wire)
	if err != nil {
		return nil, err
	}
	body, err := encode(savedAnswer{true, "The billing group was created.", wire})
	if err != nil {
		return nil, err
	}
	return json.Marshal(keptAnswer{http.StatusCreated, "/v1/billing-groups/" + g.ID, tag, string(body)})
}

// previewGroup answers what createGroup would do with the same body, and the
// invoices of the months to come with the group and without it.
func (s *server) previewGroup(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	in, months := body.groupInput(), body.months()
	preview, err := s.store.PreviewGroup(c.Request().Context(), access.Tenant, in, months)
	if err := body.join(err); err != nil {
		return err
	}
	return answer(c, http.StatusOK, previewAnswer{
		Success:      true,
		BillingGroup: previewedGroup(access, preview),
		Invoices:     newInvoices(access.Tenant, preview.After, ""),
		Before:       newInvoices(access.Tenant, preview.Before, ""),
	})
}

// showGroup answers one billing group, unless the caller has it as it is.
func (s *server) showGroup(c echo.Context, access db.Access) error {
	group, err := s.store.Group(c.Request().Context(), access.Tenant, c.Param("billingGroupId"))
	if err != nil {
		return err
	}
	wire := s.billingGroup(access.Tenant, group)
	tag, err := groupTag(group.Version, wire)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", tag)
	if has(c.Request(), tag) {
		return c.NoContent(http.StatusNotModified)
	}
	return answer(c, http.StatusOK, groupAnswer{true, wire})
}

// upcoming answers the invoices that are planned for a group's rentals.
func (s *server) upcoming(c echo.Context, access db.Access) error {
	q, err := parseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	months := q.whole("months", defaultMonths, maxMonths)
	if err := billing.Refuse(q.problems); err != nil {
		return err
	}
	group, err := s.store.Group(c.Request().Context(), access.Tenant, c.Param("billingGroupId"))
	if err != nil {
		return err
	}
	planned, err := s.store.Upcoming(c.Request().Context(), access.Tenant, group, months)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, upcomingAnswer{true, newInvoices(access.Tenant, planned, group.ID)})
}

// listGroups answers a page of billing groups, the newest first.
func (s *server) listGroups(c echo.Context, access db.Access) error {
	q, err := parseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	filter := db.GroupFilter{
		CustomerID: q.text("customerId"),
		Status:     billing.GroupStatus(q.oneOf("status", string(billing.GroupActive), string(billing.GroupInactive))),
		After:      q.after(func(cursor string) error { return db.GroupFilter{After: cursor}.Check() }),
		Limit:      q.whole("limit", defaultLimit, maxLimit),
	}
	if err := billing.Refuse(q.problems); err != nil {
		return err
	}
	groups, next, err := s.store.Groups(c.Request().Context(), access.Tenant, filter)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, s.groupsAnswer(access.Tenant, groups, next))
}

func scope(access db.Access) db.Scope {
	return db.Scope{Tenant: access.Tenant, Actor: access.Actor}
}
