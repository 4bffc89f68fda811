package exchange

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// Ways out of the quarantine (security.md 6.5).
const (
	WayLift      = "lift"      // headquarters overrules it after a check, with the reason
	WayUpdate    = "update"    // visible by itself after an update of the program
	WayDirectory = "directory" // visible by itself when a newer directory allows it; a file may be tried again then
	WayEpoch     = "epoch"     // the machine begins a new run of lines; this file is evidence
	WaySender    = "sender"    // the sender's program must be looked at
	WayNone      = "none"      // training and real never meet
)

// waysOf says how something of a code gets out.
func waysOf(code string) []string {
	switch code {
	case "E-REVOKED":
		return []string{WayLift}
	case "E-ROLE":
		return []string{WayLift, WayDirectory}
	case "E-FORM", "E-VERSION":
		return []string{WayUpdate}
	case "E-CERT", "E-LIST":
		return []string{WayDirectory}
	case "E-FORK":
		return []string{WayEpoch}
	case "E-WORLD":
		return []string{WayNone}
	}
	return []string{WaySender}
}

// lifters are the roles that may overrule a code for something in a compartment; 0 is a whole file. What the settlement
// caseworker cannot read, the special-needs caseworker judges.
func lifters(code string, c domain.Compartment) []domain.Role {
	hidden := c != 0 && !slices.Contains(domain.HQC.Rings(), domain.RingOf(c))
	switch {
	case code != "E-REVOKED" && code != "E-ROLE", c == domain.Audit:
		return []domain.Role{}
	case hidden:
		return []domain.Role{domain.HQS}
	case code == "E-REVOKED":
		return []domain.Role{domain.HQC}
	}
	return []domain.Role{domain.HQC, domain.HQS}
}

// QuarantinedLine is a line that is stored and counts for nothing until somebody, or a newer program, lets it.
type QuarantinedLine struct {
	Compartment string    `json:"compartment"`
	Operation   string    `json:"operation"`
	Code        string    `json:"code"`
	Device      string    `json:"device"` // alias of the machine that wrote it
	Case        uuid.UUID `json:"case"`
	Import      uuid.UUID `json:"import"`
	// Ways are the ways out, Lifters the roles that may overrule the code; MayLift says that the user who is unlocked may.
	Ways    []string      `json:"ways"`
	Lifters []domain.Role `json:"lifters"`
	MayLift bool          `json:"may_lift"`
}

// RefusedFile is a file in quarantine/: nothing of it went in, and it is kept sealed as it came.
type RefusedFile struct {
	File   string `json:"file"` // its name in quarantine/
	Name   string `json:"name"` // as it was chosen
	Code   string `json:"code"` // empty when nobody noted it
	At     string `json:"at"`
	Sender string `json:"sender"` // alias of whoever it claims to be from; empty when that cannot be read
	Size   int64  `json:"size"`
	// Ways, Lifters and MayLift as of a line. Worth says that program or directories are newer than when it was refused.
	Ways    []string      `json:"ways"`
	Lifters []domain.Role `json:"lifters"`
	MayLift bool          `json:"may_lift"`
	Worth   bool          `json:"worth_a_try"`
}

// QuarantineList is everything that was kept and not taken in.
type QuarantineList struct {
	Lines []QuarantinedLine `json:"lines"`
	Files []RefusedFile     `json:"files"`
}

// ListQuarantine lists the lines that are kept invisible, in the compartments that the user holds, and the files that were
// refused, with the reason and the way out of each. It writes nothing.
func ListQuarantine(_ context.Context, ws *workspace.Workspace) (*QuarantineList, error) {
	kept, err := readRefusals(ws)
	if err != nil {
		return nil, err
	}
	list := &QuarantineList{Lines: []QuarantinedLine{}, Files: []RefusedFile{}}
	for _, q := range ws.Quarantine() {
		roles := lifters(q.Code, q.Compartment)
		list.Lines = append(list.Lines, QuarantinedLine{
			Compartment: q.Compartment.String(), Operation: q.Name.String(), Code: q.Code, Device: aliasOf(ws, trust.DeviceName(q.Name.Device)),
			Case: q.Case, Import: q.Import, Ways: waysOf(q.Code), Lifters: roles, MayLift: mayLift(ws, roles),
		})
	}
	files, err := refusedFiles(ws)
	if err != nil {
		return nil, err
	}
	for _, info := range files {
		r := kept.Files[info.Name()]
		roles := lifters(r.Code, 0)
		list.Files = append(list.Files, RefusedFile{
			File: info.Name(), Name: r.Name, Code: r.Code, At: r.At, Sender: r.Sender, Size: info.Size(), Ways: waysOf(r.Code), Lifters: roles,
			MayLift: mayLift(ws, roles), Worth: r.Seen != "" && r.Seen != circumstances(ws),
		})
	}
	return list, nil
}

func mayLift(ws *workspace.Workspace, roles []domain.Role) bool {
	return ws.Me().HQ && slices.Contains(roles, ws.Me().Role)
}

