package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"billfold/db"
)

// openAPI is the API's OpenAPI 3.1 document, written by hand: it is what
// callers rely on, so the code follows it and not the other way round. It is kept in
// several files: the calls about groups, what all calls are described with, and the
// parts of each other subject, whose name stands in their places.
var openAPI = func() []byte {
	doc := bytes.Replace(openAPICalls, []byte(`"components": {}`), append([]byte(`"components": `), openAPIComponents...), 1)
	for subject, file := range map[string][]byte{"customers": openAPICustomers, "subscriptions": openAPISubscriptions, "payments": openAPIPayments} {
		var part struct{ Paths, Responses, Schemas json.RawMessage }
		if err := json.Unmarshal(file, &part); err != nil {
			panic(fmt.Errorf("api: description of %s: %w", subject, err)) // it is built in, and a test reads it
		}
		for _, members := range []json.RawMessage{part.Paths, part.Responses, part.Schemas} { // as their places come
			members = bytes.TrimSpace(members)
			place := fmt.Appendf(nil, "%q: {}", subject)
			doc = bytes.Replace(doc, place, bytes.TrimSpace(members[1:len(members)-1]), 1)
		}
	}
	return doc
}()

var (
	//go:embed openapi.json
	openAPICalls []byte
	//go:embed openapi_components.json
	openAPIComponents []byte
	//go:embed openapi_customers.json
	openAPICustomers []byte
	//go:embed openapi_subscriptions.json
	openAPISubscriptions []byte
	//go:embed openapi_payments.json
	openAPIPayments []byte
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
