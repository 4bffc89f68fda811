package oplog

import (
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"

	"feltbok/internal/domain"

	"github.com/google/uuid"
)

// Visible is a line of the log together with the judgement on it: false when it is quarantined, redacted, erased or
// excluded (security.md 7.1, 7.2). Whoever keeps the log judges; boxes are given opened ([Line.Open]) or not at all.
type Visible struct {
	Line    *Line
	Visible bool
}

// Rebuild gives the objects that a set of lines describes. It is the definition of the merge (security.md 7.1): the
// heads of a field are its visible writes that no other visible write reaches along the parents, also through
// invisible writes. Neither the order nor the repetition of lines matters, and no clock does.
//
// A visible redact line makes the lines it names invisible and stands in for their parents when their bytes are gone.
// Lines that write nothing else (chain, sign-off, erasure, stub, closed box) are passed over; an object without a
// visible write is not in the result. An object must lie in one compartment; should lines of several be given for the
// same id, those of the lowest compartment make the object.
//
// A new issue of a line ([Line.Origin]) stands for it where the line itself is not there or does not count. Where the name has
// other content ([Line.Says]) the issue counts under its own name. Whether an issue counts is the caller's judgement, as for any
// line.
//
// The objects keep referring to the values of the lines, which must not be changed afterwards.
func Rebuild(lines []Visible) map[uuid.UUID]*Object {
	groups := make(map[place]*group)
	redacted := make(map[domain.Compartment]map[Name]map[string][]Name)
	for _, v := range lines {
		if v.Line.Kind == KindRedact && v.Visible {
			noteRedactions(redacted, v.Line)
		}
	}
	for _, v := range lines {
		l := v.Line
		if !l.writes() {
			continue
		}
		at := place{l.Compartment, l.Object}
		g := groups[at]
		if g == nil {
			g = &group{redacted: redacted[l.Compartment]}
			groups[at] = g
		}
		g.take(l, v.Visible)
	}
	objects := make(map[uuid.UUID]*Object, len(groups))
	for o := range made(groups) {
		if other := objects[o.ID]; other == nil || o.Compartment < other.Compartment {
			objects[o.ID] = o
		}
	}
	return objects
}

// fewGroups is how many objects are made without starting a second goroutine.
const fewGroups = 64

// made gives the objects of the groups that have a visible write. Groups share nothing that is written, so each
// processor makes its share of them.
func made(groups map[place]*group) iter.Seq[*Object] {
	all := slices.Collect(maps.Values(groups))
	objects := make([]*Object, len(all))
	workers := runtime.GOMAXPROCS(0)
	if len(all) < fewGroups {
		workers = 1
	}
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := w; i < len(all); i += workers {
				objects[i] = all[i].object()
			}
		})
	}
	wait.Wait()
	return func(yield func(*Object) bool) {
		for _, o := range objects {
			if o != nil && !yield(o) {
				return
			}
		}
	}
}

type place struct {
	compartment domain.Compartment
	id          uuid.UUID
}

func noteRedactions(redacted map[domain.Compartment]map[Name]map[string][]Name, l *Line) {
	of := redacted[l.Compartment]
	if of == nil {
		of = make(map[Name]map[string][]Name)
		redacted[l.Compartment] = of
	}
	for _, r := range l.Redacts {
		had := of[r.Name]
		if had == nil {
			had = make(map[string][]Name)
			of[r.Name] = had
		}
		for field, parents := range r.Parents {
			had[field] = append(had[field], parents...)
		}
	}
}

// group gathers the lines of one object. While it gathers, Heads of a field holds all its visible writes and Pending
// all names that a visible write replaces directly.
type group struct {
	visible   []*Line
	issues    []Visible // new issues of lines that may be there too
	invisible map[Name]*Line
	redacted  map[Name]map[string][]Name
	names     map[Name]bool // of visible, made when first needed
}

func (g *group) take(l *Line, visible bool) {
	if _, gone := g.redacted[l.Origin()]; gone {
		visible = false
	}
	switch {
	case l.reissued():
		g.issues = append(g.issues, Visible{l, visible})
	case visible:
		g.visible = append(g.visible, l)
	default:
		g.hide(l)
	}
}

func (g *group) hide(l *Line) {
	if g.invisible == nil {
		g.invisible = make(map[Name]*Line)
	}
	g.invisible[l.Origin()] = l
}

