package register

import (
	"fmt"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// Append adds an operation at the end of the local order. [ErrKnown] when it is there with the same hash, [ErrFork] when
// with another; E-CHAIN when hash or link do not fit the bytes and the neighbours in the chain; [ErrErased] when the line
// belongs to an erased case and is no stub.
func (tx *Tx) Append(e Entry) error {
	c, err := tx.change(domain.RingOf(e.Compartment))
	if err != nil {
		return err
	}
	if err := tx.append(c, &e, tx.writer.Append); err != nil {
		return err
	}
	return c.bring() // what came otherwise than by Save is never behind its rows
}

func (tx *Tx) append(c *change, e *Entry, write func(store.Operation) error) error {
	if known := c.line(e.Name); known != nil {
		if known.hash == e.Hash {
			return ErrKnown
		}
		return ErrFork
	}
	if err := c.checkLinks(e); err != nil {
		return err
	}
	info, _ := domain.Info(e.Type) // number 0 for lines without a type, and for types of a newer program
	id := tx.register.vault.header.Vault
	head := vault.OperationHead{Device: e.Name.Device, Epoch: e.Name.Epoch, N: e.Name.N, Hash: e.Hash, Link: e.Link, Import: e.Import}
	head.Row = c.ring.names.Operation(e.Name.Device, e.Name.Epoch, e.Name.N)
	head.Type, head.Revision = info.Number, 1
	place := noKey
	var body []byte
	if e.Bytes == nil {
		head.Revision = 2
	} else {
		at := e.At
		if at.IsZero() {
			at = tx.now()
		}
		scope, err := tx.scopeOf(c, e)
		if err != nil {
			return err
		}
		if place, err = tx.keyOf(c, scope, at); err != nil {
			return err
		}
		key := c.key(place)
		head.Key = key.ID
		body, err = vault.SealBody(&key.Key, &vault.Place{Vault: id, Compartment: e.Compartment, Table: vault.OperationTable, Head: head.ObjectHead}, e.Bytes)
		if err != nil {
			return err
		}
		head.Body = vault.TagOf(body)
	}
	seq := tx.writer.NextSeq()
	sealed, err := vault.SealOperationHead(&c.ring.system.Head, id, e.Compartment, seq, &head)
	if err != nil {
		return err
	}
	err = write(store.Operation{OperationHead: store.OperationHead{Seq: seq, Compartment: e.Compartment, Row: head.Row, Head: sealed}, Body: body})
	if err != nil {
		return err
	}
	c.add(vault.OperationTable, head.Row, head.Revision, head.Body)
	c.appended++
	c.lines.put(e.Name, &lineHead{
		n: e.Name.N, seq: seq, key: place, number: head.Type, stub: head.Stub(), hash: e.Hash, link: e.Link, imported: e.Import,
	})
	return nil
}

// newLines are the lines of a ring that a transaction appends or blanks, as they came.
type newLines struct {
	list []newLine
	at   map[oplog.Name]int // their places in list, once they are many
}

type newLine struct {
	name oplog.Name
	head *lineHead
}

// fewLines are looked through faster than they are found in a map.
const fewLines = 8

func (l *newLines) place(name oplog.Name) int {
	if l.at != nil {
		if i, ok := l.at[name]; ok {
			return i
		}
		return -1
	}
	for i := range l.list {
		if l.list[i].name == name {
			return i
		}
	}
	return -1
}

// head is that of a line; nil when it is not among them.
func (l *newLines) head(name oplog.Name) *lineHead {
	if i := l.place(name); i >= 0 {
		return l.list[i].head
	}
	return nil
}

func (l *newLines) put(name oplog.Name, head *lineHead) {
	if i := l.place(name); i >= 0 {
		l.list[i].head = head
		return
	}
	l.list = append(l.list, newLine{name, head})
	switch {
	case l.at != nil:
		l.at[name] = len(l.list) - 1
	case len(l.list) > fewLines:
		l.at = make(map[oplog.Name]int, 4*fewLines)
		for i := range l.list {
			l.at[l.list[i].name] = i
		}
	}
}

// checkLinks compares a new line with what is known around it, so that no mistake of a caller breaks a chain.
func (c *change) checkLinks(e *Entry) error {
	if e.Name.N < 1 {
		return fault.Newf("E-CHAIN", e.Name.String(), "numbers begin with 1")
	}
	if e.Bytes != nil && oplog.LineHash(e.Bytes) != e.Hash {
		return fault.Newf("E-CHAIN", e.Name.String(), "hash is not that of the bytes")
	}
	previous, known := oplog.Genesis, e.Name.N == 1
	if !known {
		if before := c.line(oplog.Name{Device: e.Name.Device, Epoch: e.Name.Epoch, N: e.Name.N - 1}); before != nil {
			previous, known = before.link, true
		}
	}
	if known && oplog.Link(previous, e.Hash) != e.Link {
		return fault.Newf("E-CHAIN", e.Name.String(), "does not link to the line before")
	}
	next := c.line(oplog.Name{Device: e.Name.Device, Epoch: e.Name.Epoch, N: e.Name.N + 1})
	if next != nil && oplog.Link(e.Link, next.hash) != next.link {
		return fault.Newf("E-CHAIN", e.Name.String(), "the line after does not link to it")
	}
	return nil
}

// Blank turns a stored operation into a stub: the body goes, hash and link stay (security.md 5.5). Blanking a stub
// changes nothing.
func (tx *Tx) Blank(compartment domain.Compartment, name oplog.Name) error {
	c, err := tx.change(domain.RingOf(compartment))
	if err != nil {
		return err
	}
	known := c.line(name)
	if known == nil {
		return fmt.Errorf("blank %s: %w", name, store.ErrAbsent)
	}
	if known.stub {
		return nil
	}
	if err := c.bring(); err != nil {
		return err
	}
	body, err := tx.blank(c, name, known, known.key)
	if err == nil && tx.gone != nil {
		tx.gone.Add(body)
	}
	return err
}

// blank takes the body of an operation away and returns it; none when it is a stub already. place is that of the data key
// which the stub goes on naming.
func (tx *Tx) blank(c *change, name oplog.Name, known *lineHead, place int32) (body []byte, err error) {
	compartment := c.ring.compartment()
	stored, err := tx.writer.Operation(known.seq)
	if err != nil {
		return nil, rowError(compartment, err)
	}
	id := tx.register.vault.header.Vault
	head := vault.OperationHead{Device: name.Device, Epoch: name.Epoch, N: name.N, Hash: known.hash, Link: known.link, Import: known.imported}
	head.Row, head.Type, head.Revision = vault.RowID(stored.Row), known.number, 2
	if place != noKey {
		head.Key = c.key(place).ID
	}
	sealed, err := vault.SealOperationHead(&c.ring.system.Head, id, compartment, known.seq, &head)
	if err != nil {
		return nil, err
	}
	if err := tx.writer.Blank(head.Row, sealed); err != nil {
		return nil, err
	}
	if !known.stub {
		c.remove(vault.OperationTable, head.Row, 1, vault.TagOf(stored.Body))
		c.add(vault.OperationTable, head.Row, head.Revision, head.Body)
	}
	blanked := *known
	blanked.stub, blanked.key = true, place
	c.lines.put(name, &blanked)
	return stored.Body, nil
}
