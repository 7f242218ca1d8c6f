package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"billfold/db"
)

// openAPI is the API's OpenAPI 3.1 document, written by hand: it is what
// callers rely on, so the code follows it and not the other way round.
//
//go:embed openapi.json
var openAPI []byte

var openAPITag = func() string {
	sum := sha256.Sum256(openAPI)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}()

// describe serves the description to anybody.
func (s *server) describe(c echo.Context, _ db.Access) error {
	header := c.Response().Header()
	header.Set("Cache-Control", "public, no-cache") // keep it, but ask each time
	header.Set("ETag", openAPITag)
	if matches(c.Request().Header.Values("If-None-Match")) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "application/json", openAPI)
}

// matches tells whether the caller has the description as it is.
func matches(ifNoneMatch []string) bool {
	for tag := range strings.SplitSeq(strings.Join(ifNoneMatch, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == openAPITag {
			return true
		}
	}
	return false
}
