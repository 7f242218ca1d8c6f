package billing

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ParseExport reads the rental platform's subscription export, a CSV file in UTF-8,
// with or without byte order mark, comma or semicolon between the cells, lines that
// end in LF or CRLF. Columns are told by the names in the first line, in any order;
// others are ignored. Amounts must be in the business unit's currency.
//
// Every problem of the file is found, each VALIDATION_ERROR with its line and
// column. An export with problems is not to be used. The error is the reader's.
func ParseExport(r io.Reader, currency Currency) (*Export, *RowProblems, error) {
	problems := &RowProblems{}
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := peekHead(in)
	if err != nil {
		return nil, nil, fmt.Errorf("read export: %w", err)
	}
	if message := notText(head); message != "" {
		problems.Add(RowProblem{Line: 1, Code: CodeValidation, Message: message})
		return &Export{}, problems, nil
	}
	p := exportParser{
		csv: csv.NewReader(in), currency: currency, export: &Export{}, problems: problems,
		lines: make(map[string]int), customers: make(map[string]*ExportCustomer), texts: make(map[string]string),
	}
	p.csv.Comma = separator(head)
	p.csv.FieldsPerRecord = -1
	p.csv.TrimLeadingSpace = true
	p.csv.ReuseRecord = true
	if err := p.file(); err != nil {
		return nil, nil, fmt.Errorf("read export: %w", err)
	}
	return p.export, problems, nil
}

// peekHead drops the byte order mark and answers what follows, up to the reader's
// size, without taking it.
func peekHead(in *bufio.Reader) ([]byte, error) {
	const mark = "\ufeff"
	head, err := in.Peek(len(mark))
	if err == nil && string(head) == mark {
		_, err = in.Discard(len(mark))
	}
	if err == nil {
		head, err = in.Peek(in.Size())
	}
	if err == io.EOF {
		err = nil
	}
	return head, err
}

// notText tells what to do about a file that is no text in UTF-8 at all, so that it
// gets one answer and not one for each of its cells. It answers "" for text.
func notText(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return "This is a spreadsheet or an archive, not a CSV file. Save the sheet as “CSV UTF-8” and take that file."
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.IndexByte(firstLine(head), 0) >= 0:
		return "The file is not text in UTF-8. Save it as “CSV UTF-8” and take that file."
	}
	return ""
}

// separator answers what stands between the cells: the header decides.
func separator(head []byte) rune {
	line := firstLine(head)
	if bytes.Count(line, []byte(";")) > bytes.Count(line, []byte(",")) {
		return ';'
	}
	return ','
}

func firstLine(head []byte) []byte {
	line, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	return line
}

// exportParser reads one file.
type exportParser struct {
	csv      *csv.Reader
	currency Currency
	export   *Export
	problems *RowProblems

	// header has the names of the file's columns as they are written there.
	header []string
	// at tells where a column is, -1 for one that the file lacks.
	at [columnCount]int
	// lines tells where a subscription was first named.
	lines     map[string]int
	customers map[string]*ExportCustomer
	// texts keeps one copy of what is repeated from row to row.
	texts map[string]string
}

// file reads the header and the rows. Without a usable header no row can be read.
func (p *exportParser) file() error {
	record, err := p.read()
	switch {
	case err != nil && err != io.EOF:
		return err
	case err == io.EOF && p.problems.Total == 0:
		p.refuse(1, "", "The file is empty. Export the subscriptions again and take that file.")
		return nil
	case err == io.EOF || !p.readHeader(record):
		return nil
	}
	read := false
	for {
		record, err := p.read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		read = true
		p.row(record)
	}
	if !read && p.problems.Total == 0 {
		p.refuse(1, "", "The file has column names but no rows below them. Export the subscriptions again and take that file.")
	}
	return nil
}

// read answers the next record that is well-formed and not blank, or io.EOF. On the
// way it notes the malformed ones. After one of those in the place of the header the
// rows would be read wrongly, so they aren't.
func (p *exportParser) read() ([]string, error) {
	for {
		record, err := p.csv.Read()
		var malformed *csv.ParseError
		switch {
		case errors.As(err, &malformed):
			p.malformed(malformed, len(record))
			if p.header == nil {
				return nil, io.EOF
			}
		case err != nil:
			return nil, err
		case !blank(record):
			return record, nil
		}
	}
}

// blank tells whether a row has nothing in it; spreadsheets put such rows at the end.
func blank(record []string) bool {
	for _, cell := range record {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// malformed notes a record whose quotation marks are wrong, in the cell with this index.
func (p *exportParser) malformed(e *csv.ParseError, cell int) {
	name := ""
	if cell < len(p.header) {
		name = p.header[cell]
	}
	if errors.Is(e.Err, csv.ErrBareQuote) {
		p.refuse(e.Line, name, `A quotation mark stands inside a cell. Put the whole cell in quotation marks and write the one inside twice: "15"" screen".`)
		return
	}
	p.refuse(e.StartLine, name, `A cell of this row begins with a quotation mark that is not closed at the cell's end. Close it there; write one inside the cell twice.`)
}

func (p *exportParser) refuse(line int, column, message string) {
	p.problems.Add(RowProblem{Line: line, Column: column, Code: CodeValidation, Message: message})
}

// readHeader finds the columns by their names, whose case and space don't matter, and
// tells whether all that are needed are there, once each.
func (p *exportParser) readHeader(record []string) bool {
	line, _ := p.csv.FieldPos(0)
	for c := range p.at {
		p.at[c] = -1
	}
	known := make(map[string]column, columnCount)
	for c, name := range columnNames {
		known[foldName(name)] = column(c)
	}
	p.header = make([]string, len(record))
	for i, cell := range record {
		c, isKnown := known[foldName(cell)]
		switch {
		case !isKnown:
			p.header[i] = shorten(cell)
			continue
		case p.at[c] >= 0:
			at, _ := p.csv.FieldPos(i)
			p.refuse(at, c.String(), "Two columns have this name. Rename or remove one of them.")
		}
		p.header[i], p.at[c] = c.String(), i
	}
	for c := range requiredColumns {
		if p.at[c] < 0 {
			p.refuse(line, c.String(), "This column is missing. Add it, with its name in the first line.")
		}
	}
	return p.problems.Total == 0
}

func foldName(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(s), ""))
}

// shorten keeps a cell of the file, of whatever length and bytes, fit for a message.
func shorten(s string) string {
	const limit = 40
	short := []rune(strings.ToValidUTF8(strings.TrimSpace(s[:min(len(s), 4*limit)]), "\ufffd"))
	if len(short) > limit {
		return string(short[:limit]) + "…"
	}
	return string(short)
}
