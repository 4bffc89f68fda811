package simulation_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"feltbok/internal/attachment"
	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/workspace"
)

// attached is a file that somebody put into a case.
type attached struct {
	save    *save
	kind    domain.Type
	content []byte
}

// attach lets a user put a file into a case: a letter of one to three chunks, open to all on the case or to those who hold P3.
func (p *play) attach(a *actor, s step) error {
	f := a.machine.(*full)
	kind, c := domain.Type("case_attachment"), domain.Case
	if s.b%3 == 0 && a.holds(domain.Special) {
		kind, c = "special_attachment", domain.Special
	}
	persons, err := a.persons()
	if err != nil || len(persons) == 0 {
		return err
	}
	chosen := persons[int(s.a)%len(persons)]
	word := fmt.Sprintf("%s%s %d", canary, c, s.serial)
	file, err := attachment.Read(letter(word, 40<<10+int(s.c%3)*(60<<10)))
	if err != nil {
		return err
	}
	var made *save
	acknowledged, err := p.doing(a, func() error {
		before := f.ws.OwnEpochs()
		record, err := f.ws.AddAttachment(background, workspace.NewAttachment{
			Case: chosen.caseID, Person: chosen.id, Type: kind, Kind: "school_document", Title: word, File: file,
		})
		if err != nil {
			return err
		}
		made = f.saved(before, c, chosen.caseID)
		made.object = record.ID()
		return nil
	})
	if fault.Code(err) == "E-ERASED" && p.erased[chosen.caseID] {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s attaches: %w", a.name, err)
	}
	if acknowledged {
		made.by, made.texts = a, []string{word}
		p.saves = append(p.saves, made)
		p.files = append(p.files, &attached{made, kind, file.Content})
		p.count.saves++
		p.count.attached++
	}
	return p.check(a)
}

// letter is a PDF file of so many bytes that says one thing over and over.
func letter(word string, size int) []byte {
	head, tail := "%PDF-1.4\n", "\n%%EOF"
	return []byte(head + strings.Repeat(word+" ", size/(len(word)+1)+1)[:size-len(head)-len(tail)] + tail)
}

// checkFiles holds what every machine shows of the attachments against what was put in. Where all has come it is that content, and
// at headquarters all of it has come, but for what lay on a lost disk only, or was erased.
func (p *play) checkFiles() error {
	for _, a := range p.actors {
		f, ok := a.machine.(*full)
		if !ok {
			return nil
		}
		for _, caseID := range cases {
			shown, err := f.ws.Attachments(background, caseID)
			if err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
			for _, one := range shown {
				if err := p.checkFile(a, f, one); err != nil {
					return fmt.Errorf("%s: the attachment %s: %w", a.name, one.ID(), err)
				}
			}
		}
	}
	return nil
}

func (p *play) checkFile(a *actor, f *full, one workspace.Attachment) error {
	i := slices.IndexFunc(p.files, func(put *attached) bool { return put.save.object == one.ID() })
	if i < 0 {
		return nil // the machine was killed before it said so, and after the file was put in
	}
	put := p.files[i]
	content, err := f.ws.AttachmentContent(background, put.kind, one.ID())
	switch {
	case err == nil && !bytes.Equal(content, put.content):
		return fmt.Errorf("%d bytes are others than the %d that were put in", len(content), len(put.content))
	case err == nil || !a.hq:
		if one.Whole && err != nil {
			return err
		}
		return nil
	case put.save.away:
		return nil // the line had come somewhere before the author's disk was put back, the content perhaps not
	}
	return err
}
