package views

import (
	"net/url"
	"testing"
)

func TestURLs(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{GroupsURL(nil), "/groups"},
		{GroupsURL(url.Values{"q": {"Müller & Söhne"}}), "/groups?q=M%C3%BCller+%26+S%C3%B6hne"},
		{NewGroupURL(url.Values{"customer": {"c/1"}, "s": {"a", "b"}}), "/groups/new?customer=c%2F1&s=a&s=b"},
		{GroupURL("bg_01"), "/groups/bg_01"},
		{GroupURL("a/b?c#d"), "/groups/a%2Fb%3Fc%23d"},
		{SignInURL(""), "/sign-in"},
		{SignInURL("/groups?q=x"), "/sign-in?next=%2Fgroups%3Fq%3Dx"},
		{SetupURL("t&x"), "/setup?token=t%26x"},
		{SetupURL(""), "/setup"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}
