package web

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// This file is what a person does at a tab, and what they see on it.

// command makes an action of a command of the protocol.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// open goes to a page as if its address was typed.
func (b *tab) open(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.base + path))
}

// withoutScripts switches JavaScript off, as the browser's settings do.
func (b *tab) withoutScripts() {
	b.t.Helper()
	b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
}

// withScripts switches JavaScript on again.
func (b *tab) withScripts() {
	b.t.Helper()
	b.do(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false}))
}

// emulate chooses the light or the dark scheme. Nothing moves in either, so that a
// colour is never looked at on its way to another.
func (b *tab) emulate(scheme string) {
	b.t.Helper()
	b.do(command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}))
}

// ready waits until the page does something about what a person does: htmx goes through
// a page only after it is loaded, and through new parts after they are shown. A person
// is not that fast, a test is.
func (b *tab) ready() {
	b.t.Helper()
	b.until(`document.readyState === "complete" && (!window.htmx ||
		[...document.querySelectorAll("[hx-get], [hx-post]")].every(e => e.matches("[data-htmx-powered]")))`)
}

// press presses keys one after the other.
func (b *tab) press(keys ...string) {
	b.t.Helper()
	b.ready()
	b.keys(keys...)
}

// keys presses keys on a page that is known to be ready.
func (b *tab) keys(keys ...string) {
	b.t.Helper()
	b.mouse = false
	for _, key := range keys {
		b.do(chromedp.KeyEvent(key, asKeyboard))
	}
}

// asKeyboard makes a key go down as on a keyboard: what it types is an event of its
// own, which the browser drops where the key has done something already. Else Enter on
// a link would go on to submit the form that the link leads into.
func asKeyboard(p *input.DispatchKeyEventParams) {
	if p.Type == kb.KeyDown {
		p.Type = kb.KeyRawDown
	}
}

// write types a text where the focus is.
func (b *tab) write(text string) { b.t.Helper(); b.press(text) }

// rewrite types a text in place of what is in the field that has the focus.
func (b *tab) rewrite(text string) {
	b.t.Helper()
	b.ready()
	b.do(chromedp.KeyEvent("a", asKeyboard, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.press(kb.Backspace, text)
}

// click clicks on the first element of a selector, once no answer is to come that could
// move it away from under the mouse.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.ready()
	b.until(`!document.querySelector(".htmx-request")`)
	b.mouse = true
	ctx, cancel := context.WithTimeout(b.ctx, pagePatience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		b.t.Fatalf("click on %s: %v\n%s", selector, err, b.page())
	}
}

// doubleClick clicks twice on the first element of a selector.
func (b *tab) doubleClick(selector string) {
	b.t.Helper()
	b.ready()
	b.mouse = true
	b.do(chromedp.DoubleClick(chromedp.CSS(selector)))
}

// leads does something that leads to another page, and waits until that is loaded.
func (b *tab) leads(action func()) {
	b.t.Helper()
	b.is(`window.left = true`)
	action()
	b.until(`!window.left && document.readyState === "complete"`)
}

// back goes back one page.
func (b *tab) back() {
	b.t.Helper()
	from := b.location()
	history, err := chromedp.Run(b.ctx, chromedp.NavigationEntries())
	if err != nil {
		b.t.Fatal(err)
	}
	to := history.Entries[history.CurrentIndex-1]
	b.do(command(page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: to.ID}))
	b.until(fmt.Sprintf(`location.href !== %q && document.readyState === "complete"`, b.base+from))
}

// ask answers a script's expression, or an error where it can't be had: between two
// pages, and while the browser waits for the next one.
func ask[T any](b *tab, expression string, patience time.Duration) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// evaluate answers a script's expression, once it can be had.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	var value T
	var err error
	b.poll(func() bool {
		value, err = ask[T](b, expression, pagePatience)
		return err == nil
	}, func() string { return fmt.Sprintf("%s: %v", expression, err) })
	return value
}

// is tells whether an expression is true now.
func (b *tab) is(expression string) bool { b.t.Helper(); return evaluate[bool](b, expression) }

// until waits for an expression to become true.
func (b *tab) until(expression string) {
	b.t.Helper()
	b.poll(func() bool {
		value, err := ask[bool](b, "!!("+expression+")", pagePatience)
		return err == nil && value
	}, func() string { return expression + " does not come true" })
}

// poll tries again and again until it is done, or fails the test with the reason.
func (b *tab) poll(done func() bool, reason func() string) {
	b.t.Helper()
	deadline := time.Now().Add(pagePatience)
	pause := 5 * time.Millisecond
	for !done() {
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			b.t.Fatalf("%s\n%s", reason(), b.page())
		}
		pause = min(2*pause, 80*time.Millisecond) // to ask keeps the browser busy
		time.Sleep(pause)
	}
}

// page answers what the page shows, for the message of a test that fails.
func (b *tab) page() string {
	text, err := ask[string](b, `location.href + "\nfocus: " + (document.activeElement?.outerHTML ?? "").slice(0, 200) + "\n" +
		document.body.innerText.replace(/\s*\n\s*/g, "\n").slice(0, 1500)`, time.Second)
	if err != nil {
		return err.Error()
	}
	return text
}

// location answers the path and query of the page.
func (b *tab) location() string {
	b.t.Helper()
	return strings.TrimPrefix(evaluate[string](b, "location.href"), b.base)
}

// arrives waits until the tab is on a path, whatever the query.
func (b *tab) arrives(path string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`location.pathname === %q && document.readyState === "complete"`, path))
}

// textJS is the expression for what an element shows, with single spaces.
func textJS(selector string) string {
	return fmt.Sprintf(`(document.querySelector(%q)?.innerText ?? "").replace(/\s+/g, " ").trim()`, selector)
}

// shows waits until the first element of a selector shows all of the words.
func (b *tab) shows(selector string, words ...string) {
	b.t.Helper()
	for _, w := range words {
		b.until(fmt.Sprintf(`%s.includes(%q)`, textJS(selector), w))
	}
}

// holds waits until a field has a value.
func (b *tab) holds(selector, value string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`document.querySelector(%q)?.value === %q`, selector, value))
}

// ticked waits until the boxes and buttons of a selector that are ticked have exactly
// these values.
func (b *tab) ticked(selector string, values ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`[...document.querySelectorAll(%q)].filter(e => e.checked).map(e => e.value).join() === %q`, selector, strings.Join(values, ",")))
}

// answered waits until a request of the page itself, by a part of its address, has
// been answered and the page shows what came of it.
func (b *tab) answered(part string) {
	b.t.Helper()
	b.until(fmt.Sprintf(`performance.getEntriesByType("resource").some(e => e.name.includes(%q))`, part))
	b.rests()
}

// rests waits until the page waits for nothing from the server, and for longer than
// what is typed is held back before it is sent.
func (b *tab) rests() {
	b.t.Helper()
	b.ready()
	const quiet = `new Promise(rests => {
		let since = performance.now();
		const look = () => {
			const now = performance.now();
			if (document.querySelector(".htmx-request")) since = now;
			now - since > 400 ? rests(true) : setTimeout(look, 20);
		};
		look();
	})`
	b.poll(func() bool {
		quiet, err := ask[bool](b, quiet, pagePatience)
		return err == nil && quiet
	}, func() string { return "the page does not come to rest" })
}
