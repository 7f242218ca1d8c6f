package billing

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	ibanShape = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$`)
	bicShape  = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
)

// ParseIBAN reads an international bank account number and answers it without spaces,
// in capitals: "DE89370400440532013000". Its check digits must be right, so that no
// slip of a finger gets onto invoices.
func ParseIBAN(s string) (string, error) {
	iban := compact(s)
	if !ibanShape.MatchString(iban) {
		return "", fmt.Errorf("%q is not an IBAN. It begins with two letters and two digits, for example DE89 3704 0044 0532 0130 00", strings.TrimSpace(s))
	}
	// ISO 13616: with the first four characters at the end and each letter as a number from
	// 10 on, the remainder of the division by 97 is 1.
	remainder := 0
	for _, c := range iban[4:] + iban[:4] {
		digit, factor := int(c-'0'), 10
		if c >= 'A' {
			digit, factor = int(c-'A')+10, 100
		}
		remainder = (remainder*factor + digit) % 97
	}
	if remainder != 1 {
		return "", fmt.Errorf("%q is not an IBAN: its check digits don't fit. Compare it with the bank's, character by character", strings.TrimSpace(s))
	}
	return iban, nil
}

// ParseBIC reads a bank's code and answers it without spaces, in capitals: "COBADEFFXXX".
func ParseBIC(s string) (string, error) {
	bic := compact(s)
	if !bicShape.MatchString(bic) {
		return "", fmt.Errorf("%q is not a BIC. It has 8 or 11 letters and digits, for example COBADEFFXXX", strings.TrimSpace(s))
	}
	return bic, nil
}

// compact takes the space out of a code, and puts it in capitals.
func compact(s string) string { return strings.ToUpper(strings.Join(strings.Fields(s), "")) }
