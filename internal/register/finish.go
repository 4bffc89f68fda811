package register

import (
	"crypto/sha256"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// finish writes objects, system values, roots and the ledger.
func (tx *Tx) finish() error {
	if err := tx.keepRemains(); err != nil {
		return err
	}
	var changed []*change
	for _, c := range tx.changes {
		if c == nil {
			continue
		}
		due, err := c.due()
		if err != nil {
			return err
		}
		if due {
			if err := tx.writeObjects(c); err != nil {
				return err
			}
			tx.moveStored(c)
		}
		if err := tx.writeValues(c); err != nil {
			return err
		}
		if c.root != c.ring.root || len(c.keys) > 0 || len(c.dropped) > 0 {
			changed = append(changed, c)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return tx.writeRoots(changed)
}

func (tx *Tx) writeObjects(c *change) error {
	id := tx.register.vault.header.Vault
	for row, object := range c.objects {
		old, exists := c.ring.objects[row]
		if exists {
			c.remove(vault.ObjectTable, row, old.revision, old.tag)
		}
		if object.plain == nil {
			if exists {
				if err := tx.writer.DropObject(row); err != nil {
					return err
				}
			}
			continue
		}
		head, stored, err := c.ring.sealObject(id, c.key(object.head.key), row, old.revision+1, object.head.number, object.plain)
		if err != nil {
			return err
		}
		if err := tx.writer.PutObject(stored); err != nil {
			return err
		}
		object.head.revision, object.head.tag = head.Revision, head.Body
		c.add(vault.ObjectTable, row, head.Revision, head.Body)
	}
	return nil
}

// sealObject makes the row of an object.
func (r *ring) sealObject(id uuid.UUID, key *vault.DataKey, row vault.RowID, revision uint64, number uint16, plain []byte) (head vault.ObjectHead, stored store.Object, err error) {
	head = vault.ObjectHead{Key: key.ID, Row: row, Type: number, Revision: revision}
	stored = store.Object{Row: row, Compartment: r.compartment()}
	place := vault.Place{Vault: id, Compartment: stored.Compartment, Table: vault.ObjectTable, Head: head}
	if stored.Body, err = vault.SealBody(&key.Key, &place, plain); err != nil {
		return head, stored, err
	}
	head.Body = vault.TagOf(stored.Body)
	stored.Head, err = vault.SealObjectHead(&r.system.Head, id, stored.Compartment, &head)
	return head, stored, err
}

func (tx *Tx) writeValues(c *change) error {
	for name, value := range c.values {
		old, exists := c.ring.values[name]
		row := vault.SystemRowID(name)
		if exists {
			c.remove(vault.SystemTable, row, old.revision, old.tag)
		}
		sealed, tag, err := vault.SealSystem(&c.ring.system.System, tx.register.vault.header.Vault, c.ring.ring, name, old.revision+1, value.value)
		if err != nil {
			return err
		}
		if err := tx.writer.PutSystem(store.SystemValue{Ring: c.ring.ring, Name: name, Value: sealed}); err != nil {
			return err
		}
		value.head = valueHead{revision: old.revision + 1, tag: tag}
		c.add(vault.SystemTable, row, value.head.revision, tag)
	}
	return nil
}

func (tx *Tx) writeRoots(changed []*change) error {
	id := tx.register.vault.header.Vault
	tx.ledger = make([]vault.LedgerChange, 0, len(changed))
	values := make([]store.SystemValue, 0, len(changed)+1)
	for _, c := range changed {
		number := c.ring.ring
		c.root.Revision++
		c.root.Commit++
		sealed, _, err := vault.SealSystem(&tx.systemKeys(number).System, id, number, SystemRoot, c.root.Revision, c.root.Encode())
		if err != nil {
			return err
		}
		values = append(values, store.SystemValue{Ring: number, Name: SystemRoot, Value: sealed})
		tx.ledger = append(tx.ledger, vault.LedgerChange{Ring: number, LedgerEntry: vault.LedgerEntry{Commit: c.root.Commit, Root: sha256.Sum256(sealed)}})
	}
	tx.revision = tx.register.rings[domain.RingOpen].values[SystemLedger].revision + 1
	sealed, _, err := vault.SealSystem(&tx.systemKeys(domain.RingOpen).System, id, domain.RingOpen, SystemLedger, tx.revision, tx.register.ledger.Encode(tx.ledger...))
	if err != nil {
		return err
	}
	return tx.writer.PutSystem(append(values, store.SystemValue{Ring: domain.RingOpen, Name: SystemLedger, Value: sealed})...)
}

// systemKeys are those under which a ring's values stand after the transaction.
func (tx *Tx) systemKeys(number domain.Ring) *vault.SystemKeys {
	if c := tx.changes[number]; c != nil && c.resealed != nil {
		return &c.resealed.system
	}
	return &tx.register.rings[number].system
}

// apply brings memory to the state that was committed.
func (tx *Tx) apply() {
	if tx.ledger == nil {
		return
	}
	for _, noted := range tx.ledger {
		tx.register.ledger[noted.Ring] = noted.LedgerEntry
	}
	if tx.erasures != nil {
		tx.register.erasures = tx.erasures
	}
	for _, c := range tx.changes {
		if c == nil {
			continue
		}
		c.ring.root = c.root
		for _, key := range c.keys {
			c.ring.addKey(key)
		}
		for _, line := range c.lines.list {
			c.ring.addLine(line.name.Chain(c.ring.compartment()), *line.head)
		}
		c.applyObjects()
		for name, value := range c.values {
			c.ring.values[name] = value.head
			if value.readers != nil {
				tx.register.readers[c.ring.ring] = value.readers
			}
		}
		for _, place := range c.dropped {
			c.ring.forgetKey(place)
		}
		if c.resealed != nil {
			c.ring.adopt(c.resealed)
		}
	}
	tx.register.rings[domain.RingOpen].values[SystemLedger] = valueHead{revision: tx.revision}
}
