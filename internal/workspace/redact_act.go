package workspace

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/google/uuid"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/internal/register"
)

// Retraction says which answer somebody takes back.
type Retraction struct {
	Type domain.Type
	ID   uuid.UUID
	// Field is the one whose content goes. It is empty for a sealed object and for an attachment, which go as a whole.
	Field  string
	Reason domain.RedactionReason
	// Raise is written in the same transaction: the sealed object that says from now on what the field said. Nil when nothing does.
	Raise *Write
}

// Retracted says what a retraction did, or would do.
type Retracted struct {
	// Lines lost their content. Kept counts other values of the same lines that were written once more.
	Lines int `json:"lines"`
	Kept  int `json:"kept"`
	// Others counts lines of the field that other people wrote: only headquarters' HQS takes those back.
	Others int `json:"others"`
	// Proven says that the files were looked through afterwards and nothing of what went was found.
	Proven bool `json:"proven"`
}

// Retract takes back what this user wrote into a field, every time; HQS on headquarters' machine takes back what anybody wrote. The
// content goes from this machine at once and from every other one that the redaction reaches; that something was withdrawn, by whom,
// when and why stays on record (security.md 5.5). What the field said before in somebody else's words stands again. It cannot be
// undone. With rehearse nothing is written.
//
// With Raise the answer moves into the compartment sealed (security.md 2.2): both are one transaction. Then it is refused with
// E-AUTHOR while somebody else's words stand in the field, for they would go on saying what was to be sealed.
//
// Faults: E-VALUE for the reason, E-CASE when the object is not here, E-FIELD, E-AUTHOR when nothing of it is this user's, those of
// [Workspace.SetMany] for what is raised, V-READONLY, V-SPACE, V-LOCKED.
func (w *Workspace) Retract(ctx context.Context, r Retraction, rehearse bool) (*Retracted, error) {
	done, changes, err := w.retract(ctx, r, rehearse)
	if err != nil {
		return nil, err
	}
	w.notify(changes)
	return done, nil
}

// retracting is one retraction being put together.
type retracting struct {
	*applying
	r      Retraction
	object *oplog.Object
	info   domain.TypeInfo
	lines  []*oplog.Line // that lose their content, in the order of arrival
	done   Retracted
	raise  *preparedWrite
}

func (w *Workspace) retract(ctx context.Context, r Retraction, rehearse bool) (*Retracted, []Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil {
		return nil, nil, err
	}
	if !w.enrolled() {
		return nil, nil, fault.New("E-ENROL", "", nil)
	}
	if err := w.refuseWrites(); err != nil {
		return nil, nil, err
	}
	run := &retracting{applying: w.applying(), r: r}
	if err := run.prepare(ctx); err != nil {
		return nil, nil, err
	}
	if rehearse {
		return &run.done, nil, nil
	}
	return run.commit(ctx)
}

// prepare reads what goes and judges whether it may.
func (r *retracting) prepare(ctx context.Context) (err error) {
	w, known := r.w, false
	if r.info, known = domain.Info(r.r.Type); !known || IsMark(r.r.Type) || r.info.Compartment == domain.Audit {
		return fault.Newf("E-FORM", string(r.r.Type), "nothing that can be withdrawn")
	}
	if !r.r.Reason.Valid() {
		return fault.Newf("E-VALUE", "reason", "not in the list of reasons")
	}
	if !Withdrawable(r.r.Type, r.r.Field) {
		return fault.Newf("E-FIELD", describe(r.r.Type, r.r.Field), "nothing that can be withdrawn")
	}
	if !w.reg.Holds(domain.RingOf(r.info.Compartment)) {
		return fault.Newf("E-ROLE", string(r.r.Type), "ring not held")
	}
	side := domain.SideField
	if w.me.HQ {
		side = domain.SideHQ
	}
	if !w.me.Role.MayMake(domain.LineRedact, r.info.Compartment, side) {
		return fault.Newf("E-ROLE", string(r.r.Type), "role %s", w.me.Role)
	}
	if r.r.Raise != nil {
		p, err := w.prepare(*r.r.Raise)
		if err != nil {
			return err
		}
		if p.info.Compartment != domain.Sealed || r.info.Compartment.Boxed() {
			return fault.Newf("E-FORM", string(p.info.Type), "only the compartment sealed is higher, and lowering does not exist")
		}
		r.raise = &p
	}
	if err := r.read(ctx); err != nil {
		return err
	}
	if len(r.lines) == 0 || r.raise != nil && r.done.Others > 0 {
		return fault.New("E-AUTHOR", describe(r.r.Type, r.r.Field), nil)
	}
	r.done.Lines = len(r.lines)
	return w.scanConflicts(ctx)
}

