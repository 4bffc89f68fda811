package register

import (
	"slices"

	"feltbok/internal/oplog"
)

// waitingObject is the state of an object whose row is behind. Nothing else refers to its memory, so that it can be cleared.
type waitingObject struct {
	head  rowHead // key and type; revision and tag are those of the row
	state *oplog.Object
}

// newWaiting keeps a copy of an object's state.
func newWaiting(o *oplog.Object, head rowHead) *waitingObject {
	return &waitingObject{head: head, state: o.Copy()}
}

// apply takes a line into the state. A value that is replaced is cleared.
func (w *waitingObject) apply(line *oplog.Line, seen func(oplog.Name) bool) {
	values := make([][]byte, 0, 4) // what the fields say before
	for field := range line.Set {
		if f := w.state.Fields[field]; f != nil {
			for i := range f.Heads {
				values = append(values, f.Heads[i].Value)
			}
		}
	}
	if !w.state.Apply(line, seen) {
		return
	}
	name := line.Origin()
	for field := range line.Set {
		f := w.state.Fields[field]
		for i := range f.Heads {
			head := &f.Heads[i]
			if head.Name == name {
				head.Value = slices.Clone(head.Value) // it was the caller's until now
				continue
			}
			values = slices.DeleteFunc(values, func(value []byte) bool { return sameMemory(value, head.Value) })
		}
	}
	for _, value := range values {
		clear(value)
	}
}

func sameMemory(a, b []byte) bool { return len(a) > 0 && len(b) > 0 && &a[0] == &b[0] }

// clear overwrites all values.
func (w *waitingObject) clear() {
	for _, f := range w.state.Fields {
		for i := range f.Heads {
			clear(f.Heads[i].Value)
		}
	}
}
