package exchange

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/fsx"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// ErasedCase is a case that a file orders to destroy.
type ErasedCase struct {
	Case uuid.UUID `json:"case"`
	// Lines counts what goes here, in the compartments that the user holds; Unsent those of this machine's own lines of it
	// that no file for headquarters holds: that work is lost with the case.
	Lines  int `json:"lines"`
	Unsent int `json:"unsent"`
}

// justified reports whether a line may be stored. A stub stands for a line that nobody can read any more, so it is taken
// only when the order that made it is known and authentic (security.md 5.5).
func (in *incomingFile) justified(ctx context.Context, ws *workspace.Workspace, line *oplog.Line) (bool, error) {
	if line.Kind != oplog.KindStub || ws.Register().Known(line.Compartment, line.Name()) {
		return true, nil
	}
	kind, order, ok := line.Justification()
	if !ok || kind != oplog.KindErase { // of a redaction: when the whole part was read
		return false, nil
	}
	if in.orders[order] {
		return true, nil
	}
	known, err := ws.IsOrder(ctx, order)
	if known {
		in.orders[order] = true
	}
	return known, err
}

// leaveOut counts a stub as a gap: the next receipt, or the next file, asks for the line.
func (in *incomingFile) leaveOut(c domain.Compartment, line *oplog.Line) {
	chain := line.Name().Chain(c)
	missing := in.missing[chain]
	missing.Add(line.N)
	in.missing[chain] = missing
}

// erasures says what the orders in a file would destroy here, and which lines came too late.
func (in *incomingFile) erasures(ctx context.Context, ws *workspace.Workspace) error {
	sent := Ranges{}
	if out := in.counters.Out[trust.NodeHQ]; out != nil {
		sent = out.Sent
	}
	late := map[uuid.UUID]int{}
	for _, incoming := range in.lines {
		line := incoming.Line
		_, gone := ws.Erased(line.Case)
		switch {
		case line.Case == uuid.Nil:
		case line.Kind != oplog.KindErase:
			if gone && !ws.Register().Known(line.Compartment, line.Name()) {
				late[line.Case]++
			}
		case !gone && incoming.Code == "" && !slices.ContainsFunc(in.plan.Erased, func(e ErasedCase) bool { return e.Case == line.Case }):
			erased := ErasedCase{Case: line.Case}
			names, err := ws.CaseLineNames(ctx, line.Case)
			if err != nil {
				return err
			}
			for c, list := range names {
				erased.Lines += len(list)
				for _, name := range list {
					if !ws.Me().HQ && name.Device == ws.Me().Device && !sent.Of(name.Chain(c)).Contains(name.N) {
						erased.Unsent++
					}
				}
			}
			in.plan.Erased = append(in.plan.Erased, erased)
		}
	}
	in.late = late
	return nil
}

// Confirmation says that a machine has obeyed an order to erase, or when it last said anything.
type Confirmation struct {
	Node  string `json:"node"`
	Alias string `json:"alias"`
	// Seen is when the machine's newest bundle came; empty when none has.
	Seen string `json:"seen,omitempty"`
}

// Lateness counts lines of an erased case that a machine still sent with their content.
type Lateness struct {
	Alias string `json:"alias"`
	Lines int    `json:"lines"`
}

// ProtocolEntry is one erasure in the deletion protocol: what was ordered, what went, who has confirmed, and which older
// copies there still are. It names no content.
type ProtocolEntry struct {
	workspace.Erasure
	Done    []string `json:"done"`
	Pending []string `json:"pending"`
	// Confirmed are the machines of the case's mission that have the order; Awaiting are those that have not said so yet.
	// Only headquarters knows.
	Confirmed []Confirmation `json:"confirmed"`
	Awaiting  []Confirmation `json:"awaiting"`
	Late      []Lateness     `json:"late"`
	// Older counts sealed files in this workspace's folder from before the erasure, which may hold lines of the case:
	// copies of what was sent are sealed to others, waiting and refused files to this machine.
	Older OlderCopies `json:"older_copies"`
}

