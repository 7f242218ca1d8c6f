package views

// ending is what stands below the lines: the sums, how to pay and what else is to be
// said. The sums stay with the lines; what follows them goes overleaf where a page has no
// room for both.
type ending struct {
	notes [][]string
	howTo [][]string
	ask   []string
	// sums and rest are how high the sums are, and what follows them.
	sums, rest float64
}

const (
	sumHeight   = 5.6
	totalHeight = 8.2
	// What the panel on payment is made of.
	panelPadding = 5.0
	howToLabels  = 33.0
	howToHeight  = 4.9
)

// ending measures what stands below the lines.
func (l *letter) ending() ending {
	e := ending{sums: 3}
	for _, s := range l.Sums {
		e.sums += s.height()
	}
	if l.Ask != "" {
		e.ask = l.wrap(sumType.bold(), l.Ask, inner-2*panelPadding, 2)
		for _, f := range l.HowTo {
			e.howTo = append(e.howTo, l.wrap(textType, f.Value, inner-2*panelPadding-howToLabels, 2))
		}
		e.rest += 7 + e.panel()
	}
	for _, note := range l.Notes {
		lines := l.wrap(textType, note, inner, 6)
		e.notes = append(e.notes, lines)
		e.rest += 3 + 4.4*float64(len(lines))
	}
	return e
}

func (s paperSum) height() float64 {
	if s.Strong {
		return totalHeight
	}
	return sumHeight
}

// panel answers how high the panel on payment is.
func (e ending) panel() float64 {
	height := 2*panelPadding + 5*float64(len(e.ask)) - 1.8
	if len(e.howTo) > 0 {
		height += 2
	}
	for _, lines := range e.howTo {
		height += howToHeight * float64(len(lines))
	}
	return height
}

func (e ending) print(l *letter, y float64, c columns) {
	y = l.sums(y+3, c.service)
	if e.rest > 0 && y+e.rest > lastLine {
		l.goOn()
		y = laterTop - 11
	}
	if len(e.ask) > 0 {
		y = e.printAsk(l, y+7)
	}
	for _, lines := range e.notes {
		y = l.lines(leftEdge, y+3+3.4, 4.4, textType, lines) - 3.4
	}
}

// sums prints the sums, the strong ones under a rule, from an edge on that labels move to
// the left where they need more room.
func (l *letter) sums(y, edge float64) float64 {
	for _, s := range l.Sums {
		edge = min(edge, rightEdge-l.width(s.face(), l.money(s.Minor))-gap-l.width(s.face(), s.Label))
	}
	for i, s := range l.Sums {
		label, base := s.face().in(grey), y+3.9
		if s.Strong {
			label, base = s.face(), y+5.9
		}
		if s.Strong && i > 0 {
			l.line(edge, y+.6, rightEdge-edge, .35, black)
		}
		l.text(edge, base, label, s.Label)
		l.end(rightEdge, base, s.face(), l.money(s.Minor))
		y += s.height()
	}
	return y
}

func (s paperSum) face() typeface {
	if s.Strong {
		return totalType
	}
	return sumType
}

// printAsk prints what is to be paid, and how, on a panel of its own.
func (e ending) printAsk(l *letter, y float64) float64 {
	l.area(leftEdge, y, inner, e.panel(), wash)
	x, base := leftEdge+panelPadding, y+panelPadding+3.2
	base = l.lines(x, base, 5, sumType.bold(), e.ask)
	if len(e.howTo) > 0 {
		base += 1.6
	}
	for i, f := range l.HowTo {
		l.text(x, base, textType.in(grey), f.Label)
		base = l.lines(x+howToLabels, base, howToHeight, textType, e.howTo[i])
	}
	return y + e.panel()
}
