package db

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"billfold/billing"
)

// What was told of a customer or a subscription and is not so in the tables is found,
// with many others that are as they were told.
func TestVerifyTold(t *testing.T) {
	s := newStory(t)
	scope := newScope(mustTenant(t, s))
	for i := range toldBatch + 20 {
		in := billing.CustomerChange{Company: ptr(fmt.Sprintf("Told %d GmbH", i)), VATTreatment: ptr(billing.VATExempt), PaymentTerms: ptr(ptr(7))}
		if _, _, err := s.PutCustomer(t.Context(), scope, fmt.Sprintf("told-%d", i), in); err != nil {
			t.Fatal(err)
		}
	}
	file := func(amount string) string {
		return "subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
			"s1,acme,ap@acme.example,,Acme GmbH,,Laptop,PF-1,active,2026-03-03,,24," + amount + ",EUR\n" +
			"new,acme,,,Acme GmbH,,Laptop,PF-2,active,2026-03-03,,24,5.00,EUR\n"
	}
	for _, amount := range []string{"131.00", "135.50"} {
		if _, err := s.Import(t.Context(), scope, strings.NewReader(file(amount)), "fleet.csv"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.UpdateCustomer(t.Context(), scope, "told-3", time.Time{}, billing.CustomerChange{Phone: ptr("+49 1")}); err != nil {
		t.Fatal(err)
	}
	if faults := faultsOf(t, s.path); faults != "" {
		t.Fatal(faults)
	}
	for statement, want := range map[string]string{
		`UPDATE subscriptions SET amount = amount + 100 WHERE id = 's1'`:               "subscription s1: monthlyAmount is 136.5 in the tables, 135.5 in the activity",
		`UPDATE subscriptions SET product = 'Phone' WHERE id = 's1'`:                   `subscription s1: product is "Phone" in the tables, "Laptop" in the activity`,
		`UPDATE customers SET vat_treatment = 'standard' WHERE id = 'told-7'`:          `customer told-7: vatTreatment is "standard" in the tables, "exempt" in the activity`,
		`UPDATE customers SET email = 'evil@example.com' WHERE id = 'acme'`:            `customer acme: email is "evil@example.com" in the tables, "ap@acme.example" in the activity`,
		`UPDATE customers SET payment_terms = NULL WHERE id = 'told-515'`:              "customer told-515: paymentTerms is null in the tables, 7 in the activity",
		`UPDATE customers SET phone = '' WHERE id = 'told-3'`:                          `customer told-3: phone is "" in the tables, "+49 1" in the activity`,
		`DELETE FROM customer_words; DELETE FROM customers WHERE id = 'told-500'`:      "customer told-500: the activity knows it, the tables don’t",
		`UPDATE subscriptions SET amount = 700 WHERE id = 'new'; SELECT 1 -- not told`: "",
	} {
		path := copyOf(t, s)
		tamper(t, path, statement)
		if faults := faultsOf(t, path); faults != want {
			t.Errorf("%s\n%s\nwant %s", statement, faults, want)
		}
	}
}
