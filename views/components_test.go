package views

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"billfold/billing"
)

// render draws a component, with optional children, to a string.
func render(t *testing.T, c templ.Component, children ...templ.Component) string {
	t.Helper()
	ctx := context.Background()
	if len(children) > 0 {
		ctx = templ.WithChildren(ctx, templ.Join(children...))
	}
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// expect fails for every part that the page lacks.
func expect(t *testing.T, html string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(html, part) {
			t.Errorf("no %s\nin %s", part, body(html))
		}
	}
}

// refuse fails for every part that the page has but must not have.
func refuse(t *testing.T, html string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(html, part) {
			t.Errorf("there is %s\nin %s", part, body(html))
		}
	}
}

// body leaves out of a failure's message what every page has in common.
func body(html string) string {
	if _, after, found := strings.Cut(html, "<main "); found {
		return "… <main " + after
	}
	return html
}

func TestFieldIsWired(t *testing.T) {
	html := render(t, Field(FieldArgs{ID: "groupName", Label: "Group name", Hint: "Printed.", Error: "Give the group a name.", Value: "IT", MaxLength: 120}))
	expect(t, html, `<label for="groupName">Group name`, `id="groupName"`, `name="groupName"`, `type="text"`, `value="IT"`, `maxlength="120"`,
		`aria-describedby="groupName-hint groupName-error"`, `aria-invalid="true"`, `<p class="hint" id="groupName-hint">Printed.</p>`,
		`id="groupName-error"`, `Error: </span>Give the group a name.`, `class="field invalid"`)

	html = render(t, Field(FieldArgs{ID: "groupName", Label: "Group name"}))
	refuse(t, html, "aria-describedby", "aria-invalid", "invalid", "-error", "maxlength", "(optional)")

	html = render(t, Field(FieldArgs{ID: "a", Name: "b", Label: "A", Optional: true, Short: true, Attrs: templ.Attributes{"autofocus": true, "inputmode": "decimal"}}))
	expect(t, html, `name="b"`, "(optional)", `class="input short"`, ` autofocus`, `inputmode="decimal"`)
}

func TestFieldKinds(t *testing.T) {
	html := render(t, Field(FieldArgs{ID: "notes", Label: "Notes", Type: "textarea", Value: "a\nb</textarea>"}))
	expect(t, html, `<textarea`, "a\nb&lt;/textarea&gt;</textarea>")

	options := []Option{{"0", "At once"}, {"30", "30 days"}}
	html = render(t, Field(FieldArgs{ID: "terms", Label: "Terms", Type: "select", Value: "30", Options: options}))
	expect(t, html, `<select`, `<option value="0">At once</option>`, `<option value="30" selected>30 days</option>`)
	refuse(t, html, "datalist", "list=")

	html = render(t, Field(FieldArgs{ID: "zone", Label: "Zone", Options: options}))
	expect(t, html, `list="zone-list"`, `<datalist id="zone-list">`)

	html = render(t, Choices(ChoicesArgs{ID: "mode", Label: "Mode", Error: "Choose one.", Value: "b", Options: []Choice{{"a", "A", "first"}, {"b", "B", ""}}}))
	expect(t, html, `<legend>Mode</legend>`, `aria-describedby="mode-error"`, `id="mode"`, `value="b" checked`)
	if strings.Count(html, `id="mode"`) != 1 || strings.Count(html, " checked") != 1 {
		t.Errorf("one button is chosen and one has the id: %s", html)
	}
}

