package exchange

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Trusted is what the directory of a mission says of a machine.
type Trusted struct {
	// Status is one of trust.NodeActive, NodeClosed and NodeRevoked.
	Status string `json:"status"`
	// Certificate is when the machine's newest certificate runs out that is not withdrawn; zero when it has none.
	Certificate time.Time `json:"certificate,omitzero"`
	// Revoked is the withdrawal of the machine, nil when it counts.
	Revoked *trust.Revocation `json:"revoked,omitempty"`
	// Directory is the version of the mission's directory here, DirectoryThere the one that the machine said it has, and
	// DirectorySent the newest one that went out to it in a file. A machine has a version only when it says so.
	Directory      uint64 `json:"directory"`
	DirectoryThere uint64 `json:"directory_there"`
	DirectorySent  uint64 `json:"directory_sent"`
}

// Informed reports whether the machine has said that it has the newest directory of its mission.
func (t Trusted) Informed() bool { return t.DirectoryThere >= t.Directory }

// Pending counts the lines that headquarters has for a machine and that the machine has not said it has.
type Pending struct {
	Unsent      int `json:"unsent"`      // in no file for it yet
	Unconfirmed int `json:"unconfirmed"` // in a file for it
	// Oldest is when the first of those in no file was written; zero when all are in one.
	Oldest time.Time `json:"oldest,omitzero"`
}

func trustedAs(mission *trust.Mission, node trust.Node, c *counters) Trusted {
	t := Trusted{Status: node.Status, Directory: mission.Version}
	for _, issued := range mission.Issued() {
		switch {
		case issued.Name != node.Node:
		case issued.Revoked == nil && issued.Until.After(t.Certificate):
			t.Certificate = issued.Until
		case issued.Revoked != nil && (t.Revoked == nil || issued.Revoked.Cut.Before(t.Revoked.Cut)):
			t.Revoked = issued.Revoked
		}
	}
	if node.Status != trust.NodeRevoked {
		t.Revoked = nil // an older certificate of a machine that has a new one
	}
	if in := c.In[node.Node]; in != nil {
		t.DirectoryThere = in.Mission
	}
	if out := c.Out[node.Node]; out != nil {
		t.DirectorySent = out.Mission
	}
	return t
}

// pendingIn prepares what tells the lines that wait for each machine of a mission.
func pendingIn(ctx context.Context, ws *workspace.Workspace, c *counters, mission *trust.Mission) (func(context.Context, trust.Node) (Pending, error), error) {
	me := ws.Me()
	if !me.HQ {
		return func(context.Context, trust.Node) (Pending, error) { return Pending{}, nil }, nil
	}
	relay, err := newRelay(ctx, ws, c, mission, false)
	if err != nil {
		return nil, err
	}
	e := &exporting{ws: ws, mission: mission}
	return func(ctx context.Context, node trust.Node) (p Pending, err error) {
		if node.Status != trust.NodeActive {
			return p, nil
		}
		sent, unsent := Ranges{}, Ranges{}
		if out := c.Out[node.Node]; out != nil {
			sent = out.Sent
		}
		for _, compartment := range domain.AllCompartments {
			if !ws.Register().Holds(domain.RingOf(compartment)) || !me.Role.MaySend(e.kindOf([]string{node.Node}), compartment) || !relay.mayReceive(node.Node, compartment) {
				continue
			}
			stretches, err := relay.stretches(ctx, compartment, []string{node.Node}, []string{node.Node})
			if err != nil {
				return p, err
			}
			for _, s := range stretches {
				lines := oplog.Intervals{{s.run.First, s.run.Last}}
				known := inside(lines, sent.Of(s.chain()))
				p.Unconfirmed += known
				p.Unsent += int(lines.Count()) - known
				put(unsent, s.chain(), lines.Minus(sent.Of(s.chain())))
			}
		}
		p.Oldest, err = oldestOf(ctx, ws, unsent)
		return p, err
	}, nil
}

// noteForms keeps the newest version of each question set that a machine's own lines were written with.
func (in *incoming) noteForms(device uuid.UUID, lines []workspace.Incoming) {
	for _, l := range lines {
		if l.Line.Device != device {
			continue
		}
		if name, version, ok := formVersion(l.Line.Form); ok && version > in.Forms[name] {
			if in.Forms == nil {
				in.Forms = map[string]int{}
			}
			in.Forms[name] = version
		}
	}
}

// forms lists them, as they stand in lines.
func (in *incoming) forms() []string {
	out := []string{}
	for _, name := range slices.Sorted(maps.Keys(in.Forms)) {
		out = append(out, fmt.Sprintf("%s@%d", name, in.Forms[name]))
	}
	return out
}

// formVersion parts "identity@1" into name and version.
func formVersion(form string) (name string, version int, ok bool) {
	name, text, ok := strings.Cut(form, "@")
	version, err := strconv.Atoi(text)
	return name, version, ok && err == nil
}
