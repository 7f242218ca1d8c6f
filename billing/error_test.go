package billing

import (
	"errors"
	"fmt"
	"testing"
)

func TestRefuse(t *testing.T) {
	day := Problem{Path: "billingDay", Code: CodeInvalidBillingDay, Message: "Choose a billing day from 1 to 28."}
	name := Problem{Path: "name", Code: CodeValidation, Message: "Give the group a name."}
	ended := func(i int) Problem {
		return Problem{Path: fmt.Sprintf("subscriptions[%d]", i), Code: CodeSubscriptionNotActive, Message: "Take it out."}
	}
	for _, test := range []struct {
		name     string
		problems []Problem
		code     Code
		message  string
	}{
		{"one lends its code and sentence", []Problem{day}, CodeInvalidBillingDay, day.Message},
		{"two of one code", []Problem{ended(0), ended(3)}, CodeSubscriptionNotActive, "There are 2 problems. Correct each of them and try again."},
		{"two of different codes", []Problem{day, ended(0)}, CodeValidation, "There are 2 problems. Correct each of them and try again."},
		{"the odd one first", []Problem{day, ended(0), ended(1)}, CodeValidation, "There are 3 problems. Correct each of them and try again."},
		{"the odd one last", []Problem{ended(0), ended(1), name}, CodeValidation, "There are 3 problems. Correct each of them and try again."},
		{"the odd one in the middle", []Problem{ended(0), day, ended(1)}, CodeValidation, "There are 3 problems. Correct each of them and try again."},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Refuse(test.problems)
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Fatalf("Refuse answers %v", err)
			}
			if refusal.Code != test.code || len(refusal.Problems) != len(test.problems) {
				t.Errorf("%s with %d problems, want %s with %d", refusal.Code, len(refusal.Problems), test.code, len(test.problems))
			}
			if err.Error() != test.message {
				t.Errorf("it says %q, want %q", err, test.message)
			}
		})
	}
	if err := Refuse(nil); err != nil {
		t.Errorf("nothing is wrong, and yet: %v", err)
	}
}

func TestCodeOf(t *testing.T) {
	for _, test := range []struct {
		err  error
		want Code
	}{
		{nil, ""},
		{errors.New("disk full"), ""},
		{NotFound("billing group"), CodeNotFound},
		{fmt.Errorf("db: group: %w", NotFound("billing group")), CodeNotFound},
	} {
		if got := CodeOf(test.err); got != test.want {
			t.Errorf("CodeOf(%v) = %q, want %q", test.err, got, test.want)
		}
	}
	if got, want := NotFound("billing group").Error(), "There is no such billing group."; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}
