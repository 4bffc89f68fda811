package i18n_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"feltbok/internal/i18n"
)

// reasonCode is the shape of a reason code: E- exchange and entry, V- vault, R- rehearsal of the recovery kit, T- trust.
var reasonCode = regexp.MustCompile(`^[EVRT]-[A-Z]+$`)

// TestFaults_EveryCodeInTheSourceHasASentence walks the program's source: a reason code without a sentence would reach a
// person as the general "something unexpected" text.
func TestFaults_EveryCodeInTheSourceHasASentence(t *testing.T) {
	codes := map[string]string{} // code to the first place where it is used
	root := filepath.Join("..", "..")
	for _, room := range []string{"app", "cmd", "internal", "sync"} {
		err := filepath.WalkDir(filepath.Join(root, room), func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return fs.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			return collectCodes(path, codes)
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	for code, place := range codes {
		for _, lang := range i18n.Languages {
			for _, key := range []string{"fault." + code, "fault." + code + ".nowhere"} {
				if !i18n.For(lang).Has(key) {
					t.Errorf("%s (used in %s): no text %q in %s", code, place, key, lang)
				}
			}
		}
	}
}

func collectCodes(path string, codes map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil //nolint:nilerr // a file that does not parse fails its own package's build
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && reasonCode.MatchString(text) && codes[text] == "" {
			codes[text] = path
		}
		return true
	})
	return nil
}

// TestFaults_SpecifiedCodes holds the table of security.md 6.5 and 4.9 and the entry codes of the program.
func TestFaults_SpecifiedCodes(t *testing.T) {
	specified := strings.Fields(`
		E-SIZE E-LIMIT E-AGE E-TAR E-MANIFEST E-HASH E-VERSION E-WORLD E-SIG E-CERT E-REVOKED E-TO E-KIND E-FORK E-PART
		E-CHAIN E-WITNESS E-ROLE E-OP E-FORM E-ERASED E-DOC E-PLAN E-VALUE E-FIELD E-FILE E-ENROL E-WORDS E-USAGE E-CONFLICT
		V-PASS V-BUSY V-PRAGMA V-HEADER V-RING V-KEY V-ROW V-ROOT V-LEDGER V-ERASE V-WORLD V-SPACE V-READONLY V-DISK
		V-DAMAGED V-MISSING V-EXISTS V-LOCKED V-WEAK V-TRAVEL V-BACKUP V-VERSION V-UPGRADE V-WAIT V-SALVAGE V-CODE V-RELEASED V-WIPED E-CASE R-KIT R-RING R-ROWS R-BOX R-BUNDLE
		T-ALIAS T-CA T-CUT T-EXPIRED T-FEW T-KEY T-OTHER T-PEOPLE T-REVOKED T-RING T-SELF T-SIGNATURE T-SIGNED T-STEP T-THRESHOLD`)
	for _, lang := range i18n.Languages {
		texts := i18n.For(lang)
		for _, code := range specified {
			with, without := texts.T("fault."+code, "Where", "STED"), texts.T("fault."+code+".nowhere")
			if !strings.Contains(with, "STED") {
				t.Errorf("%s in %s does not say where: %q", code, lang, with)
			}
			if strings.ContainsAny(without, "⟦{«“") {
				t.Errorf("%s.nowhere in %s still points somewhere: %q", code, lang, without)
			}
			for _, sentence := range []string{with, without} {
				if !strings.HasSuffix(sentence, ".") || strings.Count(sentence, ". ") > 0 {
					t.Errorf("%s in %s is not one sentence: %q", code, lang, sentence)
				}
			}
		}
	}
}
