package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// editGroup shows the form with what the URL holds, else the group as it is.
func (s *server) editGroup(c echo.Context) error {
	group, err := s.store.Group(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	v, now := c.QueryParams(), url.Values{"version": {strconv.Itoa(group.Version)}}
	for name, value := range groupFields(group) {
		now.Set(name, value)
	}
	carry(now, groupFields(group))
	for name := range now {
		if !v.Has(name) {
			v.Set(name, now.Get(name))
		}
	}
	return s.showEdit(c, http.StatusOK, v, refusal{group: group}, nil)
}

// groupFields are the fields of the form as the group is, by name.
func groupFields(g db.Group) map[string]string {
	return map[string]string{"name": g.Name, "reference": g.Reference, "notes": g.Notes, "billingDay": strconv.Itoa(g.Days.Last().Day)}
}

// saveGroup changes the group, or shows the form again with what stands against it.
func (s *server) saveGroup(c echo.Context) error {
	v := c.Request().PostForm
	group, err := s.formGroup(c, v)
	if err == nil {
		form := readGroupForm(v)
		day := form.day()
		change := billing.GroupChange{Name: &form.name, Reference: &form.reference, Notes: &form.notes, BillingDay: &day}
		var changed db.Group
		changed, err = s.store.UpdateGroup(c.Request().Context(), s.session(c).Scope(), group.ID, group.Version, change)
		if err == nil {
			return s.done(c, savedFlash(group, changed), views.GroupURL(group.ID))
		}
	}
	refused, err := s.refused(c, v, err)
	if err != nil {
		return err
	}
	var meanwhile views.Meanwhile
	if refused.status == http.StatusConflict {
		meanwhile = rebase(v, groupFields(refused.group))
		v.Set("version", strconv.Itoa(refused.group.Version))
	}
	return s.showEdit(c, refused.status, v, refused, meanwhile)
}

func savedFlash(before, after db.Group) views.Flash {
	text := "Changes saved."
	switch day := after.Days.Last(); {
	case after.Version == before.Version:
		return views.Flash{Tone: views.Info, Text: "Nothing was changed."}
	case day != before.Days.Last():
		text = "Changes saved: billed on the " + views.Ordinal(day.Day) + " from " + views.FormatPeriod(day.From) + " on."
	}
	return views.Flash{Tone: views.Good, Text: text}
}

func (s *server) showEdit(c echo.Context, status int, v url.Values, r refusal, meanwhile views.Meanwhile) error {
	form := readGroupForm(v)
	page := views.GroupEdit{
		Group: r.group.Group, Day: form.billingDay, Name: form.name, Reference: form.reference, Notes: form.notes,
		Version: formVersion(v, "version"), Was: carried(v, groupFields(r.group)), Changes: r.changes, Meanwhile: meanwhile, Problems: r.problems,
	}
	var err error
	day := form.day()
	switch {
	case !billing.ValidBillingDay(day):
		page.Preview.Missing = "Choose a billing day to see what will happen."
	case day == r.group.Days.Last().Day:
		page.Preview.Missing = "The billing day stays as it is, so nothing moves. Choose another day to see what will happen."
	default:
		page.Preview, err = s.foresee(c, r.group, billing.GroupChange{BillingDay: &day})
	}
	if err != nil {
		return err
	}
	return render(c, status, views.GroupEditPage(s.page(c, "Edit "+r.group.Name), page))
}
