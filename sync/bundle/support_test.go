package bundle_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"
	"feltbok/sync/bundle"
)

func manyRecipients(n int) (all []string) {
	for range n {
		all = append(all, must(age.GenerateHybridIdentity()).Recipient().String())
	}
	return all
}

// filled makes a bundle of lines that each carry about size bytes given by content.
func (w *world) filled(lines int, content func(i int) string) bundle.Spec {
	spec := w.field(1)
	var all [][]byte
	link := oplog.Genesis
	for i := range lines {
		line := oplog.Line{Kind: oplog.KindSet, By: w.a.userID, Compartment: domain.Case, Device: w.a.id, Epoch: 7, N: uint64(i + 1), HLC: oplog.HLC(i + 1), Previous: link}
		if i == 0 {
			line.Kind, line.Audience, line.App = oplog.KindChain, "mission:"+w.mission.String(), "0.1.0"
		} else {
			line.Case, line.Object, line.Type, line.Form = w.mission, w.uuid(), "person", "person@1"
			line.Set = map[string]json.RawMessage{"remark": json.RawMessage(`"` + content(i) + `"`)}
		}
		b := must(line.Encode())
		all = append(all, b)
		link = oplog.Link(link, oplog.LineHash(b))
	}
	spec.Parts[0].Chains = []bundle.ChainRange{{Device: w.a.id, Epoch: 7, First: 1, Last: uint64(lines), Tip: link}}
	spec.Parts[0].Lines = sequence(all...)
	return spec
}

// incompressible makes lines that pack to about half their size.
func incompressible(w *world, lines, size int) bundle.Spec {
	raw := make([]byte, size/2)
	return w.filled(lines, func(int) string { w.seed.Read(raw); return hex.EncodeToString(raw) })
}

// interviewLike makes lines of about the size that an interview's answers have, which pack about 6 to 1.
func interviewLike(w *world, lines, size int) bundle.Spec {
	words := strings.Fields("mappet mor arbeidet som lærer i ti år snakker dari og litt engelsk ønsker kommune nær søster bolig uten trapper " +
		"skole for barna helsehjelp tolk kvinne familie intervju oppfølging avklares mandag notat bekreftet ukjent")
	return w.filled(lines, func(i int) string {
		var b strings.Builder
		seed := uint32(i) * 2654435761
		for b.Len() < size {
			seed = seed*1664525 + 1013904223
			fmt.Fprintf(&b, "%s %d ", words[(seed>>16)%uint32(len(words))], seed>>28)
		}
		return b.String()
	})
}
