package simulation_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"feltbok/internal/clock"
	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// full is the program itself on a folder: workspace, register, sealed rows in SQLite, signed and sealed files.
type full struct {
	root  string // of the machine; dir, outboxes and images lie in it
	dir   string
	slots []int // of the users who take turns
	turn  int
	pass  []byte
	ws    *workspace.Workspace
	clock *ticking
	lines *parsed
	made  int // folders so far
	kill  string
	ended []*workspace.Workspace // dropped without locking
	// home is the mission or the partner of the machine; partners are, at headquarters, those of the machines of partners.
	home     uuid.UUID
	partners map[string]uuid.UUID
}

// parsed remembers lines that were parsed and boxes that were opened, for all machines of a history.
type parsed struct {
	lines map[[32]byte]*oplog.Line
	boxes map[string]*oplog.Line
}

var background = context.Background()

func (f *full) open() error {
	info, err := workspace.Peek(f.dir)
	if err != nil {
		return err
	}
	slot := info.Users[f.slots[f.turn%len(f.slots)]].Slot
	f.ws, err = workspace.Unlock(background, f.dir, slot, slices.Clone(f.pass), workspace.Options{Clock: clock.Func(f.clock.Now)})
	if err != nil {
		return fmt.Errorf("unlock: %w", err)
	}
	_, err = exchange.ImportHeld(background, f.ws)
	return err
}

func (f *full) device() uuid.UUID               { return f.ws.Me().Device }
func (f *full) user() uuid.UUID                 { return f.ws.Me().User }
func (f *full) holds(c domain.Compartment) bool { return f.ws.Holds(c) }

func (f *full) write(e edit) (*save, bool, error) {
	info, _ := domain.Info(e.kind)
	before := f.ws.OwnEpochs()
	answers := map[string]domain.Answer{}
	for field, value := range e.values {
		answers[field] = domain.Answer{Value: value, Reason: e.reason}
	}
	if e.remove != nil {
		answers["_deleted"] = domain.Answer{Value: *e.remove, Reason: e.reason}
	}
	target := workspace.Target{Type: e.kind, ID: e.object, Case: e.caseID, Subject: e.subject, Seen: e.seen, Form: e.form}
	if _, err := f.ws.Set(background, target, answers); err != nil {
		return nil, false, err
	}
	s := f.saved(before, info.Compartment, e.caseID)
	return s, s != nil, nil
}

// saved names the newest own line of a compartment; nil when none has been written since.
func (f *full) saved(before map[oplog.Chain]uint64, c domain.Compartment, caseID uuid.UUID) *save {
	for chain, last := range f.ws.OwnEpochs() {
		if chain.Compartment == c && last > before[chain] {
			head, _ := f.ws.Register().Head(chain.Compartment, chain.Name(last))
			return &save{compartment: chain.Compartment, name: head.Name, hash: head.Hash, caseID: caseID, user: f.user()}
		}
	}
	return nil
}

func (f *full) persons() ([]person, error) {
	var all []person
	for object, err := range f.ws.Register().Objects(background, domain.Case, register.Filter{Types: []domain.Type{"person"}}) {
		if err != nil {
			return nil, err
		}
		all = append(all, personOf(object))
	}
	sortPersons(all)
	return all, nil
}

func personOf(object *oplog.Object) person {
	p := person{id: object.ID, caseID: object.Case, seen: map[string][]oplog.Name{}}
	for name, field := range object.Fields {
		p.seen[name] = field.Names()
	}
	p.gone = string(object.Fields["_deleted"].Value()) == "true"
	return p
}

func sortPersons(all []person) {
	slices.SortFunc(all, func(a, b person) int { return slices.Compare(a.id[:], b.id[:]) })
}

func (f *full) conflicts() ([]conflict, error) {
	found, err := f.ws.Conflicts(background)
	if err != nil {
		return nil, err
	}
	var all []conflict
	for _, c := range found {
		all = append(all, conflict{c.Record.Type(), c.Record.ID(), c.Record.Case(), c.Field})
	}
	return all, nil
}

func (f *full) pack(to []string) ([]*parcel, error) {
	out := filepath.Join(f.root, "out")
	if err := os.MkdirAll(out, 0o700); err != nil {
		return nil, err
	}
	home := f.home
	if partner, ok := f.partners[to[0]]; ok {
		home = partner
	}
	exported, err := exchange.Export(background, f.ws, exchange.ExportOptions{To: to, Out: out, Mission: home})
	if err != nil {
		return nil, err
	}
	files := []*parcel{{to: exported.To, path: exported.File}}
	for _, more := range exported.Further {
		files = append(files, &parcel{to: more.To, path: more.File})
	}
	for _, carried := range exported.Carried {
		files = append(files, &parcel{path: carried}) // whose it is, its content tells
	}
	return files, nil
}

