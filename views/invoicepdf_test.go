package views

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"time"

	"billfold/billing"
)

func date(y int, m time.Month, d int) billing.Date { return billing.Date{Year: y, Month: m, Day: d} }

// testSeller is a seller of whom everything is known.
var testSeller = billing.Seller{
	Name: "Nordlicht Geräteverleih GmbH", Address: billing.Address{Street: "Speicherstraße 14", PostalCode: "20457", City: "Hamburg", Country: "Germany"},
	VATID: "DE812345678", TaxNumber: "27/123/45678", Email: "billing@nordlicht.example", Phone: "+49 40 123456-0",
	Bank: "Hamburger Sparkasse", IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX",
}

// testInvoice is an invoice of a group with a number of lines, of 129.00 each, in EUR with
// 19 % VAT.
func testInvoice(lines int, changes ...func(*billing.Invoice)) billing.Invoice {
	inv := billing.Invoice{
		ID: "inv-1", Number: "NL-2026-000123", CustomerID: "acme", GroupID: "g1", GroupName: "IT department", Reference: "PO 4500017733",
		Period: billing.Period{Year: 2026, Month: time.December}, Turn: 1, Issued: date(2026, 12, 1), Due: date(2026, 12, 15), Seller: testSeller,
		Buyer: billing.Buyer{CustomerID: "acme", Company: "Acme Deutschland GmbH", Person: "Petra Brand", VATID: "DE123456789",
			Address: billing.Address{Street: "Musterweg 7", PostalCode: "10115", City: "Berlin", Country: "Germany"}, VATTreatment: billing.VATStandard},
		Currency: "EUR", VAT: billing.VAT{Mode: billing.VATExclusive, Rate: 1900}, LineCount: lines, Status: billing.InvoicePending,
	}
	products := []string{"ThinkPad X1 Carbon Gen 13", "MacBook Pro 16-inch, M4 Max", "Dell UltraSharp U2725QE"}
	for i := range lines {
		from := date(2026, 12, 1+i%28)
		inv.Lines = append(inv.Lines, billing.InvoiceLine{SubscriptionID: fmt.Sprintf("sub-%04d", i+1), Product: products[i%3], Serial: fmt.Sprintf("PF-4K%04d", i+1),
			From: from, To: from.AddMonths(1), Amount: 129_00, Live: true})
	}
	for _, change := range changes {
		change(&inv)
	}
	amounts := make([]int64, len(inv.Lines))
	for i, l := range inv.Lines {
		amounts[i] = l.Amount
	}
	totals, shares := inv.VAT.Totals(amounts)
	inv.Totals = totals
	for i := range inv.Lines {
		inv.Lines[i].Tax = shares[i]
	}
	return inv
}

// testCredit is a credit note over the first lines of an invoice.
func testCredit(inv billing.Invoice, lines int, kind billing.CreditKind) billing.CreditNote {
	note := billing.CreditNote{ID: "cn-1", Number: "NL-CN-2026-000007", InvoiceID: inv.ID, Kind: kind, Reason: "Wrong price agreed for these devices.", Issued: date(2026, 12, 3), CreatedBy: "Petra"}
	for _, l := range inv.Lines[:lines] {
		l.CreditNumber, l.Live = note.Number, kind == billing.CreditWaived
		note.Lines = append(note.Lines, l)
		note.Tax += l.Tax
		note.Subtotal += l.Amount
	}
	if inv.VAT.Mode == billing.VATInclusive {
		note.Subtotal -= note.Tax
	}
	note.Total = note.Subtotal + note.Tax
	return note
}

var (
	pdfStream = regexp.MustCompile(`(?s)/FlateDecode[^>]*>>\nstream\n(.*?)\nendstream`)
	pdfText   = regexp.MustCompile(`(?s)BT [\d.]+ [\d.]+ Td \(((?:[^\\)]|\\.)*)\) Tj ET`)
	pdfEscape = regexp.MustCompile(`(?s)\\(.)`)
)

// readPDF answers the texts of a PDF file as its reader sees them, each page's together.
func readPDF(t *testing.T, file []byte, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(file, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(file), []byte("%%EOF")) || !bytes.Contains(file, []byte("/ToUnicode")) {
		t.Fatalf("no PDF file whose text can be read: %.20q", file)
	}
	var pages []string
	for _, stream := range pdfStream.FindAllSubmatch(file, -1) {
		zr, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(zr)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, found := range pdfText.FindAllSubmatch(content, -1) {
			texts = append(texts, fromUTF16(pdfEscape.ReplaceAllFunc(found[1], func(b []byte) []byte {
				return bytes.ReplaceAll(b[1:], []byte("r"), []byte("\r"))
			})))
		}
		if texts != nil {
			pages = append(pages, strings.Join(texts, "\n"))
		}
	}
	return pages
}