// OlderCopies counts files by folder.
type OlderCopies struct {
	Sent       int `json:"sent"`
	Held       int `json:"held"`
	Quarantine int `json:"quarantine"`
	Carry      int `json:"carry"`
}

// DeletionProtocol lists every erasure with what is known of it, in the order of time.
func DeletionProtocol(ctx context.Context, ws *workspace.Workspace) ([]ProtocolEntry, error) {
	erasures, err := ws.Erasures(ctx)
	if err != nil {
		return nil, err
	}
	counters, err := readCounters(ws.Register())
	if err != nil {
		return nil, err
	}
	out := []ProtocolEntry{}
	for _, e := range erasures {
		entry := ProtocolEntry{
			Erasure: e, Done: ringNames(e.Done), Pending: ringNames(e.Pending), Confirmed: []Confirmation{}, Awaiting: []Confirmation{}, Late: []Lateness{},
		}
		if ws.Me().HQ {
			entry.confirm(ws, counters)
		}
		for sender, in := range counters.In {
			if n := in.Late[e.Case]; n > 0 {
				entry.Late = append(entry.Late, Lateness{Alias: aliasOf(ws, sender), Lines: n})
			}
		}
		slices.SortFunc(entry.Late, func(a, b Lateness) int { return compareText(a.Alias, b.Alias) })
		last := e.At
		if e.Ordered.After(last) {
			last = e.Ordered
		}
		if entry.Older, err = olderCopies(ws, counters, last); err != nil {
			return nil, err
		}
		out = append(out, entry)
	}
	return out, nil
}

// confirm goes by what each machine said it has in its newest bundle: the order is a line like any other.
func (p *ProtocolEntry) confirm(ws *workspace.Workspace, c *counters) {
	t := ws.Trust()
	if t == nil {
		return
	}
	audience := ws.Audience(p.Operation.Epoch)
	for _, mission := range t.Missions() {
		for _, node := range mission.Nodes {
			if audience != audienceOf(mission, &node, domain.Open) {
				continue
			}
			confirmation := Confirmation{Node: node.Node, Alias: node.Alias}
			have := false
			if in := c.In[node.Node]; in != nil {
				confirmation.Seen = in.At
				have = in.Have.Of(p.Operation.Chain(domain.Open)).Contains(p.Operation.N)
			}
			if have {
				p.Confirmed = append(p.Confirmed, confirmation)
			} else {
				p.Awaiting = append(p.Awaiting, confirmation)
			}
		}
	}
}

func aliasOf(ws *workspace.Workspace, node string) string {
	if t := ws.Trust(); t != nil {
		for _, mission := range t.Missions() {
			if n, ok := mission.Node(node); ok {
				return n.Alias
			}
		}
	}
	return node
}

func ringNames(rings []domain.Ring) []string {
	names := []string{}
	for _, ring := range rings {
		names = append(names, ring.String())
	}
	return names
}

func olderCopies(ws *workspace.Workspace, c *counters, before time.Time) (OlderCopies, error) {
	var older OlderCopies
	for _, sent := range c.Sent {
		if at, err := time.Parse(time.RFC3339, sent.At); err == nil && !at.After(before) {
			older.Sent++
		}
	}
	for folder, count := range map[string]*int{"held": &older.Held, "quarantine": &older.Quarantine, "carry": &older.Carry} {
		err := filepath.WalkDir(filepath.Join(ws.Dir(), folder), func(_ string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(entry.Name(), fsx.PartSuffix) {
				return err
			}
			info, err := entry.Info()
			if err == nil && !info.ModTime().After(before) {
				*count++
			}
			return err
		})
		if err != nil && !os.IsNotExist(err) {
			return older, fault.New("E-FILE", folder, err)
		}
	}
	return older, nil
}
