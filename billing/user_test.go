package billing

import (
	"slices"
	"strings"
	"testing"
)

func TestRole(t *testing.T) {
	ranks := []Role{"", Member, Admin, Owner}
	for i, role := range ranks {
		for j, needed := range ranks[1:] {
			if got, want := role.Includes(needed), i >= j+1; got != want {
				t.Errorf("%q may do what %q may: %t, want %t", role, needed, got, want)
			}
		}
	}
	if Role("root").Includes(Member) || Role("").Includes("") {
		t.Error("an unknown role may do something")
	}
	for _, in := range []string{"owner", "admin", " member "} {
		if got, err := ParseRole(in); err != nil || string(got) != strings.TrimSpace(in) {
			t.Errorf("ParseRole(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "Owner", "root"} {
		if got, err := ParseRole(in); err == nil || got != "" {
			t.Errorf("ParseRole(%q) = %q, want an error", in, got)
		}
	}
}

func TestNewUser(t *testing.T) {
	user, err := NewUser(UserInput{Email: " Jana.Öztürk@Example.COM ", Name: " Jana Öztürk ", Password: "correct horse"})
	if err != nil || user != (User{Email: "jana.öztürk@example.com", Name: "Jana Öztürk"}) {
		t.Errorf("the user is %+v, %v", user, err)
	}
	good := UserInput{Email: "jana@example.com", Name: "Jana", Password: "correct horse"}
	for _, test := range []struct {
		name   string
		change func(*UserInput)
		want   []string
	}{
		{"no e-mail", func(in *UserInput) { in.Email = "" }, []string{"email"}},
		{"blank name", func(in *UserInput) { in.Name = "\u00a0 " }, []string{"userName"}},
		{"name too long", func(in *UserInput) { in.Name = strings.Repeat("x", 121) }, []string{"userName"}},
		{"broken text", func(in *UserInput) { in.Name = "Jana\xff" }, []string{"userName"}},
		{"the e-mail as password", func(in *UserInput) { in.Password = "Jana@example.com" }, []string{"password"}},
		{"short password", func(in *UserInput) { in.Password = "correct hor" }, []string{"password"}},
		{"nothing given", func(in *UserInput) { *in = UserInput{} }, []string{"userName", "email", "password"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := good
			test.change(&in)
			_, err := NewUser(in)
			if got := problemPaths(t, err); !slices.Equal(got, test.want) || CodeOf(err) != CodeValidation {
				t.Errorf("refused for %v with %q, want %v", got, CodeOf(err), test.want)
			}
		})
	}
}

func TestParseEmail(t *testing.T) {
	for in, want := range map[string]string{
		"jana@example.com":                        "jana@example.com",
		" Jana@Example.com ":                      "jana@example.com",
		"jana+billing@mail.example.com":           "jana+billing@mail.example.com",
		strings.Repeat("a", 242) + "@example.com": strings.Repeat("a", 242) + "@example.com", // 254
	} {
		if got, err := ParseEmail(in); err != nil || got != want {
			t.Errorf("ParseEmail(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"", "jana", "jana@", "@example.com", "jana example@example.com", "Jana <jana@example.com>", "<jana@example.com>",
		"jana@example.com, max@example.com", "jana@example.com\nbcc: max@example.com", strings.Repeat("a", 243) + "@example.com",
	} {
		if got, err := ParseEmail(in); err == nil {
			t.Errorf("ParseEmail(%q) = %q, want an error", in, got)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for password, accepted := range map[string]bool{
		"":                          false,
		strings.Repeat("x", 11):     false,
		strings.Repeat("x", 12):     true,
		strings.Repeat("ö", 11):     false, // counted in characters
		strings.Repeat("ö", 12):     true,
		strings.Repeat("ö", 200):    true,
		strings.Repeat("x", 201):    false,
		strings.Repeat("\xff", 20):  false,
		"   spaces are kept   here": true,
		"jana@example.com":          false,
		" JANA@example.com":         false,
		"jana@example.com, again":   true,
	} {
		if err := CheckPassword(password, " Jana@Example.com "); (err == nil) != accepted {
			t.Errorf("%q is refused with %v", password, err)
		}
	}
}

func TestPasswordChange(t *testing.T) {
	const good = "correct horse battery"
	for name, test := range map[string]struct {
		in   PasswordChange
		want []string
	}{
		"fine":           {PasswordChange{"old", good, good}, nil},
		"typed wrongly":  {PasswordChange{"old", good, good + " "}, []string{"again"}},
		"too short":      {PasswordChange{"old", "short", "short"}, []string{"password"}},
		"nothing typed":  {PasswordChange{}, []string{"password"}},
		"only once":      {PasswordChange{Password: good}, []string{"again"}},
		"as it was":      {PasswordChange{good, good, good}, []string{"password"}},
		"the e-mail":     {PasswordChange{"old", "jana@example.com", "jana@example.com"}, []string{"password"}},
		"both at a time": {PasswordChange{Password: "short", Again: "other"}, []string{"password", "again"}},
	} {
		if got := problemPaths(t, test.in.Check("jana@example.com")); !slices.Equal(got, test.want) {
			t.Errorf("%s: refused for %v, want %v", name, got, test.want)
		}
	}
}

func TestParseUserName(t *testing.T) {
	if name, err := ParseUserName(" Jana Öztürk "); name != "Jana Öztürk" || err != nil {
		t.Errorf("%q, %v", name, err)
	}
	for _, in := range []string{"", " ", "Jana\nÖztürk", strings.Repeat("x", 121)} {
		if _, err := ParseUserName(in); !slices.Equal(problemPaths(t, err), []string{"userName"}) {
			t.Errorf("%q: %v", in, err)
		}
	}
}
