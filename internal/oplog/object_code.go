package oplog

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"feltbok/internal/domain"

	"github.com/google/uuid"
)

// objectFormat is the first byte of an encoded object. An object is a cache that [Rebuild] can make again, so an older
// format is not read but rebuilt.
const objectFormat = 1

// ErrObjectFormat says that the bytes are no object of this program's format: rebuild it from the lines.
var ErrObjectFormat = errors.New("not an encoded object of this format")

// Encode gives the object as compact bytes for [DecodeObject]. Equal objects give equal bytes.
//
// The form: version, id, compartment, type, case, latest stamp; a table of chains (device, epoch), of
// users and of forms; then the fields by name, each with its heads and pending names. Numbers are variable-length,
// texts have their length before them, and tables stand in the order of first use.
func (o *Object) Encode() ([]byte, error) {
	if o.ID == uuid.Nil || o.Type == "" {
		return nil, errors.New("encode object: no identity")
	}
	fields := make([]string, 0, len(o.Fields))
	for field := range o.Fields {
		fields = append(fields, field)
	}
	slices.Sort(fields)
	t, size := o.tables(fields)
	b := make([]byte, 0, size) // at once, since this is done at every answer
	b = append(b, objectFormat)
	b = append(b, o.ID[:]...)
	b = append(b, byte(o.Compartment))
	b = appendString(b, string(o.Type))
	b = append(b, o.Case[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(o.Latest.HLC))
	b = binary.AppendUvarint(b, t.chain(o.Latest.Name))
	b = binary.AppendUvarint(b, o.Latest.Name.N)
	b = binary.AppendUvarint(b, uint64(len(t.chains)))
	for _, c := range t.chains {
		b = append(b, c.Device[:]...)
		b = binary.BigEndian.AppendUint32(b, c.Epoch)
	}
	b = binary.AppendUvarint(b, uint64(len(t.users)))
	for _, user := range t.users {
		b = append(b, user[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(t.forms)))
	for _, form := range t.forms {
		b = appendString(b, form)
	}
	b = binary.AppendUvarint(b, uint64(len(fields)))
	for _, name := range fields {
		f := o.Fields[name]
		b = appendString(b, name)
		b = binary.AppendUvarint(b, uint64(len(f.Heads)))
		for i := range f.Heads {
			w := &f.Heads[i]
			b = binary.AppendUvarint(b, t.chain(w.Name))
			b = binary.AppendUvarint(b, w.Name.N)
			b = binary.BigEndian.AppendUint64(b, uint64(w.HLC))
			b = binary.AppendUvarint(b, t.user(w.By))
			form := t.form(w.Form) << 1
			if w.Suspect {
				form |= 1
			}
			b = binary.AppendUvarint(b, form)
			b = binary.AppendUvarint(b, uint64(len(w.Value)))
			b = append(b, w.Value...)
		}
		b = binary.AppendUvarint(b, uint64(len(f.Pending)))
		for _, p := range f.Pending {
			b = binary.AppendUvarint(b, t.chain(p))
			b = binary.AppendUvarint(b, p.N)
		}
	}
	return b, nil
}

// tables numbers what repeats, and says about how many bytes the object takes.
func (o *Object) tables(fields []string) (t tables, size int) {
	for _, name := range fields {
		f := o.Fields[name]
		size += 8 + len(name) + 12*len(f.Pending)
		for i := range f.Heads {
			w := &f.Heads[i]
			t.chain(w.Name)
			t.user(w.By)
			t.form(w.Form)
			size += 24 + len(w.Value)
		}
		for _, p := range f.Pending {
			t.chain(p)
		}
	}
	t.chain(o.Latest.Name)
	for _, form := range t.forms {
		size += 4 + len(form)
	}
	return t, size + 80 + len(o.Type) + 20*len(t.chains) + 16*len(t.users)
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// tables number what repeats in an object. They stay short (a few devices, users and forms), so a search is enough.
type tables struct {
	chains []Name // N is zero
	users  []uuid.UUID
	forms  []string
}

func (t *tables) chain(n Name) uint64 {
	n.N = 0
	return number(&t.chains, n)
}

func (t *tables) user(id uuid.UUID) uint64 { return number(&t.users, id) }

func (t *tables) form(form string) uint64 { return number(&t.forms, form) }

func number[V comparable](table *[]V, v V) uint64 {
	for i, have := range *table {
		if have == v {
			return uint64(i)
		}
	}
	*table = append(*table, v)
	return uint64(len(*table) - 1)
}

// DecodeObject reads what [Object.Encode] writes; bytes of another shape are [ErrObjectFormat]. The object keeps referring to b,
// which must not be changed afterwards.
func DecodeObject(b []byte) (*Object, error) {
	r := reader{b: b}
	if r.byte() != objectFormat {
		return nil, ErrObjectFormat
	}
	o := &Object{ID: r.id(), Compartment: domain.Compartment(r.byte())}
	o.Type = domain.Type(r.bytes())
	o.Case = r.id()
	o.Latest.HLC = HLC(r.uint64())
	latest := r.uvarint()
	latestN := r.uvarint()
	chains := make([]Name, r.count(20))
	for i := range chains {
		chains[i].Device = r.id()
		chains[i].Epoch = r.uint32()
	}
	users := make([]uuid.UUID, r.count(16))
	for i := range users {
		users[i] = r.id()
	}
	forms := make([]string, r.count(1))
	for i := range forms {
		forms[i] = string(r.bytes())
	}
	count := r.count(3)
	o.Fields = make(map[string]*Field, count)
	block := make([]Field, count) // one allocation for all fields
	for i := range block {
		f := &block[i]
		name := string(r.bytes())
		f.Heads = make([]Write, r.count(13))
		for j := range f.Heads {
			w := &f.Heads[j]
			w.Name = pick(&r, chains, r.uvarint())
			w.Name.N = r.uvarint()
			w.HLC = HLC(r.uint64())
			w.By = pick(&r, users, r.uvarint())
			form := r.uvarint()
			w.Form, w.Suspect = pick(&r, forms, form>>1), form&1 == 1
			w.Value = json.RawMessage(r.bytes())
		}
		if n := r.count(2); n > 0 {
			f.Pending = make([]Name, n)
			for j := range f.Pending {
				f.Pending[j] = pick(&r, chains, r.uvarint())
				f.Pending[j].N = r.uvarint()
			}
		}
		o.Fields[name] = f
	}
	o.Latest.Name = pick(&r, chains, latest)
	o.Latest.Name.N = latestN
	if r.broken || len(r.b) != 0 || len(o.Fields) != count {
		return nil, fmt.Errorf("decode object: %w", ErrObjectFormat)
	}
	return o, nil
}

// reader takes bytes apart; after the first lack of bytes it is broken and gives zeros.
type reader struct {
	b      []byte
	broken bool
}

func (r *reader) take(n int) []byte {
	if r.broken || n > len(r.b) {
		r.broken = true
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) id() (id uuid.UUID) {
	copy(id[:], r.take(16))
	return id
}

func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.b)
	if r.broken || size <= 0 {
		r.broken = true
		return 0
	}
	r.take(size)
	return n
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.broken = true
		return nil
	}
	return r.take(int(n))
}

// count reads how many items follow, each of at least the given size, so that a wrong number asks for no memory.
func (r *reader) count(least int) int {
	n := r.uvarint()
	if n > uint64(len(r.b)/least) {
		r.broken = true
		return 0
	}
	return int(n)
}

func pick[V any](r *reader, table []V, i uint64) (v V) {
	if i >= uint64(len(table)) {
		r.broken = true
		return v
	}
	return table[i]
}
