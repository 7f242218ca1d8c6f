package billing

import (
	"strings"
	"testing"
)

func TestCleanLine(t *testing.T) {
	for in, want := range map[string]string{"  IT department ": "IT department", "Süd – 100 %": "Süd – 100 %", "👩‍💻": "👩‍💻", strings.Repeat("ü", 120): strings.Repeat("ü", 120)} {
		if got, err := cleanLine(in, 120); err != nil || got != want {
			t.Errorf("%q is kept as %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "\u200b", "\u2060\ufeff", "a\nb", "a\u2028b", "a\u202eb", "a\x00b", "a\xffb", strings.Repeat("ü", 121)} {
		if got, err := cleanLine(in, 120); err == nil {
			t.Errorf("%q is kept as %q", in, got)
		}
	}
}
