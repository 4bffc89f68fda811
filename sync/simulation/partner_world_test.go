package simulation_test

import (
	"errors"
	"time"

	"github.com/google/uuid"

	"feltbok/internal/domain"
	"feltbok/internal/workspace"
	"feltbok/sync/exchange"
)

// partnerNames are two partners with one machine each. Both are told of the same people, under identifiers that the other does not
// know.
var partnerNames = []string{"skole", "mottak"}

// What partners are told, and what they may answer: of a person also the contact, which headquarters does not tell.
var (
	partnerTold    = domain.FieldList{"roster_person": {"birth_year", "given_name", "language"}}
	partnerAnswers = domain.FieldList{"alternative_measure": {"language", "person", "type"}, "roster_person": {"contact", "language"}}
)

// sharePartners registers partners, enrols a machine of each, puts everybody on the roster and tells them.
func sharePartners(dir string, hq *workspace.Workspace, names []string, keys string, pass []byte) error {
	if len(names) == 0 {
		return nil
	}
	if _, err := exchange.AddToRoster(background, hq, mission, cases); err != nil {
		return err
	}
	for _, name := range names {
		registered, err := exchange.RegisterPartner(background, hq, exchange.PartnerOptions{
			Ceremony: exchange.Ceremony{Keys: keys, Passphrase: pass}, Name: name, Mission: mission, Sends: partnerTold, Answers: partnerAnswers, Until: today.AddDate(0, 3, 0),
		})
		if err != nil {
			return err
		}
		machine, err := enrol(dir, hq, joining{name, "P" + name, domain.NCO, registered.ID}, keys, pass)
		if err != nil {
			return err
		}
		exported, err := exchange.Export(background, hq, exchange.ExportOptions{To: []string{name}, Out: dir, Mission: registered.ID})
		if err == nil {
			_, err = exchange.Import(background, machine, exported.File, nil)
		}
		if err := errors.Join(err, machine.Close()); err != nil {
			return err
		}
	}
	return nil
}

// newPartners opens a prepared mission with two partners: headquarters first, then the laptops, then the partners' machines.
func newPartners(root string, devices int, now *time.Time) ([]*actor, error) {
	from, err := folderOf(devices, partnerNames...)
	if err != nil {
		return nil, err
	}
	actors, err := openAll(root, from, devices, now)
	if err != nil {
		return actors, err
	}
	hq := actors[0].machine.(*full)
	hq.partners = map[string]uuid.UUID{}
	for _, name := range partnerNames {
		a, err := openOne(root, from, name, []int{0}, now, hq.lines)
		if err != nil {
			return actors, err
		}
		f := a.machine.(*full)
		f.home = f.ws.Me().Mission
		a.partner, hq.partners[a.node] = f.home, f.home
		actors = append(actors, a)
	}
	return actors, nil
}

// partners are the machines of partners.
func (p *play) partners() (all []*actor) {
	for _, a := range p.actors {
		if a.partner != uuid.Nil {
			all = append(all, a)
		}
	}
	return all
}

// partnerOf is the partner whose machine a node is; zero for one of the mission.
func (p *play) partnerOf(node string) uuid.UUID {
	for _, a := range p.partners() {
		if a.node == node {
			return a.partner
		}
	}
	return uuid.Nil
}

// ownCase is the register's case that a partner knows under an identifier of its own; zero for none.
func (p *play) ownCase(partner, told uuid.UUID) (uuid.UUID, error) {
	hq := p.actors[0].machine.(*full)
	roster, err := hq.ws.Projection(background, workspace.RosterProjection)
	if err != nil {
		return uuid.Nil, err
	}
	keys, err := hq.ws.Projection(background, partner.String())
	if err != nil {
		return uuid.Nil, err
	}
	for _, id := range cases {
		if keys.ID(domain.ProjectedObject, roster.ID(domain.ProjectedCase, id)) == told {
			return id, nil
		}
	}
	return uuid.Nil, nil
}
