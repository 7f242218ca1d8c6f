package billing

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

const exportHeader = "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber," +
	"status,startDate,endDate,contractLength,monthlyAmount,currency"

// exportRow writes a row under exportHeader, with cells changed by column name.
func exportRow(id string, changes ...string) string {
	cells := []string{id, "C-1", "it@acme.example", "Ada Lovelace", "Acme GmbH", "TP-X1", "ThinkPad X1", "SN-" + id,
		"active", "2026-03-03", "2028-03-02", "24", "129.00", "EUR"}
	names := strings.Split(exportHeader, ",")
	for i := 0; i < len(changes); i += 2 {
		cells[slices.Index(names, changes[i])] = changes[i+1]
	}
	return strings.Join(cells, ",")
}

func exportFile(rows ...string) string {
	return exportHeader + "\n" + strings.Join(rows, "\n") + "\n"
}

// parse reads an export in EUR that must have no problems.
func parseFile(t *testing.T, file string) *Export {
	t.Helper()
	export, problems, err := ParseExport(strings.NewReader(file), "EUR")
	if err != nil || problems.Total != 0 {
		t.Fatalf("ParseExport: error %v, problems %v", err, problems.Listed)
	}
	return export
}

func TestParseExportReadsEveryColumn(t *testing.T) {
	header := exportHeader + ",orderId,nextBillingDate,vatId,street,postalCode,city,country,paymentTerms"
	row := exportRow("S-1", "status", "ended_buyout", "endDate", "2026-10-01") +
		",O-7,2026-12-03,DE123,Hauptstraße 1,10115,Berlin,DE,45"
	export := parseFile(t, header+"\n"+row+"\n")
	if len(export.Rows) != 1 || len(export.Customers) != 1 {
		t.Fatalf("got %d rows and %d customers, want one each", len(export.Rows), len(export.Customers))
	}
	want := ExportRow{
		Line: 2, ID: "S-1", Customer: export.Customers[0], OrderID: "O-7", Product: "ThinkPad X1", SKU: "TP-X1", Serial: "SN-S-1",
		MonthlyAmount: Money{12900, "EUR"}, Start: Date{2026, 3, 3}, Length: 24, Status: SubscriptionEndedBuyout,
		EndDate: Date{2026, 10, 1}, NextBilling: Date{2026, 12, 3},
	}
	if got := export.Rows[0]; got != want {
		t.Errorf("row = %+v\nwant  %+v", got, want)
	}
	terms := 45
	wantCustomer := Customer{
		ID: "C-1", Type: Business, Status: CustomerActive, Company: "Acme GmbH", FirstName: "Ada", LastName: "Lovelace",
		Email: "it@acme.example", Address: Address{"Hauptstraße 1", "10115", "Berlin", "DE"}, VATID: "DE123",
		VATTreatment: VATStandard, PaymentTerms: &terms,
	}
	if diff := cmp.Diff(wantCustomer, export.Customers[0].TakeIn()); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
}

