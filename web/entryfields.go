package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"billfold/billing"
	"billfold/views"
)

// entryField is what an entry's field is called and how its value is written.
type entryField struct {
	key, name string
	// write answers "" for what is not the right kind of value.
	write func(w *entryWords, v any) string
}

// entryFields are the fields of customers, subscriptions and settings, in the order they
// are told.
var entryFields = []entryField{
	{"name", "name", quoted}, {"sellerName", "name on invoices", quoted},
	{"type", "type", plainText}, {"company", "company", quoted}, {"firstName", "first name", quoted}, {"lastName", "last name", quoted},
	{"email", "e-mail address", quoted}, {"phone", "phone number", quoted},
	{"street", "street", quoted}, {"postalCode", "postal code", quoted}, {"city", "city", quoted}, {"country", "country", quoted},
	{"vatId", "VAT id", quoted}, {"vatTreatment", "VAT treatment", plainText}, {"paymentTerms", "payment terms", func(_ *entryWords, v any) string { return termsWords(v) }},
	{"taxNumber", "tax number", quoted}, {"bank", "bank", quoted}, {"iban", "IBAN", quoted}, {"bic", "BIC", quoted},
	{"invoicePrefix", "invoice prefix", quoted}, {"vatMode", "VAT", func(_ *entryWords, v any) string { return vatModeWords[fmt.Sprint(v)] }},
	{"vatRate", "VAT rate", func(_ *entryWords, v any) string { return fmt.Sprint(v) + "\u00a0%" }},
	{"timezone", "time zone", plainText}, {"cutOver", "cut-over day", date},
	{"addressRequired", "address requirement", onOff}, {"automatic", "automatic billing", onOff}, {"twoFactorRequired", "two-factor requirement", onOff},
	{"customer", "customer", func(w *entryWords, v any) string {
		id, _ := v.(string)
		if id == "" {
			return ""
		}
		return "“" + w.nameOr("customer", id) + "”"
	}},
	{"product", "product", quoted}, {"sku", "SKU", quoted}, {"serial", "serial number", quoted}, {"orderId", "order", quoted},
	{"monthlyAmount", "monthly amount", amount}, {"start", "start", date}, {"length", "contract length", months},
	{"status", "status", func(_ *entryWords, v any) string {
		status, _ := v.(string)
		if status == string(billing.CustomerInactive) {
			return status
		}
		return views.StatusWord(billing.SubscriptionStatus(status))
	}},
	{"endedOn", "end", date}, {"owedFrom", "first month billed here", period},
	{"toldNext", "next billing date elsewhere", date},
}

// fieldOf answers how to tell a field; one that is not known is called by its own
// name.
func fieldOf(key string) entryField {
	if i := slices.IndexFunc(entryFields, func(f entryField) bool { return f.key == key }); i >= 0 {
		return entryFields[i]
	}
	return entryField{key, spaced(key), anyValue}
}

// fieldKeys answers the fields of two states, in the order they are told: the known
// ones first.
func fieldKeys(a, b state) (keys []string) {
	has := func(key string) bool {
		_, in := a[key]
		_, inOther := b[key]
		return in || inOther
	}
	for _, f := range entryFields {
		if has(f.key) {
			keys = append(keys, f.key)
		}
	}
	var others []string
	for _, s := range []state{a, b} {
		for key := range s {
			if !slices.Contains(keys, key) && !slices.Contains(others, key) {
				others = append(others, key)
			}
		}
	}
	slices.Sort(others)
	return append(keys, others...)
}

// value writes the value of a field, "" where there is none.
func (w *entryWords) value(key string, v any) string {
	if v == nil || v == "" {
		return ""
	}
	return fieldOf(key).write(w, v)
}

// fieldChanges says what is different between two states, a part for each field.
func (w *entryWords) fieldChanges(before, after state) (parts []string) {
	for _, key := range fieldKeys(before, after) {
		name, was, is := fieldOf(key).name, w.value(key, before[key]), w.value(key, after[key])
		switch {
		case was == "" && is == "": // what can't be written
			if fmt.Sprint(before[key]) != fmt.Sprint(after[key]) {
				parts = append(parts, "changed the "+name)
			}
		case was == is: // a part of it may not be shown
			parts = append(parts, "changed the "+name)
		case was == "":
			parts = append(parts, "set the "+name+" to "+is)
		case is == "":
			parts = append(parts, "took out the "+name+" "+was)
		default:
			parts = append(parts, "changed the "+name+" from "+was+" to "+is)
		}
	}
	return parts
}

// facts lists the fields of something new: ": company “Acme GmbH”, …".
func (w *entryWords) facts(after state) string {
	var parts []string
	for _, key := range fieldKeys(nil, after) {
		if text := w.value(key, after[key]); text != "" {
			parts = append(parts, fieldOf(key).name+" "+text)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// text answers a text of a state, or "".
func (s state) text(key string) string {
	text, _ := s[key].(string)
	return text
}

// number answers a whole number of a state, or 0.
func (s state) number(key string) int {
	number, _ := s[key].(json.Number)
	n, _ := number.Int64()
	return int(n)
}

func plainText(_ *entryWords, v any) string {
	text, _ := v.(string)
	return text
}

func quoted(_ *entryWords, v any) string {
	text, _ := v.(string)
	if text == "" {
		return ""
	}
	return "“" + text + "”"
}

func amount(w *entryWords, v any) string {
	m, err := billing.ParseMoney(fmt.Sprint(v), w.tenant.Currency)
	if err != nil {
		return ""
	}
	return views.FormatMoney(m)
}

func date(_ *entryWords, v any) string {
	d, err := billing.ParseDate(fmt.Sprint(v))
	if err != nil {
		return ""
	}
	return views.FormatDate(d)
}

func period(_ *entryWords, v any) string {
	p, err := billing.ParsePeriod(fmt.Sprint(v))
	if err != nil {
		return ""
	}
	return views.FormatPeriod(p)
}

func months(_ *entryWords, v any) string {
	return views.Plural(state{"": v}.number(""), "month", "months")
}

// termsWords writes payment terms, "" for none of one's own.
func termsWords(v any) string {
	if _, is := v.(json.Number); !is {
		return ""
	}
	return views.Terms(state{"": v}.number(""))
}

// vatModeWords tell how amounts relate to VAT.
var vatModeWords = map[string]string{
	string(billing.VATExclusive): "on top", string(billing.VATInclusive): "included", string(billing.VATNone): "none",
}

func onOff(_ *entryWords, v any) string {
	on, is := v.(bool)
	switch {
	case !is:
		return ""
	case on:
		return "on"
	}
	return "off"
}

// vatWords tells how a business unit charges VAT.
func vatWords(s state) string {
	switch billing.VATMode(s.text("vatMode")) {
	case billing.VATExclusive:
		return s.text("vatRate") + "\u00a0% VAT on top"
	case billing.VATInclusive:
		return s.text("vatRate") + "\u00a0% VAT included"
	}
	return "no VAT"
}

// anyValue writes a value of a field that is not known: what is more than a text or a
// number is left out.
func anyValue(w *entryWords, v any) string {
	switch v := v.(type) {
	case string:
		return quoted(w, v)
	case json.Number:
		return v.String()
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	}
	return ""
}

// spaced writes a name of a program as words: "invoicePrefix" and "invoice_prefix" as
// "invoice prefix".
func spaced(name string) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == '_' || r == '.':
			b.WriteByte(' ')
		case unicode.IsUpper(r):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return strings.TrimSpace(b.String())
}
