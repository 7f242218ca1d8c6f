package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// groupForm is the page "New billing group" as it was sent, as text. The pages that
// change a group have parts of it.
type groupForm struct {
	// at is the page that the table of subscriptions is on, and except the group
	// whose members it leaves out.
	at, except                         string
	customer, query                    string
	filter, kept                       string
	ticks                              []string
	page                               string
	all, none                          bool
	billingDay, name, reference, notes string
	// found are the customers that the query finds, nil where nobody has looked yet.
	found *[]db.CustomerRow
	// named is false until the page has shown a name to change.
	named bool
}

func readGroupForm(v url.Values) groupForm {
	f := groupForm{
		at:       views.NewGroupURL(nil),
		customer: v.Get("customer"), query: v.Get("q"),
		filter: v.Get("f"), kept: v.Get("kept"), ticks: v["s"],
		page: v.Get("page"), all: v.Has("all"), none: v.Has("none"),
		billingDay: v.Get("billingDay"), name: v.Get("name"), reference: v.Get("reference"), notes: v.Get("notes"),
		named: v.Has("name"),
	}
	if v.Has("go") {
		f.page = v.Get("go")
	}
	if !v.Has("billingDay") && !f.named {
		f.billingDay = "1" // the page as it is first opened; what most groups are billed on
	}
	return f
}

// day is the billing day as a number, 0 where it is none.
func (f groupForm) day() int {
	day, err := strconv.Atoi(f.billingDay)
	if err != nil {
		return 0
	}
	return day
}

// newGroup shows the page with the choices that the URL holds. A search that finds
// one customer only has found it.
func (s *server) newGroup(c echo.Context) error {
	form := readGroupForm(c.QueryParams())
	if form.customer == "" && form.query != "" && !isHTMX(c) {
		found, err := s.store.BusinessOptions(c.Request().Context(), s.session(c).Tenant, form.query, optionLimit+1)
		if err != nil {
			return err
		}
		if len(found) == 1 {
			return redirect(c, views.ForCustomerURL(found[0].ID, form.billingDay))
		}
		form.found = &found
	}
	if c.QueryParams().Has("worth") {
		return s.tickWorth(c, form.customer)
	}
	page, err := s.fillGroupPage(c, form, nil)
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.NewGroupPage(s.page(c, "New billing group"), page))
}

// createGroup creates the group, or shows the form again with every problem.
func (s *server) createGroup(c echo.Context) error {
	values := c.Request().PostForm
	form := readGroupForm(values)
	in, err := s.groupInput(c, form)
	if err == nil {
		var group db.Group
		group, err = s.store.CreateGroup(c.Request().Context(), s.session(c).Scope(), in, values.Get("token"))
		if err == nil {
			text := fmt.Sprintf("Group created: %s, one invoice a month on the %s.",
				views.Plural(len(group.Members), "subscription", "subscriptions"), views.Ordinal(group.Days.Last().Day))
			if err := s.note(c, views.Good, text); err != nil {
				return err
			}
			return redirect(c, views.GroupURL(group.ID))
		}
	}
	var refused *billing.Error
	if !errors.As(err, &refused) {
		return err
	}
	page, err := s.fillGroupPage(c, form, refused.Problems)
	if err != nil {
		return err
	}
	return render(c, http.StatusUnprocessableEntity, views.NewGroupPage(s.page(c, "New billing group"), page))
}

// groupInput puts the form into the domain's words. Ticked ids that the customer
// doesn't have go along, so that the domain says what is wrong with each.
func (s *server) groupInput(c echo.Context, f groupForm) (billing.GroupInput, error) {
	in := billing.GroupInput{CustomerID: f.customer, Name: f.name, BillingDay: f.day(), Reference: f.reference, Notes: f.notes}
	subscriptions, _, err := s.store.CustomerSubscriptions(c.Request().Context(), s.session(c).Tenant, f.customer)
	if err != nil {
		return in, err
	}
	sel, unknown, err := newSelection(subscriptions, f.kept, f.ticks)
	if err != nil && len(subscriptions) > 0 {
		return in, billing.Refuse([]billing.Problem{staleProblem(err)})
	}
	in.SubscriptionIDs = append(sel.ids(), unknown...)
	return in, nil
}

func staleProblem(err error) billing.Problem {
	return billing.Problem{Path: "subscriptions", Code: billing.CodeValidation, Message: "The choice was dropped: " + err.Error() + "."}
}

// fillGroupPage makes the page for the choices so far.
func (s *server) fillGroupPage(c echo.Context, f groupForm, problems views.Problems) (views.NewGroup, error) {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	page := views.NewGroup{
		Day: f.billingDay, Name: f.name, Reference: f.reference, Notes: f.notes, Token: rand.Text(),
		Problems: inPageOrder(problems), Refused: len(problems) > 0,
	}
	page.Table.URL, page.Table.SelectedTotal.Currency = f.at, tenant.Currency
	customer, err := s.store.CustomerRow(ctx, tenant, f.customer)
	if billing.CodeOf(err) == billing.CodeNotFound {
		if f.customer != "" && len(problems) == 0 {
			page.Problems = views.Problems{{Path: "customer", Code: billing.CodeCustomerNotFound, Message: "There is no such customer. Choose another one."}}
		}
		page.Outlook.Missing = "Choose a customer first."
		page.Problems = withoutRows(page.Problems, nil)
		page.Search, err = s.customerSearch(ctx, tenant, f)
		return page, err
	}
	if err != nil {
		return page, err
	}
	page.Customer = &views.ChosenCustomer{Customer: customer.Customer, Figures: figures(customer), ChangeURL: changeCustomerURL(f.billingDay)}
	if !f.named {
		page.Name = billing.ProposedGroupName(customer.Customer)
	}
	subscriptions, groupNames, err := s.store.CustomerSubscriptions(ctx, tenant, f.customer)
	if err != nil {
		return page, err
	}
	sel, _, err := newSelection(subscriptions, f.kept, f.ticks)
	if err != nil && len(problems) == 0 {
		page.Problems = views.Problems{staleProblem(err)}
	}
	page.Table = newMemberTable(f, sel, groupNames, page.Problems, s.store.Today(tenant), tenant.Currency)
	page.Problems = withoutRows(page.Problems, page.Table.Rows)
	page.Outlook, err = s.outlook(ctx, tenant, f, sel)
	return page, err
}

