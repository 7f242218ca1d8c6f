package billing

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseVAT(t *testing.T) {
	for _, test := range []struct {
		mode, rate string
		want       VAT
		percent    string
	}{
		{"exclusive", "19", VAT{VATExclusive, 19_00}, "19"},
		{"inclusive", "7.7", VAT{VATInclusive, 7_70}, "7.7"},
		{" inclusive ", " 8,25 ", VAT{VATInclusive, 8_25}, "8.25"},
		{"exclusive", "20.00", VAT{VATExclusive, 20_00}, "20"},
		{"exclusive", "10", VAT{VATExclusive, 10_00}, "10"},
		{"exclusive", "100", VAT{VATExclusive, MaxVATRate}, "100"},
		{"exclusive", "0", VAT{VATExclusive, 0}, "0"},
		{"none", "", VAT{VATNone, 0}, "0"},
		{"none", "19", VAT{VATNone, 0}, "0"},
	} {
		got, err := ParseVAT(test.mode, test.rate)
		if err != nil || got != test.want {
			t.Errorf("ParseVAT(%q, %q) = %v, %v; want %v", test.mode, test.rate, got, err, test.want)
		}
		if got.Percent() != test.percent {
			t.Errorf("%v is written %q, want %q", got, got.Percent(), test.percent)
		}
	}
	for _, test := range []struct{ mode, rate, says string }{
		{"", "19", "not a VAT mode"},
		{"Exclusive", "19", "Use none, exclusive or inclusive"},
		{"exclusive", "", "not a VAT rate"},
		{"exclusive", "19%", "from 0 to 100"},
		{"exclusive", "-1", "not a VAT rate"},
		{"inclusive", "100.01", "not a VAT rate"},
		{"inclusive", "7.705", "not a VAT rate"},
	} {
		got, err := ParseVAT(test.mode, test.rate)
		if err == nil || !strings.Contains(err.Error(), test.says) || got != (VAT{}) {
			t.Errorf("ParseVAT(%q, %q) = %v, %v; want an error that says %q", test.mode, test.rate, got, err, test.says)
		}
	}
}

func TestVATFor(t *testing.T) {
	tax := VAT{VATExclusive, 19_00}
	for treatment, want := range map[VATTreatment]VAT{
		"":               tax,
		VATStandard:      tax,
		VATReverseCharge: {Mode: VATNone},
		VATExempt:        {Mode: VATNone},
	} {
		if got := tax.For(Customer{VATTreatment: treatment}); got != want {
			t.Errorf("a customer of treatment %q is billed with %v, want %v", treatment, got, want)
		}
	}
}

func TestVATTotals(t *testing.T) {
	three := []int64{33_33, 33_33, 33_33}
	for _, test := range []struct {
		name    string
		vat     VAT
		amounts []int64
		want    Totals
		shares  []int64
	}{
		{"none", VAT{VATNone, 0}, three, Totals{99_99, 0, 99_99}, []int64{0, 0, 0}},
		{"none ignores a rate", VAT{VATNone, 19_00}, three, Totals{99_99, 0, 99_99}, []int64{0, 0, 0}},
		{"exclusive is rounded once", VAT{VATExclusive, 19_00}, three, Totals{99_99, 19_00, 118_99}, []int64{6_34, 6_33, 6_33}},
		{"inclusive is rounded once", VAT{VATInclusive, 19_00}, three, Totals{84_03, 15_96, 99_99}, []int64{5_32, 5_32, 5_32}},
		{"inclusive", VAT{VATInclusive, 19_00}, []int64{119_00}, Totals{100_00, 19_00, 119_00}, []int64{19_00}},
		{"half a cent is rounded up", VAT{VATExclusive, 50_00}, []int64{1}, Totals{1, 1, 2}, []int64{1}},
		{"just under half a cent is rounded down", VAT{VATExclusive, 49_99}, []int64{1}, Totals{1, 0, 1}, []int64{0}},
		{"inclusive half a cent", VAT{VATInclusive, 100_00}, []int64{1}, Totals{0, 1, 1}, []int64{1}},
		{"the larger remainder first", VAT{VATExclusive, 10_00}, []int64{1_02, 1_04, 1_04}, Totals{3_10, 31, 3_41}, []int64{10, 11, 10}},
		{"the earlier of equal ones", VAT{VATExclusive, 19_00}, []int64{50, 50}, Totals{1_00, 19, 1_19}, []int64{10, 9}},
		{"a free line gets no tax", VAT{VATExclusive, 19_00}, []int64{0, 33_33, 0}, Totals{33_33, 6_33, 39_66}, []int64{0, 6_33, 0}},
		{"nothing to pay", VAT{VATInclusive, 19_00}, []int64{0, 0}, Totals{0, 0, 0}, []int64{0, 0}},
		{"a rate of 0", VAT{VATInclusive, 0}, three, Totals{99_99, 0, 99_99}, []int64{0, 0, 0}},
		{"no lines", VAT{VATExclusive, 19_00}, nil, Totals{}, []int64{}},
		{"a group of the largest amounts", VAT{VATExclusive, 100_00}, slices.Repeat([]int64{MaxAmount}, MaxGroupMembers),
			Totals{MaxAmount * MaxGroupMembers, MaxAmount * MaxGroupMembers, 2 * MaxAmount * MaxGroupMembers},
			slices.Repeat([]int64{MaxAmount}, MaxGroupMembers)},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, shares := test.vat.Totals(test.amounts)
			if got != test.want {
				t.Errorf("totals = %v, want %v", got, test.want)
			}
			if !slices.Equal(shares, test.shares) {
				t.Errorf("shares = %v, want %v", shares, test.shares)
			}
		})
	}
}