func TestEverythingTypedIsEscaped(t *testing.T) {
	const bad = `"><script>alert(1)</script>`
	for name, c := range map[string]templ.Component{
		"field":    Field(FieldArgs{ID: "x", Label: bad, Hint: bad, Error: bad, Value: bad}),
		"textarea": Field(FieldArgs{ID: "x", Label: bad, Type: "textarea", Value: bad}),
		"choices":  Choices(ChoicesArgs{ID: "x", Label: bad, Options: []Choice{{bad, bad, bad}}}),
		"summary":  ErrorSummary(Problems{{Path: bad, Message: bad, Subject: bad}}),
		"combobox": Combobox(ComboboxArgs{ID: "x", Label: bad, Value: bad, Status: bad, Options: []ComboboxOption{{bad, bad, bad, bad, bad}}}),
		"head":     PageHead(PageHeadArgs{Title: bad, Subtitle: bad, Crumbs: []Crumb{{bad, bad}, {bad, ""}}}),
		"figures":  Figures(Figure{bad, bad, bad, Tone(bad), "/x"}),
		"confirm":  Confirm(ConfirmArgs{Title: bad, Consequences: []string{bad}, Action: bad, Verb: bad, Cancel: bad, CancelURL: bad, Hidden: url.Values{bad: {bad}}}),
		"empty":    Empty(bad, bad),
		"pages":    Pages(PagesArgs{Text: bad, Prev: bad, Next: bad}),
		"days":     Days(DaysArgs{Name: "x", Value: bad, Error: bad}),
		"badge":    Badge(Tone(bad), bad),
		"sign-in":  SignInPage(Page{Title: bad}, SignInForm{Email: bad, Next: bad, Problem: bad, Message: bad}),
		"setup":    SetupPage(Page{Title: bad}, SetupForm{Token: bad, User: billing.UserInput{Name: bad, Email: bad}, Tenant: billing.TenantInput{Name: bad, Currency: bad, Zone: bad, VATRate: bad}}),
		"error":    ErrorPage(Page{Title: bad, Role: billing.Owner, UserName: bad, TenantName: bad, Flash: Flash{Tone(bad), bad, &Undo{Verb: bad, URL: bad, Hidden: url.Values{bad: {bad}}}}}, ErrorArgs{Status: 500, Message: bad, RequestID: bad}),
		"layout":   Layout(Page{Title: bad, Role: billing.Owner, TenantName: bad, Frozen: true, Zone: bad}),
	} {
		if html := render(t, c); strings.Contains(html, "<script>") || strings.Contains(html, `=""><`) || !strings.Contains(html, "&lt;script&gt;") {
			t.Errorf("%s: not escaped:\n%s", name, html)
		}
	}
	if html := render(t, Confirm(ConfirmArgs{CancelURL: "javascript:alert(1)"})); strings.Contains(html, "javascript:") {
		t.Errorf("a javascript: address gets through: %s", html)
	}
}

