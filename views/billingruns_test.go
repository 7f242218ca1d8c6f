package views

import (
	"testing"
	"time"
)

func TestSpanText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "under 1\u00a0s", 400 * time.Millisecond: "under 1\u00a0s", 12 * time.Second: "12\u00a0s", 59*time.Second + 600*time.Millisecond: "1\u00a0min 0\u00a0s",
		185 * time.Second: "3\u00a0min 5\u00a0s", 62 * time.Minute: "1\u00a0h 2\u00a0min",
	} {
		if got := spanText(d); got != want {
			t.Errorf("%s is %q, want %q", d, got, want)
		}
	}
}
