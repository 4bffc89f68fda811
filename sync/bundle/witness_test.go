package bundle_test

import (
	"testing"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/sync/bundle"
	"feltbok/sync/trust"
)

// forward makes a bundle in which B relays A's lines to HQ with A's manifest as witness.
func (w *world) forward(tb testing.TB, change func(*bundle.Spec)) (*bundle.Verified, error) {
	tb.Helper()
	original := w.field(4)
	_, written := w.write(tb, original)
	spec := w.field(1)
	spec.From, spec.User = w.b.name(), trust.UserName(w.b.userID)
	spec.DeviceKey, spec.DeviceCert, spec.UserKey, spec.UserCert = w.b.key, w.b.cert, w.b.user, w.b.userCert
	spec.To = spec.To[:1]
	spec.Parts[0].Chains, spec.Parts[0].Lines = original.Parts[0].Chains, original.Parts[0].Lines
	spec.Parts[0].Recipients = []string{w.hq.inbox[domain.Case].Recipient().String(), w.recovery.Recipient().String()}
	spec.Witnesses = []bundle.Witness{{Manifest: written.ManifestBytes, Signature: written.Signature}}
	change(&spec)
	path, _ := w.write(tb, spec)
	return bundle.Verify(tb.Context(), path, w.hq.keyring(), w.atHQ())
}

func TestWitness(t *testing.T) {
	w, foreign := newWorld(t, 1, false), newWorld(t, 2, false)
	_, strange := foreign.write(t, foreign.field(4))
	_, another := w.write(t, w.field(4)) // A's manifest for another history
	for name, c := range map[string]struct {
		code   string
		change func(*bundle.Spec)
	}{
		"good":                         {"", func(*bundle.Spec) {}},
		"none":                         {"E-WITNESS", func(s *bundle.Spec) { s.Witnesses = nil }},
		"of a stranger":                {"E-WITNESS", func(s *bundle.Spec) { s.Witnesses = []bundle.Witness{{strange.ManifestBytes, strange.Signature}} }},
		"of another history":           {"E-WITNESS", func(s *bundle.Spec) { s.Witnesses = []bundle.Witness{{another.ManifestBytes, another.Signature}} }},
		"with a signature for another": {"E-WITNESS", func(s *bundle.Spec) { s.Witnesses[0].Signature = another.Signature }},
		"two, one of them useless": {"", func(s *bundle.Spec) {
			s.Witnesses = append(s.Witnesses, bundle.Witness{another.ManifestBytes, another.Signature})
		}},
		"signed by the relay": {"E-WITNESS", func(s *bundle.Spec) {
			s.Witnesses[0].Signature = must(trust.Sign(w.b.key, w.b.cert, trust.NamespaceBundle, s.Witnesses[0].Manifest))
		}},
		"range cut short": {"E-WITNESS", func(s *bundle.Spec) {
			var lines [][]byte
			for line := range s.Parts[0].Lines {
				lines = append(lines, line)
			}
			run := s.Parts[0].Chains[0]
			run.Last, run.Tip = 3, bundle.Hash{}
			s.Parts[0].Chains, s.Parts[0].Lines = []bundle.ChainRange{run}, sequence(lines[:3]...)
		}},
		"not JSON": {"E-WITNESS", func(s *bundle.Spec) { s.Witnesses = []bundle.Witness{{[]byte("x\n"), []byte("y")}} }},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := w.forward(t, c.change)
			if err != nil {
				t.Fatal(err)
			}
			part, _ := v.Part(domain.Case)
			if got := fault.Code(part.Fault); got != c.code || part.Openable != (c.code == "") {
				t.Errorf("got %q (%v), want %q", got, part.Fault, c.code)
			}
			lines, err := drain(t, v, domain.Case)
			if fault.Code(err) != c.code || c.code == "" && len(lines) != 4 {
				t.Errorf("%d lines: %v", len(lines), err)
			}
		})
	}
}
