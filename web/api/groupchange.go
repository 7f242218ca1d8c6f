package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
)

// updateGroup changes what a body names of a billing group, all of it or nothing.
func (s *server) updateGroup(c echo.Context, access db.Access) error {
	id := c.Param("billingGroupId")
	version, err := s.expected(c, access, id)
	if err != nil {
		return err
	}
	body, err := readOptionalBody(c.Response(), c.Request())
	if err != nil {
		return err
	}
	change := body.groupChange()
	if len(body.problems) > 0 {
		// Nothing will be stored, but the caller is to hear of all problems at once.
		_, err := s.store.PreviewUpdate(c.Request().Context(), access.Tenant, id, change, defaultMonths)
		if billing.CodeOf(err) == billing.CodeNotFound {
			return err
		}
		return body.join(err)
	}
	group, err := s.store.UpdateGroup(c.Request().Context(), scope(access), id, version, change)
	if err != nil {
		return err
	}
	wire := s.billingGroup(access.Tenant, group)
	tag, err := groupTag(group.Version, wire)
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", tag)
	return answer(c, http.StatusOK, savedAnswer{true, "The billing group was saved.", wire})
}

// groupChange reads what a body says about a group that exists. What is left out
// stays; null is no value, which only the reference and the notes can do without.
func (f *fields) groupChange() billing.GroupChange {
	change := billing.GroupChange{
		CustomerID: f.textChange("customerId"),
		Name:       f.textChange("groupName"),
		Reference:  f.textChange("reference"),
		Notes:      f.textChange("notes"),
		Move:       f.flag("moveRentals"),
	}
	if _, named := f.values["billingDay"]; named {
		day, _ := f.whole("billingDay")
		change.BillingDay = &day
	}
	if status := f.textChange("status"); status != nil {
		change.Status = (*billing.GroupStatus)(status)
	}
	if _, named := f.values["rentalIds"]; named {
		if _, sent := f.value("rentalIds"); !sent {
			f.refuse("rentalIds", "Send rentalIds as a list; an empty one, [], empties the group.")
		} else if ids := f.texts("rentalIds"); ids != nil {
			change.SubscriptionIDs = &ids
		}
	}
	return change
}

// deleteGroup takes a billing group away; its rentals are billed alone again.
func (s *server) deleteGroup(c echo.Context, access db.Access) error {
	id := c.Param("billingGroupId")
	version, err := s.expected(c, access, id)
	if err != nil {
		return err
	}
	if err := s.store.DeleteGroup(c.Request().Context(), scope(access), id, version); err != nil {
		return err
	}
	return answer(c, http.StatusOK, doneAnswer{true, "The billing group was deleted. Its rentals are billed alone again."})
}
