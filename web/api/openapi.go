package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/db"
)

// openAPI is the API's OpenAPI 3.1 document, written by hand: it is what
// callers rely on, so the code follows it and not the other way round. It is kept in
// two files, the calls and what they are described with.
var openAPI = bytes.Replace(openAPICalls, []byte(`"components": {}`), append([]byte(`"components": `), openAPIComponents...), 1)

var (
	//go:embed openapi.json
	openAPICalls []byte
	//go:embed openapi_components.json
	openAPIComponents []byte
)

var openAPITag = func() string {
	sum := sha256.Sum256(openAPI)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}()

// describe serves the description to anybody.
func (s *server) describe(c echo.Context, _ db.Access) error {
	header := c.Response().Header()
	header.Set("Cache-Control", "public, no-cache") // keep it, but ask each time
	header.Set("ETag", openAPITag)
	if has(c.Request(), openAPITag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "application/json", openAPI)
}
