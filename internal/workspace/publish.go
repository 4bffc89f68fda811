package workspace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/codelist"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/form"
)

// Publishing is an edition of a code list or question set before it is issued, with what it changes.
type Publishing struct {
	Type domain.Type
	// Name, Version and ValidFrom as in [Edition].
	Name, Version, ValidFrom string
	// Codes are what a code list changes; for a question set those of its own choices that an earlier edition had and this one
	// has not are Lost.
	Codes codelist.Difference
	// Known: the very same was issued before.
	Known bool

	id      uuid.UUID
	answers map[string]domain.Answer
}

// errMixed: the tables of a question set do not belong together.
var errMixed = errors.New("the tables are not those that were issued")

// PrepareList checks an edition of a code list. Without a version it gets the next number, without a day it is used from today.
// A code that is in use stays: it is ended by valid_to and never removed (domain.md 15.0). Faults: E-ROLE, C-NAME for a list
// that does not exist, C-FIXED for one that belongs to the program, C-VERSION, C-DAY, C-LOST with the first code that is
// missing, C-SAME when nothing would change, C-LARGE.
func (w *Workspace) PrepareList(name, version, validFrom string, entries []codelist.Entry) (*Publishing, error) {
	p, err := w.preparing("code_list", name, version, validFrom)
	if err != nil {
		return nil, err
	}
	lists := w.Lists()
	switch {
	case !lists.Exists(name):
		return nil, fault.New("C-NAME", name, nil)
	case codelist.Fixed(name):
		return nil, fault.New("C-FIXED", name, nil)
	}
	p.Codes = lists.Compare(name, entries)
	if len(p.Codes.Lost) > 0 {
		return p, fault.Newf("C-LOST", p.Codes.Lost[0], "%d codes", len(p.Codes.Lost))
	}
	p.answers["languages"] = domain.Answer{Value: []string{"nb", "nn", "en"}}
	p.answers["entries"] = domain.Answer{Value: codelist.Rows(entries)}
	if err := p.settle(w, "entries"); err != nil {
		return nil, err
	}
	if p.Codes.Empty() && !p.Known {
		return p, fault.New("C-SAME", name, nil)
	}
	return p, nil
}

// PrepareForm checks an edition of a question set, read by [Workspace.OpenForm]. Its version must be newer than that of every edition
// known, and codes of its own choices stay (pains.md row 20), save in a form that others made, whose answers are always read by the
// edition that they were given with. Such a form must have been [form.Addressed]; without a version of its own it gets the next number.
// Faults: as [Workspace.PrepareList], and C-TAKEN, C-ABOUT, C-CLASS.
func (w *Workspace) PrepareForm(set *form.Set, validFrom string) (*Publishing, error) {
	if me := w.Me(); !me.HQ || !me.Role.MayCreate("form") {
		return nil, fault.Newf("E-ROLE", "form", "role %s", me.Role)
	}
	if err := w.refuseForm(set); err != nil {
		return nil, err
	}
	set, validFrom, err := w.numbered(set, validFrom)
	if err != nil {
		return nil, err
	}
	tables, err := form.TablesOf(set)
	if err != nil {
		return nil, err
	}
	p, err := w.preparing("form", set.ID, set.Version, validFrom)
	if err != nil {
		return nil, err
	}
	p.answers["sha256"] = domain.Answer{Value: tables.Hash()}
	for name, rows := range map[string][]map[string]string{"survey": tables.Survey, "choices": tables.Choices, "settings": tables.Settings} {
		p.answers[name] = domain.Answer{Value: rows}
	}
	if err := p.settle(w, "survey", "choices", "settings"); err != nil {
		return nil, err
	}
	if before, ok := w.Sets().ByID(set.ID); ok && !p.Known && !set.Foreign {
		for list, choices := range before.Lists {
			for _, choice := range choices {
				if now, used := set.Lists[list]; used && !slices.ContainsFunc(now, func(c form.Choice) bool { return c.Name == choice.Name }) {
					p.Codes.Lost = append(p.Codes.Lost, choice.Name)
				}
			}
		}
		if slices.Sort(p.Codes.Lost); len(p.Codes.Lost) > 0 {
			return p, fault.Newf("C-LOST", p.Codes.Lost[0], "%d codes", len(p.Codes.Lost))
		}
	}
	return p, nil
}