func TestErrorSummaryLeadsToTheFields(t *testing.T) {
	problems := Problems{
		{Path: "billingDay", Message: "Choose a billing day from 1 to 28."},
		{Path: "subscriptions[2]", Subject: "sub_9", Message: "MacBook is in another group."},
		{Path: "subscriptions[3]", Subject: "sub_10", Message: "iPhone has ended."},
		{Message: "Try again."},
	}
	html := render(t, ErrorSummary(problems))
	expect(t, html, `id="problems" role="alert" tabindex="-1" autofocus`, "There are 4 problems",
		`<a href="#billingDay">Choose a billing day from 1 to 28.</a>`, `<a href="#row-sub_9">MacBook is in another group.</a>`, `<li>Try again.</li>`)
	expect(t, render(t, ErrorSummary(problems[:1])), "There is a problem")
	if html := render(t, ErrorSummary(nil)); html != "" {
		t.Errorf("without problems there is %s", html)
	}
	for _, c := range []struct{ got, want string }{
		{problems.On("billingDay"), "Choose a billing day from 1 to 28."},
		{problems.On("subscriptions"), "MacBook is in another group. iPhone has ended."},
		{problems.On("groupName"), ""},
		{problems.About("sub_10"), "iPhone has ended."},
		{problems.About(""), ""},
		{RowID("sub_9"), "row-sub_9"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	html := render(t, Days(DaysArgs{Name: "billingDay", Value: "15", Error: "Choose a billing day from 1 to 28."}))
	expect(t, html, `id="billingDay" tabindex="-1" aria-describedby="billingDay-hint billingDay-error"`, `<label class="preset" for="day-28">`,
		`id="day-15" value="15" checked`, missingDays)
	if n := strings.Count(html, `type="radio"`); n != billing.MaxBillingDay || strings.Count(html, " checked") != 1 {
		t.Errorf("%d days, %d chosen", n, strings.Count(html, " checked"))
	}
	for _, value := range []string{"", "0", "29", "01", "1.5"} {
		if html := render(t, Days(DaysArgs{Name: "d", Value: value})); strings.Contains(html, " checked") {
			t.Errorf("the day %q is shown as chosen", value)
		}
	}
}

func TestTexts(t *testing.T) {
	d := billing.Date{Year: 2026, Month: time.December, Day: 1}
	for _, c := range []struct {
		c    templ.Component
		want string
	}{
		{Money(billing.Money{Minor: 37700, Currency: "EUR"}), `<span class="amount">€377.00</span>`},
		{DateText(d), `<time datetime="2026-12-01">1 Dec 2026</time>`},
		{ShortDateText(d), `<time datetime="2026-12-01">1 Dec</time>`},
		{WeekdayText(d), `<time datetime="2026-12-01">Tue 1 Dec 2026</time>`},
		{PeriodText(d.Period()), `<time datetime="2026-12">Dec 2026</time>`},
		{DateText(billing.Date{}), "–"},
		{Badge(Warn, "from Dec 2026"), `<span class="badge warn">from Dec 2026</span>`},
		{GroupStatusBadge(billing.GroupActive), `<span class="badge good">Active</span>`},
		{GroupStatusBadge(billing.GroupInactive), `<span class="badge">Inactive</span>`},
	} {
		if got := strings.TrimSpace(render(t, c.c)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestConfirmDefaultsToKeeping(t *testing.T) {
	html := render(t, Confirm(ConfirmArgs{Title: "Delete IT?", Action: "/groups/1/delete", Verb: "Delete group", Cancel: "Keep the group", CancelURL: "/groups/1",
		Consequences: []string{"3 subscriptions are billed alone."}, Hidden: url.Values{"version": {"7"}, "b": {"2", "3"}}}))
	expect(t, html, `<form class="card-body" method="post" action="/groups/1/delete" hx-post="/groups/1/delete"`, `<a class="button primary" href="/groups/1" autofocus>Keep the group</a>`,
		`<button class="button danger">Delete group</button>`, `<input type="hidden" name="b" value="2"><input type="hidden" name="b" value="3"><input type="hidden" name="version" value="7">`)
	if strings.Index(html, "Keep the group") > strings.Index(html, "Delete group") {
		t.Error("keeping does not come first")
	}
}

func TestComboboxWorksWithoutAScript(t *testing.T) {
	html := render(t, Combobox(ComboboxArgs{ID: "customer", Name: "q", Label: "Customer", Hint: "By company.", Value: "Ac", URL: "/groups/new", Status: "1 match.",
		Options: []ComboboxOption{{"/groups/new?customer=c1", "Acme", "€1.00", "c1", "2 subscriptions"}}}))
	expect(t, html, `method="get" action="/groups/new" role="search"`, `<label for="customer">`, `name="q"`, `value="Ac"`, `<button class="button">Search</button>`,
		`<ul class="options" id="customer-options"`, `<a href="/groups/new?customer=c1">`, `id="customer-status" role="status">1 match.`,
		`hx-target="#customer-options"`, `hx-select="#customer-options"`, `hx-select-oob="#customer-status:innerHTML"`, `hx-swap="outerHTML"`, `hx-sync="this:replace"`,
		`data-combobox="customer-options"`, `aria-describedby="customer-hint"`)
	refuse(t, html, `role="combobox"`, `role="listbox"`)
}

func TestTableParts(t *testing.T) {
	expect(t, render(t, SortHead(SortArgs{"Name", Step{URL: "/groups?sort=-name"}, "ascending", true})), `<th scope="col" class="num" aria-sort="ascending"><a class="sort" href="/groups?sort=-name">Name</a></th>`)
	expect(t, render(t, SortHead(SortArgs{Label: "Name", Step: Step{Name: "go", Value: "sort=name&q=a"}})), `<button class="sort" name="go" value="sort=name&amp;q=a">Name</button>`)
	refuse(t, render(t, SortHead(SortArgs{Label: "Name"})), "aria-sort")
	expect(t, render(t, TableRegion("Refused rows"), templ.Raw("<table></table>")), `role="region" aria-label="Refused rows" tabindex="0"><table>`)
	html := render(t, Pages(PagesArgs{Text: "1 to 50 of 51", Next: "/groups?after=9"}))
	expect(t, html, "1 to 50 of 51", `href="/groups?after=9" rel="next"`)
	refuse(t, html, "Previous")
}

func TestCardIsLabelled(t *testing.T) {
	expect(t, render(t, Card(CardArgs{ID: "days", Step: "3", Title: "Billing day"}), templ.Raw("inside")),
		`<section class="card" id="days" aria-labelledby="days-title">`, `<h2 id="days-title">`, `<span class="step">3</span>`, "inside</section>")
}
