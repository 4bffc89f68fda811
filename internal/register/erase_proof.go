package register

import (
	"context"
	"fmt"
	"slices"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/store"
)

// proveErased makes final what was erased and looks for it in the files: V-ERASE when something is found. Only then are
// the erasures that waited for the proof noted as proven. The caller holds r.rows.
func (r *Register) proveErased(ctx context.Context, gone *store.Remains) error {
	waiting := r.erasures.waiting()
	if len(waiting) == 0 && gone.Len() == 0 {
		return nil
	}
	for _, e := range waiting {
		gone.AddPieces(e.remains)
	}
	if err := r.prove(ctx, gone); err != nil {
		return err
	}
	err := r.transact(ctx, func(tx *Tx) error {
		for _, e := range waiting {
			e.remains = nil
			if err := tx.setErasure(e); err != nil {
				return err
			}
		}
		return nil
	})
	return eraseFault(err)
}

// prove makes deletions final and looks for remains in the files. When something is found, as after another program had
// worked on the file, the file is made anew; V-ERASE when something is found then too.
func (r *Register) prove(ctx context.Context, gone *store.Remains) error {
	engine := r.vault.engine
	if err := r.vault.settle(ctx); err != nil {
		return eraseFault(err)
	}
	found, err := engine.Find(ctx, gone)
	if err == nil && found > 0 {
		if err = engine.Rewrite(ctx); err == nil {
			found, err = engine.Find(ctx, gone)
		}
	}
	if err == nil && found > 0 {
		err = fmt.Errorf("%d pieces of what was erased are still in the files", found)
	}
	return eraseFault(err)
}

func eraseFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.New("V-ERASE", "", err)
}

// checkErased refuses a data key of a case that was erased in its ring: V-KEY. The state root does not count data keys, so
// nothing else would tell that old ones were put back together with the old header.
func (r *Register) checkErased(held *ring) error {
	for _, e := range r.erasures.list() {
		if len(held.byScope[e.Case]) > 0 && slices.Contains(e.Done, held.ring) {
			return fault.Newf("V-KEY", held.ring.String(), "data key of an erased case")
		}
	}
	return nil
}

// pendingErasure reports whether there is an erasure to do in a held ring, or something to be proven.
func (r *Register) pendingErasure() bool {
	if noted, err := r.remains(); err == nil && len(noted) > 0 {
		return true
	}
	return slices.ContainsFunc(r.erasures.list(), func(e erasure) bool { return e.remains != nil || r.pending(e) })
}

func (r *Register) pending(e erasure) bool {
	return slices.ContainsFunc(e.Pending, func(number domain.Ring) bool { return r.rings[number] != nil })
}

// finishErasures erases what waits in the rings that the user holds, and proves it. When the proof fails the register can
// be used all the same: the erasure stays unproven, and the next unlock tries again.
func (r *Register) finishErasures(ctx context.Context) error {
	r.rows.Lock()
	defer r.rows.Unlock()
	var gone store.Remains
	for _, e := range r.erasures.list() {
		if !r.pending(e) {
			continue
		}
		// One transaction a case, so that many cases do not need all of the memory at once.
		if err := r.transact(ctx, func(tx *Tx) error { return tx.erase(e.Case, e.Operation, nil, &gone) }); err != nil {
			return err
		}
	}
	err := r.proveErased(ctx, &gone)
	if err == nil {
		err = r.proveForgotten(ctx, nil)
	}
	if fault.Code(err) == "V-ERASE" && ctx.Err() == nil {
		return nil
	}
	return err
}
