package exchange

import (
	"context"

	"filippo.io/age"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/bundle"
)

// WitnessesOf are the manifests of others that a workspace keeps.
func WitnessesOf(ws *workspace.Workspace) []bundle.Witness {
	proofs, err := readProofs(ws.Register())
	if err != nil {
		panic(err)
	}
	var out []bundle.Witness
	for _, p := range proofs {
		out = append(out, p.witness)
	}
	return out
}

// KeyringOf opens what is addressed to a workspace.
func KeyringOf(ws *workspace.Workspace) bundle.Keyring {
	return bundle.Keyring{Outer: identities(ws.Node().Outer), Inbox: func(c domain.Compartment) []age.Identity {
		inbox, err := ws.Inbox(c)
		if err != nil {
			return nil
		}
		return identities(inbox)
	}}
}

// SplitAt sets how many bytes of lines go into one file, and returns what puts it back.
func SplitAt(n int64) (restore func()) {
	before := splitAt
	splitAt = n
	return func() { splitAt = before }
}

// SpecOf is what an export would write into its first file.
func SpecOf(ctx context.Context, ws *workspace.Workspace, to string) (bundle.Spec, error) {
	e, err := prepareExport(ctx, ws, ExportOptions{To: []string{to}, Everything: true})
	if err != nil {
		return bundle.Spec{}, err
	}
	spec, _, err := e.spec(ctx, &e.shipments[0])
	return spec, err
}
