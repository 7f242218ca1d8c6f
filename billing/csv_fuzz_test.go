package billing

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// Nothing a file can hold stops the parser, every problem says where it is, and what
// is read says the same once it is written down and read again.
func FuzzParseExport(f *testing.F) {
	full := exportHeader + ",orderId,nextBillingDate,vatId,street,postalCode,city,country,paymentTerms\n" +
		exportRow("S-1") + ",O-1,2026-12-03,DE1,\"Haupt\nstraße\",1,B,DE,30\n" + exportRow("S-2", "company", "", "monthlyAmount", `"1,5"`) + ",,,,,,,,\n"
	for _, seed := range []string{
		"", "\ufeff", exportHeader, full, "\ufeff" + strings.ReplaceAll(strings.ReplaceAll(full, `"1,5"`, "1.5"), ",", ";"),
		exportFile(exportRow("S-1"), exportRow("S-1")), exportFile(exportRow("S-1", "productName", `"`)), "a,\"b\n\x00,c", exportFile(exportRow("\xff"), "a,b"),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		export, problems, err := ParseExport(bytes.NewReader(file), "EUR")
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(file, []byte("\n")) + 1
		for _, p := range problems.Listed {
			if p.Line < 1 || p.Line > lines || p.Message == "" || p.Code == "" || !utf8.ValidString(p.String()) {
				t.Fatalf("problem %+v in a file of %d lines", p, lines)
			}
		}
		if problems.Total == 0 && len(export.Rows) == 0 {
			t.Fatal("neither rows nor problems")
		}
		if problems.Total > 0 {
			return
		}
		for _, row := range export.Rows {
			if s := row.TakeIn(longAgo, importDay); s.ID != row.ID {
				t.Fatalf("a row that was read is refused: %+v", row)
			}
		}
		for i, c := range takeIn(export) {
			if told := export.Customers[i]; c.ID != told.ID || c.Company != told.text(companyColumn) {
				t.Fatalf("a customer that was read is refused: %+v", told)
			}
			if merged := export.Customers[i].Merge(c); merged != c {
				t.Fatalf("the same again changes %+v to %+v", c, merged)
			}
		}
		again, problems, err := ParseExport(bytes.NewReader(writeExport(t, export)), "EUR")
		if err != nil || problems.Total > 0 {
			t.Fatalf("written and read again: error %v, problems %v", err, problems.Listed)
		}
		if diff := cmp.Diff(takeIn(export), takeIn(again)); diff != "" {
			t.Fatalf("customers (-read +read again):\n%s", diff)
		}
		unlike := cmp.Diff(withoutLines(export.Rows), withoutLines(again.Rows),
			cmp.Comparer(func(a, b *ExportCustomer) bool { return a.ID == b.ID }))
		if unlike != "" {
			t.Fatalf("rows (-read +read again):\n%s", unlike)
		}
	})
}

// writeExport writes an export as a file again, with each customer's cells as they
// were merged in every one of its rows.
func writeExport(t *testing.T, export *Export) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	records := [][]string{columnNames[:]}
	for _, r := range export.Rows {
		c := r.Customer
		record := make([]string, columnCount)
		for col, cell := range map[column]string{
			subscriptionIDColumn: r.ID, customerIDColumn: c.ID, orderIDColumn: r.OrderID, productNameColumn: r.Product,
			skuColumn: r.SKU, serialNumberColumn: r.Serial, monthlyAmountColumn: r.MonthlyAmount.String(),
			currencyColumn: string(r.MonthlyAmount.Currency), statusColumn: string(r.Status), contractLengthColumn: strconv.Itoa(r.Length),
			startDateColumn: r.Start.String(), endDateColumn: r.EndDate.String(), nextBillingDateColumn: r.NextBilling.String(),
		} {
			record[col] = cell
		}
		for _, col := range customerColumns {
			record[col] = c.text(col)
		}
		records = append(records, record)
	}
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
