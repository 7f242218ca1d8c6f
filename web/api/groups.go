package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// createGroup makes a billing group.
func (s *server) createGroup(c echo.Context, access db.Access) error {
	body, err := readBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	in := body.groupInput()
	if len(body.problems) > 0 {
		// Nothing will be stored, but the caller is to hear of all problems at once.
		_, err := s.store.PreviewGroup(c.Request().Context(), access.Tenant, in, defaultMonths)
		return body.join(err)
	}
	group, err := s.store.CreateGroup(c.Request().Context(), scope(access), in, "")
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/v1/billing-groups/"+group.ID)
	return answer(c, http.StatusCreated, createdAnswer{true, "The billing group was created.", newBillingGroup(access.Tenant, group)})
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
		Invoices:     newInvoices(access.Tenant, preview.After),
		Before:       newInvoices(access.Tenant, preview.Before),
	})
}

// showGroup answers one billing group.
func (s *server) showGroup(c echo.Context, access db.Access) error {
	group, err := s.store.Group(c.Request().Context(), access.Tenant, c.Param("billingGroupId"))
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, groupAnswer{true, newBillingGroup(access.Tenant, group)})
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
		After:      q.cursor(),
		Limit:      q.limit(),
	}
	if err := billing.Refuse(q.problems); err != nil {
		return err
	}
	groups, next, err := s.store.Groups(c.Request().Context(), access.Tenant, filter)
	if err != nil {
		return err
	}
	return answer(c, http.StatusOK, newGroupsAnswer(access.Tenant, groups, next))
}

func scope(access db.Access) db.Scope {
	return db.Scope{Tenant: access.Tenant, Actor: access.Actor}
}
