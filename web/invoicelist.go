package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// invoiceListing is the list of invoices before anything is chosen. Where the months go
// among its selects depends on what there is.
var invoiceListing = views.Listing{
	URL: views.InvoicesURL, CSVURL: views.InvoicesCSVURL, One: "invoice", Many: "invoices", AmountNote: " open", Hint: "number or customer",
	Selects: []views.ListSelect{
		{Name: views.InvoicesStatus, Label: "State", Options: []views.Option{
			{Value: "", Label: "Any state"},
			{Value: views.StatusOpen, Label: "Outstanding"},
			{Value: views.StatusOverdue, Label: "Overdue"},
			{Value: string(billing.InvoicePending), Label: "Pending"},
			{Value: string(billing.InvoiceProcessing), Label: "Processing"},
			{Value: string(billing.InvoiceFailed), Label: "Failed"},
			{Value: string(billing.InvoicePaid), Label: "Paid"},
			{Value: string(billing.InvoiceCancelled), Label: "Cancelled"},
		}},
		{Name: "kind", Label: "Kind", Options: []views.Option{
			{Value: "", Label: "Any kind"}, {Value: string(db.Individual), Label: "Individual"}, {Value: string(db.Consolidated), Label: "Consolidated"},
		}},
		{Name: views.ListSort, Label: "Order", Options: []views.Option{
			{Value: "", Label: "Newest first"}, {Value: string(db.ByDue), Label: "Due soonest"},
		}},
	},
	Dates: []views.ListDate{{Name: views.InvoicesDueFrom, Label: "Due from"}, {Name: views.InvoicesDueTo, Label: "to"}},
}

// readInvoiceListing reads what the URL chooses, and what is ticked by those who may do
// something with it.
func (s *server) readInvoiceListing(c echo.Context) (views.Listing, db.InvoiceFilter, error) {
	l, f := invoiceListing, db.InvoiceFilter{Search: new(db.Search), Limit: listPerPage}
	periods, err := s.store.InvoicePeriods(c.Request().Context(), s.session(c).Tenant)
	if err != nil {
		return l, f, err
	}
	months := views.ListSelect{Name: "period", Label: "Month", Options: []views.Option{{Value: "", Label: "Any month"}}}
	for _, p := range periods {
		months.Options = append(months.Options, views.Option{Value: p.String(), Label: views.FormatPeriod(p)})
	}
	l.Selects = slices.Insert(slices.Clone(l.Selects), len(l.Selects)-1, months)
	l, err = readListing(c, l, "customer", "group", "subscription", "run", views.InvoicesPaidIn, views.InvoicesDueFrom, views.InvoicesDueTo)
	if err != nil {
		return l, f, err
	}
	if l.MayTick = s.session(c).Role.Includes(billing.Admin); l.MayTick && !readTicks(c, l) {
		return l, f, errTooManyInvoices
	}
	q := l.Query
	f.Query, f.CustomerID, f.GroupID, f.SubscriptionID, f.RunID = q.Get(views.ListSearch), q.Get("customer"), q.Get("group"), q.Get("subscription"), q.Get("run")
	f.Kind, f.Sort, f.After = db.InvoiceKind(q.Get("kind")), db.InvoiceSort(q.Get(views.ListSort)), l.After
	switch status := q.Get(views.InvoicesStatus); status {
	case views.StatusOpen:
		f.Open = true
	case views.StatusOverdue:
		f.Overdue = true
	default:
		f.Status = billing.InvoiceStatus(status)
	}
	if err := readInvoiceMonths(q, &f); err != nil {
		return l, f, err
	}
	l.Wrong = readInvoiceDays(q, &f)
	return l, f, nil
}

// readInvoiceMonths reads the months that the URL chooses.
func readInvoiceMonths(q url.Values, f *db.InvoiceFilter) (err error) {
	var paidIn billing.Period
	for name, month := range map[string]*billing.Period{"period": &f.Period, views.InvoicesPaidIn: &paidIn} {
		if text := q.Get(name); text != "" {
			if *month, err = billing.ParsePeriod(text); err != nil {
				return errNoPage
			}
		}
	}
	if !paidIn.IsZero() {
		f.PaidFrom, f.PaidTo = paidIn.First(), paidIn.Date(31)
	}
	return nil
}

