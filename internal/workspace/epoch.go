package workspace

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/version"
)

// AudienceHQ is the audience of lines that stay at headquarters (security.md 5.2).
const AudienceHQ = "hq"

// MissionAudience is the audience of everybody on a mission.
func MissionAudience(mission uuid.UUID) string { return "mission:" + mission.String() }

// DeviceAudience is the audience of one device, for what no colleague may see.
func DeviceAudience(device uuid.UUID) string { return "device:" + device.String() }

// CourseAudience is the audience of the orientation courses of a mission: IOM's machines, which are told nothing of a case,
// and the mission lead's (security.md 2.3).
func CourseAudience(mission uuid.UUID) string { return "course:" + mission.String() }

// PartnerAudience is the audience of a partner, by the identifier of its directory (security.md 6.9).
func PartnerAudience(partner uuid.UUID) string { return partnerPrefix + partner.String() }

const partnerPrefix = "partner:"

// home is the audience of what a field machine writes: its mission or, at a partner's, the partner.
func (w *Workspace) home() string {
	if w.isPartner(w.me.Mission) {
		return PartnerAudience(w.me.Mission)
	}
	return MissionAudience(w.me.Mission)
}

// floorTolerance is how far the clock may run behind the floor before lines are marked (security.md 4.7).
const floorTolerance = 5 * time.Minute

// loadChains finds the open epochs and tips of this device's own chains, and the logical clock's last value.
func (w *Workspace) loadChains(ctx context.Context) error {
	var last oplog.HLC
	var chains []ownChain
	for _, c := range domain.AllCompartments {
		if !w.reg.Holds(domain.RingOf(c)) {
			continue
		}
		for _, state := range w.reg.Chains(c) {
			if state.Chain.Device != w.node.Device {
				continue
			}
			n := state.Have.Last()
			if n == 0 {
				continue
			}
			end, _ := w.reg.Head(c, state.Chain.Name(n))
			w.tips[state.Chain] = tip{n: n, link: end.Link}
			first, err := w.readEnds(ctx, state.Chain, n, &last)
			if err != nil {
				return err
			}
			if first != nil && first.Kind == oplog.KindChain {
				chains = append(chains, ownChain{first.Audience, state.Chain.Epoch, first.Replaces})
			}
		}
	}
	w.chooseEpochs(chains)
	w.clock = oplog.NewClock(w.now.Now, last)
	if own := last.Time(); own.After(w.floor) {
		w.floor = own
	}
	return nil
}

// readEnds reads the first line of a chain for its audience and the last for its time. Lines of an erased case tell
// nothing any more, so the last one that still does is taken.
func (w *Workspace) readEnds(ctx context.Context, chain oplog.Chain, n uint64, last *oplog.HLC) (first *oplog.Line, err error) {
	if first, err = w.readLine(ctx, chain, 1); err != nil {
		return nil, err
	}
	for ; n > 0; n-- {
		line, err := w.readLine(ctx, chain, n)
		if err != nil {
			return nil, err
		}
		if line != nil {
			if len(line.Source) == 0 { // else the time is another machine's
				*last = max(*last, line.HLC)
			}
			break
		}
	}
	return first, nil
}

// readLine gives one line of a chain; nil when it is missing or a stub.
func (w *Workspace) readLine(ctx context.Context, chain oplog.Chain, n uint64) (*oplog.Line, error) {
	for stored, err := range w.reg.Lines(ctx, chain, n, n) {
		if err != nil || stored.Bytes == nil {
			return nil, err
		}
		return oplog.Parse(stored.Bytes)
	}
	return nil, nil
}

func (w *Workspace) loadFloor() error {
	stored, err := w.reg.System(domain.RingOf(domain.Open), register.SystemTime)
	if err != nil || len(stored) != 8 {
		return err
	}
	w.floor = time.Unix(int64(binary.BigEndian.Uint64(stored)), 0).UTC()
	return nil
}

// ObserveTime moves the floor to a time signed by headquarters (security.md 4.7).
func (w *Workspace) ObserveTime(tx *register.Tx, t time.Time) error {
	if !t.After(w.floor) {
		return nil
	}
	w.floor = t
	return tx.SetSystem(domain.RingOf(domain.Open), register.SystemTime, binary.BigEndian.AppendUint64(nil, uint64(t.Unix())))
}

// JudgeTime is the time at which certificates are judged: the clock, or the floor when the clock runs behind it.
// suspect is true in the latter case.
func (w *Workspace) JudgeTime() (t time.Time, suspect bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.judgeTime()
}

func (w *Workspace) judgeTime() (time.Time, bool) {
	now := w.Now()
	if now.Before(w.floor.Add(-floorTolerance)) {
		return w.floor, true
	}
	return now, false
}

// isPartner reports whether a directory is a partner's.
func (w *Workspace) isPartner(id uuid.UUID) bool {
	if w.tr == nil {
		return false
	}
	mission, ok := w.tr.Mission(id)
	return ok && mission.Partner != nil
}

// audienceFor decides which epoch of this device a line belongs to. At headquarters P3, P4 and audit lines stay in the
// register's own epoch: they go to a device only re-issued for it (security.md 2.3).
func (w *Workspace) audienceFor(c domain.Compartment, mission uuid.UUID) string {
	if !w.me.HQ {
		return w.home()
	}
	switch {
	case mission == uuid.Nil, w.isPartner(mission): // headquarters' word on a partner's import is for nobody else
	case c == domain.Open, c == domain.Case:
		return MissionAudience(mission)
	case c == domain.Orientation:
		return CourseAudience(mission)
	}
	return AudienceHQ
}

