package billing

import (
	"strings"
	"time"
	"unicode"
)

// The codes that an authenticator app shows: six digits, another one every 30 seconds.
const (
	AppCodeDigits = 6
	appCodePeriod = 30
)

// AppCode reads a code of an authenticator app as people type it, with spaces or hyphens
// in it. It tells whether it can be one at all.
func AppCode(typed string) (code string, is bool) {
	code = squeezed(typed)
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	return code, len(code) == AppCodeDigits && !strings.ContainsFunc(code, notDigit)
}

// AppCodeSteps answers which steps' codes are good at a moment, the present one first:
// those of the step before and the one after too, as no phone's clock is exact, but none
// that lies before the one that was used last or is that one. Each code is good once.
func AppCodeSteps(now time.Time, lastUsed int64) (steps []int64) {
	at := now.Unix() / appCodePeriod
	for _, step := range []int64{at, at - 1, at + 1} {
		if step > lastUsed {
			steps = append(steps, step)
		}
	}
	return steps
}

// RecoveryCode reads a recovery code as people type it: in capitals, with spaces, and with
// the digits that look like a letter. Recovery codes have the letters a to z and the
// digits 2 to 7.
func RecoveryCode(typed string) string {
	return strings.NewReplacer("0", "o", "1", "l", "8", "b").Replace(strings.ToLower(squeezed(typed)))
}

// RecoveryCodeWords writes a recovery code as it is shown: "abcd-efgh-ijkl-mnop".
func RecoveryCodeWords(code string) string {
	var parts []string
	for len(code) > 4 {
		parts, code = append(parts, code[:4]), code[4:]
	}
	return strings.Join(append(parts, code), "-")
}

// squeezed drops what only makes a code easier to read.
func squeezed(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, typed)
}
