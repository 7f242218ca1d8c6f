package views

import (
	"testing"

	"billfold/billing"
)

var (
	importPage = Page{Title: "Import", Path: ImportURL(), UserName: "Mara", Role: billing.Admin}
	importDay  = billing.Date{Year: 2026, Month: 11, Day: 22}
)

func TestImportPage(t *testing.T) {
	form := ImportForm{MaxBytes: 64 << 20, Today: importDay}
	first := render(t, ImportPage(importPage, form))
	expect(t, first, `action="/import" enctype="multipart/form-data"`, `<label for="file">`, `aria-describedby="file-hint"`, "up to 64\u00a0MB",
		`makes today, <time datetime="2026-11-22">22 Nov 2026</time>, the cut-over day`, "Nothing taken in yet",
		"subscriptionId, customerId, ", "city, country, paymentTerms", "ended_upgrade, ended_early_return", ">Check file</button>")

	form.CutOver = importDay
	form.Problems = Problems{{Path: "file", Message: "Choose a file."}}
	form.Past = []PastImport{{ID: "imp_1", File: "<i>fleet.csv", By: "Mara", On: importDay, ImportCounts: ImportCounts{New: 1234, Changed: 5, Refused: 6}}}
	later := render(t, ImportPage(importPage, form))
	expect(t, later, `<a href="#file">Choose a file.</a>`, `aria-describedby="file-hint file-error" aria-invalid="true"`,
		`<a href="/import/imp_1">&lt;i&gt;fleet.csv</a>`, `data-label="New">1,234</td>`, `data-label="Changed">5</td>`, `data-label="Refused">6</td>`)
	refuse(t, later, "cut-over", "Nothing taken in yet")
}

func TestUploadPage(t *testing.T) {
	eur := func(cents int64) billing.Money { return billing.Money{Minor: cents, Currency: "EUR"} }
	refused := ImportProblems{First: 1, Listed: 1, Total: 1, Rows: []billing.RowProblem{{Line: 1712, Column: "customerId", Message: "It is in a group."}}}
	for _, test := range []struct {
		name           string
		view           UploadView
		expect, refuse []string
	}{
		{"something to take in", UploadView{ImportCounts: ImportCounts{New: 1200, Changed: 34, Unchanged: 2, DueInstalments: 1, DueAmount: eur(12900)}},
			[]string{"Check before taking it in", `method="post" action="/import/imp_1"`, ">Take in 1,234 subscriptions</button>", "1 instalment falls due at once,", "€129.00", "nothing refused"},
			[]string{"problems.csv", "Refused rows"}},
		{"several fall due", UploadView{ImportCounts: ImportCounts{New: 1, DueInstalments: 3, DueAmount: eur(38700)}},
			[]string{">Take in 1 subscription</button>", "3 instalments fall due at once,", "issues them."}, []string{"Nothing falls due"}},
		{"nothing falls due", UploadView{ImportCounts: ImportCounts{New: 1}}, []string{"Nothing falls due at once."}, nil},
		{"customers only", UploadView{ImportCounts: ImportCounts{Unchanged: 9, CustomersChanged: 1}}, []string{">Take in 1 customer</button>"}, nil},
		{"some refused", UploadView{ImportCounts: ImportCounts{New: 1, Refused: 1}, Problems: refused},
			[]string{"Refused rows", "1 row is refused and stays as it is; the reason is", `href="/import/imp_1/problems.csv"`, ">1712</th>", ">customerId</td>", "It is in a group.", `class="figure bad">1</dd>`, "<button class=\"button primary\">"},
			[]string{`aria-label="Pages"`}},
		{"nothing to do", UploadView{ImportCounts: ImportCounts{Unchanged: 9}},
			[]string{"Nothing to take in", "Everything in this file is here already.", "Choose another file"}, []string{"<form class=\"card", "Take in"}},
		{"all refused", UploadView{ImportCounts: ImportCounts{Refused: 1}, Problems: refused},
			[]string{"Every change in this file is refused", "It is in a group."}, []string{"Take in", "here already."}},
		{"unreadable", UploadView{Unreadable: 20_000, Problems: ImportProblems{First: 101, Listed: 10_000, Total: 20_000, Prev: "/p", Next: "/n", Rows: []billing.RowProblem{{Line: 7, Message: "No."}}}},
			[]string{"This file can’t be taken in", "20,000 problems, and nothing was changed.", "Correct them", `>–</td>`, "101 to 101 of 10,000, the first of 20,000", `href="/p"`, `href="/n"`},
			[]string{"Take in", "<dl class=\"card figures\">"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.view.ID, test.view.File, test.view.On = "imp_1", "fleet.csv", importDay
			html := render(t, UploadPage(importPage, test.view))
			expect(t, html, append(test.expect, "fleet.csv", "Uploaded 22 Nov 2026, kept for a day")...)
			refuse(t, html, test.refuse...)
		})
	}
}

func TestTakenInPage(t *testing.T) {
	in := PastImport{ID: "imp_1", File: "fleet.csv", By: "Mara", On: importDay, ImportCounts: ImportCounts{New: 3, Refused: 2, DueInstalments: 1, DueAmount: billing.Money{Minor: 5, Currency: "EUR"}}}
	expect(t, render(t, TakenInPage(importPage, in)), "Taken in 22 Nov 2026 by Mara", "2 rows were refused and left as they were.", "1 instalment fell due at once,", "€0.05", `href="/groups/new"`)
	in.ImportCounts = ImportCounts{New: 3}
	refuse(t, render(t, TakenInPage(importPage, in)), "refused and left", "fell due")
}
