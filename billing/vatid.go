package billing

import (
	"fmt"
	"regexp"
	"strings"
)

// vatIDShape is two letters of the country and what follows, or a number from a country
// whose ids have no letters in front.
var vatIDShape = regexp.MustCompile(`^([A-Z]{2}[A-Z0-9+*]{2,15}|[0-9][0-9A-Z]{4,15})$`)

// ParseVATID reads a VAT id and answers it without spaces, dots and hyphens, in capitals:
// "DE123456789", "CHE123456789MWST". Whether the country gives such ids is not looked at.
func ParseVATID(s string) (string, error) {
	id := strings.NewReplacer(".", "", "-", "").Replace(compact(s))
	if !vatIDShape.MatchString(id) || !strings.ContainsAny(id, "0123456789") {
		return "", fmt.Errorf("%q is not a VAT id. It has two letters of the country, and letters and digits, for example DE123456789", strings.TrimSpace(s))
	}
	return id, nil
}
