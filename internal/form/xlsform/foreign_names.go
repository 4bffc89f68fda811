package xlsform

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"feltbok/internal/form/expr"
)

// formNode is a row of the survey in the tree that paths walk. The root has no row.
type formNode struct {
	name     string // in the form
	unique   string // in the set
	kind     string // type word
	parent   *formNode
	children []*formNode
}

// expressionColumns hold expressions; the default is one only sometimes.
var expressionColumns = []string{"relevant", "required", "read_only", "constraint", "calculation", "choice_filter", countColumn, "default"}

// prepareNames makes every name unique in the whole set, which in XLSForm it need only be inside its group, and writes what expressions
// and texts refer to by those names: ${name} and paths such as ../group/name.
func (r *reader) prepareNames(t *table) {
	root := &formNode{}
	nodes := make([]*formNode, len(t.rows))
	byName := map[string][]*formNode{}
	taken := map[string]bool{}
	inside := root
	for i, row := range t.rows {
		kind := row.cells["type"]
		if strings.HasPrefix(kind, "end_") {
			if inside.parent != nil {
				inside = inside.parent
			}
			continue
		}
		name := row.cells["name"]
		if name == "" && (kind == "note" || kind == "begin_group") {
			name = kind + "_" + strconv.Itoa(row.number) // nothing can refer to it
			row.cells["name"] = name
		}
		node := &formNode{name: name, kind: kind, parent: inside}
		node.unique = r.uniqueName(place{t.sheet, row.number, "name"}, node, taken)
		row.cells["name"] = node.unique
		inside.children = append(inside.children, node)
		byName[name] = append(byName[name], node)
		nodes[i] = node
		if strings.HasPrefix(kind, "begin_") {
			inside = node
		}
	}
	for i, row := range t.rows {
		if nodes[i] != nil {
			r.prepareReferences(t, row, nodes[i], byName)
		}
	}
}

// uniqueName puts the names of the groups around before a name that is taken.
func (r *reader) uniqueName(at place, node *formNode, taken map[string]bool) string {
	name := node.name
	for up := node.parent; taken[name] && up != nil && up.name != ""; up = up.parent {
		name = up.name + "." + name
	}
	for n := 2; taken[name] && node.name != ""; n++ {
		for _, sibling := range node.parent.children {
			if sibling.name == node.name {
				return name // twice in one group: the reader refuses it
			}
		}
		name = node.name + "." + strconv.Itoa(n)
	}
	if name != node.name {
		r.warn(at, "%s stands in another group already; here it is called %s", node.name, name)
	}
	taken[name] = true
	return name
}

func (r *reader) prepareReferences(t *table, row row, node *formNode, byName map[string][]*formNode) {
	for _, column := range expressionColumns {
		source := row.cells[column]
		if source == "" || column == "default" && !r.isExpression(&Question{Default: source, Kind: plainTypes[node.kind]}) {
			continue
		}
		rewritten, err := expr.Rewrite(source, func(reference string, path bool) (string, error) {
			if path {
				return walk(node, reference)
			}
			return pick(byName, reference)
		})
		if err != nil {
			at := place{t.sheet, row.number, column}
			char, message := 0, err.Error()
			var fault *expr.Error
			if errors.As(err, &fault) {
				char, message = fault.Column, fault.Message
			}
			r.failAs("Q-REFERENCE", at, "%s", message)
			r.problems[len(r.problems)-1].Char = char
			delete(row.cells, column)
			continue
		}
		row.cells[column] = rewritten
	}
	for column, text := range row.cells {
		base, _, _ := strings.Cut(column, "::")
		if !strings.Contains(text, "${") || !isText(base) {
			continue
		}
		row.cells[column] = Fill(text, func(name string) string {
			if unique, err := pick(byName, name); err == nil {
				return unique
			}
			return "${" + name + "}" // named by the reader
		})
	}
}

func isText(base string) bool {
	for _, column := range textColumns {
		if base == column {
			return true
		}
	}
	return false
}

// pick finds what ${name} means.
func pick(byName map[string][]*formNode, name string) (string, error) {
	switch found := byName[name]; {
	case strings.Contains(name, "#"):
		return "", errors.New("${" + name + "}: earlier answers of other forms are not read")
	case len(found) > 1:
		return "", fmt.Errorf("${%s} stands in several groups", name)
	case len(found) == 1:
		return "${" + found[0].unique + "}", nil
	}
	return "${" + name + "}", nil // named by the reader
}

// walk follows a path from a question: "..", "." and names, or from the root.
func walk(from *formNode, path string) (string, error) {
	at := from
	steps := strings.Split(path, "/")
	if strings.HasPrefix(path, "/") {
		for at.parent != nil {
			at = at.parent
		}
		if len(steps) < 3 { // "/" and the name of the form
			return "", errors.New("the path " + path + " names no question")
		}
		steps = steps[2:]
	}
	ups := 0
	for _, step := range steps {
		switch step {
		case ".", "current()":
			continue
		case "..":
			if ups++; at.parent == nil {
				return "", errors.New("the path " + path + " leaves the form")
			}
			at = at.parent
			continue
		}
		next := at.child(step)
		if next == nil {
			return "", errors.New("the path " + path + " leads nowhere")
		}
		at = next
	}
	if at == from {
		return ".", nil
	}
	if at.parent == nil {
		return "", errors.New("the path " + path + " names no question")
	}
	return "${" + at.unique + "}", nil
}

func (n *formNode) child(name string) *formNode {
	for _, child := range n.children {
		if child.name == name {
			return child
		}
	}
	return nil
}
