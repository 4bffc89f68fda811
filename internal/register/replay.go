package register

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// namedLine is an operation of a ring with its name.
type namedLine struct {
	name oplog.Name
	head *lineHead
}

// linesAfter lists the operations of a ring after one, in the order of arrival.
func (r *ring) linesAfter(seq int64) []namedLine {
	var lines []namedLine
	for chain, state := range r.chains {
		for i := range state.heads {
			if head := &state.heads[i]; head.seq > seq {
				lines = append(lines, namedLine{chain.Name(head.n), head})
			}
		}
	}
	slices.SortFunc(lines, func(a, b namedLine) int { return cmp.Compare(a.head.seq, b.head.seq) })
	return lines
}

// replay makes the objects that wait from the operations that the rows lack, after roots and ledger were proven: V-ROW when one
// of these does not open.
func (r *Register) replay(ctx context.Context, reader store.Reader) error {
	for _, held := range r.inOrder() {
		if _, marked := held.values[SystemStored]; !marked {
			continue
		}
		again := newReplaying(r, reader, held)
		for _, line := range held.linesAfter(held.stored) {
			if err := ctx.Err(); err != nil {
				return err
			}
			opened, err := again.open(line)
			if err != nil {
				return err
			}
			if err := again.take(line, opened); err != nil {
				return err
			}
		}
		if err := again.keep(); err != nil {
			return err
		}
	}
	return nil
}

// replaying applies operations of one ring to what its rows say.
type replaying struct {
	register *Register
	reader   store.Reader
	held     *ring
	lines    int
	objects  map[vault.RowID]*oplog.Object
	keys     map[vault.RowID]int32 // places of their data keys
}

func newReplaying(r *Register, reader store.Reader, held *ring) *replaying {
	return &replaying{register: r, reader: reader, held: held, objects: map[vault.RowID]*oplog.Object{}, keys: map[vault.RowID]int32{}}
}

// open gives the line of an operation if it writes an object; else nil.
func (p *replaying) open(line namedLine) (*oplog.Line, error) {
	bytes, err := p.held.readLine(p.reader, p.register.vault.header.Vault, line.name, line.head)
	if err != nil || bytes == nil {
		return nil, err
	}
	opened, err := oplog.Parse(bytes)
	if err != nil {
		return nil, fault.New("V-ROW", p.held.ring.String(), err)
	}
	if opened.Kind != oplog.KindSet {
		return nil, nil
	}
	return opened, nil
}

// take applies a line as [Tx.Save] did: what arrived before it was known then.
func (p *replaying) take(line namedLine, opened *oplog.Line) error {
	p.lines++
	if opened == nil {
		return nil
	}
	held, c := p.held, p.held.compartment()
	row := vault.ObjectRowID(&held.system.Name, opened.Object)
	object := p.objects[row]
	if object == nil {
		object = new(oplog.Object)
		if head, exists := held.objects[row]; exists {
			var err error
			if object, err = p.stored(row, head); err != nil {
				return err
			}
		}
		p.objects[row] = object
	}
	p.keys[row] = line.head.key
	object.Apply(opened, func(name oplog.Name) bool {
		known := held.chains[name.Chain(c)].head(name.N)
		return known != nil && known.seq < line.head.seq
	})
	return nil
}

// replayAround is replay for a damaged file. Lines that do not open have been left out already. An object of which only some
// lines are left to tell is not shown: it is made anew from the whole log when the register is salvaged.
func (r *Register) replayAround(ctx context.Context, reader store.Reader) error {
	for _, held := range r.inOrder() {
		after := held.stored
		_, marked := held.values[SystemStored]
		unknown := !marked && (held.unmarked || r.vault.engine.Lost()["system_value"] > 0)
		if !marked && !unknown {
			continue
		}
		lines := held.linesAfter(after)
		if unknown { // more than these the rows do not lack
			lines = lines[max(0, len(lines)-maxBehind):]
		}
		again := newReplaying(r, reader, held)
		for _, line := range lines {
			if err := ctx.Err(); err != nil {
				return err
			}
			opened, err := again.open(line)
			if err != nil {
				r.leftOut(held, "operation", line.head.key, err)
				continue
			}
			if err := again.take(line, opened); err != nil {
				return err
			}
		}
		if unknown {
			if err := again.leaveOutBehind(); err != nil {
				return err
			}
			continue
		}
		if err := again.forgetPartial(ctx); err != nil {
			return err
		}
		if err := again.keep(); err != nil {
			return err
		}
	}
	return nil
}

// leaveOutBehind leaves out the rows that the lines change. One that has them already stays as it is, since a line that is
// applied again changes nothing.
func (p *replaying) leaveOutBehind() error {
	held := p.held
	for row, object := range p.objects {
		head, stored := held.objects[row]
		if !stored {
			continue
		}
		inRow, err := p.stored(row, head)
		if err != nil {
			return err
		}
		before, err := inRow.Encode()
		if err != nil {
			return err
		}
		if after, err := object.Encode(); err == nil && bytes.Equal(before, after) {
			continue
		}
		p.register.leftOut(held, "object", head.key, fault.Newf("V-ROW", held.ring.String(), "row is behind its operations"))
		delete(held.objects, row)
	}
	return nil
}

// forgetPartial takes out the objects that have no row although a line that the rows did have writes them: the row is lost.
func (p *replaying) forgetPartial(ctx context.Context) error {
	held := p.held
	without := map[vault.RowID]bool{}
	keys := map[int32]bool{}
	for row := range p.objects {
		if _, stored := held.objects[row]; !stored {
			without[row], keys[p.keys[row]] = true, true
		}
	}
	if len(without) == 0 {
		return nil
	}
	for _, line := range held.linesAfter(0) {
		if line.head.seq > held.stored {
			break
		}
		if !keys[line.head.key] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		opened, err := p.open(line)
		if err != nil || opened == nil {
			continue
		}
		if row := vault.ObjectRowID(&held.system.Name, opened.Object); without[row] {
			delete(p.objects, row)
		}
	}
	return nil
}

// stored is an object as its row has it.
func (p *replaying) stored(row vault.RowID, head rowHead) (*oplog.Object, error) {
	stored, err := p.reader.Object(row)
	if err != nil {
		return nil, rowError(p.held.compartment(), err)
	}
	return p.held.openObject(p.register.vault.header.Vault, row, head, stored.Body)
}

// keep has the objects wait.
func (p *replaying) keep() error {
	for row, object := range p.objects {
		head, err := newHead(object, p.keys[row])
		if err != nil {
			return fault.New("V-ROW", p.held.ring.String(), err)
		}
		p.held.waiting[row] = newWaiting(object, head)
	}
	p.held.behind = p.lines
	return nil
}
