package register

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/store"
	"feltbok/internal/vault"
)

// salvaging is one run of [Salvage], inside a view of the original.
type salvaging struct {
	source   *Register
	reader   store.AroundReader
	progress func(done, total int)
	done     int
	total    int

	tables  map[SalvagedTable]*SalvagedTable // by ring, table and opaque
	places  []placing                        // of the operations that are kept, by their new numbers
	moved   int
	gaps    int
	systems map[domain.Ring]*vault.DataKey // new system keys of rings that have lost theirs
	sums    map[domain.Ring]*total         // of the rows that were written
	roots   map[domain.Ring][]byte         // as they stand in the original
	ledger  []byte
}

// placing is an operation with its old and new number.
type placing struct {
	from, to int64
	c        domain.Compartment
}

func (s *salvaging) clear() {
	for _, key := range s.systems {
		key.Key.Clear()
	}
}

func (s *salvaging) count(number domain.Ring, table string, kept bool) {
	opaque := s.source.rings[number] == nil && s.source.damage.keyless[number] == nil
	key := SalvagedTable{Ring: number, Table: table, Opaque: opaque}
	if s.tables[key] == nil {
		row := key
		s.tables[key] = &row
	}
	if kept {
		s.tables[key].Kept++
	} else {
		s.tables[key].Left++
	}
	s.done++
	if s.progress != nil && s.done%256 == 0 {
		s.progress(s.done, max(s.total, s.done))
	}
}

