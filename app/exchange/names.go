package exchange

import (
	"strings"

	"github.com/google/uuid"

	delivery "feltbok/sync/exchange"
	"feltbok/sync/trust"
)

// nodeName is what people call a machine: headquarters, or its alias.
func (p *Place) nodeName(node string) string {
	if node == trust.NodeHQ || strings.HasPrefix(node, trust.NodeHQ+":") {
		return p.s.Texts.T("exchange.node.hq")
	}
	if p.facts.status != nil {
		for _, d := range p.facts.status.Devices {
			if d.Node == node {
				return d.Alias
			}
		}
	}
	if _, id, ok := strings.Cut(node, ":"); ok {
		return id[:min(len(id), 8)]
	}
	return node
}

// missionOf is the mission that the receivers belong to; zero on a field device, which has only one.
func (p *Place) missionOf(to []string) uuid.UUID {
	if !p.me.HQ {
		return uuid.Nil
	}
	for _, d := range p.facts.status.Devices {
		for _, node := range to {
			if d.Node == node {
				id, err := uuid.Parse(d.Mission)
				if err == nil {
					return id
				}
			}
		}
	}
	return uuid.Nil
}

func join(words []string) string { return strings.Join(words, ", ") }

// missing counts the lines that gaps name.
func missing(gaps []delivery.Gap) int {
	n := 0
	for _, g := range gaps {
		n += int(g.Missing.Count())
	}
	return n
}