// read finds the lines of the field, those that do not count included: their content lies here all the same.
func (r *retracting) read(ctx context.Context) error {
	w, c := r.w, r.info.Compartment
	caseID, err := r.find(ctx)
	if err != nil {
		return err
	}
	all := w.me.HQ && w.me.Role.MayRedactAll()
	for stored, err := range w.reg.CaseLines(ctx, c, caseID) {
		if err != nil {
			return err
		}
		line, err := oplog.Parse(stored.Bytes)
		if stored.Bytes == nil || err != nil || w.outside(stored.Name) {
			continue
		}
		plain := line
		if line.Kind == oplog.KindBox {
			open, ok, err := w.unseal(line)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			plain = open
		}
		if _, wrote := plain.Set[r.r.Field]; plain.Object != r.r.ID || r.r.Field != "" && !wrote {
			continue
		}
		if !all && line.By != w.me.User {
			if w.visible(line) {
				r.done.Others++
			}
			continue
		}
		r.lines = append(r.lines, plain)
	}
	return nil
}

// find gives the case of the object; of a sealed one it opens the boxes.
func (r *retracting) find(ctx context.Context) (uuid.UUID, error) {
	w, c := r.w, r.info.Compartment
	if !c.Boxed() {
		object, err := w.reg.Object(ctx, c, r.r.ID)
		if err != nil {
			return uuid.Nil, err
		}
		if object == nil || object.Type != r.r.Type {
			return uuid.Nil, fault.New("E-CASE", string(r.r.Type), nil)
		}
		r.object = object
		if c == domain.Open {
			return uuid.Nil, nil
		}
		return object.Case, nil
	}
	for id := range w.entries {
		objects, err := w.openBoxes(ctx, id)
		if err != nil {
			return uuid.Nil, err
		}
		if object := objects[r.r.ID]; object != nil {
			r.object = object
			return id, nil
		}
	}
	return uuid.Nil, fault.New("E-CASE", string(r.r.Type), nil)
}

