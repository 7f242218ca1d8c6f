package views

import (
	"strconv"

	"billfold/billing"
)

// InvoicePDF answers an invoice with its lines and credit notes as a PDF file: a business
// letter on A4 whose address stands in the window of an envelope (DIN 5008, form B), with
// all that a German invoice must tell. The same invoice makes the same bytes.
func InvoicePDF(inv billing.Invoice) ([]byte, error) { return printPaper(paperOf(inv)) }

// CreditNotePDF answers a credit note of an invoice in the same form. What happens after
// it was issued does not change it.
func CreditNotePDF(inv billing.Invoice, note billing.CreditNote) ([]byte, error) {
	return printPaper(creditPaperOf(inv, note))
}

// Where things stand, in millimetres.
const (
	leftEdge, rightEdge = 25.0, 190.0
	inner               = rightEdge - leftEdge
	factsEdge           = 120.0
	windowTop           = 45.0  // of the address field
	addressTop          = 62.7  // of the recipient, below the return address
	titleLine           = 103.5 // the first that is free below the address field
	laterTop            = 27.0  // of the table on the second page and on
	footTop             = 271.0
	lastLine            = 264.0
)

// The typefaces of the letter.
var (
	senderType  = typeface{size: 15, style: "B", ink: black}
	titleType   = typeface{size: 17, style: "B", ink: black}
	aboutType   = typeface{size: 10, ink: grey}
	addressType = typeface{size: 10, ink: black}
	textType    = typeface{size: 9, ink: black}
	sumType     = typeface{size: 9.5, ink: black}
	totalType   = typeface{size: 11.5, style: "B", ink: black}
	smallType   = typeface{size: 7.5, ink: grey}
	returnType  = typeface{size: 6.5, ink: grey}
)

// letter is a paper on its way through the press.
type letter struct {
	*press
	paper
}

func printPaper(p paper) ([]byte, error) {
	l := &letter{press: newPress(p.Kind+" "+p.Number, p.Seller.Name, p.Issued), paper: p}
	l.page()
	l.foldMarks()
	l.sender()
	y := l.title(max(titleLine, l.address()+10, l.facts()+10))
	l.table(y)
	l.feet()
	return l.bytes()
}

// foldMarks show where to fold the letter and where to punch it.
func (l *letter) foldMarks() {
	l.line(4, 105, 3, .15, rule)
	l.line(4, 148.5, 4.5, .15, rule)
	l.line(4, 210, 3, .15, rule)
}

// sender is the letter's head.
func (l *letter) sender() {
	s, small := l.Seller, smallType.of(8)
	y := l.lines(leftEdge, 24, 6.5, senderType, l.wrap(senderType, s.Name, inner, 3)) - 1.2
	y = l.lines(leftEdge, y, 4.2, small, l.wrap(small, dotted(addressLines(s.Address)...), inner, 1))
	l.lines(leftEdge, y, 4.2, small, l.wrap(small, dotted(s.Email, s.Phone), inner, 1))
}

// address is the return address and the recipient, where the window is. It answers where
// they end.
func (l *letter) address() float64 {
	if l.From != "" {
		back := l.wrapParts(returnType, l.From, 80, 3)
		l.lines(leftEdge, addressTop-2-2.7*float64(len(back)-1), 2.7, returnType, back)
		l.line(leftEdge, addressTop-.8, 80, .15, rule)
	}
	var lines []string
	for _, line := range l.To {
		lines = append(lines, l.wrap(addressType, line, 80, 6)...)
	}
	return l.lines(leftEdge, addressTop+4.2, 4.55, addressType, lines) - 4.55
}

// facts are what identifies the paper, beside the address. It answers where they end.
func (l *letter) facts() float64 {
	y, labels := windowTop+8, 0.0
	for _, f := range l.Facts {
		labels = max(labels, l.width(textType, f.Label)+4)
	}
	for i, f := range l.Facts {
		face := textType
		if i == 0 {
			face = face.bold()
		}
		l.text(factsEdge, y, textType.in(grey), f.Label)
		y = l.lines(factsEdge+labels, y, 4.2, face, l.wrap(face, f.Value, rightEdge-factsEdge-labels, 6)) + .9
	}
	return y - 5.1
}

// title is what the letter is about. It answers where the table begins.
func (l *letter) title(y float64) float64 {
	y = l.lines(leftEdge, y, 7.5, titleType, l.wrap(titleType, l.Kind+" "+l.Number, inner, 3)) - 1.6
	y = l.lines(leftEdge, y, 4.6, aboutType, l.wrap(aboutType, l.About, inner, 2)) + 2
	for i, text := range l.Reason {
		if i == 0 {
			y += 2
		}
		y = l.lines(leftEdge, y, 4.4, textType, l.wrap(textType, text, inner, 12)) + 1
	}
	return y + 2
}

// feet are the seller's details at the foot of each page, and its number.
func (l *letter) feet() {
	pages := l.pdf.PageCount()
	for n := 1; n <= pages; n++ {
		l.backTo(n)
		l.line(leftEdge, footTop, inner, .15, rule)
		columns := sellerColumns(l.Seller)
		for i, column := range columns {
			x := leftEdge + float64(i)*inner/3
			var lines []string
			for _, text := range column {
				lines = append(lines, l.wrap(smallType.of(7), text, inner/3-4, 2)...)
			}
			l.lines(x, footTop+4.4, 3.3, smallType.of(7), lines[:min(len(lines), 5)])
		}
		l.end(rightEdge, footTop+4.4+5*3.3, smallType.of(7), "Page "+strconv.Itoa(n)+" of "+strconv.Itoa(pages))
	}
}
