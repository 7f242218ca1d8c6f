package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/views"
)

// editCustomer shows the form with the customer as it is.
func (s *server) editCustomer(c echo.Context) error {
	return s.showCustomerEdit(c, http.StatusOK, make(url.Values), views.CustomerEdit{})
}

// saveCustomer changes the customer, or shows the form again with what stands against it.
func (s *server) saveCustomer(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	v := c.Request().PostForm
	form := readCustomerForm(v)
	readAt := customerReadAt(form)
	customer, err := s.store.UpdateCustomer(ctx, s.session(c).Scope(), c.Param("id"), readAt, customerChange(form))
	if err == nil {
		flash := views.Flash{Tone: views.Good, Text: "Changes saved."}
		if !customer.UpdatedAt.After(readAt) {
			flash = views.Flash{Tone: views.Info, Text: "Nothing was changed."}
		}
		return s.done(c, flash, views.CustomerURL(customer.ID))
	}
	var page views.CustomerEdit
	rule, refused := errors.AsType[*billing.Error](err)
	switch {
	case !refused || rule.Code == billing.CodeNotFound:
		return err
	case rule.Code != billing.CodeStaleCustomer:
		page.Problems = rule.Problems
		return s.showCustomerEdit(c, http.StatusUnprocessableEntity, v, page)
	}
	if page.Changes, err = s.changesAfter(ctx, tenant, "customer", c.Param("id"), readAt); err != nil {
		return err
	}
	if len(page.Changes) == 0 && !v.Has(views.WasName("type")) { // the form does not say what it was made from
		page.Problems = views.Problems{{Code: rule.Code, Message: rule.Message}}
	}
	return s.showCustomerEdit(c, http.StatusConflict, v, page)
}

// showCustomerEdit shows a form: as it was sent where it is refused, brought up to date
// where it is stale, and else made from the customer as it is now.
func (s *server) showCustomerEdit(c echo.Context, status int, v url.Values, page views.CustomerEdit) error {
	tenant := s.session(c).Tenant
	row, err := s.store.CustomerRow(c.Request().Context(), tenant, c.Param("id"))
	if err != nil {
		return err
	}
	now := customerFields(row.Customer)
	switch status {
	case http.StatusOK:
		for name, value := range now {
			v.Set(name, value)
		}
		carry(v, now)
	case http.StatusConflict:
		page.Meanwhile = rebase(v, now, "terms", "paymentTerms")
		v.Del("version")
	}
	page.Form, page.Was = readCustomerForm(v), carried(v, now)
	if page.Form.Version == "" {
		page.Form.Version = views.CustomerVersion(row.Customer)
	}
	page.Customer, page.Groups, page.Tenant = row.Customer, row.Groups, tenant.Tenant
	return render(c, status, views.CustomerEditPage(s.page(c, "Edit "+row.Name()), page))
}

// customerFields are the fields of the form as the customer is, by name.
func customerFields(c billing.Customer) map[string]string {
	form, fields := views.NewCustomerForm(c), make(map[string]string)
	for name, field := range form.Fields() {
		fields[name] = *field
	}
	return fields
}

func readCustomerForm(v url.Values) views.CustomerForm {
	f := views.CustomerForm{Version: v.Get("version")}
	for name, field := range f.Fields() {
		*field = v.Get(name)
	}
	return f
}

// customerReadAt answers when the customer had last been changed as the form was made;
// long ago where the form doesn't say.
func customerReadAt(f views.CustomerForm) time.Time {
	ms, err := strconv.ParseInt(f.Version, 10, 64)
	if err != nil || ms < 0 { // the zero time lies before, and would stand for any
		ms = 0
	}
	return time.UnixMilli(ms)
}

// customerChange is what a form asks for: all that it holds.
func customerChange(f views.CustomerForm) billing.CustomerChange {
	kind, status, treatment := billing.CustomerType(f.Type), billing.CustomerStatus(f.Status), billing.VATTreatment(f.VATTreatment)
	var terms *int
	if f.Terms != views.UnitTerms {
		days, err := strconv.Atoi(strings.TrimSpace(f.PaymentTerms))
		if err != nil {
			days = -1 // which is no number of days either, and refused with the other problems
		}
		terms = &days
	}
	return billing.CustomerChange{
		Type: &kind, Status: &status, Company: &f.Company, FirstName: &f.FirstName, LastName: &f.LastName, Email: &f.Email, Phone: &f.Phone,
		Street: &f.Street, PostalCode: &f.PostalCode, City: &f.City, Country: &f.Country, VATID: &f.VATID, VATTreatment: &treatment,
		PaymentTerms: &terms,
	}
}
