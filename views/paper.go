package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"billfold/billing"
)

// paper is all that stands on an issued invoice or credit note. The page and the PDF file
// show the same one, so that they can't say different things.
type paper struct {
	// Kind is "Invoice" or "Credit note".
	Kind, Number string
	// About says in a line what it is for.
	About    string
	Issued   billing.Date
	Currency billing.Currency
	Seller   billing.Seller
	// From is the return address in a line, To the recipient line by line, as on an envelope.
	From string
	To   []string
	// Customer is the customer's number.
	Customer string
	Facts    []paperFact
	// Reason is why a credit note was issued, and what follows from it.
	Reason []string
	// AmountHead is the head of the column of amounts: it says what they hold.
	AmountHead string
	Lines      []paperLine
	Sums       []paperSum
	// Ask says what is to be paid until when, HowTo by which way; Notes are said below.
	Ask   string
	HowTo []paperFact
	Notes []string
}

// paperFact is one fact and what it is called.
type paperFact struct{ Label, Value string }

// paperLine is one line. Position counts from 1, also where only some lines are shown.
type paperLine struct {
	Position       int
	SubscriptionID string
	Product        string
	// Detail tells the device and the contract apart from others: serial and subscription.
	Detail  string
	Service string
	// Amount is in minor units. Credited is the credit note that took it back, or "".
	Amount   int64
	Credited string
}

// paperSum is one line below the table.
type paperSum struct {
	Label string
	Minor int64
	// Strong is what the eye should find.
	Strong bool
}

// maxCreditSums is how many credit notes an invoice names one by one.
const maxCreditSums = 3

// paperOf answers what stands on an invoice.
func paperOf(inv billing.Invoice) paper {
	p := blankPaper(inv, inv.Lines)
	p.Kind, p.Number, p.Issued, p.About = "Invoice", inv.Number, inv.Issued, "Rental, "+longPeriod(inv.Period)
	p.Facts = append([]paperFact{
		{"Invoice number", inv.Number},
		{"Issue date", FormatDate(inv.Issued)},
		{"Due date", FormatDate(inv.Due)},
		{"Billing period", longPeriod(inv.Period)},
	}, buyerFacts(inv)...)
	for i, l := range inv.Lines {
		p.Lines[i].Credited = l.CreditNumber
	}
	p.Sums = append(paperSums(inv.VAT, inv.Totals, "Total"), creditSums(inv)...)
	p.Ask = ask(inv)
	if inv.Open() > 0 && inv.Status != billing.InvoiceProcessing {
		p.HowTo = howTo(inv)
	}
	return p
}

// creditPaperOf answers what stands on a credit note. It depends on nothing that happens
// after the note was issued.
func creditPaperOf(inv billing.Invoice, note billing.CreditNote) paper {
	p := blankPaper(inv, note.Lines)
	p.Kind, p.Number, p.Issued, p.About = "Credit note", note.Number, note.Issued, "For invoice "+inv.Number+" of "+FormatDate(inv.Issued)
	p.Facts = append([]paperFact{
		{"Credit note number", note.Number},
		{"Issue date", FormatDate(note.Issued)},
		{"For invoice", inv.Number},
		{"Invoice date", FormatDate(inv.Issued)},
		{"Billing period", longPeriod(inv.Period)},
	}, buyerFacts(inv)...)
	p.Reason = []string{"Reason: " + note.Reason}
	if note.Kind != billing.CreditEnded { // that reason says it all
		p.Reason = append(p.Reason, creditConsequence(note))
	}
	p.Sums = paperSums(inv.VAT, note.Totals, "Total credited")
	return p
}

// blankPaper answers what invoices and credit notes have in common.
func blankPaper(inv billing.Invoice, lines []billing.InvoiceLine) paper {
	seller := inv.Seller
	seller.Address = within(seller.Address, countryName(seller.Address.Country))
	return paper{
		Currency: inv.Currency, Seller: seller, From: returnAddress(inv), To: recipient(inv), Customer: inv.Buyer.CustomerID,
		AmountHead: amountHead(inv.VAT), Lines: paperLines(lines), Notes: vatNotes(inv),
	}
}

