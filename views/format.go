package views

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"billfold/billing"
)

// noBreak is U+00A0: it keeps a number and its unit on one line.
const noBreak = "\u00a0"

// minus is U+2212, as wide as a digit, so that amounts stay aligned.
const minus = "\u2212"

// symbols are the currencies whose sign means no other one. The many dollars and
// crowns are written with their code.
var symbols = map[billing.Currency]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}

// FormatMoney writes an amount for a person: "€1,240.00", "−€5.00", "¥377", and
// "CHF 1,240.00" for a currency without a sign of its own.
func FormatMoney(m billing.Money) string {
	sign, digits := "", m.String()
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = minus, rest
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	amount := groupThousands(whole)
	if fraction != "" {
		amount += "." + fraction
	}
	return sign + withSign(amount, m.Currency)
}

func withSign(amount string, currency billing.Currency) string {
	if symbol, known := symbols[currency]; known {
		return symbol + amount
	}
	return string(currency) + noBreak + amount
}

// FormatWholeMoney writes an amount that is not negative as a key figure, rounded:
// "€12,038,663".
func FormatWholeMoney(m billing.Money) string {
	return withSign(groupThousands(strconv.FormatInt(major(m), 10)), m.Currency)
}

// FormatShortMoney writes an amount that is not negative where there is little room,
// rounded: "€9,420", "€412k", "€12.4M".
func FormatShortMoney(m billing.Money) string {
	return withSign(FormatShort(major(m), 100_000), m.Currency)
}

// major rounds an amount to major units.
func major(m billing.Money) int64 {
	unit := int64(1)
	for range m.Currency.Exponent() {
		unit *= 10
	}
	return (m.Minor + unit/2) / unit
}

// FormatShort writes a number that is not negative, whole below a limit of at least a
// thousand and rounded above it: "9,420", "412k", "12.4M".
func FormatShort(n, limit int64) string {
	switch {
	case n < limit:
		return groupThousands(strconv.FormatInt(n, 10))
	case n < 999_500:
		return strconv.FormatInt((n+500)/1000, 10) + "k"
	case n < 99_950_000:
		tenths := (n + 50_000) / 100_000
		return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + "M"
	}
	return groupThousands(strconv.FormatInt((n+500_000)/1_000_000, 10)) + "M"
}

// FormatNumber writes a count with its thousands apart: "2,004".
func FormatNumber(n int) string {
	if n < 0 {
		return minus + groupThousands(strconv.Itoa(n)[1:])
	}
	return groupThousands(strconv.Itoa(n))
}

func groupThousands(digits string) string {
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// Plural writes a count and what is counted: "1 invoice", "2,004 invoices",
// "0 invoices".
func Plural(n int, one, many string) string {
	return FormatNumber(n) + " " + Word(n, one, many)
}

// Word answers the singular for 1 and the plural otherwise.
func Word(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Capital writes a text with a capital at its beginning, as a sentence.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// FormatDate writes a date: "1 Dec 2026", and no date as "–".
func FormatDate(d billing.Date) string { return d.Words() }

// FormatShortDate writes a date whose year is plain from what stands around it: "1 Dec".
func FormatShortDate(d billing.Date) string {
	if d.IsZero() {
		return "–"
	}
	return strconv.Itoa(d.Day) + " " + shortMonth(d.Month)
}

// FormatWeekday writes a date with its weekday: "Tue 1 Dec 2026".
func FormatWeekday(d billing.Date) string {
	if d.IsZero() {
		return "–"
	}
	return d.Weekday().String()[:3] + " " + FormatDate(d)
}

// FormatPeriod writes a calendar month: "Dec 2026", and no month as "–".
func FormatPeriod(p billing.Period) string { return p.Words() }

func shortMonth(m time.Month) string { return m.String()[:3] }

// InDays says how far a date lies from today: "today", "tomorrow", "in 9 days",
// "yesterday", "3 days ago".
func InDays(today, d billing.Date) string {
	switch n := today.DaysUntil(d); {
	case n == 0:
		return "today"
	case n == 1:
		return "tomorrow"
	case n == -1:
		return "yesterday"
	case n < 0:
		return FormatNumber(-n) + " days ago"
	default:
		return "in " + FormatNumber(n) + " days"
	}
}

// Ordinal writes a day of the month: "1st", "2nd", "3rd", "11th", "21st".
func Ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// List joins words as a sentence does: "3rd, 20th and 25th".
func List(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// OrdinalList writes days of the month: "3rd, 20th and 25th".
func OrdinalList(days []int) string {
	words := make([]string, len(days))
	for i, day := range days {
		words[i] = Ordinal(day)
	}
	return List(words)
}

// Terms writes payment terms, given in days: "due at once", "net 30".
func Terms(days int) string {
	if days == 0 {
		return "due at once"
	}
	return "net " + strconv.Itoa(days)
}

// upperFirst begins a text with a capital.
func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// numberShape is the number of an invoice or credit note.
var numberShape = regexp.MustCompile(`[A-Z0-9]+(-[A-Z0-9]+)*-[0-9]{4}-[0-9]{6,9}`)

// wholeNumbers writes a text whose numbers of invoices begin a line before they are broken.
func wholeNumbers(text string) templ.Component {
	if !strings.Contains(text, " ") {
		return templ.Raw(templ.EscapeString(text))
	}
	return templ.Raw(numberShape.ReplaceAllString(templ.EscapeString(text), `<span class="whole">$0</span>`))
}
