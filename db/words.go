package db

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxWord bounds a search word, in bytes: nobody types more to find something.
const maxWord = 60

// foldWords takes a text apart into words as a person means them when searching:
// lower case, without accents, split at everything that is no letter or digit.
// "Brückner & Söhne" and "bruckner sohne" are the same words.
func foldWords(s string) []string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'ß':
			b.WriteString("ss")
		case r == 'ø', r == 'Ø':
			b.WriteByte('o')
		case r == 'ł', r == 'Ł':
			b.WriteByte('l')
		case r == 'æ', r == 'Æ':
			b.WriteString("ae")
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		words[i] = strings.ToValidUTF8(w[:min(len(w), maxWord)], "")
	}
	return words
}

// Matcher answers what tells whether a text has every word of a query in it, words
// being compared as in a search: "bruckner" is in "Brückner & Söhne".
func Matcher(query string) func(text string) bool {
	words := foldWords(query)
	if len(words) == 0 {
		return func(string) bool { return true }
	}
	return func(text string) bool {
		folded := strings.Join(foldWords(text), " ")
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(folded, word) })
	}
}

// backwards writes a text from its end.
func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

// jsonOf writes a list for json_each, which takes many values as one parameter.
// What it is given always can be written.
func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// fillWords completes what a migration could only begin, as SQL knows no accents: it
// folds the names that were copied to the words of groups and customers, and writes
// serial numbers backwards.
func fillWords(ctx context.Context, tx querier) error {
	fold := func(name string) string { return strings.Join(foldWords(name), " ") }
	for _, fill := range []struct {
		read, write string
		change      func(string) string
	}{
		{`SELECT key, words FROM groups`, `UPDATE groups SET words = ?2 WHERE key = ?1`, fold},
		{`SELECT key, words FROM customers`, `UPDATE customers SET words = ?2 WHERE key = ?1`, fold},
		{`SELECT key, serial FROM subscriptions`, `UPDATE subscriptions SET serial_backwards = ?2 WHERE key = ?1`, backwards},
	} {
		var keys []int64
		var texts []string
		if err := eachRow(ctx, tx, fill.read, nil, func(row scanner) error {
			var key int64
			var text string
			err := row.Scan(&key, &text)
			keys, texts = append(keys, key), append(texts, text)
			return err
		}); err != nil {
			return err
		}
		for i, key := range keys {
			if _, err := tx.ExecContext(ctx, fill.write, key, fill.change(texts[i])); err != nil {
				return err
			}
		}
	}
	return nil
}