func (r *retracting) commit(ctx context.Context) (*Retracted, []Change, error) {
	w, c := r.w, r.info.Compartment
	line := r.line()
	again := r.keep()
	if err := r.readScopes(ctx, []Incoming{{Line: line}}); err != nil {
		return nil, nil, err
	}
	s := scopeOf(line)
	if _, read := r.rebuild[s]; !read && !c.Boxed() {
		if err := r.readScope(ctx, s); err != nil {
			return nil, nil, err
		}
	}
	var wr *writing
	logged := false
	err := w.reg.Update(ctx, func(tx *register.Tx) error {
		wr = w.begin(tx)
		r.tx = tx
		if r.raise != nil {
			if _, _, err := wr.writeBoxed(r.raise); err != nil {
				return err
			}
		}
		for _, kept := range again {
			if err := r.writeAgain(wr, kept); err != nil {
				return err
			}
		}
		if err := r.write(wr, line); err != nil {
			return err
		}
		if err := r.settle(); err != nil {
			return err
		}
		if err := r.saveInvisible(); err != nil {
			return err
		}
		if logged = w.auditReady(); logged {
			return wr.appendEvents(append(slices.Clone(w.audit), w.event("redact", r.r.Type, r.r.ID)))
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	wr.commit()
	if logged {
		w.audit = nil
	}
	r.done.Proven = !w.reg.Unproven()
	changes := r.finish()
	changes = append(changes, Change{Case: line.Case, Object: r.r.ID, Type: r.r.Type, Import: true})
	return &r.done, changes, nil
}

// readScope reads the writes of the scope, to be made anew from its lines.
func (r *retracting) readScope(ctx context.Context, s scope) error {
	writes := []oplog.Visible{}
	for stored, err := range r.w.reg.CaseLines(ctx, s.compartment, s.id) {
		if err != nil {
			return err
		}
		line, err := oplog.Parse(stored.Bytes)
		if err == nil && (line.Kind == oplog.KindSet || line.Kind == oplog.KindRedact) && !r.w.outside(stored.Name) {
			writes = append(writes, oplog.Visible{Line: line, Visible: r.visible(line)})
		}
	}
	r.rebuild[s] = writes
	return nil
}

// keep makes lines that say once more what else the lines said and what still stands: they go as a whole.
func (r *retracting) keep() (again []*oplog.Line) {
	if r.r.Field == "" {
		return nil
	}
	for _, line := range r.lines {
		out := &oplog.Line{
			Kind: oplog.KindSet, Compartment: line.Compartment, Case: line.Case, Form: line.Form, Object: line.Object, Type: line.Type,
			Set: map[string]json.RawMessage{}, Parents: map[string][]oplog.Name{},
		}
		for _, field := range slices.Sorted(maps.Keys(line.Set)) {
			state := r.object.Fields[field]
			if field == r.r.Field || state == nil || !slices.Contains(state.Names(), line.Origin()) {
				continue
			}
			out.Set[field] = line.Set[field]
			out.Parents[field] = []oplog.Name{line.Origin()}
		}
		if len(out.Set) > 0 && !slices.ContainsFunc(again, func(o *oplog.Line) bool { return sameParents(o.Parents, out.Parents) }) {
			r.done.Kept += len(out.Set)
			again = append(again, out)
		}
	}
	return again
}

// writeAgain stores such a line for those who have the one that goes.
func (r *retracting) writeAgain(wr *writing, line *oplog.Line) error {
	s := scopeOf(line)
	if err := wr.append(r.home(), line, s.id); err != nil {
		return err
	}
	r.rebuild[s] = append(r.rebuild[s], oplog.Visible{Line: line, Visible: true})
	return nil
}

// line is the redaction, still without its place. At headquarters it names the new issues of the lines, too, that stand in the same
// epoch as itself.
func (r *retracting) line() *oplog.Line {
	line := &oplog.Line{Kind: oplog.KindRedact, Compartment: r.info.Compartment, Case: r.lines[0].Case, Reason: string(r.r.Reason)}
	named := map[oplog.Name]bool{}
	name := func(n oplog.Name, parents map[string][]oplog.Name) {
		if !named[n] {
			named[n] = true
			line.Redacts = append(line.Redacts, oplog.Redaction{Name: n, Parents: parents})
		}
	}
	for _, gone := range r.lines {
		name(gone.Origin(), gone.Parents)
		if r.audience(gone.Name()) == r.home() {
			name(gone.Name(), gone.Parents)
		}
	}
	return line
}

// audience is whom a line of headquarters is for; empty for every other line.
func (r *retracting) audience(name oplog.Name) string {
	if !r.w.me.HQ || name.Device != r.w.node.Device {
		return ""
	}
	return r.w.audienceOf(name.Epoch)
}

// home is whom the redaction is for in the first place: whoever the lines were for, else everybody who may have them.
func (r *retracting) home() string {
	for _, gone := range r.lines {
		if audience := r.audience(gone.Name()); audience != "" && gone.Origin() == gone.Name() {
			return audience
		}
	}
	return r.w.audienceFor(r.info.Compartment, r.missionOf())
}

func (r *retracting) missionOf() uuid.UUID {
	if e := r.w.entries[r.object.Case]; e != nil {
		return e.mission
	}
	return uuid.Nil
}

// write stores the redaction, and at headquarters a new issue of it for everybody who was told of the lines in another epoch.
func (r *retracting) write(wr *writing, line *oplog.Line) error {
	w, c, home := r.w, line.Compartment, r.home()
	reach := ReachAuthor
	if w.me.HQ && w.me.Role.MayRedactAll() {
		reach = ReachAll
	}
	if err := r.store(wr, home, line, reach); err != nil {
		return err
	}
	by := r.redactions(c)[line.Name()]
	var audiences []string
	for _, gone := range r.lines {
		r.blank(line.Name(), by, gone)
		if c == domain.Sealed && w.me.HQ && gone.Device != w.node.Device { // nobody issues those otherwise
			for _, device := range w.machinesOf([]uuid.UUID{gone.By}, c) {
				audiences = append(audiences, DeviceAudience(device))
			}
		}
		if audience := r.audience(gone.Name()); audience != "" && audience != home && !slices.Contains(audiences, audience) {
			audiences = append(audiences, audience)
		}
	}
	slices.Sort(audiences)
	for _, audience := range slices.Compact(audiences) {
		again := w.reissued(line, audience, by)
		if err := r.store(wr, audience, again, ReachAll); err != nil {
			return err
		}
		also := r.redactions(c)[again.Name()]
		for _, gone := range r.lines { // an issue of a withdrawn line goes by the redaction that names it
			if also.Lines.has(gone.Name()) && !by.Lines.has(gone.Name()) {
				r.unmark(c, gone.Name())
				r.blank(again.Name(), also, gone)
			}
		}
		issued := LineSet{}
		issued.Add(line.Name())
		if err := wr.noteIssued(audience, map[domain.Compartment]LineSet{c: issued}); err != nil {
			return err
		}
	}
	return nil
}

// store stores one redaction, which counts from now on.
func (r *retracting) store(wr *writing, audience string, line *oplog.Line, reach Reach) error {
	s := scopeOf(line)
	if err := wr.append(audience, line, s.id); err != nil {
		return err
	}
	r.changeRedactions(line.Compartment)[line.Name()] = r.w.newRedaction(line, reach)
	if _, read := r.rebuild[s]; read {
		r.rebuild[s] = append(r.rebuild[s], oplog.Visible{Line: line, Visible: true})
	}
	return nil
}

// unmark takes back why a line becomes a stub by this change.
func (a *applying) unmark(c domain.Compartment, name oplog.Name) {
	lines := LineSet{}
	lines.Add(name)
	a.stubs[c] = a.stubs[c].without(lines)
}

// Withdrawable reports whether the content of a field can be taken back: everything that says something of somebody. What a record is
// about, where it stands and whether it is there is corrected by a new answer. A sealed object and an attachment go as a whole, with
// the field empty.
func Withdrawable(t domain.Type, field string) bool {
	info, known := domain.Info(t)
	if !known || IsMark(t) || info.Compartment == domain.Audit {
		return false
	}
	if field == "" {
		return info.Compartment.Boxed() || attachment.IsType(t)
	}
	_, known = info.Field(field)
	return known && !info.Compartment.Boxed() && field != fieldDeleted && field != info.SubjectField() && field != "status" && !slices.Contains(attachment.Written, field)
}

// reissued is a redaction said again for an audience: it names the lines, and their new issues for that audience.
func (w *Workspace) reissued(line *oplog.Line, audience string, r *redaction) *oplog.Line {
	again := &oplog.Line{
		Kind: oplog.KindRedact, By: line.By, Compartment: line.Compartment, Case: line.Case, HLC: line.HLC, ClockSuspect: line.ClockSuspect,
		Reason: line.Reason, Redacts: slices.Clone(line.Redacts), Source: []oplog.Name{line.Origin()},
	}
	if r == nil {
		return again
	}
	for _, key := range slices.Sorted(maps.Keys(r.Issues)) {
		chain, err := oplog.ParseChainKey(line.Compartment, key)
		if err != nil || chain.Device != w.node.Device || w.audienceOf(chain.Epoch) != audience {
			continue
		}
		for _, run := range r.Issues[key] {
			for n := run[0]; n <= run[1]; n++ {
				again.Redacts = append(again.Redacts, oplog.Redaction{Name: chain.Name(n)})
			}
		}
	}
	return again
}
