package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"billfold/billing"
)

const acmeEdit = "/customers/acme/edit"

// acme answers the customer as it is stored.
func (s *site) acme() billing.Customer {
	s.t.Helper()
	c, err := s.store.Customer(s.t.Context(), s.tenant, "acme")
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// with sets values of a form, given as name, value, name, value.
func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestEditCustomer(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		page := c.get(acmeEdit).want(http.StatusOK).shows("Edit Acme GmbH", "Invoices issued from now on use what you save.", "The next import overwrites what its file tells",
			"The business unit’s: net 14", "Save changes")
		form := page.filled(acmeEdit)
		c.follow(c.post(acmeEdit, form), "/customers/acme").shows("Nothing was changed.")
		s.advance(1)
		form = with(c.get(acmeEdit).filled(acmeEdit), "company", " Acme AG ", "firstName", "Paul", "lastName", "Brandt", "email", "ap@acme.example", "phone", "+49 30 1",
			"street", "Weg 1", "postalCode", "10115", "city", "Berlin", "country", "DE", "vatId", "DE1", "vatTreatment", "reverse charge", "terms", "own", "paymentTerms", "45", "status", "inactive")
		c.follow(c.post(acmeEdit, form), "/customers/acme").shows("Changes saved.", "Acme AG", "Paul Brandt", "ap@acme.example", "+49 30 1", "Weg 1", "10115 Berlin",
			"Reverse charge: billed without VAT", "Net 45, the customer’s own", "Inactive", "The admin changed the company from “Acme GmbH” to “Acme AG”", "changed the status from active to inactive")
		got, days := s.acme(), 45
		want := billing.Customer{ID: "acme", Type: billing.Business, Status: billing.CustomerInactive, Company: "Acme AG", FirstName: "Paul", LastName: "Brandt", Email: "ap@acme.example",
			Phone: "+49 30 1", Address: billing.Address{Street: "Weg 1", PostalCode: "10115", City: "Berlin", Country: "DE"}, VATID: "DE1", VATTreatment: billing.VATReverseCharge,
			PaymentTerms: &days, CreatedAt: got.CreatedAt, CreatedBy: got.CreatedBy, UpdatedAt: got.UpdatedAt}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		// Its own terms are taken away again.
		form = with(c.get(acmeEdit).filled(acmeEdit), "terms", "unit")
		c.follow(c.post(acmeEdit, form), "/customers/acme").shows("Net 14, the business unit’s", "took out the payment terms net 45")
	})
}

func TestEditCustomerRefused(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		s.group("IT", 1, "s1")
		c.get(acmeEdit).shows("It has 1 billing group, so it has to stay a business until that is deleted.")
		form := with(c.get(acmeEdit).filled(acmeEdit), "type", "individual", "email", "nobody", "terms", "own", "paymentTerms", "a month", "street", strings.Repeat("x", 1000), "city", "Köln")
		refused := c.post(acmeEdit, form).want(http.StatusUnprocessableEntity).shows("There are 4 problems", "Delete its groups first.", "Enter payment terms from 0 to 365 days, or none.")
		for _, field := range []string{"email", "street", "paymentTerms"} {
			if n := refused.byID(field); n == nil || attr(n, "aria-invalid") != "true" {
				t.Errorf("nothing is said beside %s", field)
			}
		}
		if refused.byID("type-error") == nil {
			t.Error("nothing is said beside the type")
		}
		if diff := cmp.Diff(form, refused.filled(acmeEdit)); diff != "" {
			t.Errorf("what was typed: %s", diff)
		}
		if got := s.acme(); got.Address.City != "" || got.Type != billing.Business {
			t.Errorf("stored %+v", got)
		}
	})
}

// Somebody else changes the customer while the form is filled in.
func TestEditCustomerStale(t *testing.T) {
	both(t, func(t *testing.T, s *site, c *client) {
		form := with(c.get(acmeEdit).filled(acmeEdit), "city", "Berlin")
		s.advance(1)
		phone := "+49 30 2"
		s.customer(billing.CustomerChange{Phone: &phone})
		stale := c.post(acmeEdit, form).want(http.StatusConflict).shows("The customer was changed since you opened this page", "Test set the phone number to “+49 30 2”", "Nothing was done yet")
		if stale.field("city") != "Berlin" || s.acme().Address.City != "" {
			t.Errorf("typed %q, stored %+v", stale.field("city"), s.acme())
		}
		// Sent again, what was typed holds, and what the other has changed.
		c.follow(c.post(acmeEdit, stale.filled(acmeEdit)), "/customers/acme").shows("Changes saved.")
		if got := s.acme(); got.Address.City != "Berlin" || got.Phone != phone {
			t.Errorf("stored %+v", got)
		}
		// An import counts, also one by a clock that is behind.
		form = with(c.get(acmeEdit).filled(acmeEdit), "city", "Bonn")
		s.advance(-time.Second)
		s.takeIn("subscriptionId,customerId,customerEmail,customerName,company,sku,productName,serialNumber,status,startDate,endDate,contractLength,monthlyAmount,currency\n" +
			"i1,acme,,,Acme SE,X1,ThinkPad X1,PF-1,active,2026-03-03,,24,129.00,EUR\n")
		c.post(acmeEdit, form).want(http.StatusConflict).shows("changed the company from “Acme GmbH” to “Acme SE”")
		// A form that does not say what it was made from is stale as well.
		form.Del("version")
		c.post(acmeEdit, form).want(http.StatusConflict)
		c.post("/customers/nobody/edit", form).want(http.StatusNotFound)
	})
}