// creditConsequence says what becomes of what a note takes back.
func creditConsequence(note billing.CreditNote) string {
	these := Word(len(note.Lines), "this line", "these lines")
	if note.Kind == billing.CreditAgain {
		return "What " + these + " charged will be billed again on a new invoice."
	}
	return "What " + these + " charged is waived and will not be billed again."
}

// recipient answers who an invoice goes to as on an envelope. The country stands on it
// where it is not the seller's own, in capitals as the post asks for.
func recipient(inv billing.Invoice) []string {
	b := inv.Buyer
	lines := []string{b.Name()}
	if b.Company != "" && b.Person != "" {
		lines = append(lines, b.Person)
	}
	return append(lines, addressLines(within(b.Address, strings.ToUpper(abroad(inv, b.Address))))...)
}

// returnAddress answers where a letter goes that can't be delivered.
func returnAddress(inv billing.Invoice) string {
	seller := inv.Seller
	return dotted(append([]string{seller.Name}, addressLines(within(seller.Address, abroad(inv, seller.Address)))...)...)
}

// abroad answers the country of an address, "" where the invoice stays in one country.
func abroad(inv billing.Invoice, a billing.Address) string {
	if strings.EqualFold(countryName(inv.Buyer.Address.Country), countryName(inv.Seller.Address.Country)) {
		return ""
	}
	return countryName(a.Country)
}

// within answers an address with a country written in another way.
func within(a billing.Address, country string) billing.Address {
	a.Country = country
	return a
}

// countryName answers the name of a country that is given by its code, as "DE", and
// anything else as it is.
func countryName(country string) string {
	if len(country) != 2 {
		return country
	}
	region, err := language.ParseRegion(country)
	if err != nil || !region.IsCountry() {
		return country
	}
	return display.English.Regions().Name(region)
}

// parts answers what dotted joined, each with the dot that follows it, so that lines end
// between them.
func parts(text string) []string {
	list := strings.Split(text, " · ")
	for i := range list[:len(list)-1] {
		list[i] += " ·"
	}
	return list
}

// dotted joins the parts that are known.
func dotted(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " · ")
}

func buyerFacts(inv billing.Invoice) []paperFact {
	return given([]paperFact{
		{"Customer number", inv.Buyer.CustomerID},
		{"Your VAT ID", inv.Buyer.VATID},
		{"Your reference", inv.Reference},
		{"Billing group", inv.GroupName},
	})
}

// given leaves out the facts that are not known.
func given(facts []paperFact) []paperFact {
	return slices.DeleteFunc(facts, func(f paperFact) bool { return f.Value == "" })
}

func paperLines(lines []billing.InvoiceLine) []paperLine {
	shown := make([]paperLine, len(lines))
	for i, l := range lines {
		detail := "Subscription " + l.SubscriptionID
		if l.Serial != "" {
			detail = "Serial " + l.Serial + " · " + detail
		}
		shown[i] = paperLine{
			Position: i + 1, SubscriptionID: l.SubscriptionID, Product: cmp.Or(l.Product, l.SubscriptionID), Detail: detail,
			Service: FormatDate(l.From) + " – " + FormatDate(l.To.AddDays(-1)), Amount: l.Amount,
		}
	}
	return shown
}

func amountHead(v billing.VAT) string {
	switch v.Mode {
	case billing.VATExclusive:
		return "Net amount"
	case billing.VATInclusive:
		return "Amount incl. VAT"
	}
	return "Amount"
}

func paperSums(v billing.VAT, t billing.Totals, total string) []paperSum {
	rate := "VAT " + v.Percent() + noBreak + "%"
	switch v.Mode {
	case billing.VATExclusive:
		return []paperSum{{Label: "Subtotal, net", Minor: t.Subtotal}, {Label: rate, Minor: t.Tax}, {Label: total, Minor: t.Total, Strong: true}}
	case billing.VATInclusive:
		return []paperSum{{Label: total, Minor: t.Total, Strong: true}, {Label: "contains " + rate, Minor: t.Tax}, {Label: "Net amount", Minor: t.Subtotal}}
	}
	return []paperSum{{Label: total, Minor: t.Total, Strong: true}}
}