func fromUTF16(b []byte) string {
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}

// has fails for every part that a page of a PDF file lacks.
func has(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(page, part) {
			t.Errorf("no %q in:\n%s", part, page)
		}
	}
}

func TestInvoicePDFTellsAll(t *testing.T) {
	file, err := InvoicePDF(testInvoice(3))
	pages := readPDF(t, file, err)
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	has(t, pages[0], "Nordlicht Geräteverleih GmbH\nSpeicherstraße 14 · 20457 Hamburg · Germany\nbilling@nordlicht.example · +49 40 123456-0",
		"Nordlicht Geräteverleih GmbH · Speicherstraße 14 · 20457 Hamburg\nAcme Deutschland GmbH\nPetra Brand\nMusterweg 7\n10115 Berlin\nInvoice number\nNL-2026-000123",
		"Issue date\n1 Dec 2026", "Due date\n15 Dec 2026", "Billing period\nDecember 2026", "Customer number\nacme", "Your VAT ID\nDE123456789",
		"Your reference\nPO 4500017733", "Billing group\nIT department", "Invoice NL-2026-000123\nRental, December 2026",
		"Pos.\nRental of\nService period\nNet amount\n1\nThinkPad X1 Carbon Gen 13\nSerial PF-4K0001 · Subscription sub-0001\n1 Dec 2026 – 31 Dec 2026\n€129.00\n2\n",
		"Subtotal, net\n€387.00\nVAT 19\u00a0%\n€73.53\nTotal\n€460.53\nPlease pay €460.53 by 15 Dec 2026.",
		"IBAN\nDE89 3704 0044 0532 0130 00\nBIC\nCOBADEFFXXX\nBank\nHamburger Sparkasse\nPayment reference\nNL-2026-000123",
		"VAT ID\u00a0DE812345678\nTax number\u00a027/123/45678", "Page 1 of 1")

	again, _ := InvoicePDF(testInvoice(3))
	if !bytes.Equal(file, again) {
		t.Error("the same invoice made another file")
	}
	if !bytes.Contains(file, []byte("/CreationDate (D:20261201000000)")) || !bytes.Contains(file, []byte("/Lang (en-GB)")) {
		t.Error("the file does not say when it was made, or in which language")
	}
}