// LiftLines lets quarantined lines count, after a check, with the reason: a decision that is an operation of headquarters, so
// that every machine with the lines follows it, and that stands in the audit log. Lines are named as [ListQuarantine] does.
// Faults: E-ROLE for the wrong role, the line's own code when nobody can overrule that, E-IMPORT for a line that is not there,
// E-VALUE without a reason.
func LiftLines(ctx context.Context, ws *workspace.Workspace, lines []QuarantinedLine, reason string) error {
	known := ws.Quarantine()
	counters, err := readCounters(ws.Register())
	if err != nil {
		return err
	}
	marks := map[uuid.UUID]map[domain.Compartment]workspace.LineSet{}
	for _, wanted := range lines {
		i := slices.IndexFunc(known, func(q workspace.Quarantined) bool {
			return q.Compartment.String() == wanted.Compartment && q.Name.String() == wanted.Operation
		})
		if i < 0 {
			return fault.New("E-IMPORT", wanted.Operation, nil)
		}
		q := known[i]
		roles := lifters(q.Code, q.Compartment)
		if len(roles) == 0 {
			return fault.Newf(q.Code, wanted.Operation, "nobody can overrule this")
		}
		if !mayLift(ws, roles) {
			return fault.Newf("E-ROLE", wanted.Operation, "role %s", ws.Me().Role)
		}
		if marks[q.Import] == nil {
			marks[q.Import] = map[domain.Compartment]workspace.LineSet{}
		}
		if marks[q.Import][q.Compartment] == nil {
			marks[q.Import][q.Compartment] = workspace.LineSet{}
		}
		marks[q.Import][q.Compartment].Add(q.Name)
	}
	byNumber := func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) } // of UUIDs of version 7: the oldest import first
	for _, id := range slices.SortedFunc(maps.Keys(marks), byNumber) {
		lift := marks[id]
		m := workspace.ImportMark{Import: id, Lift: lift, Reason: reason}
		if from, t := counters.imported(id); t != nil {
			m.File, m.Mission = t.SHA256, missionOfNode(ws, from)
		}
		if _, err := ws.MarkImport(ctx, m, false); err != nil {
			return err
		}
		if err := reissueReceipts(ctx, ws, id); err != nil {
			return err
		}
	}
	return nil
}

// LiftFile takes in a refused file, after a check, with the reason: the settlement caseworker one of a revoked machine or user,
// either caseworker one that the sender's role does not send. Parts of compartments that the user does not hold wait for their
// ring as ever, and their lines are lifted there. Faults: E-ROLE, E-FILE when there is no such file, E-VALUE without a reason, the
// file's own code when nobody can overrule that, and those of [Import].
func LiftFile(ctx context.Context, ws *workspace.Workspace, file, reason string) (*Result, error) {
	r, path, err := refused(ws, file)
	if err != nil {
		return nil, err
	}
	roles := lifters(r.Code, 0)
	if len(roles) == 0 {
		return nil, fault.Newf(r.Code, file, "nobody can overrule this")
	}
	if !mayLift(ws, roles) {
		return nil, fault.Newf("E-ROLE", file, "role %s", ws.Me().Role)
	}
	if strings.TrimSpace(reason) == "" {
		return nil, fault.Newf("E-VALUE", "reason", "no reason given")
	}
	by, err := overruled(ctx, ws, path, r.Code)
	if err != nil {
		return nil, err
	}
	result, err := importFile(ctx, ws, path, nil, by)
	if err != nil {
		return nil, err
	}
	ws.Audit("lift", "", result.Import)
	var lines []QuarantinedLine
	for _, q := range ws.Quarantine() {
		if q.Import == result.Import && q.Code == r.Code && mayLift(ws, lifters(q.Code, q.Compartment)) {
			lines = append(lines, QuarantinedLine{Compartment: q.Compartment.String(), Operation: q.Name.String()})
		}
	}
	if err := LiftLines(ctx, ws, lines, reason); err != nil {
		return nil, err
	}
	return result, forgetFile(ctx, ws, file)
}

// overruled finds the moment before every cut-off that stands against a file: as if it had come then.
func overruled(ctx context.Context, ws *workspace.Workspace, path, code string) (judgedBy, error) {
	by := judgedBy{lifted: code}
	for range 4 { // one of the machine, one of the user, each perhaps revoked twice
		_, err := read(ctx, ws, path, by)
		var revoked *trust.Revoked
		if code != "E-REVOKED" || fault.Code(err) != "E-REVOKED" || !errors.As(err, &revoked) {
			return by, err
		}
		if by.seen.IsZero() || revoked.Cut.Before(by.seen) {
			by.seen = revoked.Cut
		}
	}
	return by, fault.Newf("E-REVOKED", filepath.Base(path), "no moment before the cut-off")
}