// readInvoiceDays reads the days that the URL chooses, which some browsers let people type.
// It answers what is wrong with them; one that is no day is left out.
func readInvoiceDays(q url.Values, f *db.InvoiceFilter) (wrong string) {
	for _, d := range invoiceListing.Dates {
		text := q.Get(d.Name)
		if text == "" {
			continue
		}
		day, err := billing.ParseDate(text)
		switch {
		case err != nil:
			q.Del(d.Name)
			wrong = fmt.Sprintf("“%s” is not a day and was left out. Enter one as 2026-12-01.", text)
		case d.Name == views.InvoicesDueFrom:
			f.DueFrom = day
		default:
			f.DueTo = day
		}
	}
	if !f.DueFrom.IsZero() && !f.DueTo.IsZero() && f.DueTo.Before(f.DueFrom) {
		return "Due from is after the last day, so no invoice is due in between."
	}
	return wrong
}

var errTooManyInvoices = billing.Refuse([]billing.Problem{{Path: views.ListTick, Code: billing.CodeValidation,
	Message: "More than 500 invoices are ticked. Go back and take some away, or mark them as paid in parts."}})

// listInvoices lists the business unit's invoices, or leads to where the ticked ones are
// marked as paid.
func (s *server) listInvoices(c echo.Context) error {
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	l, filter, err := s.readInvoiceListing(c)
	if err != nil {
		return err
	}
	ticks, pay := l.Query[views.ListTick], c.QueryParams().Has(views.InvoicesPay)
	if pay && len(ticks) > 0 {
		return redirect(c, views.InvoicesPayURL(url.Values{"i": ticks, views.InvoicesPayFrom: listFrom(l)}))
	}
	if !pay || !l.MayTick {
		if sent, err := settle(c, l); sent || err != nil {
			return err
		}
	}
	rows, err := fillListing(ctx, tenant, &l, filter, s.store.Invoices, s.store.InvoiceTotals)
	if err != nil {
		return err
	}
	if err := s.addInvoiceChips(ctx, tenant, &l, rows); err != nil {
		return err
	}
	page := views.InvoiceList{Listing: l, Today: s.store.Today(tenant), TickedOpen: billing.Money{Currency: tenant.Currency}, TickFirst: pay && l.MayTick}
	if page.Figures, err = s.invoiceFigures(ctx, tenant); err != nil {
		return err
	}
	ticked, err := s.store.InvoicesByID(ctx, tenant, l.Query[views.ListTick])
	if err != nil {
		return err
	}
	page.Rows = invoiceRows(rows)
	for i, r := range page.Rows {
		page.Rows[i].Ticked = slices.Contains(l.Query[views.ListTick], r.ID)
	}
	for _, r := range ticked {
		page.Ticked++
		page.TickedOpen.Minor += r.Open()
		if !slices.ContainsFunc(rows, func(shown db.InvoiceRow) bool { return shown.ID == r.ID }) {
			page.Kept = append(page.Kept, r.ID)
		}
	}
	return render(c, http.StatusOK, views.InvoiceListPage(s.page(c, "Invoices"), page))
}

// listFrom is the query of a list without its ticks, for a page that leads back to it; none
// where it is the whole list.
func listFrom(l views.Listing) []string {
	query := maps.Clone(l.Query)
	query.Del(views.ListTick)
	if l.After != "" {
		query.Set(views.ListAfter, l.After)
	}
	if len(query) == 0 {
		return nil
	}
	return []string{query.Encode()}
}

// invoiceRows are invoices as the pages show them.
func invoiceRows(rows []db.InvoiceRow) []views.InvoiceListRow {
	list := make([]views.InvoiceListRow, len(rows))
	for i, r := range rows {
		list[i] = views.InvoiceListRow{Invoice: r.Invoice, Customer: r.Customer, GroupDeleted: r.GroupDeleted, Line: r.Line}
	}
	return list
}

