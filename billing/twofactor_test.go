package billing

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAppCode(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456 ": "123456", "123-456": "123456", "12\u00a034\u20095\t6": "123456", "000000": "000000",
		"": "", "12345": "", "1234567": "", "12345a": "", "１２３４５６": "", "-123456.": "", "abcdef": "",
	} {
		code, is := AppCode(typed)
		if is != (want != "") || is && code != want {
			t.Errorf("AppCode(%q) is %q, %t, want %q", typed, code, is, want)
		}
	}
}

func TestAppCodeSteps(t *testing.T) {
	const step = 59_000_000
	for _, test := range []struct {
		seconds  int64 // after the step began
		lastUsed int64
		want     []int64
	}{
		{0, 0, []int64{step, step - 1, step + 1}},
		{29, 0, []int64{step, step - 1, step + 1}},
		{30, 0, []int64{step + 1, step, step + 2}},
		{-1, 0, []int64{step - 1, step - 2, step}},
		{0, step - 2, []int64{step, step - 1, step + 1}},
		{0, step - 1, []int64{step, step + 1}},
		{0, step, []int64{step + 1}},
		{0, step + 1, nil},
	} {
		got := AppCodeSteps(time.Unix(step*30+test.seconds, 0), test.lastUsed)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%d s after the step, last used %d: %s", test.seconds, test.lastUsed, diff)
		}
	}
}

func TestRecoveryCode(t *testing.T) {
	const code = "abcdlobm234567xy"
	if shown := RecoveryCodeWords(code); shown != "abcd-lobm-2345-67xy" || RecoveryCode(shown) != code {
		t.Errorf("shown as %s", shown)
	}
	for _, typed := range []string{"ABCD-LOBM-2345-67XY", " abcd lobm 2345 67xy", "abcd10bm234567xy", "abcdlo8m–2345–67xy"} {
		if got := RecoveryCode(typed); got != code {
			t.Errorf("RecoveryCode(%q) is %q", typed, got)
		}
	}
}
