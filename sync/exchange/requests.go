package exchange

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange/route"
	"feltbok/sync/trust"
)

// largestRequest is above what an enrolment request with eight users comes to; larger files are data packages.
const largestRequest = 256 << 10

// FoundRequest is an enrolment request that lies in a folder, with what headquarters knows of who asks.
type FoundRequest struct {
	route.Found
	// Pending is the request; nil when the file is one that does not prove itself, and then Problem says why.
	Pending *PendingRequest
	Problem error
	// Parts are the compartments that the machine has inboxes for, by number.
	Parts []domain.Compartment
	// Machine and Person are the aliases by which the directories know the machine and the user already; "" for new ones.
	Machine, Person string
	// Mission is where the machine is known; zero for a new one.
	Mission uuid.UUID
	// Role is that of a known user, else the one that fits the compartments asked for.
	Role domain.Role
	// Until is the end of the mission, by the certificate of a known machine or the directory; zero when nothing is known.
	Until time.Time
	// Answered reports that the directory has this machine and user with these very keys: an approval only writes the answer
	// again.
	Answered bool
}

// Requests lists the enrolment requests in a folder, the newest first, in the words of a language. Data packages, answers
// and files for others are left out; a request that is damaged or forged is listed with its fault. Faults: those of
// [route.Bundles], E-ROLE outside headquarters.
func Requests(ctx context.Context, ws *workspace.Workspace, folder, lang string) ([]FoundRequest, error) {
	if err := atHQ(ws); err != nil {
		return nil, err
	}
	files, err := route.Bundles(folder)
	if err != nil {
		return nil, err
	}
	var out []FoundRequest
	for _, file := range files {
		if file.Size > largestRequest {
			continue
		}
		pending, err := ReadRequest(ctx, ws, file.Path, lang)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		switch fault.Code(err) {
		case "":
			if err != nil {
				return nil, err
			}
			found := FoundRequest{Found: file, Pending: pending}
			found.know(ws)
			out = append(out, found)
		case "E-SIG", "E-DOC", "E-WORLD", "E-VERSION", "E-HASH", "E-CERT":
			out = append(out, FoundRequest{Found: file, Problem: err})
		}
	}
	return out, nil
}

// know fills in what the directories say of the machine and the user.
func (f *FoundRequest) know(ws *workspace.Workspace) {
	request := f.Pending.Request
	for _, c := range domain.AllCompartments {
		if request.Inbox.For(c) != "" {
			f.Parts = append(f.Parts, c)
		}
	}
	f.Role = fittingRole(f.Parts)
	for _, mission := range ws.Trust().Missions() {
		node, machine := mission.Node(request.Device)
		user, person := mission.User(request.Users[0].User)
		if machine {
			f.Machine, f.Mission, f.Until = node.Alias, mission.ID, mission.Expires.Add(-certificateSlack)
		}
		if person {
			f.Person = user.Alias
			if len(user.Roles) > 0 {
				f.Role = domain.Role(user.Roles[0])
			}
		}
		if machine && person && node.Status == trust.NodeActive && node.Recipient == request.Recipient && slices.Contains(user.Recipients, request.Users[0].Recipient) {
			f.Answered = true
		}
	}
}

// fittingRole is the role of the field whose compartments a machine asks for; the log is everybody's.
func fittingRole(parts []domain.Compartment) domain.Role {
	switch {
	case !slices.Contains(parts, domain.Case):
		return domain.NCO
	case slices.Contains(parts, domain.Orientation):
		return domain.MLD
	}
	return domain.INT
}

// MissionEnd is the last day of a mission as its directory has it; false for a mission that has none yet.
func MissionEnd(ws *workspace.Workspace, id uuid.UUID) (time.Time, bool) {
	if ws.Trust() == nil {
		return time.Time{}, false
	}
	mission, ok := ws.Trust().Mission(id)
	if !ok {
		return time.Time{}, false
	}
	return mission.Expires.Add(-certificateSlack), true
}

// TwoMustSign reports whether a mission directory takes the signatures of two people: an administrator and a caseworker
// (security.md 8.2).
func TwoMustSign(ws *workspace.Workspace) bool {
	t := ws.Trust()
	return t != nil && t.Directory() != nil && t.Directory().MissionThreshold > 1
}
