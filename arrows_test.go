package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows says which room of the house may import which others. They run one way:
// from the command line over the web to the rules, which know nobody.
var arrows = map[string][]string{
	".":       {"billing", "db", "web"},
	"billing": {},
	"db":      {"billing"},
	"static":  {},
	"views":   {"billing", "static"},
	"web":     {"billing", "db", "static", "views", "web/api"},
	"web/api": {"billing", "db"},
}

// kept says which rooms alone may use something from elsewhere.
var kept = map[string][]string{
	"database/sql":                {"db"},
	"github.com/labstack/echo/v4": {"web", "web/api"},
	"github.com/a-h/templ":        {"views", "web"},
}

// source is one Go file.
type source struct {
	name, room string // the name's path and its folder, from the project's root
	test       bool
	generated  bool
	file       *ast.File
	files      *token.FileSet
}

// sources parses every Go file of the project.
func sources(t *testing.T) []source {
	t.Helper()
	var found []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		name = filepath.ToSlash(name)
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		found = append(found, source{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), file != nil && ast.IsGenerated(file), file, files})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("only %d files found", len(found))
	}
	return found
}

func (s source) imports() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		paths = append(paths, name)
	}
	return paths
}

func TestImportArrows(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t) {
		allowed, known := arrows[s.room]
		if !known {
			t.Errorf("%s: no room of the house is called %s", s.name, s.room)
		}
		for _, imported := range s.imports() {
			room, ours := strings.CutPrefix(imported, "billfold/")
			if ours {
				used[s.room+" "+room] = true
			}
			if ours && !slices.Contains(allowed, room) && room != s.room {
				t.Errorf("%s: %s must not import %s", s.name, s.room, room)
			}
			if rooms, isKept := kept[imported]; isKept && !s.test && !slices.Contains(rooms, s.room) {
				t.Errorf("%s: only %v may import %s", s.name, rooms, imported)
			}
		}
	}
	for room, others := range arrows {
		for _, other := range others {
			if !used[room+" "+other] {
				t.Errorf("nothing in %s imports %s any more: take the arrow out", room, other)
			}
		}
	}
}

// The rules are pure: nothing from outside the standard library, no web, no clock.
func TestBillingIsPure(t *testing.T) {
	for _, s := range sources(t) {
		if s.room != "billing" || s.test {
			continue
		}
		for _, imported := range s.imports() {
			first, _, _ := strings.Cut(imported, "/")
			if strings.Contains(first, ".") || first == "net" && imported != "net/mail" || first == "os" || first == "database" {
				t.Errorf("%s imports %s", s.name, imported)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, n.Sel.Name) {
					t.Errorf("%s: time.%s", s.files.Position(n.Pos()), n.Sel.Name)
				}
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine", s.files.Position(n.Pos()))
			}
			return true
		})
	}
}

// A reader should see a function on one screen, and take in a file in one sitting. A
// test may be longer: most of it is a table.
func TestSize(t *testing.T) {
	const longestFile, longestFunction = 400, 70
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		if lines := s.files.File(s.file.Pos()).LineCount(); lines > longestFile {
			t.Errorf("%s has %d lines, more than %d", s.name, lines, longestFile)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test {
				continue
			}
			from, to := s.files.Position(f.Pos()).Line, s.files.Position(f.End()).Line
			if lines := to - from + 1; lines > longestFunction {
				t.Errorf("%s:%d: %s has %d lines, more than %d", s.name, from, f.Name.Name, lines, longestFunction)
			}
		}
	}
}
