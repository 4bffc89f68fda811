package exchange

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// Ranges say which lines are meant, by compartment and chain (security.md 6.8).
type Ranges = trust.Ranges

// add puts a run of lines into ranges.
func add(r Ranges, chain oplog.Chain, first, last uint64) {
	name := chain.Compartment.String()
	if r[name] == nil {
		r[name] = map[string]oplog.Intervals{}
	}
	have := r[name][chain.Key()]
	have.AddRange(first, last)
	r[name][chain.Key()] = have
}

// merge puts all of more into r.
func merge(r, more Ranges) {
	for name, chains := range more {
		if r[name] == nil {
			r[name] = map[string]oplog.Intervals{}
		}
		for key, intervals := range chains {
			r[name][key] = r[name][key].Union(intervals)
		}
	}
}

// only gives the part of ranges whose chains are wanted.
func only(r Ranges, wanted func(oplog.Chain) bool) Ranges {
	out := Ranges{}
	for name, chains := range r {
		c, err := domain.ParseCompartment(name)
		if err != nil {
			continue
		}
		for key, intervals := range chains {
			if chain, err := oplog.ParseChainKey(c, key); err == nil && wanted(chain) {
				put(out, chain, intervals)
			}
		}
	}
	return out
}

// outgoing is what this machine knows of one receiver.
type outgoing struct {
	Sequence uint64 `json:"seq"`
	Previous string `json:"prev"` // hex SHA-256 of the last manifest to that receiver
	// Sent covers the lines that went out to the receiver, acknowledged or not.
	Sent Ranges `json:"sent"`
	// Receipts are the versions of the receipts that went out to the receiver, by device.
	Receipts map[string]uint64 `json:"receipts,omitempty"`
	// Mission is the version of the mission's directory that went out to the receiver.
	Mission uint64 `json:"mission,omitempty"`
	At      string `json:"at,omitempty"`
}

// incoming is what this machine knows of one sender.
type incoming struct {
	Sequence uint64 `json:"seq"`
	// Manifests lists the bundles taken in, newest last: the hash of each manifest and the compartments that went in.
	Manifests []taken `json:"manifests"`
	// Have is what the sender said it has, in its newest manifest, whichever way that came; HLC is the manifest's time.
	Have Ranges `json:"have"`
	HLC  string `json:"hlc,omitempty"`
	// Wants are the pieces of attachments that it lacked then.
	Wants bundle.Wants `json:"wants,omitempty"`
	At    string       `json:"at"`
	App   string       `json:"app"`
	// Late counts lines of erased cases that the sender still sent with their content, by case.
	Late map[uuid.UUID]int `json:"late,omitempty"`
	// Receipt is the version of the newest receipt that the sender said it has, Mission that of its mission's directory.
	Receipt uint64 `json:"receipt"`
	Mission uint64 `json:"mission,omitempty"`
	// Forms are the newest versions of the question sets that its lines were written with, by name.
	Forms map[string]int `json:"forms,omitempty"`
}

type taken struct {
	Manifest string    `json:"manifest"`
	Bundle   uuid.UUID `json:"bundle"`
	Import   uuid.UUID `json:"import"`
	Merged   []string  `json:"merged"`
	Stored   []string  `json:"stored"` // parts that wait for their ring
	At       string    `json:"at"`
	File     string    `json:"file"` // in held/, while parts wait
	Sequence uint64    `json:"seq,omitempty"`
	SHA256   string    `json:"sha256,omitempty"` // of the file, in hex
	Name     string    `json:"name,omitempty"`   // of the file, as it was chosen
	HQ       bool      `json:"hq,omitempty"`     // headquarters sent it
	// Lifted is the code that headquarters overruled for the whole file, Judged the moment by which it is judged since.
	Lifted string `json:"lifted,omitempty"`
	Judged string `json:"judged,omitempty"`
}

// copyOf is an exported file kept in sent/ (security.md 6.11).
type copyOf struct {
	File   string   `json:"file"`
	At     string   `json:"at"`
	To     []string `json:"to"`
	Lines  Ranges   `json:"lines"`
	SHA256 string   `json:"sha256"`
	// Checked is when the copy was last compared with SHA256; Damaged says that it was not the same any more.
	Checked string `json:"checked,omitempty"`
	Damaged bool   `json:"damaged,omitempty"`
}

// counters is system value 12 of the open ring.
type counters struct {
	Out  map[string]*outgoing `json:"out"`
	In   map[string]*incoming `json:"in"`
	Sent []copyOf             `json:"sent"`
	// Carried are files of others that are kept for headquarters, Forks the machines that gave one name to two lines.
	Carried []carried `json:"carried,omitempty"`
	Forks   []Fork    `json:"forks,omitempty"`
}

func readCounters(reg *register.Register) (*counters, error) {
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	c := &counters{Out: map[string]*outgoing{}, In: map[string]*incoming{}}
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemCounters)
	if err != nil || stored == nil {
		return c, err
	}
	if err := json.Unmarshal(stored, c); err != nil {
		return nil, fault.New("V-DAMAGED", reg.Dir(), err)
	}
	return c, nil
}

func (c *counters) save(tx *register.Tx) error {
	stored, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return tx.SetSystem(domain.RingOf(domain.Open), register.SystemCounters, stored)
}

func (c *counters) to(node string) *outgoing {
	if c.Out[node] == nil {
		c.Out[node] = &outgoing{Previous: hex.EncodeToString(make([]byte, 32)), Sent: Ranges{}}
	}
	return c.Out[node]
}

func (c *counters) from(node string) *incoming {
	if c.In[node] == nil {
		c.In[node] = &incoming{Have: Ranges{}}
	}
	return c.In[node]
}

// known finds an earlier import of a manifest.
func (in *incoming) known(manifest string) *taken {
	i := slices.IndexFunc(in.Manifests, func(t taken) bool { return t.Manifest == manifest })
	if i < 0 {
		return nil
	}
	return &in.Manifests[i]
}

// held returns what a workspace has applied, for the rings its user holds.
func held(ws *workspace.Workspace) Ranges {
	reg := ws.Register()
	v := Ranges{}
	for _, c := range domain.AllCompartments {
		if !reg.Holds(domain.RingOf(c)) {
			continue
		}
		v[c.String()] = map[string]oplog.Intervals{} // that nothing is there is worth saying
		for _, state := range reg.Chains(c) {
			v[c.String()][state.Chain.Key()] = state.Have
		}
	}
	return v
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
