package db

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// demoRandom is chance that repeats itself: the same seed makes the same demo.
type demoRandom struct{ *rand.Rand }

func newDemoRandom(seed uint64) demoRandom {
	return demoRandom{rand.New(rand.NewPCG(seed, 0x62696c6c666f6c64))}
}

// between answers a number from low to high, both included.
func (r demoRandom) between(low, high int) int { return low + r.IntN(high-low+1) }

// chance is true in so many of a hundred cases.
func (r demoRandom) chance(percent int) bool { return r.IntN(100) < percent }

// fill replaces each # of a pattern by a digit and each @ by a letter or a digit.
func (r demoRandom) fill(pattern string) string {
	const digits, letters = "0123456789", "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ" // I and O are taken for 1 and 0
	b := []byte(pattern)
	for i, c := range b {
		switch c {
		case '#':
			b[i] = digits[r.IntN(len(digits))]
		case '@':
			b[i] = letters[r.IntN(len(letters))]
		}
	}
	return string(b)
}

// id is an id like those of [newID], made at a time.
func (r demoRandom) id(prefix string, at time.Time) string {
	var entropy [16]byte
	binary.BigEndian.PutUint64(entropy[:8], r.Uint64())
	binary.BigEndian.PutUint64(entropy[8:], r.Uint64())
	var id ulid.ULID
	// Both refuse only what can't be here: the year 10889 and another length.
	_ = id.SetTime(ulid.Timestamp(at))
	_ = id.SetEntropy(entropy[:10])
	return prefix + "_" + strings.ToLower(id.String())
}

// oneOf answers one of several values.
func oneOf[T any](r demoRandom, values []T) T { return values[r.IntN(len(values))] }

// demoDeck deals its cards in random order, each of them once before any comes again.
// So a share of the cards is that share of a small demo too, which chance alone
// would not promise.
type demoDeck[T any] struct {
	cards []T
	dealt int
}

func (d *demoDeck[T]) deal(r demoRandom) T {
	if d.dealt == 0 {
		r.Shuffle(len(d.cards), func(i, j int) { d.cards[i], d.cards[j] = d.cards[j], d.cards[i] })
	}
	card := d.cards[d.dealt]
	d.dealt = (d.dealt + 1) % len(d.cards)
	return card
}

// demoShare is a card and how many of it are in a deck.
type demoShare[T any] struct {
	count int
	card  T
}

func newDemoDeck[T any](shares ...demoShare[T]) *demoDeck[T] {
	d := new(demoDeck[T])
	for _, s := range shares {
		for range s.count {
			d.cards = append(d.cards, s.card)
		}
	}
	return d
}

// demoNumbers are short ids that look drawn at random, as another program's do, and
// yet never repeat.
type demoNumbers struct {
	prefix string
	digits int // of 5 bits each
	next   uint64
}

func newDemoNumbers(r demoRandom, prefix string, digits int) *demoNumbers {
	return &demoNumbers{prefix: prefix, digits: digits, next: r.Uint64()}
}

func (n *demoNumbers) id() string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	// Multiplying by an odd number maps the numbers of so many bits onto themselves.
	value := n.next * 0x9e3779b97f4a7c15
	n.next++
	id := make([]byte, n.digits)
	for i := range id {
		id[i] = alphabet[value%32]
		value /= 32
	}
	return n.prefix + string(id)
}
