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
	if err := giveTime(c); err != nil {
		return err
	}
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
		w.Write([]string{strconv.Itoa(p.Line), csvCell(p.Column), csvCell(p.Message)})
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
	page := views.ImportProblems{First: 1, Listed: len(all.Listed), Total: all.Total}
	pages := max(1, (page.Listed+problemsPerPage-1)/problemsPerPage)
	n := 1
	if number != "" {
		var err error
		if n, err = strconv.Atoi(number); err != nil || n < 1 || n > pages {
			return page, billing.NotFound("page of the list")
		}
	}
	from := (n - 1) * problemsPerPage
	page.First, page.Rows = from+1, all.Listed[from:min(from+problemsPerPage, page.Listed)]
	at := func(n int) string { return path + "?" + url.Values{"page": {strconv.Itoa(n)}}.Encode() }
	if n > 1 {
		page.Prev = at(n - 1)
	}
	if n < pages {
		page.Next = at(n + 1)
	}
	return page, nil
}
