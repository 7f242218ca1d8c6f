package views

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"billfold/billing"
	"billfold/static"
)

// press prints one document: text in one typeface, lines and areas on A4 pages. Lengths
// are in millimetres from the page's upper left corner, sizes of type in points.
type press struct {
	pdf  *fpdf.Fpdf
	font typeface
}

// typeface is how a text looks.
type typeface struct {
	size  float64
	style string
	ink   ink
}

// ink is a colour.
type ink [3]int

var (
	black = ink{21, 32, 27}
	grey  = ink{86, 99, 93}
	rule  = ink{201, 208, 204}
	wash  = ink{243, 245, 244}
)

// These answer the typeface in another ink, in bold, and of another size.
func (f typeface) in(i ink) typeface        { f.ink = i; return f }
func (f typeface) bold() typeface           { f.style = "B"; return f }
func (f typeface) of(size float64) typeface { f.size = size; return f }

// newPress begins a document. Two with the same content are the same to the byte.
func newPress(title, author string, issued billing.Date) *press {
	pdf := fpdf.New("P", "mm", "A4", "")
	at := time.Date(issued.Year, issued.Month, issued.Day, 0, 0, 0, 0, time.UTC)
	pdf.SetCreationDate(at)
	pdf.SetModificationDate(at)
	pdf.SetCatalogSort(true)
	pdf.SetTitle(printable(title), true)
	pdf.SetAuthor(printable(author), true)
	pdf.SetCreator("Billfold", false)
	pdf.SetProducer("Billfold", false)
	pdf.SetLang("en-GB")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	// The library writes into what it is given, so each document has its own fonts.
	regular, bold := static.Fonts()
	pdf.AddUTF8FontFromBytes("text", "", regular)
	pdf.AddUTF8FontFromBytes("text", "B", bold)
	return &press{pdf: pdf}
}

// bytes answers the finished file.
func (p *press) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := p.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("views: pdf: %w", err)
	}
	return b.Bytes(), nil
}

// page begins a new page.
func (p *press) page() {
	p.pdf.AddPage()
	p.font = typeface{}
}

// backTo goes on writing on a page that was left.
func (p *press) backTo(page int) {
	p.pdf.SetPage(page)
	p.font = typeface{}
}

func (p *press) use(f typeface) {
	if f.size != p.font.size || f.style != p.font.style {
		p.pdf.SetFont("text", f.style, f.size)
	}
	p.pdf.SetTextColor(f.ink[0], f.ink[1], f.ink[2])
	p.font = f
}

// text writes a line, with y as its baseline.
func (p *press) text(x, y float64, f typeface, text string) {
	p.use(f)
	p.pdf.Text(x, y, printable(text))
}

// end writes a line that ends at x.
func (p *press) end(x, y float64, f typeface, text string) {
	p.text(x-p.width(f, text), y, f, text)
}

// lines writes lines below each other and answers the baseline that comes next.
func (p *press) lines(x, y, height float64, f typeface, lines []string) float64 {
	for _, line := range lines {
		p.text(x, y, f, line)
		y += height
	}
	return y
}

func (p *press) width(f typeface, text string) float64 {
	p.use(f)
	return p.pdf.GetStringWidth(printable(text))
}

// line draws a horizontal rule.
func (p *press) line(x, y, width, thickness float64, i ink) {
	p.pdf.SetDrawColor(i[0], i[1], i[2])
	p.pdf.SetLineWidth(thickness)
	p.pdf.Line(x, y, x+width, y)
}

// area fills a rectangle.
func (p *press) area(x, y, width, height float64, i ink) {
	p.pdf.SetFillColor(i[0], i[1], i[2])
	p.pdf.Rect(x, y, width, height, "F")
}

// wrap breaks a text into lines of a width at its spaces, and inside a word that is longer
// than a line. A dot that parts two facts goes where they part. More than limit lines end with an ellipsis; 0 is no limit.
func (p *press) wrap(f typeface, text string, width float64, limit int) []string {
	text = strings.ToValidUTF8(text, "\ufffd")
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line := ""
		for word := range strings.FieldsFuncSeq(paragraph, mayBreak) {
			if line != "" && p.width(f, line+" "+word) <= width {
				line += " " + word
				continue
			}
			if line != "" {
				lines = append(lines, strings.TrimSuffix(line, " ·"))
			}
			for line = word; p.width(f, line) > width; {
				head := p.fitting(f, line, width)
				lines, line = append(lines, head), line[len(head):]
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	if limit > 0 && len(lines) > limit {
		lines = append(lines[:limit-1:limit-1], p.cut(f, strings.Join(lines[limit-1:], " "), width))
	}
	return lines
}

// wrapParts breaks dotted parts into lines of a width: between them, and inside one only
// where it is wider than a line.
func (p *press) wrapParts(f typeface, text string, width float64, limit int) []string {
	list := parts(text)
	for i, part := range list {
		if p.width(f, part) <= width {
			list[i] = strings.ReplaceAll(part, " ", noBreak)
		}
	}
	lines := p.wrap(f, strings.Join(list, " "), width, limit)
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(strings.ReplaceAll(line, noBreak, " "), " ·")
	}
	return lines
}

// cut answers a text in a width, with an ellipsis where it is longer.
func (p *press) cut(f typeface, text string, width float64) string {
	if p.width(f, text) <= width {
		return text
	}
	return strings.TrimRight(p.fitting(f, text, width-p.width(f, "…")), " ") + "…"
}

// mayBreak tells whether a line may end at a letter.
func mayBreak(r rune) bool { return unicode.IsSpace(r) && string(r) != noBreak }

// fitting answers as much of a text's beginning as fits into a width, one letter at least.
func (p *press) fitting(f typeface, text string, width float64) string {
	end := 0
	for i, r := range text {
		if next := i + utf8.RuneLen(r); i == 0 || p.width(f, text[:next]) <= width {
			end = next
		} else {
			break
		}
	}
	return text[:end]
}

// printable makes a text ready for a PDF file: accents on their letters, no marks that
// only tell a program something, one line. What the typeface lacks is printed as an empty
// box, and read aloud and copied as the letter it is; that ends at U+FFFF, beyond which
// the file's way of writing text does not reach.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u2212':
			return '–' // as wide; the typeface has no minus of its own
		case r > 0xffff:
			return unicode.ReplacementChar
		case unicode.IsControl(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Variation_Selector):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(text, "\ufffd")))
}
