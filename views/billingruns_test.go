package views

import (
	"testing"
	"time"

	"billfold/billing"
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

func TestAsideText(t *testing.T) {
	eur := func(minor int64) billing.Money { return billing.Money{Minor: minor, Currency: "EUR"} }
	for _, test := range []struct {
		sums DueSums
		want string
	}{
		{DueSums{Invoices: 1}, ""},
		{DueSums{Invoices: 4, Total: eur(118_98), SetAside: 1, AsideTotal: eur(23_68), AsideNames: []string{"Beta AG, address missing"}},
			"The next run: 4 invoices over €118.98 are issued; 1 over €23.68 is set aside: Beta AG, address missing."},
		{DueSums{SetAside: 9, AsideTotal: eur(9_00), AsideNames: []string{"A, total too large", "B, address missing"}, AsideOthers: true},
			"The next run: nothing can be issued; 9 over €9.00 are set aside: A, total too large; B, address missing; and others."},
	} {
		if got := test.sums.runText(); got != test.want {
			t.Errorf("it is told as %q, want %q", got, test.want)
		}
	}
}
