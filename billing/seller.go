package billing

// MissingDetails answers what a proper invoice of the tenant's still lacks about who
// sends it, in words: "the address", "the IBAN". A tax number does where there is no VAT
// id, and neither is asked for where no VAT is charged. A name there always is.
func (t Tenant) MissingDetails() (missing []string) {
	s := t.PrintedSeller()
	for _, detail := range []struct {
		words  string
		lacked bool
	}{
		{"the address", !s.Address.Complete()},
		{"the VAT id or tax number", t.VAT.Mode != VATNone && s.VATID == "" && s.TaxNumber == ""},
		{"the IBAN", s.IBAN == ""},
	} {
		if detail.lacked {
			missing = append(missing, detail.words)
		}
	}
	return missing
}
