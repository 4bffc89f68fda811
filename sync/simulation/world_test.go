package simulation_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/vault"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// today is when every history begins, on every machine.
var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

var mission = uuid.MustParse("01930000-0000-7000-8000-000000000001")

// The cases and persons that every machine has when a history begins.
var (
	cases    = []uuid.UUID{uuid.MustParse("01930000-0000-7000-8000-0000000000c1"), uuid.MustParse("01930000-0000-7000-8000-0000000000c2")}
	everyone = []uuid.UUID{uuid.MustParse("01930000-0000-7000-8000-0000000000d1"), uuid.MustParse("01930000-0000-7000-8000-0000000000d2")}
)

// mostDevices is how many laptops a mission has at most.
const mostDevices = 6

// prepared are folders of missions with 2 to 6 laptops, with and without partners, enrolled and with the caseload, made when first needed and copied
// for each history.
var prepared struct {
	sync.Mutex
	dir   string
	ready map[string]string
}

// roleOf gives each laptop its user's role: one mission lead, one interviewer of remote interviews, interviewers.
func roleOf(device int) domain.Role {
	switch device {
	case 0:
		return domain.MLD
	case 2:
		return domain.REM
	}
	return domain.INT
}

func aliasOf(device int) string { return "laptop-" + string(rune('a'+device)) }

func passOf(name string) []byte { return []byte("eleven odd words to open " + name) }

// folderOf gives the folder of a prepared mission.
func folderOf(devices int, partners ...string) (string, error) {
	prepared.Lock()
	defer prepared.Unlock()
	name := fmt.Sprint(devices, len(partners))
	if dir, ok := prepared.ready[name]; ok {
		return dir, nil
	}
	if prepared.dir == "" {
		dir, err := os.MkdirTemp(fastFolder(), "simulation-")
		if err != nil {
			return "", err
		}
		prepared.dir, prepared.ready = dir, map[string]string{}
	}
	dir := filepath.Join(prepared.dir, name)
	if err := prepare(dir, devices, partners); err != nil {
		return "", fmt.Errorf("prepare %d laptops: %w", devices, err)
	}
	prepared.ready[name] = dir
	return dir, nil
}

// fastFolder is a folder in memory where there is one.
func fastFolder() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// prepare makes headquarters with two users and a mission with laptops, gives all of them the caseload, and tells partners of it.
func prepare(dir string, devices int, partners []string) error {
	keys, pass := filepath.Join(dir, "keys"), []byte("training words for the keys only")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if _, err := exchange.InitRoot(keys, pass, true, today); err != nil {
		return err
	}
	_, err := exchange.InitHQ(background, exchange.HQOptions{
		Dir: filepath.Join(dir, hqNode), Keys: keys, Passphrase: pass, Kit: filepath.Join(dir, "kit"), Alias: "HQ", Training: true, KDF: vault.TestKDF, Now: today,
		Users: []workspace.NewUser{
			{Alias: "H", Role: domain.HQS, Passphrase: passOf(hqNode)},
			{Alias: "C", Role: domain.HQC, Passphrase: passOf(hqNode)},
		},
	})
	if err != nil {
		return err
	}
	hq, err := unlock(dir, hqNode)
	if err != nil {
		return err
	}
	defer hq.Close()
	var laptops []*workspace.Workspace
	for i := range devices {
		laptop, err := enrol(dir, hq, joining{aliasOf(i), string(rune('A' + i)), roleOf(i), mission}, keys, pass)
		if err != nil {
			return fmt.Errorf("enrol %s: %w", aliasOf(i), err)
		}
		defer laptop.Close()
		laptops = append(laptops, laptop)
	}
	if err := giveCaseload(dir, hq, laptops); err != nil {
		return err
	}
	return sharePartners(dir, hq, partners, keys, pass)
}

func unlock(dir, name string) (*workspace.Workspace, error) {
	at := filepath.Join(dir, name)
	info, err := workspace.Peek(at)
	if err != nil {
		return nil, err
	}
	return workspace.Unlock(background, at, info.Users[0].Slot, passOf(name), workspace.Options{Clock: clock.Fixed(today)})
}

// joining is a machine that is to be enrolled, with its user, under the directory of a mission or a partner.
type joining struct {
	name, user string
	role       domain.Role
	under      uuid.UUID
}

