package web

import (
	_ "embed"
	"fmt"

	"github.com/chromedp/chromedp"
)

// axe checks a page for what shuts people out, as far as a program can tell.
//
//go:embed testdata/axe.min.js
var axe string

// axeFaults is a script that answers what axe finds. It runs from outside the page,
// which would not let it in.
const axeFaults = `axe.run(document, {runOnly: %s, resultTypes: ["violations", "passes"], preload: false}).then(found => {
	const faults = found.violations.flatMap(v => v.nodes.map(n => v.id + " at " + n.target.join(" ") + ": " + n.failureSummary));
	const colours = found.passes.filter(r => r.id === "color-contrast").flatMap(r => r.nodes).length;
	return colours < 5 ? [...faults, "axe knows the colours of " + colours + " texts only"] : faults;
})`

// axeSetup lets axe look at colours although there are pseudo-elements, which would
// make it unsure of everything on them. Ours have the ground of a card at most.
const axeSetup = `axe.configure({checks: [{id: "color-contrast", options: {
	ignorePseudo: true, ignoreUnicode: true, ignoreLength: false, boldValue: 700, boldTextPt: 14, largeTextPt: 18,
	contrastRatio: {normal: {expected: 4.5}, large: {expected: 3}}, pseudoSizeThreshold: .25, shadowOutlineEmMax: .2, textStrokeEmMin: .03,
}}]})`

// What axe checks: WCAG 2.2, levels A and AA; and, where only the colours are others,
// the rules about colours.
const (
	axeAll     = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}`
	axeColours = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

// tooWide is a script that answers what is wider than its place: the page itself and,
// where tables are lists of cards, any part that has to be scrolled sideways but can't
// have the focus for it.
const tooWide = `[document.documentElement, ...document.querySelectorAll(innerWidth < 600 ? "body *" : "nothing")]
	.filter(e => e.scrollWidth > e.clientWidth + 1 && !e.matches("textarea, input, [tabindex='0']"))
	.filter(e => e === document.documentElement || ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
	.map(e => "wider than its place by " + (e.scrollWidth - e.clientWidth) + ": " + e.outerHTML.slice(0, 120))`

func (b *tab) checkLooks() {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](axe), chromedp.Evaluate[chromedp.Void](axeSetup))
	for _, width := range []int64{1280, 320} {
		b.do(chromedp.EmulateViewport(width, 800))
		for _, fault := range evaluate[[]string](b, tooWide) {
			b.t.Errorf("at %d pixels: %s", width, fault)
		}
		for scheme, rules := range map[string]string{"light": axeAll, "dark": axeColours} {
			b.emulate(scheme)
			for _, fault := range evaluate[[]string](b, fmt.Sprintf(axeFaults, rules)) {
				b.t.Errorf("at %d pixels, %s: %s", width, scheme, fault)
			}
		}
	}
}
