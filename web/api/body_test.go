package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"billfold/billing"
)

func TestMediaType(t *testing.T) {
	w := newWorld(t)
	body := group("cus_holz", "1", `"sub_1"`)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/vnd.api+json", "application/json; charset=latin1", "application/json, x", "json"} {
		w.call("POST", groups, body, "Content-Type: "+kind).refused(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	}
	w.call("POST", groups, body, "Content-Encoding: gzip").refused(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE")
	for _, kind := range []string{"application/json", "Application/JSON; charset=UTF-8", `application/json;charset="utf-8"`} {
		if r := w.call("POST", groups+"/preview", body, "Content-Type: "+kind); r.status != http.StatusOK {
			t.Errorf("%s: %d %s", kind, r.status, r.body)
		}
	}
}

func TestBodySize(t *testing.T) {
	w := newWorld(t)
	body := group("cus_holz", "1", `"sub_1"`)
	full := body + strings.Repeat(" ", maxBody-len(body))
	if r := w.call("POST", groups+"/preview", full); r.status != http.StatusOK {
		t.Errorf("%d bytes: %d %s", len(full), r.status, r.body)
	}
	w.call("POST", groups, full+" ").refused(http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")

	// Without a Content-Length the size shows only on the way.
	r, err := http.NewRequestWithContext(t.Context(), "POST", w.url+groups, struct{ *strings.Reader }{strings.NewReader(full + " ")})
	must(t, err)
	r.Header = http.Header{"Authorization": {"Bearer " + w.key}, "Tenant-Id": {w.mietwerk.ID}, "Content-Type": {"application/json"}}
	r.ContentLength = -1
	w.send(r).refused(http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
}

func TestMalformedBodies(t *testing.T) {
	w := newWorld(t)
	tests := []struct{ name, body, says string }{
		{"nothing", " \n", "Send a JSON object"},
		{"array", `[]`, "not another kind"},
		{"null", `null`, "not another kind"},
		{"number", `15`, "not another kind"},
		{"cut off", `{"customerId": "cus_holz",`, "line 1, column 26"},
		{"bare word", "{\n  \"groupName\": \"ä\", \"billingDay\": fifteen}", "line 2, column 36"},
		{"trailing comma", `{"billingDay": 1,}`, "line 1, column 18"},
		{"second value", `{"billingDay": 1} {}`, "line 1, column 19"},
		{"octal", `{"billingDay": 015}`, "line 1, column 17"},
		{"control character", "{\"groupName\": \"a\x01\"}", "line 1, column 17"},
		{"not UTF-8", "{\"groupName\": \"\xff\"}", "not UTF-8 at line 1, column 16"},
		{"deep", strings.Repeat("[", 200_000), "not valid JSON"},
		{"deep inside", `{"x":` + strings.Repeat(`{"x":`, 100_000), "not valid JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := w.call("POST", groups, test.body)
			r.t = t
			r.refused(http.StatusBadRequest, billing.CodeValidation)
			if message := r.refusal().Message; !strings.Contains(message, test.says) {
				t.Errorf("%q does not say %q", message, test.says)
			}
		})
	}
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
}

// What can't be read is told together with what the rules find.
func TestWrongTypes(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name, body string
		code       billing.Code
		details    []string
	}{
		{"ids no list", `{"customerId":"cus_holz","groupName":"n","billingDay":1,"rentalIds":"sub_1"}`, "VALIDATION_ERROR", []string{"rentalIds VALIDATION_ERROR"}},
		{"ids an object", `{"customerId":"cus_holz","groupName":"n","billingDay":0,"rentalIds":{"0":"sub_1"}}`, "VALIDATION_ERROR", []string{
			"rentalIds VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY"}},
		{"items", `{"customerId":"cus_holz","groupName":" ","billingDay":1.5,"rentalIds":["sub_1",5,"sub_x",null,["sub_2"],"sub_bau"]}`, "VALIDATION_ERROR", []string{
			"rentalIds[1] VALIDATION_ERROR", "rentalIds[3] VALIDATION_ERROR", "rentalIds[4] VALIDATION_ERROR", "groupName VALIDATION_ERROR",
			"billingDay INVALID_BILLING_DAY", "rentalIds[2] SUBSCRIPTION_NOT_FOUND", "rentalIds[5] SUBSCRIPTION_DIFFERENT_CUSTOMER"}},
		{"item beside a blank one", `{"customerId":"cus_holz","groupName":"n","billingDay":1,"rentalIds":[5,""]}`, "VALIDATION_ERROR", []string{
			"rentalIds[0] VALIDATION_ERROR", "rentalIds[1] SUBSCRIPTION_NOT_FOUND"}},
		{"texts", `{"customerId":7,"groupName":true,"billingDay":1,"rentalIds":["sub_1"],"notes":[],"reference":{}}`, "VALIDATION_ERROR", []string{
			"customerId VALIDATION_ERROR", "groupName VALIDATION_ERROR", "reference VALIDATION_ERROR", "notes VALIDATION_ERROR"}},
		{"half a character", `{"customerId":"cus_holz","groupName":"a\ud83d","billingDay":1,"rentalIds":["sub_1"]}`, "VALIDATION_ERROR", []string{"groupName VALIDATION_ERROR"}},
		{"null", `{"customerId":null,"groupName":null,"billingDay":null,"rentalIds":null,"notes":null}`, "VALIDATION_ERROR", []string{
			"customerId VALIDATION_ERROR", "groupName VALIDATION_ERROR", "billingDay INVALID_BILLING_DAY", "rentalIds VALIDATION_ERROR"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{groups, groups + "/preview"} {
				r := w.call("POST", path, test.body)
				r.t = t
				r.refused(http.StatusBadRequest, test.code, test.details...)
			}
		})
	}
	if n := w.groups(); n != 0 {
		t.Errorf("%d groups", n)
	}
}

func TestLastOfTwoCounts(t *testing.T) {
	w := newWorld(t)
	made := w.create(`{"customerId":"cus_x","customerId":"cus_holz","groupName":"n","billingDay":99,"rentalIds":["sub_1"],"billingDay":2,"notes":null}`)
	if made["customerId"] != "cus_holz" || made["billingDay"] != json.Number("2") {
		t.Errorf("%v", made)
	}
}

// A whole character, and the mark that stands for a lost one, are text like any other.
func TestCharacters(t *testing.T) {
	w := newWorld(t)
	for i, name := range []string{`\ud83d\ude00`, `\ufffd`, "\uFFFD", "\u00FCber"} {
		var want string
		must(t, json.Unmarshal([]byte(`"`+name+`"`), &want))
		made := w.create(`{"customerId":"cus_holz","groupName":"` + name + `","billingDay":1,"rentalIds":["sub_` + string(rune('a'+i)) + `"]}`)
		if made["groupName"] != want {
			t.Errorf("%q became %q", want, made["groupName"])
		}
	}
	r := w.call("POST", groups, `{"customerId":"cus_bau","groupName":"<b>&","billingDay":1,"rentalIds":["sub_bau"]}`)
	if !strings.Contains(string(r.body), `"<b>&"`) {
		t.Errorf("escaped for no reason: %s", r.body)
	}
}

// An answer stays bounded whatever the body holds.
func TestManyProblems(t *testing.T) {
	w := newWorld(t)
	body := `{"customerId":"cus_holz","groupName":"n","billingDay":1,"rentalIds":[` + strings.TrimSuffix(strings.Repeat("0,", 400_000), ",") + `]}`
	r := w.call("POST", groups, body)
	e := r.refusal()
	if r.status != http.StatusBadRequest || len(e.Details) != maxDetails || e.Message != "There are 10000 problems. Correct each of them and try again." {
		t.Errorf("%d %s with %d details", r.status, e.Message, len(e.Details))
	}
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(group("cus_holz", "1", `"sub_1","sub_2"`)))
	f.Add([]byte(`{"customerId":"c\ud83d","billingDay":1e400,"rentalIds":[1,null,"\u0000"],"months":"3"} `))
	f.Add([]byte("{\"notes\":\"\xff\"}"))
	f.Add([]byte(`{"billingDay":-0.0,"billingDay":1.5E1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := parseFields(body)
		var oracle map[string]any
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber() // 1e400 is valid JSON
		valid := utf8.Valid(body) && json.Valid(body) && decoder.Decode(&oracle) == nil && oracle != nil
		if valid != (err == nil) {
			t.Fatalf("valid %t, but %v", valid, err)
		}
		if err != nil {
			if billing.CodeOf(err) != billing.CodeValidation {
				t.Fatal(err)
			}
			return
		}
		in, months := fields.groupInput(), fields.months()
		for _, s := range append([]string{in.CustomerID, in.Name, in.Reference, in.Notes}, in.SubscriptionIDs...) {
			if !utf8.ValidString(s) {
				t.Fatalf("%q", s)
			}
		}
		if items, list := oracle["rentalIds"].([]any); list && len(items) != len(in.SubscriptionIDs) && len(items) < maxDetails {
			t.Fatalf("%d of %d ids", len(in.SubscriptionIDs), len(items))
		}
		number, _ := oracle["billingDay"].(json.Number)
		if day, err := number.Float64(); billing.ValidBillingDay(in.BillingDay) && (err != nil || day != float64(in.BillingDay)) {
			t.Fatalf("day %v became %d", oracle["billingDay"], in.BillingDay)
		}
		if (months < 1 || months > maxMonths) && !fields.refused("months") {
			t.Fatalf("%d months", months)
		}
		change, err := parseFields(body)
		must(t, err)
		if c := change.groupChange(); (c.Name != nil) != names(oracle, "groupName") || (c.BillingDay != nil) != names(oracle, "billingDay") ||
			c.SubscriptionIDs == nil && names(oracle, "rentalIds") && !change.refused("rentalIds") {
			t.Fatalf("%s became %+v", body, c)
		}
		// What is written anew from what was read is read the same.
		if len(fields.problems) == 0 {
			again, err := json.Marshal(map[string]any{"customerId": in.CustomerID, "groupName": in.Name, "billingDay": in.BillingDay,
				"rentalIds": in.SubscriptionIDs, "reference": in.Reference, "notes": in.Notes})
			must(t, err)
			second, err := parseFields(again)
			must(t, err)
			readAgain, _ := json.Marshal(second.groupInput())
			read, _ := json.Marshal(in)
			if !bytes.Equal(read, readAgain) {
				t.Fatalf("%s became %s", read, readAgain)
			}
		}
	})
}

func names(object map[string]any, field string) bool {
	_, named := object[field]
	return named
}

func TestParseAmount(t *testing.T) {
	for _, test := range []struct {
		number   string
		currency billing.Currency
		want     string // "" is refused
	}{
		{"0", "EUR", "0.00"}, {"129", "EUR", "129.00"}, {"129.5", "EUR", "129.50"}, {"33.33", "EUR", "33.33"}, {"33.3300", "EUR", "33.33"},
		{"1.000", "EUR", "1.00"}, {"1.295e2", "EUR", "129.50"}, {"12950E-2", "EUR", "129.50"}, {"-1", "EUR", "-1.00"}, {"1e+2", "EUR", "100.00"},
		{"92233720368547758.07", "EUR", "92233720368547758.07"}, {"92233720368547758.08", "EUR", ""},
		{"33.333", "EUR", ""}, {"0.001", "EUR", ""}, {"1e-3", "EUR", ""}, {"1e99", "EUR", ""}, {"1e100", "EUR", ""}, {"1e-99999999", "EUR", ""},
		{"0." + strings.Repeat("0", 50), "EUR", ""}, {`"1"`, "EUR", ""}, {"true", "EUR", ""}, {"null", "EUR", ""}, {"[1]", "EUR", ""},
		{"129", "JPY", "129"}, {"129.0", "JPY", "129"}, {"129.5", "JPY", ""}, {"1.295", "KWD", "1.295"}, {"1.2955", "KWD", ""},
	} {
		got, ok := parseAmount(test.number, test.currency)
		if ok != (test.want != "") || ok && (got.String() != test.want || got.Currency != test.currency) {
			t.Errorf("%s %s: %s, %v, want %q", test.number, test.currency, got, ok, test.want)
		}
	}
	for currency, want := range map[billing.Currency]string{"EUR": "129.5", "JPY": "129", "KWD": "129.5"} {
		if got := exampleAmount(currency); got != want {
			t.Errorf("an amount in %s is like %s, want %s", currency, got, want)
		}
	}
}
