package web

import (
	"encoding/csv"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// downloadBatch is how many rows of a list are read from the store at a time.
const downloadBatch = 1000

// download answers rows as a CSV file, each as soon as it is there, so that a list of
// any length takes little memory. An error that comes with the first row is answered
// as any other. After that the answer has begun; it is broken off then, so that the
// browser reports half a file as failed.
func download(c echo.Context, name string, header []string, rows iter.Seq2[[]string, error]) error {
	w := csv.NewWriter(c.Response())
	begun := false
	begin := func() error {
		h := c.Response().Header()
		h.Set(echo.HeaderContentType, "text/csv; charset=utf-8")
		h.Set(echo.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", name))
		begun = true
		if _, err := c.Response().Write([]byte("\ufeff")); err != nil { // or spreadsheets take it for another encoding
			return err
		}
		return w.Write(header)
	}
	for row, err := range rows {
		if err == nil && !begun {
			err = begin()
		}
		if err == nil {
			err = w.Write(csvCells(row))
		}
		if err != nil {
			if c.Response().Committed {
				http.NewResponseController(c.Response()).SetWriteDeadline(time.Unix(1, 0)) // the end of the answer can't be written any more
			}
			return fmt.Errorf("web: download %s: %w", name, err)
		}
	}
	if !begun {
		if err := begin(); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// csvCells keeps a spreadsheet from taking cells for formulas, which whoever made the
// texts could have put there.
func csvCells(row []string) []string {
	cells := make([]string, len(row))
	for i, cell := range row {
		cells[i] = csvCell(cell)
	}
	return cells
}

var (
	// formula is where a spreadsheet would begin one: at the beginning of a cell, also
	// behind what can't be seen, and behind what it may take for the end of a cell. Where
	// lists are written with semicolons, spreadsheets cut there, whatever is in quotes.
	formula = regexp.MustCompile(`(^|[;\t\r\n])([\s\pZ\p{Cf}"]*[=+\-@＝＋－＠])`)
	// plainNumber is an amount, which stays a number though it begins with a minus.
	plainNumber = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
)

// csvCell puts an apostrophe before each formula: spreadsheets take what follows for
// text.
func csvCell(cell string) string {
	if plainNumber.MatchString(cell) {
		return cell
	}
	cell = formula.ReplaceAllString(cell, "$1'$2")
	if strings.HasPrefix(cell, "\t") || strings.HasPrefix(cell, "\r") {
		return "'" + cell
	}
	return cell
}
