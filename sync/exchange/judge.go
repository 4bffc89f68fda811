package exchange

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/form"
	"feltbok/internal/oplog"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// judge gives each line of a file its verdict: visible, or stored and invisible with a reason code (security.md 6.5,
// level L).
type judge struct {
	mission  *trust.Mission
	device   trust.Device
	user     trust.User
	training bool
	now      time.Time
	roles    map[uuid.UUID][]domain.Role
	// trust and seen judge whether an author was withdrawn before a line was first seen, gone is what came of it; nil for lines
	// stored already.
	trust *trust.Trust
	seen  time.Time
	gone  map[uuid.UUID]string
	// sets are the question sets that are known here.
	sets *form.Sets
	// partner judges what a partner answers; nil for everybody else.
	partner *answering
}

func newJudge(ws *workspace.Workspace, v *bundle.Verified) *judge {
	j := &judge{
		device: v.Device, user: v.User, training: ws.Me().Training, now: ws.Now(), roles: map[uuid.UUID][]domain.Role{},
		trust: v.Trust, seen: v.JudgedAt(), gone: map[uuid.UUID]string{}, sets: ws.Sets(),
	}
	j.mission, _ = v.Trust.Mission(v.Manifest.Mission)
	j.roles[v.User.ID] = v.User.RolesIn(v.Manifest.Mission)
	j.readRoles(v.User.ID)
	return j
}

// readRoles takes the roles that the mission directory gives to everybody but one, whose certificate has told already.
func (j *judge) readRoles(but uuid.UUID) {
	if j.mission == nil {
		return
	}
	for _, user := range j.mission.Users {
		id, ok := trust.ParseUserName(user.User)
		if !ok || id == but {
			continue
		}
		for _, role := range j.mission.RolesOf(user) {
			if !j.device.HQ && !role.Works(domain.SideField) {
				continue // nobody of headquarters writes on a field machine, whatever its lines say
			}
			j.roles[id] = append(j.roles[id], role)
		}
	}
}

// line returns the line, made from its position when its bytes say nothing sensible, and the code.
func (j *judge) line(c domain.Compartment, raw bundle.RawLine) (*oplog.Line, string) {
	line := raw.Line
	if line == nil {
		return &oplog.Line{Compartment: c, Device: raw.Position.Device, Epoch: raw.Position.Epoch, N: raw.Position.N}, "E-OP"
	}
	if code := j.withdrawn(line); code != "" {
		return line, code
	}
	return line, j.verdict(line)
}

// verdict is the reason why a line stays invisible; empty for one that counts.
func (j *judge) verdict(line *oplog.Line) string {
	if len(line.Source) > 0 {
		if code := j.issue(line); code != "" {
			return code
		}
	}
	switch line.Kind {
	case oplog.KindChain:
		if line.Training != j.training {
			return "E-WORLD"
		}
		return ""
	case oplog.KindSet:
		return j.write(line)
	case oplog.KindErase:
		return j.order(line)
	case oplog.KindRedact:
		return j.redaction(line)
	case oplog.KindStub:
		return "" // whether it is justified is not a matter of roles
	case oplog.KindBox, oplog.KindSignoff:
		if !j.issued(line) && !j.mayMake(line) {
			return "E-ROLE"
		}
		return ""
	}
	return "E-FORM"
}

// newStoredJudge judges lines that are in the register already, by the directories of now. hq says that headquarters sent them
// from its own machine.
func newStoredJudge(ws *workspace.Workspace, device uuid.UUID, hq bool) *judge {
	j := &judge{device: trust.Device{ID: device, HQ: hq}, training: ws.Me().Training, now: ws.Now(), roles: map[uuid.UUID][]domain.Role{}, sets: ws.Sets()}
	id := ws.Me().Mission
	if !hq {
		id = missionOfNode(ws, trust.DeviceName(device))
	}
	if t := ws.Trust(); t != nil {
		j.mission, _ = t.Mission(id)
	}
	j.readRoles(uuid.Nil)
	return j
}

// order judges an order to erase: only headquarters gives one, on its own machine and by a role that answers for cases
// (security.md 5.5). Whoever sends an order in the name of headquarters is refused line by line.
func (j *judge) order(line *oplog.Line) string {
	if line.Device != j.device.ID || !j.mayMake(line) {
		return "E-ROLE"
	}
	return ""
}

func (j *judge) write(line *oplog.Line) string {
	info, ok := domain.Info(line.Type)
	if !ok {
		return "E-FORM"
	}
	if info.Compartment != line.Compartment {
		return "E-OP"
	}
	if line.Form != "" && !j.knows(line.Form) {
		return "E-FORM"
	}
	if workspace.IsMark(line.Type) {
		if code := j.mark(line); code != "" {
			return code
		}
	}
	if _, err := attachment.ClaimedIn(line.Type, line.Set); err != nil {
		return "E-OP"
	}
	issued := j.issued(line)
	if !issued && !j.mayMake(line) {
		return "E-ROLE"
	}
	roles := j.roles[line.By]
	for _, field := range slices.Sorted(maps.Keys(line.Set)) { // one verdict, on every machine
		value := line.Set[field]
		definition, ok := info.Field(field)
		if !ok {
			return "E-FORM"
		}
		if !issued && !slices.ContainsFunc(roles, func(r domain.Role) bool { return r.MayWrite(line.Type, field) }) {
			return "E-ROLE"
		}
		answer, err := domain.DecodeAnswer(value)
		if err != nil || slices.ContainsFunc(domain.CheckValue(definition, answer, j.now), func(p domain.Problem) bool { return p.Rule == "KIND" }) {
			return "E-OP"
		}
		if code := form.Refuses(j.sets, line.Form, line.Type, field, answer.Value); code != "" {
			return code
		}
	}
	if !issued {
		if code := j.reviewed(line); code != "" {
			return code
		}
	}
	if j.partner != nil {
		return j.partner.code(line)
	}
	return ""
}

// mark judges a word on an import: only headquarters speaks one, on its own machine (security.md 7.2). The roles are judged
// like those of any other write.
func (j *judge) mark(line *oplog.Line) string {
	if !j.device.HQ || line.Device != j.device.ID {
		return "E-ROLE"
	}
	for _, field := range []string{"ops", "lifted"} {
		value, written := line.Set[field]
		if !written {
			continue
		}
		answer, err := domain.DecodeAnswer(value)
		if err != nil {
			return "E-OP"
		}
		if _, ok := workspace.ParseLineSet(line.Compartment, answer); !ok {
			return "E-OP"
		}
	}
	return ""
}

// knows reports whether there is the question set that asked, in that version or a later one, in the program or as an edition
// of headquarters (pains.md row 20).
func (j *judge) knows(ref string) bool {
	id, version, _ := strings.Cut(ref, "@")
	return j.sets.Knows(id, version) || known(id)
}

// known says that the program has a further question set; tests put another program in its place.
var known = func(string) bool { return false }
