package oplog

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"

	"feltbok/internal/fault"

	"github.com/google/uuid"
)

var base64Strict = base64.StdEncoding.Strict()

// Encode gives the canonical bytes of the line, without LF (security.md 5.1). It first brings the line into the form
// that [Parse] would give back: lists of names sorted, empty ones dropped, values rewritten canonically. A line that
// breaks a rule of its kind, or is longer than [MaxLine], is refused with E-OP.
func (l *Line) Encode() ([]byte, error) {
	if err := l.normalise(); err != nil {
		return nil, fault.New("E-OP", l.place(), err)
	}
	if err := l.check(); err != nil {
		return nil, fault.New("E-OP", l.place(), err)
	}
	b := l.append(make([]byte, 0, 512))
	if len(b) > MaxLine {
		return nil, fault.New("E-OP", l.place(), errors.New("line over 256 KiB"))
	}
	return b, nil
}

// place names the line for diagnosis, by numbers only.
func (l *Line) place() string { return l.Name().String() }

func (l *Line) normalise() error {
	var err error
	if l.Set, err = canonicalValues(l.Set); err != nil {
		return err
	}
	l.Parents = sortParents(l.Parents)
	l.Source = sortNames(l.Source)
	l.Operations = sortNames(l.Operations)
	if !slices.IsSorted(l.Replaces) {
		l.Replaces = slices.Sorted(slices.Values(l.Replaces))
	}
	byName := func(a, b Redaction) int { return a.Name.Compare(b.Name) }
	if len(l.Redacts) > 0 {
		l.Redacts = slices.Clone(l.Redacts)
		slices.SortFunc(l.Redacts, byName)
		for i := range l.Redacts {
			l.Redacts[i].Parents = sortParents(l.Redacts[i].Parents)
		}
	}
	return nil
}

// canonicalValues gives the same values in canonical form; the map is copied only when one of them changes.
func canonicalValues(set map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	copied := false
	for field, value := range set {
		s := scanner{b: value, depth: 2, canonical: true} // the line and `set` are around it
		if s.whole() == nil {
			continue
		}
		canonical, err := appendCanonical(nil, value, 2)
		if err != nil {
			return nil, err
		}
		if !copied {
			fresh := make(map[string]json.RawMessage, len(set))
			for f, v := range set {
				fresh[f] = v
			}
			set, copied = fresh, true
		}
		set[field] = canonical
	}
	return set, nil
}

// sortParents gives the same parents with sorted lists and without empty ones; the argument is left as it is.
func sortParents(parents map[string][]Name) map[string][]Name {
	if len(parents) == 0 {
		return nil
	}
	sorted := make(map[string][]Name, len(parents))
	for field, names := range parents {
		if len(names) > 0 {
			sorted[field] = sortNames(names)
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	return sorted
}

// append writes the members in the order of their keys; the kind decides which there are.
func (l *Line) append(dst []byte) []byte {
	w := members{dst: append(dst, '{')}
	if l.Kind == KindChain {
		w.text("app", l.App)
		w.text("audience", l.Audience)
	}
	if l.Kind == KindBox {
		w.key("box")
		w.dst = append(w.dst, '"')
		w.dst = base64Strict.AppendEncode(w.dst, l.Box)
		w.dst = append(w.dst, '"')
	}
	if l.Kind != KindStub {
		w.id("by", l.By)
	}
	w.text("c", l.Compartment.String())
	if l.Case != uuid.Nil {
		w.id("case", l.Case)
	}
	if l.ClockSuspect {
		w.text("clk", "s")
	}
	w.id("dev", l.Device)
	w.number("ep", uint64(l.Epoch))
	if l.Kind == KindSet && l.Form != "" {
		w.text("form", l.Form)
	}
	if l.Kind == KindStub {
		w.hash("h", l.Hash)
	} else {
		w.text("hlc", l.HLC.String())
	}
	if l.Kind == KindSignoff {
		w.id("interview", l.Interview)
	}
	w.number("n", l.N)
	if l.Kind == KindRedact {
		w.redactions(l.Redacts)
	}
	if l.Kind == KindSet {
		w.id("obj", l.Object)
	}
	if l.Kind == KindSignoff {
		w.names("ops", l.Operations)
	}
	if l.Kind == KindSet {
		w.parents(l.Parents)
	}
	w.hash("ph", l.Previous)
	if l.Kind == KindRedact || l.Kind == KindErase {
		w.text("reason", l.Reason)
	}
	if l.Kind == KindChain && len(l.Replaces) > 0 {
		w.key("replaces")
		for i, epoch := range l.Replaces {
			w.dst = appendNumber(append(w.dst, "[,"[min(i, 1)]), uint64(epoch))
		}
		w.dst = append(w.dst, ']')
	}
	if l.Kind == KindSet {
		w.values(l.Set)
	}
	if l.Kind == KindSignoff {
		w.text("sig", l.Signature)
	}
	if len(l.Source) > 0 {
		w.names("src", l.Source)
	}
	w.text("t", string(l.Kind))
	if l.Kind == KindChain {
		w.key("training")
		w.dst = append(w.dst, map[bool]string{true: "true", false: "false"}[l.Training]...)
	}
	if l.Kind == KindSet {
		w.text("type", string(l.Type))
	}
	if l.Kind == KindStub {
		w.text("why", l.Why)
	}
	return append(w.dst, '}')
}

// members writes the members of one JSON object; the caller keeps the order of keys.
type members struct {
	dst   []byte
	began bool
}

func (w *members) key(key string) {
	if w.began {
		w.dst = append(w.dst, ',')
	}
	w.began = true
	w.dst = append(appendText(w.dst, key), ':')
}

func (w *members) text(key, text string) {
	w.key(key)
	w.dst = appendText(w.dst, text)
}

func (w *members) number(key string, n uint64) {
	w.key(key)
	w.dst = appendNumber(w.dst, n)
}

func (w *members) id(key string, id uuid.UUID) {
	w.key(key)
	w.dst = append(appendUUID(append(w.dst, '"'), id), '"')
}

func (w *members) hash(key string, hash [32]byte) {
	w.key(key)
	w.dst = append(hex.AppendEncode(append(w.dst, '"'), hash[:]), '"')
}

func (w *members) names(key string, names []Name) {
	w.key(key)
	w.dst = append(w.dst, '[')
	for i, n := range names {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(n.append(append(w.dst, '"')), '"')
	}
	w.dst = append(w.dst, ']')
}

func (w *members) parents(parents map[string][]Name) {
	if len(parents) == 0 {
		return
	}
	w.key("par")
	inner := members{dst: append(w.dst, '{')}
	for _, field := range sortedKeys(parents) {
		inner.names(field, parents[field])
	}
	w.dst = append(inner.dst, '}')
}

func (w *members) values(set map[string]json.RawMessage) {
	w.key("set")
	inner := members{dst: append(w.dst, '{')}
	for _, field := range sortedKeys(set) {
		inner.key(field)
		inner.dst = append(inner.dst, set[field]...)
	}
	w.dst = append(inner.dst, '}')
}

func (w *members) redactions(redacts []Redaction) {
	w.key("names")
	w.dst = append(w.dst, '[')
	for i, r := range redacts {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		inner := members{dst: append(w.dst, '{')}
		inner.key("name")
		inner.dst = append(r.Name.append(append(inner.dst, '"')), '"')
		inner.parents(r.Parents)
		w.dst = append(inner.dst, '}')
	}
	w.dst = append(w.dst, ']')
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, compareKeys)
	return keys
}
