package exchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/recovery"
	"feltbok/internal/workspace"
)

// rehearsalLife is how old a good rehearsal may be at departure, backupAge a backup (security.md 4.9).
const (
	rehearsalLife = 30 * 24 * time.Hour
	backupAge     = 7 * 24 * time.Hour
)

// CrossingPart is one compartment: this machine's own lines, and those of them that headquarters' newest receipt says it has
// merged.
type CrossingPart struct {
	Compartment string `json:"compartment"`
	Own         int    `json:"own"`
	Merged      int    `json:"merged"`
	// Replaced are lines that a twin of this machine has used the numbers of. What they say was written anew under other
	// numbers, or lies at headquarters in a refused file; it is not lost with them.
	Replaced int `json:"replaced"`
	// Held is false for a compartment that this vault has and the user cannot look into: what is in it is not known.
	Held bool `json:"held"`
}

// Crossing says whether this machine may be emptied before a border without any loss (security.md 4.8).
type Crossing struct {
	Parts []CrossingPart `json:"parts"`
	// Lost counts own lines that headquarters has not merged, and with them a wipe would lose; the log that was written after
	// the newest file is counted apart, for looking at the machine writes it.
	Lost int `json:"lost"`
	Log  int `json:"log"`
	// Waiting are sealed files that somebody else's ring, or headquarters, waits for.
	Waiting int  `json:"waiting"`
	Clear   bool `json:"clear"`
}

// CrossingOf compares this machine's own lines with headquarters' newest receipt. Clear means that every line of every
// compartment is merged, that no compartment is closed to the user, and that no file waits in held/ or carry/. Of the audit
// log the lines that were sent must be merged: the log goes on with every look. Headquarters is never clear. It writes nothing.
func CrossingOf(_ context.Context, ws *workspace.Workspace) (*Crossing, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	own, err := acknowledged(ws)
	if err != nil {
		return nil, err
	}
	sent := Ranges{}
	for _, out := range counters.Out {
		merge(sent, out.Sent)
	}
	crossing := &Crossing{Parts: []CrossingPart{}, Clear: !ws.Me().HQ}
	lost := Ranges{}
	for _, ring := range reg.Rings() {
		if ring == domain.SealedRead || ring == domain.AuditRead {
			continue
		}
		c := domain.Compartment(ring)
		part := CrossingPart{Compartment: c.String(), Held: reg.Holds(ring)}
		for _, state := range reg.Chains(c) {
			if state.Chain.Device != ws.Me().Device {
				continue
			}
			unmerged := state.Have.Minus(own.merged.Of(state.Chain))
			missing := unmerged.Minus(own.given.Of(state.Chain))
			part.Own += int(state.Have.Count())
			part.Merged += int(state.Have.Count() - unmerged.Count())
			part.Replaced += int(unmerged.Count() - missing.Count())
			if c == domain.Audit {
				unsent := missing.Minus(sent.Of(state.Chain))
				crossing.Log += int(unsent.Count())
				missing = missing.Minus(unsent)
			}
			put(lost, state.Chain, missing)
		}
		crossing.Clear = crossing.Clear && part.Held
		crossing.Parts = append(crossing.Parts, part)
	}
	pending, closed, err := ws.Pending(own.suspect)
	if err != nil {
		return nil, err
	}
	for chain, numbers := range pending { // a twin's lines have their numbers, and they are not written anew yet
		put(lost, chain, numbers)
	}
	crossing.Lost = closed
	for _, chains := range lost {
		for _, numbers := range chains {
			crossing.Lost += int(numbers.Count())
		}
	}
	for _, folder := range []string{"held", "carry"} {
		n, err := countFiles(filepath.Join(ws.Dir(), folder))
		if err != nil {
			return nil, fault.New("E-FILE", folder, err)
		}
		crossing.Waiting += n
	}
	crossing.Clear = crossing.Clear && crossing.Lost == 0 && crossing.Waiting == 0
	return crossing, nil
}