// preparing begins an edition and checks what lists and sets have in common.
func (w *Workspace) preparing(t domain.Type, name, version, validFrom string) (*Publishing, error) {
	if me := w.Me(); !me.HQ || !me.Role.MayCreate(t) {
		return nil, fault.Newf("E-ROLE", string(t), "role %s", me.Role)
	}
	if validFrom == "" {
		validFrom = w.Now().Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, validFrom); err != nil {
		return nil, fault.New("C-DAY", validFrom, err)
	}
	if version == "" {
		version = w.nextVersion(t, name)
	}
	if len(version) > 20 {
		return nil, fault.Newf("C-VERSION", version, "longer than 20 characters")
	}
	return &Publishing{
		Type: t, Name: name, Version: version, ValidFrom: validFrom,
		answers: map[string]domain.Answer{"name": {Value: name}, "version": {Value: version}, "valid_from": {Value: validFrom}},
	}, nil
}

// nextVersion is the number after that of the newest edition; 1 for the first.
func (w *Workspace) nextVersion(t domain.Type, name string) string {
	next := 1
	for _, e := range w.Editions() {
		if number, err := strconv.Atoi(e.Version); err == nil && e.Type == t && e.Name == name && number >= next {
			next = number + 1
		}
	}
	return strconv.Itoa(next)
}

// settle gives the edition its identifier and compares it with those that are known.
func (p *Publishing) settle(w *Workspace, parts ...string) error {
	content := []byte(p.Name + "\x00" + p.Version + "\x00" + p.ValidFrom)
	for _, part := range parts {
		value, err := p.answers[part].Encode()
		if err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		if len(value) > longestValue {
			return fault.Newf("C-LARGE", p.Name, "%d bytes", len(value))
		}
		content = append(append(content, 0), value...)
	}
	if len(content) > longestEdition {
		return fault.Newf("C-LARGE", p.Name, "%d bytes", len(content))
	}
	p.id = domain.EditionID(p.Type, content)
	if e, err := w.edition(p.id); err == nil {
		p.Known = !e.Withdrawn
		return nil
	}
	for _, e := range w.Editions() {
		if e.Type == p.Type && e.Name == p.Name && domain.CompareVersions(p.Version, e.Version) <= 0 {
			return fault.Newf("C-VERSION", p.Version, "the newest is %s", e.Version)
		}
	}
	if p.Type == "form" && w.Sets().Knows(p.Name, p.Version) {
		return fault.Newf("C-VERSION", p.Version, "the program has it")
	}
	return nil
}

// longestEdition in bytes leaves room for the rest of a line (security.md 5.1).
const longestEdition = 240 << 10

// Publish issues what was prepared. It goes to every machine of every mission with the next file from headquarters, and a machine
// that has it uses it at once or from its day on. To issue the same once more changes nothing, save that it brings back what was
// withdrawn. Faults: those of [Workspace.Set].
func (w *Workspace) Publish(ctx context.Context, p *Publishing) (*Edition, error) {
	target := Target{Type: p.Type, ID: p.id}
	answers := p.answers
	if slices.ContainsFunc(w.Editions(), func(e Edition) bool { return e.ID == p.id && e.Withdrawn }) {
		answers = map[string]domain.Answer{fieldDeleted: {Value: false}}
	}
	if _, err := w.Set(ctx, target, answers); err != nil {
		return nil, err
	}
	return w.edition(p.id)
}

// WithdrawEdition takes an edition back, everywhere: machines use the one before it. Answers that were given with it stay, and
// codes that only it has are shown as codes. [Workspace.Publish] brings it back. Faults: C-NONE, and those of [Workspace.Set].
func (w *Workspace) WithdrawEdition(ctx context.Context, id uuid.UUID) (*Edition, error) {
	e, err := w.edition(id)
	if err != nil {
		return nil, err
	}
	if !w.Me().HQ {
		return nil, fault.Newf("E-ROLE", string(e.Type), "only headquarters withdraws")
	}
	if err := w.Remove(ctx, Target{Type: e.Type, ID: id}); err != nil {
		return nil, err
	}
	return w.edition(id)
}

// edition finds an edition. Fault C-NONE.
func (w *Workspace) edition(id uuid.UUID) (*Edition, error) {
	for _, e := range w.Editions() {
		if e.ID == id {
			return &e, nil
		}
	}
	return nil, fault.New("C-NONE", id.String(), nil)
}
