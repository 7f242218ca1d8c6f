package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"billfold/billing"
)

// maxBody is the largest body that is read, in bytes: a group of 10,000 with room
// to spare.
const maxBody = 1 << 20

// fields are the members of the JSON object that a call sent. Its methods read one
// each and collect what is wrong, so that everything can be told at once. A field
// that is null counts as left out unless a method says otherwise, one that is not
// asked for is ignored.
type fields struct {
	// sent is the body as it came.
	sent     []byte
	values   map[string]json.RawMessage
	problems []billing.Problem
}

// readBody reads the JSON object that a call sends.
func readBody(w http.ResponseWriter, r *http.Request) (*fields, error) {
	if err := checkMediaType(r.Header); err != nil {
		return nil, err
	}
	body, err := readWhole(w, r)
	if err != nil {
		return nil, err
	}
	return parseFields(body)
}

// readOptionalBody is readBody for a call that may come without one, which is the
// same as an empty object.
func readOptionalBody(w http.ResponseWriter, r *http.Request) (*fields, error) {
	body, err := readWhole(w, r)
	if err != nil || len(body) == 0 {
		return &fields{}, err
	}
	if err := checkMediaType(r.Header); err != nil {
		return nil, err
	}
	return parseFields(body)
}

func readWhole(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); !tooLarge && err != nil {
		err = refuse(billing.CodeValidation, "The body did not arrive whole. Send it again.")
	}
	return body, err
}

func checkMediaType(h http.Header) error {
	mediaType, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := parameters["charset"]
	if err != nil || mediaType != "application/json" || given && !strings.EqualFold(charset, "utf-8") {
		return refuse(codeUnsupportedMediaType, "Send the body as JSON in UTF-8, with the header “Content-Type: application/json”.")
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return refuse(codeUnsupportedMediaType, "Send the body as it is, without a Content-Encoding.")
	}
	return nil
}

// parseFields reads one JSON object and nothing after it. Names are taken to the
// letter, and of a name that comes twice the last value counts, as in JavaScript.
func parseFields(body []byte) (*fields, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, refuse(billing.CodeValidation, "Send a JSON object as the body.")
	}
	if at := invalidUTF8(body); at >= 0 {
		return nil, refuse(billing.CodeValidation, "The body is not UTF-8 at %s. Send it as UTF-8.", place(body, at))
	}
	f := &fields{sent: body}
	err := json.Unmarshal(body, &f.values)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		// Offset counts the bytes read, the one at fault among them.
		return nil, refuse(billing.CodeValidation, "The body is not valid JSON at %s: %s.", place(body, int(syntax.Offset)-1), syntax)
	}
	if err != nil || f.values == nil {
		return nil, refuse(billing.CodeValidation, "Send a JSON object as the body, not another kind of value.")
	}
	return f, nil
}

// invalidUTF8 answers where a text stops being UTF-8, or -1.
func invalidUTF8(body []byte) int {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// place words an offset as a person counts it.
func place(body []byte, offset int) string {
	before := body[:max(0, min(offset, len(body)))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("line %d, column %d", 1+bytes.Count(before, []byte("\n")), 1+utf8.RuneCount(before[start:]))
}

// value answers a field as it was sent, and whether it was.
func (f *fields) value(name string) (json.RawMessage, bool) {
	raw, sent := f.values[name]
	return raw, sent && string(raw) != "null"
}

func (f *fields) refuse(path, message string) {
	f.problems = append(f.problems, billing.Problem{Path: path, Code: billing.CodeValidation, Message: message})
}

// text reads a string; "" where it was left out.
func (f *fields) text(name string) string {
	raw, sent := f.value(name)
	if !sent {
		return ""
	}
	return f.parseText(name, raw)
}

// textChange reads a string that may be left out: nil where it was. null is "".
func (f *fields) textChange(name string) *string {
	if _, named := f.values[name]; !named {
		return nil
	}
	text := f.text(name)
	return &text
}

// flag reads true or false; false where it was left out.
func (f *fields) flag(name string) (on bool) {
	raw, sent := f.value(name)
	if sent && json.Unmarshal(raw, &on) != nil {
		f.refuse(name, fmt.Sprintf("Send %s as true or false.", name))
	}
	return on
}

func (f *fields) parseText(path string, raw json.RawMessage) string {
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		f.refuse(path, fmt.Sprintf("Send %s as a string.", path))
		return ""
	}
	if loneSurrogate(raw, s) {
		f.refuse(path, fmt.Sprintf("Correct %s: it has characters that are not valid text.", path))
		return ""
	}
	return s
}

// loneSurrogate tells whether a string was written with half a character, such as
// \ud83d, which the decoder replaces in silence.
func loneSurrogate(raw json.RawMessage, s string) bool {
	const replacement = "\uFFFD"
	replaced := strings.Count(s, replacement)
	if replaced == 0 {
		return false
	}
	meant := bytes.Count(raw, []byte(replacement)) + bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`))
	return replaced > meant
}

// texts reads a list of strings; nil where it was left out or is no list. An item
// that is no string keeps its place, so that the others' paths stay right, as a
// text that names nothing: ids have no control characters.
func (f *fields) texts(name string) []string {
	raw, sent := f.value(name)
	if !sent {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		f.refuse(name, fmt.Sprintf("Send %s as a list of strings.", name))
		return nil
	}
	list := make([]string, 0, len(items))
	for i, item := range items {
		known := len(f.problems)
		if known >= maxDetails {
			break // nobody will be told of more
		}
		text := f.parseText(fmt.Sprintf("%s[%d]", name, i), item)
		if len(f.problems) > known {
			text = "\x00" + strconv.Itoa(i)
		}
		list = append(list, text)
	}
	return list
}

// whole reads a whole number, and tells whether there is one. 15.0 and 1.5e1 are
// the number 15, as in JavaScript and JSON Schema; 1.5 and "15" are no whole numbers.
func (f *fields) whole(name string) (int, bool) {
	var number json.Number
	raw, sent := f.value(name)
	if !sent || raw[0] == '"' || json.Unmarshal(raw, &number) != nil {
		return 0, false
	}
	// Wide enough for 15.00000000000000001 to be no whole number, and no wider: an
	// exponent can ask for any number of digits.
	n, _, err := big.ParseFloat(number.String(), 10, 256, big.ToNearestEven)
	if err != nil || !n.IsInt() {
		return 0, false
	}
	whole, exact := n.Int64()
	if exact != big.Exact || whole < math.MinInt32 || whole > math.MaxInt32 {
		return 0, false
	}
	return int(whole), true
}
