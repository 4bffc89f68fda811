package workspace

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
)

// What is said about a sealed entry is a sealed object itself: it opens for its author, for those who wrote the entry or said something
// about it, for the readers who are named, and for headquarters' sealed readers; for nobody else is there a trace of it (security.md 2.2,
// 2.4). Who else was named as a reader of the entry nobody can tell from its box, so whoever speaks names them anew.

// isSealedRemark tells remarks from entries among sealed objects.
func isSealedRemark(r *Record) bool { return r.Type() == "sealed_remark" }

// SealedThreads lists what was said about a sealed entry, as far as this user may open it; the unsettled first. The file must have been
// opened with part `sealed`.
func (f *CaseFile) SealedThreads(entry uuid.UUID) []Thread {
	return threadsOf(f.sealedRemarks(entry))
}

func (f *CaseFile) sealedRemarks(entry uuid.UUID) []*Record {
	var remarks []*Record
	for _, r := range f.remarks {
		if r.Text("concerns") == entry.String() {
			remarks = append(remarks, r)
		}
	}
	return remarks
}

// SealedElsewhere lists what was said, in the hearing of this user, about sealed entries that this user may not open.
func (f *CaseFile) SealedElsewhere() []Thread {
	return threadsOf(slices.DeleteFunc(slices.Clone(f.remarks), func(r *Record) bool {
		return slices.ContainsFunc(f.sealed, func(entry *Record) bool { return entry.ID().String() == r.Text("concerns") })
	}))
}

// RemarkSealed says something about a sealed entry, or answers what was said about one; the readers hear it besides those whom it
// concerns. Faults: E-VALUE without words, E-FORM when the record is neither, E-ROLE.
func (w *Workspace) RemarkSealed(ctx context.Context, file *CaseFile, about *Record, text string, readers ...uuid.UUID) (*Record, error) {
	kind, entry, first := about.Type(), about.ID(), uuid.Nil
	if isSealedRemark(about) {
		kind = domain.Type(about.Text("concerns_type"))
		entry, _ = uuid.Parse(about.Text("concerns"))
		if first = about.Reference("answers"); first == uuid.Nil {
			first = about.ID()
		}
	}
	if info, ok := domain.Info(kind); !ok || info.Compartment != domain.Sealed {
		return nil, fault.Newf("E-FORM", string(kind), "no sealed entry")
	}
	write := remarkWrite(about.Case(), kind, entry, "", domain.NormaliseText(text), first)
	write.Target.Subject = about.Subject()
	write.Target.Readers = w.hearers(file, entry, readers)
	return w.say(ctx, write)
}

// SettleSealed ends what is said about a sealed entry, or takes it up again, for all who hear it.
func (w *Workspace) SettleSealed(ctx context.Context, file *CaseFile, first *Record, settled bool) error {
	entry, err := uuid.Parse(first.Text("concerns"))
	if err != nil || !isSealedRemark(first) {
		return fault.Newf("E-FORM", string(first.Type()), "no remark on a sealed entry")
	}
	target := Target{Type: first.Type(), ID: first.ID(), Case: first.Case(), Readers: w.hearers(file, entry, nil)}
	_, err = w.Set(ctx, target, map[string]domain.Answer{"settled": {Value: settled}})
	return err
}

// hearers lists who hears what is said about a sealed entry, besides the speaker and headquarters: those who wrote it, those who spoke
// about it, and those who are named. Who stands in no mission directory is at headquarters and reads there.
func (w *Workspace) hearers(file *CaseFile, entry uuid.UUID, named []uuid.UUID) []uuid.UUID {
	users := slices.Clone(named)
	about := file.sealedRemarks(entry)
	if at := slices.IndexFunc(file.sealed, func(r *Record) bool { return r.ID() == entry }); at >= 0 {
		about = append(about, file.sealed[at])
	}
	for _, r := range about {
		for _, field := range r.object.Fields {
			for _, head := range field.Heads {
				users = append(users, head.By)
			}
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortFunc(users, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	return slices.DeleteFunc(slices.Compact(users), func(user uuid.UUID) bool {
		return user == w.me.User || w.tr == nil || len(w.recipientsOf(user)) == 0
	})
}
