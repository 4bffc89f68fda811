package crashdisk

// Record notes a write as if SQLite had done it.
func (d *Disk) Record(name string, offset int64, data []byte) {
	d.note(event{kind: Write, file: d.open(name, false), offset: offset, data: data})
}
