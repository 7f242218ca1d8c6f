package billing

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanLine drops the surrounding space of a required one-line text.
func cleanLine(s string, limit int) (string, error) {
	s = strings.TrimSpace(s)
	if strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }) == "" {
		return "", errors.New("it can't be blank")
	}
	return s, checkLine(s, limit)
}

// checkLine tells whether a one-line text can be kept and printed.
func checkLine(s string, limit int) error {
	if strings.ContainsFunc(s, breaksLine) {
		return errors.New("line breaks and control characters are not allowed")
	}
	return checkText(s, limit)
}

// breaksLine tells whether a character has no place in a line: it would end the line,
// turn its direction, or do what nobody can see.
func breaksLine(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// checkText tells whether a text of several lines can be kept and printed.
func checkText(s string, limit int) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return errors.New("it has characters that are not valid text")
	}
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Errorf("it has %d characters, at most %d are allowed", n, limit)
	}
	return nil
}
