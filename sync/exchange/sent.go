package exchange

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

const (
	sentFolder = "sent"
	// sentLife is how long copies of exported files are kept at least, sentCheck how often they are compared with what they
	// were (security.md 6.11).
	sentLife  = 14 * 24 * time.Hour
	sentCheck = 7 * 24 * time.Hour
)

// pruneSent takes copies that are old and whose lines have arrived off the list and returns their names. The files go after
// the list is stored: a file too many does no harm.
func (c *counters) pruneSent(ws *workspace.Workspace, r *relay) (files []string) {
	now := ws.Now()
	c.Sent = slices.DeleteFunc(c.Sent, func(sent copyOf) bool {
		at, err := time.Parse(time.RFC3339, sent.At)
		if err != nil || now.Sub(at) < sentLife || !c.arrived(ws, r, sent) {
			return false
		}
		files = append(files, sent.File)
		return true
	})
	return files
}

// arrived reports whether every line of a copy got where it was to go: in the field into headquarters' register, at
// headquarters onto each machine that the file was for.
func (c *counters) arrived(ws *workspace.Workspace, r *relay, sent copyOf) bool {
	if ws.Me().HQ {
		return !slices.ContainsFunc(sent.To, func(node string) bool { return !covers(c.from(node).Have, sent.Lines) })
	}
	known := Ranges{}
	merge(known, r.own.merged)
	merge(known, r.own.given)
	for device, receipt := range r.receipts {
		if device != trust.DeviceName(ws.Me().Device) {
			merge(known, receipt.Merged)
		}
	}
	return covers(known, only(sent.Lines, func(chain oplog.Chain) bool { return !r.headquarters(chain.Device) }))
}

// covers reports whether every line of want is in have.
func covers(have, want Ranges) bool { return len(without(want, have)) == 0 }

// SentCopy is an exported file that is still kept in sent/ (security.md 6.11).
type SentCopy struct {
	File  string    `json:"file"`
	At    time.Time `json:"at"`
	To    []string  `json:"to"`    // nodes
	Lines int       `json:"lines"` // without those of the log
	// Merged is true once the newest receipt says that headquarters has taken in every line of it.
	Merged bool `json:"merged"`
	// Checked is when the copy was last compared with the SHA-256 it had; zero before the first time. Damaged says that it is
	// missing or not the same any more: what headquarters has not confirmed of it goes out again with the next export.
	Checked time.Time `json:"checked,omitzero"`
	Damaged bool      `json:"damaged"`
}

// SentCopies lists the exported files kept, the newest first.
func SentCopies(ws *workspace.Workspace) ([]SentCopy, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, locked()
	}
	counters, err := readCounters(reg)
	if err != nil {
		return nil, err
	}
	own, err := acknowledged(ws)
	if err != nil {
		return nil, err
	}
	mine := func(chain oplog.Chain) bool { return chain.Device == ws.Me().Device }
	copies := []SentCopy{}
	for _, c := range counters.Sent {
		at, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			continue
		}
		kept := SentCopy{File: c.File, At: at, To: c.To, Merged: own.receipt != nil && covers(own.merged, only(c.Lines, mine)), Damaged: c.Damaged}
		kept.Checked, _ = time.Parse(time.RFC3339, c.Checked)
		for compartment, chains := range c.Lines {
			if compartment == domain.Audit.String() {
				continue // the log travels along; it is nobody's answer
			}
			for _, intervals := range chains {
				kept.Lines += int(intervals.Count())
			}
		}
		copies = append(copies, kept)
	}
	slices.SortStableFunc(copies, func(a, b SentCopy) int { return b.At.Compare(a.At) })
	return copies, nil
}

// CheckSent compares the copies in sent/ with the SHA-256 that they had, those that were not looked at for a week, or all. It
// returns how many it read. Every export does it too.
func CheckSent(ctx context.Context, ws *workspace.Workspace, all bool) (checked int, err error) {
	done, err := ws.Turn(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	counters, err := readCounters(ws.Register())
	if err != nil {
		return 0, err
	}
	if checked, err = counters.checkSent(ctx, ws, all); err != nil || checked == 0 {
		return checked, err
	}
	return checked, storeCounters(ctx, ws, counters)
}

func (c *counters) checkSent(ctx context.Context, ws *workspace.Workspace, all bool) (checked int, err error) {
	now := ws.Now()
	for i := range c.Sent {
		sent := &c.Sent[i]
		last, err := time.Parse(time.RFC3339, sent.Checked)
		if err != nil {
			last, err = time.Parse(time.RFC3339, sent.At)
		}
		if age := now.Sub(last); err == nil && !all && age < sentCheck && age > -sentCheck {
			continue
		}
		sum, err := sumOf(ctx, filepath.Join(ws.Dir(), sentFolder, sent.File))
		if ctx.Err() != nil {
			return checked, ctx.Err()
		}
		sent.Damaged = err != nil || hexText(sum[:]) != sent.SHA256
		sent.Checked = stamp(now)
		checked++
	}
	return checked, nil
}

func sumOf(ctx context.Context, path string) (sum [32]byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return sum, fault.New("E-FILE", filepath.Base(path), err)
	}
	defer file.Close()
	digest := sha256.New()
	block := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		n, err := file.Read(block)
		digest.Write(block[:n])
		if err == io.EOF {
			digest.Sum(sum[:0])
			return sum, nil
		}
		if err != nil {
			return sum, fault.New("E-FILE", filepath.Base(path), err)
		}
	}
}
