package db

import (
	"fmt"
	"strconv"
	"strings"

	"billfold/billing"
)

// demoCustomers makes up customers.
type demoCustomers struct {
	demoRandom
	ids       *demoNumbers
	countries *demoDeck[*demoCountry]
	exempt    *demoDeck[bool]
	// taken holds the names and addresses that somebody has.
	taken map[string]bool
}

func newDemoCustomers(r demoRandom) *demoCustomers {
	return &demoCustomers{
		demoRandom: r,
		ids:        newDemoNumbers(r, "cust_", 5),
		countries: newDemoDeck(
			demoShare[*demoCountry]{26, &demoGermany}, demoShare[*demoCountry]{5, &demoAustria}, demoShare[*demoCountry]{3, &demoDenmark},
			demoShare[*demoCountry]{3, &demoPoland}, demoShare[*demoCountry]{3, &demoFrance},
		),
		exempt: newDemoDeck(demoShare[bool]{39, false}, demoShare[bool]{1, true}),
		taken:  make(map[string]bool),
	}
}

// demoAcme is the customer that the demo's first group is made for.
func demoAcme() billing.Customer {
	return billing.Customer{
		ID: "cust_acme", Type: billing.Business, Status: billing.CustomerActive, Company: "Acme Werkzeugbau GmbH",
		FirstName: "Grete", LastName: "Süß", Email: "buchhaltung@acme-werkzeugbau.example", Phone: "+49 30 23125 417",
		Address: billing.Address{Street: "Industriestraße 12", PostalCode: "89073", City: "Ulm", Country: "DE"},
		VATID:   "DE914365870", VATTreatment: billing.VATStandard,
	}
}

// demoLargest is the customer with more subscriptions than fit on a page.
func demoLargest() billing.Customer {
	return billing.Customer{
		ID: "cust_nordhafen", Type: billing.Business, Status: billing.CustomerActive, Company: "Nordhafen Logistik SE & Co. KGaA",
		FirstName: "Thorben", LastName: "von Reventlow", Email: "kreditoren@nordhafen-logistik.example", Phone: "+49 40 66969 880",
		Address: billing.Address{Street: "Am Güterbahnhof 1", PostalCode: "20095", City: "Hamburg", Country: "DE"},
		VATID:   "DE907563412", VATTreatment: billing.VATStandard,
	}
}

// business makes up a company and answers the country it is in.
func (m *demoCustomers) business() (billing.Customer, *demoCountry) {
	country := m.countries.deal(m.demoRandom)
	c := billing.Customer{ID: m.ids.id(), Type: billing.Business, Status: billing.CustomerActive, VATTreatment: billing.VATStandard}
	town := m.place(&c, country)
	var brand string
	c.Company, brand = m.company(country, town)
	c.Email = m.unused(func(namesakes int) string {
		return oneOf(m.demoRandom, country.mailboxes) + "@" + demoDomain(brand) + m.number(namesakes) + ".example"
	})
	if m.chance(70) {
		c.FirstName, c.LastName = oneOf(m.demoRandom, country.first), oneOf(m.demoRandom, country.last)
	}
	if m.chance(90) {
		c.VATID = m.fill(country.vatID)
	}
	switch {
	case country.code != "DE" && c.VATID != "":
		// The seller is in Germany: a company elsewhere in the EU owes the tax itself.
		c.VATTreatment = billing.VATReverseCharge
	case country.code == "DE" && m.exempt.deal(m.demoRandom):
		c.VATTreatment = billing.VATExempt
	}
	if m.chance(15) {
		terms := oneOf(m.demoRandom, []int{7, 14, 14, 45, 60})
		c.PaymentTerms = &terms
	}
	return c, country
}

// individual makes up a person.
func (m *demoCustomers) individual() billing.Customer {
	country := m.countries.deal(m.demoRandom)
	c := billing.Customer{ID: m.ids.id(), Type: billing.Individual, Status: billing.CustomerActive, VATTreatment: billing.VATStandard}
	m.place(&c, country)
	c.FirstName, c.LastName = oneOf(m.demoRandom, country.first), oneOf(m.demoRandom, country.last)
	if m.chance(5) {
		c.Status = billing.CustomerInactive
	}
	c.Email = m.unused(func(namesakes int) string {
		host := oneOf(m.demoRandom, []string{"mailkasten.example", "postfach.example", "briefe.example"})
		return demoDomain(c.FirstName) + "." + demoDomain(c.LastName) + m.number(namesakes) + "@" + host
	})
	return c
}

// place gives a customer an address and a telephone, and answers the town.
func (m *demoCustomers) place(c *billing.Customer, country *demoCountry) string {
	town := oneOf(m.demoRandom, country.towns)
	c.Address = billing.Address{
		Street:     fmt.Sprintf(oneOf(m.demoRandom, country.streets), m.between(1, 140)),
		PostalCode: town.postalCode, City: town.name, Country: country.code,
	}
	if len(country.phones) > 0 {
		c.Phone = m.fill(oneOf(m.demoRandom, country.phones))
	}
	return town.name
}

// company makes up a name that nobody has yet, and its brand: the name without the
// legal form.
func (m *demoCustomers) company(country *demoCountry, town string) (name, brand string) {
	name = m.unused(func(int) string {
		trade, form := oneOf(m.demoRandom, country.trades), oneOf(m.demoRandom, country.forms)
		last := oneOf(m.demoRandom, country.last)
		family := oneOf(m.demoRandom, country.family)
		switch roll := m.IntN(100); {
		case roll < 40:
			brand = last + " " + trade
		case roll < 62:
			brand = oneOf(m.demoRandom, country.stems) + " " + trade
		case roll < 76:
			brand, form = last+" & "+oneOf(m.demoRandom, country.last)+" "+trade, family
		case roll < 84:
			brand, form = last+" & "+oneOf(m.demoRandom, country.last), family
		case roll < 93:
			brand = last + " " + trade + " " + town
		case roll < 96:
			brand = fmt.Sprintf(oneOf(m.demoRandom, country.long), town)
			return brand
		default:
			brand = oneOf(m.demoRandom, country.stems)
		}
		return brand + " " + form
	})
	return name, brand
}

// unused draws until it has what nobody else has, and tells each draw how many before
// it were in vain. There must be enough to draw from.
func (m *demoCustomers) unused(draw func(vain int) string) string {
	for vain := 0; ; vain++ {
		if drawn := draw(vain); !m.taken[drawn] {
			m.taken[drawn] = true
			return drawn
		}
	}
}

// number tells the addresses of namesakes apart.
func (m *demoCustomers) number(namesakes int) string {
	if namesakes < 3 {
		return ""
	}
	return strconv.Itoa(m.between(2, 99))
}

// demoDomain writes a name as a part of a domain's name.
func demoDomain(name string) string {
	ascii := demoSpelling.Replace(strings.ToLower(name))
	domain := strings.Join(foldWords(ascii), "-")
	return strings.Trim(domain[:min(len(domain), 40)], "-")
}

// demoSpelling is how German and Danish names are spelled without their letters.
var demoSpelling = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe", "ı", "i", "’", "")