// What is printed depends on the tax, the terms and the state.
func TestInvoicePDFCases(t *testing.T) {
	for name, tt := range map[string]struct {
		change     func(*billing.Invoice)
		has, lacks []string
	}{
		"VAT contained": {
			func(i *billing.Invoice) { i.VAT.Mode = billing.VATInclusive },
			[]string{"Amount incl. VAT", "Total\n€387.00\ncontains VAT 19\u00a0%\n€61.79\nNet amount\n€325.21"}, []string{"Subtotal"},
		},
		"no VAT": {
			func(i *billing.Invoice) { i.VAT = billing.VAT{Mode: billing.VATNone} },
			[]string{"Service period\nAmount", "Total\n€387.00", "No VAT is charged."}, []string{"Subtotal", "VAT 19"},
		},
		"reverse charge": {
			func(i *billing.Invoice) {
				i.VAT, i.Buyer.VATTreatment, i.Buyer.Address.Country = billing.VAT{Mode: billing.VATNone}, billing.VATReverseCharge, "Austria"
			},
			[]string{"10115 Berlin\nAUSTRIA", "· 20457 Hamburg\nGermany\nAcme", "Reverse charge: the recipient", "Steuerschuldnerschaft des Leistungsempfängers"}, []string{"No VAT is charged"},
		},
		"countries by their codes": {
			func(i *billing.Invoice) { i.Seller.Address.Country, i.Buyer.Address.Country = "DE", "pl" }, []string{"Hamburg · Germany\nbilling", "10115 Berlin\nPOLAND\nInvoice number", "20457 Hamburg\nGermany\nbilling"}, nil,
		},
		"one country, written in two ways": {
			func(i *billing.Invoice) { i.Buyer.Address.Country = "DE" }, []string{"10115 Berlin\nInvoice number"}, []string{"GERMANY"},
		},
		"no country": {
			func(i *billing.Invoice) { i.Buyer.Address.Country = "XX" }, []string{"10115 Berlin\nXX\nInvoice number"}, nil,
		},
		"exempt": {
			func(i *billing.Invoice) {
				i.VAT, i.Buyer.VATTreatment = billing.VAT{Mode: billing.VATNone}, billing.VATExempt
			},
			[]string{"Exempt from VAT"}, []string{"Reverse"},
		},
		"yen": {
			func(i *billing.Invoice) { i.Currency = "JPY" }, []string{"¥12,900", "Subtotal, net\n¥38,700\nVAT 19\u00a0%\n¥7,353\nTotal\n¥46,053"}, []string{"€", "." + "00"},
		},
		"dinar": {
			func(i *billing.Invoice) { i.Currency = "KWD" }, []string{"KWD\u00a012.900", "Total\nKWD\u00a046.053"}, []string{"€"},
		},
		"due at once": {
			func(i *billing.Invoice) { i.Due = i.Issued }, []string{"Due date\n1 Dec 2026", "Please pay €460.53 on receipt."}, nil,
		},
		"individual": {
			func(i *billing.Invoice) {
				i.GroupID, i.GroupName, i.Reference, i.SubscriptionID = "", "", "", "sub-0001"
			}, nil, []string{"Billing group", "Your reference"},
		},
		"nothing known of the seller": {
			func(i *billing.Invoice) { i.Seller = billing.Seller{} }, []string{"Please pay €460.53 by 15 Dec 2026.\nPayment reference\nNL-2026-000123\nPage 1 of 1"}, []string{"IBAN", "Account holder"},
		},
		"no address": {
			func(i *billing.Invoice) { i.Buyer = billing.Buyer{CustomerID: "c-77"} }, []string{"c-77\nInvoice number"}, []string{"VAT ID\n"},
		},
		"paid": {
			func(i *billing.Invoice) { i.Status, i.Payment.On = billing.InvoicePaid, date(2026, 12, 9) },
			[]string{"Already paid on 9 Dec 2026. Thank you."}, []string{"Please pay", "Account holder"},
		},
		"nothing to pay": {
			func(i *billing.Invoice) {
				i.Status, i.Payment.On = billing.InvoicePaid, i.Issued
				for n := range i.Lines {
					i.Lines[n].Amount = 0
				}
			},
			[]string{"Total\n€0.00\nNothing is to be paid."}, []string{"Please pay", "Already"},
		},
		"being collected": {
			func(i *billing.Invoice) { i.Status = billing.InvoiceProcessing }, []string{"being collected"}, []string{"Please pay", "Account holder"},
		},
		"not collected": {
			func(i *billing.Invoice) { i.Status = billing.InvoiceFailed }, []string{"Please pay €460.53 by", "Account holder"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			file, err := InvoicePDF(testInvoice(3, tt.change))
			page := readPDF(t, file, err)[0]
			has(t, page, tt.has...)
			for _, part := range tt.lacks {
				if strings.Contains(page, part) {
					t.Errorf("there is %q in:\n%s", part, page)
				}
			}
		})
	}
}

func TestCreditedPDF(t *testing.T) {
	inv := testInvoice(3)
	note := testCredit(inv, 2, billing.CreditAgain)
	before, err := CreditNotePDF(inv, note)
	page := readPDF(t, before, err)[0]
	has(t, page, "Credit note number\nNL-CN-2026-000007\nIssue date\n3 Dec 2026\nFor invoice\nNL-2026-000123\nInvoice date\n1 Dec 2026",
		"Credit note NL-CN-2026-000007\nFor invoice NL-2026-000123 of 1 Dec 2026\nReason: Wrong price agreed for these devices.\nWhat these lines charged will be billed again on a new invoice.",
		"sub-0002", "Subtotal, net\n€258.00\nVAT 19\u00a0%\n€49.02\nTotal credited\n€307.02")
	if strings.Contains(page, "Please pay") || strings.Contains(page, "sub-0003") || strings.Contains(page, "credited by") {
		t.Errorf("a credit note asks for money, or names other lines:\n%s", page)
	}
	file, err := CreditNotePDF(inv, testCredit(inv, 1, billing.CreditWaived))
	has(t, readPDF(t, file, err)[0], "devices.\nWhat this line charged is waived")
	// The reason of an ended contract says all of it.
	file, err = CreditNotePDF(inv, testCredit(inv, 1, billing.CreditEnded))
	has(t, readPDF(t, file, err)[0], "devices.\nPos.")

	inv.Credits, inv.Credited = []billing.CreditNote{note}, note.Total
	inv.Lines[0].CreditNumber, inv.Lines[1].CreditNumber = note.Number, note.Number
	file, err = InvoicePDF(inv)
	has(t, readPDF(t, file, err)[0], "Total\n€460.53\nNL-CN-2026-000007, 3 Dec 2026\n–€307.02\nStill to be paid\n€153.51\nPlease pay €153.51 by 15 Dec 2026.", "credited by")
	inv.Status, inv.Payment.On = billing.InvoicePaid, date(2026, 12, 9)
	if after, _ := CreditNotePDF(inv, note); !bytes.Equal(before, after) {
		t.Error("a credit note changed with its invoice")
	}
	inv.Status, inv.Credited = billing.InvoiceCancelled, inv.Total
	file, err = InvoicePDF(inv)
	has(t, readPDF(t, file, err)[0], "Still to be paid\n€0.00\nThis invoice was cancelled. Nothing is to be paid.")
}