// inPageOrder puts problems in the order of the page's fields, from top to bottom.
func inPageOrder(problems views.Problems) views.Problems {
	fields := []string{"customer", "subscriptions", "billingDay", "name", "reference", "notes"}
	place := func(p billing.Problem) int {
		field, _, _ := strings.Cut(p.Path, "[")
		return slices.Index(fields, field)
	}
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b billing.Problem) int { return cmp.Compare(place(a), place(b)) })
	return problems
}

// withoutRows makes the summary of problems lead to the table, where the row a
// problem is about is not shown: a subscription the customer does not have.
func withoutRows(problems views.Problems, rows []views.MemberRow) views.Problems {
	problems = slices.Clone(problems)
	for i, p := range problems {
		if !slices.ContainsFunc(rows, func(r views.MemberRow) bool { return r.ID == p.Subject }) {
			problems[i].Subject = ""
		}
	}
	return problems
}

// optionLimit is how many customers are offered at a time.
const optionLimit = 8

func (s *server) customerSearch(ctx context.Context, t db.Tenant, f groupForm) (views.ComboboxArgs, error) {
	search := views.ComboboxArgs{
		ID: "customer", Name: "q", Label: "Business customer", Value: f.query, URL: views.NewGroupURL(nil),
		Hint: "Company, name, e-mail address or id.", Focus: true,
	}
	if f.found == nil {
		found, err := s.store.BusinessOptions(ctx, t, f.query, optionLimit+1)
		if err != nil {
			return search, err
		}
		f.found = &found
	}
	options := *f.found
	switch n := len(options); {
	case n == 0 && f.query == "":
		search.Status = "There are no business customers yet. Import the subscription export first."
	case n == 0:
		search.Status = fmt.Sprintf("No business customer matches “%s”. Try part of the company, e-mail address or id.", f.query)
	case n > optionLimit && f.query == "":
		search.Status = "Type part of a name to find a customer."
		options = options[:optionLimit]
	case n > optionLimit:
		search.Status = fmt.Sprintf("More than %d customers match; type more to narrow them down.", optionLimit)
		options = options[:optionLimit]
	default:
		search.Status = views.Plural(n, "customer matches.", "customers match.")
	}
	for _, o := range options {
		search.Options = append(search.Options, views.ComboboxOption{
			URL: views.ForCustomerURL(o.ID, f.billingDay), Title: o.Name(), TitleEnd: views.FormatMoney(o.Monthly) + " a month",
			Detail:    strings.Join(slices.DeleteFunc([]string{o.ID, o.Address.City, o.Email}, func(s string) bool { return s == "" }), " · "),
			DetailEnd: views.Plural(o.Active, "subscription", "subscriptions"),
		})
	}
	return search, nil
}

func figures(o db.CustomerRow) string {
	return views.Plural(o.Active, "active subscription", "active subscriptions") + ", " + views.FormatMoney(o.Monthly) + " a month"
}

func changeCustomerURL(day string) string {
	return views.NewGroupURL(url.Values{"billingDay": {day}})
}

// Months that the preview looks ahead: enough for a whole month after this one, or
// for a group whose contracts all begin much later.
const (
	outlookMonths    = 4
	outlookMonthsMax = 36
)

// outlook foresees what creating the group would do, as far as it can be said.
func (s *server) outlook(ctx context.Context, t db.Tenant, f groupForm, sel selection) (views.Outlook, error) {
	ids := sel.ids()
	switch {
	case len(ids) == 0:
		return views.Outlook{Missing: "Tick subscriptions to see what will happen."}, nil
	case !billing.ValidBillingDay(f.day()):
		return views.Outlook{Missing: "Choose a billing day to see what will happen."}, nil
	}
	in := billing.GroupInput{CustomerID: f.customer, Name: "preview", BillingDay: f.day(), SubscriptionIDs: ids}
	for _, months := range []int{outlookMonths, outlookMonthsMax} {
		preview, err := s.store.PreviewGroup(ctx, t, in, months)
		var refused *billing.Error
		if errors.As(err, &refused) {
			return views.Outlook{Missing: refused.Message}, nil
		}
		if err != nil {
			return views.Outlook{}, err
		}
		o := views.Outlook{Today: s.store.Today(t), Day: f.day(), Terms: preview.Customer.Terms(t.Tenant), Before: preview.Before, After: preview.After}
		if o.First() != nil || months == outlookMonthsMax {
			return o, nil
		}
	}
	return views.Outlook{}, nil
}
