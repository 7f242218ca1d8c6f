package web

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"billfold/billing"
)

// How long things may take before a test gives up: a browser to start, one condition
// on a page to come true, a whole test.
const (
	browserPatience = time.Minute
	pagePatience    = 30 * time.Second
	testPatience    = 5 * time.Minute
)

// stopBrowser ends the browser, if a test has started one.
var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

// browser starts Chromium once for all tests of the package. It answers nil where
// there is none on this machine.
var browser = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, nil
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("no-proxy-server", true))
	allocator, closeAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeBrowser := chromedp.NewContext(allocator)
	stopBrowser = func() { closeBrowser(); closeAllocator() }
	// The browser lives as long as the context it is started with, so that can't be
	// one that ends by itself.
	hanging := time.AfterFunc(browserPatience, closeBrowser)
	defer hanging.Stop()
	return ctx, chromedp.Do(ctx)
})

// tab is a window of the browser with cookies of its own, on the pages of one site.
// What is wrong on any of them fails the test: a violation of the policy, an error of
// a script, a word on the console, an answer of 400 and above, a request that fails
// or goes to another host.
type tab struct {
	t    *testing.T
	ctx  context.Context
	site *site
	// base is the address that the browser reaches the site by.
	base string
	// mouse tells whether it was used last.
	mouse bool

	mu       sync.Mutex
	faults   []string
	expected []string
	// asked is every request, as method and path; received the bytes of the answers.
	asked    []string
	received float64
}

// newTab opens a window on a site, reached at base.
func newTab(t *testing.T, s *site, base string) *tab {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes too long for -short")
	}
	parent, err := browser()
	if err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	if parent == nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no Chromium: install it, the browser tests must run here")
		}
		t.Skip("no Chromium on this machine")
	}
	b := &tab{t: t, site: s, base: base}
	ctx, giveUp := context.WithTimeout(parent, testPatience)
	ctx, closeTab := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	b.ctx = ctx
	t.Cleanup(func() {
		b.t = t
		b.checkFaults()
		closeTab()
		giveUp()
	})
	b.do(chromedp.EmulateViewport(1280, 1600), command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	b.emulate("light")
	return b
}

// tab opens a window in which a new user with the role has signed in.
func (s *site) tab(t *testing.T, role billing.Role) *tab {
	t.Helper()
	b := newTab(t, s, s.url)
	b.enter(role)
	return b
}

// enter signs a new user in, past the sign-in page.
func (b *tab) enter(role billing.Role) { b.t.Helper(); b.take(b.site.as(role)) }

// take gives the tab another client's session.
func (b *tab) take(c *client) {
	b.t.Helper()
	from := c.request("GET", "/", nil).URL
	for _, cookie := range c.http.Jar.Cookies(from) {
		b.do(command(network.SetCookie, network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: b.base, Path: "/", Secure: new(true), HTTPOnly: new(true)}))
	}
}

// hear takes down what the browser tells. It runs in the browser's loop.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		path, ours := strings.CutPrefix(e.Request.URL, b.base+"/")
		// The browser draws its own pictures in date fields; the policy lets no page use such addresses.
		if !ours && !strings.HasPrefix(e.Request.URL, nowhere().URL) && !strings.HasPrefix(e.Request.URL, "data:image/svg+xml;base64,") {
			b.fault("a request to another host: " + e.Request.URL)
		}
		b.asked = append(b.asked, e.Request.Method+" /"+path)
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			b.fault(fmt.Sprintf("status %d from %s", e.Response.Status, e.Response.URL))
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			b.fault("a request failed: " + e.ErrorText)
		}
	case *network.EventLoadingFinished:
		b.received += e.EncodedDataLength
	case *log.EventEntryAdded:
		// What went wrong on the network is known from its own events.
		if e.Entry.Source != log.EntrySourceNetwork && e.Entry.Level != log.EntryLevelInfo && e.Entry.Level != log.EntryLevelVerbose {
			b.fault(fmt.Sprintf("%s %s: %s", e.Entry.Source, e.Entry.Level, e.Entry.Text))
		}
	case *runtime.EventConsoleAPICalled:
		b.fault("a word on the console: " + consoleText(e))
	case *runtime.EventExceptionThrown:
		b.fault("a script failed: " + (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	}
}

// requests are all that were sent so far, but for scripts and pictures.
func (b *tab) requests() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.asked), func(r string) bool { return strings.HasPrefix(r, "GET /static/") })
}

func (b *tab) fault(text string) { b.faults = append(b.faults, text) }

func consoleText(e *runtime.EventConsoleAPICalled) string {
	words := []string{string(e.Type)}
	for _, arg := range e.Args {
		words = append(words, string(arg.Value), arg.Description)
	}
	return strings.Join(words, " ")
}

// expect says that something will go wrong that contains the text, and must.
func (b *tab) expect(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, text)
}

// checkFaults fails the test for what went wrong unexpectedly, and for what was
// expected to and did not.
func (b *tab) checkFaults() {
	b.t.Helper()
	// The answer to any command comes after all that has been told before it.
	if _, err := ask[int](b, "1", pagePatience); err != nil {
		b.t.Errorf("the page does not answer any more: %v", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.expected {
		if !slices.ContainsFunc(b.faults, func(fault string) bool { return strings.Contains(fault, text) }) {
			b.t.Errorf("expected, but not seen: %s", text)
		}
	}
	for _, fault := range b.faults {
		if !slices.ContainsFunc(b.expected, func(text string) bool { return strings.Contains(fault, text) }) {
			b.t.Errorf("in the browser: %s", fault)
		}
	}
}