// However many lines there are, each page says what came before and what the sum so far
// is, and the total never stands alone. What is to be paid may.
func TestInvoicePDFPages(t *testing.T) {
	overleaf := 0
	for lines := 3; lines < 60; lines++ {
		file, err := InvoicePDF(testInvoice(lines))
		pages := readPDF(t, file, err)
		shown := 0
		sum := func() string { return FormatMoney(billing.Money{Minor: int64(shown) * 129_00, Currency: "EUR"}) }
		for n, page := range pages {
			has(t, page, fmt.Sprintf("Page %d of %d", n+1, len(pages)))
			if n > 0 {
				has(t, page, "Invoice NL-2026-000123 · 1 Dec 2026\nacme · Acme Deutschland GmbH")
			}
			here := strings.Count(page, "\nSerial ")
			if here == 0 {
				overleaf++
				if has(t, page, "Please pay", "Payment reference"); n+1 < len(pages) || strings.Contains(page, "Total\n") || strings.Contains(page, "Pos.") || shown != lines {
					t.Errorf("%d lines, page %d:\n%s", lines, n+1, page)
				}
				continue
			}
			if has(t, page, "Pos.\nRental of"); n > 0 {
				has(t, page, "Net amount\n"+sum()+"\nBrought forward")
			}
			if shown += here; shown < lines {
				has(t, page, sum()+"\nCarried forward")
			} else {
				has(t, page, "Total\n")
			}
		}
		if has(t, pages[len(pages)-1], "Please pay"); shown != lines {
			t.Errorf("%d lines: %d printed", lines, shown)
		}
	}
	if overleaf == 0 {
		t.Error("what is to be paid never goes overleaf")
	}
	// Lines and sums fill a page before anything goes overleaf.
	inv := testInvoice(6)
	note := billing.CreditNote{Number: "NL-CN-2026-000007", Issued: inv.Issued, Lines: inv.Lines[:1], Totals: billing.Totals{Subtotal: 129_00, Tax: 24_51, Total: 153_51}}
	inv.Credits, inv.Credited, inv.Lines[0].CreditNumber = []billing.CreditNote{note}, note.Total, note.Number
	first, err := InvoicePDF(inv)
	has(t, readPDF(t, first, err)[0], "\n6\n", "Total\n", "Still to be paid\n")
	file, err := InvoicePDF(testInvoice(1000))
	if pages := readPDF(t, file, err); len(pages) > 60 || len(file) > 250_000 || !strings.Contains(pages[len(pages)-1], "\n1000\n") {
		t.Errorf("1,000 lines take %d pages, %d bytes", len(pages), len(file))
	}
}

// Whatever is in the texts, the file can be made and read, and nothing is dropped.
func TestInvoicePDFTexts(t *testing.T) {
	long := strings.Repeat("Veranstaltungstechnikgesellschaftsvertrag", 4)
	for text, want := range map[string]string{
		"Ångström Łódź Ζωή Щука Nguyễn Thị Ậm ẞ": "Ångström Łódź Ζωή Щука Nguyễn Thị Ậm ẞ",
		"Zoe\u0308 a\u0302\u0301":                "Zoë ấ",
		"(a) \\ b\\) \\r":                        "(a) \\ b\\) \\r",
		"Čapek Ċ \u010a\u0d29\u0a0d":             "Čapek Ċ Ċ\u0d29\u0a0d",
		"東京 \U0001f600 \U00010000":               "東京 \ufffd \ufffd",
		"a\u200bb\u00adc\ufe0f\ttab":             "abc tab",
		"bad \xff utf8":                          "bad \ufffd utf8",
		long:                                     long,
	} {
		file, err := InvoicePDF(testInvoice(2, func(i *billing.Invoice) {
			i.Buyer.Company, i.GroupName, i.Seller.Name, i.Number, i.Lines[0].Product, i.Lines[1].Serial, i.Seller.Email = text, text, text, text, text, text, text
		}))
		pages := readPDF(t, file, err)
		if got := strings.ReplaceAll(strings.Join(pages, ""), "\n", ""); strings.Count(got, want) < 3 {
			t.Errorf("%q was not found thrice in:\n%s", want, strings.Join(pages, "\n"))
		}
	}
}

func BenchmarkInvoicePDF(b *testing.B) {
	for _, lines := range []int{1, 1000} {
		inv := testInvoice(lines)
		b.Run(fmt.Sprint(lines), func(b *testing.B) {
			for b.Loop() {
				if _, err := InvoicePDF(inv); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