func (s *salvaging) report() SalvageReport {
	r := s.source
	report := SalvageReport{Vault: r.vault.header.Vault, Damage: r.damage.list(), Moved: s.moved, Gaps: s.gaps}
	for _, row := range s.tables {
		report.Tables = append(report.Tables, *row)
	}
	slices.SortFunc(report.Tables, func(a, b SalvagedTable) int {
		return cmp.Or(cmp.Compare(a.Ring, b.Ring), cmp.Compare(a.Table, b.Table))
	})
	for id := range r.damage.cases {
		report.Cases = append(report.Cases, id)
	}
	slices.SortFunc(report.Cases, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	if s.progress != nil {
		s.progress(s.done, s.done)
	}
	return report
}

// keeps reports what becomes of the rows of a ring: rows of one that is held are looked at, those of one that is not held
// are copied as they are, and nobody can ever open those of a ring whose system key is lost.
func (s *salvaging) keeps(number domain.Ring) (held *ring, opaque bool) {
	held = s.source.rings[number]
	return held, held == nil && s.source.damage.keyless[number] == nil
}

// plan decides which operations are kept and under which numbers: held ones move down into the gaps in their order, rows
// of rings that are not held stay where they are, because their heads are bound to it.
func (s *salvaging) plan() error {
	healthy := map[domain.Ring]map[int64]bool{}
	for number, held := range s.source.rings {
		seqs := make(map[int64]bool, held.count)
		for _, state := range held.chains {
			for i := range state.heads {
				seqs[state.heads[i].seq] = true
			}
		}
		healthy[number] = seqs
		s.total += held.count + len(held.objects) + len(held.values)
	}
	fixed := map[int64]bool{}
	type kept struct {
		seq    int64
		c      domain.Compartment
		opaque bool
	}
	var rows []kept
	for head, err := range s.reader.Operations(0) {
		if err != nil {
			return err
		}
		number := domain.RingOf(head.Compartment)
		_, opaque := s.keeps(number)
		if !opaque && !healthy[number][head.Seq] {
			s.count(number, "operation", false)
			continue
		}
		if opaque {
			fixed[head.Seq] = true
		}
		rows = append(rows, kept{head.Seq, head.Compartment, opaque})
	}
	free := int64(1)
	for _, row := range rows {
		to := row.seq
		if !row.opaque {
			for fixed[free] {
				free++
			}
			to = free
			free++
		}
		if to != row.seq {
			s.moved++
		}
		s.places = append(s.places, placing{row.seq, to, row.c})
	}
	slices.SortFunc(s.places, func(a, b placing) int { return cmp.Compare(a.to, b.to) })
	if n := len(s.places); n > 0 {
		s.gaps = int(s.places[n-1].to) - n
	}
	return nil
}

// salvageBatch is how many rows are written in one transaction.
const salvageBatch = 256

func (s *salvaging) run(ctx context.Context, update func(func(store.Placer) error) error) error {
	for number, held := range s.source.rings {
		s.sums[number] = &total{elements: vault.NewElements(&held.system.State)}
	}
	if err := update(s.writeKeys); err != nil {
		return err
	}
	for part := range slices.Chunk(s.places, salvageBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := update(func(w store.Placer) error { return s.writeOperations(w, part) }); err != nil {
			return err
		}
	}
	if err := s.writeObjects(ctx, update); err != nil {
		return err
	}
	return update(s.writeValues)
}

// writeKeys copies header and data keys. A ring whose system key is lost gets a new one, and begins empty.
func (s *salvaging) writeKeys(w store.Placer) error {
	v := s.source.vault
	if err := w.PutHeader(v.content, v.mac, [32]byte{}); err != nil {
		return err
	}
	for number := domain.Ring(1); number <= vault.MaxRings; number++ {
		held, opaque := s.keeps(number)
		for row, err := range s.reader.DataKeys(number) {
			if err != nil {
				return err
			}
			keep := opaque
			if held != nil {
				place, opens := held.byID[vault.KeyID(row.ID)]
				keep = opens && !s.source.erasedKey(held, place) || vault.KeyID(row.ID) == vault.SystemKeyID(number)
			}
			s.count(number, "data_key", keep)
			if !keep {
				continue
			}
			if err := w.PutDataKey(row); err != nil {
				return err
			}
		}
	}
	s.systems = map[domain.Ring]*vault.DataKey{}
	for number, lost := range s.source.damage.keyless {
		key := &vault.DataKey{ID: vault.SystemKeyID(number), Key: vault.NewKey(), Created: v.clock.Now().Unix()}
		s.systems[number] = key
		wrapped, err := vault.SealDataKey(&lost.keys.Wrap, v.header.Vault, number, lost.entry.ID, key)
		if err != nil {
			return err
		}
		if err := w.PutDataKey(store.DataKey{ID: key.ID, Ring: number, Wrapped: wrapped}); err != nil {
			return err
		}
	}
	return nil
}

func (s *salvaging) writeOperations(w store.Placer, part []placing) error {
	id := s.source.vault.header.Vault
	for _, place := range part {
		row, err := s.reader.Operation(place.from)
		if err != nil {
			return err
		}
		number := domain.RingOf(place.c)
		if held := s.source.rings[number]; held != nil {
			opener := vault.NewHeadReader(&held.system.Head, id, place.c)
			head, err := opener.Operation(vault.RowID(row.Row), row.Seq, row.Head)
			opener.Clear()
			if err != nil {
				return err
			}
			if place.to != place.from {
				if row.Head, err = vault.SealOperationHead(&held.system.Head, id, place.c, place.to, &head); err != nil {
					return err
				}
			}
			s.sums[number].add(vault.OperationTable, head.Row, head.Revision, head.Body)
		}
		row.Seq = place.to
		if err := w.Place(row); err != nil {
			return fmt.Errorf("operation %d: %w", place.to, err)
		}
		s.count(number, "operation", true)
	}
	return nil
}

func (s *salvaging) writeObjects(ctx context.Context, update func(func(store.Placer) error) error) error {
	var objects []store.Object
	var chunks []store.Chunk
	flush := func() error {
		defer func() { objects, chunks = objects[:0], chunks[:0] }()
		return update(func(w store.Placer) error {
			for _, object := range objects {
				if err := w.PutObject(object); err != nil {
					return err
				}
			}
			for _, chunk := range chunks {
				if err := w.PutChunk(chunk); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for head, err := range s.reader.Objects() {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		number := domain.RingOf(head.Compartment)
		held, keep := s.keeps(number)
		if held != nil {
			if held.waiting[vault.RowID(head.Row)] != nil {
				continue // written below, as it is now
			}
			known, opens := held.objects[vault.RowID(head.Row)]
			if keep = opens; keep {
				s.sums[number].add(vault.ObjectTable, vault.RowID(head.Row), known.revision, known.tag)
			}
		}
		s.count(number, "object", keep)
		if !keep {
			continue
		}
		object, err := s.reader.Object(head.Row)
		if err != nil {
			return err
		}
		if objects = append(objects, object); len(objects) == salvageBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	for _, held := range s.source.inOrder() {
		waiting, err := s.sealWaiting(held)
		if err != nil {
			return err
		}
		for range waiting {
			s.count(held.ring, "object", true)
		}
		objects = append(objects, waiting...) // few, see maxBehind
	}
	for chunk, err := range s.reader.Chunks() {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		number := domain.RingOf(chunk.Compartment)
		keep := s.source.damage.keyless[number] == nil
		s.count(number, "attachment_chunk", keep)
		if !keep {
			continue
		}
		if chunks = append(chunks, chunk); len(chunks) == salvageBatch/16 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// sealWaiting makes rows of the objects that wait for theirs, so that the new vault is behind in nothing.
func (s *salvaging) sealWaiting(held *ring) (objects []store.Object, err error) {
	for row, object := range held.waiting {
		revision := held.objects[row].revision + 1 // 1 when there is no row
		plain, err := object.state.Encode()
		if err != nil {
			return nil, err
		}
		head, stored, err := held.sealObject(s.source.vault.header.Vault, &held.data[object.head.key], row, revision, object.head.number, plain)
		clear(plain)
		if err != nil {
			return nil, err
		}
		s.sums[held.ring].add(vault.ObjectTable, row, head.Revision, head.Body)
		objects = append(objects, stored)
	}
	return objects, nil
}
