// Package arch holds the house rules that a compiler does not know: which room may import which, where the window system
// and the keys may appear, how packages are named and described, and that nothing prints.
//
// [Check] reads the source of a tree and returns what breaks a rule. The test of this package runs it on the project, so
// that an upward import fails like any other test.
package arch

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Finding is one broken rule.
type Finding struct {
	// Path is a file or a folder, relative to the root of the tree.
	Path string
	// Line counts from 1; it is 0 when the whole file or folder is meant.
	Line int
	// Rule says what is wrong and what to do.
	Rule string
}

// String gives place and rule on one line.
func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Rule
	}
	return f.Path + ":" + strconv.Itoa(f.Line) + ": " + f.Rule
}

// topFolders are the folders of the top level that hold Go files.
var topFolders = []string{"app", "assets", "cmd", "internal", "sync"}

// Check reads all Go files of a tree and returns what breaks a rule, in the order of paths and lines.
// The error is about reading, not about rules.
func Check(tree fs.FS) ([]Finding, error) {
	c := checker{packages: map[string]*packageFacts{}}
	for _, top := range topFolders {
		if _, err := fs.Stat(tree, top); err != nil {
			continue
		}
		err := fs.WalkDir(tree, top, func(file string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() {
				if name := entry.Name(); name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
					return fs.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(file, ".go") {
				return nil
			}
			content, err := fs.ReadFile(tree, file)
			if err != nil {
				return err
			}
			return c.file(file, content)
		})
		if err != nil {
			return nil, err
		}
	}
	c.describe()
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	return c.found, nil
}

type packageFacts struct {
	described bool // has a package comment
}

type checker struct {
	packages map[string]*packageFacts // by folder; test files do not count
	found    []Finding
}

func (c *checker) say(path string, line int, format string, args ...any) {
	c.found = append(c.found, Finding{Path: path, Line: line, Rule: fmt.Sprintf(format, args...)})
}

// source is one parsed file.
type source struct {
	name, folder string
	test         bool
	set          *token.FileSet
	tree         *ast.File
}

func (s source) line(node ast.Node) int { return s.set.Position(node.Pos()).Line }

// file checks one Go file.
func (c *checker) file(name string, content []byte) error {
	s := source{name: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
	tree, err := parser.ParseFile(s.set, name, content, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	s.tree = tree
	if lines := bytes.Count(content, []byte("\n")); lines > maxLines && !strings.HasSuffix(name, "_gen.go") {
		c.say(name, 0, "has %d lines, at most %d are read in one go; split it by what it does", lines, maxLines)
	}
	for _, part := range append(strings.Split(s.folder, "/"), tree.Name.Name) {
		if slices.Contains(forbiddenNames, part) {
			c.say(name, 0, "the package name %q says nothing about what is inside", part)
			break
		}
	}
	for _, spec := range tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		c.importRules(s, s.line(spec), imported)
	}
	if s.test {
		return nil
	}
	if c.packages[s.folder] == nil {
		c.packages[s.folder] = &packageFacts{}
		if line, _ := layerOf(s.folder); line < 0 {
			c.say(s.folder, 0, "the package stands on no line of internal/arch/layers.go; give it a place")
		}
	}
	if describes(tree) {
		c.packages[s.folder].described = true
	}
	if s.library() {
		c.silent(s)
	}
	return nil
}

// library reports whether the file lies below the programs and the screens. A generator there is a program of its own.
func (s source) library() bool {
	return (within(s.folder, "internal") || within(s.folder, "sync")) && s.tree.Name.Name != "main"
}

// importRules checks one import.
func (c *checker) importRules(s source, line int, imported string) {
	graphical := within(s.folder, "app") || within(s.folder, "cmd/feltbok")
	switch {
	case within(imported, "fyne.io/fyne/v2/app") && s.folder != "cmd/feltbok":
		c.say(s.name, line, "imports %s; only cmd/feltbok starts the window system, for it alone needs cgo", imported)
	case strings.HasPrefix(imported, "fyne.io/") && !graphical:
		c.say(s.name, line, "imports %s; Fyne belongs in app/ and cmd/feltbok", imported)
	}
	if s.test { // a test may look up and behind: it is no part of the program
		return
	}
	if within(s.folder, "app") {
		for _, hidden := range hiddenFromApp {
			if within(imported, hidden) {
				c.say(s.name, line, "imports %s; screens know no keys, files or databases, ask the workspace", imported)
			}
		}
	}
	if s.library() && within(imported, "log") {
		c.say(s.name, line, "imports %s; nothing below the programs writes a log, return an error instead", imported)
	}
	target, own := strings.CutPrefix(imported, module+"/")
	if !own {
		return
	}
	from, room := layerOf(s.folder)
	to, targetRoom := layerOf(target)
	if from >= 0 && to >= from && room != targetRoom {
		c.say(s.name, line, "%s imports %s, which does not stand below it (internal/arch/layers.go)", s.folder, target)
	}
}

// silent finds what writes to the terminal: answers must not end up there (security.md pitfall 11).
func (c *checker) silent(s source) {
	ast.Inspect(s.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if !ok {
				return true
			}
			switch called := pkg.Name + "." + n.Sel.Name; called {
			case "fmt.Print", "fmt.Printf", "fmt.Println", "os.Stdout", "os.Stderr":
				c.say(s.name, s.line(n), "uses %s; only the programs in cmd/ talk to a terminal", called)
			}
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "print" || f.Name == "println") {
				c.say(s.name, s.line(n), "calls %s; only the programs in cmd/ talk to a terminal", f.Name)
			}
		}
		return true
	})
}

// describe reports packages without a package comment.
func (c *checker) describe() {
	for folder, facts := range c.packages {
		if !facts.described {
			c.say(folder, 0, "no file has a package comment that says what the package is for")
		}
	}
}

// describes reports whether the file carries a package comment: "Package x …", or for a program any sentence.
func describes(file *ast.File) bool {
	text := strings.TrimSpace(file.Doc.Text())
	if file.Name.Name == "main" {
		return text != ""
	}
	return strings.HasPrefix(text, "Package "+file.Name.Name+" ")
}
