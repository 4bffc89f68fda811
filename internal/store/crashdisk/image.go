package crashdisk

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Image is what the files of a folder hold after the power came back, by their names relative to the folder.
type Image map[string][]byte

// Write writes the image into an existing folder, in place of what the named files hold there.
func (i Image) Write(dir string) error {
	for name, content := range i {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Player goes through a recording from its beginning and builds images on the way.
type Player struct {
	disk     *Disk
	position int
	contents map[*file]*content
	links    map[string]*link
}

// content is a file at its last sync, and what was done to it since.
type content struct {
	synced  []byte
	own     bool // synced is no longer the recording's
	pending []event
	fresh   bool // made and not synced yet
}

// link is a name in the folder at the last sync of the folder, and which files it stood for since; nil for none.
type link struct {
	synced  *file
	changes []*file
}

// Play returns a player at the beginning of what the disk records.
func (d *Disk) Play() *Player {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	p := &Player{disk: d, contents: map[*file]*content{}, links: map[string]*link{}}
	for name, f := range d.start {
		p.contents[f] = &content{synced: f.start}
		p.links[name] = &link{synced: f}
	}
	return p
}

// Advance goes on until so many of the recorded calls have been made; it never goes back.
func (p *Player) Advance(position int) {
	p.disk.mutex.Lock()
	events := p.disk.events // only ever appended to
	p.disk.mutex.Unlock()
	for ; p.position < min(position, len(events)); p.position++ {
		p.step(&events[p.position])
	}
}

func (p *Player) step(e *event) {
	switch e.kind {
	case Create:
		p.contents[e.file] = &content{fresh: true}
		l := p.links[e.file.name]
		if l == nil {
			l = &link{}
			p.links[e.file.name] = l
		}
		l.changes = append(l.changes, e.file)
	case Delete:
		l := p.links[e.file.name]
		l.changes = append(l.changes, nil)
		if e.folder {
			p.syncFolder()
		}
	case Write, Truncate:
		c := p.contents[e.file]
		c.pending = append(c.pending, *e)
	case Sync:
		c := p.contents[e.file]
		if len(c.pending) > 0 && !c.own {
			c.synced, c.own = slices.Clone(c.synced), true
		}
		for i := range c.pending {
			c.synced = c.pending[i].apply(c.synced)
		}
		c.pending = nil
		if c.fresh {
			c.fresh = false
			p.syncFolder()
		}
	}
}

func (p *Player) syncFolder() {
	for _, l := range p.links {
		if n := len(l.changes); n > 0 {
			l.synced, l.changes = l.changes[n-1], nil
		}
	}
}

// Image is one of the many states that a power loss at this moment can leave.
func (p *Player) Image(random *rand.Rand) Image {
	image := Image{}
	// How much of what was not synced arrived: nothing and everything are as likely as each of the shares between.
	arrived := []float64{0, 0.1, 0.5, 0.9, 1}[random.IntN(5)]
	torn := []float64{0, 0.3}[random.IntN(2)]
	names := make([]string, 0, len(p.links))
	for name := range p.links {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		l := p.links[name]
		f := l.synced
		if n := random.IntN(len(l.changes) + 1); n > 0 {
			f = l.changes[n-1]
		}
		if f == nil {
			continue
		}
		c := p.contents[f]
		left := slices.Clone(c.synced)
		for i := range c.pending {
			e := &c.pending[i]
			switch {
			case e.kind == Write && random.Float64() < torn:
				left = e.tear(left, random)
			case random.Float64() < arrived:
				left = e.apply(left)
			}
		}
		image[name] = left
	}
	return image
}

// apply does a write or a truncation to a content, which it may change.
func (e *event) apply(to []byte) []byte {
	if e.kind == Truncate {
		if size := int(e.offset); size <= len(to) {
			return to[:size]
		}
		return grow(to, int(e.offset))
	}
	to = grow(to, int(e.offset)+len(e.data))
	copy(to[e.offset:], e.data)
	return to
}

// grow makes a content at least so long, with zeros in the gap.
func grow(b []byte, size int) []byte {
	if size <= len(b) {
		return b
	}
	old := len(b)
	b = slices.Grow(b, size-old)[:size]
	clear(b[old:])
	return b
}

// tear does the part of a write that falls into some sectors of the disk: a beginning, an end, or any of them.
func (e *event) tear(to []byte, random *rand.Rand) []byte {
	first, last := e.offset/sector, (e.offset+int64(len(e.data))-1)/sector
	from, until, scattered := first, last, false
	switch random.IntN(3) {
	case 0:
		until = first + random.Int64N(last-first+1) - 1
	case 1:
		from = last - random.Int64N(last-first+1) + 1
	default:
		scattered = true
	}
	for s := from; s <= until; s++ {
		if scattered && random.IntN(2) == 0 {
			continue
		}
		begin, end := max(s*sector, e.offset), min((s+1)*sector, e.offset+int64(len(e.data)))
		part := event{kind: Write, offset: begin, data: e.data[begin-e.offset : end-e.offset]}
		to = part.apply(to)
	}
	return to
}