// stand decides under which name each new issue counts. One stands for the line that it names where that is not there or does
// not count; of several the one with the lowest name. An issue that says the same as what has the name is the same write. One
// that says something else was made of another line: two machines gave it one name (security.md 6.7). It counts under its own.
func (g *group) stand() {
	if len(g.issues) == 0 {
		return
	}
	standing := make(map[Name]*Line, len(g.visible))
	for _, l := range g.visible {
		if g.invisible[l.Name()] == nil {
			standing[l.Name()] = l
		}
	}
	slices.SortStableFunc(g.issues, func(a, b Visible) int { return a.Line.Name().Compare(b.Line.Name()) })
	apart := make(map[Name][]*Line)
	for _, v := range g.issues {
		if !v.Visible {
			continue
		}
		name := v.Line.Origin()
		switch at := standing[name]; {
		case at == nil:
			standing[name] = v.Line
			delete(g.invisible, name)
			g.visible = append(g.visible, v.Line)
		case !at.Says(v.Line) && !slices.ContainsFunc(apart[name], v.Line.Says):
			apart[name] = append(apart[name], v.Line)
			g.visible = append(g.visible, v.Line.apart())
		}
	}
	for _, v := range g.issues {
		if v.Visible {
			continue
		}
		at := standing[v.Line.Origin()]
		if at == nil {
			at = g.invisible[v.Line.Origin()]
		}
		if at == nil {
			g.hide(v.Line)
		} else if !at.Says(v.Line) && !slices.ContainsFunc(apart[v.Line.Origin()], v.Line.Says) {
			g.hide(v.Line.apart())
		}
	}
}

func (g *group) object() *Object {
	g.stand()
	o := &Object{}
	for _, l := range g.visible {
		if g.invisible[l.Origin()] != nil { // given twice with different judgements
			continue
		}
		if o.Fields == nil {
			o.ID, o.Compartment = l.Object, l.Compartment
			o.Fields = make(map[string]*Field, len(l.Set))
		}
		o.stamp(l)
		for field, value := range l.Set {
			f := o.Fields[field]
			if f == nil {
				f = new(Field)
				o.Fields[field] = f
			}
			f.Heads = append(f.Heads, l.write(value))
			f.Pending = g.replaced(f.Pending, l, field)
		}
	}
	if o.Fields == nil {
		return nil
	}
	for _, f := range o.Fields {
		g.settle(f)
	}
	return o
}

// replaced appends what the line replaces in the field: its parents, and what lies behind invisible ones.
func (g *group) replaced(names []Name, l *Line, field string) []Name {
	parents := l.Parents[field]
	if len(g.invisible) == 0 && len(g.redacted) == 0 {
		return append(names, parents...)
	}
	// A visible parent replaces its own parents by itself, so only invisible ones are followed. The writing line is
	// never its own replacement, whatever circle someone has drawn.
	self := l.Origin()
	var passed map[Name]bool
	for todo := slices.Clone(parents); len(todo) > 0; {
		p := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if p == self {
			continue
		}
		names = append(names, p)
		line, had := g.invisible[p], g.redacted[p]
		if line == nil && had == nil || passed[p] {
			continue
		}
		if passed == nil {
			passed = make(map[Name]bool)
		}
		passed[p] = true
		if line != nil {
			todo = append(todo, line.Parents[field]...)
		}
		todo = append(todo, had[field]...)
	}
	return names
}

// settle reduces all writes to the heads, and all replaced names to those that have not arrived.
func (g *group) settle(f *Field) {
	if len(f.Pending) > 0 {
		slices.SortFunc(f.Pending, Name.Compare)
		f.Pending = slices.Compact(f.Pending)
		arrived := make([]bool, len(f.Pending))
		f.Heads = slices.DeleteFunc(f.Heads, func(w Write) bool {
			i, found := slices.BinarySearchFunc(f.Pending, w.Name, Name.Compare)
			if found {
				arrived[i] = true
			}
			return found
		})
		var pending []Name
		for i, p := range f.Pending {
			if !arrived[i] && !g.known(p) {
				pending = append(pending, p)
			}
		}
		f.Pending = pending
	}
	if len(f.Heads) > 1 {
		slices.SortFunc(f.Heads, newestFirst)
		f.Heads = slices.CompactFunc(f.Heads, func(a, b Write) bool { return a.Name == b.Name })
	}
	if cap(f.Heads) > 2*len(f.Heads) {
		f.Heads = slices.Clone(f.Heads) // replaced values must not stay in memory
	}
}

// known says whether the line of a name is there, though it writes another field or is invisible.
func (g *group) known(name Name) bool {
	if g.names == nil {
		g.names = make(map[Name]bool, len(g.visible))
		for _, l := range g.visible {
			g.names[l.Origin()] = true
		}
	}
	return g.names[name] || g.invisible[name] != nil || g.redacted[name] != nil
}