func countFiles(dir string) (int, error) {
	n := 0
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(entry.Name(), fsx.PartSuffix) {
			n++
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return n, err
}

// The codes of [Reason]; the sentences stand in the text catalogue under "travel.reason." + code.
const (
	ReasonNotEnrolled     = "not_enrolled"     // headquarters has not signed the machine in
	ReasonNoRehearsal     = "rehearsal_none"   // nobody has proven that headquarters can recover this vault
	ReasonOldRehearsal    = "rehearsal_old"    // the good one is more than 30 days old
	ReasonFailedRehearsal = "rehearsal_failed" // the newest one failed
	ReasonUnmerged        = "unmerged"         // own work is not at headquarters
	ReasonClock           = "clock"            // the clock runs behind times known to be true
	ReasonNoBackup        = "backup_none"
	ReasonOldBackup       = "backup_old"
	ReasonReplaceBackup   = "backup_replace" // a backup holds what was erased or a key that was changed
	ReasonPending         = "pending"        // a rotation or an erasure waits for a user with the ring
	ReasonDisk            = "disk"           // the program cannot see whether the whole disk is encrypted
)

// Reason is one thing that is missing, or to be looked after.
type Reason struct {
	Code string `json:"code"`
	// Count is how many lines, backups or rings it is about; zero when it counts nothing.
	Count int `json:"count,omitempty"`
	// Date is the day that it is about; empty when there is none.
	Date string `json:"date,omitempty"`
}

// TextKey names the sentence for people.
func (r Reason) TextKey() string { return "travel.reason." + r.Code }

// Clearance says whether a machine may travel (security.md 4.9).
type Clearance struct {
	Clear bool `json:"clear"`
	// Reasons hold it up; Notes are to be looked after without holding it up.
	Reasons []Reason `json:"reasons"`
	Notes   []Reason `json:"notes"`
	// Rehearsed is the day of the newest good rehearsal, LastBackup that of the newest backup; zero when there is none.
	Rehearsed  time.Time `json:"rehearsed,omitzero"`
	LastBackup time.Time `json:"last_backup,omitzero"`
	Crossing   *Crossing `json:"crossing"`
}

// ClearanceOf judges a machine by its rehearsals, backups, clock and unsent work.
func ClearanceOf(ctx context.Context, ws *workspace.Workspace) (*Clearance, error) {
	crossing, err := CrossingOf(ctx, ws)
	if err != nil {
		return nil, err
	}
	c := &Clearance{Reasons: []Reason{}, Notes: []Reason{{Code: ReasonDisk}}, Crossing: crossing}
	if !Enrolled(ws) {
		c.hold(Reason{Code: ReasonNotEnrolled})
	} else if err := c.rehearsals(ctx, ws); err != nil {
		return nil, err
	}
	if crossing.Lost > 0 {
		c.note(Reason{Code: ReasonUnmerged, Count: crossing.Lost})
	}
	if _, suspect := ws.JudgeTime(); suspect {
		c.hold(Reason{Code: ReasonClock})
	}
	if err := c.backups(ctx, ws); err != nil {
		return nil, err
	}
	if err := c.pending(ctx, ws); err != nil {
		return nil, err
	}
	c.Clear = len(c.Reasons) == 0
	return c, nil
}

func (c *Clearance) hold(r Reason) { c.Reasons = append(c.Reasons, r) }
func (c *Clearance) note(r Reason) { c.Notes = append(c.Notes, r) }

// rehearsals goes by the `rehearsal` objects that speak of this vault. One that was made before the machine was enrolled
// proves nothing about what the vault became then.
func (c *Clearance) rehearsals(ctx context.Context, ws *workspace.Workspace) error {
	records, err := ws.Objects(ctx, "rehearsal", [16]byte{})
	if err != nil {
		return err
	}
	enrolled := enrolledAt(ws)
	var newest time.Time
	passed := false
	for _, record := range records {
		at, err := time.Parse(time.DateOnly, record.Text("date"))
		note, ok := recovery.ParseNote(record.Text("note"))
		if err != nil || !ok || note.Vault != ws.Register().VaultID() || at.Before(enrolled) {
			continue
		}
		good := record.Answer("succeeded").Bool()
		if good && at.After(c.Rehearsed) {
			c.Rehearsed = at
		}
		if at.After(newest) || at.Equal(newest) && !good { // of two on a day the failed one counts
			newest, passed = at, good
		}
	}
	switch {
	case newest.IsZero():
		c.hold(Reason{Code: ReasonNoRehearsal})
	case !passed:
		c.hold(Reason{Code: ReasonFailedRehearsal, Date: newest.Format(time.DateOnly)})
	case ws.Now().Sub(c.Rehearsed) > rehearsalLife+24*time.Hour: // the day itself counts whole
		c.hold(Reason{Code: ReasonOldRehearsal, Date: c.Rehearsed.Format(time.DateOnly)})
	}
	return nil
}

// enrolledAt is the day from which the machine's certificate holds, the lag for slow clocks added again.
func enrolledAt(ws *workspace.Workspace) time.Time {
	node := ws.Node()
	if node.Certificate == nil {
		return time.Time{}
	}
	return time.Unix(int64(node.Certificate.ValidAfter), 0).UTC().Add(clockLag).Truncate(24 * time.Hour)
}

func (c *Clearance) backups(ctx context.Context, ws *workspace.Workspace) error {
	backups, err := ws.Backups(ctx)
	if err != nil {
		return err
	}
	replace := 0
	for i := range backups {
		b := &backups[i]
		if b.Device != ws.Me().Device {
			continue
		}
		if b.Replace() {
			replace++
		}
		if !b.Destroyed && b.At.After(c.LastBackup) {
			c.LastBackup = b.At
		}
	}
	switch {
	case c.LastBackup.IsZero():
		c.hold(Reason{Code: ReasonNoBackup})
	case ws.Now().Sub(c.LastBackup) > backupAge:
		c.note(Reason{Code: ReasonOldBackup, Date: c.LastBackup.Format(time.DateOnly)})
	}
	if replace > 0 {
		c.note(Reason{Code: ReasonReplaceBackup, Count: replace})
	}
	return nil
}

// pending counts rings in which something waits for a user who holds them.
func (c *Clearance) pending(ctx context.Context, ws *workspace.Workspace) error {
	var rings []domain.Ring
	users, err := ws.Users()
	if err != nil {
		return err
	}
	for _, user := range users {
		if user.Removed {
			rings = append(rings, user.Rings...)
		}
	}
	erasures, err := ws.Erasures(ctx)
	if err != nil {
		return err
	}
	for _, e := range erasures {
		rings = append(rings, e.Pending...)
	}
	slices.Sort(rings)
	if n := len(slices.Compact(rings)); n > 0 {
		c.hold(Reason{Code: ReasonPending, Count: n})
	}
	return nil
}
