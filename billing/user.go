package billing

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// Role says what a user may do in a tenant.
type Role string

// The roles, each including the one after it.
const (
	Owner  Role = "owner"  // also settings, users and keys
	Admin  Role = "admin"  // does the billing work
	Member Role = "member" // reads
)

// Includes tells whether a role may do what another one may.
func (r Role) Includes(needed Role) bool { return r.rank() >= needed.rank() && r.rank() > 0 }

func (r Role) rank() int {
	switch r {
	case Owner:
		return 3
	case Admin:
		return 2
	case Member:
		return 1
	}
	return 0
}

// ParseRole reads a role.
func ParseRole(s string) (Role, error) {
	if r := Role(strings.TrimSpace(s)); r.rank() > 0 {
		return r, nil
	}
	return "", fmt.Errorf("%q is not a role. Use owner, admin or member", s)
}

// User is an operator who signs in.
type User struct {
	ID    string
	Email string
	Name  string
}

// The lengths a password may have, in characters. The upper bound keeps the cost
// of checking one bounded.
const (
	MinPassword = 12
	MaxPassword = 200
)

// UserInput is what a person types to make a user.
type UserInput struct {
	Email, Name, Password string
}

// NewUser checks the input for a user, with the e-mail address in lower case. All
// problems are told at once, each VALIDATION_ERROR with path userName, email or password.
func NewUser(in UserInput) (User, error) {
	var u User
	var problems []Problem
	var err error
	u.Name, problems = parseUserName(in.Name)
	if u.Email, err = ParseEmail(in.Email); err != nil {
		message := err.Error() + "."
		if strings.TrimSpace(in.Email) == "" {
			message = "Enter an e-mail address, like name@example.com."
		}
		problems = append(problems, Problem{Path: "email", Code: CodeValidation, Message: message})
	}
	return u, Refuse(append(problems, passwordProblems(in.Password, in.Email)...))
}

// PasswordChange is what a person types to have another password.
type PasswordChange struct {
	// Current is the one that holds until then.
	Current string
	// Password is the new one, and Again the same once more.
	Password, Again string
}

// Check tells whether the new password can be taken by the user of an e-mail address.
// It refuses with VALIDATION_ERROR, path password or again.
func (c PasswordChange) Check(email string) error {
	problems := passwordProblems(c.Password, email)
	if len(problems) == 0 && c.Password == c.Current {
		problems = append(problems, Problem{Path: "password", Code: CodeValidation, Message: "Choose a password that differs from the present one."})
	}
	if c.Again != c.Password {
		problems = append(problems, Problem{Path: "again", Code: CodeValidation, Message: "The two new passwords differ. Type the same one twice."})
	}
	return Refuse(problems)
}

func passwordProblems(password, email string) []Problem {
	if err := CheckPassword(password, email); err != nil {
		return []Problem{{Path: "password", Code: CodeValidation, Message: "Choose another password: " + err.Error() + "."}}
	}
	return nil
}

// ParseUserName reads a person's name. It refuses with VALIDATION_ERROR, path userName.
func ParseUserName(s string) (string, error) {
	name, problems := parseUserName(s)
	return name, Refuse(problems)
}

func parseUserName(s string) (name string, problems []Problem) {
	name, err := cleanLine(s, 120)
	if err != nil {
		problems = []Problem{{Path: "userName", Code: CodeValidation, Message: "Enter a name: " + err.Error() + "."}}
	}
	return name, problems
}

// ParseEmail reads a bare e-mail address and puts it in lower case.
func ParseEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", fmt.Errorf("%q is not an e-mail address. Write it like name@example.com", s)
	}
	return s, nil
}

// CheckPassword tells whether a password is long enough to be taken by the user of an
// e-mail address, and not that address itself.
func CheckPassword(s, email string) error {
	switch n := utf8.RuneCountInString(s); {
	case !utf8.ValidString(s) || n < MinPassword:
		return fmt.Errorf("it must have at least %d characters", MinPassword)
	case n > MaxPassword:
		return fmt.Errorf("it can have %d characters at most", MaxPassword)
	case strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(email)):
		return errors.New("it must not be the e-mail address")
	}
	return nil
}
