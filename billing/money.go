package billing

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxAmount is the largest monthly amount a subscription may have, in minor
// units. 10,000 members of it still add up well inside an int64.
const MaxAmount = 1_000_000_000_000

// Currency is an ISO 4217 code, such as "EUR".
type Currency string

// The codes of ISO 4217 in use, by the number of decimals they are written with
// where that is not two.
const (
	currencies2 = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD " +
		"CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD " +
		"HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK " +
		"MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB " +
		"SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD " +
		"UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
	currencies0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
	currencies3 = "BHD IQD JOD KWD LYD OMN TND"
)

var exponents = func() map[Currency]int {
	m := make(map[Currency]int)
	for exponent, codes := range map[int]string{0: currencies0, 2: currencies2, 3: currencies3} {
		for _, code := range strings.Fields(codes) {
			m[Currency(code)] = exponent
		}
	}
	return m
}()

// ParseCurrency reads an ISO 4217 code; lower case is accepted.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(strings.ToUpper(strings.TrimSpace(s)))
	if _, known := exponents[c]; !known {
		return "", fmt.Errorf("%q is not a currency. Use its three-letter code, for example EUR", s)
	}
	return c, nil
}

// Exponent answers how many decimals an amount is written with: EUR 2, JPY 0, KWD 3.
func (c Currency) Exponent() int {
	if e, known := exponents[c]; known {
		return e
	}
	return 2
}

// Money is an amount in minor units (cents, for EUR) of a currency. Never a float.
type Money struct {
	Minor    int64
	Currency Currency
}

// ParseMoney reads an amount in major units: "129", "129.5", "129,50", "-3.00".
// More decimals than the currency has are refused unless they are zeros. Three digits
// after the separator are refused where the currency has fewer, zeros or not: "1.000"
// may mean a thousand.
func ParseMoney(s string, c Currency) (Money, error) {
	exponent := c.Exponent()
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, dotted := strings.Cut(strings.Replace(digits, ",", ".", 1), ".")
	if !isDigits(whole) || dotted && !isDigits(fraction) {
		return Money{}, fmt.Errorf("%q is not an amount. Write it like %s", s, exampleAmount(c))
	}
	if len(fraction) == 3 && exponent != 3 {
		return Money{}, fmt.Errorf("%q could be thousands or decimals. Write it like %s, without thousands separators", s, exampleAmount(c))
	}
	if len(fraction) > exponent {
		if strings.Trim(fraction[exponent:], "0") != "" {
			return Money{}, fmt.Errorf("%q has too many decimals: %s has %d. Write it like %s", s, c, exponent, exampleAmount(c))
		}
		fraction = fraction[:exponent]
	}
	fraction += strings.Repeat("0", exponent-len(fraction))
	minor, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil || minor == math.MaxInt64 {
		return Money{}, fmt.Errorf("%q is too large an amount", s)
	}
	if negative {
		minor = -minor
	}
	return Money{minor, c}, nil
}

func exampleAmount(c Currency) string { return Money{12950 * pow10(c.Exponent()) / 100, c}.String() }

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// String writes the amount in major units with all its decimals: "377.00", "377"
// for JPY. Without the currency; see the views for how a person reads it.
func (m Money) String() string {
	exponent := m.Currency.Exponent()
	sign, digits := "", strconv.FormatInt(m.Minor, 10)
	if m.Minor < 0 {
		sign, digits = "-", digits[1:]
	}
	if exponent == 0 {
		return sign + digits
	}
	if short := exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	cut := len(digits) - exponent
	return sign + digits[:cut] + "." + digits[cut:]
}

// MarshalJSON writes the amount as the shortest exact JSON number in major units:
// 377, 129.5, 33.33. It is formatted from the integer and never passes a float.
func (m Money) MarshalJSON() ([]byte, error) {
	s := m.String()
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return []byte(s), nil
}

// Add answers the sum. Both amounts must be of one currency: a tenant has only one.
func (m Money) Add(o Money) Money { return Money{m.Minor + o.Minor, m.Currency} }

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
