package web

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
)

// focusFault is a script that says what is wrong with where the focus is: nothing has
// it, nobody can see which element it is, or the element is out of sight.
const focusFault = `(() => {
	const at = document.activeElement;
	if (!at || at === document.body) return "nothing has the focus";
	// A control may be transparent, over one that is drawn for it.
	const drawn = getComputedStyle(at).opacity === "0" ? at.nextElementSibling : at;
	const style = getComputedStyle(drawn);
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 || style.outlineColor === "rgba(0, 0, 0, 0)")
		return "no ring around " + at.outerHTML.slice(0, 200);
	const box = drawn.getBoundingClientRect();
	const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
	const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
	if (right <= left || bottom <= top) return "out of sight: " + at.outerHTML.slice(0, 200);
	for (const x of [.1, .5, .9]) for (const y of [.1, .5, .9]) {
		const hit = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
		if (hit && (at.contains(hit) || drawn.contains(hit))) return "";
	}
	return "covered: " + at.outerHTML.slice(0, 200);
})()`

// seesFocus fails the test unless the person can see where the focus is. Who has just
// used the mouse knows that without a ring.
func (b *tab) seesFocus() {
	b.t.Helper()
	if b.mouse {
		return
	}
	if fault := evaluate[string](b, focusFault); fault != "" {
		b.t.Fatalf("%s\n%s", fault, b.page())
	}
}

// maxStops is how many stops a page may have before it is taken for endless.
const maxStops = 120

// tabTo presses Tab until an element has the focus, unless it has it already. The
// focus is seen at every stop.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	b.ready()
	for range maxStops {
		if b.isAt(selector) {
			return
		}
		b.keys(kb.Tab)
		b.seesFocus()
	}
	b.t.Fatalf("Tab does not lead to %s\n%s", selector, b.page())
}

// isAt tells whether an element has the focus.
func (b *tab) isAt(selector string) bool {
	b.t.Helper()
	return b.is(fmt.Sprintf(`document.activeElement?.matches(%q) === true`, selector))
}

// focuses waits until an element has the focus, and the person sees it.
func (b *tab) focuses(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.activeElement?.matches(%q)`, selector))
	b.seesFocus()
}

// stays fails the test unless an element still has the focus.
func (b *tab) stays(selector string) {
	b.t.Helper()
	if !b.isAt(selector) {
		b.t.Fatalf("the focus left %s\n%s", selector, b.page())
	}
	b.seesFocus()
}

// On a small window, with a bar that stays in sight over the rows, each stop of Tab is
// to be seen, on the way down and on the way up.
func TestBrowserFocusIsSeen(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{320, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.addRow(12)
			b := s.tab(t, billing.Admin)
			b.do(chromedp.EmulateViewport(width, 600))
			b.open("/groups/new?customer=row&s=r1&s=r2")
			b.tabTo(createButton)
			for range maxStops {
				b.do(chromedp.KeyEvent(kb.Tab, asKeyboard, chromedp.KeyModifiers(chromedp.ModifierShift)))
				b.seesFocus()
				if b.isAt(".skip") {
					return
				}
			}
			t.Fatalf("Shift and Tab do not lead to the beginning\n%s", b.page())
		})
	}
}