// Whatever way a file is written, it says the same.
func TestParseExportDialects(t *testing.T) {
	plain := exportFile(exportRow("S-1", "monthlyAmount", `"129,50"`), exportRow("S-2"))
	semicolons := strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(plain, `"129,50"`, "129\x0050"), ",", ";"), "\x00", ",")
	shuffled := "extra," + strings.Replace(exportHeader, "currency", " CURRENCY ,Größe", 1) + "\n" +
		"x," + exportRow("S-1", "monthlyAmount", `"129,50"`) + ",\"a\nb\"\n\n" + "x," + exportRow("S-2") + ",\n" + strings.Repeat(",", 15) + "\n"
	want := parseFile(t, plain)
	for name, file := range map[string]string{
		"byte order mark":          "\ufeff" + plain,
		"CRLF":                     strings.ReplaceAll(plain, "\n", "\r\n"),
		"semicolons":               semicolons,
		"all three":                "\ufeff" + strings.ReplaceAll(semicolons, "\n", "\r\n"),
		"no line end at the end":   strings.TrimSuffix(plain, "\n"),
		"header in another case":   strings.Replace(plain, exportHeader, strings.ToUpper(exportHeader), 1),
		"header with spaces":       strings.Replace(plain, "subscriptionId", "Subscription Id", 1),
		"quoted":                   strings.Replace(plain, "ThinkPad X1", `"ThinkPad X1"`, 1),
		"space round cells":        strings.Replace(plain, "ThinkPad X1,", ` "ThinkPad X1",  `, 1),
		"line break in a cell":     strings.Replace(plain, "ThinkPad X1", "\"ThinkPad\r\n X1\"", 1),
		"unknown and blank things": shuffled,
	} {
		t.Run(name, func(t *testing.T) {
			got := parseFile(t, file)
			if diff := cmp.Diff(withoutLines(want.Rows), withoutLines(got.Rows), cmp.AllowUnexported(ExportCustomer{}, toldText{})); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func withoutLines(rows []ExportRow) []ExportRow {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].Line = 0
	}
	return rows
}

// problemLines writes problems as "line column", which is what they are found by.
func problemLines(problems *RowProblems) []string {
	lines := []string{}
	for _, p := range problems.Listed {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s", p.Line, p.Column)))
	}
	return lines
}

func TestParseExportFindsProblems(t *testing.T) {
	long := strings.Repeat("ä", 201)
	for _, test := range []struct {
		name, file string
		want       []string
		says       string // of the first problem
	}{
		{"empty file", "", []string{"1"}, "empty"},
		{"only a byte order mark", "\ufeff", []string{"1"}, "empty"},
		{"header only", exportHeader + "\n", []string{"1"}, "no rows"},
		{"header and blank rows", exportHeader + "\n\n,,,\n", []string{"1"}, "no rows"},
		{"UTF-16", "\xff\xfes\x00u\x00", []string{"1"}, "UTF-8"},
		{"spreadsheet", "PK\x03\x04rest", []string{"1"}, "spreadsheet"},
		{"NUL in the header", "sub\x00scriptionId,a\n", []string{"1"}, "UTF-8"},
		{"columns missing", strings.ReplaceAll(strings.ReplaceAll(exportFile(exportRow("S-1")), "company,", "firm,"), "currency", "money"),
			[]string{"1 company", "1 currency"}, "missing"},
		{"column repeated", strings.Replace(exportFile(exportRow("S-1")), "sku", "STATUS", 1), []string{"1 status", "1 sku"}, "Two columns"},
		{"header with an open quotation mark", `"` + exportFile(exportRow("S-1")), []string{"1"}, "quotation mark"},
		{"ragged rows", exportFile(exportRow("S-1")+",x", "S-2,C-1", exportRow("S-3", "monthlyAmount", "129,50")),
			[]string{"2", "3", "4"}, "15 cells"},
		{"quotation mark inside a cell", exportFile(exportRow("S-1", "productName", `15" screen`), exportRow("S-2", "status", "x")),
			[]string{"2 productName", "3 status"}, "twice"},
		{"quotation mark never closed", exportFile(exportRow("S-1", "productName", `"15`), exportRow("S-2"), exportRow("S-3")),
			[]string{"2 productName"}, "not closed"},
		{"text after a quotation mark", exportFile(exportRow("S-1", "sku", `"a"b`)), []string{"2 sku"}, "not closed"},
		{"true line after a line break in a cell", exportFile(exportRow("S-1", "productName", "\"a\nb\"", "currency", "USD"), exportRow("S-2", "status", "x")),
			[]string{"3 currency", "4 status"}, "EUR"},
		{"empty cells", exportFile(strings.Repeat(",", 12) + "x,"),
			[]string{"2 subscriptionId", "2 monthlyAmount", "2 startDate", "2 contractLength", "2 status", "2 currency", "2 customerId"}, "empty"},
		{"amount", exportFile(exportRow("S-1", "monthlyAmount", "12o")), []string{"2 monthlyAmount"}, "not an amount"},
		{"amount with a thousand or three decimals", exportFile(exportRow("S-1", "monthlyAmount", "1.000")), []string{"2 monthlyAmount"}, "thousands"},
		{"amount with thousands", exportFile(exportRow("S-1", "monthlyAmount", `"1.234,50"`)), []string{"2 monthlyAmount"}, "not an amount"},
		{"amount with a currency", exportFile(exportRow("S-1", "monthlyAmount", "129 EUR")), []string{"2 monthlyAmount"}, "not an amount"},
		{"negative amount", exportFile(exportRow("S-1", "monthlyAmount", "-1")), []string{"2 monthlyAmount"}, "negative"},
		{"huge amount", exportFile(exportRow("S-1", "monthlyAmount", "10000000000.01")), []string{"2 monthlyAmount"}, "too large"},
		{"currency", exportFile(exportRow("S-1", "currency", "USD"), exportRow("S-2", "currency", "Euro")), []string{"2 currency", "3 currency"}, "bills in EUR"},
		{"status", exportFile(exportRow("S-1", "status", "ended")), []string{"2 status"}, "ended_early_return"},
		{"status in another case", exportFile(exportRow("S-1", "status", "Active")), []string{"2 status"}, "not a status"},
		{"dates", exportFile(exportRow("S-1", "startDate", "3.3.2026"), exportRow("S-2", "endDate", "2026-02-30"), exportRow("S-3", "startDate", "2026-03-03T23:30:00Z")),
			[]string{"2 startDate", "3 endDate", "4 startDate"}, "YYYY-MM-DD"},
		{"end before start", exportFile(exportRow("S-1", "endDate", "2026-03-02")), []string{"2 endDate"}, "before the start"},
		{"contract length", exportFile(exportRow("S-1", "contractLength", "0"), exportRow("S-2", "contractLength", "121"), exportRow("S-3", "contractLength", "+12"), exportRow("S-4", "contractLength", "12.0")),
			[]string{"2 contractLength", "3 contractLength", "4 contractLength", "5 contractLength"}, "from 1 to 120"},
		{"e-mail address", exportFile(exportRow("S-1", "customerEmail", "Ada <ada@acme.example>")), []string{"2 customerEmail"}, "name@example.com"},
		{"too long", exportFile(exportRow("S-1", "productName", long), exportRow(long)), []string{"2 productName", "3 subscriptionId", "3 serialNumber"}, "201 characters"},
		{"control character", exportFile(exportRow("S-1", "company", "Ac\x07me"), exportRow("S-2", "serialNumber", "a\x00b")), []string{"2 company", "3 serialNumber"}, "control"},
		{"not UTF-8", exportFile(exportRow("S-1", "company", "M\xfcller"), exportRow("S-2", "customerId", "\xff")), []string{"2 company", "3 customerId"}, "UTF-8"},
		{"repeated subscription", exportFile(exportRow("S-1"), exportRow("S-2"), exportRow("S-1"), exportRow("S-1")),
			[]string{"4 subscriptionId", "5 subscriptionId"}, "line 2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems, err := ParseExport(strings.NewReader(test.file), "EUR")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, problemLines(problems)); diff != "" {
				t.Fatalf("problems (-want +got):\n%s\n%v", diff, problems.Listed)
			}
			if first := problems.Listed[0]; !strings.Contains(first.Message, test.says) || first.Code != CodeValidation {
				t.Errorf("first problem %q (%s), want it to say %q", first, first.Code, test.says)
			}
		})
	}
}