func (f *full) take(p *parcel) (*taken, error) {
	result, err := exchange.Import(background, f.ws, p.path, nil)
	if err != nil {
		return nil, err
	}
	return &taken{repeated: result.Repeated, waiting: result.Waiting}, nil
}

func (f *full) read(c domain.Compartment) (*reading, error) {
	reg := f.ws.Register()
	if !reg.Holds(domain.RingOf(c)) {
		return nil, nil
	}
	hidden := map[oplog.Name]string{}
	for _, q := range f.ws.Quarantine() {
		if q.Compartment == c {
			hidden[q.Name] = q.Code
		}
	}
	r := &reading{compartment: c, objects: map[uuid.UUID]*oplog.Object{}}
	for _, state := range reg.Chains(c) {
		_, outside := f.partners[trust.DeviceName(state.Chain.Device)]
		for stored, err := range reg.Lines(background, state.Chain, 1, state.Have.Last()) {
			if err != nil {
				return nil, err
			}
			e := entry{name: stored.Name, hash: stored.Hash, hidden: hidden[stored.Name]}
			if e.line, err = f.lines.of(f, &stored); err != nil {
				return nil, err
			}
			if outside = outside || f.partners != nil && e.line != nil && strings.HasPrefix(e.line.Audience, "partner:"); outside {
				r.outside = append(r.outside, e)
			} else {
				r.entries = append(r.entries, e)
			}
		}
	}
	if c.Boxed() {
		return r, nil
	}
	for object, err := range reg.Objects(background, c, register.Filter{}) {
		if err != nil {
			return nil, err
		}
		r.objects[object.ID] = object
	}
	return r, nil
}

// sealed gives compartment sealed with the objects as the screen of each case shows them.
func (f *full) sealed() (*reading, error) {
	r, err := f.read(domain.Sealed)
	if err != nil || r == nil {
		return nil, err
	}
	cases, err := f.ws.Cases(background)
	if err != nil {
		return nil, err
	}
	for _, summary := range cases {
		file, err := f.ws.OpenCase(background, summary.ID, workspace.Everything...)
		if err != nil {
			return nil, err
		}
		for _, record := range file.Sealed() {
			object := &oplog.Object{ID: record.ID(), Type: record.Type(), Case: record.Case(), Compartment: domain.Sealed, Fields: map[string]*oplog.Field{}}
			for _, field := range record.Fields() {
				object.Fields[field] = &oplog.Field{}
				for _, head := range record.Heads(field) {
					object.Fields[field].Heads = append(object.Fields[field].Heads, head.Write)
				}
			}
			r.objects[object.ID] = object
		}
	}
	return r, nil
}

