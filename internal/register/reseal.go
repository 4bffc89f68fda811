package register

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// resealed is what a ring becomes when everything in it gets new keys.
type resealed struct {
	system  vault.SystemKeys
	data    []vault.DataKey // by the places of the old ones; zero where the old one was erased
	objects map[vault.RowID]rowHead
	moved   map[vault.RowID]vault.RowID // old row ids to new ones
	values  map[int64]valueHead
}

func (n *resealed) clear() {
	n.system.Clear()
	for i := range n.data {
		n.data[i].Key.Clear()
	}
}

// adopt brings memory to the keys and heads of a reseal that was committed. Chains stay as they are: they name no key.
func (r *ring) adopt(n *resealed) {
	r.system, r.elements, r.names = n.system, nil, nil
	r.byID = make(map[vault.KeyID]int32, len(n.data))
	for place := range r.data {
		r.data[place] = n.data[place]
		if id := n.data[place].ID; id != (vault.KeyID{}) {
			r.byID[id] = int32(place)
		}
	}
	r.sortKeys()
	r.objects, r.values = n.objects, n.values
	if r.moved == nil {
		r.moved = map[vault.RowID]vault.RowID{}
	}
	for was, is := range n.moved {
		r.moved[was] = is
	}
}

// follow gives the row id that an object has now, so that an iteration that began before a reseal goes on after it.
func (r *ring) follow(row vault.RowID) vault.RowID {
	for {
		is, moved := r.moved[row]
		if !moved || is == row {
			return row
		}
		row = is
	}
}

func (r *ring) followAll(rows map[vault.RowID]bool) map[vault.RowID]bool {
	if len(r.moved) == 0 || rows == nil {
		return rows
	}
	now := make(map[vault.RowID]bool, len(rows))
	for row := range rows {
		now[r.follow(row)] = true
	}
	return now
}

// Reseal gives a held ring a new ring key, a new system key and new data keys, and seals everything in it anew: heads,
// bodies, attachments and system values (security.md 4.4). Unlike [Register.Rotate] it also shuts out who copied data keys
// while entitled. Rows of other rings stay as they are, byte for byte. It is one transaction: when ctx ends before the
// commit, nothing has changed. progress, which may be nil, is told how many rows of how many are done.
//
// V-ROW when a row does not open, and nothing has changed; a chunk of an attachment that does not open stays unreadable, alone.
// V-ERASE when the ring is resealed and old keys are still found in the files, or these could not be made final.
func (r *Register) Reseal(ctx context.Context, number domain.Ring, progress func(done, total int)) error {
	r.rows.Lock()
	defer r.rows.Unlock()
	var gone store.Remains
	if err := r.storeWaiting(ctx, number); err != nil { // rows alone are sealed anew
		return err
	}
	if err := r.transact(ctx, func(tx *Tx) error { return tx.reseal(ctx, number, progress, &gone) }); err != nil {
		return err
	}
	return r.prove(context.WithoutCancel(ctx), &gone)
}

// A resealing seals the rows of one ring anew.
type resealing struct {
	ctx         context.Context
	tx          *Tx
	c           *change
	held        *ring // as it is before
	vault       uuid.UUID
	next        *resealed
	gone        *store.Remains
	progress    func(done, total int)
	rows, total int
}

