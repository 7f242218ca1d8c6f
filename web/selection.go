package web

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"

	"billfold/billing"
)

// selection is which of a customer's subscriptions are ticked, over all pages of a
// table that shows some of them at a time. It travels in the form and in the URL:
// the ticks on the page that is shown as ids, all others as one short text, so that
// reload and Back work and nothing has to be stored.
type selection struct {
	all    []billing.Subscription // in the order they were taken in, which never changes
	ticked []bool                 // by index in all
}

// errStaleSelection says that the subscriptions are no longer those that were counted.
var errStaleSelection = errors.New("the customer's subscriptions have changed since this page was made; please choose again")

// newSelection reads a selection: kept stands for the ticks of pages not shown, ids
// are those of the page that is. Ids the customer doesn't have are answered as unknown.
// A kept text that was made over other subscriptions is refused, never misread; new
// subscriptions at the end don't matter.
func newSelection(all []billing.Subscription, kept string, ids []string) (sel selection, unknown []string, err error) {
	sel = selection{all: all, ticked: make([]bool, len(all))}
	if kept != "" {
		if err := sel.restore(kept); err != nil {
			clear(sel.ticked)
			return sel, nil, err
		}
	}
	if len(ids) == 0 {
		return sel, nil, nil
	}
	index := make(map[string]int, len(all))
	for i, s := range all {
		index[s.ID] = i
	}
	for _, id := range ids {
		if i, found := index[id]; found {
			sel.ticked[i] = true
		} else if !slices.Contains(unknown, id) {
			unknown = append(unknown, id)
		}
	}
	return sel, unknown, nil
}

// restore reads what keep wrote: a checksum over the counted ids, their count, one
// bit for each.
func (sel selection) restore(kept string) error {
	data, err := base64.RawURLEncoding.DecodeString(kept)
	if err != nil || len(data) < 8 {
		return errStaleSelection
	}
	sum, count, bits := binary.BigEndian.Uint32(data), int(binary.BigEndian.Uint32(data[4:])), data[8:]
	if count > len(sel.all) || len(bits) != (count+7)/8 || sum != checksum(sel.all[:count]) {
		return errStaleSelection
	}
	for i := range count {
		if bits[i/8]&(1<<(i%8)) != 0 {
			sel.ticked[i] = true
		}
	}
	return nil
}

// keep writes the ticks of all subscriptions but those shown, "" where there are none.
func (sel selection) keep(shown map[string]bool) string {
	data := make([]byte, 8+(len(sel.all)+7)/8)
	any := false
	for i, s := range sel.all {
		if sel.ticked[i] && !shown[s.ID] {
			data[8+i/8] |= 1 << (i % 8)
			any = true
		}
	}
	if !any {
		return ""
	}
	binary.BigEndian.PutUint32(data, checksum(sel.all))
	binary.BigEndian.PutUint32(data[4:], uint32(len(sel.all)))
	return base64.RawURLEncoding.EncodeToString(data)
}

// ids answers the ticked subscriptions' ids in stable order.
func (sel selection) ids() []string {
	var ids []string
	for i, s := range sel.all {
		if sel.ticked[i] {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func checksum(subscriptions []billing.Subscription) uint32 {
	h := crc32.NewIEEE()
	for _, s := range subscriptions {
		h.Write([]byte(s.ID))
		h.Write([]byte{0})
	}
	return h.Sum32()
}