func TestParseExportPaymentTerms(t *testing.T) {
	file := func(terms string) string {
		return exportHeader + ",paymentTerms\n" + exportRow("S-1") + "," + terms + "\n"
	}
	for _, terms := range []string{"-1", "366", "1.5", "net 30"} {
		_, problems, err := ParseExport(strings.NewReader(file(terms)), "EUR")
		if err != nil || !slices.Equal(problemLines(problems), []string{"2 paymentTerms"}) {
			t.Errorf("terms %q: problems %v, error %v", terms, problems.Listed, err)
		}
	}
	if terms := parseFile(t, file("0")).Customers[0].TakeIn().PaymentTerms; terms == nil || *terms != 0 {
		t.Errorf("terms 0 read as %v", terms)
	}
	if terms := parseFile(t, file("")).Customers[0].TakeIn().PaymentTerms; terms != nil {
		t.Errorf("no terms read as %d", *terms)
	}
}

// The currency decides what three decimals mean.
func TestParseExportAmounts(t *testing.T) {
	for _, test := range []struct {
		text     string
		currency Currency
		want     int64 // -1: refused
	}{
		{"129", "EUR", 12900}, {"129.5", "EUR", 12950}, {"129,50", "EUR", 12950}, {"129.5000", "EUR", 12950}, {"0", "EUR", 0},
		{"10000000000", "EUR", MaxAmount},
		{"1.000", "EUR", -1}, {"1,500", "EUR", -1}, {"1.234", "KWD", 1234}, {"1.000", "KWD", 1000}, {"377", "JPY", 377}, {"1.000", "JPY", -1}, {"-0.01", "EUR", -1},
	} {
		m, err := parseExportAmount(test.text, test.currency)
		switch {
		case test.want < 0 && err == nil:
			t.Errorf("%s %s was read as %s", test.text, test.currency, m)
		case test.want >= 0 && (err != nil || m != Money{test.want, test.currency}):
			t.Errorf("%s %s = %s, %v; want %d minor units", test.text, test.currency, m, err, test.want)
		}
	}
}

func TestParseExportKeepsSoManyProblems(t *testing.T) {
	const rows = MaxRowProblems + 5
	file := exportHeader + "\n" + strings.Repeat("x\n", rows)
	_, problems, err := ParseExport(strings.NewReader(file), "EUR")
	if err != nil || problems.Total != rows || len(problems.Listed) != MaxRowProblems {
		t.Errorf("%d problems, %d listed, error %v; want %d and %d", problems.Total, len(problems.Listed), err, rows, MaxRowProblems)
	}
}

func TestParseExportAnswersTheReadersError(t *testing.T) {
	broken := errors.New("disk gone")
	if _, _, err := ParseExport(iotest.ErrReader(broken), "EUR"); !errors.Is(err, broken) {
		t.Errorf("a file that can't be read at all: error %v", err)
	}
	long := strings.Repeat(exportFile(exportRow("S-1")), 2000)
	if _, _, err := ParseExport(iotest.TimeoutReader(strings.NewReader(long)), "EUR"); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a file that breaks off: error %v", err)
	}
}

func TestRowProblemString(t *testing.T) {
	if got, want := (RowProblem{Line: 7, Column: "status", Message: "No."}).String(), "line 7, column status: No."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (RowProblem{Line: 7, Message: "No."}).String(), "line 7: No."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