// markLifted keeps every write of a revoked sender's file in quarantine until its lines are lifted one by one, each with the
// operation that says so.
func (in *incomingFile) markLifted() {
	if in.lifted.lifted != "E-REVOKED" {
		return
	}
	for i := range in.lines {
		if in.lines[i].Line.Compartment == domain.Audit {
			continue // who did what counts in any case
		}
		switch in.lines[i].Line.Kind {
		case oplog.KindSet, oplog.KindBox, oplog.KindSignoff, oplog.KindRedact:
			if in.lines[i].Code == "" {
				in.lines[i].Code = "E-REVOKED"
				in.plan.Reasons["E-REVOKED"]++
			}
		}
	}
}

// Retry tries a refused file again and takes it out of quarantine/ when it goes in. Faults: E-FILE when there is no such file,
// and those of [Import].
func Retry(ctx context.Context, ws *workspace.Workspace, file string) (*Result, error) {
	_, path, err := refused(ws, file)
	if err != nil {
		return nil, err
	}
	result, err := importFile(ctx, ws, path, nil, judgedBy{})
	if err != nil {
		return nil, err
	}
	return result, forgetFile(ctx, ws, file)
}

// Discard throws a refused file away; the sender may still have it. It is put on record. Faults: E-FILE when there is no such
// file.
func Discard(ctx context.Context, ws *workspace.Workspace, file string) error {
	if _, _, err := refused(ws, file); err != nil {
		return err
	}
	ws.Audit("discard", "", uuid.Nil)
	if err := ws.FlushAudit(ctx, true); err != nil {
		return err
	}
	return forgetFile(ctx, ws, file)
}

// Reconsidered says what was let out of quarantine because program or directories are newer now.
type Reconsidered struct {
	Files []*Result `json:"files"`
	Lines int       `json:"lines"`
}

// Reconsider judges anew what is in quarantine when the program or a directory has changed since it last did: lines of a form or
// field that was unknown, writes that a role was not allowed, files of a newer format or by a certificate that was not good. It
// is called after each unlock by [ImportHeld], and after an import that brought newer documents. What is still refused stays.
func Reconsider(ctx context.Context, ws *workspace.Workspace) (*Reconsidered, error) {
	out := &Reconsidered{Files: []*Result{}}
	kept, err := readRefusals(ws)
	if err != nil {
		return nil, err
	}
	now := circumstances(ws)
	lines := ws.Quarantine()
	if len(lines) > 0 && kept.Lines[ws.Me().User.String()] != now {
		if out.Lines, err = rejudge(ctx, ws, lines); err != nil {
			return nil, err
		}
		if out.Lines > 0 {
			if err := takeAnswers(ctx, ws); err != nil {
				return nil, err
			}
		}
		err := changeRefusals(ctx, ws, func(k *refusals) { k.Lines[ws.Me().User.String()] = now })
		if err != nil {
			return nil, err
		}
	}
	for _, file := range kept.inOrder() {
		r := kept.Files[file]
		if r.Seen == now || !slices.ContainsFunc(waysOf(r.Code), func(way string) bool { return way == WayUpdate || way == WayDirectory }) {
			continue
		}
		result, err := Retry(ctx, ws, file)
		if err == nil {
			out.Files = append(out.Files, result)
			continue
		}
		f, isFault := fault.Of(err)
		if !isFault {
			return out, err
		}
		err = changeRefusals(ctx, ws, func(k *refusals) {
			if again, ok := k.Files[file]; ok {
				again.Seen, again.Code = now, f.Code
				k.Files[file] = again
			}
		})
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// rejudge judges stored lines by the program and the directories of now.
func rejudge(ctx context.Context, ws *workspace.Workspace, lines []workspace.Quarantined) (visible int, err error) {
	counters, err := readCounters(ws.Register())
	if err != nil {
		return 0, err
	}
	judges := map[uuid.UUID]*judge{}
	var changed []workspace.Quarantined
	for _, q := range lines {
		if q.Code != "E-FORM" && q.Code != "E-ROLE" && q.Code != "E-LIST" {
			continue
		}
		j := judges[q.Name.Device]
		if j == nil {
			from, t := counters.imported(q.Import)
			j = newStoredJudge(ws, q.Name.Device, t != nil && t.HQ && from == trust.DeviceName(q.Name.Device))
			if j.partner, err = newAnswering(ctx, ws, j.mission); err != nil {
				return 0, err
			}
			judges[q.Name.Device] = j
		}
		for stored, err := range ws.Register().Lines(ctx, q.Name.Chain(q.Compartment), q.Name.N, q.Name.N) {
			if err != nil {
				return 0, err
			}
			line, err := oplog.Parse(stored.Bytes)
			if err != nil || line.Kind != oplog.KindSet && line.Kind != oplog.KindBox && line.Kind != oplog.KindSignoff && line.Kind != oplog.KindRedact {
				continue
			}
			q.Reach = j.reach(line)
			if q.Code = j.verdict(line); q.Code == "" {
				visible++
			}
			changed = append(changed, q)
		}
	}
	if len(changed) == 0 {
		return 0, nil
	}
	return visible, ws.Rejudge(ctx, changed)
}
