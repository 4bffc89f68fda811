package exchange

import (
	"encoding/json"
	"path/filepath"

	"feltbok/internal/domain"
	"feltbok/internal/fault"
	"feltbok/internal/register"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// LatestReceipt returns the newest receipt of headquarters for this machine; nil when none has come yet.
func LatestReceipt(ws *workspace.Workspace) (*trust.Receipt, error) { return ownReceipt(ws) }

// Enrolled reports whether headquarters has signed this machine and its user in.
func Enrolled(ws *workspace.Workspace) bool {
	node := ws.Node()
	card, _ := node.Card(ws.Me().User)
	return node.Certificate != nil && card.Certificate != nil
}

// RequestWords returns the eight words of an enrolment request that headquarters has not answered yet; nil when none is
// waiting. They are read out to headquarters (security.md 8.4).
func RequestWords(ws *workspace.Workspace, lang string) ([]string, error) {
	reg := ws.Register()
	if reg == nil {
		return nil, fault.New("V-LOCKED", "", nil)
	}
	stored, err := reg.System(domain.RingOf(domain.Open), register.SystemPending)
	if err != nil || stored == nil {
		return nil, err
	}
	var pending pendingRequest
	if err := json.Unmarshal(stored, &pending); err != nil || len(pending.Request) == 0 {
		return nil, nil //nolint:nilerr // cleared after the answer
	}
	var request trust.Request
	if err := trust.DecodeStrict(pending.Request, &request); err != nil {
		return nil, fault.New("V-DAMAGED", filepath.Base(ws.Dir()), err)
	}
	return request.Words(lang), nil
}

// RootFingerprint is SHA-256 of the root that this machine began with, in hex, to be compared with the printed one
// (security.md 8.1); "" before there is trust.
func RootFingerprint(ws *workspace.Workspace) string {
	t := ws.Trust()
	if t == nil {
		return ""
	}
	fingerprint := trust.Fingerprint(t.FirstRoot())
	return hexText(fingerprint[:])
}