// of parses a line, and opens a sealed one that this user may read.
func (p *parsed) of(f *full, stored *register.StoredLine) (*oplog.Line, error) {
	if stored.Bytes == nil {
		return nil, nil
	}
	line, known := p.lines[stored.Hash]
	if !known {
		line, _ = oplog.Parse(stored.Bytes)
		p.lines[stored.Hash] = line
	}
	if line == nil || line.Kind != oplog.KindBox || line.Compartment != domain.Sealed {
		return line, nil
	}
	key := f.user().String() + string(stored.Hash[:])
	if open, known := p.boxes[key]; known {
		return open, nil
	}
	plain, err := f.ws.Register().OpenBox(line.Compartment, line.Box)
	if errors.Is(err, register.ErrNotReader) {
		p.boxes[key] = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	inner, err := oplog.ParseInner(plain)
	if err != nil {
		return nil, err
	}
	open := *line
	open.Kind, open.Type, open.Object, open.Form, open.Set, open.Parents = oplog.KindSet, inner.Type, inner.Object, inner.Form, inner.Set, inner.Parents
	p.boxes[key] = &open
	return &open, nil
}

func (f *full) tally() string {
	text := ""
	for _, c := range domain.AllCompartments {
		if c != domain.Audit {
			text += fmt.Sprintf("%s %d %d\n", c, f.ws.Register().Count(c), len(f.ws.Quarantine()))
		}
	}
	claims, err := f.ws.Claims(background)
	for _, claim := range claims {
		text += fmt.Sprintln(claim.Blob, claim.Chunks)
	}
	if err != nil {
		text += err.Error()
	}
	return text
}

func (f *full) receipts() (map[string]*trust.Receipt, error) {
	receipts := map[string]*trust.Receipt{}
	stored, err := f.ws.Register().System(domain.RingOpen, register.SystemReceipts)
	if err != nil || stored == nil {
		return receipts, err
	}
	var kept map[string]struct {
		Bytes []byte `json:"bytes"`
	}
	if err := json.Unmarshal(stored, &kept); err != nil {
		return nil, err
	}
	for device, k := range kept {
		if len(k.Bytes) == 0 {
			continue
		}
		receipts[device] = new(trust.Receipt)
		if err := trust.DecodeStrict(k.Bytes, receipts[device]); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

func (f *full) merged(c domain.Compartment) (int, error) {
	crossing, err := exchange.CrossingOf(background, f.ws)
	if err != nil {
		return 0, err
	}
	for _, part := range crossing.Parts {
		if part.Compartment == c.String() {
			return part.Merged, nil
		}
	}
	return 0, nil
}

func (f *full) undo(choice uint32, again bool) (bool, error) {
	imports, err := exchange.Imports(background, f.ws)
	if err != nil || len(imports) == 0 {
		return false, err
	}
	chosen := imports[int(choice)%len(imports)]
	count := 0
	for _, n := range chosen.Lines {
		count += n
	}
	if count == 0 {
		return false, nil
	}
	if again {
		_, err = exchange.Redo(background, f.ws, chosen.Import, "simulated")
	} else {
		_, err = exchange.Undo(background, f.ws, chosen.Import, "simulated")
	}
	return true, err
}

func (f *full) erase(caseID uuid.UUID) error {
	_, err := f.ws.EraseCase(background, caseID, domain.ErasedRequestOfPerson)
	return err
}

// fresh names a folder that is not there yet.
func (f *full) fresh(what string) string {
	f.made++
	return filepath.Join(f.root, fmt.Sprintf("%s-%d", what, f.made))
}

func (f *full) image() (any, error) {
	to := f.fresh("image")
	return to, copyFolder(to, f.dir)
}

func (f *full) backup() (any, error) {
	to := f.fresh("backup")
	return to, f.ws.Backup(background, to)
}

func (f *full) goOn(image any, restored bool) error {
	f.ended = append(f.ended, f.ws)
	f.ws = nil
	dir := f.fresh("vault")
	if restored {
		err := workspace.Restore(background, image.(string), dir, "", slices.Clone(f.pass), workspace.Options{Clock: clock.Func(f.clock.Now)})
		if err != nil {
			return err
		}
	} else if err := copyFolder(dir, image.(string)); err != nil {
		return err
	}
	f.dir = dir
	return f.open()
}

func (f *full) change() error {
	if err := f.ws.Close(); err != nil {
		return err
	}
	f.turn++
	if err := f.open(); err != nil {
		return err
	}
	return f.showsNothingElse()
}

// showsNothingElse wants no sign of a compartment whose ring the user does not hold.
func (f *full) showsNothingElse() error {
	for c, kind := range map[domain.Compartment]domain.Type{domain.Special: "health", domain.Sealed: "sealed_note"} {
		if f.holds(c) {
			continue
		}
		records, err := f.ws.Objects(background, kind, uuid.Nil)
		if err != nil {
			return err
		}
		hits, err := f.ws.Search(background, canary+c.String(), 10)
		if err != nil {
			return err
		}
		if len(records) > 0 || f.ws.Register().Count(c) > 0 || slices.ContainsFunc(hits, func(h workspace.Hit) bool { return strings.Contains(h.Title, c.String()) }) {
			return fmt.Errorf("a user without the ring sees something of %s", c)
		}
	}
	return nil
}

func (f *full) killAfter(n int) {
	f.kill, f.clock.alarm = "", n
	f.clock.ring = func() {
		to := f.fresh("killed")
		if copyFolder(to, f.dir) == nil {
			f.kill = to
		}
	}
}

func (f *full) killed() any {
	f.clock.alarm, f.clock.ring = 0, nil
	if f.kill == "" {
		return nil
	}
	return f.kill
}

func (f *full) drop() {
	for _, ws := range append(f.ended, f.ws) {
		if ws != nil {
			ws.Close()
		}
	}
}

func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), content, 0o600)
	})
}

func newParsed() *parsed {
	return &parsed{lines: map[[32]byte]*oplog.Line{}, boxes: map[string]*oplog.Line{}}
}
