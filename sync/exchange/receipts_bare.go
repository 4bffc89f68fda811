package exchange

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// BareReceipt is a receipt as a file of its own.
type BareReceipt struct {
	File    string    `json:"file"`
	For     string    `json:"for"` // alias
	Version uint64    `json:"version"`
	At      time.Time `json:"at"`
	// Newer is false when a newer one, or this one, is held already: then nothing changed.
	Newer bool `json:"newer"`
}

// WriteReceipts lays the newest receipts into a folder, as NAME and NAME.sig, for the machine of that alias or, with an empty
// one, for every machine that one is held for. They are numbers only and prove themselves, so they may go by any way, also in
// the clear (security.md 6.8). Files of the same name are replaced. Fault E-TO when there is none.
func WriteReceipts(ws *workspace.Workspace, alias, folder string) ([]BareReceipt, error) {
	receipts, err := readReceipts(ws.Register())
	if err != nil {
		return nil, err
	}
	out := []BareReceipt{}
	for device, k := range receipts {
		name := aliasOf(ws, device)
		if len(k.Bytes) == 0 || alias != "" && alias != name && alias != device {
			continue
		}
		receipt, err := parseReceipt(k, ws.Dir())
		if err != nil {
			return nil, err
		}
		path := filepath.Join(folder, k.Name)
		if err := errors.Join(fsx.WriteFile(path, k.Bytes), fsx.WriteFile(path+".sig", k.Signatures[0])); err != nil {
			return nil, fault.New("E-FILE", k.Name, err)
		}
		out = append(out, BareReceipt{File: path, For: name, Version: receipt.Version, At: receipt.At})
	}
	if len(out) == 0 {
		return nil, fault.Newf("E-TO", alias, "no receipt held")
	}
	slices.SortFunc(out, func(a, b BareReceipt) int { return compareText(a.For, b.For) })
	return out, nil
}

// TakeReceipt takes a bare receipt in, for this machine or for another one to which it will be passed on, with the same effect
// as if it had come in a file. Faults: E-FILE, E-ENROL, E-DOC, E-WORLD, E-CERT, E-REVOKED.
func TakeReceipt(ctx context.Context, ws *workspace.Workspace, path string) (*BareReceipt, error) {
	reg, t := ws.Register(), ws.Trust()
	if reg == nil {
		return nil, locked()
	}
	if t == nil || t.Directory() == nil {
		return nil, fault.New("E-ENROL", filepath.Base(path), nil)
	}
	doc := trust.Document{Name: filepath.Base(path), Signatures: make([][]byte, 1)}
	for from, into := range map[string]*[]byte{path: &doc.Bytes, path + ".sig": &doc.Signatures[0]} {
		content, err := readLimited(from)
		if err != nil {
			return nil, err
		}
		*into = content
	}
	done, err := ws.Turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	now, _ := ws.JudgeTime()
	receipt, err := t.Receipt(doc, now)
	if err != nil {
		return nil, err
	}
	before, err := receiptFor(ws, receipt.For)
	if err != nil {
		return nil, err
	}
	taken := &BareReceipt{
		File: doc.Name, For: aliasOf(ws, receipt.For), Version: receipt.Version, At: receipt.At, Newer: before == nil || before.Version < receipt.Version,
	}
	if !taken.Newer || ws.Me().HQ { // headquarters writes them itself
		taken.Newer = false
		return taken, nil
	}
	err = reg.Update(ctx, func(tx *register.Tx) error {
		if err := storeReceipt(tx, receiptDocument{doc, receipt}); err != nil {
			return err
		}
		return ws.ObserveTime(tx, receipt.At)
	})
	if err != nil {
		return nil, err
	}
	ws.Audit("receipt", "", uuid.Nil)
	if err := leaveBehind(ctx, ws); err != nil {
		return nil, err
	}
	return taken, forgetCarried(ctx, ws)
}

// maxBare is the limit of a receipt (sync/trust), with room to see that a file is longer.
const maxBare = 1<<20 + 1

func readLimited(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, fault.Newf("E-FILE", filepath.Base(path), "not there, or not a file")
	}
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	if info.Size() >= maxBare {
		return nil, fault.Newf("E-DOC", filepath.Base(path), "longer than a receipt")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fault.New("E-FILE", filepath.Base(path), err)
	}
	return content, nil
}
