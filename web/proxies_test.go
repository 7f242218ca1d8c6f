package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseProxies(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"10.0.0.5":                "10.0.0.5/32",
		"10.0.0.0/8, 192.168.1.1": "10.0.0.0/8 192.168.1.1/32",
		"::1,2001:db8::/32":       "::1/128 2001:db8::/32",
		"::ffff:10.0.0.5":         "10.0.0.5/32",
		"proxy.example.com":       "Write them like 10.0.0.5 or 10.0.0.0/8",
		"10.0.0.5 10.0.0.6":       "Write them like 10.0.0.5 or 10.0.0.0/8",
		"10.0.0.0/33":             "Write them like 10.0.0.5 or 10.0.0.0/8",
		"fe80::1%eth0":            "Write them like 10.0.0.5 or 10.0.0.0/8",
		"10.0.0.5/8":              "Write 10.0.0.0/8 for the network, or 10.0.0.5 for the one address",
		"10.0.0.5,0.0.0.0/0":      "0.0.0.0/0 is everybody",
		"::/0":                    "::/0 is everybody",
	} {
		proxies, err := ParseProxies(text)
		var got []string
		for _, p := range proxies {
			got = append(got, p.String())
		}
		if err != nil {
			if !strings.Contains(err.Error(), want) || want == "" {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		} else if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %q", text, got, want)
		}
	}
}

// Whoever sends a request can write what they like into the header, before what the
// proxies add to its end.
func TestClientAddress(t *testing.T) {
	const base = "https://billing.example.com"
	for name, test := range map[string]struct {
		base, proxies, from string
		forwarded           []string
		want                string
	}{
		"no proxy":                       {"", "", "127.0.0.1", []string{"1.1.1.1"}, "127.0.0.1"},
		"a proxy here":                   {base, "", "127.0.0.1", []string{"192.0.2.7"}, "192.0.2.7"},
		"a proxy here, IPv6":             {base, "", "::1", []string{"2001:db8::7"}, "2001:db8::7"},
		"no header":                      {base, "", "127.0.0.1", nil, "127.0.0.1"},
		"made up before it":              {base, "", "127.0.0.1", []string{"1.1.1.1, 192.0.2.7"}, "192.0.2.7"},
		"made up in a header of its own": {base, "", "127.0.0.1", []string{"1.1.1.1", "192.0.2.7"}, "192.0.2.7"},
		"made up as ours":                {base, "", "127.0.0.1", []string{"127.0.0.1, 192.0.2.7"}, "192.0.2.7"},
		"past the proxy":                 {base, "", "192.0.2.9", []string{"1.1.1.1"}, "192.0.2.9"},
		"past it, from a private one":    {base, "", "10.0.0.9", []string{"1.1.1.1"}, "10.0.0.9"},
		"a proxy elsewhere":              {"", "10.0.0.5", "10.0.0.5", []string{"1.1.1.1, 192.0.2.7"}, "192.0.2.7"},
		"its neighbour":                  {"", "10.0.0.5", "10.0.0.6", []string{"192.0.2.7"}, "10.0.0.6"},
		"two proxies":                    {"", "10.0.0.5,172.16.0.0/12", "10.0.0.5", []string{"1.1.1.1, 192.0.2.7, 172.17.0.2"}, "192.0.2.7"},
		"one of two is not believed":     {"", "10.0.0.5", "10.0.0.5", []string{"192.0.2.7, 172.17.0.2"}, "172.17.0.2"},
		"named, this machine is not":     {base, "10.0.0.5", "127.0.0.1", []string{"1.1.1.1"}, "127.0.0.1"},
		"nonsense":                       {base, "", "127.0.0.1", []string{"1.1.1.1, <script>"}, "127.0.0.1"},
	} {
		proxies, err := ParseProxies(test.proxies)
		if err != nil {
			t.Fatal(err)
		}
		s, err := newServer(Config{Store: newSite(t).store, Keys: NewKeys(), BaseURL: test.base, Proxies: proxies})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = test.from + ":1234"
		if strings.Contains(test.from, ":") {
			r.RemoteAddr = "[" + test.from + "]:1234"
		}
		for _, line := range test.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		if got := s.echo(nil).IPExtractor(r); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