// creditSums say what was taken back of an invoice, and what is open since.
func creditSums(inv billing.Invoice) []paperSum {
	if inv.Credited == 0 {
		return nil
	}
	var sums []paperSum
	if len(inv.Credits) > maxCreditSums {
		sums = []paperSum{{Label: Plural(len(inv.Credits), "credit note", "credit notes"), Minor: -inv.Credited}}
	} else {
		for _, note := range inv.Credits {
			sums = append(sums, paperSum{Label: note.Number + ", " + FormatDate(note.Issued), Minor: -note.Total})
		}
	}
	return append(sums, paperSum{Label: "Still to be paid", Minor: inv.Open(), Strong: true})
}

// ask says what the recipient has to do.
func ask(inv billing.Invoice) string {
	switch {
	case inv.Status == billing.InvoiceCancelled:
		return "This invoice was cancelled. Nothing is to be paid."
	case inv.Total == 0:
		return "Nothing is to be paid."
	case inv.Status == billing.InvoicePaid:
		return "Already paid on " + FormatDate(inv.Payment.On) + ". Thank you."
	case inv.Status == billing.InvoiceProcessing:
		return "The amount is being collected. Please don’t pay it yourself."
	case inv.Due == inv.Issued:
		return "Please pay " + FormatMoney(inv.Money(inv.Open())) + " on receipt."
	}
	return "Please pay " + FormatMoney(inv.Money(inv.Open())) + " by " + FormatDate(inv.Due) + "."
}

func howTo(inv billing.Invoice) []paperFact {
	holder := inv.Seller.Name
	if inv.Seller.IBAN == "" {
		holder = ""
	}
	return given([]paperFact{
		{"Account holder", holder},
		{"IBAN", fours(inv.Seller.IBAN)},
		{"BIC", inv.Seller.BIC},
		{"Bank", inv.Seller.Bank},
		{"Payment reference", inv.Number},
	})
}

// fours writes an IBAN as it is read out, in groups of four.
func fours(iban string) string {
	var b strings.Builder
	for i, r := range strings.ReplaceAll(iban, " ", "") {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// vatNotes say why there is no VAT on an invoice. German law wants its own words for a
// reverse charge, those of other countries are content with the English ones.
func vatNotes(inv billing.Invoice) []string {
	switch {
	case inv.Buyer.VATTreatment == billing.VATReverseCharge:
		return []string{"Reverse charge: the recipient of the service owes the VAT (Steuerschuldnerschaft des Leistungsempfängers)."}
	case inv.Buyer.VATTreatment == billing.VATExempt:
		return []string{"Exempt from VAT: no VAT is charged."}
	case inv.VAT.Mode == billing.VATNone:
		return []string{"No VAT is charged."}
	}
	return nil
}

// longPeriod writes a calendar month in full: "December 2026".
func longPeriod(p billing.Period) string {
	if p.IsZero() {
		return ""
	}
	return p.Month.String() + " " + strconv.Itoa(p.Year)
}

// sellerColumns are the seller's details as they stand at the foot of each page.
func sellerColumns(s billing.Seller) [][]string {
	labelled := func(label, value string) string {
		if value == "" {
			return ""
		}
		return label + noBreak + value
	}
	var columns [][]string
	for _, column := range [][]string{
		append([]string{s.Name}, addressLines(s.Address)...),
		{s.Email, s.Phone, labelled("VAT ID", s.VATID), labelled("Tax number", s.TaxNumber)},
		{s.Bank, labelled("IBAN", fours(s.IBAN)), labelled("BIC", s.BIC)},
	} {
		if column = slices.DeleteFunc(column, func(line string) bool { return line == "" }); len(column) > 0 {
			columns = append(columns, column)
		}
	}
	return columns
}

// money writes an amount of the paper, given in minor units.
func (p paper) money(minor int64) string {
	return FormatMoney(billing.Money{Minor: minor, Currency: p.Currency})
}
