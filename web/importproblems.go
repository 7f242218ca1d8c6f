package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

// problemsPerPage is how many of a file's problems are shown at a time.
const problemsPerPage = 100

// downloadProblems answers all problems of an upload as a CSV file.
func (s *server) downloadProblems(c echo.Context) error {
	_, result, err := s.store.CheckUpload(c.Request().Context(), s.session(c).Tenant, c.Param("id"))
	if err != nil {
		return err
	}
	var body strings.Builder
	body.WriteString("\ufeff") // without it spreadsheets take the file for another encoding
	w := csv.NewWriter(&body)
	w.Write([]string{"line", "column", "reason"})
	problems := reasons(result)
	for _, p := range problems.Listed {
		w.Write(csvCells([]string{strconv.Itoa(p.Line), p.Column, p.Message}))
	}
	if more := problems.Total - len(problems.Listed); more > 0 {
		w.Write([]string{"", "", fmt.Sprintf("and %d more", more)})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("web: problems: %w", err)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="problems.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", []byte(body.String()))
}

// reasons are why a file can't be taken in or, where it can, why rows are refused.
func reasons(r db.ImportResult) billing.RowProblems {
	if r.Problems.Total > 0 {
		return r.Problems
	}
	return r.Refusals
}

// problemsPage answers a page of a list of problems, by its number from 1 as it
// stands in the URL; "" is the first. NOT_FOUND where there is no such page.
func problemsPage(all billing.RowProblems, path, number string) (views.ImportProblems, error) {
	cut := pageOf(len(all.Listed), problemsPerPage, number)
	if !cut.asked {
		return views.ImportProblems{}, errNoPage
	}
	page := views.ImportProblems{Rows: all.Listed[cut.from:cut.to], First: cut.from + 1, Listed: cut.rows, Total: all.Total}
	page.Prev, page.Next = cut.neighbours(func(n int) string { return path + "?" + url.Values{"page": {strconv.Itoa(n)}}.Encode() })
	return page, nil
}
