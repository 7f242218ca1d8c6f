package web

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"billfold/billing"
)

func numberedSubscriptions(n int) []billing.Subscription {
	list := make([]billing.Subscription, n)
	for i := range list {
		list[i].ID = fmt.Sprintf("sub_%04d", i)
	}
	return list
}

// A selection survives paging: what is shown travels as ids, the rest as one text.
func TestSelectionSurvivesPaging(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := numberedSubscriptions(rapid.IntRange(0, 200).Draw(t, "subscriptions"))
		sel := selection{all: all, ticked: make([]bool, len(all))}
		shown := make(map[string]bool)
		var ticksShown []string
		for i, s := range all {
			sel.ticked[i] = rapid.Bool().Draw(t, "ticked")
			if shown[s.ID] = rapid.Bool().Draw(t, "shown"); shown[s.ID] && sel.ticked[i] {
				ticksShown = append(ticksShown, s.ID)
			}
		}
		grown := append(slices.Clone(all), billing.Subscription{ID: "sub_new"})
		again, unknown, err := newSelection(grown, sel.keep(shown), ticksShown)
		if err != nil || len(unknown) > 0 {
			t.Fatalf("restored with %v, unknown %v", err, unknown)
		}
		if !slices.Equal(again.ids(), sel.ids()) {
			t.Fatalf("restored %v, want %v", again.ids(), sel.ids())
		}
	})
}

func TestSelectionOfOtherSubscriptionsIsRefused(t *testing.T) {
	all := numberedSubscriptions(20)
	sel, _, _ := newSelection(all, "", []string{"sub_0003", "sub_0017"})
	kept := sel.keep(nil)
	swapped := slices.Clone(all)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	for name, test := range map[string]struct {
		all  []billing.Subscription
		kept string
	}{
		"another order":   {swapped, kept},
		"one less":        {all[:19], kept},
		"another set":     {numberedSubscriptions(30)[10:], kept},
		"cut short":       {all, kept[:len(kept)-2]},
		"not base64":      {all, "%%%"},
		"a count too big": {all, "AAAAAP____8"},
	} {
		got, _, err := newSelection(test.all, test.kept, nil)
		if err == nil || len(got.ids()) > 0 {
			t.Errorf("%s: err %v, ticked %v; want a refusal and nothing ticked", name, err, got.ids())
		}
	}
}

func TestSelectionTellsUnknownIDs(t *testing.T) {
	sel, unknown, err := newSelection(numberedSubscriptions(3), "", []string{"sub_0001", "nope", "nope"})
	if err != nil || !slices.Equal(unknown, []string{"nope"}) || !slices.Equal(sel.ids(), []string{"sub_0001"}) {
		t.Errorf("got %v, unknown %v, err %v", sel.ids(), unknown, err)
	}
}

func TestKeptTextIsShort(t *testing.T) {
	all := numberedSubscriptions(5000)
	sel := selection{all: all, ticked: make([]bool, len(all))}
	for i := range all {
		sel.ticked[i] = true
	}
	if n := len(sel.keep(nil)); n > 850 {
		t.Errorf("5,000 ticks take %d characters", n)
	}
}
