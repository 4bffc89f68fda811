package register

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/vault"
)

// An object row is a cache of the operations that made it (security.md 3.2). Writing one of 5 KB with every answer costs more
// than the operation itself, so [Tx.Save] stores the operation alone and lets the state wait in memory. What holds at every
// commit, for each ring by itself:
//
//	row of an object, with the operations of the ring after SystemStored applied in their order = the object
//
// and these operations all came by Save. Everything else that adds operations to a ring, blanks them or changes objects
// first has all that waits in that ring written in the same transaction (see [Tx.direct]), which moves SystemStored.

// maxBehind is how many operations of a ring its rows may lack. The one that reaches it has them written: so often that
// unlocking after a crash has little to do, so seldom that the many answers to one object cost one row.
const maxBehind = 64

// Save appends a line of this machine and applies it to the object that it writes, as [Tx.Object] gave it; a new one may be
// empty. The line must stay as it is until the transaction has ended; the object may be changed afterwards without effect. Its row
// follows later, and until then every read of the register shows the object as it is now. After an error, also that of an object
// that has been saved since it was read, the transaction must not commit, and the object may have changed. Errors are those of
// [Tx.Append].
func (tx *Tx) Save(e Entry, line *oplog.Line, o *oplog.Object) error {
	c, err := tx.change(domain.RingOf(e.Compartment))
	if err != nil {
		return err
	}
	if e.Compartment.Boxed() || e.Bytes == nil || line.Kind != oplog.KindSet || line.Name() != e.Name || line.Compartment != e.Compartment {
		return errors.New("save: not the line of an object")
	}
	if err := tx.append(c, &e, tx.writer.AppendLate); err != nil {
		return err
	}
	c.saved++
	head := c.lines.head(e.Name)
	was := o.Latest
	saved := &savedLine{line: line, seq: head.seq}
	if !o.Apply(line, c.before(saved.seq)) {
		return errors.New("save: the line writes another object")
	}
	if scoped(c.ring.ring) && o.Case != e.Scope {
		return errors.New("save: the line is of another case than the object")
	}
	return c.keep(o, was, saved, head.key)
}

// savedLine is a line of [Tx.Save] with its number in the order of arrival.
type savedLine struct {
	line *oplog.Line
	seq  int64
}

// before tells what was known before the line with a number arrived, as [oplog.Object.Apply] asks.
func (c *change) before(seq int64) func(oplog.Name) bool {
	return func(name oplog.Name) bool {
		head := c.line(name)
		return head != nil && head.seq < seq
	}
}

// keep has the object that a line was applied to follow: encoded when the transaction writes rows, else as a state that waits.
// was is the latest line of it before.
func (c *change) keep(o *oplog.Object, was oplog.Stamp, saved *savedLine, place int32) error {
	head, err := newHead(o, place)
	if err != nil {
		return err
	}
	row := c.ring.names.Object(o.ID)
	if c.direct {
		return c.putEncoded(row, head, o)
	}
	changed, waiting := c.objects[row], c.ring.waiting[row]
	switch {
	case changed == nil && waiting == nil:
		c.objects[row] = &newObject{head: head, first: newWaiting(o, head)}
	case changed == nil && waiting.state.Latest != was:
		return errors.New("save: the object is not the one that was read")
	case changed == nil:
		c.objects[row] = &newObject{head: head, late: []*savedLine{saved}}
	case changed.first != nil:
		changed.head = head
		changed.first.apply(saved.line, c.before(saved.seq))
	default:
		changed.head = head
		changed.late = append(changed.late, saved)
	}
	return nil
}

// object gives an object as the transaction has left it.
func (c *change) object(row vault.RowID, changed *newObject) (*oplog.Object, error) {
	switch {
	case changed.first != nil:
		return changed.first.state.Copy(), nil
	case changed.late != nil:
		o := c.ring.waiting[row].state.Copy()
		for _, saved := range changed.late {
			o.Apply(saved.line, c.before(saved.seq))
		}
		return o, nil
	case changed.plain != nil:
		return oplog.DecodeObject(slices.Clone(changed.plain)) // it would otherwise keep parts of the bytes, which are cleared
	}
	return nil, nil
}

// direct is change for what is not done by Save alone.
func (tx *Tx) direct(number domain.Ring) (*change, error) {
	c, err := tx.change(number)
	if err == nil {
		err = c.bring()
	}
	return c, err
}

// bring has the transaction write all objects of the ring that wait.
func (c *change) bring() error {
	if c.direct {
		return nil
	}
	c.direct = true
	for row, changed := range c.objects {
		o, err := c.object(row, changed)
		if err != nil {
			return err
		}
		if err := c.putEncoded(row, changed.head, o); err != nil {
			return err
		}
	}
	for row, waiting := range c.ring.waiting {
		if c.objects[row] != nil {
			continue
		}
		if err := c.putEncoded(row, waiting.head, waiting.state); err != nil {
			return err
		}
	}
	return nil
}

// due says whether the transaction writes object rows, and brings what waits.
func (c *change) due() (bool, error) {
	_, marked := c.ring.values[SystemStored]
	if c.saved > 0 && (!marked || c.ring.behind+c.saved >= maxBehind) {
		if err := c.bring(); err != nil {
			return false, err
		}
	}
	return c.direct, nil
}

// moveStored notes that the rows of a ring lack nothing. A ring in which nothing was ever saved has no note, and needs none.
func (tx *Tx) moveStored(c *change) {
	_, marked := c.ring.values[SystemStored]
	if c.saved == 0 && (!marked || c.appended == 0 && c.ring.behind == 0) {
		return
	}
	c.stored = tx.writer.NextSeq() - 1
	c.putValue(SystemStored, &newValue{value: binary.BigEndian.AppendUint64(nil, uint64(c.stored))})
}

func decodeStored(number domain.Ring, value []byte) (int64, error) {
	if len(value) != 8 || value[0] > 127 {
		return 0, fault.Newf("V-ROW", number.String(), "number of the last stored operation has %d bytes", len(value))
	}
	return int64(binary.BigEndian.Uint64(value)), nil
}

// applyObjects brings memory to the objects that were committed: as rows, or waiting.
func (c *change) applyObjects() {
	held := c.ring
	if !c.direct {
		held.behind += c.saved
		for row, object := range c.objects {
			if object.first != nil {
				held.waiting[row] = object.first
				object.first = nil // the transaction clears what it still has
			}
			waiting := held.waiting[row]
			waiting.head = object.head
			for _, saved := range object.late {
				waiting.apply(saved.line, c.before(saved.seq))
			}
		}
		return
	}
	for row, object := range c.objects {
		if object.plain == nil {
			delete(held.objects, row)
		} else {
			held.objects[row] = object.head
		}
	}
	held.forgetWaiting()
	if c.stored != 0 {
		held.stored = c.stored
	}
}

// forgetWaiting clears what waits.
func (r *ring) forgetWaiting() {
	for _, object := range r.waiting {
		object.clear()
	}
	clear(r.waiting)
	r.behind = 0
}

// storeWaiting writes the objects that wait in some rings. The caller holds r.rows.
func (r *Register) storeWaiting(ctx context.Context, numbers ...domain.Ring) error {
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(number domain.Ring) bool {
		held := r.rings[number]
		return held == nil || held.behind == 0
	})
	if len(numbers) == 0 {
		return nil
	}
	return r.transact(ctx, func(tx *Tx) error {
		for _, number := range numbers {
			if _, err := tx.direct(number); err != nil {
				return err
			}
		}
		return nil
	})
}
