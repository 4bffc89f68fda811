package oplog_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"feltbok/internal/domain"
	"feltbok/internal/oplog"

	"github.com/google/uuid"
)

// bigLog gives 600,000 field writes by 100 devices on 12,000 objects: three fields a line, and on average every field
// written over about three times, now and then concurrently.
func bigLog() []oplog.Visible {
	const objects, devices, perLine, writes = 12_000, 100, 3, 600_000
	fields := make([]string, 18)
	for i := range fields {
		fields[i] = fmt.Sprintf("field_%02d", i)
	}
	value := json.RawMessage(`"Test Mappe, 12 tegn til"`)
	heads := make([][18][]oplog.Name, objects)
	log := make([]oplog.Visible, 0, writes/perLine)
	var n [devices]uint64
	random := uint32(1)
	next := func(below int) int {
		random = random*1664525 + 1013904223
		return int(random>>8) % below
	}
	for i := range writes / perLine {
		d, o := next(devices), next(objects)
		n[d]++
		l := &oplog.Line{
			Kind: oplog.KindSet, By: id(byte(d)), Compartment: domain.Case, Device: id(byte(d)), Epoch: 7, N: n[d] + 1,
			HLC: oplog.HLC(i) << 16, Object: numbered(o), Type: "person", Form: "cm@7", Case: numbered(o / 4),
			Set: make(map[string]json.RawMessage, perLine), Parents: make(map[string][]oplog.Name, perLine),
		}
		first := next(len(fields))
		for j := range perLine {
			f := (first + j) % len(fields)
			l.Set[fields[f]] = value
			if have := heads[o][f]; len(have) > 0 {
				l.Parents[fields[f]] = have
			}
			if next(20) == 0 { // the next writer has not seen this one
				continue
			}
			heads[o][f] = []oplog.Name{l.Name()}
		}
		log = append(log, oplog.Visible{Line: l, Visible: true})
	}
	return log
}

func numbered(n int) (id uuid.UUID) {
	binary.BigEndian.PutUint32(id[12:], uint32(n+1))
	return id
}

func BenchmarkMerge600k(b *testing.B) {
	log := bigLog()
	for b.Loop() {
		if objects := oplog.Rebuild(log); len(objects) != 12_000 {
			b.Fatal(len(objects))
		}
	}
	b.ReportMetric(600_000*float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// BenchmarkMerge600kApply is the same by the incremental form, line by line, and then all of it a second time.
func BenchmarkMerge600kApply(b *testing.B) {
	log := bigLog()
	var first, again time.Duration
	for b.Loop() {
		objects := make(map[uuid.UUID]*oplog.Object)
		seen := make(map[oplog.Name]bool, len(log))
		pass := func() time.Duration {
			start := time.Now()
			for _, v := range log {
				o := objects[v.Line.Object]
				if o == nil {
					o = new(oplog.Object)
					objects[v.Line.Object] = o
				}
				o.Apply(v.Line, func(n oplog.Name) bool { return seen[n] })
				seen[v.Line.Name()] = true
			}
			return time.Since(start)
		}
		first += pass()
		again += pass()
	}
	b.ReportMetric(600_000*float64(b.N)/first.Seconds(), "writes/s")
	b.ReportMetric(again.Seconds()/first.Seconds(), "again/first")
}

// thirtyFields is a person as an interview leaves it: 30 fields in 10 saves by one user on one device.
func thirtyFields() (*oplog.Object, *oplog.Line) {
	o := new(oplog.Object)
	var l *oplog.Line
	for save := range 10 {
		l = line(oplog.KindSet, domain.Case, uint64(save+2), func(l *oplog.Line) {
			l.Case, l.Object, l.Type, l.Form = caseID, person, "person", "cm@7"
			l.Set = values(fmt.Sprintf("field_%d", 3*save), `"Test Mappe"`, fmt.Sprintf("field_%d", 3*save+1), `"no"`,
				fmt.Sprintf("field_%d", 3*save+2), `{"source":"interview","value":"2010-03"}`)
		})
		o.Apply(l, nil)
	}
	return o, l
}

func BenchmarkObject_Encode(b *testing.B) {
	o, _ := thirtyFields()
	size := 0
	for b.Loop() {
		encoded, err := o.Encode()
		if err != nil {
			b.Fatal(err)
		}
		size = len(encoded)
	}
	b.ReportMetric(float64(size), "bytes")
}

func BenchmarkObject_Decode(b *testing.B) {
	o, _ := thirtyFields()
	encoded, err := o.Encode()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := oplog.DecodeObject(encoded); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkObject_Apply(b *testing.B) {
	o, l := thirtyFields()
	for b.Loop() {
		next := *l
		next.N++
		next.Parents = o.Parents("field_27", "field_28", "field_29")
		o.Apply(&next, func(oplog.Name) bool { return false })
		l = &next
	}
}

func BenchmarkLine_Encode(b *testing.B) {
	l := everyKind()[2]
	l.Previous = [32]byte{1}
	for b.Loop() {
		if _, err := l.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLine_Parse(b *testing.B) {
	l := everyKind()[2]
	l.Previous = [32]byte{1}
	encoded := mustEncode(b, l)
	b.SetBytes(int64(len(encoded)))
	for b.Loop() {
		if _, err := oplog.Parse(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
