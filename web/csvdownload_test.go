package web

import "testing"

// Nothing in a list is a formula for a spreadsheet, and amounts are numbers.
func TestCSVCell(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "a=b": "a=b", "2026-11-22": "2026-11-22", "a@example.com": "a@example.com", "bg_-1": "bg_-1",
		"=1+1": "'=1+1", "+1": "'+1", "+49 30 1234": "'+49 30 1234", "-x": "'-x", "-1+1": "'-1+1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",

		// Amounts, also credited ones.
		"-1": "-1", "-5.00": "-5.00", "0.00": "0.00", "1240.5": "1240.5", "-": "'-", "-.5": "'-.5", "-1e9": "'-1e9", "-5.00\n": "'-5.00\n",

		// The signs that Japanese keyboards type, and what hides in front.
		"＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x",
		" =1": "' =1", "\u00a0=1": "'\u00a0=1", "\ufeff=1": "'\ufeff=1", "\u200b=1": "'\u200b=1", `"=1`: `'"=1`, "\t=1": "'\t=1", "\n=1": "'\n=1",

		// Where a spreadsheet cuts at semicolons, or takes a line break for the end of a row.
		"a;=1": "a;'=1", "a; =1": "a;' =1", `a;"=1`: `a;'"=1`, "a\t@x": "a\t'@x", "a\r\n-x": "a\r'\n-x", "a;b": "a;b", "-5;-5": "'-5;'-5",
	} {
		if got := csvCell(cell); got != want {
			t.Errorf("csvCell(%q) = %q, want %q", cell, got, want)
		}
	}
}
