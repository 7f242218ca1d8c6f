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

// jsonOf writes a list for json_each, which takes many values as one parameter.
// What it is given always can be written.
func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// foldNames folds the names that a migration has copied to the words of groups and
// customers: SQL knows no accents.
func foldNames(ctx context.Context, tx querier) error {
	for _, table := range []string{"groups", "customers"} {
		names := make(map[int64]string)
		if err := eachRow(ctx, tx, `SELECT key, words FROM `+table, nil, func(row scanner) error {
			var key int64
			var name string
			err := row.Scan(&key, &name)
			names[key] = name
			return err
		}); err != nil {
			return err
		}
		for key, name := range names {
			if _, err := tx.ExecContext(ctx, `UPDATE `+table+` SET words = ?2 WHERE key = ?1`, key, strings.Join(foldWords(name), " ")); err != nil {
				return err
			}
		}
	}
	return nil
}
