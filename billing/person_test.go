package billing

import (
	"strings"
	"testing"
)

func TestCheckOwnerLeft(t *testing.T) {
	for _, test := range []struct {
		name          string
		before, after Role
		others        int
		want          Code
	}{
		{"the last owner is demoted", Owner, Admin, 0, CodeLastOwner},
		{"the last owner only reads", Owner, Member, 0, CodeLastOwner},
		{"the last owner is removed", Owner, "", 0, CodeLastOwner},
		{"the last owner stays one", Owner, Owner, 0, ""},
		{"another owner is left", Owner, Member, 1, ""},
		{"another owner is left, one removed", Owner, "", 1, ""},
		{"an admin is demoted", Admin, Member, 0, ""},
		{"a member is removed", Member, "", 0, ""},
		{"a member becomes an owner", Member, Owner, 0, ""},
	} {
		err := CheckOwnerLeft("Ada", test.before, test.after, test.others)
		if CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "Ada is the only owner here.") {
			t.Errorf("%s: it says %q", test.name, err)
		}
	}
	if err := LastOwner(""); !strings.HasPrefix(err.Error(), "This person is") {
		t.Errorf("of nobody it says %q", err)
	}
}
