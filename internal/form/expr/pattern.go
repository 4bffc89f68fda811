package expr

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// maxProgram bounds the work of one regular expression for one character of text.
const maxProgram = 2000

// pattern is a compiled regular expression that matches whole texts.
type pattern struct {
	compiled *regexp.Regexp
	size     int // estimated number of instructions
}

func compilePattern(source string) (*pattern, error) {
	if len(source) > MaxPattern {
		return nil, fmt.Errorf("regular expression longer than %d bytes", MaxPattern)
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		var detail *syntax.Error
		if errors.As(err, &detail) {
			return nil, fmt.Errorf("regular expression: %s", detail.Code)
		}
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	size := programSize(tree)
	if size > maxProgram {
		return nil, errors.New("regular expression too large when its repetitions are written out")
	}
	compiled, err := regexp.Compile(`^(?:` + source + `)$`)
	if err != nil {
		return nil, fmt.Errorf("regular expression: %w", err)
	}
	return &pattern{compiled: compiled, size: size}, nil
}

// programSize estimates the instructions of a pattern with repetitions written out, as regexp will do.
func programSize(tree *syntax.Regexp) int {
	size := 1 + len(tree.Rune)/2
	for _, sub := range tree.Sub {
		if size += programSize(sub); size > maxProgram {
			return maxProgram + 1
		}
	}
	if tree.Op == syntax.OpRepeat {
		size *= max(1, tree.Min, tree.Max)
	}
	return min(size, maxProgram+1)
}

// cost is the fuel for one match: the work is at most the product of text and program.
func (p *pattern) cost(text string) int { return 1 + (len(text)+16)*p.size/256 }

func (p *pattern) matches(text string) bool { return p.compiled.MatchString(text) }
