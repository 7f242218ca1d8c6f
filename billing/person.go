package billing

import "fmt"

// CheckOwnerLeft refuses to take the role of owner from the only one who has it, since
// nobody could then invite people or change settings: LAST_OWNER. after is the role the
// person gets, "" for who is removed; otherOwners is how many owners there are besides.
func CheckOwnerLeft(name string, before, after Role, otherOwners int) error {
	if before != Owner || after == Owner || otherOwners > 0 {
		return nil
	}
	return LastOwner(name)
}

// LastOwner is the refusal to leave a business unit without an owner. name may be "".
func LastOwner(name string) error {
	who := "This person"
	if name != "" {
		who = name
	}
	return &Error{Code: CodeLastOwner, Message: fmt.Sprintf("%s is the only owner here. Make somebody else an owner first.", who)}
}