// enrolled reports whether there is an audience for lines of this machine.
func (w *Workspace) enrolled() bool { return w.me.HQ || w.me.Mission != uuid.Nil }

// writing is one transaction's view of this device's chains; it becomes the workspace's view after COMMIT.
type writing struct {
	w      *Workspace
	tx     *register.Tx
	epochs map[string]uint32
	tips   map[oplog.Chain]tip
	// missions are those of cases that this transaction makes, opened the sealed objects that it wrote.
	missions map[uuid.UUID]uuid.UUID
	opened   map[uuid.UUID]*oplog.Object
	reads    []auditEvent // P3 and P4 objects that the writes show to the author
	// history holds all lines of the objects that must be made anew from them; see readHistory.
	history map[uuid.UUID][]oplog.Visible
	at      time.Time // of the latest line, by the machine's clock
	unit    *Unit     // what is written as one unit; nil when nobody asks for its lines
}

func (w *Workspace) begin(tx *register.Tx) *writing {
	return &writing{w: w, tx: tx, epochs: map[string]uint32{}, tips: map[oplog.Chain]tip{}, missions: map[uuid.UUID]uuid.UUID{}, opened: map[uuid.UUID]*oplog.Object{}}
}

func (wr *writing) commit() {
	for audience, epoch := range wr.epochs {
		wr.w.epochs[audience] = epoch
	}
	for chain, t := range wr.tips {
		wr.w.tips[chain] = t
	}
	if wr.at.After(wr.w.floor) {
		wr.w.floor = wr.at // what was committed is not in the future
	}
}

func (wr *writing) tip(chain oplog.Chain) tip {
	if t, ok := wr.tips[chain]; ok {
		return t
	}
	return wr.w.tips[chain]
}

func (wr *writing) epoch(audience string) (uint32, error) {
	if epoch, ok := wr.epochs[audience]; ok {
		return epoch, nil
	}
	if epoch, ok := wr.w.epochs[audience]; ok {
		return epoch, nil
	}
	var b [4]byte
	for {
		if _, err := rand.Read(b[:]); err != nil {
			return 0, err
		}
		if epoch := binary.BigEndian.Uint32(b[:]); epoch != 0 {
			wr.epochs[audience] = epoch
			return epoch, nil
		}
	}
}

// append gives the line its place in this device's chain for the audience, seals and stores it. scope is the case, or
// zero in open. The line must have Kind, Compartment and its content; everything else is filled in here.
func (wr *writing) append(audience string, line *oplog.Line, scope uuid.UUID) error {
	if err := wr.place(audience, line); err != nil {
		return err
	}
	return wr.store(line, scope, wr.tx.Append)
}

// save is append for a line that writes an object, and applies it there.
func (wr *writing) save(audience string, line *oplog.Line, scope uuid.UUID, object *oplog.Object) error {
	if err := wr.place(audience, line); err != nil {
		return err
	}
	return wr.store(line, scope, func(e register.Entry) error { return wr.tx.Save(e, line, object) })
}

func (wr *writing) place(audience string, line *oplog.Line) error {
	epoch, err := wr.epoch(audience)
	if err != nil {
		return err
	}
	chain := oplog.Chain{Compartment: line.Compartment, Device: wr.w.node.Device, Epoch: epoch}
	at := wr.tip(chain)
	if at.n == 0 && line.Kind != oplog.KindChain {
		first := &oplog.Line{Kind: oplog.KindChain, Compartment: line.Compartment, Audience: audience, Training: wr.w.me.Training, App: version.App, Replaces: wr.w.superseded[audience]}
		if err := wr.append(audience, first, uuid.Nil); err != nil {
			return err
		}
		at = wr.tip(chain)
	}
	if line.By == uuid.Nil { // else it is written anew for its author
		line.By = wr.w.me.User
	}
	line.Device, line.Epoch, line.N, line.Previous = chain.Device, epoch, at.n+1, at.link
	if len(line.Source) == 0 { // else it says again what was said then
		line.HLC = wr.w.clock.Tick()
		wr.at, line.ClockSuspect = wr.w.judgeTime()
	}
	return nil
}

func (wr *writing) store(line *oplog.Line, scope uuid.UUID, put func(register.Entry) error) error {
	bytes, err := line.Encode()
	if err != nil {
		return err
	}
	hash := oplog.LineHash(bytes)
	link := oplog.Link(line.Previous, hash)
	err = put(register.Entry{
		Bytes: bytes, Compartment: line.Compartment, Name: line.Name(), Type: line.Type, Scope: scope, Hash: hash, Link: link,
	})
	if err != nil {
		return err
	}
	wr.tips[line.Chain()] = tip{n: line.N, link: link}
	return nil
}

// Audience returns whom an epoch of this device is for, one that a newer epoch replaces included; empty for an epoch of
// another device.
func (w *Workspace) Audience(epoch uint32) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.audienceOf(epoch)
}

func (w *Workspace) audienceOf(epoch uint32) string {
	for audience, e := range w.epochs {
		if e == epoch {
			return audience
		}
	}
	for audience, old := range w.superseded {
		if slices.Contains(old, epoch) {
			return audience
		}
	}
	return ""
}
