package oplog

import "encoding/json"

// Copy gives an object that shares no memory with this one which either may change, values included: those lie side by side in
// memory of the copy's own, so that whoever holds it alone may overwrite them.
func (o *Object) Copy() *Object {
	heads, size := 0, 0
	for _, f := range o.Fields {
		heads += len(f.Heads)
		for i := range f.Heads {
			size += len(f.Heads[i].Value)
		}
	}
	c := *o
	c.Fields = make(map[string]*Field, len(o.Fields))
	fields, writes, values := make([]Field, len(o.Fields)), make([]Write, 0, heads), make([]byte, 0, size)
	at := 0
	for name, f := range o.Fields {
		from := len(writes)
		writes = append(writes, f.Heads...)
		own := &fields[at]
		own.Heads = writes[from:len(writes):len(writes)]
		for i := range own.Heads {
			from := len(values)
			values = append(values, own.Heads[i].Value...)
			own.Heads[i].Value = json.RawMessage(values[from:len(values):len(values)])
		}
		own.Pending = append([]Name(nil), f.Pending...)
		c.Fields[name] = own
		at++
	}
	return &c
}