func (tx *Tx) reseal(ctx context.Context, number domain.Ring, progress func(done, total int), gone *store.Remains) error {
	c, err := tx.change(number)
	if err != nil {
		return err
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	next := &resealed{
		data: make([]vault.DataKey, len(c.ring.data)), objects: make(map[vault.RowID]rowHead, len(c.ring.objects)),
		moved: make(map[vault.RowID]vault.RowID, len(c.ring.objects)), values: make(map[int64]valueHead, len(c.ring.values)),
	}
	s := &resealing{ctx: ctx, tx: tx, c: c, held: c.ring, vault: tx.register.vault.header.Vault, next: next, gone: gone, progress: progress}
	c.resealed = next
	s.total = c.ring.count + len(c.ring.objects) + len(c.ring.values)
	for _, step := range []func() error{s.keys, s.operations, s.objects, s.blobs, s.values} {
		if err := step(); err != nil {
			return err
		}
	}
	header, err := tx.changeHeader()
	if err != nil {
		return err
	}
	return header.reseal(number, header.present(header.header.Ring(number).Readers), true)
}

// step counts a row that is done.
func (s *resealing) step() error {
	s.rows++
	s.progress(s.rows, s.total)
	return s.ctx.Err()
}

// sample has the beginning of a body looked for afterwards; all of every body would need the memory of the whole ring.
func (s *resealing) sample(body []byte) { s.gone.Add(body[:min(len(body), 4*store.PieceSize)]) }

// keys makes the new keys, wrapped by the ring key that the rotation at the end replaces. From here on the state root
// counts the rows as they will be.
func (s *resealing) keys() error {
	held, id := s.held, s.vault
	for row, err := range s.tx.writer.DataKeys(held.ring) {
		if err != nil {
			return err
		}
		s.gone.Add(row.Wrapped)
	}
	system := vault.DataKey{ID: vault.SystemKeyID(held.ring), Key: vault.NewKey(), Created: s.tx.now().Unix()}
	defer system.Key.Clear()
	s.next.system = vault.DeriveSystemKeys(&system.Key, id, held.ring)
	if err := s.putKey(&system); err != nil {
		return err
	}
	for place := range held.data {
		old := &held.data[place]
		if old.ID == (vault.KeyID{}) {
			continue
		}
		s.next.data[place] = vault.DataKey{ID: vault.NewKeyID(), Key: vault.NewKey(), Scope: old.Scope, Created: old.Created}
		if err := s.tx.writer.DropDataKey(old.ID); err != nil {
			return err
		}
		if err := s.putKey(&s.next.data[place]); err != nil {
			return err
		}
	}
	s.c.elements = vault.NewElements(&s.next.system.State)
	s.c.root.Sum, s.c.root.Rows = vault.Sum{}, 0
	return nil
}

func (s *resealing) putKey(key *vault.DataKey) error {
	wrapped, err := vault.SealDataKey(&s.held.keys.Wrap, s.vault, s.held.ring, s.held.entry.ID, key)
	if err != nil {
		return err
	}
	return s.tx.writer.PutDataKey(store.DataKey{ID: key.ID, Ring: s.held.ring, Wrapped: wrapped})
}

func (s *resealing) operations() error {
	for _, o := range s.held.linesAfter(0) {
		if err := s.operation(o.name, o.head); err != nil {
			return err
		}
	}
	return nil
}

func (s *resealing) operation(name oplog.Name, known *lineHead) error {
	held, id := s.held, s.vault
	stored, err := s.tx.writer.Operation(known.seq)
	if err != nil {
		return rowError(held.compartment(), err)
	}
	head := vault.OperationHead{Device: name.Device, Epoch: name.Epoch, N: name.N, Hash: known.hash, Link: known.link, Import: known.imported}
	head.Row = vault.OperationRowID(&s.next.system.Name, name.Device, name.Epoch, name.N)
	head.Type, head.Revision = known.number, 1
	if known.key != noKey {
		head.Key = s.next.data[known.key].ID
	}
	var body []byte
	if known.stub {
		head.Revision = 2
	} else {
		s.sample(stored.Body)
		plain, err := held.openLine(stored.Body, id, name, known)
		if err != nil {
			return err
		}
		place := vault.Place{Vault: id, Compartment: held.compartment(), Table: vault.OperationTable, Head: head.ObjectHead}
		body, err = vault.SealBody(&s.next.data[known.key].Key, &place, plain)
		clear(plain)
		if err != nil {
			return err
		}
		head.Body = vault.TagOf(body)
	}
	sealed, err := vault.SealOperationHead(&s.next.system.Head, id, held.compartment(), known.seq, &head)
	if err != nil {
		return err
	}
	err = s.tx.writer.ResealOperation(store.Operation{OperationHead: store.OperationHead{Seq: known.seq, Compartment: held.compartment(), Row: head.Row, Head: sealed}, Body: body})
	if err != nil {
		return rowError(held.compartment(), err)
	}
	s.c.add(vault.OperationTable, head.Row, head.Revision, head.Body)
	return s.step()
}

func (s *resealing) objects() error {
	c := s.held.compartment()
	for position := int64(0); ; {
		var part []store.PlacedObject // read before it is written: an iteration must not see its own changes
		for object, err := range s.tx.writer.ObjectsFrom(c, position, batch) {
			if err != nil {
				return err
			}
			part = append(part, object)
			position = object.Position
		}
		if len(part) == 0 {
			break
		}
		for i := range part {
			if err := s.object(&part[i]); err != nil {
				return err
			}
		}
	}
	if len(s.next.objects) != len(s.held.objects) {
		return fault.Newf("V-ROOT", c.String(), "%d objects, expected %d", len(s.next.objects), len(s.held.objects))
	}
	return nil
}

func (s *resealing) object(stored *store.PlacedObject) error {
	held, id := s.held, s.vault
	was := vault.RowID(stored.Row)
	known, ok := held.objects[was]
	if !ok {
		return fault.Newf("V-ROOT", held.ring.String(), "unknown row")
	}
	s.sample(stored.Body)
	opener := held.sealed(id, was, known, stored.Body)
	plain, err := opener.open()
	if err != nil {
		return err
	}
	defer clear(plain)
	object, err := oplog.DecodeObject(plain)
	if err != nil {
		return fault.New("V-ROW", held.ring.String(), err)
	}
	key := &s.next.data[known.key]
	head := vault.ObjectHead{Key: key.ID, Row: vault.ObjectRowID(&s.next.system.Name, object.ID), Type: known.number, Revision: known.revision}
	body, err := vault.SealBody(&key.Key, &vault.Place{Vault: id, Compartment: held.compartment(), Table: vault.ObjectTable, Head: head}, plain)
	if err != nil {
		return err
	}
	head.Body = vault.TagOf(body)
	sealed, err := vault.SealObjectHead(&s.next.system.Head, id, held.compartment(), &head)
	if err != nil {
		return err
	}
	err = s.tx.writer.ResealObject(was, store.Object{Row: head.Row, Compartment: held.compartment(), Head: sealed, Body: body})
	if err != nil {
		return rowError(held.compartment(), err)
	}
	known.tag = head.Body
	s.next.objects[head.Row], s.next.moved[was] = known, head.Row
	s.c.add(vault.ObjectTable, head.Row, head.Revision, head.Body)
	return s.step()
}

// blobs seals attachments anew. Their chunks do not name their key, so all are tried; that of the chunk before first. One that
// opens with none was damaged before: it makes its attachment unreadable and keeps nothing else from getting new keys. Noise takes
// its place, for whoever has the old keys could read what is left of it.
func (s *resealing) blobs() error {
	held := s.held
	var blobs [][16]byte
	for blob, err := range s.tx.writer.Blobs(held.compartment()) {
		if err != nil {
			return err
		}
		blobs = append(blobs, blob)
	}
	var places []int32
	for place := range held.data {
		if held.data[place].ID != (vault.KeyID{}) {
			places = append(places, int32(place))
		}
	}
	for _, blob := range blobs {
		for chunk, err := range chunks(s.tx.writer, blob) {
			if err != nil {
				return err
			}
			if err := s.chunk(&chunk, places); err != nil {
				return err
			}
			if err := s.tx.writer.PutChunk(chunk); err != nil {
				return err
			}
			if err := s.ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunk seals a chunk anew by the first of the keys that opens it, which comes first from then on.
func (s *resealing) chunk(chunk *store.Chunk, places []int32) (err error) {
	c, last := s.held.compartment(), vault.LastChunk(chunk.Body)
	s.sample(chunk.Body)
	for i, place := range places {
		plain, err := vault.OpenChunk(&s.held.data[place].Key, s.vault, c, chunk.Blob, chunk.Part, last, chunk.Body)
		if err != nil {
			continue
		}
		places[0], places[i] = places[i], places[0]
		chunk.Body, err = vault.SealChunk(&s.next.data[place].Key, s.vault, c, chunk.Blob, chunk.Part, last, plain)
		clear(plain)
		return err
	}
	chunk.Body = make([]byte, len(chunk.Body))
	_, err = rand.Read(chunk.Body)
	return err
}

// values seals the system values anew, but for root and ledger, which are written at the end of every transaction.
func (s *resealing) values() error {
	held, id := s.held, s.vault
	for name, head := range held.values {
		if held.ring == domain.RingOpen && name == SystemLedger {
			s.next.values[name] = head
			continue
		}
		stored, err := s.tx.writer.System(held.ring, name)
		if err != nil {
			return rowError(held.compartment(), err)
		}
		s.sample(stored)
		plain, err := held.readValue(s.tx.writer, id, name)
		if err != nil {
			return err
		}
		sealed, tag, err := vault.SealSystem(&s.next.system.System, id, held.ring, name, head.revision, plain)
		clear(plain)
		if err != nil {
			return fmt.Errorf("system value %d: %w", name, err)
		}
		if err := s.tx.writer.PutSystem(store.SystemValue{Ring: held.ring, Name: name, Value: sealed}); err != nil {
			return err
		}
		s.next.values[name] = valueHead{revision: head.revision, tag: tag}
		s.c.add(vault.SystemTable, vault.SystemRowID(name), head.revision, tag)
		if err := s.step(); err != nil {
			return err
		}
	}
	return nil
}
