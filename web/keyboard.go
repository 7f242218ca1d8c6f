package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/billing"
	"billfold/views"
)

// showKeyboard shows the keyboard shortcuts, and whether they are on.
func (s *server) showKeyboard(c echo.Context) error {
	form := views.KeyboardForm{Choice: "off"}
	if s.session(c).Shortcuts {
		form.Choice = "on"
	}
	return render(c, http.StatusOK, views.KeyboardPage(s.page(c, "Keyboard shortcuts"), form))
}

// saveKeyboard switches the keyboard shortcuts on or off for the user.
func (s *server) saveKeyboard(c echo.Context) error {
	form := views.KeyboardForm{Choice: c.Request().PostForm.Get("shortcuts")}
	if form.Choice != "on" && form.Choice != "off" {
		form.Problems = views.Problems{{Path: "shortcuts", Code: billing.CodeValidation, Message: "Choose on or off."}}
		return render(c, http.StatusUnprocessableEntity, views.KeyboardPage(s.page(c, "Keyboard shortcuts"), form))
	}
	if err := s.store.SetShortcuts(c.Request().Context(), s.session(c).User.ID, form.Choice == "on"); err != nil {
		return err
	}
	return s.done(c, views.Flash{Tone: views.Good, Text: "Keyboard shortcuts are " + form.Choice + "."}, views.KeyboardURL())
}
