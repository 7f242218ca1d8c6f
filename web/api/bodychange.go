package api

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"billfold/billing"
)

// This file reads fields that may be left out of a change: nil where they were.

// object reads an object, whose fields' problems are kept apart until it is done. Of
// null every field is null.
func (f *fields) object(name string) *object {
	raw, named := f.values[name]
	if !named {
		return &object{}
	}
	o := &object{name: name, null: string(raw) == "null"}
	if !o.null && (raw[0] != '{' || json.Unmarshal(raw, &o.values) != nil) {
		o.refuse(name, fmt.Sprintf("Send %s as an object.", name))
	}
	return o
}

// object are the members of an object inside a body.
type object struct {
	fields
	name string
	null bool
}

// textChange reads a string, at the path of the object; null is "".
func (o *object) textChange(name string) *string {
	if o.null {
		return new(string)
	}
	raw, named := o.values[name]
	if !named {
		return nil
	}
	text := ""
	if string(raw) != "null" {
		text = o.parseText(o.name+"."+name, raw)
	}
	return &text
}

// dateChange reads a day; null is none.
func (f *fields) dateChange(name string) *billing.Date {
	text := f.textChange(name)
	if text == nil || f.refused(name) {
		return nil
	}
	if *text == "" {
		return &billing.Date{}
	}
	day, err := billing.ParseDate(*text)
	if err != nil {
		f.refuse(name, err.Error()+".")
		return nil
	}
	return &day
}

// wholeChange reads a whole number of a field that was sent: nil where it is null, or
// is none and refused.
func (f *fields) wholeChange(name string) *int {
	if _, sent := f.value(name); !sent {
		return nil
	}
	n, ok := f.whole(name)
	if !ok {
		f.refuse(name, fmt.Sprintf("Send %s as a whole number.", name))
		return nil
	}
	return &n
}

// longestNumber bounds what is read of a number, in characters, and with it what an
// exponent can ask for.
const longestNumber = 40

// amountChange reads an amount in major units, exactly. It can't be cleared.
func (f *fields) amountChange(name string, currency billing.Currency) *billing.Money {
	raw, named := f.values[name]
	if !named {
		return nil
	}
	amount, ok := parseAmount(string(raw), currency)
	if !ok {
		f.refuse(name, fmt.Sprintf("Send %s as a number with at most %d decimals, such as %s.", name, currency.Exponent(), exampleAmount(currency)))
		return nil
	}
	return &amount
}

func exampleAmount(currency billing.Currency) string {
	minor := int64(1)
	for range currency.Exponent() {
		minor *= 10
	}
	text, _ := billing.Money{Minor: 129*minor + minor/2, Currency: currency}.MarshalJSON() // which never fails
	return string(text)
}

// parseAmount reads a JSON number: 129, 129.5, 129.500 and 1.295e2 are one amount.
func parseAmount(number string, currency billing.Currency) (billing.Money, bool) {
	_, exponent, scientific := strings.Cut(strings.ToLower(number), "e")
	if len(number) > longestNumber || number[0] != '-' && (number[0] < '0' || number[0] > '9') || scientific && len(strings.TrimLeft(exponent, "+-0")) > 2 {
		return billing.Money{}, false
	}
	amount, ok := new(big.Rat).SetString(number)
	if !ok {
		return billing.Money{}, false
	}
	for range currency.Exponent() {
		amount.Mul(amount, big.NewRat(10, 1))
	}
	if !amount.IsInt() || !amount.Num().IsInt64() {
		return billing.Money{}, false
	}
	return billing.Money{Minor: amount.Num().Int64(), Currency: currency}, true
}
