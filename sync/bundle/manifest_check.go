package bundle

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/fault"
	"feltbok/internal/oplog"
	"feltbok/sync/trust"
)

// check holds the rules of a manifest beyond its JSON form; the writer keeps them too.
func (m *Manifest) check() error {
	refuse := func(format string, args ...any) error { return fault.Newf("E-MANIFEST", nameManifest, format, args...) }
	_, fromOK := trust.ParseDeviceName(m.From)
	_, userOK := trust.ParseUserName(m.User)
	_, hlcErr := oplog.ParseHLC(m.HLC)
	switch {
	case m.Format != format || len(m.Caps) != 1 || m.Caps[0] != CapOperations:
		return refuse("format or capabilities")
	case !fromOK || !userOK || hlcErr != nil || m.Bundle == uuid.Nil:
		return refuse("sender, user, time or id")
	case m.Created.Location() != time.UTC || m.Created.Nanosecond() != 0:
		return refuse("time is not in UTC and whole seconds")
	case len(m.App) > 32 || strings.ContainsFunc(m.App, func(r rune) bool { return r < 0x21 || r > 0x7e }):
		return refuse("version of the program")
	}
	if err := m.Have.Chains.Check(); err != nil {
		return fault.New("E-MANIFEST", nameManifest, fmt.Errorf("have: %w", err))
	}
	if err := m.Have.Wants.check(); err != nil {
		return fault.New("E-MANIFEST", nameManifest, fmt.Errorf("have: %w", err))
	}
	if have, err := oplog.Canonical(m.Have); err != nil || len(have) > MaxHave {
		return fault.Newf("E-LIMIT", nameManifest, "have is longer than 64 KiB")
	}
	if err := m.checkTargets(); err != nil {
		return err
	}
	return m.checkFiles()
}

func (m *Manifest) checkTargets() error {
	refuse := func(format string, args ...any) error { return fault.Newf("E-TO", nameManifest, format, args...) }
	if len(m.To) == 0 || len(m.To) > MaxNodes {
		return refuse("%d addressees", len(m.To))
	}
	nodes, recipients := map[string]bool{}, map[Hash]bool{}
	for _, target := range m.To {
		if _, ok := trust.ParseDeviceName(target.Node); !ok && target.Node != trust.NodeHQ {
			return refuse("name of an addressee")
		}
		if nodes[target.Node] || target.Node == m.From {
			return refuse("an addressee stands twice or is the sender")
		}
		nodes[target.Node] = true
		if target.Sequence == 0 || (target.Sequence == 1) != (target.Previous == Hash{}) {
			return refuse("sequence and previous hash do not fit")
		}
		if len(target.Recipients) == 0 {
			return refuse("an addressee without recipient")
		}
		for _, recipient := range target.Recipients {
			if recipients[recipient] {
				return refuse("a recipient stands twice")
			}
			recipients[recipient] = true
		}
	}
	if len(recipients) > MaxStanzas {
		return fault.Newf("E-LIMIT", nameManifest, "more than %d recipients", MaxStanzas)
	}
	return nil
}

func (m *Manifest) checkFiles() error {
	refuse := func(where, format string, args ...any) error { return fault.Newf("E-MANIFEST", where, format, args...) }
	if n := len(m.Files); n == 0 || m.Files[n-1].Name != namePad {
		return refuse(nameManifest, "no padding at the end")
	} else if n+3 > MaxEntries {
		return fault.Newf("E-LIMIT", nameManifest, "more than %d entries", MaxEntries)
	}
	var raw, lines, documents int64
	witnesses, names := 0, make(map[string]bool, len(m.Files))
	for i, file := range m.Files {
		place := sectionOf(file.Name)
		if !entryName.MatchString(file.Name) || place == sectionManifest {
			return refuse(nameManifest, "name of entry %d", i)
		}
		if names[file.Name] || i > 0 && !follows(m.Files[i-1].Name, file.Name) {
			return refuse(file.Name, "out of order or repeated")
		}
		names[file.Name] = true
		if file.Size < 0 || file.Size > entryLimit(file.Name) {
			return fault.Newf("E-LIMIT", file.Name, "size over the limit")
		}
		switch place {
		case sectionDocument:
			documents += file.Size
		case sectionWitness:
			witnesses++
		}
		if err := file.check(place); err != nil {
			return err
		}
		raw += file.Raw
		for _, chain := range file.Chains {
			lines += int64(min(chain.Lines(), MaxLines+1))
		}
		switch {
		case lines > MaxLines:
			return fault.Newf("E-LIMIT", nameManifest, "more than %d lines", MaxLines)
		case raw > MaxRaw:
			return fault.Newf("E-LIMIT", nameManifest, "unpacked size over the limit")
		case documents > maxDocuments:
			return fault.Newf("E-LIMIT", nameManifest, "documents over the limit")
		case witnesses > 2*MaxWitnesses:
			return fault.Newf("E-LIMIT", nameManifest, "more than %d witnesses", MaxWitnesses)
		}
	}
	if err := m.checkBlobs(); err != nil {
		return err
	}
	return m.checkWitnessPairs()
}

