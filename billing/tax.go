package billing

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// VATMode says how a tenant's amounts relate to value added tax.
type VATMode string

// The VAT modes a tenant can have.
const (
	VATNone      VATMode = "none"      // no VAT is charged
	VATExclusive VATMode = "exclusive" // VAT comes on top of the amounts
	VATInclusive VATMode = "inclusive" // VAT is contained in the amounts
)

// MaxVATRate is the highest rate accepted, in hundredths of a percent.
const MaxVATRate = 100_00

// VAT is the tax an invoice is made with.
type VAT struct {
	Mode VATMode
	// Rate is in hundredths of a percent: 19 % is 1900.
	Rate int
}

// ParseVAT reads a mode and a rate in percent ("19", "7.7"). Mode none needs no rate.
func ParseVAT(mode, rate string) (VAT, error) {
	v := VAT{Mode: VATMode(strings.TrimSpace(mode))}
	switch v.Mode {
	case VATNone:
		return v, nil
	case VATExclusive, VATInclusive:
	default:
		return VAT{}, fmt.Errorf("%q is not a VAT mode. Use none, exclusive or inclusive", mode)
	}
	percent, err := ParseMoney(strings.TrimSpace(rate), "EUR")
	if err != nil || percent.Minor < 0 || percent.Minor > MaxVATRate {
		return VAT{}, fmt.Errorf("%q is not a VAT rate. Write a percentage from 0 to 100, for example 19 or 7.7", rate)
	}
	v.Rate = int(percent.Minor)
	return v, nil
}

// Percent writes the rate in percent: "19", "7.7".
func (v VAT) Percent() string {
	s := strconv.FormatFloat(float64(v.Rate)/100, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// For answers the tax that applies to a customer: reverse charge and exempt
// customers are billed without tax.
func (v VAT) For(c Customer) VAT {
	if c.VATTreatment != VATStandard && c.VATTreatment != "" {
		return VAT{Mode: VATNone}
	}
	return v
}

// Totals are the sums of an invoice in minor units. Subtotal + Tax = Total.
type Totals struct {
	Subtotal, Tax, Total int64
}

// Totals adds up amounts in minor units, none of them negative, and answers the
// sums and each amount's share of the tax. The tax is rounded once, on the sum,
// half away from zero; the shares are dealt by largest remainder, the earlier
// line first where remainders are equal, so that they add up to the tax exactly.
func (v VAT) Totals(amounts []int64) (Totals, []int64) {
	var sum int64
	for _, a := range amounts {
		sum += a
	}
	t := Totals{Subtotal: sum, Total: sum}
	switch v.Mode {
	case VATExclusive:
		t.Tax = mulDivRound(sum, int64(v.Rate), 100_00)
		t.Total = sum + t.Tax
	case VATInclusive:
		t.Tax = mulDivRound(sum, int64(v.Rate), 100_00+int64(v.Rate))
		t.Subtotal = sum - t.Tax
	}
	return t, share(t.Tax, sum, amounts)
}

// share deals out a tax in proportion to amounts that add up to sum.
func share(tax, sum int64, amounts []int64) []int64 {
	shares := make([]int64, len(amounts))
	if tax == 0 || sum == 0 {
		return shares
	}
	remainders := make([]uint64, len(amounts))
	order := make([]int, len(amounts))
	left := tax
	for i, a := range amounts {
		high, low := bits.Mul64(uint64(tax), uint64(a))
		whole, remainder := bits.Div64(high, low, uint64(sum))
		shares[i], remainders[i], order[i] = int64(whole), remainder, i
		left -= shares[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares
}

// mulDivRound answers a × b / c rounded half away from zero, for a ≥ 0, b ≥ 0 and
// c ≥ b, c > 0, through 128 bits so that no invoice total can overflow on the way.
func mulDivRound(a, b, c int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(b))
	whole, remainder := bits.Div64(high, low, uint64(c))
	if remainder >= uint64(c)-remainder {
		whole++
	}
	return int64(whole)
}