// TestVATTotalsLaws recounts random invoices with fractions that lose nothing.
func TestVATTotalsLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vat := VAT{
			rapid.SampledFrom([]VATMode{VATNone, VATExclusive, VATInclusive}).Draw(t, "mode"),
			rapid.OneOf(rapid.SampledFrom([]int{0, 7_00, 7_70, 19_00, 25_50, MaxVATRate}), rapid.IntRange(0, MaxVATRate)).Draw(t, "rate"),
		}
		amount := rapid.OneOf(rapid.Int64Range(0, 300), rapid.Int64Range(0, 500_00), rapid.Int64Range(0, MaxAmount))
		amounts := rapid.SliceOfN(amount, 1, 60).Draw(t, "amounts")
		totals, shares := vat.Totals(amounts)

		var sum, shared int64
		for i, a := range amounts {
			sum += a
			shared += shares[i]
		}
		charged := totals.Subtotal
		if vat.Mode == VATInclusive {
			charged = totals.Total
		}
		if charged != sum || totals.Subtotal+totals.Tax != totals.Total {
			t.Fatalf("totals %v of amounts that add up to %d", totals, sum)
		}
		if shared != totals.Tax {
			t.Fatalf("the shares add up to %d, the tax is %d", shared, totals.Tax)
		}
		exact := exactTax(vat, sum)
		if want := roundedHalfUp(exact); totals.Tax != want {
			t.Fatalf("the tax is %d, want %s rounded to %d", totals.Tax, exact.FloatString(4), want)
		}
		for i, a := range amounts {
			fair := new(big.Rat)
			if sum > 0 {
				fair.SetFrac(new(big.Int).Mul(big.NewInt(totals.Tax), big.NewInt(a)), big.NewInt(sum))
			}
			off := new(big.Rat).Sub(new(big.Rat).SetInt64(shares[i]), fair)
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("line %d of %d has a tax of %d, a fair share is %s", i, a, shares[i], fair.FloatString(4))
			}
		}
	})
}

// exactTax answers the tax on a sum before it is rounded.
func exactTax(v VAT, sum int64) *big.Rat {
	whole := int64(100_00)
	switch v.Mode {
	case VATNone:
		return new(big.Rat)
	case VATInclusive:
		whole += int64(v.Rate)
	}
	return new(big.Rat).Mul(big.NewRat(sum, 1), big.NewRat(int64(v.Rate), whole))
}

func roundedHalfUp(r *big.Rat) int64 {
	twice := new(big.Int).Mul(r.Num(), big.NewInt(2))
	twice.Add(twice, r.Denom())
	return twice.Div(twice, new(big.Int).Mul(r.Denom(), big.NewInt(2))).Int64()
}