// checkWitnessPairs wants each witness manifest followed by its signature, and documents before their signatures.
func (m *Manifest) checkWitnessPairs() error {
	for i, file := range m.Files {
		body, isSignature := strings.CutSuffix(file.Name, ".sig")
		switch {
		case sectionOf(file.Name) == sectionWitness && isSignature:
			if i == 0 || m.Files[i-1].Name != body {
				return fault.Newf("E-MANIFEST", file.Name, "signature without its text")
			}
		case sectionOf(file.Name) == sectionWitness:
			if i+1 >= len(m.Files) || m.Files[i+1].Name != file.Name+".sig" {
				return fault.Newf("E-MANIFEST", file.Name, "text without its signature")
			}
		case sectionOf(file.Name) == sectionDocument && !strings.HasSuffix(file.Name, ".json"):
			text, _ := cutSignature(file.Name)
			if i == 0 || !strings.HasPrefix(m.Files[i-1].Name, text) {
				return fault.Newf("E-MANIFEST", file.Name, "signature without its text")
			}
		}
	}
	return nil
}

// cutSignature splits "doc/x.json.sig2" into "doc/x.json" and ".sig2".
func cutSignature(name string) (text, signature string) {
	i := strings.LastIndex(name, ".json")
	return name[:i+len(".json")], name[i+len(".json"):]
}

// follows says whether an entry may stand behind another: sections in order, parts by number of their compartment, and no
// name twice. Documents, and the witnesses, may come in any order among themselves but for their signatures.
func follows(before, name string) bool {
	a, b := sectionOf(before), sectionOf(name)
	if a != b {
		return a < b
	}
	switch a {
	case sectionPart:
		return compartmentOf(before) < compartmentOf(name)
	case sectionBlob:
		return compartmentOf(before) < compartmentOf(name) || compartmentOf(before) == compartmentOf(name) && before < name
	case sectionDocument:
		textA, signatureA := cutSignature(before)
		textB, signatureB := cutSignature(name)
		if textA == textB {
			return signatureA < signatureB
		}
		return signatureB == ""
	case sectionWitness:
		return before < name
	}
	return false
}

func (f File) check(place section) error {
	refuse := func(format string, args ...any) error { return fault.Newf("E-MANIFEST", f.Name, format, args...) }
	sealed := place == sectionPart || place == sectionBlob
	if !sealed {
		if f.Chains != nil || f.Compartment != "" || f.Raw != 0 || f.Recipients != nil {
			return refuse("a member that belongs to parts")
		}
		return nil
	}
	if f.Compartment != compartmentOf(f.Name).String() || f.Raw <= 0 || len(f.Recipients) == 0 {
		return refuse("compartment, unpacked size or recipients")
	}
	if len(f.Recipients) > MaxStanzas {
		return fault.Newf("E-LIMIT", f.Name, "more than %d recipients", MaxStanzas)
	}
	for i, recipient := range f.Recipients {
		if slices.Contains(f.Recipients[:i], recipient) {
			return refuse("a recipient stands twice")
		}
	}
	if place == sectionBlob {
		if f.Chains != nil || f.Raw > maxBlobPlain {
			return refuse("chains or size of a blob")
		}
		return nil
	}
	if f.Raw > maxPartRaw || f.Raw > MaxRatio*f.Size {
		return fault.Newf("E-LIMIT", f.Name, "unpacked size over the limit")
	}
	if len(f.Chains) > MaxChains {
		return fault.Newf("E-LIMIT", f.Name, "more than %d chains", MaxChains)
	}
	if len(f.Chains) == 0 {
		return refuse("no chains")
	}
	for i, chain := range f.Chains {
		if chain.Device == uuid.Nil || chain.Epoch == 0 || chain.First == 0 || chain.Last < chain.First || chain.Last >= 1<<53 {
			return refuse("run %d of a chain", i)
		}
		if i > 0 && !chainFollows(f.Chains[i-1], chain) {
			return refuse("runs of chains are not in order")
		}
	}
	return nil
}

// chainFollows orders runs by device, epoch and number; two runs of one chain leave a gap between them.
func chainFollows(a, b ChainRange) bool {
	if c := bytes.Compare(a.Device[:], b.Device[:]); c != 0 {
		return c < 0
	}
	if a.Epoch != b.Epoch {
		return a.Epoch < b.Epoch
	}
	return b.First > a.Last+1
}
