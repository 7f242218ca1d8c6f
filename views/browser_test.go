package views

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"billfold/billing"
	"billfold/static"
)

// policy is what the console is served under.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// browser opens a tab, and fails the test for any violation of the policy and any
// error of a script.
func browser(t *testing.T) context.Context {
	if testing.Short() {
		t.Skip("without a browser, as -short asks")
	}
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium: install it, the browser tests must run here")
		}
		t.Skip("no chromium on this machine")
	}
	var mu sync.Mutex
	var faults []string
	fault := func(text string) { mu.Lock(); faults = append(faults, text); mu.Unlock() }
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	ctx, closeAllocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, closeTab := chromedp.NewContext(ctx, chromedp.WithListener(func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			// Every 4xx and 5xx is logged as an error of the network, wanted or not.
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				fault(e.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			fault(e.ExceptionDetails.Text)
		}
	}))
	t.Cleanup(func() {
		closeTab()
		closeAllocator()
		stop()
		mu.Lock()
		defer mu.Unlock()
		for _, text := range faults {
			t.Errorf("the console says: %s", text)
		}
	})
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// await waits until a script's expression is the wanted text.
func await(t *testing.T, ctx context.Context, expression, want string) {
	t.Helper()
	var got string
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var err error
		if got, err = chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")")); err == nil && got == want {
			return
		}
	}
	t.Fatalf("%s is %q, want %q", expression, got, want)
}

// gallery serves a page with a combobox and a form whose answers the test chooses.
func gallery(t *testing.T, answer *atomic.Value) *httptest.Server {
	customers := []string{"Acme Werkzeugbau", "Acme Logistik", "Brückner"}
	mux := http.NewServeMux()
	mux.Handle(static.Prefix, static.Handler())
	mux.HandleFunc("GET /groups/new", func(w http.ResponseWriter, r *http.Request) {
		q := r.FormValue("q")
		args := ComboboxArgs{ID: "customer", Name: "q", Label: "Customer", Value: q, URL: "/groups/new"}
		for i, name := range customers {
			if strings.Contains(strings.ToLower(name), strings.ToLower(q)) {
				args.Options = append(args.Options, ComboboxOption{URL: fmt.Sprintf("/groups/new?customer=%d", i), Title: name})
			}
		}
		args.Status = Plural(len(args.Options), "customer", "customers")
		form := templ.Raw(`<form method="post" hx-post="/groups" hx-target="#main" hx-select="#main" hx-swap="outerHTML"><input id="typed" name="typed"><button id="send">Send</button></form>`)
		w.Header().Set("Content-Security-Policy", policy)
		page := Page{Title: "Test", Role: billing.Owner}
		templ.Handler(withChildren(Layout(page), templ.Raw("<h1>Test</h1>"), Combobox(args), form)).ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /groups", func(w http.ResponseWriter, r *http.Request) { answer.Load().(http.HandlerFunc)(w, r) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func withChildren(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func TestComboboxByKeyboard(t *testing.T) {
	ctx := browser(t)
	server := gallery(t, &atomic.Value{})
	const box = `document.getElementById("customer")`
	active := `(document.getElementById(` + box + `.getAttribute("aria-activedescendant"))?.textContent.trim())`
	expanded := box + `.getAttribute("aria-expanded")`

	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/groups/new"))
	await(t, ctx, box+`.getAttribute("role")`, "combobox")
	await(t, ctx, expanded, "false")
	await(t, ctx, `document.querySelectorAll("[role=listbox] > [role=none] > a[role=option]").length`, "3")

	do(t, ctx, chromedp.SendKeys("#customer", "acme"))
	await(t, ctx, expanded, "true")
	await(t, ctx, `document.querySelectorAll("#customer-options a[role=option]").length`, "2")
	await(t, ctx, `document.getElementById("customer-status").textContent`, "2 customers")
	await(t, ctx, active, "Acme Werkzeugbau") // Enter takes the first of what was found
	for _, step := range []struct{ key, want string }{
		{kb.ArrowDown, "Acme Logistik"}, {kb.ArrowDown, "Acme Werkzeugbau"},
		{kb.ArrowUp, "Acme Logistik"}, {kb.End, "undefined"}, {kb.ArrowUp, "Acme Logistik"}, {kb.Home, "undefined"},
	} {
		do(t, ctx, chromedp.KeyEvent(step.key))
		await(t, ctx, active, step.want)
	}
	do(t, ctx, chromedp.KeyEvent(kb.ArrowDown))
	await(t, ctx, `[...document.querySelectorAll("#customer-options a")].map(a => a.ariaSelected)`, "true,false")

	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	await(t, ctx, expanded, "false")
	await(t, ctx, box+".value", "acme")
	do(t, ctx, chromedp.KeyEvent(kb.Escape))
	await(t, ctx, box+".value", "")
	await(t, ctx, `document.querySelectorAll("#customer-options a[role=option]").length`, "3")

	do(t, ctx, chromedp.KeyEvent(kb.ArrowUp), chromedp.KeyEvent(kb.Enter))
	await(t, ctx, "location.search", "?customer=2")
}

func TestComboboxByMouse(t *testing.T) {
	ctx := browser(t)
	server := gallery(t, &atomic.Value{})
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/groups/new"), chromedp.Click("#customer"))
	await(t, ctx, `document.getElementById("customer-options").hidden`, "false")
	do(t, ctx, chromedp.Click("#typed"))
	await(t, ctx, `document.getElementById("customer-options").hidden`, "true")
	do(t, ctx, chromedp.Click("#customer"), chromedp.Click("#customer-options li:nth-child(2) a"))
	await(t, ctx, "location.search", "?customer=1")
}

// Whatever goes wrong on the way to the server, the form stays as it was typed.
func TestAlertKeepsTheForm(t *testing.T) {
	ctx := browser(t)
	var answer atomic.Value
	server := gallery(t, &answer)
	do(t, ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(server.URL+"/groups/new"), chromedp.SendKeys("#typed", "kept"))
	const alert = `document.getElementById("alert").textContent.trim()`
	for _, c := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"server gone", "Billfold does not answer. What you entered is still here: check your connection, then try again.",
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"a proxy's error", "Billfold can't be reached right now (error 502). What you entered is still here: try again in a moment.",
			func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "<h1>Bad gateway</h1>", http.StatusBadGateway)
			}},
		{"our own error", "Nothing was saved.", func(w http.ResponseWriter, r *http.Request) {
			for name, value := range map[string]string{"HX-Retarget": "#alert", "HX-Reselect": "#message", "HX-Reswap": "innerHTML ignoreTitle:true"} {
				w.Header().Set(name, value)
			}
			templ.Handler(ErrorPage(Page{}, ErrorArgs{Status: 503, Message: "Nothing was saved."}), templ.WithStatus(503)).ServeHTTP(w, r)
		}},
	} {
		answer.Store(c.answer)
		do(t, ctx, chromedp.Click("#send"))
		await(t, ctx, alert, c.want)
		await(t, ctx, `document.getElementById("typed")?.value`, "kept")
	}
	answer.Store(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `<main id="main"><div id="problems" role="alert" tabindex="-1" autofocus>Refused</div></main>`)
	}))
	do(t, ctx, chromedp.Click("#send"))
	await(t, ctx, "document.activeElement.id", "problems")
	await(t, ctx, alert, "")
}
