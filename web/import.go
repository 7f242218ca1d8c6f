package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/db"
	"billfold/views"
)

const (
	// importsShown is how many past imports the page lists.
	importsShown = 20
	// maxFileName is how much of an uploaded file's name is kept, in characters.
	maxFileName = 120
)

// showImport shows the form for the subscription export, and the past imports.
func (s *server) showImport(c echo.Context) error {
	return s.importForm(c, http.StatusOK, nil)
}

func (s *server) importForm(c echo.Context, status int, problems views.Problems) error {
	tenant := s.session(c).Tenant
	past, err := s.store.Imports(c.Request().Context(), tenant, importsShown)
	if err != nil {
		return err
	}
	form := views.ImportForm{Problems: problems, MaxBytes: maxImport, Today: s.store.Today(tenant), CutOver: tenant.CutOver}
	for _, in := range past {
		form.Past = append(form.Past, pastImport(in, tenant))
	}
	return render(c, status, views.ImportPage(s.page(c, "Import"), form))
}

// checkImport keeps an uploaded file and leads to the page that shows what taking it
// in would do.
func (s *server) checkImport(c echo.Context) error {
	name, content, err := uploaded(c, "file")
	if refusal, ok := errors.AsType[*billing.Error](err); ok {
		return s.importForm(c, http.StatusUnprocessableEntity, refusal.Problems)
	}
	if err != nil {
		return err
	}
	id, err := s.store.CreateUpload(c.Request().Context(), s.session(c).Scope(), name, content)
	if err != nil {
		return err
	}
	return redirect(c, views.UploadURL(id))
}

// uploaded answers the file of a form's field. VALIDATION_ERROR where there is none, or
// it is too large.
func uploaded(c echo.Context, field string) (name string, content []byte, err error) {
	refuse := func(message string) error {
		return billing.Refuse([]billing.Problem{{Path: field, Code: billing.CodeValidation, Message: message}})
	}
	header, err := c.FormFile(field)
	switch _, tooLarge := errors.AsType[*http.MaxBytesError](err); {
	case tooLarge:
		return "", nil, refuse(fmt.Sprintf("The file is larger than %d MB. Split it and take in the parts one after the other.", maxImport>>20))
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return "", nil, refuse("Choose the export’s CSV file.")
	case err != nil:
		return "", nil, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, fmt.Errorf("web: upload: %w", err)
	}
	defer file.Close()
	content, err = io.ReadAll(file)
	if err != nil {
		return "", nil, fmt.Errorf("web: upload: %w", err)
	}
	return fileName(header.Filename), content, nil
}

// fileName keeps of an uploaded file's name what can be shown.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if s = strings.TrimSpace(s); s == "" {
		return "export.csv"
	}
	name := []rune(s)
	return string(name[:min(len(name), maxFileName)])
}

// showUpload shows what taking in an upload would do, as things are now; once it has
// been taken in, what it did.
func (s *server) showUpload(c echo.Context) error {
	ctx, tenant, id := c.Request().Context(), s.session(c).Tenant, c.Param("id")
	upload, result, err := s.store.CheckUpload(ctx, tenant, id)
	if billing.CodeOf(err) == billing.CodeNotFound {
		in, err := s.store.ImportTakenIn(ctx, tenant, id)
		if err != nil {
			return err
		}
		return render(c, http.StatusOK, views.TakenInPage(s.page(c, "Import of "+in.File), pastImport(in, tenant)))
	}
	if err != nil {
		return err
	}
	problems, err := problemsPage(reasons(result), views.UploadURL(id), c.QueryParam("page"))
	if err != nil {
		return err
	}
	return render(c, http.StatusOK, views.UploadPage(s.page(c, "Check "+upload.Name), views.UploadView{
		ID: id, File: upload.Name, On: billing.DateOf(upload.At, tenant.Zone),
		Unreadable: result.Problems.Total, ImportCounts: importCounts(result), Problems: problems,
	}))
}

// takeIn takes in an upload. A second click finds it done and leads to the same page.
func (s *server) takeIn(c echo.Context) error {
	ctx, scope, id := c.Request().Context(), s.session(c).Scope(), c.Param("id")
	result, err := s.store.TakeInUpload(ctx, scope, id)
	switch {
	case billing.CodeOf(err) == billing.CodeNotFound:
		if _, err := s.store.ImportTakenIn(ctx, scope.Tenant, id); err != nil {
			return err
		}
	case err != nil:
		return err
	case result.Problems.Total > 0: // the page says which
	case !result.ChangesAnything():
		if err := s.note(c, views.Info, "Nothing was left to take in: everything in the file was here already."); err != nil {
			return err
		}
		return redirect(c, views.ImportURL())
	default:
		if err := s.note(c, views.Good, takenInText(result)); err != nil {
			return err
		}
	}
	return redirect(c, views.UploadURL(id))
}

func takenInText(r db.ImportResult) string {
	text := fmt.Sprintf("Taken in: %s, %s changed.", views.Plural(r.New, "new subscription", "new subscriptions"), views.FormatNumber(r.Changed))
	if r.Refused > 0 {
		text += fmt.Sprintf(" %s refused.", views.Plural(r.Refused, "row was", "rows were"))
	}
	if n := r.Credited.Lines; n > 0 {
		text += fmt.Sprintf(" %s credited: %s.", views.Plural(n, "invoice line was", "invoice lines were"), views.FormatMoney(r.Credited.Total))
	}
	return text
}

func pastImport(in db.TakenIn, t db.Tenant) views.PastImport {
	return views.PastImport{ID: in.ID, File: in.File, By: in.Actor.Name, On: billing.DateOf(in.At, t.Zone), ImportCounts: importCounts(in.ImportResult)}
}

func importCounts(r db.ImportResult) views.ImportCounts {
	return views.ImportCounts{
		New: r.New, Changed: r.Changed, Unchanged: r.Unchanged, Refused: r.Refused,
		CustomersNew: r.CustomersNew, CustomersChanged: r.CustomersChanged,
		DueInstalments: r.DueInstalments, DueAmount: r.DueAmount, CreditedLines: r.Credited.Lines, CreditedAmount: r.Credited.Total,
	}
}
