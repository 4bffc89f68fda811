package exchange

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

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
}

func newJudge(ws *workspace.Workspace, v *bundle.Verified) *judge {
	j := &judge{device: v.Device, user: v.User, training: ws.Me().Training, now: ws.Now(), roles: map[uuid.UUID][]domain.Role{}}
	j.mission, _ = v.Trust.Mission(v.Manifest.Mission)
	j.roles[v.User.ID] = v.User.RolesIn(v.Manifest.Mission)
	if j.mission != nil {
		for _, user := range j.mission.Users {
			id, ok := trust.ParseUserName(user.User)
			if !ok || id == v.User.ID {
				continue
			}
			for _, role := range user.Roles {
				if !v.Device.HQ && !fieldRole(domain.Role(role)) {
					continue // nobody of headquarters writes on a field machine, whatever its lines say
				}
				j.roles[id] = append(j.roles[id], domain.Role(role))
			}
		}
	}
	return j
}

// fieldRole reports whether people with the role work on machines outside headquarters.
func fieldRole(r domain.Role) bool {
	switch r {
	case domain.INT, domain.REM, domain.MLD, domain.NCO, domain.NFA:
		return true
	}
	return false
}

// line returns the line, made from its position when its bytes say nothing sensible, and the code.
func (j *judge) line(c domain.Compartment, raw bundle.RawLine) (*oplog.Line, string) {
	line := raw.Line
	if line == nil {
		return &oplog.Line{Compartment: c, Device: raw.Position.Device, Epoch: raw.Position.Epoch, N: raw.Position.N}, "E-OP"
	}
	switch line.Kind {
	case oplog.KindChain:
		if line.Training != j.training {
			return line, "E-WORLD"
		}
		return line, ""
	case oplog.KindSet:
		return line, j.write(line)
	case oplog.KindErase:
		return line, j.order(line)
	case oplog.KindStub:
		return line, "" // whether it is justified is not a matter of roles
	case oplog.KindBox, oplog.KindSignoff:
		if len(j.roles[line.By]) == 0 {
			return line, "E-ROLE"
		}
		return line, ""
	}
	return line, "E-FORM" // redact: understood by a later version
}

// order judges an order to erase: only headquarters gives one, on its own machine and by a role that answers for cases
// (security.md 5.5). Whoever sends an order in the name of headquarters is refused line by line.
func (j *judge) order(line *oplog.Line) string {
	if !j.device.HQ || line.Device != j.device.ID || !slices.ContainsFunc(j.roles[line.By], domain.Role.MayErase) {
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
	if line.Form != "" && !knownForm(line.Form) {
		return "E-FORM"
	}
	roles := j.roles[line.By]
	for field, value := range line.Set {
		definition, ok := info.Field(field)
		if !ok {
			return "E-FORM"
		}
		if !slices.ContainsFunc(roles, func(r domain.Role) bool { return r.MayWrite(line.Type, field) }) {
			return "E-ROLE"
		}
		answer, err := domain.DecodeAnswer(value)
		if err != nil || slices.ContainsFunc(domain.CheckValue(definition, answer, j.now), func(p domain.Problem) bool { return p.Rule == "KIND" }) {
			return "E-OP"
		}
	}
	return ""
}

// knownForm reports whether this program has the question set that asked, in that version or a later one: an answer to a
// question it cannot show must not look like the answer to another (pains.md row 20).
func knownForm(ref string) bool {
	id, version, _ := strings.Cut(ref, "@")
	set, ok := form.ByID(id)
	if !ok {
		return false
	}
	asked, err := strconv.Atoi(version)
	have, haveErr := strconv.Atoi(set.Version)
	if err != nil || haveErr != nil {
		return version == set.Version
	}
	return asked <= have
}
