package exchange

import (
	"time"

	"feltbok/internal/fault"
	"feltbok/internal/workspace"
	"feltbok/sync/trust"
)

// TrustView is what a machine believes, for people and for scripts.
type TrustView struct {
	Root      *trust.Root      `json:"root"`
	Directory *trust.Directory `json:"directory"`
	Missions  []*trust.Mission `json:"missions"`
	// Signings says of every document held who signed it.
	Signings []trust.Signing `json:"signings"`
	// Certificates are those of the missions, those of headquarters included.
	Certificates []CertificateView `json:"certificates"`
	Warnings     []WarningView     `json:"warnings"`
}

// CertificateView is one certificate.
type CertificateView struct {
	Name    string            `json:"name"` // "device:<uuid>" or "user:<uuid>"
	Alias   string            `json:"alias"`
	Mission string            `json:"mission"`
	Serial  uint64            `json:"serial"`
	From    time.Time         `json:"from"`
	Until   time.Time         `json:"until"`
	Revoked *trust.Revocation `json:"revoked,omitempty"`
}

// WarningView is a [trust.Warning].
type WarningView struct {
	Kind     string `json:"kind"`
	Document string `json:"document"`
	Date     string `json:"date,omitempty"` // YYYY-MM-DD, of one that has run out or will
}

// TrustOf reads what this machine believes. The fault is E-ENROL before it believes anything.
func TrustOf(ws *workspace.Workspace) (*TrustView, error) {
	t := ws.Trust()
	if t == nil || t.Directory() == nil {
		return nil, fault.New("E-ENROL", "", nil)
	}
	view := &TrustView{Root: t.Root(), Directory: t.Directory(), Missions: append([]*trust.Mission{}, t.Missions()...), Certificates: []CertificateView{}, Warnings: []WarningView{}}
	var err error
	if view.Signings, err = trust.Signings(t.Documents()); err != nil {
		return nil, err
	}
	for _, mission := range t.Missions() {
		for _, issued := range mission.Issued() {
			view.Certificates = append(view.Certificates, CertificateView{
				Name: issued.Name, Alias: aliasIn(ws, mission, issued.Name), Mission: mission.ID.String(), Serial: issued.Serial,
				From: issued.From, Until: issued.Until, Revoked: issued.Revoked,
			})
		}
	}
	for _, warning := range t.Warnings(ws.Now()) {
		w := WarningView{Kind: warning.Kind, Document: warning.Document}
		if !warning.Since.IsZero() {
			w.Date = warning.Since.Format(time.DateOnly)
		}
		view.Warnings = append(view.Warnings, w)
	}
	return view, nil
}

// aliasIn is what people call a machine or user of a mission.
func aliasIn(ws *workspace.Workspace, mission *trust.Mission, name string) string {
	if node, ok := mission.Node(name); ok {
		return node.Alias
	}
	if alias := mission.UserAlias(name); alias != "" {
		return alias
	}
	if me := ws.Me(); me.HQ && name == trust.DeviceName(me.Device) {
		return me.DeviceAlias
	}
	return trust.NodeHQ
}

// MustCertify reports whether this machine's own certificate does not count any more, because its authority left the
// directory: headquarters then issues new ones by [Certify].
func MustCertify(ws *workspace.Workspace) bool {
	t, node := ws.Trust(), ws.Node()
	if t == nil || node.Certificate == nil {
		return false
	}
	now, _ := ws.JudgeTime()
	_, err := t.Device(node.Certificate, now)
	return fault.Code(err) == "E-CERT"
}
