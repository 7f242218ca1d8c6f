package views

import (
	"context"
	"net/url"
)

// Unit is a business unit to choose.
type Unit struct{ ID, Name string }

// UnitParam is the part of the address a form is sent to that names the business unit
// its page is of; UnitHeader says the same of a request in the background. Another tab
// may have opened another business unit since, which the form must not act in.
const (
	UnitParam  = "unit"
	UnitHeader = "Billfold-Unit"
)

type unitKey struct{}

// WithUnit tells the forms of a page which business unit the page is of.
func WithUnit(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, unitKey{}, id)
}

// inUnit is the address that a form of the console is sent to: it names the business unit
// the page is of.
func inUnit(ctx context.Context, address string) string {
	if id, _ := ctx.Value(unitKey{}).(string); id != "" {
		return withQuery(address, url.Values{UnitParam: {id}})
	}
	return address
}