func enrol(dir string, hq *workspace.Workspace, j joining, keys string, pass []byte) (*workspace.Workspace, error) {
	name, user := j.name, j.user
	requested, err := exchange.Request(background, exchange.RequestOptions{
		Dir: filepath.Join(dir, name), Trust: filepath.Join(keys, "public"), Alias: name, Role: j.role, User: user, Passphrase: passOf(name), KDF: vault.TestKDF,
		Now: today, Out: filepath.Join(dir, name+"-request.feltbok"), Lang: "nb",
	})
	if err != nil {
		return nil, err
	}
	pending, err := exchange.ReadRequest(background, hq, requested.File, "nb")
	if err != nil {
		return nil, err
	}
	file, err := exchange.Approve(background, hq, pending, exchange.ApproveOptions{
		Keys: keys, Passphrase: pass, Mission: j.under, Until: today.AddDate(0, 3, 0), Alias: name, UserAlias: user, Role: j.role, Words: requested.Words,
		Lang: "nb", Out: filepath.Join(dir, name+"-enrol.feltbok"),
	})
	if err != nil {
		return nil, err
	}
	laptop, err := unlock(dir, name)
	if err != nil {
		return nil, err
	}
	return laptop, exchange.Accept(background, laptop, file)
}

// giveCaseload writes the mission with two cases at headquarters and sends them to all laptops.
func giveCaseload(dir string, hq *workspace.Workspace, laptops []*workspace.Workspace) error {
	text := func(s string) domain.Answer { return domain.Answer{Value: s} }
	writes := []workspace.Write{{
		Target:  workspace.Target{Type: "mission", ID: mission, Mission: mission},
		Answers: map[string]domain.Answer{"name": text("Kanari open 0"), "mission_code": text("2026-UGA-01")},
	}}
	for i, id := range cases {
		writes = append(writes, workspace.Write{
			Target: workspace.Target{Type: "case", ID: id},
			Answers: map[string]domain.Answer{
				"unhcr_case_no": text(fmt.Sprintf("200-24C0000%d", i)), "status": text("scheduled"), "mission": text(mission.String()),
			},
		}, workspace.Write{
			Target: workspace.Target{Type: "person", ID: everyone[i], Case: id}, Answers: map[string]domain.Answer{"given_names": text("Kanari given 0"), "birth": text("1990")},
		})
	}
	if _, err := hq.SetMany(background, writes); err != nil {
		return err
	}
	var nodes []string
	for i := range laptops {
		nodes = append(nodes, aliasOf(i))
	}
	exported, err := exchange.Export(background, hq, exchange.ExportOptions{To: nodes, Out: dir, Mission: mission})
	if err != nil {
		return err
	}
	for _, laptop := range laptops {
		if _, err := exchange.Import(background, laptop, exported.File, nil); err != nil {
			return err
		}
	}
	return nil
}

// newFull opens copies of a prepared mission: headquarters first, then the laptops.
func newFull(root string, devices int, now *time.Time) ([]*actor, error) {
	from, err := folderOf(devices)
	if err != nil {
		return nil, err
	}
	return openAll(root, from, devices, now)
}

// openAll opens copies of the machines of a mission in a prepared folder.
func openAll(root, from string, devices int, now *time.Time) ([]*actor, error) {
	lines := newParsed()
	var actors []*actor
	for i := -1; i < devices; i++ {
		name, slots := hqNode, []int{0, 1}
		if i >= 0 {
			name, slots = aliasOf(i), []int{0}
		}
		a, err := openOne(root, from, name, slots, now, lines)
		if err != nil {
			return actors, err
		}
		if i < 0 {
			a.hq, a.node = true, hqNode
		}
		a.machine.(*full).home = mission
		actors = append(actors, a)
	}
	return actors, nil
}

func openOne(root, from, name string, slots []int, now *time.Time, lines *parsed) (*actor, error) {
	f := &full{root: filepath.Join(root, name), slots: slots, pass: passOf(name), clock: &ticking{today: now}, lines: lines}
	f.dir = filepath.Join(f.root, "vault")
	if err := errors.Join(copyFolder(f.dir, filepath.Join(from, name)), f.open()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &actor{machine: f, name: name, node: trust.DeviceName(f.device()), clock: f.clock}, nil
}

func (f *full) twin(root string, image any) (machine, *ticking, error) {
	c := &full{root: root, slots: slices.Clone(f.slots), pass: f.pass, clock: &ticking{today: f.clock.today}, lines: f.lines, home: f.home}
	c.dir = filepath.Join(root, "vault")
	return c, c.clock, errors.Join(copyFolder(c.dir, image.(string)), c.open())
}
