package web

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// asBrowsersRead answers the host that a browser on our site goes to for an address, as
// the URL standard has it: it drops tabs and line breaks, cuts white space off both ends,
// and takes \ for /.
func asBrowsersRead(address string) (host string, ours bool) {
	address = strings.TrimFunc(address, func(r rune) bool { return r <= ' ' })
	address = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(address)
	path, _, _ := strings.Cut(address, "?")
	path, _, _ = strings.Cut(path, "#")
	rest := strings.ReplaceAll(path, `\`, "/")
	if scheme, after, found := strings.Cut(rest, ":"); found && scheme != "" && !strings.ContainsAny(scheme, "/") {
		return after, false
	}
	if after, found := strings.CutPrefix(rest, "//"); found {
		return after, false
	}
	return "", true
}

func FuzzInside(f *testing.F) {
	for _, address := range []string{
		"/groups?q=1#x", "//evil.example", "///evil.example", `/\evil.example`, `\/evil.example`, `\\evil.example`, "/\t/evil.example", "/\n/evil", "\t//evil", " //evil", "\x00//evil",
		"/%2f/evil.example", "/%2fevil.example", "/%5cevil.example", "%2f%2fevil", "/./\\evil", "/.//evil.example", "/..//evil.example", "/;//evil", "https:", "https:evil", "https:/evil", "HTTPS://evil",
		"javascript:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "//user@evil", "/@evil", "https://billing.example.com@evil", "/groups\u2028//evil", "/\u00a0/evil", "／／evil.example", "/／evil.example", "/\ufeff/evil",
		"//evil\x00", "http:\\\\evil", "?next=//evil", "#//evil", "/groups?next=https://evil", "/" + strings.Repeat("a", 100_000), "/\xff", "/%zz", "//[::1]", "/:80", "x:y",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		got := inside(address)
		if got == "" {
			return
		}
		if got != address {
			t.Fatalf("inside(%q) is %q", address, got)
		}
		if host, ours := asBrowsersRead(got); !ours {
			t.Errorf("inside(%q) leads to %q", address, host)
		}
		base := &url.URL{Scheme: "https", Host: "billing.example.com", Path: "/sign-in"}
		if u, err := base.Parse(got); err != nil || u.Host != base.Host || u.Scheme != base.Scheme || u.User != nil {
			t.Errorf("inside(%q) leads to %v, %v", address, u, err)
		}
		if !utf8.ValidString(got) || len(got) > maxNext {
			t.Errorf("inside(%.100q) is no address to send along", address)
		}
	})
}
