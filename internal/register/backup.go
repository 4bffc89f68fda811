package register

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/store"
)

// CheckReport says what [Register.Check] went through.
type CheckReport struct {
	// Rings are those whose rows were all opened; of the others only the ledger was compared.
	Rings []domain.Ring
	// Operations, Stubs, Objects and Values count the rows that were opened.
	Operations, Stubs, Objects, Values int
}

// Backup copies the register, as sealed as it is, to a new file and checks the copy (security.md 10.3). The copy opens
// with the same passphrases. V-BACKUP when it differs from the source.
func (r *Register) Backup(ctx context.Context, out string) error {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked {
		return ErrLocked
	}
	path, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	return r.vault.engine.Copy(ctx, path)
}

// Check proves the whole register anew: SQLite's integrity check, then, as at unlock, all keys, heads, roots and the
// ledger from the file, and beyond that every body of the held rings. The first thing that does not fit is the error.
func (r *Register) Check(ctx context.Context) (CheckReport, error) {
	r.rows.RLock()
	defer r.rows.RUnlock()
	if r.locked {
		return CheckReport{}, ErrLocked
	}
	if err := r.noted(r.vault.engine.Integrity(ctx)); err != nil {
		return CheckReport{}, err
	}
	fresh := &Register{vault: r.vault, identity: r.identity, slot: r.slot, rings: map[domain.Ring]*ring{}, readers: map[domain.Ring][]age.Identity{}}
	defer fresh.clearRings()
	var report CheckReport
	err := r.noted(r.vault.engine.View(ctx, func(reader store.Reader) error {
		content, mac, err := reader.Header()
		if err != nil {
			return err
		}
		if string(content) != string(r.vault.content) || string(mac) != string(r.vault.mac) {
			return fault.Newf("V-HEADER", "", "header in the file is not the one that was opened")
		}
		if err := fresh.openRings(); err != nil {
			return err
		}
		if err := fresh.load(ctx, reader); err != nil {
			return err
		}
		for _, held := range fresh.inOrder() {
			if err := fresh.checkBodies(ctx, reader, held, &report); err != nil {
				return err
			}
		}
		return nil
	}))
	return report, err
}

// noted returns the error of a check. Once one has found damage, locking leaves the file as it is.
func (r *Register) noted(err error) error {
	if strings.HasPrefix(fault.Code(err), "V-") {
		r.foundDamaged.Store(true)
	}
	return err
}

func (r *Register) checkBodies(ctx context.Context, reader store.Reader, held *ring, report *CheckReport) error {
	id := r.vault.header.Vault
	report.Rings = append(report.Rings, held.ring)
	report.Values += len(held.values)
	for name, state := range held.chains {
		link, next := oplog.Genesis, uint64(1)
		for i := range state.heads {
			head := &state.heads[i]
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := held.readLine(reader, id, name.Name(head.n), head); err != nil {
				return err
			}
			if head.n == next && oplog.Link(link, head.hash) != head.link {
				return fault.Newf("V-ROW", held.ring.String(), "chain does not link")
			}
			link, next = head.link, head.n+1
			report.Operations++
			if head.stub {
				report.Stubs++
			}
		}
	}
	for row, head := range held.objects {
		stored, err := reader.Object(row)
		if err != nil {
			return rowError(held.compartment(), err)
		}
		if _, err := held.openObject(id, row, head, stored.Body); err != nil {
			return err
		}
		report.Objects++
	}
	for row := range held.waiting { // opened when they were made from their operations
		if _, stored := held.objects[row]; !stored {
			report.Objects++
		}
	}
	return nil
}

// CheckBackup opens a copy read-only and checks it without any passphrase: integrity, and whether its header is one.
// Use [Register.Check] on the restored vault for the rest.
func CheckBackup(ctx context.Context, path string) error {
	digests, err := store.CheckFile(ctx, path)
	if err != nil {
		return err
	}
	if digests["header"].Rows != 1 {
		return fault.New("V-DAMAGED", path, errors.New("copy has no header"))
	}
	return nil
}
