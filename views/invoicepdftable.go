package views

import "strconv"

// The table of lines, which may go on over many pages.

const (
	// carryHeight is what a sum carried from page to page takes.
	carryHeight = 7.0
	headHeight  = 6.4
	gap         = 6.0
	lineHeight  = 4.2
	smallHeight = 3.5
	padding     = 1.8
)

// columns are where the table's columns begin; the amounts end at the right edge.
type columns struct{ product, service float64 }

// row is a line that is broken into what fits its column.
type row struct {
	paperLine
	product, detail []string
	height          float64
}

// table prints the lines from y on, page after page, and what stands below them. A page
// ends with the sum so far, the next one begins with it.
func (l *letter) table(y float64) {
	c := l.measure()
	rows := l.rows(c)
	end := l.ending()
	y = l.head(y, c)
	var sum int64
	for first := true; ; first = false {
		n, done := pageful(rows, y, end.sums)
		if first && n == 0 && !done {
			n = 1 // the only line stays with its head, what follows it goes overleaf
		}
		for _, r := range rows[:n] {
			y = l.row(y, c, r)
			sum += r.Amount
		}
		rows = rows[n:]
		if done {
			end.print(l, y, c)
			return
		}
		l.carry(y, "Carried forward", sum)
		y = l.overleaf(c, sum)
	}
}

// pageful answers how many rows fit on the rest of a page from y on, and whether all do,
// with the sums. Otherwise one row at least is left for the next page, so that
// the total does not stand alone there.
func pageful(rows []row, y, sums float64) (n int, done bool) {
	all := y
	for _, r := range rows {
		all += r.height
	}
	if all+sums <= lastLine {
		return len(rows), true
	}
	for n < len(rows)-1 && y+rows[n].height+carryHeight <= lastLine {
		y += rows[n].height
		n++
	}
	return n, false
}

// measure sets the columns out: the amounts get the room they need, the products the rest.
func (l *letter) measure() columns {
	widest := l.width(smallType.bold(), l.AmountHead)
	var sum int64
	for _, line := range l.Lines {
		sum += line.Amount
		widest = max(widest, l.width(textType, l.money(line.Amount)))
	}
	widest = max(widest, l.width(textType.bold(), l.money(sum)))
	service := rightEdge - widest - gap - l.width(textType, "28 Nov 2026 – 28 Nov 2026")
	return columns{leftEdge + max(8, l.width(textType, strconv.Itoa(len(l.Lines)))+3.5), service}
}

func (l *letter) rows(c columns) []row {
	rows := make([]row, len(l.Lines))
	width := c.service - gap - c.product
	for i, line := range l.Lines {
		if line.Credited != "" {
			line.Detail += " · credited by " + line.Credited
		}
		r := row{paperLine: line, product: l.wrap(textType, line.Product, width, 6), detail: l.wrap(smallType, line.Detail, width, 6)}
		r.height = 2*padding + lineHeight*float64(len(r.product)) + smallHeight*float64(len(r.detail)) - .6
		rows[i] = r
	}
	return rows
}

// head prints the heads of the columns and answers where the rows begin.
func (l *letter) head(y float64, c columns) float64 {
	face, base := smallType.bold(), y+4.2
	l.text(leftEdge, base, face, "Pos.")
	l.text(c.product, base, face, "Rental of")
	l.text(c.service, base, face, "Service period")
	l.end(rightEdge, base, face, l.AmountHead)
	l.line(leftEdge, y+headHeight, inner, .35, black)
	return y + headHeight
}

func (l *letter) row(y float64, c columns, r row) float64 {
	base := y + padding + 2.9
	l.text(leftEdge, base, textType.in(grey), strconv.Itoa(r.Position))
	below := l.lines(c.product, base, lineHeight, textType, r.product)
	l.lines(c.product, below-.4, smallHeight, smallType, r.detail)
	l.text(c.service, base, textType, r.Service)
	l.end(rightEdge, base, textType, l.money(r.Amount))
	l.line(leftEdge, y+r.height, inner, .15, rule)
	return y + r.height
}

// carry prints the sum so far at the end of a page or at the beginning of the next.
func (l *letter) carry(y float64, label string, sum int64) {
	face := textType.bold()
	l.end(rightEdge, y+4.8, face, l.money(sum))
	l.end(rightEdge-l.width(face, l.money(sum))-gap, y+4.8, textType.in(grey), label)
}

// overleaf begins a page that goes on with the table, and answers where its rows begin.
func (l *letter) overleaf(c columns, sum int64) float64 {
	l.goOn()
	y := l.head(laterTop-4, c)
	l.carry(y, "Brought forward", sum)
	l.line(leftEdge, y+carryHeight, inner, .15, rule)
	return y + carryHeight
}

// goOn begins a page that goes on with the paper, and says which that is.
func (l *letter) goOn() {
	l.page()
	l.text(leftEdge, 18, smallType.of(8), dotted(l.Kind+" "+l.Number, FormatDate(l.Issued)))
	l.end(rightEdge, 18, smallType.of(8), l.cut(smallType.of(8), dotted(l.Customer, l.To[0]), inner/2))
}