// addInvoiceChips names the things that the list is filtered by. A deleted group is
// called as on its invoices.
func (s *server) addInvoiceChips(ctx context.Context, t db.Tenant, l *views.Listing, rows []db.InvoiceRow) error {
	if err := s.addChips(ctx, t, l); err != nil {
		return err
	}
	for i, chip := range l.Chips {
		if chip.Name == "group" && chip.Text == l.Query.Get("group") && len(rows) > 0 {
			l.Chips[i].Text = rows[0].GroupName + " (deleted)"
		}
	}
	if id := l.Query.Get("run"); id != "" {
		chip := views.ListChip{Name: "run", Label: "Billing run", Text: id}
		if run, err := s.store.BillingRun(ctx, t, id); err == nil {
			chip.Text = views.FormatDate(run.IssuedOn)
		} else if billing.CodeOf(err) != billing.CodeNotFound {
			return err
		}
		l.Chips = append(l.Chips, chip)
	}
	if text := l.Query.Get(views.InvoicesPaidIn); text != "" {
		month, err := billing.ParsePeriod(text)
		l.Chips = append(l.Chips, views.ListChip{Name: views.InvoicesPaidIn, Label: "Paid in", Text: views.FormatPeriod(month)})
		return err
	}
	return nil
}

func (s *server) invoiceFigures(ctx context.Context, t db.Tenant) (views.InvoiceFigures, error) {
	f, err := s.store.InvoiceFigures(ctx, t)
	return views.InvoiceFigures{
		Outstanding: views.InvoiceFigure(f.Outstanding), Overdue: views.InvoiceFigure(f.Overdue), PaidThisMonth: views.InvoiceFigure(f.PaidThisMonth),
	}, err
}

// invoicesShown is how many invoices the page of something shows that they are about.
const invoicesShown = 5

// invoiceCard reads the newest invoices about something, which query lists all of.
func (s *server) invoiceCard(ctx context.Context, t db.Tenant, f db.InvoiceFilter, query url.Values) (views.InvoiceCard, error) {
	f.Limit = cmp.Or(f.Limit, invoicesShown)
	rows, _, err := s.store.Invoices(ctx, t, f)
	return views.InvoiceCard{Rows: invoiceRows(rows), Today: s.store.Today(t), Query: query, OfLine: f.SubscriptionID != "", OfRun: f.RunID != ""}, err
}

// downloadInvoices answers all invoices that a query lists as a CSV file.
func (s *server) downloadInvoices(c echo.Context) error {
	l, filter, err := s.readInvoiceListing(c)
	switch {
	case err != nil:
		return err
	case l.Wrong != "":
		return billing.Refuse([]billing.Problem{{Path: views.InvoicesDueFrom, Code: billing.CodeValidation, Message: l.Wrong}})
	}
	ctx, tenant := c.Request().Context(), s.session(c).Tenant
	filter.Limit = downloadBatch
	header := []string{"invoiceNumber", "invoiceId", "customerId", "customer", "type", "groupId", "group", "subscriptionId", "period", "issueDate", "dueDate", "status",
		"subtotal", "tax", "total", "credited", "open", "currency", "paidOn", "paymentMethod", "paymentReference"}
	return download(c, s.fileOf(tenant, "invoices"), header, batches(filter.Search, func(after string) ([]db.InvoiceRow, string, error) {
		filter.After = after
		return s.store.Invoices(ctx, tenant, filter)
	}, invoiceCells))
}

func invoiceCells(r db.InvoiceRow) []string {
	kind := db.Individual
	if r.Consolidated() {
		kind = db.Consolidated
	}
	return []string{r.Number, r.ID, r.CustomerID, r.Customer.Name(), string(kind), r.GroupID, r.GroupName, r.SubscriptionID, r.Period.String(), r.Issued.String(), r.Due.String(), string(r.Status),
		r.Money(r.Subtotal).String(), r.Money(r.Tax).String(), r.Money(r.Total).String(), r.Money(r.Credited).String(), r.Money(r.Open()).String(), string(r.Currency),
		r.Payment.On.String(), r.Payment.Method, r.Payment.Reference}
}
